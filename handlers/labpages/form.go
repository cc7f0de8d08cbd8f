package labpages

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// labForm is what stands in the inputs of the page "New experiment": texts, as
// a person typed them.
type labForm struct {
	Environment, Purpose, Name string
	Config                     map[string]string
	Source                     string
	Arms                       []string
	Foreign, LeaveOut          string // arms that name something
	Model, Critic              string
	Train, Test, Worlds, Seed  string
	TrainFrom, TestFrom        string
	MaxSteps, TrainMaxSteps    string
	LimitFactor, Curve, Draws  string
	TestConfig                 string
	Actor, Judge, Optimizer    string // Judge is the critic
	Trainer                    string
	Noise                      string
	Pollution, Irrelevant      string
	Planted                    string
	Tries                      string
	ChangeAt, ChangeConfig     string
}

// withDefaults fills what a new form starts with.
func (f labForm) withDefaults() labForm {
	fill := func(field *string, text string) {
		if *field == "" {
			*field = text
		}
	}
	if f.Source != lab.SourceLibrary {
		fill(&f.Train, "200")
	}
	fill(&f.Test, "100")
	fill(&f.Seed, "1")
	fill(&f.Actor, agent.Reasoner)
	return f
}

// readLabForm takes the inputs from posted or linked values.
func readLabForm(values url.Values) labForm {
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f := labForm{
		Environment: get("environment.name"), Purpose: get("purpose"), Name: get("name"), Config: map[string]string{},
		Source: get("source"), Arms: values["arms"], Foreign: get("arm_placebo"), LeaveOut: get("leave_out"), Model: get("arm_model"), Critic: get("arm_critic"),
		Train: get("train"), Test: get("test"), Worlds: get("worlds"), Seed: get("seed"),
		TrainFrom: get("train_from"), TestFrom: get("test_from"),
		MaxSteps: get("max_steps"), TrainMaxSteps: get("train_max_steps"), LimitFactor: get("limit_factor"),
		Curve: get("curve"), Draws: get("draws"), TestConfig: get("test_config"),
		Actor: get("models.actor"), Judge: get("models.critic"), Optimizer: get("models.optimizer"), Trainer: get("trainer"), Noise: get("noise"),
		Pollution: get("pollution"), Irrelevant: get("irrelevant"),
		Planted: get("planted"), Tries: get("tries"), ChangeAt: get("change_at"), ChangeConfig: get("change_config"),
	}
	if f.Source == "training" { // what the form calls it
		f.Source = lab.SourceTraining
	}
	for name, all := range values {
		if prop, ok := strings.CutPrefix(name, configschema.FieldPrefix); ok && len(all) > 0 {
			f.Config[prop] = all[len(all)-1] // a check box follows its hidden "false"
		}
	}
	return f
}

