// Package admission says which rules a library takes in. Check refuses what no
// library should hold, whoever wrote it; Admit also refuses what a distiller
// proposes without evidence, too vaguely, too long or like an injection.
package admission

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/search"
)

// Limits of a heuristic.
const (
	MaxTitleBytes = 200
	MaxTextBytes  = 2_000
	MaxSteps      = 20
	maxWords      = 60 // of a learned rule's when, do and avoid together; of each step; of because
	maxConditions = 64
	maxParents    = 1_000
)

// Check returns a CodeInvalid error with a message per field, keyed by
// JSON name, for a heuristic that no library should hold, whoever wrote it.
// Kind, status and author may be empty: they have defaults.
func Check(h *agent.Heuristic) error {
	fields := map[string]string{}
	text := func(name, value string, limit int) {
		if problem := TextProblem(value, limit); problem != "" && fields[name] == "" {
			fields[name] = problem
		}
	}
	text("title", h.Title, MaxTitleBytes)
	text("pattern", h.Pattern, MaxTextBytes)
	text("strategy", h.Strategy, MaxTextBytes)
	text("avoid", h.Avoid, MaxTextBytes)
	text("because", h.Because, MaxTextBytes)
	text("action", h.Action, MaxTitleBytes)
	text("author", string(h.Author), MaxTitleBytes)
	for _, s := range h.Steps {
		text("steps", s, MaxTextBytes)
	}
	if len(h.Steps) > MaxSteps {
		fields["steps"] = fmt.Sprintf("has %d steps; at most %d are allowed", len(h.Steps), MaxSteps)
	}
	if blank(h.Title) {
		fields["title"] = "give the rule a name of a few words"
	}
	if blank(h.Pattern) {
		fields["pattern"] = "say when the rule is to be used"
	}
	if len(h.Steps) <= MaxSteps && blank(h.Strategy+h.Avoid+strings.Join(h.Steps, "")) {
		fields["strategy"] = "say what to do, or what to avoid"
	}
	if len(h.ParentIDs) > maxParents || slices.ContainsFunc(h.ParentIDs, func(id string) bool { return TextProblem(id, MaxTitleBytes) != "" }) {
		fields["parent_ids"] = fmt.Sprintf("must be at most %d ids of rules", maxParents)
	}
	if !slices.Contains(agent.Tiers, h.Tier) {
		fields["tier"] = "must be strategic, procedural or tool"
	}
	if h.Tier == agent.Tool && strings.TrimSpace(h.Action) == "" {
		fields["action"] = "name the action that the tip is about"
	}
	if !slices.Contains([]agent.Kind{"", agent.KindRule, agent.KindWorkflow, agent.KindDynamics}, h.Kind) {
		fields["kind"] = "must be rule, workflow or dynamics"
	}
	if h.Status != "" && !slices.Contains(agent.Statuses, h.Status) {
		fields["status"] = "must be active, probation, candidate, retired, archived or banned"
	}
	checkNumbers(h, fields)
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

// blank reports whether a text shows nothing, also where it holds characters
// that can't be seen.
func blank(text string) bool {
	shown := func(r rune) bool { return r > ' ' && r < unicode.MaxASCII }
	return !strings.ContainsFunc(text, shown) && strings.TrimSpace(prompttext.Fold(text)) == ""
}

func checkNumbers(h *agent.Heuristic, fields map[string]string) {
	if h.Good < 0 || h.Bad < 0 {
		fields["good"] = "counts of evidence must not be negative"
	}
	if !(h.QValue >= 0 && h.QValue <= 1) { // also refuses NaN
		fields["q_value"] = "must be 0 to 1"
	}
	for _, e := range h.Evidence {
		if math.IsNaN(e.Delta) || math.IsInf(e.Delta, 0) || e.Step < 0 || TextProblem(e.Run, MaxTitleBytes) != "" {
			fields["evidence"] = "holds an entry that points nowhere"
		}
	}
	p := h.Predicate
	if p == nil {
		return
	}
	if problem := statesProblem(p.States); problem != "" {
		fields["predicate"] = problem
		return
	}
	bad := len(p.When) > maxConditions || len(p.Params) > maxConditions || !(p.Prior >= 0 && p.Prior <= 1) || !(p.Behind >= 0 && p.Behind <= math.MaxInt32) ||
		TextProblem(p.Action, MaxTitleBytes) != ""
	for name, value := range p.Params {
		bad = bad || TextProblem(name, MaxTitleBytes) != "" || TextProblem(value, MaxTextBytes) != ""
	}
	for _, c := range p.When {
		bad = bad || TextProblem(c.Feature, MaxTextBytes) != ""
	}
	if bad {
		fields["predicate"] = fmt.Sprintf("needs an action, at most %d short conditions and a prior of 0 to 1", maxConditions)
	}
}

// TextProblem says what is wrong with a text of at most limit bytes, "" for nothing.
func TextProblem(text string, limit int) string {
	switch {
	case len(text) > limit:
		return fmt.Sprintf("is %d bytes long; at most %d are allowed", len(text), limit)
	case !utf8.ValidString(text):
		return "is not valid UTF-8 text"
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		return "holds control characters"
	}
	return ""
}

// Words is all that a prompt shows of a rule.
func Words(h *agent.Heuristic) string {
	return strings.Join(append([]string{h.Title, h.Pattern, h.Strategy, h.Avoid, h.Because}, h.Steps...), "\n")
}

// Admit says why a rule that a distiller proposes must not enter the
// library, or nil if it may. A rule that is a predicate speaks through that and its
// evidence: it passes by structure, and its words only must not look like an
// injection. A condition that a model wrote beside its words changes nothing.
func Admit(h *agent.Heuristic, lesson *agent.Lesson) *agent.Rejection {
	var reason string
	if invalid, ok := errors.AsType[*agent.Error](Check(h)); ok {
		reason = invalidReason(invalid)
	} else {
		reason = gateReason(h, lesson)
	}
	if reason == "" {
		return nil
	}
	return &agent.Rejection{Title: PlainTitle(h.Title), Reason: reason}
}

// PlainTitle makes a proposed title fit to be shown, whatever was proposed.
func PlainTitle(title string) string {
	title = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(title, "?"))
	if len(title) > MaxTitleBytes {
		title = strings.ToValidUTF8(title[:MaxTitleBytes], "") + "…"
	}
	return cmp.Or(strings.TrimSpace(title), "(without a title)")
}

