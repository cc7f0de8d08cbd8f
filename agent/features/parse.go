package features

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/language"
)

// said is one clause of a pattern.
type said struct {
	text   string
	unless bool // it must not hold
}

// clauses takes a pattern apart at commas, semicolons and "and"; after "unless", at
// "or" as well. Articles are left out.
func clauses(pattern string) []said {
	text := strings.TrimRight(strings.TrimSpace(strings.ToValidUTF8(pattern, "?")), ".")
	if lower := strings.ToLower(text); lower == "in any situation" || lower == "always" {
		return nil
	}
	when, unless := text, ""
	if i := strings.Index(lowered(" "+text), " unless "); i >= 0 {
		when, unless = text[:i], text[min(i+len("unless "), len(text)):]
	}
	for _, lead := range [...]string{"when ", "if "} {
		if len(when) > len(lead) && strings.EqualFold(when[:len(lead)], lead) {
			when = when[len(lead):]
			break
		}
	}
	out := split(when, false, ";", ",", " and ", ",", " AND ", ",")
	return append(out, split(unless, true, ";", ",", " or ", ",", " OR ", ",")...)
}

func split(text string, unless bool, joints ...string) []said {
	var out []said
	for part := range strings.SplitSeq(strings.NewReplacer(joints...).Replace(text), ",") {
		fields := slices.DeleteFunc(strings.Fields(part), func(w string) bool {
			w = strings.ToLower(w)
			return w == "the" || w == "a" || w == "an" || w == "its"
		})
		if len(fields) > 0 {
			out = append(out, said{strings.Join(fields, " "), unless})
		}
	}
	return out
}

// lowered returns the text in lower case, with each letter where it was:
// letters other than a to z stay as they are.
func lowered(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// whole are the features that stand for themselves.
var whole = [...]string{"something is held", LastWasVain, "it was done here", "it was done here more than once", "it undoes the last action", toldTo, toldNot}

// parseClause reads one clause as a condition. The articles are gone from it.
// Values that no vocabulary lists are taken as they are written. Fields are
// Names in the state that other rules speak of.
func parseClause(clause, subject string, params []agent.ParamSpec, world *agent.StateSpec, fields map[string]bool) (agent.Condition, bool) {
	no := agent.Condition{}
	lower := lowered(clause)
	for _, fixed := range whole {
		for _, holds := range [...]bool{true, false} {
			c := agent.Condition{Feature: fixed, Holds: holds}
			if lower == without(say(c)) {
				return c, true
			}
		}
	}
	for _, read := range [...]func(string, *agent.StateSpec) (agent.Condition, bool){parseWish, parseComparing, parseHas} {
		if c, ok := read(clause, world); ok {
			return c, true
		}
	}
	if c, ok := parseTail(clause, params); ok {
		return c, true
	}
	holds := true
	if i := strings.Index(lower, " is not "); i >= 0 {
		clause, holds = clause[:i]+" is "+clause[i+len(" is not "):], false
	}
	i := strings.Index(lowered(clause), " is ")
	if i < 0 {
		return no, false
	}
	return parseValue(clause[:i], clause[i+len(" is "):], subject, params, world, fields, holds)
}

// parseValue reads what a field, a parameter or an attribute is.
func parseValue(left, right, subject string, params []agent.ParamSpec, world *agent.StateSpec, fields map[string]bool, holds bool) (agent.Condition, bool) {
	feature := func(name, value string) (agent.Condition, bool) {
		return agent.Condition{Feature: name + " is " + value, Holds: holds}, true
	}
	lower := strings.ToLower(left)
	if lower == placeName && world.Place != "" {
		return feature(placeName, right)
	}
	related := slices.Contains(relations[:], " is "+strings.ToLower(right))
	if related {
		right = strings.ToLower(right)
	}
	who, attr := subject, lower
	named := paramOf(left, params)
	if named != "" {
		if len(left) == len(named) {
			return feature(named, right)
		}
		who, attr = named, left[len(named)+1:]
	}
	values, known := world.Vocabulary[attr]
	if !known {
		values, known = world.Vocabulary[strings.ToLower(attr)]
		attr = strings.ToLower(attr)
	}
	switch {
	case who != "" && known && related:
		return feature(who+" "+attr, right)
	case who != "" && known:
		j := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(v, right) })
		if j < 0 {
			return agent.Condition{}, false
		}
		return feature(who+" "+attr, values[j])
	case named == "" && fields[who+" "+left]:
		return feature(who+" "+left, right)
	case named != "", fields[left], related && (strings.HasSuffix(right, "than asked") || strings.HasPrefix(lower, "number ")):
		return feature(left, right)
	}
	return agent.Condition{}, false
}

