package playbook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// table is what goes with what: for the values of some questions the constants
// that an action is good with.
type table struct {
	action string
	keys   []string // questions; the last one is said in the cells, the others in the title
	cells  map[string]*cell
}

type cell struct {
	values []string // of the table's keys
	by     map[string][]*entry
}

// maxKeys bounds the questions of a table.
const maxKeys = 4

// tables finds the tables in the rules of one action, and returns their lines and
// the rules that are in none. Rules belong together if they ask the same
// questions: an attribute of what is acted on, a field of the state, what is asked. A
// question is a key where rules that advise know two of its values or more; where
// they know one, it goes without saying, and rules about other values are no part.
func (b *book) tables(action string, all []*entry) (lines []agent.PlaybookLine, rest []*entry) {
	if !hasConstants(all) {
		return nil, all // whether to do it at all is said in words
	}
	values := map[string]map[string]bool{}
	for _, e := range all {
		if e.constants == "" || e.good <= e.bad && (!e.taught() || e.h.Against()) {
			continue
		}
		for _, a := range e.answers {
			if values[a.question] == nil {
				values[a.question] = map[string]bool{}
			}
			values[a.question][a.value] = true
		}
	}
	found := map[string]*table{}
	for _, e := range all {
		keys, fits := e.keys(values)
		if !fits || len(keys) == 0 || len(keys) > maxKeys || e.constants == "" {
			rest = append(rest, e)
			continue
		}
		questions := make([]string, len(keys))
		cellOf := make([]string, len(keys))
		for i, k := range keys {
			questions[i], cellOf[i] = k.question, k.value
		}
		name := strings.Join(questions, "\x00")
		t := found[name]
		if t == nil {
			t = &table{action: action, keys: questions, cells: map[string]*cell{}}
			found[name] = t
		}
		at := strings.Join(cellOf, "\x00")
		if t.cells[at] == nil {
			t.cells[at] = &cell{values: cellOf, by: map[string][]*entry{}}
		}
		t.cells[at].by[e.constants] = append(t.cells[at].by[e.constants], e)
	}
	for _, name := range sortedKeys(found) {
		lines = append(lines, b.lay(found[name])...)
	}
	return lines, rest
}

// hasConstants reports whether rules of an action may tell its constants apart.
func hasConstants(all []*entry) bool {
	return slices.ContainsFunc(all, func(e *entry) bool { return e.constants != "" })
}

