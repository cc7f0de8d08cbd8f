package narrate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// How a history is told. The newest steps stand one by one; once there are
// keepSteps + foldSteps of them, the oldest foldSteps join what is known in
// short. So the text only grows at its end between two folds, and a server's
// cache of the prompt before holds for most calls.
const (
	keepSteps = 8
	foldSteps = 10
	// forgotten is how many steps a fact in short is kept that is not met again.
	forgotten = 1000
	// maxFolded bounds what is told in short, in tokens.
	maxFolded   = 250
	maxSubjects = 48
	maxDeeds    = 16 // of a subject
	// much is the Δ from which on it is said how much was gained or lost.
	much = 1
)

// History is the earlier steps of one run as they are told. It grows with the
// run: Read takes what is new. It is for one goroutine at a time.
type History struct {
	reader Reader
	read   int // steps
	folded int // of them
	recent []telling
	lines  []string
	short  []*subject
	text   string // of what is folded
	reason string // the last one told
	last   lastTree
	places map[string]string // what the lines tell of them
}

// subject is what was done to one thing, or at one place.
type subject struct {
	name  string
	exits []string // seen when it was last entered
	here  []string // things that were there when it was last seen
	deeds []deed
}

// deed is the last time that something was done to a subject.
type deed struct {
	label string
	at    int // step
	to    string
	way   string
	delta float64
	idle  bool
}

// NewHistory returns the history of a run in the reader's world.
func NewHistory(r Reader) *History { return &History{reader: r, places: map[string]string{}} }

// Read takes the steps that it has not read yet. steps is the whole history, as
// it was at the last call and what came after.
func (h *History) Read(steps []agent.Step) {
	if h.read == 0 { // of a long run, what is older is forgotten anyhow
		if long := len(steps) - keepSteps - foldSteps - forgotten; long > 0 {
			h.read = long / foldSteps * foldSteps
			h.folded = h.read
		}
	}
	for i := h.read; i < len(steps); i++ {
		t := h.reader.tell(&steps[i], &h.last)
		if t.reason == h.reason {
			t.reason = ""
		} else {
			h.reason = t.reason
		}
		h.recent = append(h.recent, t)
		h.lines = append(h.lines, h.line(&t))
		h.read++
		if len(h.recent) == keepSteps+foldSteps {
			h.fold()
		}
	}
}

// line says one of the newest steps; what is at a place
// is told in full once among them.
func (h *History) line(t *telling) string {
	said := *t
	if t.to != "" {
		if h.places[t.to] == t.seen {
			said.seen = t.names()
		}
		h.places[t.to] = t.seen
	}
	return said.line(t.reason, false)
}

// Folded returns what is told in short, "" where nothing is.
func (h *History) Folded() string { return h.text }

// Recent returns the newest steps, a line each, oldest first. It must not be changed.
func (h *History) Recent() []string { return slices.Clip(h.lines) }

// fold tells the oldest steps in short.
func (h *History) fold() {
	for i := range foldSteps {
		h.note(&h.recent[i])
	}
	h.recent = slices.Clone(h.recent[foldSteps:])
	clear(h.places)
	h.lines = make([]string, 0, keepSteps+foldSteps)
	for i := range h.recent {
		h.lines = append(h.lines, h.line(&h.recent[i]))
	}
	h.folded += foldSteps
	for _, s := range h.short {
		s.deeds = slices.DeleteFunc(s.deeds, func(d deed) bool { return d.at <= h.folded-forgotten })
	}
	h.short = slices.DeleteFunc(h.short, func(s *subject) bool { return len(s.deeds) == 0 && len(s.exits) == 0 })
	h.text = h.tellShort()
}