// paramOf returns the parameter that a clause begins with, "" if none.
func paramOf(clause string, params []agent.ParamSpec) string {
	first, _, _ := strings.Cut(clause, " ")
	for _, p := range params {
		if len(p.Name) == len(first) && strings.EqualFold(p.Name, first) {
			return p.Name
		}
	}
	return ""
}

// tails are what else may be said of a parameter, or of its attribute.
var tails = [...]string{"is held", "is named in the purpose", "was used before", "was passed before", "leads back", "was tried in vain", "was never tried",
	"was mentioned in a text", "equals that of a held thing", "equals that of a way not yet passed", "mentions what is asked", "mentions what is to be avoided",
	"leads to " + goalNew, "leads to " + goalAsked, "leads to " + goalFits, "leads to " + goalOpener, "leads to " + goalUnknown}

// parseTail reads "box is held", "exit was never tried".
func parseTail(clause string, params []agent.ParamSpec) (agent.Condition, bool) {
	param := paramOf(clause, params)
	if param == "" {
		return agent.Condition{}, false
	}
	for _, tail := range tails {
		for _, holds := range [...]bool{true, false} {
			said, _ := strings.CutPrefix(without(say(agent.Condition{Feature: param + " " + tail, Holds: holds})), param)
			left, is := strings.CutSuffix(clause[len(param):], said)
			if is && len(strings.Fields(left)) <= 1 {
				return agent.Condition{Feature: param + left + " " + tail, Holds: holds}, true
			}
		}
	}
	if head, which, found := strings.Cut(clause, " whose "); found && strings.Contains(head, " leads to ") && strings.Contains(which, " is ") {
		c, ok := parseTail(head, params)
		c.Feature += " whose " + which
		return c, ok
	}
	if _, where, found := strings.Cut(clause, " is mentioned in "); found {
		return agent.Condition{Feature: param + " is mentioned in " + where, Holds: true}, true
	}
	return agent.Condition{}, false
}

// parseWish reads "copper is asked", "no colour is asked", "copper is unwanted".
func parseWish(clause string, world *agent.StateSpec) (agent.Condition, bool) {
	text, holds := strings.ToLower(clause), true
	for _, end := range [...]string{" is asked", unwantedWord} {
		left, is := strings.CutSuffix(text, end)
		if !is {
			if left, is = strings.CutSuffix(text, strings.Replace(end, " is ", " is not ", 1)); !is {
				continue
			}
			holds = false
		}
		attr, none := strings.CutPrefix(left, "no ")
		switch {
		case none && end == " is asked" && world.Vocabulary[attr] != nil:
			return agent.Condition{Feature: left + end, Holds: holds}, true
		case len(strings.Fields(left)) == 1:
			return agent.Condition{Feature: wishWord(left, world) + end, Holds: holds}, true
		}
	}
	return agent.Condition{}, false
}

// wishWord is a word in the form in which features have it.
func wishWord(word string, world *agent.StateSpec) string {
	for _, values := range world.Vocabulary {
		if slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, word) }) {
			return word
		}
	}
	return language.Singular(word)
}

// opposites are the comparisons that say what another one denies.
var opposites = map[string]Relation{" is at most ": MoreThan, " does not equal ": Equal}

// parseComparing reads "temperature is at least 17", "width is less than height".
func parseComparing(clause string, _ *agent.StateSpec) (agent.Condition, bool) {
	if c, is := ParseComparison(clause); is {
		holds := true
		if c.How == LessThan && c.Right == "" { // thresholds are said one way
			c.How, holds = AtLeast, false
		} else if c.How == AtLeast && c.Right != "" {
			c.How, holds = LessThan, false
		}
		return agent.Condition{Feature: c.String(), Holds: holds}, true
	}
	for phrase, how := range opposites {
		if left, right, found := strings.Cut(clause, phrase); found {
			if c, is := ParseComparison(left + comparisons[how].words + right); is {
				return agent.Condition{Feature: c.String(), Holds: false}, true
			}
		}
	}
	return agent.Condition{}, false
}

// parseHas reads "bag has lamp" and "note mentions lamp".
func parseHas(clause string, _ *agent.StateSpec) (agent.Condition, bool) {
	for _, verb := range [...][2]string{{" has ", " does not have "}, {" mentions ", " does not mention "}} {
		for i, phrase := range verb {
			left, right, found := strings.Cut(clause, phrase)
			if found && len(strings.Fields(left)) == 1 && right != "" {
				return agent.Condition{Feature: left + verb[0] + right, Holds: i == 0}, true
			}
		}
	}
	return agent.Condition{}, false
}

// without returns the text without articles.
func without(text string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(text), func(w string) bool { return w == "the" || w == "a" }), " ")
}
