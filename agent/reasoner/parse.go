package reasoner

import (
	"slices"
	"strings"

	"purposeagent/agent"
)

// clauses takes a pattern apart at commas, semicolons and "and".
func clauses(pattern string) []string {
	text := strings.ToLower(strings.TrimRight(strings.TrimSpace(pattern), "."))
	if text == "in any situation" || text == "always" {
		return nil
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "when "), "if ")
	text = strings.NewReplacer(";", ",", " and ", ",").Replace(text)
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		fields := slices.DeleteFunc(strings.Fields(part), func(w string) bool {
			return w == "the" || w == "a" || w == "an" || w == "its"
		})
		if len(fields) > 0 {
			out = append(out, strings.Join(fields, " "))
		}
	}
	return out
}

// parseClause reads one clause as a condition. The articles are gone from it.
func parseClause(clause, subject string, params []agent.ParamSpec, world *agent.StateSpec) (agent.Condition, bool) {
	no := agent.Condition{}
	for _, fixed := range [...]string{"something is held", lastWasVain, "it was done here",
		"it was done here more than once", "it undoes the last action"} {
		for _, holds := range [...]bool{true, false} {
			c := agent.Condition{Feature: fixed, Holds: holds}
			if clause == without(say(c)) {
				return c, true
			}
		}
	}
	holds := true
	if strings.Contains(clause, " is not ") {
		clause, holds = strings.Replace(clause, " is not ", " is ", 1), false
	}
	left, right, found := strings.Cut(clause, " is ")
	if !found {
		return no, false
	}
	if attr, none := strings.CutPrefix(left, "no "); right == "asked" && none && world.Vocabulary[attr] != nil {
		return agent.Condition{Feature: "no " + attr + " is asked", Holds: holds}, true
	}
	if right == "asked" && len(strings.Fields(left)) == 1 {
		return agent.Condition{Feature: asked(left), Holds: holds}, true
	}
	who, attr := subject, left
	if first, rest, two := strings.Cut(left, " "); two &&
		slices.ContainsFunc(params, func(p agent.ParamSpec) bool { return strings.ToLower(p.Name) == first }) {
		who, attr = first, rest
	}
	values, known := world.Vocabulary[attr]
	if who == "" || !known {
		return no, false
	}
	switch right {
	case "as asked", "other than asked", "free":
	default:
		i := slices.IndexFunc(values, func(v string) bool { return strings.ToLower(v) == right })
		if i < 0 {
			return no, false
		}
		right = values[i]
	}
	return agent.Condition{Feature: who + " " + attr + " is " + right, Holds: holds}, true
}

// without returns the text without articles.
func without(text string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(text), func(w string) bool { return w == "the" || w == "a" }), " ")
}