// formOfRequest shows a request in the form; request is its inverse.
func formOfRequest(ask lab.Request, schema ui.ConfigSchema) labForm {
	s := ask.Spec
	f := labForm{
		Environment: s.Environment.Name, Config: schema.Values(s.Environment.Config), Purpose: s.Purpose, Name: ask.Name,
		Source: s.Source, Worlds: worldsText(ask.Worlds), Curve: commaText(s.Curve),
		Train: ui.CountText(s.Train), Test: ui.CountText(s.Test), Seed: ui.Optional(s.Seed),
		MaxSteps: ui.CountText(s.MaxSteps), TrainMaxSteps: ui.CountText(s.TrainMaxSteps), Draws: ui.CountText(s.Draws),
		Irrelevant: ui.CountText(s.Irrelevant), Planted: ui.CountText(s.Planted), Tries: ui.CountText(s.Tries), ChangeAt: ui.CountText(s.ChangeAt), Actor: s.Models.Actor, Judge: s.Models.Critic, Optimizer: s.Models.Optimizer, Trainer: s.Trainer,
	}
	drawn := lab.Spec{Seed: s.Seed}.WithDefaults()
	if s.TrainFrom != drawn.TrainFrom { // those that the seed gives follow it when it is changed
		f.TrainFrom = ui.Optional(s.TrainFrom)
	}
	if s.TestFrom != drawn.TestFrom {
		f.TestFrom = ui.Optional(s.TestFrom)
	}
	if s.LimitFactor > 0 {
		f.LimitFactor = strconv.FormatFloat(s.LimitFactor, 'f', -1, 64)
	}
	if s.Pollution > 0 {
		f.Pollution = strconv.FormatFloat(100*s.Pollution, 'f', -1, 64)
	}
	if !s.TestConfig.IsEmpty() {
		f.TestConfig = s.TestConfig.String()
	}
	if !s.ChangeConfig.IsEmpty() {
		f.ChangeConfig = s.ChangeConfig.String()
	}
	if sd, ok := strings.CutPrefix(s.Models.Critic, lab.CriticNoisy); ok {
		f.Judge, f.Noise = "", sd
	}
	for _, a := range s.Arms {
		name := string(a)
		switch {
		case strings.HasPrefix(name, lab.PlaceboOf):
			f.Foreign = strings.TrimPrefix(name, lab.PlaceboOf)
		case strings.HasPrefix(name, lab.LeaveOneOut):
			f.LeaveOut = strings.TrimPrefix(name, lab.LeaveOneOut)
		case strings.HasPrefix(name, lab.OtherModel):
			f.Model = strings.TrimPrefix(name, lab.OtherModel)
		case strings.HasPrefix(name, lab.OtherCritic):
			f.Critic = strings.TrimPrefix(name, lab.OtherCritic)
		default:
			f.Arms = append(f.Arms, name)
		}
	}
	return f
}

// request reads the form. Each text that can't be what it should be has a
// message under its field's name.
func (f labForm) request(schema ui.ConfigSchema) (lab.Request, map[string]string) {
	config, problems := schema.Config(f.Config)
	p := ui.FieldParser{Problems: problems}
	s := lab.Spec{
		Environment: agent.EnvironmentRef{Name: f.Environment, Config: config}, Purpose: f.Purpose,
		Models: agent.ModelRefs{Actor: f.Actor, Critic: f.judge(p), Optimizer: f.Optimizer}, Trainer: f.Trainer,
		Arms: f.arms(), Seed: p.Integer("seed", f.Seed, math.MaxInt64),
		Train: int(p.Integer("train", f.Train, math.MaxInt32)), Test: int(p.Integer("test", f.Test, math.MaxInt32)),
		TrainFrom: p.Integer("train_from", f.TrainFrom, math.MaxInt64), TestFrom: p.Integer("test_from", f.TestFrom, math.MaxInt64),
		MaxSteps: int(p.Integer("max_steps", f.MaxSteps, math.MaxInt32)), TrainMaxSteps: int(p.Integer("train_max_steps", f.TrainMaxSteps, math.MaxInt32)),
		LimitFactor: p.Number("limit_factor", f.LimitFactor), Source: f.Source,
		Pollution: p.Number("pollution", f.Pollution) / 100, Irrelevant: int(p.Integer("irrelevant", f.Irrelevant, math.MaxInt32)),
		Planted: int(p.Integer("planted", f.Planted, math.MaxInt32)), Tries: int(p.Integer("tries", f.Tries, math.MaxInt32)), ChangeAt: int(p.Integer("change_at", f.ChangeAt, math.MaxInt32)),
		Draws: int(p.Integer("draws", f.Draws, math.MaxInt32)),
	}
	p.NotZero("seed", f.Seed, s.Seed == 0)
	p.NotZero("test", f.Test, s.Test == 0)
	p.NotZero("draws", f.Draws, s.Draws == 0)
	if f.TestConfig != "" {
		test, err := agent.ParseObject([]byte(f.TestConfig))
		if err != nil {
			p.Problems["test_config"] = agent.MessageOf(err)
		}
		s.TestConfig = test
	}
	if f.ChangeConfig != "" {
		change, err := agent.ParseObject([]byte(f.ChangeConfig))
		if err != nil {
			p.Problems["change_config"] = agent.MessageOf(err)
		}
		s.ChangeConfig = change
	}
	for _, text := range lab.SplitList(f.Curve) {
		s.Curve = append(s.Curve, int(p.Integer("curve", text, math.MaxInt32)))
	}
	if s.Source == lab.SourceLibrary { // it trains nothing
		s.Train, s.TrainFrom, s.Curve = 0, 0, nil
	}
	ask := lab.Request{Name: f.Name, Spec: s}
	numbers, err := lab.ParseWorlds(f.Worlds)
	maps.Copy(p.Problems, ui.ProblemsOf(err))
	ask.Worlds = numbers
	return ask, p.Problems
}

