package llmtest

import (
	"slices"
	"strings"
	"unicode"
)

// findThings tells which words of choices name things, and what those are like:
// the words that stand behind a thing where the text last describes it.
func (r *reading) findThings() {
	quoted := wordSet{}
	for i := range r.lines {
		if raw := r.lines[i].raw; strings.Contains(raw, `{"`) {
			for part := range strings.SplitSeq(raw, `"`) {
				if strings.Count(part, " ") > 2 {
					continue // a sentence, and no name
				}
				for _, t := range tokenise(normal(part)) {
					quoted[t.text] = true
				}
			}
		}
	}
	things := wordSet{}
	for i := range r.choices {
		c := &r.choices[i]
		c.objects, c.bound = make([]bool, len(c.tokens)), true
		for k, t := range c.tokens {
			c.objects[k] = k > 0 && t.word && (quoted[t.text] || strings.IndexFunc(t.text, unicode.IsDigit) >= 0)
			if c.objects[k] {
				things[t.text] = true
			} else if k > 0 && t.word {
				c.bound = false
			}
		}
	}
	for i := range r.lines {
		l := &r.lines[i]
		if len(l.mentions) == 0 {
			describe(l.tokens, things, r.looks)
		}
	}
}

// describe notes what a line says of things. What is said later replaces it.
func describe(tokens []token, things wordSet, looks map[string]wordSet) {
	for i, t := range tokens {
		if !things[t.text] {
			continue
		}
		like, words := wordSet{}, 0
		for j := i + 1; j < len(tokens) && words < 12 && !things[tokens[j].text]; j++ {
			if !tokens[j].word {
				continue
			}
			words++
			if j+1 == len(tokens) || tokens[j+1].text != ":" { // the name of a field is no attribute
				like[tokens[j].text] = true
			}
		}
		if len(like) > 0 {
			looks[t.text] = like
		}
	}
}

// consider takes in what a line says, or a run of steps that begins with it. It
// returns the last line that it took in.
func (r *reading) consider(i int) int {
	l := &r.lines[i]
	switch {
	case l.listed:
		r.beside(l)
	case r.stepLike(l):
		return r.steps(i)
	case r.sequence(l):
	case len(l.mentions) > 0:
		r.exact(l)
		r.loose(l)
	default:
		r.loose(l)
	}
	return i
}

// exact takes in sentences that have choices in their exact words.
func (r *reading) exact(l *line) {
	for k, m := range l.mentions {
		ends := len(l.tokens)
		if k+1 < len(l.mentions) {
			ends = l.mentions[k+1].from
		}
		sign, said := speaks(l.tokens, m.from, m.to, ends)
		switch {
		case said:
			r.say(m.choice, sign, 1, l, m.from)
		case m.from == l.body:
			r.say(m.choice, 1, bare, l, m.from)
		}
		r.tried[m.choice] = r.tried[m.choice] || sign < 0
	}
}

// beside takes in what stands beside a choice in the list of them: where it
// names what to do, it is of that, else of the choice.
func (r *reading) beside(l *line) {
	head := l.mentions[0]
	rest := l.tokens[head.to:]
	if len(rest) < 2 {
		return
	}
	if len(l.mentions) > 1 {
		for k, m := range l.mentions[1:] {
			ends := len(l.tokens)
			if k+2 < len(l.mentions) {
				ends = l.mentions[k+2].from
			}
			if sign, said := speaks(l.tokens, m.from, m.to, ends); said {
				r.say(m.choice, sign, beside, l, m.from)
			}
		}
		return
	}
	found := false
	for c := range r.choices {
		if r.choices[c].bound || !sameThings(&r.choices[c], &r.choices[head.choice]) {
			continue
		}
		if at, verb, ok := r.choices[c].namedIn(rest); ok && verb {
			sign, said := speaks(rest, at, at+1, len(rest))
			if said {
				r.say(c, sign, beside, l, head.to+at)
				found = true
			}
		}
	}
	if sign, said := speaks(l.tokens, len(l.tokens), len(l.tokens), len(l.tokens)); !found && said {
		r.say(head.choice, sign, beside, l, head.from)
	} else if sign, said = after(rest, 0, len(rest), false); !found && said {
		r.say(head.choice, sign, beside, l, head.from)
	}
}

func sameThings(a, b *choice) bool {
	return slices.Equal(a.things(), b.things())
}

