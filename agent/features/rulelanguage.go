package features

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// RuleLanguage says the rules of one world in words that people edit, and reads them
// back. It is immutable and safe for concurrent use.
type RuleLanguage struct {
	world *agent.StateSpec
	specs []agent.ActionSpec
	words *wording.Words
}

// NewRuleLanguage returns the language of a world by its description and its actions.
func NewRuleLanguage(world *agent.StateSpec, specs []agent.ActionSpec) *RuleLanguage {
	return &RuleLanguage{world, specs, wording.New(*world, specs)}
}

// Read says what the offline reasoner makes of a rule's words.
func (l *RuleLanguage) Read(h *agent.Heuristic) Understanding {
	return ReadWords(h, l.world, l.specs)
}

// Actions lists the names of the world's actions.
func (l *RuleLanguage) Actions() []string {
	names := make([]string, len(l.specs))
	for i := range l.specs {
		names[i] = l.specs[i].Name
	}
	return names
}

// Written is a rule with a predicate as people edit it.
type Written struct {
	When      string // all of its conditions
	Constants []Constant
	Label     string // the action with its constants
	Title     string // of the rule by what it says
	// Own reports whether somebody said the rule in words of their own; else its words
	// are those that its predicate gives.
	Own bool
}

// Constant is one value that a rule fixes of its action. Options are the values that
// the world announces, none where it takes any.
type Constant struct {
	Name, Value string
	Options     []string
}

// Write says a predicate of a rule that may speak against its action. ok is false for
// a rule without one, and for a table of exact states.
func (l *RuleLanguage) Write(h *agent.Heuristic) (w Written, ok bool) {
	p := h.Predicate
	if p == nil || p.States != nil {
		return Written{}, false
	}
	c := wording.Case{Action: p.Action, Constants: p.Params, Against: h.Against(), When: p.When}
	w = Written{When: l.words.When(&c, 0), Label: l.words.Label(p.Action, p.Params), Title: l.words.Titles([]wording.Case{c})[0]}
	w.Own = h.Strategy+h.Avoid != w.Label
	if spec := l.spec(p.Action); spec != nil {
		for i := range spec.Params {
			if s := &spec.Params[i]; s.Role == agent.RoleConstant {
				w.Constants = append(w.Constants, Constant{s.Name, p.Params[s.Name], s.Enum})
			}
		}
		return w, true
	}
	for _, name := range slices.Sorted(maps.Keys(p.Params)) {
		w.Constants = append(w.Constants, Constant{Name: name, Value: p.Params[name]})
	}
	return w, true
}

func (l *RuleLanguage) spec(action string) *agent.ActionSpec {
	i := slices.IndexFunc(l.specs, func(s agent.ActionSpec) bool { return s.Name == action })
	if i < 0 {
		return nil
	}
	return &l.specs[i]
}

// maxWhenBytes bounds the words of a condition that are read.
const maxWhenBytes = 4_000

