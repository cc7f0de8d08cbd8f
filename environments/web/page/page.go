package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent/prompttext"
)

// Page is one moment of a page.
type Page struct {
	Title string
	URL   string
	Lines []Line
	tree  *tree
}

// Numbers gives the things of one document their numbers: each keeps its own for as
// long as its node lives. The zero value is ready.
type Numbers struct {
	last int
	of   map[int64]int
}

func (n *Numbers) number(node int64) int {
	if n.of == nil {
		n.of = map[int64]int{}
	}
	got, ok := n.of[node]
	if !ok {
		n.last++
		got = n.last
		n.of[node] = got
	}
	return got
}

// Read reads a snapshot. width and height are those of the window.
func Read(raw json.RawMessage, width, height float64, numbers *Numbers) (*Page, error) {
	t, err := parse(raw)
	if err != nil {
		return nil, err
	}
	w := &writer{view: width * height}
	w.walk(t.root, false)
	w.flush()
	for i := range w.lines {
		if l := &w.lines[i]; l.Can != Nothing || l.Role == "heading" || l.cut {
			l.Number = numbers.number(l.Node)
		}
	}
	return &Page{Title: strings.Join(strings.Fields(t.title), " "), URL: t.url, Lines: w.lines, tree: t}, nil
}

// Unnumbered has the lines said without their numbers.
func (p *Page) Unnumbered() {
	for i := range p.Lines {
		p.Lines[i].plain = true
	}
}

// Line returns the line with a number, or nil.
func (p *Page) Line(number int) *Line {
	if number <= 0 {
		return nil
	}
	i := slices.IndexFunc(p.Lines, func(l Line) bool { return l.Number == number })
	if i < 0 {
		return nil
	}
	return &p.Lines[i]
}

// Reaches reports whether a click on one node is one on the other: it is inside of
// it, or around it as a label is, or unknown.
func (p *Page) Reaches(hit, target int64) bool {
	h, n := p.tree.byBackend[hit], p.tree.byBackend[target]
	if h == nil || n == nil || h == n {
		return true
	}
	if within(h, func(a *node) bool { return a == n }) {
		return true
	}
	for _, l := range n.labels {
		if h == l || within(h, func(a *node) bool { return a == l }) {
			return true
		}
	}
	// A wrapper around the node that has the same place.
	return within(n, func(a *node) bool { return a == h }) && h.block() && words(h) == words(n)
}

// Near returns the line that a node belongs to, or nil.
func (p *Page) Near(backend int64) *Line {
	for n := p.tree.byBackend[backend]; n != nil; n = n.parent {
		for i := range p.Lines {
			if p.Lines[i].at == n {
				return &p.Lines[i]
			}
		}
	}
	return nil
}

// List is the part of a page that fits a budget.
type List struct {
	Text  string
	First int // index of the first line that is shown
	Shown []*Line
	Below int // lines after them that are left out
}

// List lists the page within so many tokens. Where not all fits, it begins with the
// line of the given index. mark says what goes before a line.
func (p *Page) List(tokens, first int, mark func(*Line) string) List {
	const reserve = 30 // for what says that lines are left out
	costs := make([]int, len(p.Lines))
	texts := make([]string, len(p.Lines))
	total := 0
	for i := range p.Lines {
		texts[i] = mark(&p.Lines[i]) + p.Lines[i].String()
		costs[i] = prompttext.Tokens(texts[i]) + 1
		total += costs[i]
	}
	last := len(p.Lines)
	if total <= tokens {
		first = 0
	} else {
		left := tokens - reserve
		first = max(0, min(first, len(p.Lines)-1))
		for last = first; last < len(p.Lines) && (costs[last] <= left || last == first); last++ {
			left -= costs[last]
		}
		for first > 0 && last == len(p.Lines) && costs[first-1] <= left {
			first--
			left -= costs[first]
		}
	}
	l := List{First: first, Below: len(p.Lines) - last}
	var b []string
	if first > 0 {
		b = append(b, fmt.Sprintf("… %d above, scroll up", first))
	}
	b = append(b, texts[first:last]...)
	for i := first; i < last; i++ {
		l.Shown = append(l.Shown, &p.Lines[i])
	}
	if l.Below > 0 {
		b = append(b, fmt.Sprintf("… %d more, scroll or read", l.Below))
	}
	l.Text = strings.Join(b, "\n")
	return l
}

// Text returns the whole text of the region that a line belongs to, or of the
// page for nil, in lines.
func (p *Page) Text(of *Line) string {
	n := p.tree.root
	if of != nil {
		n = region(of)
	}
	var b strings.Builder
	paragraphs(n, &b)
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line = strings.Trim(strings.Join(strings.Fields(line), " "), " |"); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// region is what a line stands for: itself where there is more in it than the line
// says, else what is around it.
func region(l *Line) *node {
	own := len(words(l.at))
	if l.cut || l.Role == "frame" || l.Role == "dialog" {
		return l.at
	}
	n := l.at
	for n.parent != nil && n.parent.kind == element && n.parent.tag != "html" && len(words(n)) <= own+own/5 {
		n = n.parent
	}
	return n
}

func paragraphs(n *node, b *strings.Builder) {
	if n.silent() || n.folded() || n.hidden() {
		return
	}
	b.WriteString(n.text)
	if n.tag == "td" || n.tag == "th" {
		b.WriteString(" | ")
	} else if n.block() || n.tag == "br" {
		b.WriteByte('\n')
	}
	if alt := n.attrs["alt"]; alt != "" && n.tag == "img" {
		b.WriteString("(image: " + alt + ")")
	}
	if n.value != "" && (n.tag == "textarea" || n.tag == "input") && slices.Contains(acting, role(n)) && role(n) != "button" && role(n) != "checkbox" && role(n) != "radio" && n.attrs["type"] != "password" {
		b.WriteString(" " + n.value + " ")
	}
	for _, c := range n.children {
		paragraphs(c, b)
	}
	if n.block() && n.tag != "td" && n.tag != "th" {
		b.WriteByte('\n')
	}
}
