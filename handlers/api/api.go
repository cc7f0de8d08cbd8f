// Package api is the REST API under /api/v1: typed, described by OpenAPI 3.1
// at /api/openapi.json, with the run's event log as a websocket, as
// server-sent events and as JSON pages.
package api

import (
	"context"
	"encoding/json"
	"iter"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/powers"
	"purposeagent/agent/roles"
	"purposeagent/agent/steering"
	"purposeagent/handlers/history"
	"purposeagent/handlers/library"
	"purposeagent/handlers/milestonepages"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/runs"
	"purposeagent/handlers/ui"
)

// Runs reads runs; errors are CodeNotFound for an unknown id.
type Runs interface {
	Get(ctx context.Context, id string) (agent.Run, error)
	List(ctx context.Context, q catalog.RunQuery) (catalog.Page[agent.Run], error)
	Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error)
	FindSteps(ctx context.Context, run string, q catalog.StepQuery) ([]agent.Step, error)
	Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error)
	Delete(ctx context.Context, id string) error
	runs.Changes
}

// Engine launches and steers runs.
type Engine interface {
	Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error)
	StopRun(ctx context.Context, id, by string) error
	PauseRun(ctx context.Context, id, by string) error
	ResumeRun(ctx context.Context, id, by string) error
	ExtendRun(ctx context.Context, id, by string, steps int, more agent.Budget) error
	StepRun(ctx context.Context, id, by string) error
	NoteRun(ctx context.Context, id, by, text string) error
	ForkRun(ctx context.Context, id, by string, fork steering.Fork) (agent.Run, error)
	AnswerRun(ctx context.Context, id, by string, answer agent.Answer) error
	Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error]
}

// Library reads and changes heuristics.
type Library interface {
	List(ctx context.Context, q catalog.HeuristicQuery) (catalog.Page[agent.Heuristic], error)
	Get(ctx context.Context, id string) (*agent.Heuristic, error)
	Create(ctx context.Context, actor string, h agent.Heuristic) (*agent.Heuristic, error)
	Edit(ctx context.Context, actor, id string, version int, edit catalog.HeuristicEdit) (*agent.Heuristic, error)
	SetStatus(ctx context.Context, actor string, ids []string, status agent.Status) (int, error)
	Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error)
	Delete(ctx context.Context, actor string, ids []string) (int, error)
	History
}

// Replay reads and prunes trajectories.
type Replay interface {
	List(ctx context.Context, q catalog.TrajectoryQuery) (catalog.Page[catalog.TrajectorySummary], error)
	Summary(ctx context.Context, id string) (catalog.TrajectorySummary, error)
	Get(ctx context.Context, id string) (*agent.Trajectory, error)
	Prune(ctx context.Context, actor string, ids []string) (catalog.Pruned, error)
}

// Environment is a kind of environment as the API lists it.
type Environment struct {
	Name    string              `json:"name"`
	Title   string              `json:"title"`
	Text    string              `json:"text"`
	Schema  json.RawMessage     `json:"schema" doc:"JSON Schema of the configuration"`
	Actions []agent.ActionSpec  `json:"actions" doc:"of the default configuration"`
	Presets []EnvironmentPreset `json:"presets"`
	// Powers is nil where only a program could tell that has not run.
	Powers        *powers.Powers `json:"powers,omitempty" doc:"what it can do with its default configuration; left out where only a program could tell that has not run"`
	DrawsPurposes bool           `json:"draws_purposes" doc:"a purpose may be left out: the seed draws it"`
	Program       bool           `json:"program" doc:"it starts programs on the server's machine"`
	Refused       string         `json:"refused,omitempty" doc:"why it can't be used here, and what to do"`
	Docs          string         `json:"docs,omitempty" doc:"its page in the folder docs"`
}

// EnvironmentPreset is a ready configuration.
type EnvironmentPreset struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Purpose  string       `json:"purpose"`
	Config   agent.Object `json:"config"`
	MaxSteps int          `json:"max_steps"`
}