// arms lists the ticked arms in the order of the lab, then those that name
// something. On is always there: the others are compared with it.
func (f labForm) arms() []lab.Arm {
	var out []lab.Arm
	for _, name := range f.Arms {
		if a := lab.Arm(name); a != lab.On && !slices.Contains(out, a) {
			out = append(out, a) // one that is unknown is refused by the lab, by name
		}
	}
	out = append(out, lab.On)
	for prefix, what := range map[string]string{lab.PlaceboOf: f.Foreign, lab.LeaveOneOut: f.LeaveOut, lab.OtherModel: f.Model, lab.OtherCritic: f.Critic} {
		if what != "" {
			out = append(out, lab.Arm(prefix+what))
		}
	}
	slices.SortStableFunc(out, func(a, b lab.Arm) int { return armPlace(a) - armPlace(b) })
	return out
}

// armPlace is where an arm stands in a specification.
func armPlace(a lab.Arm) int {
	order := []string{string(lab.Off), string(lab.On), string(lab.Placebo), lab.PlaceboOf, string(lab.Shuffled), string(lab.Append), string(lab.PlaybookOnly), string(lab.Clean), string(lab.Explorer),
		lab.LeaveOneOut, lab.OtherModel, lab.OtherCritic}
	for i, name := range order {
		if string(a) == name || strings.HasSuffix(name, ":") && strings.HasPrefix(string(a), name) {
			return i
		}
	}
	return len(order)
}

// judge is the critic: noise is put on the offline one.
func (f labForm) judge(p ui.FieldParser) string {
	if f.Noise == "" || f.Noise == "0" {
		return f.Judge
	}
	if sd := p.Number("noise", f.Noise); sd < 0 || sd > 10 {
		p.Problems["noise"] = "must be a standard deviation from 0 to 10"
	}
	if f.Judge != "" && f.Judge != agent.Reasoner {
		p.Problems["noise"] = "is put on the offline critic only; leave the critic empty"
	}
	return lab.CriticNoisy + f.Noise
}

// worldsText writes world numbers with their ranges: 1-10, 15.
func worldsText(worlds []int64) string {
	var parts []string
	for i := 0; i < len(worlds); {
		k := i
		for k+1 < len(worlds) && worlds[k+1] == worlds[k]+1 {
			k++
		}
		part := strconv.FormatInt(worlds[i], 10)
		if k > i {
			part += "-" + strconv.FormatInt(worlds[k], 10)
		}
		parts, i = append(parts, part), k+1
	}
	return strings.Join(parts, ",")
}

func commaText(numbers []int) string {
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = ui.Itoa(n)
	}
	return strings.Join(parts, ",")
}

// labFieldNames names the lab's messages as the form's fields.
func labFieldNames(problems map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range problems {
		field, ok := map[string]string{
			"environment": "environment.name", "model": "models.actor", "critic": "models.critic", "optimizer": "models.optimizer",
			"config": "environment.config", "test-config": "test_config",
		}[name]
		switch {
		case ok:
			name = field
		case strings.HasPrefix(name, "config."):
			name = configschema.FieldPrefix + strings.TrimPrefix(name, "config.")
		case !strings.HasPrefix(name, configschema.FieldPrefix):
			name = strings.ReplaceAll(name, "-", "_")
		}
		out[name] = text
	}
	return out
}
