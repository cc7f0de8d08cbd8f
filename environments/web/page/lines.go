package page

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Lengths of what is said, in characters.
const (
	maxName    = 80
	maxText    = 160
	maxValue   = 120
	maxOptions = 12
)

// Line is one thing of a page.
type Line struct {
	Number int   // 0: nothing is done with it
	Node   int64 // Chromium's number of the node
	Role   string
	Name   string
	// Can is what can be done with it.
	Can Can
	// Options are those of a list of options, all of them.
	Options []string
	Top     float64 // from the top of the page
	Left    float64
	Right   float64
	Floor   float64

	text  string // without the number
	plain bool   // it is said without
	cut   bool   // there is more to read
	at    *node
}

// Can says what can be done with a thing.
type Can int

// What can be done.
const (
	Nothing Can = iota
	Click
	Type
	Select
)

// String is the line as an actor reads it.
func (l *Line) String() string {
	if l.Number == 0 || l.plain {
		return l.text
	}
	return "[" + strconv.Itoa(l.Number) + "] " + l.text
}

// writer goes through a tree and writes its lines.
type writer struct {
	lines []Line
	text  strings.Builder
	from  *node // where the text begins
	view  float64
}

// walk writes the lines of a node. mute: its text was said by a line above it.
func (w *writer) walk(n *node, mute bool) {
	if n.silent() {
		return
	}
	if n.kind == textNode {
		if !mute && n.laid && n.styles[visibility] != "hidden" && n.right > 0 && n.floor > 0 {
			if w.from == nil && strings.TrimSpace(n.text) != "" {
				w.from = n.parent
			}
			w.text.WriteString(n.text)
		}
		return
	}
	block := n.block() || n.tag == "br" || n.tag == "hr"
	switch {
	case n.tag == "td" || n.tag == "th":
		if w.text.Len() > 0 && !mute {
			w.text.WriteString(" | ")
		}
	case block:
		w.flush()
	}
	if n.kind == element {
		mute = w.element(n, mute) || mute
	}
	if !n.folded() {
		for _, c := range n.children {
			w.walk(c, mute)
		}
	}
	if block && n.tag != "td" && n.tag != "th" {
		w.flush()
	}
}

// flush writes the text that was gathered.
func (w *writer) flush() {
	text := strings.Trim(strings.Join(strings.Fields(w.text.String()), " "), " |")
	from := w.from
	w.text.Reset()
	w.from = nil
	if text == "" || from == nil {
		return
	}
	l := Line{Node: from.backend, Role: "text", Name: text, at: from}
	l.text, l.cut = shorten(text, maxText)
	w.add(l)
}

func (w *writer) add(l Line) {
	l.Top, l.Left, l.Right, l.Floor = l.at.top, l.at.left, l.at.right, l.at.floor
	w.lines = append(w.lines, l)
}

// element writes the line of an element, if it has one, and reports whether that
// says the text inside.
func (w *writer) element(n *node, mute bool) bool {
	switch n.tag {
	case "img":
		if alt := n.attrs["alt"]; alt != "" && !mute && n.shown() && role(n) == "" && !w.clicks(n) {
			w.text.WriteString(" (image: " + agentClip(alt, maxName) + ") ")
			if w.from == nil {
				w.from = n
			}
		}
	case "iframe", "frame":
		if n.shown() {
			w.flush()
			w.add(Line{Node: n.backend, Role: "frame", Name: n.attrs["title"], text: strings.TrimSpace("frame " + quote(n.attrs["title"])), at: n})
		}
		return false
	case "label":
		if n.control != nil && n.shown() {
			return w.labelled(n)
		}
	}
	r := role(n)
	switch {
	case r == "heading":
		return w.heading(n)
	case (r == "dialog" || r == "alertdialog") && n.shown():
		w.flush()
		name := name(n, false)
		w.add(Line{Node: n.backend, Role: "dialog", Name: name, text: strings.TrimSpace("dialog " + quote(name)), at: n})
		return false
	case r == "" && !w.clicks(n):
		return false
	case !n.shown():
		return false
	}
	w.flush()
	w.add(w.interactive(n, r, n))
	return true
}