// Model is a model that can take a role.
type Model struct {
	Ref  string `json:"ref" doc:"what to write in models.actor, .critic and .optimizer"`
	Text string `json:"text"`
}

// Config says what the API serves.
type Config struct {
	ui.Site
	LibraryPorts
	LabPorts
	Runs         Runs
	Engine       Engine
	Replay       Replay
	Critics      Critics // nil: there is no such route
	PhiWords     runpage.PhiWords
	Views        ui.Views // nil: there are no such routes
	Environments func() []Environment
	Simulate     func(ctx context.Context, environment string, config agent.Object, p roles.Probe) (roles.Simulation, error)
	Models       func() []Model
}

// LibraryPorts are what is asked of what was learned.
type LibraryPorts struct {
	Library    Library
	Snapshots  Snapshots                 // nil: there are none
	Packs      history.Packs             // nil: rules are not carried in or out
	Policy     LibraryPolicy             // nil: there is no such route
	Playbooks  Playbooks                 // nil: there is no such route
	Reading    Reading                   // nil: there is no such route
	Comments   library.Comments          // nil: there are no such routes
	Milestones milestonepages.Milestones // nil: there are no such routes
}

type server struct {
	Config
	api huma.API
}

// Mount registers the API on the application: /api/v1/… and /api/openapi.json
// below the given group. It returns the description.
func Mount(e *echo.Echo, g *echo.Group, cfg Config) *huma.OpenAPI {
	errorFormat()
	plainWords()
	config := huma.DefaultConfig("Purpose", cfg.Version)
	config.OpenAPIPath = "/api/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.CreateHooks = nil // no $schema links: bodies are what the contract says
	config.RejectUnknownQueryParameters = true
	format := config.Formats[jsonType]
	format.Unmarshal = readJSON
	config.Formats = map[string]huma.Format{jsonType: format, "json": format}
	config.Info.Description = "Launch an agent on a task, follow it step by step, and read and prune what it learned."
	if cfg.BasePath != "" {
		config.Servers = []*huma.Server{{URL: cfg.BasePath}}
	}
	s := &server{Config: cfg, api: humaecho.NewWithGroup(e, g, config)}
	s.api.UseMiddleware(s.strict)
	schemas := s.api.OpenAPI().Components.Schemas
	schemas.RegisterTypeAlias(reflect.TypeFor[agent.Object](), reflect.TypeFor[map[string]any]())
	schemas.RegisterTypeAlias(reflect.TypeFor[json.RawMessage](), reflect.TypeFor[map[string]any]())
	s.runs()
	s.views()
	s.heuristics()
	s.trajectories()
	s.environments()
	s.critics()
	s.experiments()
	s.suites()
	s.events(g)
	nullable(s.api.OpenAPI().Components.Schemas)
	return s.api.OpenAPI()
}

// register adds one operation whose handler may return any error; the error is
// classified here and nowhere else.
func register[I, O any](s *server, method, path, id, summary, tag string, status int, f func(context.Context, *I) (*O, error)) {
	registerAs(s, huma.Operation{
		OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Tags: []string{tag},
		DefaultStatus: status, MaxBodyBytes: maxBody,
	}, f)
}

// registerAs is register for an operation that says more about itself.
func registerAs[I, O any](s *server, op huma.Operation, f func(context.Context, *I) (*O, error)) {
	in := reflect.TypeFor[I]()
	_, takesBody := in.FieldByName("Body")
	_, takesFile := in.FieldByName("RawBody")
	if (takesBody || takesFile) && op.RequestBody == nil {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
	}
	op.BodyReadTimeout = -1 // handlers bounds how slow any body may be
	op.Errors = append(op.Errors, statuses(&op, in.NumField() > 0)...)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		return out, nil
	})
	if takesBody {
		acceptAsRead(s.api.OpenAPI().Components.Schemas, op.RequestBody.Content[jsonType].Schema, map[*huma.Schema]bool{})
	}
}

// maxBody bounds a request: the largest allowed object and then some.
const maxBody = agent.MaxObjectBytes + 64<<10
