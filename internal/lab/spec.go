package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
)

// Arm is one way to use memory on the held-out tasks.
type Arm string

// The arms.
const (
	// Off has no memory: the baseline.
	Off Arm = "off"
	// On has what was learned.
	On Arm = "on"
	// Placebo has as many rules, learned in another world.
	Placebo Arm = "placebo"
	// Shuffled has the learned rules with their actions permuted among them.
	Shuffled Arm = "shuffled"
	// Append replays the most similar successful trajectory of the training
	// (the simple baseline of arXiv 2505.00234); it has no rules.
	Append Arm = "append-successes"
	// PlaybookOnly has the rules as the page that is composed of them and in no
	// other way: no rules that apply now, no remembered trajectories. It is for
	// actors that read words.
	PlaybookOnly Arm = "playbook-only"
	// Clean has the rules as they were before Pollution and Irrelevant.
	Clean Arm = "clean"
	// Explorer is a player written by hand that learns nothing: a line to
	// compare with, in environments that offer one.
	Explorer Arm = "explorer"
)

// The arms that name something after a colon.
const (
	// LeaveOneOut, followed by the id of a rule, has all that On has but that rule.
	LeaveOneOut = "leave-one-out:"
	// PlaceboOf, followed by an environment, is Placebo with rules that were learned
	// in that environment: they share none of the laws of this one.
	PlaceboOf = "placebo:"
	// OtherModel, followed by a model as in provider:name, is On with another actor.
	OtherModel = "model:"
	// OtherCritic, followed by a critic, is On judged by another critic.
	OtherCritic = "critic:"
)

// Where the rules of an experiment come from.
const (
	SourceTraining = ""        // it trains
	SourceLibrary  = "library" // a frozen snapshot of the installation's own library
)

// Arms lists the arms that name nothing else. DefaultArms are what is asked by default.
var (
	Arms        = []Arm{Off, On, Placebo, Shuffled, Append, PlaybookOnly, Clean, Explorer}
	DefaultArms = []Arm{Off, On, Placebo, Append}
)

// Limits of an experiment.
const (
	MaxTasks = 100_000 // for training, and for testing
	MinTest  = 2       // one task has no interval
	MaxArms  = 20
	// MaxPollution is the greatest share of distractors, MaxIrrelevant the
	// greatest number of rules that can't fit.
	MaxPollution  = 0.95
	MaxIrrelevant = 100_000
	MaxPlanted    = 200
	// apart is the distance between the first training and the first test seed
	// of one experiment seed, and half of that between two experiment seeds.
	apart   = 500_000
	maxSeed = 1_000_000_000
)

// Spec is what an experiment is asked to do. All of it enters the hash.
type Spec struct {
	Environment agent.EnvironmentRef `json:"environment"`
	// TestConfig holds settings in which the test tasks differ, such as a larger
	// size. The laws must stay the same.
	TestConfig agent.Object    `json:"test_config,omitempty"`
	Purpose    string          `json:"purpose,omitempty"` // where the environment draws none
	Models     agent.ModelRefs `json:"models"`
	// Trainer acts in training, where that is another one than the actor of the
	// test tasks: what one learned, another may use. "": the actor.
	Trainer   string `json:"trainer,omitempty"`
	Arms      []Arm  `json:"arms"`
	Seed      int64  `json:"seed"` // draws the seeds below and the resampling
	Train     int    `json:"train"`
	Test      int    `json:"test"`
	TrainFrom int64  `json:"train_from"` // first seed; they count up
	TestFrom  int64  `json:"test_from"`
	// MaxSteps limits a test task, TrainMaxSteps a training task. 0: LimitFactor
	// times the optimum where it is known, twice that in training; else the
	// environment's usual limit.
	MaxSteps      int     `json:"max_steps"`
	TrainMaxSteps int     `json:"train_max_steps"`
	LimitFactor   float64 `json:"limit_factor"`
	// Source says where the rules come from: SourceTraining or SourceLibrary,
	// which trains nothing (Train is 0). Snapshot identifies the frozen rules of
	// the library by SHA-256; it is filled when the experiment is planned.
	Source   string `json:"source,omitempty"`
	Snapshot string `json:"snapshot,omitempty"`
	// Pollution is the share of distractors among the rules after they are put
	// in, 0 to 0.95: plausible rules of other worlds, and of this one with their
	// actions permuted. Irrelevant is how many rules are put in that can't fit.
	Pollution  float64 `json:"pollution,omitempty"`
	Irrelevant int     `json:"irrelevant,omitempty"`
	// Planted is how many false rules are in the library before the training: what
	// a first training found to be bad each time, said to be good.
	Planted int `json:"planted,omitempty"`
	// ChangeAt, where above 0, changes the settings that ChangeConfig holds after so
	// many training tasks: other laws under the same name, so that nobody tells the
	// learner. What is tested after that is tested in the world of after.
	ChangeAt     int          `json:"change_at,omitempty"`
	ChangeConfig agent.Object `json:"change_config,omitempty"`
	// Curve lists after how many training tasks the library is tested as well.
	Curve []int `json:"curve,omitempty"`
	// Suite has the tasks, where they are not drawn: Train and Test count them, and
	// TrainFrom and TestFrom number them. nil: they are drawn.
	Suite *Suite `json:"suite,omitempty"`
	// Tries is how often each test task is done in each arm, 0 for once: what is
	// solved in all of them says how far an arm can be relied on (pass^k).
	Tries int `json:"tries,omitempty"`
	// Draws of a bootstrap or permutation.
	Draws int `json:"draws"`
}

