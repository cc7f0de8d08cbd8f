package language

import (
	"strings"
	"unicode"
)

// Word is a word of a text. Numbers are words as well.
type Word struct {
	Text string // in lower case
	Stem string
	// Unwanted words are named to say what must not be.
	Unwanted bool
	// Grammar words say how the others are meant: negations and little words.
	Grammar bool
	// First words begin a clause.
	First bool
}

// Reading is a text as its reader understands it.
type Reading struct {
	Words   []Word
	Amounts []Amount
}

// limits of what is read of a text.
const (
	maxWords   = 1024
	maxAmounts = 8
)

// token is a word, or the mark that ends a clause or an item of a list.
type token struct {
	text string
	mark byte // 0: a word; ',' or '.'
}

// tokens takes a text apart. An apostrophe and a full stop within a word or
// number belong to it.
func tokens(text string) []token {
	var out []token
	runes := []rune(strings.ReplaceAll(strings.ToLower(text), "’", "'"))
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i := 0; i < len(runes) && len(out) < maxWords; {
		if !inWord(runes[i]) {
			switch runes[i] {
			case ',', '(', ')', '–', '—':
				out = append(out, token{mark: ','})
			case '.', ';', ':', '!', '?', '\n':
				out = append(out, token{mark: '.'})
			}
			i++
			continue
		}
		from := i
		for i < len(runes) {
			next := i+1 < len(runes) && inWord(runes[i+1])
			digits := next && unicode.IsDigit(runes[max(i-1, 0)]) && unicode.IsDigit(runes[i+1])
			thousand := digits && i+3 < len(runes) && unicode.IsDigit(runes[i+2]) && unicode.IsDigit(runes[i+3]) && (i+4 >= len(runes) || !inWord(runes[i+4]))
			if !inWord(runes[i]) && (runes[i] != '\'' || !next) && (runes[i] != '.' || !digits) && (runes[i] != ',' || !thousand) {
				break
			}
			i++
		}
		word := strings.TrimSuffix(string(runes[from:i]), "'s")
		if from > 0 && runes[from-1] == '-' && unicode.IsDigit(runes[from]) && (from == 1 || !inWord(runes[from-2])) {
			word = "-" + word
		}
		out = append(out, token{text: word})
	}
	return out
}

// reader is a text in work.
type reader struct {
	*Language
	tokens []token
	words  []Word
	places []int // of each word among the tokens
}

// Read reads a text. It looks at its first 1,024 words.
//
// A negation turns the words after it round, up to the end of its clause. The
// items of a list joined by commas, "and" or "or" belong to the clause, another
// clause with a verb of its own does not; "but" ends it. "Not only …" is none,
// and "don't forget" asks for what follows.
func (l *Language) Read(text string) *Reading {
	r := &reader{Language: l, tokens: tokens(text)}
	first := true
	for i, t := range r.tokens {
		if t.mark != 0 {
			first = first || t.mark == '.'
			continue
		}
		r.words = append(r.words, Word{Text: t.text, Stem: l.Stem(t.text), Grammar: l.Little[t.text], First: first})
		r.places = append(r.places, i)
		first = false
	}
	for i := 0; i < len(r.words); {
		i += max(r.negation(i), 1)
	}
	r.refusals()
	return &Reading{Words: r.words, Amounts: r.amounts()}
}

// phrase returns how many words the phrase has if it stands at word i, else 0.
func (r *reader) phrase(i int, phrase string) int {
	n := 0
	for part := range strings.SplitSeq(phrase, " ") {
		if i+n >= len(r.words) || r.words[i+n].Text != part || n > 0 && r.places[i+n] != r.places[i+n-1]+1 {
			return 0
		}
		n++
	}
	return n
}

// negation reads what stands at word i, and returns how many words it is.
func (r *reader) negation(i int) int {
	for _, phrase := range r.Affirmations {
		if n := r.phrase(i, phrase); n > 0 {
			return n
		}
	}
	for phrase := range r.Bounds {
		if n := r.phrase(i, phrase); n > 0 && r.numberAt(i+n) {
			return n
		}
	}
	length, how := 0, ofVerb
	for phrase, reach := range r.Negations {
		if n := r.phrase(i, phrase); n > length {
			length, how = n, reach
		}
	}
	if length == 0 && strings.HasSuffix(r.words[i].Text, "n't") {
		length = 1
	}
	if length == 0 {
		return 0
	}
	for j := i; j < i+length; j++ {
		r.words[j].Grammar = true
	}
	if next := i + length; how == ofVerb && next < len(r.words) && r.Negative[r.words[next].Stem] {
		r.words[next].Grammar = true
		return length + 1 // two negations
	}
	r.turn(i, i+length, how)
	return length
}

