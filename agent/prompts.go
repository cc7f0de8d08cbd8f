package agent

import (
	"embed"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

//go:embed prompts/*.tmpl
var promptFiles embed.FS

// The templates. A change of a file changes its hash; a change of what it asks
// for gets a new version number.
var (
	actorPrompt     = loadPrompt(ActorRole, "actor.v1")
	criticPrompt    = loadPrompt(CriticRole, "critic.v1")
	distillerPrompt = loadPrompt(OptimizerRole, "distiller.v1")
	repairPrompt    = loadPrompt("", "repair.v1")
)

// loadPrompt reads an embedded template; the files are part of the program, so
// a broken one is a programming error that any test finds.
func loadPrompt(role ModelRole, name string) *Prompt {
	raw, err := promptFiles.ReadFile("prompts/" + name + ".tmpl")
	if err != nil {
		panic(err)
	}
	return newPrompt(role, name, string(raw), template.Must(template.New(name).Option("missingkey=error").Parse(string(raw))))
}

// asData makes text from outside fit to stand between << and >>: it can't close
// the fence, can't spell the control words of chat templates (<|…|>), and holds
// no control characters.
func asData(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	plain := true
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' || c == '<' || c == '>' || c >= utf8.RuneSelf || c == 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 8)
	last := rune(0)
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			continue
		}
		if last == '<' && (r == '<' || r == '|') || r == '>' && (last == '>' || last == '|') {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// oneLine is asData on a single line.
func oneLine(text string) string { return strings.Join(strings.Fields(asData(text)), " ") }

// tokensOf estimates the tokens of a text: four bytes each for plain text, one
// a character where a script has no words of its own in most vocabularies. It
// errs high, so that budgets hold.
func tokensOf(text string) int {
	wide := 0
	for i := range len(text) {
		if text[i] >= 0xC0 {
			wide++ // each lead byte starts one character beyond ASCII
		}
	}
	return (len(text)-2*wide+3)/4 + wide
}

// EstimateTokens estimates the tokens of texts from their bytes, erring high. It
// stands in for the count of a server that reports none.
func EstimateTokens(texts ...string) int64 {
	var n int64
	for _, text := range texts {
		n += int64(tokensOf(text))
	}
	return n
}

// clip returns text of at most limit tokens, with a visible mark where it was cut.
func clip(text string, limit int) string {
	if tokensOf(text) <= limit {
		return text
	}
	const mark = " …[cut]"
	keep := max(4*(limit-tokensOf(mark)), 0)
	for {
		kept := cutBytes(text, keep)
		if keep == 0 || tokensOf(kept)+tokensOf(mark) <= max(limit, tokensOf(mark)) {
			return kept + mark
		}
		keep = keep * 3 / 4
	}
}

// cutBytes returns the longest start of text of at most n bytes that ends
// between characters.
func cutBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// cutRunes returns at most n characters of text, with … in place of the rest.
func cutRunes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	count := 0
	for i := range text {
		if count == n {
			return text[:i] + "…"
		}
		count++
	}
	return text
}

// section is one part of a prompt that competes for the token budget. It holds
// either text, which is clipped, or items, of which whole ones are left out.
type section struct {
	share  float64 // of the budget, when all sections want more than there is
	text   string
	items  []string
	newest bool // items are dropped from the front instead of the back
	more   int  // items that were not even rendered

	limit int
}

func (s *section) need() int {
	n := tokensOf(s.text)
	for _, item := range s.items {
		n += tokensOf(item) + 1
	}
	return n
}

// allot divides the budget: who needs less than their share leaves the rest to
// the others, in proportion to their shares.
func allot(budget int, sections ...*section) {
	open := make([]*section, 0, len(sections))
	for _, s := range sections {
		s.limit = s.need()
		open = append(open, s)
	}
	left := max(budget, 0)
	for len(open) > 0 {
		shares := 0.0
		for _, s := range open {
			shares += s.share
		}
		var over []*section
		rest := left
		for _, s := range open {
			if float64(s.limit) <= float64(left)*s.share/shares {
				rest -= s.limit
			} else {
				over = append(over, s)
			}
		}
		if len(over) == len(open) {
			for _, s := range over {
				s.limit = int(float64(left)*s.share/shares + 1e-6) // 60 is 60, not 59
			}
			return
		}
		open, left = over, rest
	}
}

// body returns the section's text within its limit.
func (s *section) body() string {
	if len(s.items) == 0 {
		return clip(s.text, s.limit)
	}
	text, _ := s.pick()
	return text
}

// pick returns the items that fit, and which they are. What was left out is
// said in the text. At least one item stands, clipped if need be.
func (s *section) pick() (string, []int) {
	n := len(s.items)
	if n == 0 {
		return "", nil
	}
	at := func(i int) int {
		if s.newest {
			return n - 1 - i
		}
		return i
	}
	whole := 0
	for _, item := range s.items {
		whole += tokensOf(item) + 1
	}
	limit := s.limit
	if whole > limit || s.more > 0 {
		limit -= 8 // for the line that says what was left out
	}
	var kept []string
	var which []int
	used := 0
	for i := range n {
		item := s.items[at(i)]
		cost := tokensOf(item) + 1
		if used+cost > limit {
			if len(kept) == 0 {
				kept, which = append(kept, clip(item, max(limit, 8))), append(which, at(i))
			}
			break
		}
		kept, which, used = append(kept, item), append(which, at(i)), used+cost
	}
	if s.newest {
		slices.Reverse(kept)
		slices.Reverse(which)
	}
	if left := n + s.more - len(kept); left > 0 {
		note := "…[" + strconv.Itoa(left) + " more cut]"
		if s.newest {
			kept = append([]string{note}, kept...)
		} else {
			kept = append(kept, note)
		}
	}
	return strings.Join(kept, "\n"), which
}
