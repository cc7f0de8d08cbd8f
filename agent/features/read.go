package features

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/wording"
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

// Question returns what a feature answers, where one answer excludes all
// others: the value of an attribute, or its relation to what is asked.
func Question(feature string) (string, bool) {
	i := strings.Index(feature, " is ")
	if i <= 0 || IsWish(feature) || IsComparison(feature) {
		return "", false
	}
	subject, answer := feature[:i], feature[i+len(" is "):]
	switch {
	case strings.Contains(subject, " leads to "), strings.Contains(subject, " mentions "), strings.Contains(subject, " has "), strings.Contains(subject, " equals "):
		return "", false
	case answer == "held", answer == "named in the purpose", strings.HasPrefix(answer, "mentioned in "):
		return "", false
	case IsRelation(feature):
		return subject + " as to what is asked", true
	}
	return subject, true
}

// answered lists the questions that the conditions answer.
func answered(when []agent.Condition) map[string]bool {
	out := map[string]bool{}
	for _, c := range when {
		if q, ok := Question(c.Feature); ok && c.Holds {
			out[q] = true
		}
	}
	return out
}

// Plain leaves out the conditions that others imply: an attribute that is one
// Value is no other, and what is as asked is neither free nor other than asked.
func Plain(when []agent.Condition) []agent.Condition {
	if !slices.ContainsFunc(when, func(c agent.Condition) bool { return !c.Holds }) {
		return when
	}
	positive := answered(when)
	var out []agent.Condition
	for _, c := range when {
		if q, ok := Question(c.Feature); ok && !c.Holds && positive[q] {
			continue
		}
		out = append(out, c)
	}
	return out
}

// ruleReader is what a person's rule is read by: the world's words, and the names of
// fields that states and other rules have.
type ruleReader struct {
	specs  []agent.ActionSpec
	world  *agent.StateSpec
	words  *wording.Words
	fields map[string]bool
}

func newRuleReader(specs []agent.ActionSpec, world *agent.StateSpec, fields map[string]bool) *ruleReader {
	return &ruleReader{specs, world, wording.New(*world, specs), fields}
}

// pattern reads a rule that a person wrote, where its words are simple enough:
// "when stage is raw, unless colour is as asked" with an announced verb as its
// action, or as the first words of what to do. Errors are CodeInvalid and say
// what was not understood.
func (r *ruleReader) pattern(rule *agent.Heuristic) (*agent.Predicate, error) {
	specs := r.specs
	advice := Words(rule.Action + " " + rule.Strategy + " " + rule.Avoid)
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
	when, unread := r.conditions(rule.Pattern, subject, &specs[i])
	if unread != "" {
		return nil, agent.Errorf(agent.CodeInvalid, "it can't read %q", agent.Clip(unread, maxQuoted))
	}
	p.When = when
	return p, nil
}

// maxQuoted bounds what is quoted of what can't be read, in bytes.
const maxQuoted = 120

// conditions reads a pattern clause by clause. unread is the first clause that it
// can't read.
func (r *ruleReader) conditions(pattern, subject string, spec *agent.ActionSpec) (when []agent.Condition, unread string) {
	for _, said := range clauses(pattern) {
		c, ok := r.clause(said.text, subject, spec)
		if !ok {
			return nil, said.text
		}
		c.Holds = c.Holds != said.unless
		when = append(when, c)
	}
	return when, ""
}

// clause reads one clause: in the world's own words, or as features are written.
func (r *ruleReader) clause(text, subject string, spec *agent.ActionSpec) (agent.Condition, bool) {
	if feature, holds, ok := r.words.Read(spec.Name, text); ok {
		if c, reads := parseClause(without(feature), subject, spec.Params, r.world, r.fields); reads {
			c.Holds = c.Holds == holds
			return c, true
		}
	}
	return parseClause(text, subject, spec.Params, r.world, r.fields)
}

// ReadRule returns the predicate that a rule's words say, as the offline reasoner
// reads them in a world with these actions; states show which fields there are. Errors
// are CodeInvalid and say what it can't read: Vocabulary.Forms lists what it can.
func ReadRule(h *agent.Heuristic, world *agent.StateSpec, specs []agent.ActionSpec, states ...*agent.State) (*agent.Predicate, error) {
	return newRuleReader(specs, world, fieldsOf(nil, world, states)).pattern(h)
}
