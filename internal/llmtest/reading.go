package llmtest

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// How a reader attends. Measured with a real model of 0.5B parameters on 25
// states in which the right action is known, 13 choices each: right 25 of 25
// with one line just before the question that has the action's exact words, 16
// of 38 with the same as a tip in the list of actions, 14 of 38 with it beside
// its own action, 2 of 13 with it in a playbook at the front and 4 of 25 at
// the end, 1 of 13 with nothing or a tip that doesn't apply.
// TestReaderIsAsMeasured holds these.
const (
	plateau   = 70   // words from the end within which all is read with full attention
	decay     = 1.0  // beyond, attention falls with this power of the distance
	beside    = 0.42 // of what stands beside a choice in the list of them
	lifted    = 0.35 // of what names an action but for the thing, and says which by what it is like
	vague     = 0.15 // of what names an action but for the thing, and leaves open which
	bare      = 0.50 // of an action in its exact words without a word that advises it
	recorded  = 0.30 // of what came of a step, as advice
	exampled  = 0.40 // of the next step of an example that went well
	unspoken  = 0.70 // of what leaves the action's verb out
	outOfLine = 0.95 // of the best support: what is as good is taken in the order of the text
)

// near is how much attention is left so many words from the end.
func near(words int) float64 {
	if words <= plateau {
		return 1
	}
	return math.Pow(plateau/float64(words), decay)
}

// choice is what may be chosen, as the reader sees it.
type choice struct {
	tokens  []token
	objects []bool // which of the tokens name a thing
	bound   bool   // all words but the first name things
}

// opinion is what the text says for or against a choice.
type opinion struct {
	weight float64
	line   string
	at     int // where in the text, in tokens
}

// reading is a text with what it says of each choice.
type reading struct {
	choices  []choice
	lines    []line
	starts   map[string][]int   // choices by their first token, longest first
	looks    map[string]wordSet // what a thing is like
	support  []opinion
	against  []opinion
	tried    []bool
	finished []bool // choices that end it all
}

// line is one of the text.
type line struct {
	raw      string
	tokens   []token
	from     int // tokens before it
	left     int // words from its end to that of the text
	body     int // first token after bullet, number and label
	numbered bool
	mentions []mention // of choices in their exact words
	listed   bool      // it is of the list of choices
}

type mention struct{ choice, from, to int }

// newReading reads a text for the choices.
func newReading(text string, list []string) *reading {
	r := &reading{starts: map[string][]int{}, looks: map[string]wordSet{}, support: make([]opinion, len(list)), against: make([]opinion, len(list)),
		tried: make([]bool, len(list)), finished: make([]bool, len(list))}
	for i, word := range list {
		c := choice{tokens: tokenise(normal(word))}
		r.choices = append(r.choices, c)
		if len(c.tokens) > 0 {
			r.starts[c.tokens[0].text] = append(r.starts[c.tokens[0].text], i)
		}
		r.finished[i] = len(c.tokens) == 1 && endings[c.tokens[0].text]
	}
	for _, same := range r.starts {
		slices.SortStableFunc(same, func(a, b int) int { return len(r.choices[b].tokens) - len(r.choices[a].tokens) })
	}
	r.split(text)
	r.findList()
	r.findThings()
	for i := 0; i < len(r.lines); i++ { // what was tried comes first: examples go on from there
		if l := &r.lines[i]; !l.listed && r.stepLike(l) {
			i = r.steps(i)
		}
	}
	r.support = make([]opinion, len(list))
	for i := 0; i < len(r.lines); i++ {
		i = r.consider(i)
	}
	return r
}