// Rewrite returns the predicate that a rule gets with other conditions, in the words of
// Write, and other constants ("": any value). Clauses that stand as Write says them keep
// their conditions, whether or not they could be read by themselves. Nothing is counted
// of another case yet; the same one keeps its prior. Errors: CodeInvalid with a message for "when" and "constant NAME".
func (l *RuleLanguage) Rewrite(h *agent.Heuristic, when string, constants map[string]string) (*agent.Predicate, error) {
	old, ok := l.Write(h)
	if !ok {
		return nil, agent.Errorf(agent.CodeInvalid, "rule %s has no condition that a program reads", h.ID)
	}
	p := &agent.Predicate{Action: h.Predicate.Action, Prior: agent.PriorSupport, When: slices.Clone(h.Predicate.When)}
	problems := map[string]string{}
	for _, c := range old.Constants {
		value, given := constants[c.Name]
		if value = strings.TrimSpace(value); !given {
			value = c.Value
		}
		switch {
		case value == "":
			continue
		case len(value) > maxValueBytes:
			problems["constant "+c.Name] = "is too long"
		case value != c.Value && len(c.Options) > 0 && !slices.Contains(c.Options, value):
			problems["constant "+c.Name] = "must be one of " + strings.Join(c.Options, ", ")
		}
		if p.Params == nil {
			p.Params = map[string]string{}
		}
		p.Params[c.Name] = value
	}
	if len(when) > maxWhenBytes {
		problems["when"] = "is too long; at most " + strconv.Itoa(maxWhenBytes) + " bytes"
	} else if afterLead(plain(when)) != afterLead(plain(old.When)) {
		var unread string
		if p.When, unread = l.conditions(h, when); unread != "" {
			problems["when"] = "nobody but a reader can tell whether " + quoted(unread) + " holds"
		}
	}
	if len(problems) > 0 {
		return nil, agent.InvalidFields(problems)
	}
	next := h.Clone()
	if next.Predicate = p; !agent.SaysOtherwise(h, next) { // the same case: what it backs off to stays
		p.Prior, p.Behind = h.Predicate.Prior, h.Predicate.Behind
	}
	return p, nil
}

func quoted(text string) string { return `"` + agent.Clip(text, maxQuoted) + `"` }

func plain(text string) string { return strings.Join(strings.Fields(text), " ") }

// afterLead leaves out what a form says in front of conditions by itself.
func afterLead(when string) string { return strings.TrimPrefix(when, "when ") }

// maxConditions bounds what one rule may ask for.
const maxConditions = 40

// conditions reads what a person wrote in place of a rule's conditions.
func (l *RuleLanguage) conditions(h *agent.Heuristic, when string) (out []agent.Condition, unread string) {
	known := map[said]agent.Condition{}
	for _, c := range h.Predicate.When {
		one := wording.Case{Action: h.Predicate.Action, Against: h.Against(), When: []agent.Condition{c}}
		if parts := clauses(l.words.When(&one, 0)); len(parts) == 1 {
			known[parts[0]] = c
		}
	}
	spec := l.spec(h.Predicate.Action)
	if spec == nil {
		spec = &agent.ActionSpec{Name: h.Predicate.Action}
	}
	subject := ""
	if i := slices.IndexFunc(spec.Params, func(p agent.ParamSpec) bool { return p.Role != agent.RoleConstant }); i >= 0 {
		subject = spec.Params[i].Name
	}
	r := newRuleReader(l.specs, l.world, fieldsOf([]*agent.Heuristic{h}, l.world, nil))
	for _, part := range clauses(when) {
		c, is := known[part]
		if !is {
			if c, is = r.clause(part.text, subject, spec); !is || len(out) == maxConditions {
				return nil, part.text
			}
			c.Holds = c.Holds != part.unless
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, ""
}

// maxCompletions bounds the words that are offered for one rule.
const maxCompletions = 120

// Completions lists conditions in the words that can be read, with the values that the
// world announces, for a rule about an action ("": about the situation).
func (l *RuleLanguage) Completions(action string) []string {
	var out []string
	for _, form := range NewVocabulary(l.world, l.specs).Forms(action) {
		for _, text := range spread(form) {
			if len(out) == maxCompletions {
				return out
			}
			if !strings.ContainsAny(text, "<…") {
				out = append(out, text)
			}
		}
	}
	return out
}

// spread writes a form once for each of its alternatives.
func spread(form string) []string {
	options := strings.Split(form, " | ")
	if len(options) == 1 {
		return []string{form}
	}
	before, after := "", ""
	if lead, first, found := cutLast(options[0], " is "); found {
		before, options[0] = lead+" is ", first
	}
	if last, end, found := strings.Cut(options[len(options)-1], " is asked"); found && end == "" {
		options[len(options)-1], after = last, " is asked"
	}
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = before + o + after
	}
	return out
}

func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}
