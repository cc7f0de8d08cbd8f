// Package app is the application as a value: the data folder opened, with
// environments, models, engine and experiments wired together. Pages, API, command
// line, tools and tests work with it; it knows none of them.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
	"purposeagent/environments"
	"purposeagent/environments/remote"
	"purposeagent/environments/script"
	"purposeagent/internal/connections"
	"purposeagent/internal/engine"
	"purposeagent/models"
)

// Allowed says what environments may do on this machine.
type Allowed struct {
	Programs     bool // start programs
	PrivateHosts bool // have browsers go to private addresses that a configuration names
}

// Config says what an App works with. Data is required.
type Config struct {
	Data string // the folder of the database and of the key file
	// DatabaseURL of a PostgreSQL database that other processes may work on too; ""
	// is the file in the data folder.
	DatabaseURL string
	// Shared opens a folder that a server may be working on. Such an App works the
	// experiments that it is given and nothing that it finds.
	Shared    bool
	WebOnly   bool                        // work nothing: others do
	Workers   int                         // runs at once, and test tasks of an experiment; 0: one per core
	Getenv    func(string) (string, bool) // of the environment; nil: it is empty
	OpenAIURL string                      // stands for OPENAI_BASE_URL; "": as the environment says
	// KeyVariables may hold keys of connections, besides those that are known.
	KeyVariables []string
	Allowed
	Alone  bool // nobody is there who could mend what a model refuses
	Logger *slog.Logger
	Now    func() time.Time // nil: time.Now
}

// env reads a variable; OpenAIURL stands for its own.
func (cfg Config) env(name string) string {
	if name == "OPENAI_BASE_URL" && cfg.OpenAIURL != "" {
		return cfg.OpenAIURL
	}
	if cfg.Getenv == nil {
		return ""
	}
	value, _ := cfg.Getenv(name)
	return value
}

// App is the opened application. What it hands out is set by Open, doesn't change,
// and is safe for concurrent use. It needs Close.
type App struct {
	Registry  *environments.Registry
	Models    *connections.Models
	Engine    *engine.Engine
	Lab       *Experiments
	Demos     *Demonstrations
	Suites    *Suites
	Consoles  *Consoles
	Thinking  *engine.Thinking
	Runs      *models.Runs
	Library   *models.Library
	Replay    *models.Replay
	Snapshots *models.Snapshots
	Prompts   *models.Prompts
	Settings  *models.Settings
	Views     *models.Views
	Comments  *models.Comments
	Critics   *models.Critics
	PhiWords  *models.PhiWords
	// Milestones are what critics by model judge worlds by.
	Milestones *Milestones
	// Applicability tells which rules hold now, for whoever acts by words.
	Applicability *features.Applicability
	// Playbooks writes what a library says on one page.
	Playbooks *playbook.Composer

	cfg        Config
	db         *models.DB
	roles      *Roles
	glances    glances
	ready      readiness
	background sync.WaitGroup // what Tend started, and environments whose runs have ended
	programs   *remote.Pool   // of idle programs that environments are
	scripts    *script.Pool
}

// DatabaseFile is the one file of an installation, in its data folder.
const DatabaseFile = "purpose.db"

// Open opens the data folder, which it makes where there is none, and wires
// everything. Nothing runs before Work. Errors: those of models.Open, and
// CodeInvalid for a folder that can't be made.
func Open(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "can't make the data folder %s; choose another with --data", cfg.Data)
	}
	db, err := models.Open(ctx, cfg.database())
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a, err := assemble(ctx, db, cfg)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

// database says where the database is.
func (cfg Config) database() models.Config {
	if cfg.DatabaseURL != "" {
		return models.Config{URL: cfg.DatabaseURL, Now: cfg.Now}
	}
	return models.Config{Path: filepath.Join(cfg.Data, DatabaseFile), Witness: filepath.Join(cfg.Data, connections.KeyFile), Shared: cfg.Shared, Now: cfg.Now}
}

