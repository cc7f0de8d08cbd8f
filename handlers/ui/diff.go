package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Bounds of a state diff on a page.
const (
	MaxDiffLines = 200
	maxDiffValue = 240 // signs of one value
)

// DiffStates compares two states pointer by pointer (RFC 6901). It returns the
// changes in the order of their pointers and the number of values that stayed.
func DiffStates(before, after agent.Object) (changes []pages.StateChange, same int) {
	d := differ{}
	d.walk("", before.Map(), after.Map())
	return d.changes, d.same
}

type differ struct {
	changes []pages.StateChange
	same    int
}

func (d *differ) walk(pointer string, before, after any) {
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			d.objects(pointer, b, a)
			return
		}
	case []any:
		if a, ok := after.([]any); ok {
			d.arrays(pointer, b, a)
			return
		}
	}
	was, is := jsonOf(before), jsonOf(after)
	if was == is {
		d.same++
		return
	}
	d.changes = append(d.changes, pages.StateChange{Op: "changed", Pointer: pointer, Was: clipValue(ValueWords(before)), Is: clipValue(ValueWords(after))})
}

func (d *differ) objects(pointer string, before, after map[string]any) {
	names := make([]string, 0, len(before)+len(after))
	for name := range before {
		names = append(names, name)
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		was, had := before[name]
		is, has := after[name]
		d.pair(pointer+"/"+escapePointer(name), was, had, is, has)
	}
}

// arrays compares by position. Where only items were added or removed at one
// place, as in a bag of things, the items that stayed are matched first, so
// that taking one thing is one change and not a shift of all.
func (d *differ) arrays(pointer string, before, after []any) {
	head := 0
	for head < len(before) && head < len(after) && jsonOf(before[head]) == jsonOf(after[head]) {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head &&
		jsonOf(before[len(before)-1-tail]) == jsonOf(after[len(after)-1-tail]) {
		tail++
	}
	d.same += head + tail
	was, is := before[head:len(before)-tail], after[head:len(after)-tail]
	for i := range max(len(was), len(is)) {
		var b, a any
		if i < len(was) {
			b = was[i]
		}
		if i < len(is) {
			a = is[i]
		}
		d.pair(pointer+"/"+strconv.Itoa(head+i), b, i < len(was), a, i < len(is))
	}
}

func (d *differ) pair(pointer string, was any, had bool, is any, has bool) {
	switch {
	case had && has:
		d.walk(pointer, was, is)
	case had:
		d.changes = append(d.changes, pages.StateChange{Op: "removed", Pointer: pointer, Was: clipValue(ValueWords(was))})
	case has:
		d.changes = append(d.changes, pages.StateChange{Op: "added", Pointer: pointer, Is: clipValue(ValueWords(is))})
	}
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func jsonOf(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v) // values come from an Object, which always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// emptyValue is an object or a list with nothing in it.
const emptyValue = "(empty)"

// ValueWords is a value as people read it: an object and a list without their
// JSON, each part of them by its name. Raw has the JSON.
func ValueWords(v any) string {
	switch x := v.(type) {
	case map[string]any:
		parts := make([]string, 0, len(x))
		for _, name := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, name+": "+partWords(x[name]))
		}
		return FirstOf(strings.Join(parts, ", "), emptyValue)
	case []any:
		parts := make([]string, len(x))
		for i := range x {
			parts[i] = partWords(x[i])
		}
		return FirstOf(strings.Join(parts, ", "), emptyValue)
	}
	return jsonOf(v)
}

// partWords is a value within another.
func partWords(v any) string {
	switch x := v.(type) {
	case string:
		return FirstOf(x, `""`)
	case map[string]any, []any:
		if words := ValueWords(x); words != emptyValue {
			return "(" + words + ")"
		}
		return emptyValue
	}
	return jsonOf(v)
}

func clipValue(text string) string { return partials.Clip(text, maxDiffValue) }

// DiffPanel shows what the step changed.
func DiffPanel(step agent.Step) *pages.DiffPanel {
	changes, same := DiffStates(step.Before.Data, step.After.Data)
	p := &pages.DiffPanel{Lead: fmt.Sprintf("State · %d of %s changed", len(changes), partials.Plural(len(changes)+same, "value")),
		Lines: changes, Note: partials.Plural(same, "unchanged value") + " left out · state " + step.After.Hash()}
	if len(changes) > MaxDiffLines {
		p.Lines = changes[:MaxDiffLines]
		p.Note = fmt.Sprintf("the first %d changes; all of them are in Raw · %s", MaxDiffLines, p.Note)
	}
	if len(changes) == 0 {
		p.Lead = "The action changed nothing that can be seen"
	}
	return p
}
