package features

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/language"
)

// contents is what a state holds beside its things and ways out. Names are
// JSON pointers without the leading slash: "stove/ring/0".
type contents struct {
	Facts   []Attribute // values of a few words
	members []Attribute // elements of lists: the list and the element
	lists   []series
	Numbers []Quantity
	texts   []*prose
	sum     uint64 // hash of the values and numbers; prose is left out
}

// series is a list of values.
type series struct {
	name   string
	values []string
}

// limits of what is read of one state. Beyond them, what is nearer to the top
// is kept, then what comes first in the order of names.
const (
	maxFacts   = 256
	maxMembers = 128
	maxLists   = 16
	maxNumbers = 64
	maxTexts   = 8
	maxNodes   = 1 << 14
	maxDepth   = 8
)

// pointerEscape writes a key as a part of a JSON pointer (RFC 6901). It is made
// once: to make it costs more than to read a small state.
var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// node is a part of the state's tree that is still to be read.
type node struct {
	name  string
	value any
	depth int
}

// read reads what the environment did not announce as something else. The walk
// goes breadth first and by name, so that it is the same for the same state.
func read(tree map[string]any, spec *agent.StateSpec) contents {
	c := contents{}
	elsewhere := map[string]bool{}
	for _, pointer := range []string{spec.Things, spec.Exits, spec.Held, spec.Place} {
		if pointer != "" {
			elsewhere[strings.TrimPrefix(pointer, "/")] = true
		}
	}
	if spec.Place != "" {
		if place := text(lookup(tree, spec.Place)); place != "" && len(place) <= maxValueBytes {
			c.Facts = append(c.Facts, Attribute{placeName, place})
		}
	}
	h := NewHash()
	queue := []node{{value: tree}}
	for seen := 0; len(queue) > 0 && seen < maxNodes; seen++ {
		n := queue[0]
		queue = queue[1:]
		if elsewhere[n.name] && n.name != "" {
			continue
		}
		room := maxNodes - len(queue)
		switch value := n.value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value))[:min(len(value), max(room, 0))] {
				queue = n.add(queue, pointerEscape.Replace(key), value[key])
			}
		case []any:
			c.list(n.name, value)
			for i, element := range value[:min(len(value), max(room, 0))] {
				queue = n.add(queue, strconv.Itoa(i), element)
			}
		default:
			c.scalar(&h, n.name, value)
		}
	}
	c.sum = h.Sum
	byName := func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(c.Facts, byName)
	slices.SortStableFunc(c.members, byName)
	slices.SortFunc(c.Numbers, func(a, b Quantity) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// placeName is what features call the announced place.
const placeName = "place"

func (n *node) add(queue []node, key string, value any) []node {
	if n.depth >= maxDepth {
		return queue
	}
	name := key
	if n.name != "" {
		name = n.name + "/" + key
	}
	if len(name) > 2*maxValueBytes {
		return queue
	}
	return append(queue, node{name, value, n.depth + 1})
}

func (c *contents) scalar(h *Hash, name string, value any) {
	t := text(value)
	if t == "" {
		return
	}
	short := len(t) <= maxValueBytes && !strings.ContainsAny(t, "\n\r")
	if short && !strings.ContainsAny(t, " \t") {
		h.Add(name)
		h.Add(t)
	}
	number, isNumber := Decimal(t)
	if isNumber && len(c.Numbers) < maxNumbers {
		c.Numbers = append(c.Numbers, Quantity{name, number})
	}
	switch {
	case short && (!isNumber || IsCode(number)):
		if len(c.Facts) < maxFacts {
			c.Facts = append(c.Facts, Attribute{name, t})
		}
	case !isNumber && len(c.texts) < maxTexts:
		c.texts = append(c.texts, newProse(name, t))
	}
}

// IsCode reports whether a number may stand for a name: it is whole, and not large.
func IsCode(n float64) bool { return n == math.Trunc(n) && math.Abs(n) < 1e6 }

// list reads a list as a whole: how long it is, and what it has.
func (c *contents) list(name string, elements []any) {
	if name == "" {
		return
	}
	if len(c.Numbers) < maxNumbers {
		c.Numbers = append(c.Numbers, Quantity{"number in " + name, float64(len(elements))})
	}
	l := series{name: name}
	for _, element := range elements[:min(len(elements), maxMembers)] {
		value, isText := element.(string)
		if !isText || value == "" || len(value) > maxValueBytes {
			continue
		}
		l.values = append(l.values, value)
		m := Attribute{name, value}
		if len(c.members) < maxMembers && !slices.Contains(c.members, m) {
			c.members = append(c.members, m)
		}
	}
	if len(l.values) > 0 && len(c.lists) < maxLists {
		c.lists = append(c.lists, l)
	}
}

// Decimal reads a plain decimal number.
func Decimal(text string) (float64, bool) {
	if text == "" || len(text) > 24 || strings.IndexByte("-0123456789", text[0]) < 0 || strings.ContainsAny(text, "xX_pP") {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0)
}

// text returns a scalar JSON value as text, "" for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	}
	return ""
}

// prose is a text to read. It is taken apart when somebody asks what is in it.
type prose struct {
	name string
	raw  string

	once  sync.Once
	first []string // words, each once, the first of them, little words left out
	all   string   // stems, with a space before and after each
}

// limits of what is read of a text.
const (
	maxProseBytes = 16 << 10
	maxProseWords = 64
)

func newProse(name, raw string) *prose { return &prose{name: name, raw: clip(raw, maxProseBytes)} }

func (p *prose) read() {
	p.once.Do(func() {
		var stems strings.Builder
		stems.WriteByte(' ')
		for _, w := range Words(p.raw) {
			stems.WriteString(language.English.Stem(w) + " ")
			if len(p.first) < maxProseWords && len(w) <= maxValueBytes && !language.English.Little[w] && !slices.Contains(p.first, w) {
				p.first = append(p.first, w)
			}
		}
		p.all = stems.String()
	})
}

func (p *prose) words() []string {
	p.read()
	return p.first
}

func (p *prose) stems() string {
	p.read()
	return p.all
}

// clip cuts a text after so many bytes at most, between two letters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return s[:most]
}

// mentions reports whether the words of the value stand in the text in a row,
// in any of their forms.
func (p *prose) mentions(stems string) bool { return stems != "" && strings.Contains(p.stems(), stems) }

// stemsOf returns the stems of a text's words with a space around each, "" if
// it has none.
func stemsOf(value string) string {
	all := Words(value)
	if len(all) == 0 {
		return ""
	}
	for i, w := range all {
		all[i] = language.English.Stem(w)
	}
	return " " + strings.Join(all, " ") + " "
}
