package wording

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// Words says and reads conditions of one world. It is immutable and safe for
// concurrent use.
type Words struct {
	phrases []phrase
	params  map[string][]agent.ParamSpec // by action
	// attributes are those that the vocabulary has values of.
	attributes map[string]bool
}

// limits of what an environment may announce.
const (
	MaxPhrases     = 200
	MaxPhraseWords = 12
)

// New returns the words of a world. Phrases that can't be used are left out;
// CheckPhrase says why.
func New(spec agent.StateSpec, actions []agent.ActionSpec) *Words {
	w := &Words{params: make(map[string][]agent.ParamSpec, len(actions)), attributes: make(map[string]bool, len(spec.Vocabulary))}
	for attr := range spec.Vocabulary {
		w.attributes[attr] = true
	}
	for i := range actions {
		w.params[actions[i].Name] = actions[i].Params
	}
	said := map[string]bool{}
	for _, p := range spec.Phrases[:min(len(spec.Phrases), MaxPhrases)] {
		yes, no := bare(p.Yes), bare(p.No)
		if CheckPhrase(p) != nil || said[yes] || no != "" && (said[no] || no == yes) {
			continue
		}
		said[yes], said[no] = true, true
		w.phrases = append(w.phrases, newPhrase(p))
	}
	return w
}

// CheckPhrase reports what makes a phrase unusable. Errors are CodeInvalid.
func CheckPhrase(p agent.Phrase) error {
	switch {
	case strings.TrimSpace(p.Feature) == "" || strings.TrimSpace(p.Yes) == "":
		return agent.Errorf(agent.CodeInvalid, "a phrase needs a feature and the words for it")
	case strings.Count(p.Feature, "*") > 1 || strings.Count(p.Yes, "*") != strings.Count(p.Feature, "*") || p.No != "" && strings.Count(p.No, "*") != strings.Count(p.Feature, "*"):
		return agent.Errorf(agent.CodeInvalid, "the phrase for %q must have as many * as the feature, one at most", p.Feature)
	}
	for _, text := range [...]string{p.Yes, p.No} {
		padded := " " + strings.ToLower(text) + " "
		if len(strings.Fields(text)) > MaxPhraseWords || strings.ContainsAny(text, ",;.\n") ||
			strings.Contains(padded, " and ") || strings.Contains(padded, " or ") || strings.Contains(padded, " unless ") {
			return agent.Errorf(agent.CodeInvalid, "the phrase %q must be one clause of at most %d words, without and, or, unless, commas or full stops", agent.Clip(text, 80), MaxPhraseWords)
		}
	}
	return nil
}

// clause says one condition. unless: the words are those of what must not hold.
// Advice against an action has no further negation.
func (w *Words) clause(c agent.Condition, subject string, against bool) (text string, unless bool) {
	yes, no := w.both(c.Feature)
	switch {
	case c.Holds:
		return w.pronoun(yes, subject), false
	case no != "" && (!against || !negative(no) || negative(yes)):
		return w.pronoun(no, subject), false
	}
	return w.pronoun(yes, subject), true
}

// both says that a feature holds, and that it does not; no is "" where there are
// no better words than "unless".
func (w *Words) both(feature string) (yes, no string) {
	for i := range w.phrases {
		p := &w.phrases[i]
		if part, fits := p.feature.match(feature); fits {
			if !p.no.empty() {
				no = p.no.with(part)
			}
			return p.yes.with(part), no
		}
	}
	for i := range turns {
		t := &turns[i]
		if yes, fits := swap(feature, t.feature, t.yes, t.whole()); fits {
			if t.no != "" {
				no, _ = swap(feature, t.feature, t.no, t.whole())
			}
			return yes, no
		}
	}
	return feature, ""
}

// negative reports whether a clause has a word of negation.
func negative(text string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		switch word {
		case "not", "no", "never", "nothing", "none", "cannot":
			return true
		}
		if strings.HasSuffix(word, "n't") {
			return true
		}
	}
	return false
}

// pronoun leaves out the subject where it goes without saying: of what the thing
// itself does, and of its attributes that the vocabulary has.
func (w *Words) pronoun(text, subject string) string {
	rest, is := strings.CutPrefix(text, subject+" ")
	if !is || subject == "" {
		return text
	}
	first, more, _ := strings.Cut(rest, " ")
	switch verb, _, _ := strings.Cut(more, " "); {
	case slices.Contains(verbs[:], first) && !isComparison(" "+rest):
		return "it " + rest
	case w.attributes[first] && (verb == "is" || verb == "differs" || verb == "fits") && !isComparison(" "+more):
		return rest
	}
	return text
}

// verbs are the words with which a feature says something of a thing itself.
var verbs = [...]string{"is", "was", "leads"}

func isComparison(text string) bool {
	for _, how := range [...]string{" is at least ", " is more than ", " is less than ", " is at most "} {
		if strings.HasPrefix(text, how) {
			return true
		}
	}
	return false
}

