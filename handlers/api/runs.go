package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/handlers/query"
)

// runRequest is the body of POST /runs. Pointers tell a field that was left
// out from an explicit zero, which is refused where zero makes no sense.
type runRequest struct {
	Environment struct {
		Name   string       `json:"name" minLength:"1" doc:"see GET /environments"`
		Config agent.Object `json:"config,omitempty"`
	} `json:"environment"`
	Purpose      string        `json:"purpose,omitempty" doc:"what the agent should reach; may be left out where the environment draws it from the seed"`
	Description  string        `json:"task_description,omitempty" doc:"defaults to the purpose"`
	InitialState *agent.Object `json:"initial_state,omitempty"`
	MaxSteps     *int          `json:"max_steps,omitempty" minimum:"1" maximum:"100000" doc:"default 20"`
	EarlyStopPhi *float64      `json:"early_stop_phi,omitempty" exclusiveMinimum:"0" maximum:"10" doc:"default 9.0"`
	Seed         int64         `json:"seed,omitempty" doc:"0 draws one"`
	Models       struct {
		Actor     string `json:"actor,omitempty" doc:"reasoner or provider:model; default reasoner"`
		Critic    string `json:"critic,omitempty" doc:"default: as the actor"`
		Optimizer string `json:"optimizer,omitempty" doc:"default: as the actor"`
	} `json:"models,omitempty"`
	Memory   string   `json:"memory,omitempty" enum:"on,off" doc:"on (default): rules are used and learned; off: neither"`
	Rules    string   `json:"rules,omitempty" doc:"id of a snapshot of the library whose rules are used, in place of the library as it is; the run teaches nothing then"`
	Tags     []string `json:"tags,omitempty" maxItems:"12" minLength:"1" maxLength:"40" pattern:"^[a-z0-9._/-]+$" patternDescription:"small letters, digits, - _ . or /" doc:"words to find the run by"`
	Approval string   `json:"approval,omitempty" doc:"before which actions a person is asked: none (default), every, or actions:NAME,NAME, unsure:0.4, stuck:5, with ; between"`
	Repeats  *int     `json:"repeats,omitempty" minimum:"1" maximum:"1000" doc:"runs with consecutive seeds; default 1"`
	Budget   struct {
		Tokens  int64   `json:"tokens,omitempty" minimum:"0"`
		USD     float64 `json:"usd,omitempty" minimum:"0" doc:"by the price table of the settings"`
		Seconds float64 `json:"seconds,omitempty" minimum:"0"`
	} `json:"budget,omitempty"`
	Pace float64 `json:"pace,omitempty" minimum:"0" doc:"minimum seconds between steps, for watching; default 0"`
}

