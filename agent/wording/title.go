package wording

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
)

// Limits of what a rule says, in words.
const (
	MaxTitleWords = 8
	MaxTextWords  = 25
)

// Case is a rule to be said: an action with constants, for or against, and when.
type Case struct {
	Action    string
	Constants map[string]string
	Against   bool
	When      []agent.Condition // the most special ones last
}

// Titles names rules that stand beside each other, in at most eight words each:
// what sets a rule apart comes first, and no two are the same. What must not hold
// is said as "unless".
func (w *Words) Titles(cases []Case) []string {
	used, said := Names{}, clauses{}
	out := make([]string, len(cases))
	for i := range cases {
		out[i] = used.Apart(w.untaken(&cases[i], used, said))
	}
	return out
}

// untaken returns a title that is not used yet, and where there is none one that
// leaves room for a number.
func (w *Words) untaken(c *Case, used Names, said clauses) string {
	numbered := ""
	for skip := 0; ; skip++ {
		title := w.title(c, skip, said)
		if used[title] == 0 {
			return title
		}
		if numbered == "" && len(strings.Fields(title)) < MaxTitleWords {
			numbered = title
		}
		if skip >= min(len(c.When), maxTries) {
			return cmp.Or(numbered, title)
		}
	}
}

// maxTries bounds how many conditions are tried to tell a title from others.
const maxTries = 4

// Names are titles that are used, each with how often.
type Names map[string]int

// Apart returns the title, with a number after it where it is used already, and
// takes note of it.
func (n Names) Apart(title string) string {
	n[title]++
	if n[title] == 1 {
		return title
	}
	fields := strings.Fields(title)
	base := strings.Join(fields[:min(len(fields), MaxTitleWords-1)], " ")
	for {
		next := base + " (" + strconv.Itoa(n[title]) + ")"
		if n[next] == 0 {
			n[next] = 1
			return next
		}
		n[title]++
	}
}

// title puts as many conditions into a title as there is room for, the last ones
// first; skip leaves out so many of those, so that others come in.
func (w *Words) title(c *Case, skip int, said clauses) string {
	lead, when := w.lead(c, MaxTitleWords, skip)
	room := MaxTitleWords - len(strings.Fields(lead))
	var yes, unless []string
	subject := w.subjectOf(c.Action)
	backwards := make([]clause, 0, len(when))
	for _, cond := range slices.Backward(Tidy(when)) {
		backwards = append(backwards, said.of(w, cond, subject, c.Against))
	}
	slices.SortStableFunc(backwards, func(a, b clause) int { return cmpBool(a.unless, b.unless) }) // what holds comes first
	if n := len(backwards); n > 0 {
		skip = min(skip, n-1)
		backwards = append(backwards[skip:], backwards[:skip]...)
	}
	for _, x := range backwards {
		text, not := x.text, x.unless
		if !not && strings.HasPrefix(text, "it leads to ") {
			continue // that belongs to the action
		}
		text = brief(text)
		list := &yes
		if not {
			list = &unless
		}
		n := len(strings.Fields(text))
		if len(*list) == 0 {
			n++ // when, unless
		}
		if n <= room {
			room -= n
			*list = append(*list, text)
		}
	}
	if len(yes) > 0 {
		lead += " when " + strings.Join(yes, ", ")
	}
	if len(unless) > 0 {
		lead += " unless " + strings.Join(unless, ", ")
	}
	fields := strings.Fields(lead)
	return strings.Join(fields[:min(len(fields), MaxTitleWords)], " ")
}

// clause is a condition in words, and whether they are those of what must not hold.
type clause struct {
	text   string
	unless bool
}

// clauses are conditions that were said before, for rules that stand beside each
// other share most of them.
type clauses map[spoken]clause

type spoken struct {
	agent.Condition
	subject string
	against bool
}

func (s clauses) of(w *Words, c agent.Condition, subject string, against bool) clause {
	key := spoken{c, subject, against}
	known, is := s[key]
	if !is {
		known.text, known.unless = w.clause(c, subject, against)
		s[key] = known
	}
	return known
}

// lead says what to do or not to do, in at most so many words. Of a way it says
// where it leads: then that condition is taken out of when; skip passes over so many
// of them.
func (w *Words) lead(c *Case, most, skip int) (string, []agent.Condition) {
	label, when := w.Label(c.Action, c.Constants), c.When
	subject := w.subjectOf(c.Action)
	for i := len(when) - 1; i >= 0 && subject != "" && w.isPassage(c.Action, subject); i-- {
		if text, unless := w.clause(when[i], subject, c.Against); when[i].Holds && !unless {
			if to, leads := strings.CutPrefix(text, "it leads to "); leads && len(strings.Fields(label+to)) < most {
				if skip--; skip >= 0 {
					continue
				}
				label += " towards " + to
				when = slices.Delete(slices.Clone(when), i, i+1)
				break
			}
		}
	}
	if len(c.Constants) == 0 && label == c.Action && most > MaxTitleWords && w.isThing(c.Action, subject) {
		label += " the " + subject
	}
	if c.Against {
		return "Don't " + label, when
	}
	return capital(label), when
}

func (w *Words) isThing(action, param string) bool { return w.roleOf(action, param) == agent.RoleThing }

func (w *Words) isPassage(action, param string) bool {
	return w.roleOf(action, param) == agent.RolePassage
}

func (w *Words) roleOf(action, param string) agent.ParamRole {
	for _, p := range w.params[action] {
		if p.Name == param {
			return p.Role
		}
	}
	return agent.RoleConstant
}

// Text says a whole rule in at most so many words.
func (w *Words) Text(c *Case, most int) string {
	lead, when := w.lead(c, most-4, 0)
	if len(when) == 0 {
		return clip(lead, most)
	}
	room := most - len(strings.Fields(lead))
	if room < 8 {
		return clip(lead, most)
	}
	return lead + " " + w.when(c, when, room)
}

// clip cuts a text after so many words.
func clip(text string, most int) string {
	fields := strings.Fields(text)
	if len(fields) <= most {
		return text
	}
	return strings.Join(fields[:most], " ") + "…"
}

// brief shortens a clause for a title.
func brief(text string) string {
	for _, lead := range [...]string{"it is ", "it was ", "it ", "its "} {
		if rest, is := strings.CutPrefix(text, lead); is {
			return strings.Replace(rest, "leads to ", "towards ", 1)
		}
	}
	text = strings.Replace(text, " differs from what is asked", " wrong", 1)
	text = strings.Replace(text, " fits what is asked", " fitting", 1)
	return strings.Replace(text, " is ", " ", 1)
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}
