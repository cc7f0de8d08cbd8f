package labpages

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// labPage is what the page "New experiment" is drawn from.
type labPage struct {
	kinds    []ui.Kind
	kind     ui.Kind
	schema   ui.ConfigSchema
	form     labForm
	problems map[string]string // by field name; "" holds what concerns the whole
	note     string
	api      string
	models   []string // references that are known, for the choice
	took     labTimes
	link     func(path string) templ.SafeURL
	plan     func(lab.Request) (lab.Request, error)
	called   ui.Titles
	ruleText func(id string) string // what the form calls a rule
	rules    []partials.Option      // that can be left out
}

// armHelp is what each arm proves, in one line.
var armHelp = []struct {
	arm  lab.Arm
	help string
}{
	{lab.On, "What was learned, frozen. The others are compared with it"},
	{lab.Off, "No memory: the baseline. Without it nothing can be said of memory"},
	{lab.Placebo, "As many rules, learned in another world. A gain over off that placebo shows too does not come from what was learned"},
	{lab.Shuffled, "The same rules with their actions permuted: the hardest control"},
	{lab.Append, "Replays the most similar success: the simple baseline that is hard to beat"},
	{lab.PlaybookOnly, "A language model sees the playbook alone: no rules that apply now, no earlier tasks"},
	{lab.Clean, "The rules without distractors and irrelevant ones: what pollution costs"},
	{lab.Explorer, "A player written by hand that learns nothing, where the environment has one: a line to compare with"},
}

func (p labPage) view() labview.LabFormView {
	f := p.form
	v := labview.LabFormView{
		Action: p.link("/lab"), Self: p.link("/lab/new"), Note: p.note, Message: p.problems[""],
		WorldError: ui.FirstOf(p.problems["environment.name"], p.problems["environment.config"]), Presets: p.presets(),
		Config: p.schema.Inputs(f.Config, p.problems), ConfigText: p.kind.Text,
		Start:     pages.StartBox{Form: "experiment-form", Preview: p.link("/lab/new/preview"), Icon: "lab"},
		ArmsError: p.problems["arms"], SourceError: p.problems["source"],
		Rules: p.rules, Models: append([]string{agent.Reasoner}, p.models...), Critics: append([]string{agent.Reasoner, lab.CriticOutcome}, p.models...),
	}
	for _, k := range p.kinds {
		v.Worlds = append(v.Worlds, pages.World{Name: k.Name, Title: k.Title, Text: ui.FirstClause(k.Text), Icon: ui.FirstOf(k.Icon, ui.DefaultIcon), Selected: k.Name == p.kind.Name})
	}
	for _, choice := range []pages.Choice{
		{Value: "training", Text: "Train afresh", Help: "on tasks of its own; nothing reaches your library"},
		{Value: lab.SourceLibrary, Text: "My library as it stands", Help: "a frozen snapshot; nothing is trained"},
	} {
		choice.Selected = (choice.Value == lab.SourceLibrary) == (f.Source == lab.SourceLibrary)
		v.Sources = append(v.Sources, choice)
	}
	for _, a := range armHelp {
		if !slices.Contains(lab.Arms, a.arm) {
			continue
		}
		name := string(a.arm)
		v.Arms = append(v.Arms, labview.ArmChoice{Value: name, Key: armKey(name), Text: ui.Title(armName(name, p.called)), Help: a.help,
			Fixed: a.arm == lab.On, Checked: a.arm == lab.On || slices.Contains(f.Arms, name)})
	}
	p.fields(&v)
	v.Errors = p.errors(&v)
	v.Aside = p.aside()
	v.Start.Says = v.Aside.Start
	v.Fold, v.Compared, v.More = v.Aside.Folds[0], v.Aside.Folds[1], v.Aside.Folds[2]
	return v
}

