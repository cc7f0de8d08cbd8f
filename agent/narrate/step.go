package narrate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/jsondiff"
	"purposeagent/agent/prompttext"
)

// Bounds of what one step says, in characters and changes.
const (
	maxMessage = 200
	maxChange  = 60
	maxChanges = 5
	maxReason  = 100
	maxLabel   = 120
)

// noticeable is the Δ above which a step counts as a gain or a loss.
const noticeable = 0.3

// telling is one step as it is told.
type telling struct {
	index   int
	label   string   // of the action
	object  string   // the id of the thing that it is about
	about   string   // what that thing was before, in words
	place   string   // where it was done
	to      string   // where it led, where that is another place
	seen    string   // what is there
	exits   []string // the ways that lead on from there
	here    []string // the things at the place where it ended
	way     string   // the way that was taken
	message string   // what the world said
	changes []string
	gone    []string // things that are no more
	failed  string   // why it could not be done
	reason  string   // in the words of a critic that writes some
	scored  bool
	delta   float64
}

// lastTree is the data of a state that was read last: what a step led to is mostly
// what the next one began with.
type lastTree struct {
	data agent.Object
	tree map[string]any // nil: none was read
}

// of returns the tree of data, which must not be changed.
func (l *lastTree) of(data agent.Object) map[string]any {
	if l.tree == nil || l.data != data {
		l.data, l.tree = data, data.Map()
	}
	return l.tree
}

// tell reads one step.
func (r Reader) tell(s *agent.Step, last *lastTree) telling {
	t := telling{index: s.Index, label: prompttext.Cut(prompttext.OneLine(s.Action.Label()), maxLabel), scored: s.Score.Known(), delta: s.Score.Delta}
	if t.scored && (s.Score.Prompt != "" || s.Score.Critic == agent.PersonCritic || len(s.Score.Panel) > 0) {
		t.reason = prompttext.Cut(prompttext.OneLine(s.Score.Reasoning), maxReason)
	}
	if max(len(s.Before.Data), len(s.After.Data)) > maxRead {
		r.tellUnread(&t, s)
		return t
	}
	before := last.of(s.Before.Data)
	t.object = r.object(before, s.Action)
	if t.object != "" {
		t.about = about(r.attributes(before, t.object))
	}
	t.place, t.way = prompttext.OneLine(textAt(before, r.State.Place)), r.passage(s.Action)
	if s.Error != "" {
		t.failed = prompttext.Cut(prompttext.OneLine(s.Error), maxMessage)
		return t
	}
	if t.place != "" {
		t.here = r.thingsAt(last.of(s.After.Data))
	}
	if s.Before.Same(s.After) {
		return t
	}
	r.tellChanges(&t, s, before, last.of(s.After.Data))
	return t
}

// tellUnread is for states that are too large to be compared.
func (r Reader) tellUnread(t *telling, s *agent.Step) {
	switch {
	case s.Error != "":
		t.failed = prompttext.Cut(prompttext.OneLine(s.Error), maxMessage)
	case !s.Before.Same(s.After):
		t.message = prompttext.Cut(prompttext.OneLine(s.After.Summary), maxMessage)
		t.changes = []string{"the state changed"}
	}
}

// tellChanges says what differs between the two states of a step.
func (r Reader) tellChanges(t *telling, s *agent.Step, before, after map[string]any) {
	if to := prompttext.OneLine(textAt(after, r.State.Place)); to != t.place {
		t.to, t.seen, t.exits = to, r.seenAt(after), r.exitsOf(after)
	}
	var messages []string
	var changes []jsondiff.Change
	for _, c := range jsondiff.Diff(before, after) {
		switch {
		case countsSteps(c, s.Index):
		case t.to != "" && (c.Pointer == r.State.Place || within(c.Pointer, r.State.Things) || within(c.Pointer, r.State.Exits)):
		case isMessage(c) && !within(c.Pointer, r.State.Things):
			message, _ := c.New.(string)
			messages = append(messages, message)
		default:
			changes = append(changes, c)
		}
	}
	if len(messages) == 0 {
		messages = r.newSentences(s, after)
	}
	t.message = prompttext.Cut(prompttext.OneLine(strings.Join(messages, " ")), maxMessage)
	said := words{}
	said.add(t.message)
	for i, c := range changes {
		if len(t.changes) == maxChanges {
			t.changes = append(t.changes, strconv.Itoa(len(changes)-i)+" more changes")
			return
		}
		text := prompttext.OneLine(r.changeText(t.object, c))
		t.changes = append(t.changes, text)
		if name, ok := strings.CutSuffix(text, " is gone"); ok && within(c.Pointer, r.State.Things) {
			t.gone = append(t.gone, name)
		}
		if said.cover(inline(c.New, maxChange)) && c.Has { // it is a change all the same, and said already
			t.changes[len(t.changes)-1] = ""
		}
	}
}