// labelled writes a label whose field can't be seen as the field itself: it is what
// people click on. The label of a field that can be seen is that field's name.
func (w *writer) labelled(label *node) bool {
	r := role(label.control)
	if label.control.shown() || r != "checkbox" && r != "radio" && r != "switch" {
		return true
	}
	w.flush()
	w.add(w.interactive(label.control, r, label))
	return true
}

func (w *writer) heading(n *node) bool {
	name := words(n)
	if name == "" || !n.shown() {
		return false
	}
	if inner := find(n, func(c *node) bool { return role(c) != "" && c.shown() }); inner != nil && words(inner) == name {
		return false // the link in it says it all
	}
	w.flush()
	l := Line{Node: n.backend, Role: "heading", Name: name, at: n}
	short, cut := shorten(name, maxText)
	l.text, l.cut = "heading "+strconv.Quote(short), cut
	w.add(l)
	return true
}

// interactive is the line of something to act on; at is what is seen of it.
func (w *writer) interactive(n *node, r string, at *node) Line {
	l := Line{Node: at.backend, Role: r, at: at, Can: Click}
	switch r {
	case "":
		l.Role = "clickable"
	case "textbox", "searchbox", "spinbutton", "slider", "date", "time", "month", "week", "datetime-local", "color":
		l.Can = Type
	case "combobox", "listbox":
		if n.tag == "select" {
			l.Can = Select
		} else if n.tag == "input" || n.tag == "textarea" || editable(n) {
			l.Can = Type
		}
	}
	l.Name = name(n, true)
	if l.Name == "" {
		l.Name = hint(n)
	}
	short, cut := shorten(l.Name, maxName)
	l.cut = cut
	l.text = l.Role
	if short != "" {
		l.text += " " + strconv.Quote(short)
	}
	if v := value(n, &l); v != "" {
		l.text += ": " + v
	}
	l.text += states(n)
	return l
}

// value says what a field has in it.
func value(n *node, l *Line) string {
	switch {
	case n.tag == "select":
		return options(n, l)
	case n.tag == "input" && n.attrs["type"] == "password":
		if n.value != "" {
			return "(filled in)"
		}
		return ""
	case l.Can != Type:
		return ""
	}
	v := n.value
	if n.tag != "input" && n.tag != "textarea" {
		v = words(n)
	}
	if v == "" {
		return ""
	}
	short, cut := shorten(v, maxValue)
	l.cut = l.cut || cut
	return strconv.Quote(short)
}

// options says which options a list has, and which is chosen.
func options(n *node, l *Line) string {
	var chosen []string
	var collect func(n *node)
	collect = func(n *node) {
		for _, c := range n.children {
			if c.tag != "option" {
				collect(c)
				continue
			}
			text := c.attrs["label"]
			if text == "" {
				var b strings.Builder
				for _, t := range c.children {
					b.WriteString(t.raw)
				}
				text = strings.Join(strings.Fields(b.String()), " ")
			}
			l.Options = append(l.Options, text)
			if c.selected {
				chosen = append(chosen, text)
			}
		}
	}
	collect(n)
	said := make([]string, 0, maxOptions)
	for _, o := range l.Options[:min(len(l.Options), maxOptions)] {
		short, _ := shorten(o, 40)
		said = append(said, short)
	}
	text := ""
	if len(chosen) > 0 {
		short, _ := shorten(strings.Join(chosen, ", "), maxValue)
		text = strconv.Quote(short) + " "
	}
	text += "of " + strings.Join(said, ", ")
	if more := len(l.Options) - maxOptions; more > 0 {
		text += ", … " + strconv.Itoa(more) + " more"
	}
	return text
}

