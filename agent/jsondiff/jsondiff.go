// Package jsondiff says what differs between two JSON values.
package jsondiff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Change is one place that differs between two trees.
type Change struct {
	Pointer  string // RFC 6901
	Old, New any    // nil for absent
	Had, Has bool   // whether the place is in the tree before, and after
}

// Diff compares two trees, as encoding/json decodes them, leaf by leaf and
// returns what differs, ordered by pointer. A list whose length changed is one
// change.
func Diff(before, after any) []Change {
	var found []Change
	collectChanges("", before, after, true, true, &found)
	slices.SortFunc(found, func(a, b Change) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return found
}

func collectChanges(pointer string, before, after any, had, has bool, found *[]Change) {
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
	*found = append(*found, Change{pointer, before, after, had, has})
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
	slices.Sort(names)
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