// turn marks the words from one on that a negation at word at turns round.
func (r *reader) turn(at, from int, how reach) {
	for i := from; i < len(r.words); i++ {
		mark, joined := r.before(i)
		switch {
		case mark == '.', i > from && r.Enders[r.words[i].Text]:
			return
		case i == from:
		case mark == ',' && !r.goesOn(at, i, how):
			return
		case joined && mark == 0 && r.words[i-1].Text != "or" && r.words[i-1].Text != "nor" && r.hasVerb(i):
			return
		case i+1 < len(r.words) && r.isNegation(i):
			return // it says by itself how far it goes
		}
		if !r.Joins[r.words[i].Text] {
			r.words[i].Unwanted = true
		}
	}
}

// before returns the mark before word i, and whether the word before joins it
// to what came.
func (r *reader) before(i int) (mark byte, joined bool) {
	if i == 0 {
		return 0, false
	}
	for _, t := range r.tokens[r.places[i-1]+1 : r.places[i]] {
		if mark == 0 || t.mark == '.' {
			mark = t.mark
		}
	}
	return mark, r.Joins[r.words[i-1].Text]
}

func (r *reader) isNegation(i int) bool {
	if strings.HasSuffix(r.words[i].Text, "n't") {
		return true
	}
	for phrase := range r.Negations {
		if r.phrase(i, phrase) > 0 {
			return true
		}
	}
	return false
}

// item returns the words from i up to the next mark, join or ender.
func (r *reader) item(i int) []Word {
	from := i
	for i < len(r.words) && r.Joins[r.words[i].Text] {
		i, from = i+1, from+1
	}
	for ; i < len(r.words); i++ {
		if mark, _ := r.before(i); i > from && mark != 0 || r.Joins[r.words[i].Text] || r.Enders[r.words[i].Text] {
			break
		}
	}
	return r.words[from:i]
}

// hasVerb reports whether the item at word i says what to do, not only what
// with: a group of words about a thing stands behind a word of weight.
func (r *reader) hasVerb(i int) bool {
	weight := false
	for _, w := range r.item(i) {
		if weight && r.Determiners[w.Text] {
			return true
		}
		weight = weight || !r.Little[w.Text] && !r.Determiners[w.Text]
	}
	return false
}

// goesOn reports whether the item after a comma at word i belongs to the list
// that the negation at word at is about.
func (r *reader) goesOn(at, i int, how reach) bool {
	if r.Joins[r.words[i].Text] && r.words[i].Text != "and" {
		return true
	}
	item, heavy := r.item(i), 0
	for _, w := range item {
		if !r.Little[w.Text] && !r.Determiners[w.Text] {
			heavy++
		}
	}
	if r.hasVerb(i) {
		return false
	}
	most := 1
	if how == ofThing || how == ofCase && !r.words[at].First {
		most = 2
	}
	return heavy <= most && r.listCloses(i)
}

// listCloses reports whether the clause goes on to an "and" or "or" before it
// ends, as a list does.
func (r *reader) listCloses(i int) bool {
	for ; i < len(r.words); i++ {
		if mark, _ := r.before(i); mark == '.' || r.Enders[r.words[i].Text] {
			return false
		}
		if r.Joins[r.words[i].Text] {
			return true
		}
	}
	return false
}

// refusals reads what is said after the thing: "red is not allowed".
func (r *reader) refusals() {
	for i := range r.words {
		w := &r.words[i]
		if !r.Refusals[w.Stem] && (!r.Refused[w.Stem] || !w.Unwanted) {
			continue
		}
		be := false
		for j := i - 1; j >= 0; j-- {
			if mark, _ := r.before(j + 1); mark != 0 || r.Enders[r.words[j].Text] {
				break
			}
			if be && !r.words[j].Grammar {
				r.words[j].Unwanted = true
			}
			be = be || r.isCopula(r.words[j].Text)
		}
		w.Unwanted, w.Grammar = false, true
	}
}

// isCopula reports whether a word joins a thing to what is said of it.
func (r *reader) isCopula(word string) bool {
	word = strings.TrimSuffix(word, "n't")
	return word == "is" || word == "are" || word == "be" || word == "was" || word == "were"
}

// Mention says how a text speaks of something.
type Mention int

// The mentions.
const (
	Absent Mention = iota
	Wanted
	Unwanted
)

// Mentions tells how the text speaks of something by its words in a row: as
// they stand, or by their stems. Where it is both wanted and unwanted it is
// wanted: the rest of the words tell the two apart.
func (t *Reading) Mentions(words []string, by func(Word) string) Mention {
	found := Absent
	if len(words) == 0 {
		return found
	}
	for i := 0; i+len(words) <= len(t.Words); i++ {
		same, unwanted := true, false
		for j, w := range words {
			at := &t.Words[i+j]
			if same = by(*at) == w; !same {
				break
			}
			unwanted = unwanted || at.Unwanted
		}
		switch {
		case !same:
		case !unwanted:
			return Wanted
		default:
			found = Unwanted
		}
	}
	return found
}

// ByText and ByStem are the ways to compare a word.
func ByText(w Word) string { return w.Text }

// ByStem compares the forms of a word alike.
func ByStem(w Word) string { return w.Stem }