// states says in brackets how a thing is.
func states(n *node) string {
	var list []string
	checked := n.checked || n.attrs["aria-checked"] == "true"
	if checked {
		list = append(list, "checked")
	}
	for _, s := range [][3]string{{"aria-selected", "true", "selected"}, {"aria-pressed", "true", "pressed"}, {"aria-expanded", "true", "open"}, {"aria-expanded", "false", "closed"}, {"aria-disabled", "true", "disabled"}} {
		if n.attrs[s[0]] == s[1] {
			list = append(list, s[2])
		}
	}
	if c := n.attrs["aria-current"]; c != "" && c != "false" {
		list = append(list, "current")
	}
	if _, ok := n.attrs["disabled"]; ok && !slices.Contains(list, "disabled") {
		list = append(list, "disabled")
	}
	if n.tag == "summary" && n.parent != nil {
		if _, ok := n.parent.attrs["open"]; ok {
			list = append(list, "open")
		} else {
			list = append(list, "closed")
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// name is what a thing is called: by its labels, its title, or what is in it.
func name(n *node, inside bool) string {
	if n.attrs["aria-labelledby"] != "" || len(n.labels) > 0 {
		var list []string
		for _, l := range n.labels {
			if text := labelText(l, n); text != "" {
				list = append(list, text)
			}
		}
		if len(list) > 0 {
			return strings.Join(list, " ")
		}
	}
	field := n.tag == "input" || n.tag == "textarea" || n.tag == "select"
	candidates := []string{n.attrs["aria-label"]}
	if n.tag == "input" && slices.Contains([]string{"submit", "reset", "button"}, n.attrs["type"]) {
		v := n.value
		if v == "" {
			v = map[string]string{"submit": "Submit", "reset": "Reset"}[n.attrs["type"]]
		}
		candidates = append(candidates, v)
	}
	if inside && !field && !editable(n) {
		candidates = append(candidates, words(n))
	}
	candidates = append(candidates, n.attrs["alt"], n.attrs["title"], n.attrs["placeholder"], n.attrs["aria-placeholder"])
	for _, c := range candidates {
		if c = strings.Join(strings.Fields(c), " "); c != "" {
			return c
		}
	}
	return ""
}

// labelText is what a label says, without what is in the field inside of it.
func labelText(l, field *node) string {
	if find(l, func(n *node) bool { return n == field }) == nil || field.tag == "input" {
		return words(l)
	}
	var b strings.Builder
	for _, c := range l.children {
		if c != field {
			gather(c, &b)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// hint is what is known of a thing without a name: where it leads or what its maker
// called it.
func hint(n *node) string {
	if img := find(n, func(c *node) bool { return c.tag == "img" || c.tag == "svg" }); img != nil {
		if t := find(img, func(c *node) bool { return c.tag == "title" }); t != nil && len(t.children) > 0 {
			return strings.Join(strings.Fields(t.children[0].raw), " ")
		}
	}
	for _, a := range []string{"name", "id", "class", "href", "src"} {
		if v := n.attrs[a]; v != "" {
			if a == "href" || a == "src" {
				v = v[strings.LastIndexByte(strings.TrimRight(v, "/"), '/')+1:]
			}
			fields := strings.FieldsFunc(v, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if len(fields) > 0 {
				return strings.Join(fields[:min(len(fields), 3)], " ")
			}
		}
	}
	if isShape(n.tag) {
		return strings.TrimSpace(n.tag + " " + n.attrs["fill"])
	}
	return ""
}

func isShape(tag string) bool {
	return slices.Contains([]string{"rect", "circle", "ellipse", "polygon", "path", "line", "polyline"}, tag)
}

// shorten cuts a text after a whole word.
func shorten(text string, limit int) (string, bool) {
	runes := []rune(text)
	if len(runes) <= limit {
		return text, false
	}
	short := string(runes[:limit])
	if i := strings.LastIndexByte(short, ' '); i > limit/2 {
		short = short[:i]
	}
	return short + "…", true
}

func agentClip(text string, limit int) string {
	short, _ := shorten(strings.Join(strings.Fields(text), " "), limit)
	return short
}

func quote(text string) string {
	if text = agentClip(text, maxName); text == "" {
		return ""
	}
	return strconv.Quote(text)
}

// Disabled reports whether nothing comes of acting on the thing.
func (l *Line) Disabled() bool { return strings.Contains(states(l.at), "disabled") }

// States says how the thing is, such as "checked"; "" for nothing to say.
func (l *Line) States() string { return strings.Trim(states(l.at), " ()") }
