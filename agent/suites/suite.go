package suites

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
)

// Format is what a file says it is.
const Format = "purpose.suite/1"

// Bounds of a suite. What is larger is refused, not cut.
const (
	MaxBytes       = 8 << 20 // of a file
	MaxTasks       = agent.MaxRepeats
	MaxTries       = 20 // of each task in one run of a suite
	MaxName        = 100
	MaxDescription = 4_000
	MaxConfig      = 256 << 10 // bytes of the configuration of one task, with its check
	MaxSeed        = 1 << 53   // what any reader of JSON can hold exactly
	maxID          = 120
)

// The splits of a suite: what the Lab learns from, and what it tests on. A task
// without one is for testing.
const (
	Train = "train"
	Test  = "test"
)

// Suite is a set of tasks with what people call it.
type Suite struct {
	Name        string
	Description string
	Tasks       []Task
}

// Task is one task of a suite: everything that makes it the same task each time.
type Task struct {
	ID          string       `json:"id"`
	Environment string       `json:"environment"`
	Config      agent.Object `json:"config,omitempty"` // what differs from the environment's defaults
	// Purpose is what is to be reached; "" where the environment draws it from the seed.
	Purpose string `json:"purpose,omitempty"`
	Seed    int64  `json:"seed"`
	Split   string `json:"split,omitempty"` // Train, Test or ""
	// MaxSteps limits a try; 0 is the environment's usual limit.
	MaxSteps int `json:"max_steps,omitempty"`
	// Check holds the settings of the environment that say when the purpose is
	// reached, where it takes such settings.
	Check agent.Object `json:"check,omitempty"`
	// Content is the SHA-256 of the files that the task is read from when it runs, ""
	// where there are none: other files would be another task.
	Content string `json:"content,omitempty"`
}

// MarshalJSON leaves out what is empty: an Object is never empty to Go.
func (t Task) MarshalJSON() ([]byte, error) {
	type plain struct {
		ID          string        `json:"id"`
		Environment string        `json:"environment"`
		Config      *agent.Object `json:"config,omitempty"`
		Purpose     string        `json:"purpose,omitempty"`
		Seed        int64         `json:"seed"`
		Split       string        `json:"split,omitempty"`
		MaxSteps    int           `json:"max_steps,omitempty"`
		Check       *agent.Object `json:"check,omitempty"`
		Content     string        `json:"content,omitempty"`
	}
	p := plain{ID: t.ID, Environment: t.Environment, Purpose: t.Purpose, Seed: t.Seed, Split: t.Split, MaxSteps: t.MaxSteps, Content: t.Content}
	if !t.Config.IsEmpty() {
		p.Config = &t.Config
	}
	if !t.Check.IsEmpty() {
		p.Check = &t.Check
	}
	return json.Marshal(p)
}

// Settings is the configuration of the environment with the check in it.
func (t *Task) Settings() agent.Object {
	if t.Check.IsEmpty() {
		return t.Config
	}
	m := t.Config.Map()
	if m == nil {
		m = map[string]any{}
	}
	maps.Copy(m, t.Check.Map())
	return agent.MustObject(m)
}

// Same reports whether two tasks ask for the same, whatever they are called and
// whatever split they are in: only then are their results comparable.
func (t *Task) Same(other *Task) bool {
	return t.Environment == other.Environment && t.Purpose == other.Purpose && t.Seed == other.Seed && t.MaxSteps == other.MaxSteps && t.Content == other.Content && t.Settings() == other.Settings()
}

// Tests reports whether the task is for testing.
func (t *Task) Tests() bool { return t.Split != Train }

// Hash identifies tasks and their order: SHA-256 in hex of their canonical JSON.
// The name of a suite is no part of it.
func Hash(tasks []Task) string {
	sum := sha256.Sum256([]byte(agent.MustObject(map[string]any{"format": Format, "tasks": tasks}).String()))
	return hex.EncodeToString(sum[:])
}

// Encode writes the suite as indented JSON, the same bytes for the same suite.
func (s *Suite) Encode() ([]byte, error) {
	form := struct {
		Format      string `json:"format"`
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Tasks       []Task `json:"tasks"`
	}{Format, s.Name, s.Description, s.Tasks}
	raw, err := json.MarshalIndent(form, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode suite %s: %w", s.Name, err)
	}
	return append(raw, '\n'), nil
}

// Environments lists the kinds of environments of the tasks, by name.
func Environments(tasks []Task) []string {
	var names []string
	for i := range tasks {
		if !slices.Contains(names, tasks[i].Environment) {
			names = append(names, tasks[i].Environment)
		}
	}
	slices.Sort(names)
	return names
}

// Of returns the tasks of a split: Train, Test, or "" for all.
func Of(tasks []Task, split string) []Task {
	if split == "" {
		return tasks
	}
	var out []Task
	for _, t := range tasks {
		if t.Tests() == (split == Test) {
			out = append(out, t)
		}
	}
	return out
}

