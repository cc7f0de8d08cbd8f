package reasoner

import (
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
)

// say returns a condition in words.
func say(c agent.Condition) string {
	if c.Holds {
		return c.Feature
	}
	return negative(c.Feature)
}

// negations turns features into their opposites, the first that fits.
var negations = [...][2]string{
	{" is more than asked", " is not more than asked"}, {" is at least ", " is less than "}, {" is more than ", " is at most "}, {" is less than asked", " is not less than asked"},
	{" is less than ", " is at least "}, {" mentions ", " does not mention "}, {" has ", " does not have "}, {" says not to ", " does not say not to "},
	{" says to ", " does not say to "}, {" was never ", " was "}, {" is ", " is not "}, {" equals ", " does not equal "}, {" leads ", " does not lead "},
	{" was ", " was not "}, {" changed nothing", " changed something"}, {" undoes ", " does not undo "},
}

func negative(feature string) string {
	for _, n := range negations {
		if strings.Contains(feature, n[0]) {
			return strings.Replace(feature, n[0], n[1], 1)
		}
	}
	return "not: " + feature
}

// question returns what a feature answers, where one answer excludes all
// others: the value of an attribute, or its relation to what is asked.
func question(feature string) (string, bool) {
	i := strings.Index(feature, " is ")
	if i <= 0 || isWish(feature) || isComparison(feature) {
		return "", false
	}
	subject, answer := feature[:i], feature[i+len(" is "):]
	switch {
	case strings.Contains(subject, " leads to "), strings.Contains(subject, " mentions "), strings.Contains(subject, " has "), strings.Contains(subject, " equals "):
		return "", false
	case answer == "held", answer == "named in the purpose", strings.HasPrefix(answer, "mentioned in "):
		return "", false
	case isRelation(feature):
		return subject + " as to what is asked", true
	}
	return subject, true
}

// answered lists the questions that the conditions answer.
func answered(when []agent.Condition) map[string]bool {
	out := map[string]bool{}
	for _, c := range when {
		if q, ok := question(c.Feature); ok && c.Holds {
			out[q] = true
		}
	}
	return out
}

// plain leaves out the conditions that others imply: an attribute that is one
// value is no other, and what is as asked is neither free nor other than asked.
func plain(when []agent.Condition) []agent.Condition {
	if !slices.ContainsFunc(when, func(c agent.Condition) bool { return !c.Holds }) {
		return when
	}
	positive := answered(when)
	var out []agent.Condition
	for _, c := range when {
		if q, ok := question(c.Feature); ok && !c.Holds && positive[q] {
			continue
		}
		out = append(out, c)
	}
	return out
}

// pattern says when a rule holds.
func pattern(when []agent.Condition) string {
	if len(when) == 0 {
		return "in any situation"
	}
	ordered := tidy(when)
	slices.SortStableFunc(ordered, func(a, b agent.Condition) int {
		if a.Holds != b.Holds {
			return boolOrder(a.Holds)
		}
		return 0
	})
	subject := onlySubject(ordered)
	parts := make([]string, len(ordered))
	for i, c := range ordered {
		if _, attr, ok := attributeOf(c.Feature); ok && subject != "" {
			_, value, _ := strings.Cut(c.Feature, " is ")
			c.Feature = attr + " is " + value
		}
		parts[i] = say(c)
	}
	return "when " + list(parts)
}

// tidy leaves out bounds that others imply: what is at least 17 is at least 5.
func tidy(when []agent.Condition) []agent.Condition {
	var out []agent.Condition
	for i, c := range when {
		bound, is := parseComparison(c.Feature)
		implied := false
		for j, other := range when {
			b, isToo := parseComparison(other.Feature)
			if !is || !isToo || i == j || b.left != bound.left || b.right != "" || bound.right != "" || b.how != atLeast || bound.how != atLeast || c.Holds != other.Holds {
				continue
			}
			implied = implied || c.Holds && b.than > bound.than || !c.Holds && b.than < bound.than
		}
		if !implied {
			out = append(out, c)
		}
	}
	return out
}

