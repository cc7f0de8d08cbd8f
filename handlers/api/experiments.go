package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
	"purposeagent/agent/packs"
	"purposeagent/agent/suites"
	"purposeagent/handlers/query"
	"purposeagent/handlers/request"
	"purposeagent/internal/lab"
)

// Lab keeps and works experiments. Errors: CodeNotFound, CodeInvalid with a
// message per field, CodeConflict where the status does not allow what is asked.
type Lab interface {
	List(ctx context.Context, q experiments.ExperimentQuery) (catalog.Page[experiments.Experiment], error)
	Get(ctx context.Context, id string) (experiments.Experiment, error)
	Start(ctx context.Context, by string, ask lab.Request) (experiments.Experiment, error)
	Cancel(ctx context.Context, id, by string) error
	Resume(ctx context.Context, id, by string) error
	Delete(ctx context.Context, by string, ids []string) (int, error)
	// Audit starts an experiment that reruns tasks with and without one rule.
	Audit(ctx context.Context, by, rule string, ask lab.Request) (experiments.Experiment, error)
}

// experimentRequest is the body of POST /experiments. Pointers tell a field
// that was left out from an explicit zero.
type experimentRequest struct {
	Name        string `json:"name,omitempty" doc:"for people"`
	Environment struct {
		Name   string       `json:"name" minLength:"1" doc:"see GET /environments"`
		Config agent.Object `json:"config,omitempty"`
	} `json:"environment"`
	TestConfig agent.Object `json:"test_config,omitempty" doc:"settings in which the test tasks differ"`
	Purpose    string       `json:"purpose,omitempty" doc:"of every task; default: drawn from its seed, or the environment's own"`
	Models     struct {
		Actor     string `json:"actor,omitempty" doc:"reasoner or provider:model; default reasoner"`
		Critic    string `json:"critic,omitempty" doc:"default: as the actor; outcome: none, outcomes alone; noisy:SD: with noise on each Δ"`
		Optimizer string `json:"optimizer,omitempty" doc:"default: as the actor"`
	} `json:"models,omitempty"`
	Trainer       string   `json:"trainer,omitempty" doc:"who acts in training; default: as the actor"`
	Arms          []string `json:"arms,omitempty" doc:"off, on, placebo, shuffled, append-successes, playbook-only, clean, explorer, placebo:ENVIRONMENT, leave-one-out:RULE, model:PROVIDER:NAME, critic:CRITIC"`
	Worlds        []int64  `json:"worlds,omitempty" doc:"do it in each of these worlds, with the world as the unit"`
	Seed          *int64   `json:"seed,omitempty" minimum:"1" doc:"draws the tasks and the resampling; default 1"`
	Train         *int     `json:"train,omitempty" doc:"tasks to learn from; default 200, or 0 with source library"`
	Test          *int     `json:"test,omitempty" doc:"held-out tasks, the same in every arm; default 100"`
	TrainFrom     int64    `json:"train_from,omitempty"`
	TestFrom      int64    `json:"test_from,omitempty"`
	MaxSteps      int      `json:"max_steps,omitempty"`
	TrainMaxSteps int      `json:"train_max_steps,omitempty"`
	LimitFactor   float64  `json:"limit_factor,omitempty"`
	Source        string   `json:"source,omitempty" doc:"library: no training, but a frozen snapshot of the library"`
	Pollution     float64  `json:"pollution,omitempty" doc:"share of distractors to put among the rules"`
	Irrelevant    int      `json:"irrelevant,omitempty" doc:"rules to put in that can't fit"`
	Planted       int      `json:"planted,omitempty" doc:"false rules to plant before the training"`
	ChangeAt      int      `json:"change_at,omitempty" doc:"number of training tasks after which the settings in change_config change, unannounced"`
	// ChangeConfig holds the settings that change.
	ChangeConfig agent.Object `json:"change_config,omitempty" doc:"the settings that change; what is tested later is tested in that world; with worlds the number of the world counts up"`
	Curve        []int        `json:"curve,omitempty" doc:"also test after these numbers of training tasks"`
	Suite        string       `json:"suite,omitempty" maxLength:"100" doc:"id or name of a kept suite, whose tasks are trained and tested on by their split in place of drawn ones; train, test and the seeds are left out then"`
	Tries        int          `json:"tries,omitempty" minimum:"0" maximum:"20" doc:"of each test task in each arm, so that pass^k is known; default 1"`
	Draws        *int         `json:"draws,omitempty" minimum:"100" maximum:"1000000" doc:"of each bootstrap; default 10000"`
}

// The usual numbers of tasks, as on the command line.
const (
	defaultTrain = 200
	defaultTest  = 100
)