// split makes lines, with the choices that each one names.
func (r *reading) split(text string) {
	seen := 0
	for raw := range strings.Lines(text) {
		l := line{raw: strings.TrimSpace(raw), tokens: tokenise(normal(raw)), from: seen}
		seen += len(l.tokens)
		if len(l.tokens) == 0 {
			continue
		}
		l.body, l.numbered = bodyOf(l.tokens)
		for i := 0; i < len(l.tokens); i++ {
			if m, ok := r.mentionAt(l.tokens, i); ok {
				l.mentions = append(l.mentions, m)
				i = m.to - 1
			}
		}
		r.lines = append(r.lines, l)
	}
	left := 0
	for i := len(r.lines) - 1; i >= 0; i-- {
		r.lines[i].left = left
		for _, t := range r.lines[i].tokens {
			if t.word {
				left++
			}
		}
	}
}

func (r *reading) mentionAt(tokens []token, at int) (mention, bool) {
	for _, c := range r.starts[tokens[at].text] {
		want := r.choices[c].tokens
		if at+len(want) <= len(tokens) && slices.Equal(tokens[at:at+len(want)], want) {
			return mention{c, at, at + len(want)}, true
		}
	}
	return mention{}, false
}

// findList marks the lines in which the choices are listed: a run of lines that
// begin with different ones, at least half of all.
func (r *reading) findList() {
	for i := 0; i < len(r.lines); {
		seen := map[int]bool{}
		j := i
		for ; j < len(r.lines); j++ {
			l := &r.lines[j]
			if len(l.mentions) == 0 || l.mentions[0].from != l.body || seen[l.mentions[0].choice] {
				break
			}
			seen[l.mentions[0].choice] = true
		}
		if len(seen) >= 2 && 2*len(seen) >= len(r.choices) {
			for k := i; k < j; k++ {
				r.lines[k].listed = true
			}
		}
		i = max(j, i+1)
	}
}

// distance is how many words stand between a token of a line and the end.
func (l *line) distance(at int) int {
	n := l.left
	for _, t := range l.tokens[min(at, len(l.tokens)):] {
		if t.word {
			n++
		}
	}
	return n
}

// say notes an opinion where it is the strongest of its kind on the choice; of
// equal ones the first.
func (r *reading) say(c, sign int, weight float64, l *line, at int) {
	weight *= near(l.distance(at))
	to := &r.support[c]
	if sign < 0 {
		to = &r.against[c]
	}
	if weight > to.weight {
		*to = opinion{weight, l.raw, l.from + at}
	}
}

// decision is a choice, and the line that it follows.
type decision struct {
	choice int
	line   string
}

// decide follows the best supported choice as surely as it was told, else it
// tries something: what was not tried yet, and what nothing speaks against.
func (r *reading) decide(obedience float64, rng *rand.Rand) decision {
	best := -1
	worth := func(c int) float64 { return r.support[c].weight - r.against[c].weight }
	for c := range r.choices {
		if worth(c) > 0 && (best < 0 || worth(c) > worth(best)) {
			best = c
		}
	}
	chance := rng.Float64()
	if best >= 0 && chance < obedience*min(worth(best), 1) {
		return r.first(worth, worth(best), rng)
	}
	open := make([]int, 0, len(r.choices))
	for c := range r.choices {
		spoken := rng.Float64() < obedience*min(r.against[c].weight, 1)
		if !spoken && !r.tried[c] && !r.finished[c] {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		open = r.unending()
	}
	return decision{choice: open[rng.IntN(len(open))]}
}

// unending are the choices that end nothing, where there are any.
func (r *reading) unending() []int {
	var all, open []int
	for c := range r.choices {
		all = append(all, c)
		if !r.finished[c] {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return all
	}
	return open
}

// first is the choice that the text speaks of first among those that are as
// good as the best; one of them by chance where the same words speak of several.
func (r *reading) first(worth func(int) float64, best float64, rng *rand.Rand) decision {
	var among []int
	for c := range r.choices {
		if worth(c) < outOfLine*best {
			continue
		}
		switch {
		case len(among) == 0 || r.support[c].at < r.support[among[0]].at:
			among = []int{c}
		case r.support[c].at == r.support[among[0]].at:
			among = append(among, c)
		}
	}
	c := among[rng.IntN(len(among))]
	return decision{c, r.support[c].line}
}