// fields draws the inputs of each part of the form.
func (p labPage) fields(v *labview.LabFormView) {
	f := p.form
	v.Purpose = p.input("purpose", "Purpose of every task", "Left empty: drawn from each seed, or the environment's own", f.Purpose, partials.Field{Kind: "textarea", Rows: "1"}, "")
	v.MoreArms = []pages.Input{
		p.input("leave_out", "Without one rule", "Its title or its id: on without it, to audit it", p.ruleText(f.LeaveOut), partials.Field{Placeholder: "none", List: "rules"}, "w2"),
		p.input("arm_placebo", "Placebo of another environment", "As many rules that share none of these laws", f.Foreign, partials.Field{Placeholder: "none"}, "w2"),
		p.input("arm_model", "Another model", "The same memory with another actor", f.Model, partials.Field{Placeholder: "openai:name"}, "w2"),
		p.input("arm_critic", "Another critic", "The same memory, judged by another", f.Critic, partials.Field{Placeholder: "openai:name"}, "w2"),
	}
	v.Amount = []pages.Input{
		p.number("train", "Training tasks", "Not used with the library as it stands", f.Train, "0", strconv.Itoa(lab.MaxTasks), ""),
		p.number("test", "Test tasks", "Held out: the same in every arm", f.Test, strconv.Itoa(lab.MinTest), strconv.Itoa(lab.MaxTasks), ""),
		p.input("worlds", "Worlds", "Such as 1-10; the world is then the unit. Empty: one", f.Worlds, partials.Field{Placeholder: "one"}, "w2"),
	}
	v.Design = []pages.Input{
		p.input("curve", "Test after", "Numbers of training tasks, for the learning curve", f.Curve, partials.Field{Placeholder: "0,25,50,100"}, "w2"),
		p.input("seed", "Seed", "Draws the tasks and the resampling", f.Seed, partials.Field{}, "w2"),
		p.number("tries", "Tries of each test task", "In each arm; more than one shows pass^k", f.Tries, "1", strconv.Itoa(lab.MaxTries), "once"),
		p.input("name", "Name", "For people", f.Name, partials.Field{Placeholder: "made of the counts", MaxLength: strconv.Itoa(lab.MaxName)}, "w2"),
	}
	v.Stress = []pages.Input{
		p.number("noise", "Noise on Δ, sd", "Gaussian, on the offline critic", f.Noise, "0", "10", "none"),
		p.number("pollution", "Distractors, %", "Share of wrong rules among all", f.Pollution, "0", "95", "none"),
		p.number("irrelevant", "Irrelevant rules", "That can never fit", f.Irrelevant, "0", "", "none"),
		p.number("planted", "Planted false rules", "In the library before the training", f.Planted, "0", strconv.Itoa(lab.MaxPlanted), "none"),
		p.number("change_at", "Laws change after", "Number of training tasks, unannounced", f.ChangeAt, "0", strconv.Itoa(lab.MaxTasks), "never"),
		p.input("change_config", "The laws change to", "Settings as a JSON object, such as {\"world\":101}; with several worlds the number counts up", f.ChangeConfig, partials.Field{Kind: "json", Rows: "1", Placeholder: "{}"}, ""),
		p.input("test_config", "Test tasks differ in", "Settings as a JSON object, such as {\"size\":5}", f.TestConfig, partials.Field{Kind: "json", Rows: "1", Placeholder: "{}"}, ""),
	}
	v.Roles = []pages.Input{
		p.input("models.actor", "Actor", "Chooses the actions", f.Actor, partials.Field{}, "w2"),
		p.input("models.critic", "Critic", "Left empty, as the actor; outcome: none", f.Judge, partials.Field{}, "w2"),
		p.input("models.optimizer", "Optimizer", "Left empty, as the actor", f.Optimizer, partials.Field{}, "w2"),
		p.input("trainer", "Trained by", "Who acts in training. Left empty, as the actor", f.Trainer, partials.Field{}, "w2"),
	}
	v.Limits = []pages.Input{
		p.number("max_steps", "Steps of a test task", "", f.MaxSteps, "0", strconv.Itoa(agent.MaxMaxSteps), "the default"),
		p.number("train_max_steps", "Steps of a training task", "", f.TrainMaxSteps, "0", strconv.Itoa(agent.MaxMaxSteps), "the default"),
		p.number("limit_factor", "Or × the optimum", "", f.LimitFactor, "0", "1000", "the default"),
		p.input("train_from", "First training seed", "", f.TrainFrom, partials.Field{Placeholder: "by the seed"}, "w2"),
		p.input("test_from", "First test seed", "", f.TestFrom, partials.Field{Placeholder: "by the seed, far away"}, "w2"),
		p.number("draws", "Draws of a bootstrap", "", f.Draws, "100", "1000000", "10,000"),
	}
}

func (p labPage) input(name, label, hint, value string, f partials.Field, width string) pages.Input {
	f.Name, f.ID, f.Label, f.Hint, f.Value, f.Error = name, ui.FieldID(name), label, hint, value, p.problems[name]
	return pages.Input{Field: f, Width: width}
}