// newSentences returns what the summary says now and did not say before, beyond
// what the data say.
func (r Reader) newSentences(s *agent.Step, after map[string]any) []string {
	if s.After.Summary == "" {
		return nil
	}
	old := sentences(s.Before.Summary)
	return slices.DeleteFunc(unsaid(s.After.Summary, after, s.Action.Label()), func(text string) bool { return slices.Contains(old, text) })
}

// countsSteps reports whether a change is that of a counter of the steps.
func countsSteps(c jsondiff.Change, index int) bool {
	name := strings.ToLower(c.Pointer[strings.LastIndexByte(c.Pointer, '/')+1:])
	if !strings.Contains(name, "step") && !strings.Contains(name, "turn") && !strings.Contains(name, "moves") {
		return false
	}
	was, ok := c.Old.(json.Number)
	is, also := c.New.(json.Number)
	return ok && also && is.String() == strconv.Itoa(index) && was.String() == strconv.Itoa(index-1)
}

// isProse reports whether a text is a sentence more than a name.
func isProse(text string) bool { return strings.Count(strings.TrimSpace(text), " ") >= 2 }

// isMessage reports whether a change is a new text of several words, as worlds
// put what just happened.
func isMessage(c jsondiff.Change) bool {
	text, ok := c.New.(string)
	return ok && isProse(text)
}

func within(pointer, folder string) bool {
	return folder != "" && (pointer == folder || strings.HasPrefix(pointer, folder+"/"))
}

// changeText says one change; the thing that the action is about goes without saying.
func (r Reader) changeText(object string, c jsondiff.Change) string {
	if c.Pointer == r.State.Held && c.Has {
		return "holding " + inline(c.New, maxChange)
	}
	path := c.Pointer
	if within(path, r.State.Things) {
		path = strings.TrimPrefix(path, r.State.Things)
	}
	name := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", " ")
	name = strings.TrimSpace(strings.TrimPrefix(name+" ", object+" "))
	if name == "" {
		name = cmp.Or(object, strings.TrimPrefix(c.Pointer, "/"))
	}
	switch {
	case !c.Has:
		return name + " is gone"
	case !c.Had:
		return name + " is new: " + inline(c.New, maxChange)
	}
	return name + " " + inline(c.Old, maxChange) + " → " + inline(c.New, maxChange)
}

// about says what a thing is, without the place it is at.
func about(attributes map[string]any) string {
	var parts []string
	for _, name := range sortedKeys(attributes) {
		text, ok := scalar(attributes[name])
		if !ok || name == "place" || text == "" || len(parts) == 6 {
			continue
		}
		parts = append(parts, name+" "+prompttext.Cut(prompttext.OneLine(text), 24))
	}
	return strings.Join(parts, ", ")
}

// exitsOf returns the names of the ways on, nil where the world announces none.
func (r Reader) exitsOf(tree map[string]any) []string {
	if r.State.Exits == "" {
		return nil
	}
	v, _ := agent.Lookup(tree, r.State.Exits)
	exits, _ := v.(map[string]any)
	return sortedKeys(exits)
}

// maxHere bounds the things that are named at a place.
const maxHere = 4

// thingsAt names the things at the place that a state is about.
func (r Reader) thingsAt(tree map[string]any) []string {
	if r.State.Things == "" {
		return nil
	}
	v, _ := agent.Lookup(tree, r.State.Things)
	things, _ := v.(map[string]any)
	names := sortedKeys(things)
	for i, name := range names {
		names[i] = prompttext.Cut(prompttext.OneLine(name), 24)
	}
	return names[:min(len(names), maxHere)]
}