// spec returns the spec to launch; its zeros are filled in by the engine.
func (r *runRequest) spec() agent.RunSpec {
	return agent.RunSpec{
		Environment: agent.EnvironmentRef{Name: r.Environment.Name, Config: r.Environment.Config},
		Purpose:     r.Purpose, Description: r.Description, InitialState: r.InitialState,
		MaxSteps: value(r.MaxSteps), EarlyStopPhi: value(r.EarlyStopPhi), Seed: r.Seed,
		Models: agent.ModelRefs{Actor: r.Models.Actor, Critic: r.Models.Critic, Optimizer: r.Models.Optimizer},
		Memory: r.Memory, Rules: r.Rules, Repeats: value(r.Repeats),
		Budget: agent.Budget{Tokens: r.Budget.Tokens, USD: r.Budget.USD, Seconds: r.Budget.Seconds}, Pace: r.Pace, Approval: r.Approval, Tags: r.Tags,
	}
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// runBody is a run as the API answers it.
type runBody struct {
	ID        string               `json:"id"`
	Group     string               `json:"group,omitempty"`
	Label     string               `json:"label,omitempty"`
	Tags      []string             `json:"tags,omitempty"`
	Status    agent.RunStatus      `json:"status" enum:"queued,running,waiting,paused,finished,failed,stopped"`
	Reason    string               `json:"reason,omitempty"`
	Spec      agent.RunSpec        `json:"spec"`
	Seed      int64                `json:"seed"`
	Steps     int                  `json:"steps"`
	Phi       float64              `json:"phi"`
	Asked     *agent.ApprovalAsked `json:"asked,omitempty" doc:"what a person has to answer before the run goes on"`
	Outcome   *agent.Outcome       `json:"outcome"`
	Result    *resultBody          `json:"result"`
	Usage     agent.Usage          `json:"usage"`
	LastSeq   int64                `json:"last_seq"`
	CreatedAt time.Time            `json:"created_at"`
	StartedAt *time.Time           `json:"started_at"`
	EndedAt   *time.Time           `json:"ended_at"`
	Runs      []string             `json:"runs,omitempty" doc:"ids of all runs of the launch, where repeats is above 1"`
}

type resultBody struct {
	TotalSteps       int     `json:"total_steps"`
	CumulativeReward float64 `json:"cumulative_reward"`
	FinalPhi         float64 `json:"final_phi"`
	TotalDelta       float64 `json:"total_delta"`
	SuccessRate      float64 `json:"success_rate"`
	StopReason       string  `json:"stop_reason"`
	Summary          string  `json:"summary"`
}

func newRunBody(r agent.Run) runBody {
	b := runBody{ID: r.ID, Group: r.Group, Label: r.Label, Tags: r.Tags, Status: r.Status, Reason: r.Reason, Spec: r.Spec, Seed: r.Seed,
		Steps: r.Steps, Phi: r.Phi, Asked: r.Asked, Outcome: r.Outcome, Usage: r.Usage, LastSeq: r.LastSeq,
		CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, EndedAt: r.EndedAt}
	if t := r.Result; t != nil {
		b.Result = &resultBody{t.TotalSteps, t.CumulativeReward, t.FinalPhi, t.TotalDelta, t.SuccessRate, t.StopReason, t.Summary()}
	}
	return b
}

type (
	body[T any] struct{ Body T }
	nothing     struct{}
	runID       struct {
		ID string `path:"id"`
	}
	list[T any] struct {
		Items []T    `json:"items"`
		Next  string `json:"next_cursor"`
	}
)

func newList[A, B any](page agent.Page[A], f func(A) B) *body[list[B]] {
	items := make([]B, len(page.Items))
	for i, v := range page.Items {
		items[i] = f(v)
	}
	return &body[list[B]]{list[B]{Items: items, Next: page.Next}}
}

func same[T any](v T) T { return v }

// by names who acts; accounts come later, so it is the API itself.
const by = "api"

func (s *server) runs() {
	register(s, http.MethodPost, "/runs", "launch-run", "Launch a run", "runs", http.StatusCreated,
		func(ctx context.Context, in *struct{ Body runRequest }) (*body[runBody], error) {
			runs, err := s.Engine.Launch(ctx, in.Body.spec())
			if err != nil {
				return nil, err
			}
			out := &body[runBody]{newRunBody(runs[0])}
			for i := range runs {
				if len(runs) > 1 {
					out.Body.Runs = append(out.Body.Runs, runs[i].ID)
				}
			}
			return out, nil
		})
	register(s, http.MethodGet, "/runs", "list-runs", "List runs, newest first", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			Q      string `query:"q" doc:"words, and status: env: model: memory: solved: tag: group: asks: fork: id: phi:>7 steps:>20 tokens: usd: seed: took:>1m age:<2d, a minus before what to leave out"`
			Sort   string `query:"sort" enum:"newest,phi,steps,tokens,usd,took" default:"newest" doc:"the highest first; all but newest list ended runs"`
			Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
			Cursor string `query:"cursor"`
		}) (*body[list[runBody]], error) {
			q, err := query.Runs(in.Q)
			if err != nil {
				return nil, err
			}
			q.Sort, q.Limit, q.Cursor = in.Sort, in.Limit, in.Cursor
			page, err := s.Runs.List(ctx, q)
			if err != nil {
				return nil, err
			}
			return newList(page, newRunBody), nil
		})
	s.runChanges()
	register(s, http.MethodGet, "/runs/{id}", "get-run", "One run", "runs", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[runBody], error) { return s.run(ctx, in.ID) })
	register(s, http.MethodDelete, "/runs/{id}", "delete-run", "Delete an ended run with its steps and events", "runs", http.StatusNoContent,
		func(ctx context.Context, in *runID) (*nothing, error) { return &nothing{}, s.Runs.Delete(ctx, in.ID) })
	register(s, http.MethodGet, "/runs/{id}/steps", "list-steps", "Steps of a run, oldest first", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID    string `path:"id"`
			Q     string `query:"q" doc:"words, and action:… rule:… is:flagged|failed delta:<0 phi:>5 step:10..20; at most 200 at once"`
			After int    `query:"after" minimum:"0" doc:"index of the last step already seen"`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
		}) (*body[list[agent.Step]], error) {
			run, err := s.Runs.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			steps, err := s.steps(ctx, in.ID, in.Q, in.After, &in.Limit)
			if err != nil {
				return nil, err
			}
			page := agent.Page[agent.Step]{Items: steps}
			if n := len(steps); n > 0 && (n == in.Limit || in.Q == "" && steps[n-1].Index < run.Steps) { // large ones come few at once
				page.Next = strconv.Itoa(steps[len(steps)-1].Index)
			}
			return newList(page, same), nil
		})
	s.control("pause", "Pause a run before its next step", s.Engine.PauseRun)
	s.control("resume", "Let a paused or waiting run go on", s.Engine.ResumeRun)
	s.control("stop", "End a run for good", s.Engine.StopRun)
	s.control("step", "Let a paused run take one step", s.Engine.StepRun)
	s.extend()
	s.speak()
}