// note files a step under the thing or place that it is about. A thing that was used
// up has nothing more to tell; one that was lost has.
func (h *History) note(t *telling) {
	if t.delta > -noticeable {
		h.short = slices.DeleteFunc(h.short, func(s *subject) bool { return slices.Contains(t.gone, s.name) })
	}
	if t.to != "" {
		s := h.subject(t.to)
		s.exits, s.here = t.exits, t.here
	} else if t.place != "" && t.failed == "" {
		h.subject(t.place).here = t.here
	}
	s := h.subject(cmp.Or(t.object, t.place))
	label := t.label
	if t.object != "" {
		label = strings.Join(slices.DeleteFunc(strings.Fields(label), func(word string) bool { return word == t.object }), " ")
	}
	s.deeds = slices.DeleteFunc(s.deeds, func(old deed) bool { return old.label == label })
	if len(s.deeds) == maxDeeds {
		s.deeds = slices.Delete(s.deeds, 0, 1)
	}
	s.deeds = append(s.deeds, deed{label: label, at: t.index, to: t.to, way: t.way, delta: t.delta, idle: t.idle()})
}

// subject returns the one of this name, as the last that was met.
func (h *History) subject(name string) *subject {
	at := slices.IndexFunc(h.short, func(s *subject) bool { return s.name == name })
	if at < 0 {
		if len(h.short) == maxSubjects {
			h.short = slices.Delete(h.short, 0, 1)
		}
		h.short = append(h.short, &subject{name: name})
		return h.short[len(h.short)-1]
	}
	s := h.short[at]
	h.short = append(slices.Delete(h.short, at, at+1), s)
	return s
}

// tellShort says what is known of each subject, the last met first.
func (h *History) tellShort() string {
	lines := []string{fmt.Sprintf("Steps 1 to %d in short; what was in vain may do once something has changed:", h.folded)}
	room := maxFolded - prompttext.Tokens(lines[0])
	for _, s := range slices.Backward(h.short) {
		line := s.line()
		if line == "" {
			continue
		}
		if room -= prompttext.Tokens(line) + 1; room < 0 {
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (s *subject) line() string {
	groups := [...]struct {
		word string
		list []string
	}{{}, {word: "gained"}, {word: "lost"}, {word: "made no difference"}, {word: "in vain"}}
	for _, d := range s.deeds {
		at, text := 4, d.label
		switch {
		case d.to != "":
			at, text = 0, d.label+" to "+d.to
		case d.delta > noticeable:
			at, text = 1, d.worth()
		case d.delta < -noticeable:
			at, text = 2, d.worth()
		case !d.idle:
			at = 3
		}
		groups[at].list = append(groups[at].list, text)
	}
	var parts []string
	for _, g := range groups {
		switch {
		case len(g.list) == 0:
		case g.word == "":
			parts = append(parts, joinWays(g.list))
		default:
			parts = append(parts, g.word+": "+strings.Join(g.list, ", "))
		}
	}
	if len(s.here) > 0 {
		parts = append(parts, "here "+strings.Join(s.here, ", "))
	}
	if untried := s.untried(); len(untried) > 0 {
		parts = append(parts, "not tried by then: "+strings.Join(untried, ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	line := strings.Join(parts, "; ")
	if s.name != "" {
		line = "- " + s.name + ": " + line
	} else {
		line = "- " + line
	}
	return prompttext.Clip(line, 70)
}

// worth says a deed with what it gained or lost, where that is much.
func (d *deed) worth() string {
	if math.Abs(d.delta) < much {
		return d.label
	}
	return fmt.Sprintf("%s (%+.1f)", d.label, d.delta)
}

// joinWays lists ways on, those that begin with the same word as the one before
// without it: "go west to a, east to b".
func joinWays(list []string) string {
	var b strings.Builder
	verb := ""
	for i, text := range list {
		first, rest, more := strings.Cut(text, " ")
		if i > 0 {
			b.WriteString(", ")
		}
		if more && first == verb {
			text = rest
		}
		verb = first
		b.WriteString(text)
	}
	return b.String()
}

// untried returns the ways on that were seen and not tried.
func (s *subject) untried() []string {
	return slices.DeleteFunc(slices.Clone(s.exits), func(way string) bool {
		return slices.ContainsFunc(s.deeds, func(d deed) bool { return d.way == way })
	})
}