// seenAt says which ways lead on from a place, and what lies there.
func (r Reader) seenAt(tree map[string]any) string {
	var parts []string
	for _, p := range []struct{ name, pointer string }{{"exits", r.State.Exits}, {"here", r.State.Things}} {
		if p.pointer == "" {
			continue
		}
		v, _ := agent.Lookup(tree, p.pointer)
		if entries, ok := v.(map[string]any); ok && len(entries) > 0 {
			parts = append(parts, p.name+" "+distinctive(entries, p.pointer == r.State.Things))
		}
	}
	return prompttext.Cut(prompttext.OneLine(strings.Join(parts, "; ")), maxMessage)
}

// names says what seen does without the attributes.
func (t *telling) names() string {
	var parts []string
	if len(t.exits) > 0 {
		parts = append(parts, strings.Join(t.exits, ", "))
	}
	if len(t.here) > 0 {
		parts = append(parts, "here "+strings.Join(t.here, ", "))
	}
	return prompttext.Cut(prompttext.OneLine(strings.Join(parts, "; ")), maxMessage)
}

// distinctive lists entries with the attributes in which they differ; a single one
// with all that it has, where all says so.
func distinctive(entries map[string]any, all bool) string {
	ids := sortedKeys(entries)
	var names []string
	for _, id := range ids {
		own, _ := entries[id].(map[string]any)
		for _, name := range sortedKeys(own) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if !all || len(ids) > 1 {
		names = slices.DeleteFunc(names, func(name string) bool { return alike(entries, ids, name) })
	}
	parts := make([]string, 0, len(ids))
	for _, id := range ids {
		own, _ := entries[id].(map[string]any)
		var more []string
		for _, name := range names {
			if v, ok := own[name]; ok {
				more = append(more, name+" "+inline(v, 24))
			}
		}
		if len(more) > 0 {
			id += " (" + strings.Join(more, ", ") + ")"
		}
		parts = append(parts, id)
	}
	return strings.Join(parts, ", ")
}

// alike reports whether an attribute is the same for all entries.
func alike(entries map[string]any, ids []string, name string) bool {
	first := ""
	for i, id := range ids {
		own, _ := entries[id].(map[string]any)
		text := inline(own[name], 24)
		if i == 0 {
			first = text
		} else if text != first {
			return false
		}
	}
	return true
}

// idle reports whether nothing came of a step but words.
func (t *telling) idle() bool { return t.failed != "" || t.to == "" && len(t.changes) == 0 }

// result says what came of a step; withReason adds the critic's words.
func (t *telling) result() string {
	var parts []string
	switch {
	case t.failed != "":
		parts = append(parts, "it failed: "+t.failed)
	case t.to != "":
		to := t.to
		if t.seen != "" {
			to += " (" + t.seen + ")"
		}
		parts = append(parts, to)
	}
	if t.message != "" {
		parts = append(parts, strings.TrimSuffix(t.message, "."))
	}
	for _, c := range t.changes {
		if c != "" {
			parts = append(parts, c)
		}
	}
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, "; ")
}

// worth says what a step gained or lost, and why where a critic wrote it.
func (t *telling) worth(reason string) string {
	switch {
	case !t.scored:
		return "not scored"
	case t.delta == 0 && reason == "":
		return "Δ 0"
	case t.delta == 0:
		return "Δ 0: " + reason
	case reason == "":
		return fmt.Sprintf("Δ %+.1f", t.delta)
	}
	return fmt.Sprintf("Δ %+.1f: %s", t.delta, reason)
}

// line says a step on one line.
func (t *telling) line(reason string, things bool) string {
	label := t.label
	if things && t.about != "" {
		label += " (" + t.about + ")"
	}
	if t.index == 1 && t.place != "" { // later ones begin where the one before led
		label += " from " + t.place
	}
	return strconv.Itoa(t.index) + ". " + label + " → " + t.result() + " [" + t.worth(reason) + "]"
}

// Step says one step on a line: what was done to which thing, what it changed, and
// what it was worth in the critic's eyes.
func (r Reader) Step(s *agent.Step) string {
	t := r.tell(s, &lastTree{})
	return t.line(t.reason, true)
}
