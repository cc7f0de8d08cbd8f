package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/roles"
	"purposeagent/handlers/query"
	"purposeagent/handlers/request"
)

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

func newList[A, B any](page catalog.Page[A], f func(A) B) *body[list[B]] {
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
		func(ctx context.Context, in *struct{ Body request.Run }) (*body[runBody], error) {
			runs, err := s.Engine.Launch(ctx, in.Body.Spec())
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
			page := catalog.Page[agent.Step]{Items: steps}
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

// speak registers what people say to a run.
func (s *server) speak() {
	register(s, http.MethodPost, "/runs/{id}/steps/{n}/phi", "say-phi", "Say what Φ is after a step, in place of the critic", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			N    int    `path:"n" minimum:"1"`
			Body request.Phi
		}) (*body[roles.PhiWord], error) {
			word, err := s.PhiWords.Say(ctx, by, in.ID, in.N, in.Body.Phi, in.Body.Reason)
			return &body[roles.PhiWord]{word}, err
		})
	register(s, http.MethodPost, "/runs/{id}/fork", "fork-run", "Launch another run from a step of this one", "runs", http.StatusCreated,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body request.Fork
		}) (*body[runBody], error) {
			run, err := s.Engine.ForkRun(ctx, in.ID, by, in.Body.Fork())
			if err != nil {
				return nil, err
			}
			return s.run(ctx, run.ID)
		})
	register(s, http.MethodPost, "/runs/{id}/note", "note-run", "Tell the actor something, from its next step on", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body request.Note
		}) (*body[runBody], error) {
			if err := s.Engine.NoteRun(ctx, in.ID, by, in.Body.Text); err != nil {
				return nil, err
			}
			return s.run(ctx, in.ID)
		})
	register(s, http.MethodPost, "/runs/{id}/approve", "approve-run", "Answer what a run asks: approve, edit or reject the action", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body request.Answer
		}) (*body[runBody], error) {
			if err := s.Engine.AnswerRun(ctx, in.ID, by, in.Body.Answer()); err != nil {
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
			Body request.Extend
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
