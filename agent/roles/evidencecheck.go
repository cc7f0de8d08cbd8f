package roles

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/jsondiff"
	"purposeagent/agent/prompttext"
)

// selfPraise finds texts that assert success or a score instead of showing it.
var selfPraise = regexp.MustCompile(`(?i)\b(task|purpose|goal|mission|objective|job|quest|assignment|everything|all)\b[^.!?\n]{0,40}\b(complete|completed|done|reached|achieved|accomplished|finished|fulfilled|succeeded|successful|satisfied|met|solved)\b` +
	`|\b(complete|completed|done|reached|achieved|accomplished|finished|fulfilled|solved)\b[^.!?\n]{0,20}\b(task|purpose|goal|mission|objective|job|quest|assignment)\b` +
	`|\b(phi|score|rating|progress|value)\b\s*(is|are|=|:|of|now|should be)*\s*(10|ten|100\s*%)` +
	`|Φ\s*(is|=|:)?\s*10|\b10\s*(/|out of)\s*10\b|\b(ignore|disregard|forget)\b[^.!?\n]{0,30}\b(instructions?|rules?|rubric|above|previous)\b`)

// evidenceChecker checks a critic's evidence against the states. It is made once for an
// assessment.
type evidenceChecker struct {
	fresh         bool // there is no change to cite: existence is enough
	before, after any
	textBefore    []string // sources
	textAfter     []string
	wrote         []string
	restless      restless
}

func newEvidenceChecker(a *agent.Assessment, t trees, fresh bool) *evidenceChecker {
	w := &evidenceChecker{fresh: fresh, after: t.after, before: any(map[string]any{})}
	w.textAfter = sources(a.After.Summary, w.after)
	if !fresh {
		w.restless = newRestless(a, t.after)
		w.before = t.before
		w.textBefore = sources(a.Before.Summary, w.before)
		for i, text := range w.textBefore {
			w.textBefore[i] = w.restless.mask(w.before, text)
		}
		for i, text := range w.textAfter {
			w.textAfter[i] = w.restless.mask(w.after, text)
		}
	}
	for _, text := range a.Wrote {
		if text = prompttext.FoldSpace(text); len(text) >= 3 {
			w.wrote = append(w.wrote, text)
		}
	}
	return w
}

// sources lists the texts of a state that quotes are looked for in, folded: the
// summary, each string of the data by itself, and each value with its name.
func sources(summary string, data any) []string {
	found := []string{prompttext.FoldSpace(summary)}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch x := v.(type) {
		case map[string]any:
			for _, n := range sortedKeys(x) {
				walk(n, x[n])
			}
			return
		case []any:
			for _, item := range x {
				walk(name, item)
			}
			return
		case string:
			found = append(found, prompttext.FoldSpace(x))
		}
		found = append(found, prompttext.FoldSpace(jsonOf(name)+":"+jsonOf(v)))
	}
	walk("", data)
	return found
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// check looks up what a critic cites for a change of Φ: something that changed,
// and, for a rise, no error message. For no change at all it may be what stayed.
func (c *evidenceChecker) check(cited string, delta float64) agent.Evidence {
	pointer, isPointer := c.pointer(cited)
	if delta == 0 && !c.fresh {
		return c.checkStill(cited, pointer, isPointer)
	}
	if isPointer {
		return c.checkPointer(pointer, delta > 0)
	}
	e := agent.Evidence{Quote: cited}
	e.Verified, e.Note = c.checkQuote(cited)
	if !e.Verified && strings.Contains(cited, `":`) { // several values of the data, as JSON
		for _, part := range jsonComma.Split(cited, -1) {
			if ok, _ := c.checkQuote(strings.Trim(part, "{}[] ")); ok {
				e.Verified, e.Note = true, ""
			}
		}
	}
	return e
}

// checkStill looks up what is cited for no progress: it has to be there, now or
// before.
func (c *evidenceChecker) checkStill(cited, pointer string, isPointer bool) agent.Evidence {
	if isPointer {
		e := agent.Evidence{Pointer: pointer, Verified: c.exists(pointer)}
		if !e.Verified {
			e.Note = "not in the state"
		}
		return e
	}
	e := agent.Evidence{Quote: cited}
	quote := c.folded(cited)
	if e.Verified = letters(quote) >= 2 && slices.ContainsFunc(slices.Concat(c.textAfter, c.textBefore), func(text string) bool {
		return len(occurrences(text, quote)) > 0
	}); !e.Verified {
		e.Note = "not in the state"
	}
	return e
}

// folded is a quote as it is looked for.
func (c *evidenceChecker) folded(cited string) string {
	return c.restless.mask(c.after, prompttext.FoldSpace(strings.Trim(cited, " \"'`“”‘’….")))
}

var jsonComma = regexp.MustCompile(`,\s*"`)

func (c *evidenceChecker) checkQuote(cited string) (bool, string) {
	quote := c.folded(cited)
	switch {
	case letters(quote) >= 2:
	case strings.Contains(quote, masked):
		return false, "it tells only where the actor is, or what changes at every step"
	default:
		return false, "too short to find"
	}
	now, old := 0, 0
	for _, text := range c.textBefore {
		old += len(occurrences(text, quote))
	}
	note := ""
	for _, text := range c.textAfter {
		for _, at := range occurrences(text, quote) {
			now++
			// A piece of a claim is no better than the claim: its sentence is weighed.
			ok, why := c.weigh(sentence(text, at, at+len(quote)))
			if ok {
				ok, why = c.weigh(quote)
			}
			if !ok {
				note = why
			}
		}
	}
	switch {
	case now == 0:
		return false, "not in the state"
	case !c.fresh && now <= old:
		return false, "was there before"
	case note != "":
		return false, note
	}
	return true, ""
}