// attributeOf takes "piece colour is …" apart into the parameter and the
// attribute of what it stands for.
func attributeOf(feature string) (param, attr string, ok bool) {
	head, _, found := strings.Cut(feature, " is ")
	if !found || isWish(feature) || isComparison(feature) || strings.HasPrefix(feature, "number ") {
		return "", "", false
	}
	return cutWord(head)
}

func cutWord(s string) (first, rest string, two bool) {
	first, rest, two = strings.Cut(s, " ")
	return first, rest, two && !strings.Contains(rest, " ")
}

// onlySubject returns the parameter that all conditions on attributes are
// about, so that its name can go without saying, or "".
func onlySubject(when []agent.Condition) string {
	only := ""
	for _, c := range when {
		param, _, ok := attributeOf(c.Feature)
		if !ok {
			continue
		}
		if only != "" && param != only {
			return ""
		}
		only = param
	}
	return only
}

func list(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// templateLabel says a lifted action: its name and constants.
func templateLabel(name string, params map[string]string) string {
	parts := []string{name}
	for _, k := range slices.Sorted(maps.Keys(params)) {
		parts = append(parts, params[k])
	}
	return strings.Join(parts, " ")
}

// maxTitleWords bounds a title.
const maxTitleWords = 8

// title says in at most eight words what a rule is about.
func title(label string, advice bool, when []agent.Condition) string {
	lead := strings.ToUpper(label[:1]) + label[1:]
	if !advice {
		lead = "Avoid " + label
	}
	words := len(strings.Fields(lead))
	var parts []string
	for _, c := range when {
		part := c.Feature
		if _, attr, ok := attributeOf(part); ok {
			part = attr + " " + part[strings.Index(part, " is ")+len(" is "):]
		} else if isWish(part) {
			part = strings.TrimSuffix(part, " is asked")
		} else {
			part = strings.Replace(part, " to the nearest ", " to ", 1)
		}
		n := len(strings.Fields(part))
		if !c.Holds || words+n+1 > maxTitleWords {
			continue
		}
		if len(parts) == 0 {
			words++ // "when"
		}
		words += n
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		lead += " when " + strings.Join(parts, ", ")
	}
	fields := strings.Fields(lead)
	return strings.Join(fields[:min(len(fields), maxTitleWords)], " ")
}

// parsePattern reads a rule that a person wrote, where its words are simple
// enough: "when stage is raw, colour is not as asked" with an announced verb
// as its action, or as the first words of what to do. Errors are CodeInvalid
// and say what was not understood.
func parsePattern(rule *agent.Heuristic, specs []agent.ActionSpec, world *agent.StateSpec, fields map[string]bool) (*agent.Predicate, error) {
	advice := words(rule.Action + " " + rule.Strategy + " " + rule.Avoid)
	i := slices.IndexFunc(specs, func(s agent.ActionSpec) bool { return slices.Contains(advice, strings.ToLower(s.Name)) })
	if rule.Action != "" {
		if j := slices.IndexFunc(specs, func(s agent.ActionSpec) bool { return s.Name == rule.Action }); j >= 0 {
			i = j
		}
	}
	if i < 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "it names no action of this environment")
	}
	p := &agent.Predicate{Action: specs[i].Name, Prior: agent.PriorSupport}
	subject := ""
	for _, param := range specs[i].Params {
		if param.Role != agent.RoleConstant {
			if subject == "" {
				subject = param.Name
			}
			continue
		}
		for _, value := range param.Enum {
			if slices.Contains(advice, strings.ToLower(value)) {
				if p.Params == nil {
					p.Params = map[string]string{}
				}
				p.Params[param.Name] = value
			}
		}
	}
	for _, clause := range clauses(rule.Pattern) {
		c, ok := parseClause(clause, subject, specs[i].Params, world, fields)
		if !ok {
			return nil, agent.Errorf(agent.CodeInvalid, "it can't read %q", clause)
		}
		p.When = append(p.When, c)
	}
	return p, nil
}