// keys are the questions that a rule answers and that tell rules apart: what is
// asked first, the one with the most values last. fits is false where it gives an
// answer that no rule that advises gives.
func (e *entry) keys(values map[string]map[string]bool) (keys []answer, fits bool) {
	for _, a := range e.answers {
		known := values[a.question]
		switch {
		case len(known) >= 2 && !slices.ContainsFunc(keys, func(k answer) bool { return k.question == a.question }):
			keys = append(keys, a)
		case len(known) == 1 && !known[a.value]:
			return nil, false
		}
	}
	slices.SortFunc(keys, func(x, y answer) int {
		return cmp.Or(cmpBool(y.asked, x.asked), cmp.Compare(len(values[x.question]), len(values[y.question])), strings.Compare(x.question, y.question))
	})
	return keys, true
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// found is what a cell comes to.
type found struct {
	value     string // of the last key
	says      string // what is good, with counts
	rules     []*entry
	good, bad int
	n         int
	is        standing
}

// settle says what is known of a cell. Constants that are right all stand, with
// their counts: where two are, the rules contradict each other or both do.
func (t *table) settle(c *cell) found {
	f := found{value: c.values[len(c.values)-1]}
	var by [right + 1][]option
	for _, constants := range sortedKeys(c.by) {
		rules := general(c.by[constants])
		o := option{constants: constants, rules: rules}
		for _, e := range rules {
			o.good, o.bad = o.good+e.good, o.bad+e.bad
		}
		is := judge(o.good, o.bad)
		if is < wrong {
			is = o.mainly(is)
		}
		if slices.ContainsFunc(rules, func(e *entry) bool { return e.taught() && !e.h.Against() }) {
			is = right
		}
		by[is] = append(by[is], o)
	}
	for _, is := range [...]standing{right, tentative} {
		options := by[is]
		if len(options) == 0 {
			continue
		}
		slices.SortStableFunc(options, func(x, y option) int {
			return cmp.Compare(share(y.good, y.bad).Low, share(x.good, x.bad).Low)
		})
		var said []string
		for _, o := range options[:min(len(options), 2)] {
			said = append(said, o.constants+" "+o.counts())
			f.rules = append(f.rules, o.rules...)
			f.good, f.bad = f.good+o.good, f.bad+o.bad
		}
		f.says, f.is, f.n = strings.Join(said, " or "), is, f.good+f.bad
		return f
	}
	return f
}

// option is one constant of a cell.
type option struct {
	constants string
	rules     []*entry
	good, bad int
	main      *entry // what is right, where others that ask for the same keys are not
}

// mainly looks whether the rule with the most behind it is right by itself, where
// all together are not: the others speak of other cases.
func (o *option) mainly(is standing) standing {
	main := slices.MaxFunc(o.rules, func(x, y *entry) int { return cmp.Compare(x.n(), y.n()) })
	if len(o.rules) > 1 && judge(main.good, main.bad) == right {
		o.main = main
		return right
	}
	return is
}

// counts says how often it was good, and how often elsewhere.
func (o *option) counts() string {
	if m := o.main; m != nil {
		return fmt.Sprintf("(%d of %d, elsewhere %d of %d)", m.good, m.n(), o.good-m.good, o.good+o.bad-m.n())
	}
	if o.good+o.bad == 0 {
		return "(taught)"
	}
	return fmt.Sprintf("(%d of %d)", o.good, o.good+o.bad)
}

// general leaves out rules that count what another one of them has counted: its
// special cases.
func general(rules []*entry) []*entry {
	if len(rules) == 1 {
		return rules
	}
	var out []*entry
	for _, e := range rules {
		if !slices.ContainsFunc(out, func(o *entry) bool { return o.covers(e) }) { // they come with the fewest conditions first
			out = append(out, e)
		}
	}
	return out
}

// notYetKnown is what a cell says that nothing is known of.
const notYetKnown = "not yet known"

// maxUnknown bounds the cells of a table of which nothing is known yet.
const maxUnknown = 6

// lay writes a table as lines of a few cells each: what is sure, then what is in
// trial.
func (b *book) lay(t *table) []agent.PlaybookLine {
	rows := map[string][]found{}    // by the values in the title
	titles := map[string][]string{} // the same
	known := map[string]bool{}
	sure := false
	for _, at := range sortedKeys(t.cells) {
		c := t.cells[at]
		f := t.settle(c)
		if f.is == unknown {
			continue
		}
		sure = sure || f.is != tentative
		head := c.values[:len(c.values)-1]
		row := strings.Join(head, "\x00")
		rows[row], titles[row] = append(rows[row], f), head
		known[c.values[0]] = true
	}
	var lines []agent.PlaybookLine
	for _, row := range sortedKeys(rows) {
		cells := rows[row]
		if len(t.keys) > 1 { // what was done most often comes first
			slices.SortStableFunc(cells, func(x, y found) int { return cmp.Compare(y.n, x.n) })
		}
		for _, trial := range [...]bool{false, true} {
			part := slices.DeleteFunc(slices.Clone(cells), func(f found) bool { return (f.is == tentative) != trial })
			lines = append(lines, b.chunk(t, titles[row], part, trial)...)
		}
	}
	if sure {
		lines = append(lines, b.open(t, known)...)
	}
	return lines
}

// open says what is not yet known: the values of the vocabulary that no rule is
// sure of. Of a wish only what was asked for is listed.
func (b *book) open(t *table, known map[string]bool) []agent.PlaybookLine {
	q := t.keys[0]
	attr, asked := strings.CutPrefix(q, "asked ")
	if !asked {
		if len(t.keys) > 1 {
			return nil
		}
		_, attr, _ = strings.Cut(q, " ")
	}
	var cells []found
	for _, v := range b.vocabulary[attr] {
		if !known[v] && (!asked || b.asked[attr][v]) {
			cells = append(cells, found{value: v, says: notYetKnown})
		}
	}
	if len(cells) > maxUnknown {
		return nil
	}
	return b.chunk(t, nil, cells, false)
}

// chunk writes cells as lines that keep within the words of a line.
func (b *book) chunk(t *table, head []string, cells []found, trial bool) []agent.PlaybookLine {
	var lines []agent.PlaybookLine
	for len(cells) > 0 {
		n, words := 0, 0
		for n < len(cells) {
			more := len(strings.Fields(cells[n].value+" → "+cells[n].says)) + min(n, 1)
			if n > 0 && words+more > wording.MaxTextWords {
				break
			}
			words += more
			n++
		}
		lines = append(lines, b.tableLine(t, head, cells[:n], trial))
		cells = cells[n:]
	}
	return lines
}

func (b *book) tableLine(t *table, head []string, cells []found, trial bool) agent.PlaybookLine {
	l := agent.PlaybookLine{Kind: agent.LineFact, Tier: agent.Tool, Status: agent.Active}
	if trial {
		l.Status = agent.Probation
	}
	var said, values []string
	var rules []*entry
	for _, c := range cells {
		said = append(said, c.value+" → "+c.says)
		values = append(values, c.value)
		rules = append(rules, c.rules...)
		l.Good, l.Bad = l.Good+c.good, l.Bad+c.bad
	}
	l.Text = clip(strings.Join(said, " · "), wording.MaxTextWords)
	l.Title = b.tableTitle(t, head, values)
	behind(&l, rules)
	return l
}

// tableTitle names a table by its action and keys: "Prepare by material: ash, oak".
func (b *book) tableTitle(t *table, head, values []string) string {
	lead := capital(t.action)
	if len(head) > 0 {
		parts := []string{lead}
		for i, v := range head {
			if strings.HasPrefix(t.keys[i], "asked ") {
				parts = append(parts, "for", v)
			} else {
				parts = append(parts, last(t.keys[i]), v)
			}
		}
		lead = strings.Join(parts, " ")
	} else if attr, asked := strings.CutPrefix(t.keys[0], "asked "); asked {
		lead += " by " + attr + " asked"
	} else {
		lead += " by " + last(t.keys[0])
	}
	title := lead + ":"
	for i, v := range values {
		if i > 0 {
			v = ", " + v
		} else {
			v = " " + v
		}
		if len(strings.Fields(title+v)) > wording.MaxTitleWords {
			break
		}
		title += v
	}
	return clip(strings.TrimSuffix(title, ":"), wording.MaxTitleWords)
}

// last returns the attribute of a question, its name without the thing's.
func last(question string) string {
	if _, attr, two := strings.Cut(question, " "); two {
		return attr
	}
	return question
}
