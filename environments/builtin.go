package environments

import (
	"encoding/json"

	"purposeagent/agent"
	"purposeagent/environments/maze"
	"purposeagent/environments/mcp"
	"purposeagent/environments/remote"
	"purposeagent/environments/script"
	"purposeagent/environments/web"
	"purposeagent/environments/workshop"
)

// Option changes what Builtin lists.
type Option func(*builtin)

type builtin struct {
	programs *remote.Options
	servers  mcp.Options
	web      web.Options
	scripts  *script.Pool
}

// WithPrograms allows the kinds that start programs on this machine. Without it
// they are listed and refused: whoever may launch a run could start anything.
func WithPrograms(o remote.Options) Option { return func(b *builtin) { b.programs = &o } }

// WithServers says what MCP servers are given, where WithPrograms allows them.
func WithServers(o mcp.Options) Option { return func(b *builtin) { b.servers = o } }

// WithScripts has scripts worked on by the children of a pool, which whoever made
// it closes. Without it they have a pool of their own, which needs no closing.
func WithScripts(p *script.Pool) Option { return func(b *builtin) { b.scripts = p } }

// Child works on a script and returns an exit code, where this program was started
// again for that; else it does nothing. A program that makes environments calls it
// first in main, and its tests in TestMain.
func Child() (code int, is bool) { return script.Child() }

// Builtin lists the kinds that come with Purpose. The install seed, which must
// not be empty, draws the secrets of this installation's workshops.
func Builtin(installSeed string, options ...Option) []Kind {
	var b builtin
	for _, o := range options {
		o(&b)
	}
	if b.scripts == nil {
		b.scripts = script.NewPool()
	}
	return []Kind{
		mazeKind(),
		workshopKind(installSeed),
		householdKind(installSeed),
		scriptKind(b.scripts),
		b.guarded(codeKind()),
		b.guarded(remoteKind(b.programs)),
		b.guarded(mcpKind(b.servers)),
		b.guarded(webKind(b.web)),
	}
}

// howToAllowPrograms is what a person is told who wants a kind that starts programs.
const howToAllowPrograms = "It starts programs on this machine, so it must be allowed by whoever starts Purpose: purpose serve --allow-programs"

// guarded returns a kind that starts programs as it is where that is allowed,
// else refused.
func (b *builtin) guarded(k Kind) Kind {
	if b.programs != nil {
		return k
	}
	k.Refused, k.Presets, k.Designs = howToAllowPrograms, nil, nil
	k.Text += " " + howToAllowPrograms + "."
	refusal := agent.Errorf(agent.CodeDenied, "%s", howToAllowPrograms)
	k.New = func(agent.Object) (agent.Environment, error) { return nil, refusal }
	if k.DrawPurpose != nil {
		k.DrawPurpose = func(agent.Object, int64) (string, error) { return "", refusal }
	}
	if k.CheckTask != nil {
		k.CheckTask = func(agent.Object, agent.Task) error { return refusal }
	}
	return k
}

func remoteKind(options *remote.Options) Kind {
	return Kind{
		Name:    "remote",
		Program: true,
		Title:   "Remote program",
		Docs:    "docs/remote.md",
		Text: "Your own world: any program in any language that answers JSON lines on its standard input and output, or a server that does over HTTP. " +
			"docs/remote.md describes the protocol, docs/remote/example_env.py is a small one.",
		Schema: json.RawMessage(remote.Schema),
		Checks: []string{"success", "success_least"},
		New:    func(config agent.Object) (agent.Environment, error) { return remote.New(config, *options) },
		DrawPurpose: func(config agent.Object, seed int64) (string, error) {
			return remote.DrawPurpose(config, *options, seed)
		},
	}
}

// checkTask asks a value of the kind itself, for kinds whose values are made at
// once and without effects.
func checkTask[E agent.TaskChecker](create func(config agent.Object) (E, error)) func(agent.Object, agent.Task) error {
	return func(config agent.Object, task agent.Task) error {
		env, err := create(config)
		if err != nil {
			return located(err)
		}
		return env.CheckTask(task)
	}
}

func mazeKind() Kind {
	k := Kind{
		Name:   "maze",
		Title:  "Maze",
		Text:   "Find the treasure in a maze that is drawn anew for every seed, with keys, coloured doors and one-way passages.",
		Icon:   maze.Icon,
		Schema: json.RawMessage(maze.Schema), LimitFactor: 5,
		New: func(config agent.Object) (agent.Environment, error) {
			m, err := maze.New(config)
			if err != nil {
				return nil, err // not m: a nil *maze.Maze is no nil Environment
			}
			return m, nil
		},
		CheckTask: checkTask(maze.New),
	}
	for _, p := range maze.Presets() {
		k.Presets = append(k.Presets, Preset(p))
	}
	for _, d := range maze.Designs() {
		k.Designs = append(k.Designs, Design(d))
	}
	return k
}

func workshopKind(installSeed string) Kind {
	k := Kind{
		Name:  "workshop",
		Title: "Workshop",
		Text: "Fill orders in a workshop whose rules are secret: which preparation suits a material, which operations make a kind of thing, " +
			"which pigment gives a colour. Nobody wrote them down, so whatever the agent knows about them it has learned here.",
		Icon:    workshop.Icon,
		Control: &Control{workshop.Control, workshop.ControlText},
		Schema:  json.RawMessage(workshop.Schema),
		New: func(config agent.Object) (agent.Environment, error) {
			w, err := workshop.New(config, installSeed)
			if err != nil {
				return nil, err
			}
			return w, nil
		},
		DrawPurpose: func(config agent.Object, seed int64) (string, error) {
			return workshop.DrawPurpose(config, installSeed, seed)
		},
		CheckTask: checkTask(func(config agent.Object) (*workshop.Workshop, error) { return workshop.New(config, installSeed) }),
	}
	for _, p := range workshop.Presets(installSeed) {
		k.Presets = append(k.Presets, Preset(p))
	}
	for _, d := range workshop.Designs() {
		k.Designs = append(k.Designs, Design(d))
	}
	return k
}
