package api

import (
	"context"
	"net/http"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

type environmentName struct {
	Name string `path:"name" doc:"its name, as in the list"`
}

func (s *server) environments() {
	register(s, http.MethodGet, "/environments", "list-environments", "Kinds of environments and their configuration", "environments", http.StatusOK,
		func(context.Context, *nothing) (*body[list[Environment]], error) {
			return newList(catalog.Page[Environment]{Items: s.Environments()}, same), nil
		})
	register(s, http.MethodGet, "/environments/{name}", "get-environment", "One kind of environment", "environments", http.StatusOK,
		func(_ context.Context, in *environmentName) (*body[Environment], error) {
			for _, e := range s.Environments() {
				if e.Name == in.Name {
					return &body[Environment]{e}, nil
				}
			}
			return nil, agent.Errorf(agent.CodeNotFound, "there is no environment %q", agent.Clip(in.Name, 40))
		})
	register(s, http.MethodGet, "/models", "list-models", "Models that can take a role", "environments", http.StatusOK,
		func(context.Context, *nothing) (*body[list[Model]], error) {
			return newList(catalog.Page[Model]{Items: s.Models()}, same), nil
		})
}