func (c *choice) things() []string {
	var out []string
	for k, t := range c.tokens {
		if c.objects[k] {
			out = append(out, t.text)
		}
	}
	return out
}

// namedIn reports whether all words of the choice but those of things, and
// perhaps but its verb, are in the tokens, and where the last of them is.
func (c *choice) namedIn(tokens []token) (at int, verb, ok bool) {
	at = -1
	for k, t := range c.tokens {
		if c.objects[k] || !t.word {
			continue
		}
		i := lastIndex(tokens, t.text)
		switch {
		case k == 0:
			verb = i >= 0
		case i < 0:
			return 0, false, false
		}
		at = max(at, i)
	}
	return at, verb, at >= 0
}

func lastIndex(tokens []token, text string) int {
	for i, t := range slices.Backward(tokens) {
		if t.text == text {
			return i
		}
	}
	return -1
}

// loose takes in sentences that name an action but for its thing, as a table
// does: "iron → oil" speaks of oiling the thing that is said to be iron.
func (r *reading) loose(l *line) {
	head := l.head()
	for _, s := range l.segments() {
		part := l.tokens[s.from:s.to]
		if len(part) < 2 || slices.ContainsFunc(l.mentions, func(m mention) bool { return m.from < s.to && m.to > s.from }) {
			continue // what it names in exact words was taken in
		}
		words := wordSet{}
		for _, t := range part {
			words[t.text] = true
		}
		for c := range r.choices {
			if one := &r.choices[c]; len(one.tokens) > 1 && one.mayBeIn(words) {
				r.looseOf(c, l, s, words, head)
			}
		}
	}
}

// looseOf takes in what a sentence says of one choice without its exact words.
func (r *reading) looseOf(c int, l *line, s span, words, head wordSet) {
	one, part := &r.choices[c], l.tokens[s.from:s.to]
	at, verb, ok := one.namedIn(part)
	if !ok {
		return
	}
	sign, said := speaks(part, at, at+1, len(part))
	if !said && !one.bound && linked(part, at) {
		sign, said = 1, true
	}
	if !said {
		return
	}
	weight, named := vague, one.thingsIn(words, head)
	if named || r.alike(one, words) {
		weight = lifted
	}
	r.tried[c] = r.tried[c] || named && sign < 0
	if !verb && !head[one.tokens[0].text] {
		weight *= unspoken
	}
	r.say(c, sign, weight, l, s.from+at)
}

// thingsIn reports whether all things of the choice are named in the sentence or
// before its colon.
func (c *choice) thingsIn(words, head wordSet) bool {
	things := c.things()
	return len(things) > 0 && !slices.ContainsFunc(things, func(thing string) bool { return !words[thing] && !head[thing] })
}

// mayBeIn is a quick look: a word of the choice that is of no thing is there.
func (c *choice) mayBeIn(words wordSet) bool {
	for k, t := range c.tokens {
		if !c.objects[k] && words[t.text] && (k > 0 || c.bound) {
			return true
		}
	}
	return false
}

// linked reports whether something before a token leads to it, as in
// "iron → oil" and "iron wants oil".
func linked(tokens []token, at int) bool {
	return slices.ContainsFunc(tokens[:at], func(t token) bool { return links[t.text] || t.text == ":" || t.text == "=" })
}

// alike reports whether the words tell by its looks which thing is meant.
func (r *reading) alike(c *choice, words wordSet) bool {
	things := c.things()
	if len(things) == 0 {
		return true
	}
	for _, thing := range things {
		for word := range r.looks[thing] {
			if words[word] && !conditions[word] && len(word) > 2 {
				return true
			}
		}
	}
	return false
}

type span struct{ from, to int }

// segments are the sentences of a line; the cells of a table where it is one.
func (l *line) segments() []span {
	var out []span
	arrows := 0
	for _, t := range l.tokens {
		if t.text == "→" {
			arrows++
		}
	}
	from := l.body
	for i, t := range l.tokens {
		if i >= from && (closes(t) || arrows > 1 && t.text == ",") {
			out = append(out, span{from, i})
			from = i + 1
		}
	}
	return append(out, span{from, len(l.tokens)})
}

// head are the words before the first colon, which all cells of a line are about.
func (l *line) head() wordSet {
	words := wordSet{}
	for _, t := range l.tokens {
		if t.text == ":" {
			return words
		}
		words[t.text] = true
	}
	return wordSet{}
}
