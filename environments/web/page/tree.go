// Package page reads what Chromium tells of a page as the few lines that an actor
// needs: what can be acted on, headings, labels and texts, each thing with a number
// that stays its own. It is pure: a snapshot in, text out.
package page

import (
	"encoding/json"
	"strings"

	"purposeagent/agent"
)

// Styles are the computed styles that a snapshot must have, in this order.
var Styles = []string{"display", "visibility", "cursor", "overflow-y"}

const (
	display = iota
	visibility
	cursor
	overflow
)

// MaxNodes bounds a page that is read.
const MaxNodes = 60_000

// snapshot is the answer to DOMSnapshot.captureSnapshot.
type snapshot struct {
	Documents []struct {
		Title   int `json:"title"`
		Address int `json:"documentURL"`
		Nodes   struct {
			Parent    []int    `json:"parentIndex"`
			Kind      []int    `json:"nodeType"`
			Name      []int    `json:"nodeName"`
			Value     []int    `json:"nodeValue"`
			Backend   []int64  `json:"backendNodeId"`
			Attrs     [][]int  `json:"attributes"`
			TextValue rareText `json:"textValue"`
			Input     rareText `json:"inputValue"`
			Checked   rareFlag `json:"inputChecked"`
			Selected  rareFlag `json:"optionSelected"`
			Content   rareText `json:"contentDocumentIndex"`
			Pseudo    rareText `json:"pseudoType"`
			Clickable rareFlag `json:"isClickable"`
		} `json:"nodes"`
		Layout struct {
			Node   []int       `json:"nodeIndex"`
			Styles [][]int     `json:"styles"`
			Bounds [][]float64 `json:"bounds"`
			Text   []int       `json:"text"`
		} `json:"layout"`
		ScrollY float64 `json:"scrollOffsetY"`
	} `json:"documents"`
	Strings []string `json:"strings"`
}

type rareText struct {
	Index []int `json:"index"`
	Value []int `json:"value"`
}

type rareFlag struct {
	Index []int `json:"index"`
}

// node is one node of all documents of a page.
type node struct {
	parent   *node
	children []*node
	kind     int // of the DOM: 1 element, 3 text, 9 document
	tag      string
	text     string // of a text node, as it is rendered
	raw      string // of a text node, as it is written
	backend  int64
	attrs    map[string]string

	value     string // of a field
	checked   bool
	selected  bool
	clickable bool // has a listener of clicks
	control   *node
	labels    []*node

	laid                    bool // has a box
	left, top, right, floor float64
	styles                  [4]string
}

const element, textNode, documentNode = 1, 3, 9

// tree is a page as nodes.
type tree struct {
	root       *node
	title, url string
	all        []*node
	byBackend  map[int64]*node
	hosts      map[*node]bool // documents and shadow roots: what ids count in
}

func parse(raw json.RawMessage) (*tree, error) {
	var s snapshot
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, agent.Errorf(agent.CodeUnavailable, "what the browser tells of the page can't be read: %w", err)
	}
	t := &tree{byBackend: map[int64]*node{}, hosts: map[*node]bool{}}
	if len(s.Documents) == 0 {
		return nil, agent.Errorf(agent.CodeUnavailable, "the browser tells of no page")
	}
	docs := make([][]*node, len(s.Documents))
	for i := range s.Documents {
		docs[i] = s.nodes(i)
	}
	for i := range s.Documents {
		content := s.Documents[i].Nodes.Content
		for j, at := range content.Index {
			if j < len(content.Value) && at < len(docs[i]) && content.Value[j] > 0 && content.Value[j] < len(docs) && len(docs[content.Value[j]]) > 0 {
				inner := docs[content.Value[j]][0]
				if inner.parent == nil {
					inner.parent = docs[i][at]
					docs[i][at].children = append(docs[i][at].children, inner)
				}
			}
		}
	}
	if len(docs[0]) == 0 {
		return nil, agent.Errorf(agent.CodeUnavailable, "the browser tells of an empty page")
	}
	t.root, t.title, t.url = docs[0][0], s.string(s.Documents[0].Title), s.string(s.Documents[0].Address)
	scrolled := map[*node]float64{}
	for i := range docs {
		if len(docs[i]) > 0 {
			scrolled[docs[i][0]] = s.Documents[i].ScrollY
		}
	}
	shift(t.root, 0, 0, scrolled)
	for i := range docs {
		t.all = append(t.all, docs[i]...)
	}
	for _, n := range t.all {
		t.byBackend[n.backend] = n
		if n.kind == documentNode || n.tag == "#document-fragment" {
			t.hosts[n] = true
		}
	}
	t.label()
	return t, nil
}