// WithDefaults fills what is left out.
func (s Spec) WithDefaults() Spec {
	if s.Seed == 0 {
		s.Seed = 1
	}
	if len(s.Arms) == 0 {
		s.Arms = slices.Clone(DefaultArms)
	}
	if s.TrainFrom == 0 {
		s.TrainFrom = (s.Seed-1)*2*apart + 1
	}
	if s.TestFrom == 0 {
		s.TestFrom = (s.Seed-1)*2*apart + apart + 1
	}
	if s.Draws == 0 {
		s.Draws = 10_000
	}
	if s.Tries == 1 { // it says the same
		s.Tries = 0
	}
	for _, role := range []*string{&s.Models.Actor, &s.Models.Critic, &s.Models.Optimizer} {
		if *role == "" && role != &s.Models.Actor {
			*role = s.Models.Actor
		}
		if *role == "" {
			*role = agent.Reasoner
		}
	}
	return s
}

// Check returns a CodeInvalid error with a message for each field that is
// wrong. Train and test seeds that overlap are refused: what was trained on
// proves nothing.
func (s Spec) Check() error {
	fields := map[string]string{}
	count := func(name string, n, low, high int) {
		if n < low || n > high {
			fields[name] = fmt.Sprintf("must be %d to %d, got %d", low, high, n)
		}
	}
	switch s.Source {
	case SourceTraining:
		count("train", s.Train, 1, MaxTasks)
	case SourceLibrary:
		count("train", s.Train, 0, 0)
	default:
		fields["source"] = fmt.Sprintf("must be left out or %q, got %q", SourceLibrary, agent.Clip(s.Source, 40))
	}
	count("irrelevant", s.Irrelevant, 0, MaxIrrelevant)
	count("planted", s.Planted, 0, MaxPlanted)
	s.checkChange(fields)
	s.checkSuite(fields)
	if !(s.Pollution >= 0 && s.Pollution <= MaxPollution) {
		fields["pollution"] = fmt.Sprintf("must be a share from 0 to %g, got %g", MaxPollution, s.Pollution)
	}
	count("test", s.Test, MinTest, MaxTasks)
	count("tries", s.Tries, 0, MaxTries)
	count("draws", s.Draws, 100, 1_000_000)
	count("max-steps", s.MaxSteps, 0, agent.MaxMaxSteps)
	count("train-max-steps", s.TrainMaxSteps, 0, agent.MaxMaxSteps)
	if s.Seed < 1 || s.Seed > maxSeed {
		fields["seed"] = fmt.Sprintf("must be 1 to %d, got %d", maxSeed, s.Seed)
	}
	if !(s.LimitFactor >= 0 && s.LimitFactor <= 1000) {
		fields["limit-factor"] = fmt.Sprintf("must be 0 to 1000, got %g", s.LimitFactor)
	}
	s.checkSeeds(fields)
	s.checkArms(fields)
	for i, n := range s.Curve {
		if n < 0 || n > s.Train || i > 0 && n <= s.Curve[i-1] {
			fields["curve"] = fmt.Sprintf("must be rising numbers of training tasks, from 0 to %d", s.Train)
		}
	}
	if s.Environment.Name == "" {
		fields["environment"] = "name an environment"
	}
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

func (s Spec) checkChange(fields map[string]string) {
	switch {
	case s.Source == SourceLibrary && s.ChangeAt != 0:
		fields["change-at"] = "needs a training; the library as it stands learns nothing"
	case s.Source == SourceLibrary && s.Trainer != "":
		fields["trainer"] = "needs a training; the library as it stands learns nothing"
	case s.Source == SourceLibrary && s.Planted != 0:
		fields["planted"] = "needs a training; the library as it stands learns nothing"
	case s.ChangeAt == 0 && !s.ChangeConfig.IsEmpty():
		fields["change-at"] = "say after how many training tasks the settings change"
	case s.ChangeAt != 0 && s.ChangeConfig.IsEmpty():
		fields["change-config"] = `say what changes, as a JSON object such as {"world":2}`
	case s.ChangeAt < 0 || s.ChangeAt != 0 && s.ChangeAt >= s.Train:
		fields["change-at"] = fmt.Sprintf("must be 1 to %d, so that tasks come before and after it, got %d", max(s.Train-1, 1), s.ChangeAt)
	}
}

func (s Spec) checkSeeds(fields map[string]string) {
	for name, from := range map[string]int64{"train-from": s.TrainFrom, "test-from": s.TestFrom} {
		if from < 0 || from > 1<<52 {
			fields[name] = fmt.Sprintf("must be 0 to %d, got %d", int64(1)<<52, from)
			return
		}
	}
	trainEnd, testEnd := s.TrainFrom+int64(s.Train)-1, s.TestFrom+int64(s.Test)-1
	if s.TrainFrom <= testEnd && s.TestFrom <= trainEnd {
		fields["test-from"] = fmt.Sprintf("the test seeds %d to %d overlap with the training seeds %d to %d; what was trained on proves nothing, so choose others",
			s.TestFrom, testEnd, s.TrainFrom, trainEnd)
	}
}

func (s Spec) checkArms(fields map[string]string) {
	if len(s.Arms) > MaxArms {
		fields["arms"] = fmt.Sprintf("must be at most %d, got %d", MaxArms, len(s.Arms))
		return
	}
	seen := map[Arm]bool{}
	for _, a := range s.Arms {
		switch {
		case !a.known():
			fields["arms"] = fmt.Sprintf("there is no arm %q; choose from %s, and %sENVIRONMENT, %sRULE, %sPROVIDER:NAME, %sCRITIC", agent.Clip(string(a), 40), JoinArms(Arms), PlaceboOf, LeaveOneOut, OtherModel, OtherCritic)
			return
		case seen[a]:
			fields["arms"] = fmt.Sprintf("%s is listed twice", a)
			return
		case a == Clean && s.Pollution == 0 && s.Irrelevant == 0:
			fields["arms"] = fmt.Sprintf("%s is what %s is without pollution; ask for pollution or irrelevant rules, or leave it out", Clean, On)
			return
		}
		seen[a] = true
	}
	if !seen[On] {
		fields["arms"] = fmt.Sprintf("%q is needed: the others are compared with it", On)
	}
}

// placebo reports whether it is an arm with rules of another world, and the
// environment that it names; "" where it names none.
func (a Arm) placebo() (environment string, ok bool) {
	if a == Placebo {
		return "", true
	}
	return a.after(PlaceboOf)
}

// known reports whether there is such an arm.
func (a Arm) known() bool {
	for _, prefix := range []string{PlaceboOf, LeaveOneOut, OtherModel, OtherCritic} {
		if rest, ok := a.after(prefix); ok {
			return rest != "" && len(rest) <= 200
		}
	}
	return slices.Contains(Arms, a)
}

// JoinArms lists arms for people.
func JoinArms(arms []Arm) string {
	names := make([]string, len(arms))
	for i, a := range arms {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}

// Hash identifies everything that was fixed before the start: SHA-256 in hex
// of the specification's canonical JSON.
func (s Spec) Hash() string {
	sum := sha256.Sum256([]byte(agent.MustObject(s).String()))
	return hex.EncodeToString(sum[:])
}

// World is a kind of environment as an experiment sees it.
type World struct {
	Name string
	// Schema is the JSON Schema of a configuration. Three settings are known by
	// name: "split" with the values train and test says which tasks are drawn;
	// "world" is the number of a world, of which another gives the placebo;
	// "draw" is given another number in each arm, so that chance outcomes are
	// drawn afresh.
	Schema json.RawMessage
	Check  func(config agent.Object) (agent.Object, error)
	New    func(config agent.Object) (agent.Environment, error)
	// CheckTask says whether a task can be worked on in a configuration, with
	// Fields as agent.TaskChecker has them; nil where only running it can tell.
	CheckTask func(config agent.Object, task agent.Task) error
	// DrawPurpose returns the purpose that belongs to a seed; nil where every
	// task has Purpose.
	DrawPurpose func(config agent.Object, seed int64) (string, error)
	Purpose     string
	MaxSteps    int // the usual limit
	// LimitFactor, where not 0, limits a task at so many times its optimum.
	LimitFactor float64
}

// settings are the properties of a schema that an experiment sets itself.
type settings struct {
	split, draw        bool
	world              bool
	minWorld, maxWorld int64
}

func (w *World) settings() settings {
	var schema struct {
		Properties map[string]struct {
			Type    string  `json:"type"`
			Enum    []any   `json:"enum"`
			Minimum float64 `json:"minimum"`
			Maximum float64 `json:"maximum"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(w.Schema, &schema); err != nil {
		return settings{} // an environment without a schema has no settings
	}
	p := schema.Properties
	number := p["world"]
	return settings{
		split: slices.Contains(p["split"].Enum, any("train")) && slices.Contains(p["split"].Enum, any("test")),
		draw:  p["draw"].Type == "integer",
		world: number.Type == "integer" && number.Maximum > number.Minimum, minWorld: int64(number.Minimum), maxWorld: int64(number.Maximum),
	}
}

// with returns the configuration with some settings changed.
func with(config agent.Object, changes map[string]any) agent.Object {
	m := config.Map()
	maps.Copy(m, changes)
	return agent.MustObject(m)
}