// ask returns what to start.
func (r *experimentRequest) ask() lab.Request {
	s := lab.Spec{Environment: agent.EnvironmentRef{Name: r.Environment.Name, Config: r.Environment.Config}, TestConfig: r.TestConfig, Purpose: r.Purpose,
		Models: agent.ModelRefs{Actor: r.Models.Actor, Critic: r.Models.Critic, Optimizer: r.Models.Optimizer}, Trainer: r.Trainer,
		Seed: value(r.Seed), Train: defaultTrain, Test: defaultTest, TrainFrom: r.TrainFrom, TestFrom: r.TestFrom, MaxSteps: r.MaxSteps, TrainMaxSteps: r.TrainMaxSteps,
		LimitFactor: r.LimitFactor, Source: r.Source, Pollution: r.Pollution, Irrelevant: r.Irrelevant,
		Planted: r.Planted, ChangeAt: r.ChangeAt, ChangeConfig: r.ChangeConfig, Curve: r.Curve, Tries: r.Tries, Draws: value(r.Draws)}
	if r.Source == lab.SourceLibrary {
		s.Train = 0
	}
	if r.Train != nil {
		s.Train = *r.Train
	}
	if r.Test != nil {
		s.Test = *r.Test
	}
	for _, name := range r.Arms {
		s.Arms = append(s.Arms, lab.Arm(name))
	}
	return lab.Request{Name: r.Name, Spec: s, Worlds: r.Worlds}
}

// asked is what a body starts, with the tasks of its suite.
func (s *server) asked(ctx context.Context, r *experimentRequest) (lab.Request, error) {
	ask := r.ask()
	if r.Suite == "" {
		return ask, nil
	}
	if s.Suites == nil {
		return ask, agent.InvalidFields(map[string]string{"suite": "there are no suites here"})
	}
	if r.Train != nil || r.Test != nil || r.TrainFrom != 0 || r.TestFrom != 0 || !r.Environment.Config.IsEmpty() {
		return ask, agent.InvalidFields(map[string]string{"suite": "has the tasks with their settings; leave out train, test, their seeds and the configuration"})
	}
	info, content, err := s.Suites.Load(ctx, r.Suite, 0)
	if agent.CodeOf(err) == agent.CodeNotFound {
		return ask, agent.InvalidFields(map[string]string{"suite": agent.MessageOf(err)})
	}
	if err != nil {
		return ask, err
	}
	ask.Spec, err = ask.Spec.WithSuite(info.Name, content.Tasks)
	return ask, err
}

// experimentFields names the wrong fields as the request does.
func experimentFields(err error) error {
	var e *agent.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	fields := make(map[string]string, len(e.Fields))
	for name, text := range e.Fields {
		rest, setting := strings.CutPrefix(name, "config.")
		switch {
		case name == "environment":
			name = "environment.name"
		case setting:
			name = "environment.config." + rest
		case name == "model":
			name = "models.actor"
		case name == "critic" || name == "optimizer":
			name = "models." + name
		case !strings.Contains(name, "."):
			name = strings.ReplaceAll(name, "-", "_")
		}
		fields[name] = text
	}
	return agent.InvalidFields(fields)
}

// experimentBody is an experiment as the API answers it. Its report is a
// resource of its own: it can be large.
type experimentBody struct {
	ID          string                         `json:"id"`
	Name        string                         `json:"name"`
	Environment string                         `json:"environment"`
	Status      experiments.ExperimentStatus   `json:"status" enum:"queued,running,finished,failed,cancelled"`
	Reason      string                         `json:"reason,omitempty" doc:"why it failed, or who cancelled it"`
	By          string                         `json:"by,omitempty" doc:"who asked for it"`
	Request     agent.Object                   `json:"request" doc:"what was asked, with all that was left out"`
	ConfigHash  string                         `json:"config_hash" doc:"SHA-256 of all that was fixed before the start"`
	Progress    experiments.ExperimentProgress `json:"progress"`
	Verdict     string                         `json:"verdict,omitempty" doc:"what was shown, in a sentence"`
	CreatedAt   time.Time                      `json:"created_at"`
	StartedAt   *time.Time                     `json:"started_at"`
	EndedAt     *time.Time                     `json:"ended_at"`
}

func newExperimentBody(e experiments.Experiment) experimentBody {
	return experimentBody{ID: e.ID, Name: e.Name, Environment: e.Environment, Status: e.Status, Reason: e.Reason, By: e.By, Request: e.Spec,
		ConfigHash: e.ConfigHash, Progress: e.Progress, Verdict: e.Verdict, CreatedAt: e.CreatedAt, StartedAt: e.StartedAt, EndedAt: e.EndedAt}
}

// reportBody is a report as it is stored, in one of its two forms.
type reportBody json.RawMessage

// MarshalJSON writes the report itself.
func (b reportBody) MarshalJSON() ([]byte, error) { return b, nil }

// Schema says what forms a report has.
func (reportBody) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[lab.Report](), true, ""),
		r.Schema(reflect.TypeFor[lab.WorldsReport](), true, ""),
	}}
}

