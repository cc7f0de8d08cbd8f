package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/jsondiff"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Bounds of a state diff on a page.
const (
	MaxDiffLines = 200
	maxDiffValue = 240 // signs of one value
)

// DiffStates compares two states place by place (RFC 6901). It returns the changes and
// the number of values that stayed.
func DiffStates(before, after agent.Object) (changes []pages.StateChange, same int) {
	found, same := jsondiff.Items(before.Map(), after.Map())
	for _, c := range found {
		line := pages.StateChange{Op: "changed", Pointer: c.Pointer}
		switch {
		case !c.Had:
			line.Op = "added"
		case !c.Has:
			line.Op = "removed"
		}
		if c.Had {
			line.Was = clipValue(ValueWords(c.Old))
		}
		if c.Has {
			line.Is = clipValue(ValueWords(c.New))
		}
		changes = append(changes, line)
	}
	return changes, same
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
