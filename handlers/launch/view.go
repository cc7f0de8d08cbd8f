package launch

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/launchview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// launchPage is what the page "New run" is drawn from.
type launchPage struct {
	kinds    []ui.Kind
	kind     ui.Kind
	schema   ui.ConfigSchema
	form     launchForm
	problems map[string]string // by field name; "" holds what concerns the whole
	note     string
	rules    int // usable rules for the environment, −1 if unknown
	api      string
	models   []string // references that are known, for the choice
	took     runTimes
	link     func(path string) templ.SafeURL
}

func (p launchPage) view() launchview.NewRun {
	f := p.form
	v := launchview.NewRun{
		Action: p.link("/runs"), Self: p.link("/runs/new"),
		Fresh: p.link("/runs/new?fresh=yes"), Note: p.note, Message: p.problems[""],
		WorldError: ui.FirstOf(p.problems["environment.name"], p.problems["environment.config"]),
		Config:     p.config(),
		Description: p.input("task_description", "Task description", "Left empty, the purpose is used", f.Description,
			partials.Field{Kind: "textarea", Rows: "2"}),
		InitialState: p.input("initial_state", "Initial state", "A JSON object. Left empty, the world is reset with the seed",
			f.InitialState, partials.Field{Kind: "json", Rows: "2", Placeholder: "{}"}),
		Actor:       p.input("models.actor", "Actor", "Chooses the actions", f.Actor, partials.Field{}),
		Critic:      p.input("models.critic", "Critic", "Left empty, as the actor; several with commas are a panel", f.Critic, partials.Field{}),
		Optimizer:   p.input("models.optimizer", "Optimizer", "Left empty, as the actor", f.Optimizer, partials.Field{}),
		MemoryError: p.problems["memory"],
		Models:      append([]string{agent.Reasoner}, p.models...),
		Start:       pages.StartBox{Form: "launch", Preview: p.link("/runs/new/preview"), Icon: "play"},
	}
	v.Launch, v.Limits = p.numbers()
	for _, k := range p.kinds {
		v.Worlds = append(v.Worlds, pages.World{Name: k.Name, Title: k.Title, Text: ui.FirstClause(k.Text),
			Icon: ui.FirstOf(k.Icon, ui.DefaultIcon), Selected: k.Name == p.kind.Name})
	}
	for _, m := range []pages.Choice{
		{Value: "on", Text: "On", Help: "uses rules and learns new ones"},
		{Value: "off", Text: "Off", Help: "uses none, learns none"},
	} {
		m.Selected = m.Value == f.Memory
		v.Memory = append(v.Memory, m)
	}
	v.Errors = p.errors(v)
	v.Aside = p.aside()
	v.Start.Says = v.Aside.Start
	v.Config.Fold, v.More = v.Aside.Folds[0], v.Aside.Folds[1]
	return v
}

// config is the part that follows the chosen environment.
func (p launchPage) config() launchview.NewRunConfig {
	hint := ""
	if p.kind.DrawPurpose != nil {
		hint = "Left empty, it is drawn from the seed: every seed is another task"
	}
	c := launchview.NewRunConfig{
		Text: p.kind.Text, Fields: p.schema.Inputs(p.form.Config, p.problems),
		Purpose: p.input("purpose", "Purpose", hint, p.form.Purpose, partials.Field{Kind: "textarea", Rows: "2"}),
	}
	for _, preset := range p.kind.Presets {
		q := url.Values{"environment.name": {p.kind.Name}, "preset": {preset.Name}}
		c.Presets = append(c.Presets, pages.Preset{
			Link: partials.Link{Text: preset.Title, Href: p.link("/runs/new?" + q.Encode())},
			Note: partials.Clip(preset.Purpose, 90)})
	}
	return c
}

// numbers are the inputs of this one launch, and those of what limits each run.
func (p launchPage) numbers() (launch, limits []pages.Input) {
	f := p.form
	limit := func(name, label, value, least, most, step, empty string) pages.Input {
		in := p.input(name, label, "", value, partials.Field{Kind: "number", Min: least, Max: most, Step: step, Placeholder: empty})
		in.Width = "w2 w1"
		return in
	}
	seed := limit("seed", "Seed", f.Seed, "", "", "", "drawn")
	seed.Kind = "text"
	pace := limit("pace", "Pace, seconds a step", f.Pace, "0", strconv.Itoa(agent.MaxPace), "any", "as fast as it goes")
	pace.Hint = "The offline reasoner is quick: 0.3 lets you watch"
	// What people change most comes first, so that few Tabs lead to it.
	launch = []pages.Input{p.approvalChoice(), p.approvalActions(), limit("repeats", "Repeats", f.Repeats, "1", strconv.Itoa(agent.MaxRepeats), "1", ""), seed, pace, p.tags()}
	limits = []pages.Input{
		limit("max_steps", "Max steps", f.MaxSteps, "1", strconv.Itoa(agent.MaxMaxSteps), "1", ""),
		limit("early_stop_phi", "Early stop at Φ", f.EarlyStopPhi, "", "10", "any", ""),
		limit("budget.tokens", "Budget, tokens", f.Tokens, "0", "", "1", "no limit"),
		limit("budget.usd", "Budget, dollars", f.USD, "0", "", "any", "no limit"),
		limit("budget.seconds", "Budget, seconds", f.Seconds, "0", "", "any", "no limit"),
	}
	return launch, limits
}