func (s *server) experiments() {
	register(s, http.MethodPost, "/experiments", "start-experiment", "Start an experiment", "lab", http.StatusCreated,
		func(ctx context.Context, in *struct{ Body experimentRequest }) (*body[experimentBody], error) {
			ask, err := s.asked(ctx, &in.Body)
			if err != nil {
				return nil, experimentFields(err)
			}
			return experiment(s.Lab.Start(ctx, by, ask))
		})
	register(s, http.MethodGet, "/experiments", "list-experiments", "List experiments, newest first", "lab", http.StatusOK,
		func(ctx context.Context, in *struct {
			Q      string `query:"q" doc:"words, and status:… env:…"`
			Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
			Cursor string `query:"cursor"`
		}) (*body[list[experimentBody]], error) {
			q, err := query.Experiments(in.Q)
			if err != nil {
				return nil, err
			}
			q.Limit, q.Cursor = in.Limit, in.Cursor
			page, err := s.Lab.List(ctx, q)
			if err != nil {
				return nil, err
			}
			return newList(page, newExperimentBody), nil
		})
	register(s, http.MethodGet, "/experiments/{id}", "get-experiment", "One experiment, without its report", "lab", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[experimentBody], error) {
			return experiment(s.Lab.Get(ctx, in.ID))
		})
	registerAs(s, huma.Operation{
		OperationID: "get-report", Method: http.MethodGet, Path: "/api/v1/experiments/{id}/report", Tags: []string{"lab"}, DefaultStatus: http.StatusOK,
		Summary: "The report of a finished experiment, with every outcome",
		Errors:  []int{http.StatusConflict}, // it is not finished
	},
		func(ctx context.Context, in *runID) (*body[reportBody], error) {
			e, err := s.Lab.Get(ctx, in.ID)
			if err == nil && e.Report.IsEmpty() {
				err = agent.Errorf(agent.CodeConflict, "experiment %s is %s and has no report", in.ID, e.Status)
			}
			return &body[reportBody]{reportBody(e.Report)}, err
		})
	register(s, http.MethodDelete, "/experiments/{id}", "delete-experiment", "Delete an experiment that has ended", "lab", http.StatusNoContent,
		func(ctx context.Context, in *runID) (*nothing, error) {
			if _, err := s.Lab.Get(ctx, in.ID); err != nil {
				return nil, err
			}
			_, err := s.Lab.Delete(ctx, by, []string{in.ID})
			return &nothing{}, err
		})
	s.steer("cancel", "Cancel an experiment; what it has done is kept", s.Lab.Cancel)
	s.steer("resume", "Let an experiment that failed or was cancelled go on from what it has done", s.Lab.Resume)
	register(s, http.MethodPost, "/heuristics/{id}/audit", "audit-heuristic", "Rerun tasks with and without one rule of the library", "lab", http.StatusCreated,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body *struct {
				Config agent.Object `json:"config,omitempty" doc:"of the environment; default: that of a run which speaks for the rule"`
				Test   int          `json:"test,omitempty" minimum:"0" maximum:"100000" doc:"tasks, the same with and without the rule; default 100"`
				Seed   int64        `json:"seed,omitempty" minimum:"0" doc:"draws the tasks; default 1"`
			} `required:"false"`
		}) (*body[experimentBody], error) {
			ask := lab.Request{Spec: lab.Spec{Test: defaultTest}}
			if b := in.Body; b != nil {
				ask.Spec.Environment.Config, ask.Spec.Seed = b.Config, b.Seed
				if b.Test != 0 {
					ask.Spec.Test = b.Test
				}
			}
			return experiment(s.Lab.Audit(ctx, by, in.ID, ask))
		})
}

func experiment(e experiments.Experiment, err error) (*body[experimentBody], error) {
	if err != nil {
		return nil, experimentFields(err)
	}
	return &body[experimentBody]{newExperimentBody(e)}, nil
}

func (s *server) steer(verb, summary string, f func(ctx context.Context, id, by string) error) {
	register(s, http.MethodPost, "/experiments/{id}/"+verb, verb+"-experiment", summary, "lab", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[experimentBody], error) {
			if err := f(ctx, in.ID, by); err != nil {
				return nil, err
			}
			return experiment(s.Lab.Get(ctx, in.ID))
		})
}

// schemaName names a type in the API's description. The lab's types have
// namesakes in the core.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case reflect.TypeFor[lab.Report]().PkgPath():
		name = "Lab" + name
	case reflect.TypeFor[suites.Suite]().PkgPath():
		name = "Suite" + name
	case reflect.TypeFor[request.Run]().PkgPath():
		name += "Request"
	case reflect.TypeFor[packs.Pack]().PkgPath():
		name = "Pack" + strings.TrimPrefix(name, "Pack") // a package names its types shorter than a description can
	}
	return name
}

// value is what a pointer leads to, zero for nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