func (s *snapshot) string(i int) string {
	if i < 0 || i >= len(s.Strings) {
		return ""
	}
	return s.Strings[i]
}

// nodes makes the nodes of one document.
func (s *snapshot) nodes(doc int) []*node {
	d := &s.Documents[doc]
	list := make([]*node, len(d.Nodes.Parent))
	store := make([]node, len(list))
	for i := range list {
		list[i] = &store[i]
	}
	for i, n := range list {
		n.kind, n.tag = at(d.Nodes.Kind, i), strings.ToLower(s.string(at(d.Nodes.Name, i)))
		if n.kind == textNode {
			n.raw = s.string(at(d.Nodes.Value, i))
		}
		if i < len(d.Nodes.Backend) {
			n.backend = d.Nodes.Backend[i]
		}
		if i < len(d.Nodes.Attrs) && len(d.Nodes.Attrs[i]) > 0 {
			pairs := d.Nodes.Attrs[i]
			n.attrs = make(map[string]string, len(pairs)/2)
			for j := 0; j+1 < len(pairs); j += 2 {
				n.attrs[s.string(pairs[j])] = s.string(pairs[j+1])
			}
		}
		if p := d.Nodes.Parent[i]; p >= 0 && p < i {
			n.parent = list[p]
			list[p].children = append(list[p].children, n)
		}
	}
	s.rares(doc, list)
	for j, i := range d.Layout.Node {
		if i < 0 || i >= len(list) {
			continue
		}
		s.lay(list[i], d.Layout.Styles, d.Layout.Bounds, j)
		if list[i].kind == textNode {
			list[i].text += s.string(at(d.Layout.Text, j))
		}
	}
	return list
}

func at(values []int, i int) int {
	if i < len(values) {
		return values[i]
	}
	return -1
}

// rares reads what few nodes have.
func (s *snapshot) rares(doc int, list []*node) {
	d := &s.Documents[doc]
	rare := func(r rareText, set func(n *node, text string)) {
		for j, i := range r.Index {
			if i < len(list) && j < len(r.Value) {
				set(list[i], s.string(r.Value[j]))
			}
		}
	}
	rare(d.Nodes.TextValue, func(n *node, text string) { n.value = text })
	rare(d.Nodes.Input, func(n *node, text string) { n.value = text })
	flag := func(r rareFlag, set func(n *node)) {
		for _, i := range r.Index {
			if i < len(list) {
				set(list[i])
			}
		}
	}
	flag(d.Nodes.Checked, func(n *node) { n.checked = true })
	flag(d.Nodes.Selected, func(n *node) { n.selected = true })
	flag(d.Nodes.Clickable, func(n *node) { n.clickable = true })
	rare(d.Nodes.Pseudo, func(n *node, kind string) { n.tag = "::" + kind })
}

func (s *snapshot) lay(n *node, styles [][]int, bounds [][]float64, j int) {
	if j < len(styles) {
		for k, v := range styles[j] {
			if k < len(n.styles) {
				n.styles[k] = s.string(v)
			}
		}
	}
	if j < len(bounds) && len(bounds[j]) == 4 && !n.laid {
		b := bounds[j]
		n.laid, n.left, n.top, n.right, n.floor = true, b[0], b[1], b[0]+b[2], b[1]+b[3]
	}
}