func (p labPage) number(name, label, hint, value, least, most, empty string) pages.Input {
	in := p.input(name, label, hint, value, partials.Field{Kind: "number", Min: least, Max: most, Step: "any", Placeholder: empty}, "w2 w1")
	return in
}

// errors lists the messages in the order of the page, for the summary on top.
func (p labPage) errors(v *labview.LabFormView) []pages.FieldError {
	var out []pages.FieldError
	told := map[string]bool{"": true}
	add := func(name, id, label string) {
		if text := p.problems[name]; text != "" && !told[name] {
			out = append(out, pages.FieldError{Href: templ.SafeURL("#" + id), Label: label, Text: text})
		}
		told[name] = true
	}
	add("environment.name", "f-worlds-choice", "World")
	add("environment.config", "f-worlds-choice", "World")
	add("source", "f-source", "Where the rules come from")
	add("arms", "f-arms", "Arms")
	inputs := slices.Concat(v.Amount, v.Config, []pages.Input{v.Purpose}, v.MoreArms, v.Design, v.Stress, v.Roles, v.Limits)
	for _, in := range inputs {
		add(in.Name, in.ID, in.Label)
	}
	for _, name := range slices.Sorted(maps.Keys(p.problems)) {
		add(name, "experiment-form", ui.PlainField(name))
	}
	return out
}

// label is what the form calls a field.
func (p labPage) label(name string) string {
	if name == "" {
		return ""
	}
	q := p
	q.problems = map[string]string{name: "x"}
	v := labview.LabFormView{Config: p.schema.Inputs(p.form.Config, nil)}
	q.fields(&v)
	if found := q.errors(&v); len(found) > 0 {
		return found[0].Label
	}
	return ui.PlainField(name)
}

// folds are the closed parts of the form, each with what is set in it. One that
// holds a message is open.
func (p labPage) folds(s lab.Spec) []pages.Fold {
	names := make([]string, len(s.Arms))
	for i, a := range s.Arms {
		names[i] = armName(a, p.called)
	}
	source := "trained afresh"
	if s.Source == lab.SourceLibrary {
		source = "my library as it stands"
	}
	world := pages.Fold{ID: "world-settings", Title: p.kind.Title + " settings", Says: ui.SettingsWords(p.schema, p.form.Config)}
	if s.Purpose != "" {
		world.Says = partials.Clip(s.Purpose, 60) + " · " + world.Says
	}
	compared := pages.Fold{ID: "compared", Title: "What is compared", Says: source + " · " + strings.Join(names, ", "), Open: p.form.LeaveOut != "" || p.form.Foreign != "" || p.form.Source == lab.SourceLibrary}
	more := pages.Fold{ID: "more-settings", Title: "More settings", Says: labMoreWords(s, p.form)}
	for name := range p.problems {
		switch {
		case strings.HasPrefix(name, configschema.FieldPrefix), name == "purpose":
			world.Open = true
		case slices.Contains([]string{"source", "arms", "arm_placebo", "leave_out", "arm_model", "arm_critic"}, name):
			compared.Open = true
		case !slices.Contains([]string{"", "train", "test", "worlds", "environment.name", "environment.config"}, name):
			more.Open = true
		}
	}
	return []pages.Fold{world, compared, more}
}

// labMoreWords are the rest of an experiment in one line.
func labMoreWords(s lab.Spec, f labForm) string {
	words := []string{ui.ModelName(s.Models.Actor), "seed " + strconv.FormatInt(s.Seed, 10)}
	if len(s.Curve) > 0 {
		words = append(words, "tested after "+commaText(s.Curve))
	} else {
		words = append(words, "no learning curve")
	}
	if s.Models.Critic == lab.CriticOutcome {
		words = append(words, "no critic")
	} else if s.Models.Critic != "" && s.Models.Critic != s.Models.Actor {
		words = append(words, "critic "+ui.ModelName(s.Models.Critic))
	}
	if s.Pollution > 0 || s.Irrelevant > 0 || s.Planted > 0 || f.Noise != "" || f.TestConfig != "" {
		words = append(words, "hard conditions")
	}
	if s.ChangeAt > 0 {
		words = append(words, "laws change after "+partials.Plural(s.ChangeAt, "task"))
	}
	if s.MaxSteps > 0 || s.TrainMaxSteps > 0 || s.LimitFactor > 0 {
		words = append(words, "limits of its own")
	} else {
		words = append(words, "usual limits")
	}
	return strings.Join(words, " · ")
}

