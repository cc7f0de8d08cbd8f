package agent

import (
	"cmp"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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

// claim finds texts that assert success or a score instead of showing it.
var claim = regexp.MustCompile(`(?i)\b(task|purpose|goal|mission|objective|job|quest|assignment|everything|all)\b[^.!?\n]{0,40}\b(complete|completed|done|reached|achieved|accomplished|finished|fulfilled|succeeded|successful|satisfied|met|solved)\b` +
	`|\b(complete|completed|done|reached|achieved|accomplished|finished|fulfilled|solved)\b[^.!?\n]{0,20}\b(task|purpose|goal|mission|objective|job|quest|assignment)\b` +
	`|\b(phi|score|rating|progress|value)\b\s*(is|are|=|:|of|now|should be)*\s*(10|ten|100\s*%)` +
	`|Φ\s*(is|=|:)?\s*10|\b10\s*(/|out of)\s*10\b|\b(ignore|disregard|forget)\b[^.!?\n]{0,30}\b(instructions?|rules?|rubric|above|previous)\b`)

// witness checks a critic's evidence against the states. It is made once for an
// assessment.
type witness struct {
	fresh         bool // there is no change to cite: existence is enough
	before, after any
	textBefore    string // folded summary and data
	textAfter     string
	wrote         []string
}

func newWitness(a Assessment, fresh bool) *witness {
	w := &witness{fresh: fresh, after: any(a.After.Data.Map()), before: any(map[string]any{})}
	w.textAfter = foldSpace(a.After.Summary + "\n" + leafText(w.after))
	if !fresh {
		w.before = any(a.Before.Data.Map())
		w.textBefore = foldSpace(a.Before.Summary + "\n" + leafText(w.before))
	}
	for _, text := range a.Wrote {
		if text = foldSpace(text); len(text) >= 3 {
			w.wrote = append(w.wrote, text)
		}
	}
	return w
}

// leafText is the data as text that quotes can be found in: its JSON, then each
// string by itself, without quotation marks and escapes.
func leafText(v any) string {
	var b strings.Builder
	b.Write(schemaJSON(v))
	var walk func(any)
	walk = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			for _, name := range unionKeys(x, nil) {
				walk(x[name])
			}
		case []any:
			for _, item := range x {
				walk(item)
			}
		case string:
			b.WriteString("\n")
			b.WriteString(x)
		}
	}
	walk(v)
	return b.String()
}

// check looks up what a critic cites. rise says that the evidence is to carry a
// rise of Φ: an error message can't do that.
func (w *witness) check(cited string, rise bool) Evidence {
	if pointer, ok := w.pointer(cited); ok {
		return w.checkPointer(pointer, rise)
	}
	e := Evidence{Quote: cited}
	quote := foldSpace(strings.Trim(cited, " \"'`“”‘’…."))
	switch now := occurrences(w.textAfter, quote); {
	case letters(quote) < 2:
		e.Note = "too short to find"
	case now == 0:
		e.Note = "not in the state"
	case !w.fresh && now <= occurrences(w.textBefore, quote):
		e.Note = "was there before"
	default:
		e.Verified, e.Note = w.weigh(quote)
	}
	return e
}

func (w *witness) checkPointer(pointer string, rise bool) Evidence {
	e := Evidence{Pointer: pointer}
	now, has := Lookup(w.after, pointer)
	old, had := Lookup(w.before, pointer)
	switch {
	case !has && (w.fresh || !had):
		e.Note = "not in the state"
	case rise && strings.HasPrefix(pointer, "/_error"):
		e.Note = "an error is no progress"
	case w.fresh:
		e.Verified, e.Note = w.weighAny(change{new: now, has: true})
	case !has:
		e.Verified, e.Note = true, "is gone"
	case had && sameJSON(old, now):
		e.Note = "has not changed"
	default:
		var leaves []change
		collectChanges(pointer, old, now, had, true, &leaves)
		e.Verified, e.Note = w.weighAny(leaves...)
	}
	return e
}

// weighAny accepts what changed if one scalar of it is acceptable: a number, a
// truth value, something that went, or a text that weigh accepts.
func (w *witness) weighAny(leaves ...change) (bool, string) {
	note := "nothing is there"
	for _, leaf := range leaves {
		if !leaf.has {
			return true, "is gone"
		}
		for _, v := range scalars(leaf.new, nil) {
			text, isText := v.(string)
			if !isText {
				return true, ""
			}
			ok, why := w.weigh(foldSpace(text))
			if ok {
				return true, ""
			}
			note = why
		}
	}
	return false, note
}

// scalars appends the values within v that hold no others; an empty object or
// list is one itself.
func scalars(v any, found []any) []any {
	switch x := v.(type) {
	case map[string]any:
		for _, name := range unionKeys(x, nil) {
			found = scalars(x[name], found)
		}
		if len(x) > 0 {
			return found
		}
	case []any:
		for _, item := range x {
			found = scalars(item, found)
		}
		if len(x) > 0 {
			return found
		}
	}
	return append(found, v)
}

// weigh refuses what was only said: the actor's own text, and any text that
// claims success instead of showing it.
func (w *witness) weigh(text string) (bool, string) {
	rest := text
	for _, own := range w.wrote {
		if strings.Contains(own, rest) { // a part of what the actor wrote
			return false, "the actor wrote this itself"
		}
		rest = strings.TrimSpace(strings.ReplaceAll(rest, own, " "))
	}
	if rest != text && letters(rest) < 3 {
		return false, "the actor wrote this itself"
	}
	if claim.MatchString(text) {
		return false, "a claim is no evidence"
	}
	return true, ""
}

// occurrences counts where quote stands in text as words of its own.
func occurrences(text, quote string) int {
	n := 0
	for from := 0; quote != ""; {
		i := strings.Index(text[from:], quote)
		if i < 0 {
			break
		}
		i += from
		first, _ := utf8.DecodeRuneInString(quote)
		last, _ := utf8.DecodeLastRuneInString(quote)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(quote):])
		if !(wordRune(first) && wordRune(before)) && !(wordRune(last) && wordRune(after)) {
			n++
		}
		from = i + len(quote)
	}
	return n
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func letters(text string) int {
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// pointer reads what a critic cites as a JSON pointer: as one, in the form
// #/a/b or $.a.b, as a line of the list of changes, or as the bare path a/b of
// a place that exists.
func (w *witness) pointer(cited string) (string, bool) {
	text := strings.TrimPrefix(strings.TrimSpace(cited), "#")
	if rest, ok := strings.CutPrefix(text, "$."); ok {
		text = "/" + strings.ReplaceAll(rest, ".", "/")
	}
	if strings.HasPrefix(text, "/") && len(text) > 1 {
		if w.exists(text) {
			return text, true
		}
		if head, _, ok := strings.Cut(text, ": "); ok && w.exists(head) {
			return head, true
		}
		if head, _, ok := strings.Cut(text, " "); ok && w.exists(head) {
			return head, true
		}
		return text, true
	}
	if text != "" && !strings.ContainsAny(text, " \n") && w.exists("/"+text) {
		return "/" + text, true
	}
	return "", false
}

func (w *witness) exists(pointer string) bool {
	if _, ok := Lookup(w.after, pointer); ok {
		return true
	}
	_, ok := Lookup(w.before, pointer)
	return ok
}