// Problem is something wrong with a suite. Line and Task count from 1; 0 where it
// is no matter of one line or task.
type Problem struct {
	Line  int    `json:"line,omitempty"`
	Task  int    `json:"task,omitempty"`
	ID    string `json:"id,omitempty"`
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// String says the problem in a line.
func (p Problem) String() string {
	var where []string
	if p.Line > 0 {
		where = append(where, fmt.Sprintf("line %d", p.Line))
	}
	if p.Task > 0 {
		task := fmt.Sprintf("task %d", p.Task)
		if p.ID != "" {
			task += fmt.Sprintf(" (%s)", p.ID)
		}
		where = append(where, task)
	}
	if p.Field != "" {
		where = append(where, p.Field)
	}
	if len(where) == 0 {
		return p.Text
	}
	return strings.Join(where, ", ") + ": " + p.Text
}

// MaxProblems bounds what is reported of a broken suite.
const MaxProblems = 50

// Refusal is the error that says all that is wrong with a suite: CodeInvalid. nil
// for nothing.
func Refusal(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	if len(problems) == 1 {
		return agent.Errorf(agent.CodeInvalid, "%s", problems[0])
	}
	var text strings.Builder
	for _, p := range problems {
		text.WriteString("\n  " + p.String())
	}
	if len(problems) >= MaxProblems {
		text.WriteString("\n  …")
	}
	return agent.Errorf(agent.CodeInvalid, "the suite has %d problems:%s", len(problems), text.String())
}

// Problems returns what is wrong with the suite, whoever wrote it: at most
// MaxProblems. Whether the environments can do the tasks is for them to say.
func (s *Suite) Problems() []Problem {
	c := collector{}
	c.whole("name", nameProblem(s.Name))
	if len(s.Description) > MaxDescription || !printable(s.Description) {
		c.whole("description", fmt.Sprintf("must be text of at most %d bytes", MaxDescription))
	}
	switch {
	case len(s.Tasks) == 0:
		c.whole("tasks", "there is no task; a suite needs one at least")
	case len(s.Tasks) > MaxTasks:
		c.whole("tasks", fmt.Sprintf("there are %d tasks, and at most %d fit in a suite; split it into several", len(s.Tasks), MaxTasks))
		return c.problems
	}
	seen := map[string]int{}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		c.task(i, t)
		if first, twice := seen[t.ID]; twice && t.ID != "" {
			c.add(Problem{Task: i + 1, ID: agent.Clip(t.ID, 60), Field: "id", Text: fmt.Sprintf("task %d has the same id; each task needs its own", first)})
			continue
		}
		seen[t.ID] = i + 1
	}
	return c.problems
}

// collector collects problems up to their bound.
type collector struct{ problems []Problem }

func (c *collector) add(p Problem) {
	if len(c.problems) < MaxProblems {
		c.problems = append(c.problems, p)
	}
}

func (c *collector) whole(field, text string) {
	if text != "" {
		c.add(Problem{Field: field, Text: text})
	}
}

var (
	idForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]*$`)
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	kindForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

// task checks one task.
func (c *collector) task(i int, t *Task) {
	say := func(field, format string, args ...any) {
		c.add(Problem{Task: i + 1, ID: agent.Clip(visible(t.ID), 60), Field: field, Text: fmt.Sprintf(format, args...)})
	}
	switch {
	case t.ID == "":
		say("id", "is missing; give each task a short one of its own")
	case len(t.ID) > maxID || !idForm.MatchString(t.ID):
		say("id", "must be letters, digits and . _ - / +, at most %d", maxID)
	}
	switch {
	case t.Environment == "":
		say("environment", "is missing; name a kind of environment")
	case !kindForm.MatchString(t.Environment):
		say("environment", "must be the name of a kind of environment: small letters, digits and -")
	}
	if len(t.Purpose) > agent.MaxPurposeBytes || !utf8.ValidString(t.Purpose) {
		say("purpose", "must be text of at most %d bytes", agent.MaxPurposeBytes)
	}
	if t.Seed < 1 || t.Seed > MaxSeed {
		say("seed", "must be a whole number from 1 to 2^53, got %d", t.Seed)
	}
	if t.Split != "" && t.Split != Train && t.Split != Test {
		say("split", "must be train or test, or left out, got %q", agent.Clip(visible(t.Split), 40))
	}
	if t.MaxSteps < 0 || t.MaxSteps > agent.MaxMaxSteps {
		say("max_steps", "must be 1 to %d, or left out, got %d", agent.MaxMaxSteps, t.MaxSteps)
	}
	if t.Content != "" && !hashForm.MatchString(t.Content) {
		say("content", "must be the SHA-256 of the task's files in 64 small hexadecimal digits, or left out")
	}
	if n := len(t.Config) + len(t.Check); n > MaxConfig {
		say("config", "is %d bytes long with the check; at most %d are allowed", n, MaxConfig)
	}
}

// nameProblem says what is wrong with the name of a suite, "" for nothing.
func nameProblem(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "is missing; call the suite something"
	case len(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) || strings.TrimSpace(name) != name:
		return fmt.Sprintf("must be one line of at most %d bytes, without spaces around it", MaxName)
	}
	return ""
}

// printable reports whether a text is one that people can read.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' })
}

// visible is a text with what does not print replaced.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(text, "·"))
}