// subjectOf returns the name of what an action is done with, "" if nothing.
func (w *Words) subjectOf(action string) string {
	for _, p := range w.params[action] {
		if p.Role != agent.RoleConstant {
			return p.Name
		}
	}
	return ""
}

// When says when a rule holds, in at most so many words; 0: all of it. What is left
// out is said to be.
func (w *Words) When(c *Case, most int) string { return w.when(c, c.When, most) }

func (w *Words) when(rule *Case, when []agent.Condition, most int) string {
	if len(when) == 0 {
		return "in any situation"
	}
	subject := w.subjectOf(rule.Action)
	ordered := Tidy(when)
	parts := make([]part, len(ordered))
	for i, c := range ordered {
		parts[i].text, parts[i].unless = w.clause(c, subject, rule.Against)
		parts[i].long = len(strings.Fields(c.Feature)) > longClause
	}
	if most > 0 {
		parts = slices.DeleteFunc(parts, func(p part) bool { return !p.unless && implied(p.text, parts) })
	}
	for reserve := 0; ; reserve += 3 {
		if text := write(parts, most, reserve); most <= 0 || len(strings.Fields(text)) <= most || reserve > most {
			return text
		}
	}
}

// write puts as many parts together as there is room for, beside so many words for
// what says that something is left out.
func write(all []part, most, reserve int) string {
	parts := slices.Clone(all)
	more, others := choose(parts, most, reserve)
	var yes, unless []string
	for _, p := range parts {
		switch {
		case !p.in:
		case p.unless:
			unless = append(unless, p.text)
		default:
			yes = append(yes, p.text)
		}
	}
	out := ""
	if len(yes) > 0 {
		out = "when " + join(yes, "and")
	}
	if more > 0 {
		out = strings.TrimSpace(out + " (and " + count(more, "more condition") + ")")
	}
	if others > 0 {
		unless = append(unless, "in "+count(others, "other case"))
	}
	if len(unless) > 0 {
		if out != "" {
			out += ", "
		}
		out += "unless " + join(unless, "or")
	}
	return out
}

// part is one condition while a text is written.
type part struct {
	text             string
	unless, long, in bool
}

// implied reports whether another clause that holds says the same and more.
func implied(text string, parts []part) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return !p.unless && strings.HasPrefix(p.text, text+" ") })
}

// longClause is the number of words of a feature from which on it is said last:
// it is about a sentence of the state.
const longClause = 7

// choose takes as many parts as there is room for, the most special ones first: what
// holds, then what must not. It returns how many of each were left out.
func choose(parts []part, most, reserve int) (more, others int) {
	room := most - reserve
	for _, pick := range [...]func(p *part) bool{
		func(p *part) bool { return !p.unless && !p.long },
		func(p *part) bool { return p.unless && !p.long },
		func(p *part) bool { return p.long },
	} {
		for i := len(parts) - 1; i >= 0; i-- {
			p := &parts[i]
			if !pick(p) {
				continue
			}
			n := len(strings.Fields(p.text)) + 1
			switch {
			case most <= 0 || n <= room:
				p.in = true
			case p.unless:
				others++
				continue
			default:
				more++
				continue
			}
			room -= n
		}
	}
	return more, others
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}

func join(parts []string, last string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " " + last + " " + parts[len(parts)-1]
}

// Tidy leaves out bounds that others imply: what is at least 17 is at least 5.
func Tidy(when []agent.Condition) []agent.Condition {
	out := make([]agent.Condition, 0, len(when))
	for i, c := range when {
		left, bound, is := threshold(c.Feature)
		implied := false
		for j, other := range when {
			name, b, isToo := threshold(other.Feature)
			if !is || !isToo || i == j || name != left || c.Holds != other.Holds {
				continue
			}
			implied = implied || c.Holds && b > bound || !c.Holds && b < bound
		}
		if !implied {
			out = append(out, c)
		}
	}
	return out
}

func threshold(feature string) (name string, bound float64, is bool) {
	left, right, found := strings.Cut(feature, " is at least ")
	if !found {
		return "", 0, false
	}
	bound, err := strconv.ParseFloat(right, 64)
	return left, bound, err == nil
}

// Label says a lifted action: its name and constants, in the order in which the
// environment announced its parameters.
func (w *Words) Label(action string, constants map[string]string) string {
	if len(constants) == 0 {
		return action
	}
	label := []string{action}
	for i := range w.params[action] {
		if v := constants[w.params[action][i].Name]; v != "" {
			label = append(label, v)
		}
	}
	if len(label) == 1+len(constants) {
		return strings.Join(label, " ")
	}
	for _, name := range slices.Sorted(maps.Keys(constants)) { // those that nobody announced
		if !slices.ContainsFunc(w.params[action], func(p agent.ParamSpec) bool { return p.Name == name }) {
			label = append(label, constants[name])
		}
	}
	return strings.Join(label, " ")
}
