package api

import (
	"context"
	"net/http"

	"purposeagent/agent/catalog"
)

func (s *server) environments() {
	register(s, http.MethodGet, "/environments", "list-environments", "Kinds of environments and their configuration", "environments", http.StatusOK,
		func(context.Context, *nothing) (*body[list[Environment]], error) {
			return newList(catalog.Page[Environment]{Items: s.Environments()}, same), nil
		})
	register(s, http.MethodGet, "/models", "list-models", "Models that can take a role", "environments", http.StatusOK,
		func(context.Context, *nothing) (*body[list[Model]], error) {
			return newList(catalog.Page[Model]{Items: s.Models()}, same), nil
		})
}
