// Package commands is the command line: one file for each command, with its flags
// and what it prints. What the commands do is internal/app.
package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/app"
)

// program is what every command works with.
type program struct {
	version        string
	getenv         func(string) (string, bool)
	stdout, stderr io.Writer
}

// newCommand returns the command line. Each flag can also be set by the
// environment variable PURPOSE_NAME; the environment is read here and nowhere else.
func newCommand(version string, getenv func(string) (string, bool), stdout, stderr io.Writer) *cli.Command {
	p := &program{version: version, getenv: getenv, stdout: stdout, stderr: stderr}
	cli.VersionPrinter = func(*cli.Command) { _, _ = fmt.Fprintln(stdout, "purpose", version) }
	serve := p.serveCommand()
	commands := []*cli.Command{serve, p.workerCommand(), p.runCommand(), p.steerCommand(), p.findCommand(), p.demoCommand(), p.labCommand(), p.libraryCommand(), p.suiteCommand(), p.envCommand(), p.remoteCommand(), p.versionCommand()}
	root := &cli.Command{
		Name: "purpose", Usage: "launch an AI agent on a task, watch it think, and see it get better", Version: version,
		Writer: stdout, ErrWriter: stderr, Suggest: true,
		DefaultCommand: serve.Name,
		Commands:       commands,
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		CommandNotFound: func(_ context.Context, _ *cli.Command, name string) {
			_, _ = fmt.Fprintf(stderr, "purpose: there is no command %q; see purpose --help\n", name)
		},
	}
	classifyUsage(root)
	return root
}

// classifyUsage makes every command return what is wrong with its flags as a
// usageError, instead of printing its help.
func classifyUsage(c *cli.Command) {
	c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return &usageError{plainUsage(err)} }
	for _, sub := range c.Commands {
		classifyUsage(sub)
	}
}

func (p *program) versionCommand() *cli.Command {
	return &cli.Command{Name: "version", Usage: "print the version", Action: func(context.Context, *cli.Command) error {
		_, err := fmt.Fprintln(p.stdout, "purpose", p.version)
		return err
	}}
}

// env makes a flag readable from PURPOSE_NAME, or from the named variables.
func (p *program) env(names ...string) cli.ValueSourceChain {
	sources := make([]cli.ValueSource, len(names))
	for i, name := range names {
		sources[i] = &envSource{name, p.getenv}
	}
	return cli.NewValueSourceChain(sources...)
}

type envSource struct {
	name   string
	getenv func(string) (string, bool)
}

func (e *envSource) Lookup() (string, bool) {
	v, ok := e.getenv(e.name)
	return v, ok && v != ""
}
func (e *envSource) String() string   { return "environment variable " + e.name }
func (e *envSource) GoString() string { return e.String() }

// storageFlags say where the data is and how to log.
func (p *program) storageFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "folder of the database", Value: "./data", Sources: p.env("PURPOSE_DATA")},
		&cli.StringFlag{Name: "database-url", Usage: "of a PostgreSQL database in place of the file, which several processes may work on, such as postgres://db.example:5432/purpose", Sources: p.env("PURPOSE_DATABASE_URL")},
		&cli.StringFlag{Name: "log-format", Usage: "text or json", Value: "text", Sources: p.env("PURPOSE_LOG_FORMAT")},
		&cli.StringFlag{Name: "log-level", Usage: "debug, info, warn or error", Value: "info", Sources: p.env("PURPOSE_LOG_LEVEL")},
		&cli.IntFlag{Name: "workers", Usage: "runs at once, and test tasks or worlds of an experiment at once; 0: one per core", Sources: p.env("PURPOSE_WORKERS")},
		&cli.StringFlag{Name: "openai-base-url", Usage: "of an OpenAI-compatible server", Sources: p.env("PURPOSE_OPENAI_BASE_URL", "OPENAI_BASE_URL")},
		&cli.StringSliceFlag{Name: "key-env", Usage: "variable that a connection may read its key from, besides those of known providers and those that end in _API_KEY", Sources: p.env("PURPOSE_KEY_ENV")},
	}
}

// options reads the storage flags. The key of a model comes from its usual
// variable only: flags are seen by everyone who lists processes.
func (p *program) options(c *cli.Command) (app.Config, error) {
	o := app.Config{Data: c.String("data"), DatabaseURL: c.String("database-url"), Workers: c.Int("workers"), OpenAIURL: c.String("openai-base-url"), KeyVariables: c.StringSlice("key-env"), Getenv: p.getenv}
	if o.Workers < 0 || o.Workers > 256 {
		return o, agent.InvalidFields(map[string]string{"workers": "must be 0 to 256"})
	}
	logger, err := app.NewLogger(p.stderr, c.String("log-format"), c.String("log-level"))
	o.Logger = logger
	return o, err
}

// opened opens the data, does what is to be done with it, and closes it again.
func opened(ctx context.Context, o app.Config, act func(a *app.App) error) error {
	a, err := app.Open(ctx, o)
	if err != nil {
		return err
	}
	err = act(a)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), runGrace)
	defer cancel()
	return errors.Join(err, a.Close(closing))
}

// withData is opened with what the storage flags say.
func (p *program) withData(ctx context.Context, c *cli.Command, act func(a *app.App) error) error {
	o, err := p.options(c)
	if err != nil {
		return err
	}
	return opened(ctx, o, act)
}

// print writes what a command found: as JSON where that is asked for, else for people.
func (p *program) print(c *cli.Command, found any, write func(w io.Writer) error) error {
	if c.Bool("json") {
		return json.NewEncoder(p.stdout).Encode(found)
	}
	return write(p.stdout)
}

// noArguments refuses words that no flag explains.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return agent.Errorf(agent.CodeInvalid, "there is no command or flag %q; see purpose --help and purpose %s --help", strings.Join(c.Args().Slice(), " "), c.Name)
	}
	return nil
}