// forkRequest is the body of POST /runs/{id}/fork. What is left out stays as it was.
type forkRequest struct {
	Step   int `json:"step" minimum:"0" maximum:"100000" doc:"steps to take over; they cost nothing"`
	Action *struct {
		Name   string       `json:"name" minLength:"1"`
		Params agent.Object `json:"params,omitempty"`
	} `json:"action,omitempty" doc:"what to do next, instead of asking the actor"`
	State  *agent.Object `json:"state,omitempty" doc:"begin in this state instead, with no steps before it"`
	Note   string        `json:"note,omitempty" doc:"to the actor"`
	Models struct {
		Actor     string `json:"actor,omitempty"`
		Critic    string `json:"critic,omitempty"`
		Optimizer string `json:"optimizer,omitempty"`
	} `json:"models,omitempty"`
	Memory   string `json:"memory,omitempty" enum:"on,off"`
	Rules    string `json:"rules,omitempty" doc:"id of a snapshot of the library whose rules are used, or now: the library as it is"`
	MaxSteps int    `json:"max_steps,omitempty" minimum:"0" maximum:"100000"`
	Approval string `json:"approval,omitempty"`
	Draw     int64  `json:"draw,omitempty" doc:"other random numbers for the actor; the world, which the seed draws, stays"`
}

func (r *forkRequest) fork() agent.Fork {
	f := agent.Fork{Step: r.Step, State: r.State, Note: r.Note, Memory: r.Memory, Rules: r.Rules, MaxSteps: r.MaxSteps, Approval: r.Approval, Draw: r.Draw,
		Models: agent.ModelRefs{Actor: r.Models.Actor, Critic: r.Models.Critic, Optimizer: r.Models.Optimizer}}
	if a := r.Action; a != nil {
		f.Action = &agent.Action{Name: a.Name, Params: a.Params}
	}
	return f
}

