package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/milestones"
)

// milestonesBody is the answer about a world's milestones.
type milestonesBody struct {
	Declared []string         `json:"declared" doc:"by the environment; critics judge by these instead of any others"`
	Versions []milestones.Set `json:"versions" doc:"of the set that is kept for the world, newest first; none if nobody wrote one"`
}

// milestonesDecision is the body of PUT /milestones.
type milestonesDecision struct {
	Environment string            `json:"environment" minLength:"1" maxLength:"200"`
	World       string            `json:"world,omitempty" maxLength:"4000" doc:"its dynamics; empty where the environment has one world"`
	Base        int               `json:"base" minimum:"0" maximum:"1000000" doc:"the version that this follows, 0 for none: 409 where it is not the newest"`
	Items       []string          `json:"items" maxItems:"20" nullable:"false" doc:"short texts, in the order in which they are usually reached"`
	Status      milestones.Status `json:"status" enum:"in_use,rejected"`
}

type milestonesQuery struct {
	Environment string `query:"environment" required:"true" minLength:"1"`
	World       string `query:"world" doc:"its dynamics; left out where the environment has one world"`
}

// milestones registers what critics by language model judge worlds by.
func (s *server) milestones() {
	if s.Milestones == nil {
		return
	}
	registerAs(s, huma.Operation{
		OperationID: "get-milestones", Method: http.MethodGet, Path: "/api/v1/milestones", Tags: []string{"library"}, DefaultStatus: http.StatusOK,
		Summary: "What critics by language model judge a world by",
		Errors:  []int{http.StatusNotFound}, // the environment is unknown
	},
		func(ctx context.Context, in *milestonesQuery) (*body[milestonesBody], error) {
			world := milestones.World{Environment: in.Environment, Dynamics: in.World}
			versions, err := s.Milestones.Versions(ctx, world)
			if err != nil {
				return nil, err
			}
			declared, err := s.Milestones.Declared(ctx, world)
			return answer(milestonesBody{append([]string{}, declared...), versions}, err)
		})
	register(s, http.MethodGet, "/milestones/worlds", "list-milestones", "The newest sets of all worlds, those that no person has looked at first, at most 100", "library", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*body[list[milestones.Set]], error) {
			sets, err := s.Milestones.Sets(ctx)
			return newList(catalog.Page[milestones.Set]{Items: sets}, same), err
		})
	register(s, http.MethodPut, "/milestones", "set-milestones", "Accept, change or turn down a world's milestones; the answer is the new version", "library", http.StatusOK,
		func(ctx context.Context, in *struct{ Body milestonesDecision }) (*body[*milestones.Set], error) {
			world := milestones.World{Environment: in.Body.Environment, Dynamics: in.Body.World}
			return answer(s.Milestones.Decide(ctx, by, in.Body.Base, milestones.Set{World: world, Items: in.Body.Items, Author: agent.AuthorHuman, Status: in.Body.Status}))
		})
}
