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
// returns what differs, ordered by pointer. Lists of named things, see
// [Counterpart], are compared thing by thing, wherever each stands: a pointer
// leads into the new list, and to the old one for what is gone. Any other list
// whose length changed is one change.
func Diff(before, after any) []Change {
	c := comparison{}
	c.compare("", before, after, true, true)
	return c.sorted()
}

// Items is Diff for people: a list of other things whose length changed is compared item
// by item, after those at its head and its end that stayed, so that taking one thing out
// of a bag is one change. Changes stand in the order of the trees. same is how many
// leaves stayed.
func Items(before, after any) (changes []Change, same int) {
	c := comparison{byItem: true}
	c.compare("", before, after, true, true)
	return c.found, c.same
}

// comparison is one in progress.
type comparison struct {
	byItem bool
	found  []Change
	same   int // leaves that stayed
}

func (c *comparison) sorted() []Change {
	slices.SortStableFunc(c.found, func(a, b Change) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return c.found
}

func (c *comparison) compare(pointer string, before, after any, had, has bool) {
	if had && has && sameJSON(before, after) {
		c.same += leaves(after)
		return
	}
	bm, bIsMap := before.(map[string]any)
	am, aIsMap := after.(map[string]any)
	if bIsMap && aIsMap {
		for _, name := range unionKeys(bm, am) {
			b, inB := bm[name]
			a, inA := am[name]
			c.compare(pointer+"/"+escapePointer(name), b, a, inB, inA)
		}
		return
	}
	bs, bIsList := before.([]any)
	as, aIsList := after.([]any)
	if bIsList && aIsList {
		if old, ok := alignment(bs, as); ok {
			c.things(pointer, bs, as, old)
			return
		}
		if c.byItem || len(bs) == len(as) {
			c.items(pointer, bs, as)
			return
		}
	}
	c.found = append(c.found, Change{pointer, before, after, had, has})
}

// items compares two lists by position; where items came or went at one place, those
// before and after it stayed.
func (c *comparison) items(pointer string, before, after []any) {
	head, tail := 0, 0
	if len(before) != len(after) {
		for head < min(len(before), len(after)) && sameJSON(before[head], after[head]) {
			c.same += leaves(after[head])
			head++
		}
		for tail < min(len(before), len(after))-head && sameJSON(before[len(before)-1-tail], after[len(after)-1-tail]) {
			c.same += leaves(after[len(after)-1-tail])
			tail++
		}
	}
	was, is := before[head:len(before)-tail], after[head:len(after)-tail]
	for i := range max(len(was), len(is)) {
		var b, a any
		if i < len(was) {
			b = was[i]
		}
		if i < len(is) {
			a = is[i]
		}
		c.compare(pointer+"/"+strconv.Itoa(head+i), b, a, i < len(was), i < len(is))
	}
}

// leaves counts the plain values in a tree.
func leaves(v any) int {
	n := 0
	switch x := v.(type) {
	case map[string]any:
		for _, part := range x {
			n += leaves(part)
		}
	case []any:
		for _, part := range x {
			n += leaves(part)
		}
	default:
		n = 1
	}
	return n
}

// things compares two lists of named things; old says where each thing of the new
// list stood in the old one, −1 for nowhere.
func (c *comparison) things(pointer string, before, after []any, old []int) {
	stays := make([]bool, len(before))
	for i, j := range old {
		at := pointer + "/" + strconv.Itoa(i)
		if j < 0 {
			c.found = append(c.found, Change{Pointer: at, New: after[i], Has: true})
			continue
		}
		stays[j] = true
		c.compare(at, before[j], after[i], true, true)
	}
	for j, v := range before {
		if !stays[j] {
			c.found = append(c.found, Change{Pointer: pointer + "/" + strconv.Itoa(j), Old: v, Had: true})
		}
	}
}

// identities are the keys that tell the things of a list apart, the surest first.
var identities = [...]string{"id", "name"}

// alignment says where each thing of the new list stood in the old one. It is
// known where both hold only objects that have one of the names, each another.
func alignment(before, after []any) ([]int, bool) {
	for _, name := range identities {
		at, ok := places(before, name)
		now, also := places(after, name)
		if !ok || !also || len(before)+len(after) == 0 {
			continue
		}
		old := make([]int, len(after))
		for id, i := range now {
			old[i] = -1
			if j, had := at[id]; had {
				old[i] = j
			}
		}
		return old, true
	}
	return nil, false
}

// places returns where in the list each name stands; false if an element has
// none, or two have the same.
func places(list []any, name string) (map[string]int, bool) {
	at := make(map[string]int, len(list))
	for i, v := range list {
		object, _ := v.(map[string]any)
		id, ok := object[name].(string)
		if _, twice := at[id]; !ok || twice {
			return nil, false
		}
		at[id] = i
	}
	return at, true
}

// Counterpart returns what stood in the old tree at the place that a pointer of
// the new tree leads to, and whether anything did. In a list of named things
// (objects with an "id", or a "name", each another) it is the same thing's
// place, wherever it stood: one thing is never compared with its neighbour.
func Counterpart(before, after any, pointer string) (any, bool) {
	for pointer != "" {
		if pointer[0] != '/' {
			return nil, false
		}
		step, rest, more := strings.Cut(pointer[1:], "/")
		pointer = ""
		if more {
			pointer = "/" + rest
		}
		switch old := before.(type) {
		case map[string]any:
			key := unescapePointer(step)
			var had bool
			if before, had = old[key]; !had {
				return nil, false
			}
			now, _ := after.(map[string]any)
			after = now[key]
		case []any:
			now, _ := after.([]any)
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 {
				return nil, false
			}
			j := i
			if stood, named := alignment(old, now); named && i < len(now) {
				j = stood[i]
			} else if named && slices.Contains(stood, i) {
				return nil, false // it is not gone: it stands elsewhere now
			}
			if j < 0 || j >= len(old) {
				return nil, false
			}
			before, after = old[j], nil
			if i < len(now) {
				after = now[i]
			}
		default:
			return nil, false
		}
	}
	return before, true
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

func unescapePointer(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
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