// speak registers what people say to a run.
func (s *server) speak() {
	register(s, http.MethodPost, "/runs/{id}/steps/{n}/phi", "say-phi", "Say what Φ is after a step, in place of the critic", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			N    int    `path:"n" minimum:"1"`
			Body struct {
				Phi    float64 `json:"phi" minimum:"0" maximum:"10"`
				Reason string  `json:"reason" minLength:"1" maxLength:"4000"`
			}
		}) (*body[roles.PhiWord], error) {
			word, err := s.PhiWords.Say(ctx, by, in.ID, in.N, in.Body.Phi, in.Body.Reason)
			return &body[roles.PhiWord]{word}, err
		})
	register(s, http.MethodPost, "/runs/{id}/fork", "fork-run", "Launch another run from a step of this one", "runs", http.StatusCreated,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body forkRequest
		}) (*body[runBody], error) {
			run, err := s.Engine.ForkRun(ctx, in.ID, by, in.Body.fork())
			if err != nil {
				return nil, err
			}
			return s.run(ctx, run.ID)
		})
	register(s, http.MethodPost, "/runs/{id}/note", "note-run", "Tell the actor something, from its next step on", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body struct {
				Text string `json:"text" minLength:"1" maxLength:"4000" doc:"at most 4000 bytes"`
			}
		}) (*body[runBody], error) {
			if err := s.Engine.NoteRun(ctx, in.ID, by, in.Body.Text); err != nil {
				return nil, err
			}
			return s.run(ctx, in.ID)
		})
	register(s, http.MethodPost, "/runs/{id}/approve", "approve-run", "Answer what a run asks: approve, edit or reject the action", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body struct {
				Index   int    `json:"index" minimum:"0" doc:"the step that is asked about; another one is a conflict"`
				Verdict string `json:"verdict,omitempty" enum:"approved,edited,rejected" default:"approved"`
				Action  *struct {
					Name   string       `json:"name"`
					Params agent.Object `json:"params,omitempty"`
				} `json:"action,omitempty" doc:"what to do instead, where the verdict is edited"`
				Reason string `json:"reason,omitempty" doc:"the actor is told why its action was rejected"`
			}
		}) (*body[runBody], error) {
			answer := agent.Answer{Index: in.Body.Index, Verdict: in.Body.Verdict, Reason: in.Body.Reason}
			if a := in.Body.Action; a != nil {
				answer.Action = &agent.Action{Name: a.Name, Params: a.Params}
			}
			if err := s.Engine.AnswerRun(ctx, in.ID, by, answer); err != nil {
				return nil, err
			}
			return s.run(ctx, in.ID)
		})
}

// steps returns steps of a run, those that a query means where there is one.
func (s *server) steps(ctx context.Context, run, text string, after int, limit *int) ([]agent.Step, error) {
	if text == "" {
		return s.Runs.Steps(ctx, run, after, *limit)
	}
	q, err := query.Steps(text)
	if err != nil {
		return nil, err
	}
	*limit = min(*limit, 200)
	q.After, q.Limit = after, *limit
	return s.Runs.FindSteps(ctx, run, q)
}

func (s *server) extend() {
	register(s, http.MethodPost, "/runs/{id}/extend", "extend-run", "Give a paused or waiting run more to spend, and let it go on", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body struct {
				Steps  int          `json:"steps,omitempty" minimum:"0" doc:"more steps"`
				Budget agent.Budget `json:"budget,omitempty" doc:"more of each part that is limited"`
			}
		}) (*body[runBody], error) {
			if err := s.Engine.ExtendRun(ctx, in.ID, by, in.Body.Steps, in.Body.Budget); err != nil {
				return nil, err
			}
			return s.run(ctx, in.ID)
		})
}

func (s *server) control(verb, summary string, f func(ctx context.Context, id, by string) error) {
	register(s, http.MethodPost, "/runs/{id}/"+verb, verb+"-run", summary, "runs", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[runBody], error) {
			if err := f(ctx, in.ID, by); err != nil {
				return nil, err
			}
			return s.run(ctx, in.ID)
		})
}

func (s *server) run(ctx context.Context, id string) (*body[runBody], error) {
	r, err := s.Runs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &body[runBody]{newRunBody(r)}, nil
}

// parseRunQuery reads the text grammar of the query bar.