// aside is what is computed from the inputs: what would be done, what it could
// show, what is wrong with it, and the commands.
func (p labPage) aside() labview.LabFormAside {
	a := labview.LabFormAside{Start: "Start the experiment"}
	ask, problems := p.form.request(p.schema)
	a.Folds = p.folds(ask.Spec)
	if n := tasksOf(ask); n > 0 && len(problems) == 0 {
		a.Start = "Start the experiment, about " + partials.Plural(n, "task")
	}
	if len(problems) > 0 {
		a.Problem = "Correct the marked fields to see what it could show."
		return a
	}
	planned, err := p.plan(ask)
	if err != nil {
		fields := ui.ProblemsOf(err)
		if fields == nil {
			fields = map[string]string{"": agent.MessageOf(err)}
		}
		fields = labFieldNames(fields)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			a.Notes = append(a.Notes, partials.Note{Icon: "warn", Text: ui.Sentence(strings.TrimSpace(p.label(name) + " " + armsCalled(fields[name], ask.Spec.Arms, p.called)))})
		}
	} else {
		a.Facts = experimentFacts(planned, p.took)
		a.Notes = append(a.Notes, powerNotes(planned)...)
		a.Notes = append(a.Notes, designNotes(planned, p.kind.Controlled(planned.Spec.Environment.Config) != nil)...)
	}
	if a.Curl, err = labCurl(ask, p.api); err != nil {
		a.Problem = "These inputs can't be written as a command."
		return a
	}
	a.CLI = labCLI(ask)
	return a
}

// experimentFacts say how much would be done, and on what.
func experimentFacts(ask lab.Request, took labTimes) []pages.Fact {
	s := ask.Spec
	facts := []pages.Fact{{Term: "Tasks in all", Value: "about " + ui.Count(tasksOf(ask)),
		Small: fmt.Sprintf("%d arms", len(s.Arms))}, {Term: "Time", Value: took.guess(ask)}}
	if len(ask.Worlds) > 0 {
		facts = append(facts, pages.Fact{Term: "Worlds", Value: worldsText(ask.Worlds)})
	}
	if s.Source == lab.SourceLibrary {
		facts = append(facts, pages.Fact{Term: "Rules", Value: "my library, frozen"})
	} else {
		facts = append(facts, pages.Fact{Term: "Training seeds", Value: seedRange(s.TrainFrom, s.Train)})
	}
	facts = append(facts, pages.Fact{Term: "Test seeds", Value: seedRange(s.TestFrom, s.Test)})
	if len(ask.Worlds) == 0 {
		facts = append(facts, pages.Fact{Term: "Configuration", Value: s.Hash()[:10] + "…", Help: "SHA-256 of all that is fixed before the first task"})
	}
	return facts
}

func seedRange(from int64, n int) string {
	return fmt.Sprintf("%s to %s", partials.Count(from), partials.Count(from+int64(max(n, 1))-1))
}

// designNotes warn of a design from which less can be concluded than it seems.
// A negative control needs no control arm.
func designNotes(ask lab.Request, negative bool) []partials.Note {
	has := func(a lab.Arm) bool { return slices.Contains(ask.Spec.Arms, a) }
	var notes []partials.Note
	if !has(lab.Off) {
		notes = append(notes, partials.Note{Icon: "warn", Text: "Without the arm off nothing can be said of what memory is worth."})
	} else if control := has(lab.Placebo) || has(lab.Shuffled); !control && !audits(ask.Spec.Arms) && !negative {
		notes = append(notes, partials.Note{Icon: "warn", Text: "Without a control arm, placebo or shuffled, any library might do as well."})
	}
	if ask.Spec.Source == lab.SourceLibrary {
		notes = append(notes, partials.Note{Tone: "acc", Icon: "info", Text: "Your library may have learned from these very tasks, if you worked on them; choose seeds that your runs did not use."})
	}
	return notes
}

// audits reports whether a rule is left out in one of the arms.
func audits(arms []lab.Arm) bool {
	return slices.ContainsFunc(arms, func(a lab.Arm) bool { return strings.HasPrefix(string(a), lab.LeaveOneOut) })
}