func assemble(ctx context.Context, db *models.DB, cfg Config) (*App, error) {
	a := &App{
		Thinking: &engine.Thinking{}, Runs: db.Runs(), Library: db.Library(), Replay: db.Replay(0), Snapshots: db.Snapshots(), Prompts: db.Prompts(),
		Settings: db.Settings(), Views: db.Views(), Comments: db.Comments(), Critics: db.Critics(), PhiWords: db.PhiWords(),
		Applicability: features.NewApplicability(), Playbooks: playbook.New(),
		cfg: cfg, db: db, ready: readiness{check: db.Writable}, programs: remote.NewPool(0, 0), scripts: script.NewPool(),
	}
	seed, err := installSeed(ctx, db.Settings())
	if err != nil {
		return nil, err
	}
	if a.Registry, err = environments.NewRegistry(environments.Builtin(seed, a.environmentOptions()...)...); err != nil {
		return nil, err
	}
	if a.Models, err = connections.Open(ctx, db, connections.Config{Data: cfg.Data, Env: cfg.env, KeyVariables: cfg.KeyVariables, Logger: cfg.Logger, Now: cfg.Now}); err != nil {
		return nil, err
	}
	a.roles = &Roles{models: a.Models, prompts: a.Prompts, library: a.Library, replay: a.Replay, calibrator: a.Critics, milestones: db.Milestones()}
	a.Milestones = &Milestones{db.Milestones(), a}
	a.Lab = a.newExperiments()
	a.Suites = &Suites{Suites: db.Suites(), app: a}
	a.Consoles = a.newConsoles()
	a.Engine, err = engine.New(engine.Config{
		Runs: db.Runs(), DB: db.SQL(), Postgres: db.Postgres(), Notices: notices(db), Workers: cfg.workers(), Shared: !db.Exclusive(), Logger: cfg.Logger, Now: cfg.Now,
		Orchestrator: a.orchestrator,
	})
	if err == nil {
		a.Demos = a.newDemonstrations()
	}
	return a, err
}

// workers is how many runs the engine works at once; negative: none.
func (cfg Config) workers() int {
	if cfg.WebOnly {
		return -1
	}
	return cfg.Workers
}

// Place is where the data is, as people may see it: without a password.
func (cfg Config) Place() string {
	if cfg.DatabaseURL != "" {
		return models.PlaceOf(cfg.DatabaseURL)
	}
	return cfg.Data
}

// notices are how processes on one database hear of each other; nil where there is
// one.
func notices(db *models.DB) engine.Notices {
	if n := db.Notices(); n != nil {
		return n
	}
	return nil
}

// Work begins to work runs and experiments. Errors: CodeConflict where the folder
// is shared, or where it was called before.
func (a *App) Work(ctx context.Context) error {
	if a.cfg.Shared {
		return agent.Errorf(agent.CodeConflict, "runs of a shared folder are worked by the server that has it")
	}
	if err := a.Engine.Start(ctx); err != nil {
		return err
	}
	if !a.cfg.WebOnly {
		a.Lab.Work(ctx)
	}
	a.Demos.Work()
	return nil
}

// Close stops the engine and the experiments, waits for them, and closes the
// database. Running runs and experiments are suspended and go on after the next
// start. Where they take longer than ctx, its error is among those returned.
func (a *App) Close(ctx context.Context) error {
	a.Demos.Stop()
	err := errors.Join(a.Lab.Stop(ctx), a.Engine.Stop(ctx), a.Consoles.Close(ctx))
	a.background.Wait()
	return errors.Join(err, a.programs.Close(), a.scripts.Close(), a.db.Close())
}

// installSeed returns this installation's secret, from which worlds with
// secret rules are drawn. It is made once and never shown.
func installSeed(ctx context.Context, settings *models.Settings) (string, error) {
	const key = "install"
	var v struct {
		Seed string `json:"seed"`
	}
	v.Seed = rand.Text()
	kept, err := settings.Setdefault(ctx, key, agent.MustObject(v))
	if err != nil {
		return "", err
	}
	if err := kept.Decode(&v); err != nil {
		return "", err
	}
	return v.Seed, nil
}
