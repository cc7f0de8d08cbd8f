package admission

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// vague words are advice that fits everything and so says nothing.
var vague = search.WordSet(`careful carefully caution cautious attention attentive thorough thoroughly diligent mindful focus
	focused think thinking thoughtful consider considering reason reasoning plan planning better best good well right
	correct correctly proper properly appropriate appropriately efficient efficiently effective effectively optimal
	optimally smart wise wisely possible options option situation situations task tasks problem problems goal goals
	purpose objective step steps action actions approach strategy strategies progress success succeed successful
	successfully work working important remember keep mind pay hard time times thing things something anything
	everything general generally case cases environment agent state current next help helpful useful improve`)

// qualifiers bound an always or never to a situation.
var qualifiers = search.WordSet(`when whenever if unless while until before after once except where during without`)

// contentWords counts the distinct words that name something.
func contentWords(text string) int {
	seen := map[string]bool{}
	for _, w := range search.Words(text) {
		if !search.IsFiller(w) && !vague[w] {
			seen[w] = true
		}
	}
	return len(seen)
}

// vagueReason says what makes a rule useless in a situation: advice that fits
// everything, a when that is always true, or an always that nothing bounds.
func vagueReason(h *agent.Heuristic, specs []agent.ActionSpec) string {
	advice := strings.Join(append([]string{h.Strategy, h.Avoid}, h.Steps...), ". ")
	switch n := contentWords(advice); {
	case n == 0:
		return "vague: it names nothing that can be done or avoided"
	case n == 1 && !namesAction(advice, specs):
		return "vague: it names no action and only one thing"
	}
	bounded := contentWords(h.Pattern) > 0
	if !bounded && h.Action == "" {
		return "vague: its when fits every situation"
	}
	for sentence := range strings.FieldsFuncSeq(advice, func(r rune) bool { return strings.ContainsRune(".!?;\n", r) }) {
		list := search.Words(sentence)
		absolute := slices.ContainsFunc(list, func(w string) bool { return w == "always" || w == "never" })
		if absolute && contentWords(h.Pattern) < 2 && !slices.ContainsFunc(list, func(w string) bool { return qualifiers[w] }) {
			return "unqualified always or never: say in which situation"
		}
	}
	return ""
}

func namesAction(text string, specs []agent.ActionSpec) bool {
	list := search.Words(text)
	return slices.ContainsFunc(specs, func(s agent.ActionSpec) bool {
		name := search.Words(s.Name)
		return len(name) > 0 && containsRun(list, name)
	})
}

// containsRun reports whether part occurs in list, in order and together.
func containsRun(list, part []string) bool {
	for i := 0; i+len(part) <= len(list); i++ {
		if slices.Equal(list[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// literalIn returns a word of the rule that belongs to the one task it was
// learned from: an id with a number in it, a number of three digits or more,
// or the answer of the last action. Words that the purpose, the action schema,
// the announced vocabulary or episodes of other tasks use as well are no such
// literals.
func literalIn(h *agent.Heuristic, lesson *agent.Lesson) string {
	t := lesson.Trajectory
	if t == nil {
		return ""
	}
	shared := sharedWords(lesson)
	text := search.Words(withoutVariables(Words(h)))
	has := func(value string) bool {
		part := search.Words(value)
		return len(part) > 0 && !shared[search.Normalize(value)] && containsRun(text, part)
	}
	for _, value := range taskIDs(t, lesson.World.State) {
		if has(value) {
			return value
		}
	}
	for _, step := range slices.Backward(t.Steps) { // the answer: free text of the last real action
		a := step.Action
		if a.Name == agent.Done {
			continue
		}
		for _, value := range freeText(a, lesson.Actions) {
			if len(value) >= 3 && has(value) {
				return value
			}
		}
		break
	}
	return ""
}

// withoutVariables blanks out {places} that stand for something else.
func withoutVariables(text string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch r {
		case '{':
			depth++
			return ' '
		case '}':
			depth = max(depth-1, 0)
			return ' '
		}
		if depth > 0 {
			return ' '
		}
		return r
	}, text)
}

func sharedWords(lesson *agent.Lesson) map[string]bool {
	shared := map[string]bool{}
	for _, w := range search.Words(lesson.Trajectory.Task.Purpose) {
		if !strings.ContainsFunc(w, unicode.IsDigit) {
			shared[w] = true
		}
	}
	for _, spec := range lesson.Actions {
		for _, p := range spec.Params {
			for _, value := range p.Enum {
				shared[search.Normalize(value)] = true
			}
		}
	}
	for _, values := range lesson.World.State.Vocabulary {
		for _, value := range values {
			shared[search.Normalize(value)] = true
		}
	}
	for _, other := range lesson.Contrast {
		if other == nil || other.Task.Seed == lesson.Trajectory.Task.Seed && other.Task.Purpose == lesson.Trajectory.Task.Purpose {
			continue
		}
		for i := range other.Steps {
			for _, value := range paramTexts(other.Steps[i].Action) {
				shared[search.Normalize(value)] = true
			}
		}
	}
	return shared
}

// taskIDs returns what looks like an id or code of this one episode.
func taskIDs(t *agent.Trajectory, spec agent.StateSpec) []string {
	var ids []string
	add := func(value string) {
		digits := 0
		for _, r := range value {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits >= 3 || digits > 0 && digits < len(value) {
			ids = append(ids, value)
		}
	}
	for i := range t.Steps {
		for _, value := range paramTexts(t.Steps[i].Action) {
			add(value)
		}
		for _, id := range idsIn(t.Steps[i].After, spec) {
			add(id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// idsIn returns the place and the things of a state, as far as the spec says
// where they are.
func idsIn(s agent.State, spec agent.StateSpec) []string {
	var ids []string
	tree := any(s.Data.Map())
	if spec.Place != "" {
		place, _ := agent.Lookup(tree, spec.Place)
		if text, isText := place.(string); isText {
			ids = append(ids, text)
		}
	}
	if spec.Things != "" {
		things, _ := agent.Lookup(tree, spec.Things)
		byID, _ := things.(map[string]any)
		for id := range byID {
			ids = append(ids, id)
		}
	}
	return ids
}

func paramTexts(a agent.Action) []string {
	var texts []string
	for name, value := range a.Params.Map() {
		switch value.(type) {
		case string, json.Number:
			texts = append(texts, a.Param(name))
		}
	}
	slices.Sort(texts)
	return texts
}

// freeText returns the values of parameters that are neither constants from a
// list nor ids of things or passages.
func freeText(a agent.Action, specs []agent.ActionSpec) []string {
	var texts []string
	for _, spec := range specs {
		if spec.Name != a.Name {
			continue
		}
		for _, p := range spec.Params {
			if p.Type == "string" && p.Role == agent.RoleConstant && len(p.Enum) == 0 {
				texts = append(texts, a.Param(p.Name))
			}
		}
	}
	return texts
}
