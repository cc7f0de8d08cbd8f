package page

import (
	"fmt"
	"strings"
)

// Marks of lines that are new or say something else than before.
const (
	markNew     = "+ "
	markChanged = "~ "
)

// maxSaid is how many changed lines are said one by one; of more, it is said how
// many there are, and the lines are marked where they stand.
const maxSaid = 6

// Change is what is different between two moments of one document.
type Change struct {
	fresh, changed []*Line
	gone           int
	marks          map[*Line]string
}

// Compare compares two moments of a document.
func Compare(before, after *Page) Change {
	c := Change{marks: map[*Line]string{}}
	numbered, texts := map[int]string{}, map[string]int{}
	for i := range before.Lines {
		if l := &before.Lines[i]; l.Number > 0 {
			numbered[l.Number] = l.text
		} else {
			texts[l.text]++
		}
	}
	for i := range after.Lines {
		l := &after.Lines[i]
		if l.Number == 0 {
			if texts[l.text] > 0 {
				texts[l.text]--
			} else {
				c.fresh = append(c.fresh, l)
			}
			continue
		}
		was, known := numbered[l.Number]
		delete(numbered, l.Number)
		switch {
		case !known:
			c.fresh = append(c.fresh, l)
		case was != l.text:
			c.changed = append(c.changed, l)
		}
	}
	c.gone = len(numbered)
	for _, n := range texts {
		c.gone += n
	}
	return c
}

// Mark is what goes before a line in a list.
func (c *Change) Mark(l *Line) string { return c.marks[l] }

// Say says the change in words, first of all; "" if there is none. Where there is
// too much for that, the lines are marked.
func (c *Change) Say() string {
	var parts []string
	if len(c.fresh)+len(c.changed) <= maxSaid {
		for _, l := range c.fresh {
			parts = append(parts, "new: "+l.String())
		}
		for _, l := range c.changed {
			parts = append(parts, "now: "+l.String())
		}
	} else {
		for _, l := range c.fresh {
			c.marks[l] = markNew
		}
		for _, l := range c.changed {
			c.marks[l] = markChanged
		}
		if n := len(c.fresh); n > 0 {
			parts = append(parts, fmt.Sprintf("%d new lines, marked +", n))
		}
		if n := len(c.changed); n > 0 {
			parts = append(parts, fmt.Sprintf("%d other lines, marked ~", n))
		}
	}
	if c.gone > 0 {
		parts = append(parts, fmt.Sprintf("gone: %d lines", c.gone))
	}
	return strings.Join(parts, "\n")
}
