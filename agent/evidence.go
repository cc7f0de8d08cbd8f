package agent

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// maxWritings bounds how many of its own texts are remembered of an actor.
const maxWritings = 64

// writings collects the texts that an actor puts into the world by its actions:
// string parameters that are no constant, no thing and no passage.
type writings struct {
	free  map[string][]string // action → names of its free text parameters
	texts []string
}

// add notes the action's texts and returns all of them. What it returned
// before is never changed.
func (w *writings) add(specs []ActionSpec, a Action) []string {
	if w.free == nil {
		w.free = map[string][]string{}
		for _, spec := range specs {
			for _, p := range spec.Params {
				if p.Type == "string" && p.Role == RoleConstant && len(p.Enum) == 0 {
					w.free[spec.Name] = append(w.free[spec.Name], p.Name)
				}
			}
		}
	}
	for _, name := range w.free[a.Name] {
		text := foldSpace(a.Param(name))
		if len(text) >= 3 && !slices.Contains(w.texts, text) {
			w.texts = append(slices.Clone(w.texts), text)
			if len(w.texts) > maxWritings {
				w.texts = w.texts[1:]
			}
		}
	}
	return w.texts
}

// foldSpace is text in lower case with single spaces, for comparison.
func foldSpace(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// change is one place of a state's data that differs from the state before.
type change struct {
	pointer  string
	old, new any // nil for absent
	had, has bool
}

// changes compares two trees leaf by leaf and returns what differs, ordered by pointer.
func changes(before, after any) []change {
	var found []change
	collectChanges("", before, after, true, true, &found)
	slices.SortFunc(found, func(a, b change) int { return cmp.Compare(a.pointer, b.pointer) })
	return found
}

func collectChanges(pointer string, before, after any, had, has bool, found *[]change) {
	if had && has && sameJSON(before, after) {
		return
	}
	bm, bIsMap := before.(map[string]any)
	am, aIsMap := after.(map[string]any)
	if bIsMap && aIsMap {
		for _, name := range unionKeys(bm, am) {
			b, inB := bm[name]
			a, inA := am[name]
			collectChanges(pointer+"/"+escapePointer(name), b, a, inB, inA, found)
		}
		return
	}
	bs, bIsList := before.([]any)
	as, aIsList := after.([]any)
	if bIsList && aIsList && len(bs) == len(as) {
		for i := range as {
			collectChanges(pointer+"/"+strconv.Itoa(i), bs[i], as[i], true, true, found)
		}
		return
	}
	*found = append(*found, change{pointer, before, after, had, has})
}

func unionKeys(a, b map[string]any) []string {
	names := make([]string, 0, len(a)+len(b))
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

func escapePointer(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func sameJSON(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for name, v := range x {
			w, ok := y[name]
			if !ok || !sameJSON(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !sameJSON(x[i], y[i]) {
				return false
			}
		}
		return true
	default:
		if _, ok := b.(map[string]any); ok {
			return false
		}
		if _, ok := b.([]any); ok {
			return false
		}
		return a == b
	}
}

// brief is a value as a line of a prompt shows it.
func brief(v any, present bool) string {
	if !present {
		return "(absent)"
	}
	return cutRunes(oneLine(string(schemaJSON(v))), 100)
}

func (c change) text() string {
	return c.pointer + ": " + brief(c.old, c.had) + " → " + brief(c.new, c.has)
}