// tags are words to find the run by.
func (p launchPage) tags() pages.Input {
	in := p.input("tags", "Tags", "Words to find the run by", p.form.Tags, partials.Field{Placeholder: "none"})
	in.Width = "w2"
	return in
}

// approvalChoice is when a person is asked before an action. What is none of
// the usual choices stays as it is.
func (p launchPage) approvalChoice() pages.Input {
	never := "" // what this environment does where nothing is said
	if p.kind.Approval != "" {
		never = approveNone
	}
	usual := []partials.Option{{Value: never, Text: "never"}, {Value: "every", Text: "before every action"}, {Value: "destructive", Text: "before destructive actions"}, {Value: "unsure:0.4", Text: "when the critic is unsure"},
		{Value: "stuck:5", Text: "after 5 steps without progress"}, {Value: approveActions, Text: "before these actions:"}}
	value := cmp.Or(p.form.Approval, p.kind.Approval)
	if !slices.ContainsFunc(usual, func(o partials.Option) bool { return o.Value == value }) {
		usual = append(usual, partials.Option{Value: value, Text: value})
	}
	for i := range usual {
		usual[i].Selected = usual[i].Value == value
	}
	in := p.input("approval", "Ask a person", "The run waits for the answer, however long it takes", value, partials.Field{Kind: "select", Options: usual})
	in.Width = "w2"
	return in
}

func (p launchPage) approvalActions() pages.Input {
	in := p.input("approval_actions", "Before these actions", "Names with commas between, where you chose so", p.form.Approve, partials.Field{Kind: "text"})
	in.Width = "w2"
	return in
}

func (p launchPage) input(name, label, hint, value string, f partials.Field) pages.Input {
	f.Name, f.ID, f.Label, f.Hint, f.Value, f.Error = name, ui.FieldID(name), label, hint, value, p.problems[name]
	return pages.Input{Field: f}
}

// errors lists the messages in the order of the page, for the summary on top.
func (p launchPage) errors(v launchview.NewRun) []pages.FieldError {
	var out []pages.FieldError
	told := map[string]bool{"": true}
	add := func(name, id, label string) {
		if text := p.problems[name]; text != "" && !told[name] {
			out = append(out, pages.FieldError{Href: templ.SafeURL("#" + id), Label: label, Text: text})
		}
		told[name] = true
	}
	add("environment.name", "f-worlds", "World")
	add("environment.config", "f-worlds", "World")
	addAll := func(inputs ...pages.Input) {
		for _, in := range inputs {
			add(in.Name, in.ID, in.Label)
		}
	}
	addAll(v.Config.Purpose)
	addAll(v.Config.Fields...)
	addAll(v.Launch...)
	add("memory", "f-memory", "Memory")
	addAll(v.Limits...)
	addAll(v.Actor, v.Critic, v.Optimizer, v.Description, v.InitialState)
	for _, name := range slices.Sorted(maps.Keys(p.problems)) {
		add(name, "launch", ui.PlainField(name))
	}
	return out
}

// aside is what is computed from the inputs: the button's words, the facts,
// what the folded parts hold, the commands.
func (p launchPage) aside() launchview.NewRunAside {
	spec, problems := p.form.spec(p.schema)
	a := launchview.NewRunAside{Start: startWords(spec), Facts: p.facts(spec), Folds: p.folds(spec)}
	if asks := ui.AsksWords(spec.Approval); asks != "" && spec.Repeats > 1 {
		a.Notes = append(a.Notes, partials.Note{Icon: "warn", Text: fmt.Sprintf("Each of the %s waits %s until a person answers. Nothing goes on by itself.", partials.Plural(spec.Repeats, "run"), asks)})
	}
	if len(problems) > 0 {
		a.Problem = "Correct the marked fields to see the commands."
		return a
	}
	curl, err := launchCurl(spec, p.api)
	if err != nil {
		a.Problem = "These inputs can't be written as a command."
		return a
	}
	a.Curl, a.CLI = curl, launchCLI(spec)
	return a
}

func (p launchPage) facts(spec agent.RunSpec) []pages.Fact {
	most := partials.Plural(spec.MaxSteps, "step")
	if spec.Repeats > 1 {
		most = partials.Count(int64(spec.Repeats)) + " × " + most
	}
	seed := "drawn for each run"
	if spec.Seed != 0 {
		seed = strconv.FormatInt(spec.Seed, 10)
		if spec.Repeats > 1 {
			seed += " and following"
		}
	}
	library := "off: no rule is shown, none is learned"
	if spec.Memory == "on" {
		switch p.rules {
		case -1:
			library = "on"
		case 0:
			library = "on, no rule for this environment yet"
		default:
			library = "on, " + partials.Plural(p.rules, "usable rule") + " for this environment"
		}
	}
	model := "needs a reachable server"
	if spec.Models == offline {
		model = "offline reasoner, no key"
	}
	facts := []pages.Fact{
		{Term: "At most", Value: most},
		{Term: "Time", Value: p.took.guess(spec)},
		{Term: "Seed", Value: seed},
		{Term: "Memory", Value: library},
		{Term: "Models", Value: model},
	}
	if asks := ui.AsksWords(spec.Approval); asks != "" {
		facts = append(facts, pages.Fact{Term: "Asks a person", Value: asks})
	}
	return facts
}

// offline are the roles that need no model.
var offline = agent.ModelRefs{Actor: agent.Reasoner, Critic: agent.Reasoner, Optimizer: agent.Reasoner}