// sentence widens text[from:to] to whole sentences.
func sentence(text string, from, to int) string {
	const ends = ".!?;"
	if i := strings.LastIndexAny(text[:from], ends); i >= 0 {
		from = i + 1
	} else {
		from = 0
	}
	if i := strings.IndexAny(text[to:], ends); i >= 0 {
		to += i
	} else {
		to = len(text)
	}
	return strings.TrimSpace(text[from:to])
}

func (c *evidenceChecker) checkPointer(pointer string, rise bool) agent.Evidence {
	e := agent.Evidence{Pointer: pointer}
	now, has := agent.Lookup(c.after, pointer)
	old, had := jsondiff.Counterpart(c.before, c.after, pointer)
	switch {
	case !has && (c.fresh || !had):
		e.Note = "not in the state"
	case rise && strings.HasPrefix(pointer, "/_error"):
		e.Note = "an error is not progress"
	case c.fresh:
		e.Verified, e.Note = c.weighAny(jsondiff.Change{New: now, Has: true})
	case c.restless[pointer] != "":
		e.Note = c.restless[pointer]
	case !had:
		e.Verified, e.Note = c.weighAny(jsondiff.Change{New: now, Has: true})
	case !has:
		e.Verified, e.Note = true, "is gone"
	default:
		e.Verified, e.Note = c.checkLeaves(pointer, jsondiff.Diff(old, now))
	}
	return e
}

// checkLeaves accepts a place by what changed below it, restless places left out.
func (c *evidenceChecker) checkLeaves(pointer string, leaves []jsondiff.Change) (bool, string) {
	if len(leaves) == 0 {
		return false, "has not changed"
	}
	why := ""
	leaves = slices.DeleteFunc(leaves, func(l jsondiff.Change) bool {
		reason := c.restless[pointer+l.Pointer]
		why = cmp.Or(reason, why)
		return reason != ""
	})
	if len(leaves) == 0 {
		return false, why
	}
	return c.weighAny(leaves...)
}

// weighAny accepts what changed if one scalar of it is acceptable: a number, a
// truth value, something that went, or a text that weigh accepts.
func (c *evidenceChecker) weighAny(leaves ...jsondiff.Change) (bool, string) {
	note := "nothing is there"
	for _, leaf := range leaves {
		if !leaf.Has {
			return true, "is gone"
		}
		for _, v := range scalars(leaf.New, nil) {
			text, isText := v.(string)
			if !isText {
				return true, ""
			}
			ok, why := c.weigh(prompttext.FoldSpace(text))
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
		for _, name := range sortedKeys(x) {
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

// weigh refuses what was only said: any text that claims success instead of
// showing it, the actor's own text, and what holds nothing new beside it.
func (c *evidenceChecker) weigh(text string) (bool, string) {
	if selfPraise.MatchString(text) {
		return false, "a claim is not evidence"
	}
	rest := text
	for _, own := range c.wrote {
		if rest != "" && strings.Contains(own, rest) { // a part of what the actor wrote
			return false, "the actor wrote this itself"
		}
		rest = strings.TrimSpace(strings.ReplaceAll(rest, own, " "))
	}
	if rest == text {
		return true, ""
	}
	for _, before := range c.textBefore {
		if strings.Contains(before, rest) {
			return false, "the actor wrote this itself"
		}
	}
	if letters(rest) < 3 {
		return false, "the actor wrote this itself"
	}
	return true, ""
}

// occurrences returns where quote stands in text as words of its own.
func occurrences(text, quote string) []int {
	var found []int
	first, _ := utf8.DecodeRuneInString(quote)
	last, _ := utf8.DecodeLastRuneInString(quote)
	for from := 0; quote != ""; {
		i := strings.Index(text[from:], quote)
		if i < 0 {
			break
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(quote):])
		if inside := wordRune(first) && wordRune(before) || wordRune(last) && wordRune(after); !inside {
			found = append(found, i)
		}
		from = i + len(quote)
	}
	return found
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
func (c *evidenceChecker) pointer(cited string) (string, bool) {
	text := strings.TrimPrefix(strings.TrimSpace(cited), "#")
	if rest, ok := strings.CutPrefix(text, "$."); ok {
		text = "/" + strings.ReplaceAll(rest, ".", "/")
	}
	if strings.HasPrefix(text, "/") && len(text) > 1 {
		if c.exists(text) {
			return text, true
		}
		if head, _, ok := strings.Cut(text, ": "); ok && c.exists(head) {
			return head, true
		}
		if head, _, ok := strings.Cut(text, " "); ok && c.exists(head) {
			return head, true
		}
		return text, true
	}
	if text != "" && !strings.ContainsAny(text, " \n") && c.exists("/"+text) {
		return "/" + text, true
	}
	return "", false
}

func (c *evidenceChecker) exists(pointer string) bool {
	if _, ok := agent.Lookup(c.after, pointer); ok {
		return true
	}
	_, ok := agent.Lookup(c.before, pointer)
	return ok
}
