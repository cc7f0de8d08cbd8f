package api

import (
	"context"
	"net/http"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/roles"
	"purposeagent/handlers/query"
)

type trajectoryBody struct {
	catalog.TrajectorySummary
	Trajectory *agent.Trajectory `json:"trajectory"`
}

type matchBody struct {
	ID         string        `json:"id"`
	Purpose    string        `json:"purpose"`
	Outcome    agent.Outcome `json:"outcome"`
	Score      float64       `json:"score"`
	Similarity float64       `json:"similarity"`
	QValue     float64       `json:"q_value"`
	Words      int           `json:"words,omitempty" doc:"rank by similarity of words × value, from 1; left out where it is not among the best"`
	Vector     int           `json:"vector,omitempty" doc:"rank by cosine × value, likewise"`
}

// simulationBody is what a run would be given: trajectories and rules, with
// what their scores are made of and why the others would not come.
type simulationBody struct {
	Items []matchBody     `json:"items" doc:"trajectories, best first"`
	Rules agent.Retrieval `json:"rules"`

	Prompt roles.PromptPlan `json:"prompt" doc:"of a language model as the actor, in estimated tokens"`
}

func (s *server) trajectories() {
	register(s, http.MethodGet, "/trajectories", "list-trajectories", "List the experience replay", "replay", http.StatusOK,
		func(ctx context.Context, in *struct {
			Q      string `query:"q" doc:"words, and solved: env: type: pinned: run: id: value:>.5 phi:>7 delta: steps: retrieved: age:<7d, a minus before what to leave out"`
			Sort   string `query:"sort" enum:"newest,value" default:"newest"`
			Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
			Cursor string `query:"cursor"`
		}) (*body[list[catalog.TrajectorySummary]], error) {
			q, err := query.Trajectories(in.Q)
			if err != nil {
				return nil, err
			}
			q.Sort, q.Limit, q.Cursor = in.Sort, in.Limit, in.Cursor
			page, err := s.Replay.List(ctx, q)
			if err != nil {
				return nil, err
			}
			return newList(page, same), nil
		})
	register(s, http.MethodGet, "/trajectories/{id}", "get-trajectory", "One trajectory with its steps", "replay", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[trajectoryBody], error) {
			summary, err := s.Replay.Summary(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			t, err := s.Replay.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &body[trajectoryBody]{trajectoryBody{summary, t}}, nil
		})
	register(s, http.MethodDelete, "/trajectories/{id}", "prune-trajectory", "Prune a trajectory from the replay", "replay", http.StatusNoContent,
		func(ctx context.Context, in *runID) (*nothing, error) {
			if _, err := s.Replay.Summary(ctx, in.ID); err != nil {
				return nil, err
			}
			_, err := s.Replay.Prune(ctx, by, []string{in.ID})
			return &nothing{}, err
		})
	s.retrieve()
}

func (s *server) retrieve() {
	register(s, http.MethodGet, "/retrieve", "retrieve", "What a run on a task would be given, and why; writes nothing", "replay", http.StatusOK,
		func(ctx context.Context, in *struct {
			Task        string `query:"task" required:"true"`
			Environment string `query:"environment" required:"true"`
			Config      string `query:"config" doc:"JSON object; the environment's defaults if left out"`
			Observation string `query:"observation" doc:"what the actor would see; rules are retrieved for each step"`
			Learning    bool   `query:"learning" doc:"answer as while learning: advantages are drawn, one rule in trial (status probation) may come"`
			K           int    `query:"k" minimum:"1" maximum:"20" default:"3"`
			Budget      int    `query:"budget" doc:"tokens of a language model's prompt; default 6000"`
		}) (*body[simulationBody], error) {
			config, err := agent.ParseObject([]byte(in.Config))
			if err != nil {
				return nil, err
			}
			answer, err := s.Simulate(ctx, in.Environment, config, roles.Probe{Task: in.Task, Observation: in.Observation, Learning: in.Learning, K: in.K, Budget: in.Budget})
			if err != nil {
				return nil, err
			}
			out := &body[simulationBody]{simulationBody{Items: []matchBody{}, Rules: answer.Rules, Prompt: answer.Prompt}}
			for _, m := range answer.Trajectories {
				out.Body.Items = append(out.Body.Items, matchBody{m.Trajectory.ID, m.Trajectory.Task.Purpose, m.Trajectory.Outcome,
					m.Score, m.Similarity, m.QValue, m.Words, m.Vector})
			}
			return out, nil
		})
}
