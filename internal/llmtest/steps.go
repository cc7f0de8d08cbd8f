package llmtest

import "slices"

// stepLike reports whether a line tells a step: a number, then an action.
func (r *reading) stepLike(l *line) bool {
	if !l.numbered {
		return false
	}
	_, ok := r.resembling(l.tokens[l.body:])
	return ok
}

// resembling are the choices that the tokens begin with, but for the things;
// those in exact words alone where there are some.
func (r *reading) resembling(tokens []token) (list []int, ok bool) {
	if len(tokens) == 0 {
		return nil, false
	}
	for _, c := range r.starts[tokens[0].text] {
		want := r.choices[c]
		if len(tokens) < len(want.tokens) {
			continue
		}
		same, exact := true, true
		for k, t := range want.tokens {
			if tokens[k] != t {
				exact = false
				same = same && want.objects[k] && tokens[k].word
			}
		}
		if exact {
			return []int{c}, true
		}
		if same {
			list = append(list, c)
		}
	}
	return list, len(list) > 0 || len(r.starts[tokens[0].text]) > 0
}

// steps takes in a run of steps and returns its last line: those that the
// reader did itself tell what was tried; those of an example, what to do next.
func (r *reading) steps(i int) int {
	last := i
	for last+1 < len(r.lines) && r.lines[last+1].numbered && !r.lines[last+1].listed {
		last++
	}
	if !r.mine(i, last) {
		r.example(i, last)
		return last
	}
	for k := i; k <= last; k++ {
		l := &r.lines[k]
		if len(l.mentions) == 0 || l.mentions[0].from != l.body {
			continue
		}
		m := l.mentions[0]
		r.tried[m.choice] = true
		if sign, said := after(l.tokens, m.to, len(l.tokens), false); said {
			r.say(m.choice, sign, recorded, l, m.from)
		}
	}
	return last
}

// example takes in the first step of an example that went well there and that
// was not tried here.
func (r *reading) example(first, last int) {
	for k := first; k <= last; k++ {
		l := &r.lines[k]
		body := l.tokens[l.body:]
		found, _ := r.resembling(body)
		sign, _ := after(body, min(2, len(body)), len(body), true)
		if found = r.untried(found); sign <= 0 || len(found) == 0 {
			continue
		}
		for _, c := range found {
			r.say(c, 1, exampled, l, l.body)
		}
		return
	}
}

// mine tells the reader's own steps from those of an example by the heading, and
// where it says neither by which stand nearest to the end.
func (r *reading) mine(first, last int) bool {
	score := 0
	for k := first - 1; k >= max(first-3, 0); k-- {
		for _, t := range r.lines[k].tokens {
			if own[t.text] {
				score++
			}
			if other[t.text] {
				score -= 2
			}
		}
		if len(r.lines[k].tokens) > 1 {
			break // the heading
		}
	}
	if score != 0 {
		return score > 0
	}
	return !slices.ContainsFunc(r.lines[last+1:], func(l line) bool { return !l.listed && r.stepLike(&l) })
}

// untried leaves out what was tried.
func (r *reading) untried(list []int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(c int) bool { return r.tried[c] })
}

// sequence takes in an example in one line, such as "a red lamp (solved): take
// it, then paint it"; false where the line is none.
func (r *reading) sequence(l *line) bool {
	var parts []span
	from := l.body
	for i, t := range l.tokens {
		if t.text == "then" || t.text == ":" || t.text == "," || t.text == ";" || t.text == "→" {
			parts = append(parts, span{from, i})
			from = i + 1
		}
	}
	parts = append(parts, span{from, len(l.tokens)})
	steps, then := 0, 0
	for _, p := range parts {
		if _, ok := r.resembling(l.tokens[p.from:p.to]); ok {
			steps++
		}
	}
	for _, t := range l.tokens {
		if t.text == "then" {
			then++
		}
	}
	if steps < 2 || then == 0 {
		return false
	}
	if slices.ContainsFunc(l.tokens[:parts[0].to], func(t token) bool { return verdict[t.text] < 0 }) {
		return true // it went wrong
	}
	for _, p := range parts {
		found, _ := r.resembling(l.tokens[p.from:p.to])
		if found = r.untried(found); len(found) > 0 {
			for _, c := range found {
				r.say(c, 1, exampled, l, p.from)
			}
			return true
		}
	}
	return true
}