// shift moves the boxes of inner documents to where their frames are in the page.
func shift(n *node, x, y float64, scrolled map[*node]float64) {
	if n.kind == documentNode && n.parent != nil {
		x, y = n.parent.left, n.parent.top-scrolled[n]
	}
	n.left, n.right, n.top, n.floor = n.left+x, n.right+x, n.top+y, n.floor+y
	for _, c := range n.children {
		shift(c, x, y, scrolled)
	}
}

// host returns the document or shadow root that a node is in.
func (t *tree) host(n *node) *node {
	for n != nil && !t.hosts[n] {
		n = n.parent
	}
	return n
}

// label finds what labels are of.
func (t *tree) label() {
	ids := map[place]*node{}
	for _, n := range t.all {
		if v := n.attrs["id"]; v != "" {
			if at := (place{t.host(n), v}); ids[at] == nil {
				ids[at] = n
			}
		}
	}
	for _, n := range t.all {
		if n.tag == "label" {
			if id := n.attrs["for"]; id != "" {
				n.control = ids[place{t.host(n), id}]
			} else {
				n.control = find(n, labelable)
			}
			if n.control != nil {
				n.control.labels = append(n.control.labels, n)
			}
		}
		for id := range strings.FieldsSeq(n.attrs["aria-labelledby"]) {
			if l := ids[place{t.host(n), id}]; l != nil && l != n {
				n.labels = append(n.labels, l)
			}
		}
	}
}

// place is where an id counts.
type place struct {
	host *node
	id   string
}

func labelable(n *node) bool {
	switch n.tag {
	case "button", "meter", "output", "progress", "select", "textarea":
		return true
	case "input":
		return n.attrs["type"] != "hidden"
	}
	return false
}

// find returns the first node below one that fits.
func find(n *node, fits func(*node) bool) *node {
	for _, c := range n.children {
		if fits(c) {
			return c
		}
		if got := find(c, fits); got != nil {
			return got
		}
	}
	return nil
}

// shown reports whether a node has a box that can be seen.
func (n *node) shown() bool {
	return n.laid && n.styles[visibility] != "hidden" && n.styles[visibility] != "collapse" && n.right > 0 && n.floor > 0 && n.right-n.left >= 1 && n.floor-n.top >= 1
}

// folded reports whether what is inside can't be seen since the box is cut.
func (n *node) folded() bool {
	return n.laid && n.kind == element && n.styles[overflow] == "hidden" && (n.floor-n.top < 2 || n.right-n.left < 2)
}

// block reports whether a node begins a new line.
func (n *node) block() bool {
	return n.kind == element && n.laid && !strings.HasPrefix(n.styles[display], "inline")
}

// silent are elements whose text nobody sees.
func (n *node) silent() bool {
	switch n.tag {
	case "script", "style", "noscript", "template", "head", "datalist", "option", "optgroup", "::marker":
		return true
	}
	return false
}

// words returns what can be read in a node, in one line.
func words(n *node) string {
	var b strings.Builder
	gather(n, &b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func gather(n *node, b *strings.Builder) {
	if n.silent() || n.folded() || n.hidden() {
		return
	}
	if n.text != "" {
		b.WriteString(n.text)
	}
	if alt := n.attrs["alt"]; alt != "" && n.tag == "img" {
		b.WriteString(" " + alt + " ")
	}
	if n.block() || n.tag == "br" {
		b.WriteByte(' ')
	}
	for _, c := range n.children {
		gather(c, b)
	}
	if n.block() {
		b.WriteByte(' ')
	}
}

// hidden reports whether a text or an image can't be seen.
func (n *node) hidden() bool {
	return n.laid && n.styles[visibility] == "hidden" && n.kind != element
}