func invalidReason(err *agent.Error) string {
	var reasons []string
	for name, message := range err.Fields {
		reasons = append(reasons, name+" "+message)
	}
	slices.Sort(reasons)
	return strings.Join(reasons, "; ")
}

func gateReason(h *agent.Heuristic, lesson *agent.Lesson) string {
	if !h.Author.Learner() {
		return "a distiller can't write in a person's name"
	}
	if found := prompttext.InjectionIn(Words(h)); found != "" {
		return "looks like an injected instruction: " + found
	}
	if !supported(h, lesson) {
		return "no evidence: it points to no step of the trajectories it was learned from"
	}
	if name := unknownAction(h, lesson.Actions); name != "" {
		return fmt.Sprintf("names the action %q, which the environment does not have", name)
	}
	if !h.InWords() {
		return ""
	}
	if reason := lengthReason(h); reason != "" {
		return reason
	}
	if reason := vagueReason(h, lesson.Actions); reason != "" {
		return reason
	}
	if h.Kind != agent.KindDynamics { // a fact about the world may name its places and things
		if literal := literalIn(h, lesson); literal != "" {
			return fmt.Sprintf("holds %q, which belongs to one task; use a {variable} instead", literal)
		}
	}
	return ""
}

// supported reports whether some evidence points to a real step. Rules that are
// predicates are counted over more episodes than the lesson holds.
func supported(h *agent.Heuristic, lesson *agent.Lesson) bool {
	if !h.InWords() {
		return len(h.Evidence) > 0
	}
	episodes := append([]*agent.Trajectory{lesson.Trajectory}, lesson.Contrast...)
	return slices.ContainsFunc(h.Evidence, func(e agent.EvidenceRef) bool {
		return slices.ContainsFunc(episodes, func(t *agent.Trajectory) bool {
			return t != nil && (e.Run == t.Run || e.Run == t.ID) && e.Step >= 1 && e.Step <= len(t.Steps)
		})
	})
}

func unknownAction(h *agent.Heuristic, specs []agent.ActionSpec) string {
	names := []string{h.Action}
	if h.Predicate != nil {
		names = append(names, h.Predicate.Action)
	}
	for _, name := range names {
		if name != "" && name != agent.Done && !slices.ContainsFunc(specs, func(s agent.ActionSpec) bool { return s.Name == name }) {
			return name
		}
	}
	return ""
}

func lengthReason(h *agent.Heuristic) string {
	if n := len(search.Words(h.Pattern + " " + h.Strategy + " " + h.Avoid)); n > maxWords {
		return fmt.Sprintf("too long: %d words; at most %d", n, maxWords)
	}
	for _, text := range append([]string{h.Because}, h.Steps...) {
		if n := len(search.Words(text)); n > maxWords {
			return fmt.Sprintf("too long: a step or reason of %d words; at most %d", n, maxWords)
		}
	}
	return ""
}

// statesProblem says why no library should hold a table of exact states, or "".
func statesProblem(t *agent.StateTable) string {
	if t == nil {
		return ""
	}
	for i := range t.Actions {
		if a := &t.Actions[i]; TextProblem(a.Name, MaxTitleBytes) != "" || len(a.Params) > maxStateActionBytes {
			return "names an action that is too long or no text"
		}
	}
	s := &t.Summary
	switch {
	case len(t.Actions) > maxStateActions:
		return fmt.Sprintf("has %d actions; at most %d are allowed", len(t.Actions), maxStateActions)
	case len(t.Data) > maxStateTableBytes:
		return fmt.Sprintf("has %d bytes; at most %d are allowed", len(t.Data), maxStateTableBytes)
	case s.Known < 0 || s.Known > agent.MaxStates || s.Tasks < 0 || s.Way < 0 || !(s.Revisited >= 0 && s.Revisited <= 1) || math.IsNaN(s.Chance) || math.IsInf(s.Chance, 0):
		return "has a summary that can't be"
	case TextProblem(s.Off, MaxTextBytes) != "":
		return "says in no readable words why it is off"
	}
	return ""
}

const maxStateActions = 4_096

const maxStateTableBytes = 16 << 20

const maxStateActionBytes = 2_000
