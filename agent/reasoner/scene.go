package reasoner

import (
	"slices"
	"strings"
)

// scene is one moment as rules may speak of it: the state, the purpose and the
// memory of this episode. It gives the features and numbers of any action in
// it. The last Δ and Φ are not among them, on purpose: with an exact potential
// they would be a compass, and following a compass is not learning.
type scene struct {
	e *episode
	v *view
	w *wish

	general []string   // features of any action, in order
	numbers []quantity // of any action
	left    []quantity // the steps that the task leaves, for people's rules

	about  map[argument][]string
	values map[attribute][]string
	told   map[string]tellings
	leads  map[string][]string // way out → what it leads to

	asker *book    // the rules that last asked, …
	asked []uint64 // … and what of the general features they ask for
}

func (e *episode) scene() *scene {
	s := e.moment()
	s.left = stepsLeftOf(e.limit, e.taken)
	s.ofPurpose()
	s.ofState()
	if e.taken > 0 && e.still {
		s.general = append(s.general, lastWasVain)
	}
	slices.Sort(s.general)
	s.general = slices.Compact(s.general)
	return s
}

// moment is a scene that tells only what holds of one action and not of every one.
func (e *episode) moment() *scene {
	return &scene{e: e, v: e.now, w: e.wish, about: map[argument][]string{}, values: map[attribute][]string{}}
}

func (s *scene) ofPurpose() {
	for _, word := range s.w.words {
		s.general = append(s.general, asked(word))
	}
	for _, word := range s.w.avoided {
		s.general = append(s.general, word+unwantedWord)
	}
	for attr := range s.e.world.Vocabulary {
		if !s.w.about[attr] {
			s.general = append(s.general, "no "+attr+" is asked")
		}
	}
	names := [...]string{numberAsked, "second " + numberAsked, "third " + numberAsked}
	for i := range s.w.amounts[:min(len(s.w.amounts), len(names))] {
		s.numbers = append(s.numbers, quantity{names[i], s.w.amounts[i].Value})
	}
}

// numberAsked is the name of the first number of a purpose.
const numberAsked = "number asked"

// ofState tells the values, lists, numbers and texts of the state.
func (s *scene) ofState() {
	for _, f := range s.v.facts {
		s.general = append(s.general, f.name+" is "+f.value)
	}
	for _, m := range s.v.members {
		s.general = append(s.general, m.name+" has "+m.value)
	}
	for i := range s.v.texts {
		for _, w := range s.v.texts[i].words() {
			s.general = append(s.general, s.v.texts[i].name+" mentions "+w)
		}
	}
	s.numbers = append(s.numbers, s.v.numbers...)
	if s.e.world.Held != "" {
		s.numbers = append(s.numbers, quantity{"number held", float64(len(s.v.held))})
	}
	if len(s.v.held) > 0 {
		s.general = append(s.general, "something is held")
	}
	for _, n := range s.numbers {
		if a := s.w.amountOf(n.name); a != nil {
			s.general = append(s.general, n.name+versus(a, n.value))
		}
	}
	s.ofAmounts()
}

func asked(word string) string { return word + " is asked" }

const unwantedWord = " is unwanted"

// features returns what holds of the action here, each feature once, in order.
func (s *scene) features(l *lifted) []string {
	own := s.particular(l)
	out := make([]string, 0, len(s.general)+len(own))
	out = append(append(out, s.general...), own...)
	slices.Sort(out)
	return slices.Compact(out)
}

// particular returns what holds of this action and not of every one, in no
// order and perhaps more than once.
func (s *scene) particular(l *lifted) []string {
	out := make([]string, 0, 24)
	for _, arg := range l.args {
		out = append(out, s.of(arg)...)
	}
	if len(l.args) == 0 && len(l.values) == 0 {
		for _, id := range s.v.held {
			out = append(out, s.of(argument{param: heldThing, id: id})...)
		}
	}
	for _, value := range l.values {
		out = append(out, s.ofValue(value)...)
	}
	for _, value := range l.listed {
		out = append(out, s.ofListed(value)...)
	}
	out = append(out, s.toldOf(l)...)
	return append(out, s.history(l)...)
}

// signature returns what holds of this action, but for the memory of having done
// it: an action that was tried is otherwise in nothing else.
func (s *scene) signature(l *lifted) []uint64 {
	features := s.particular(l)
	out := make([]uint64, 0, len(features))
	for _, f := range features {
		if !strings.HasPrefix(f, historyPrefix) {
			out = append(out, hashText(f))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

const heldThing = "held thing"

// quantities returns the numbers of the action and its arguments.
func (s *scene) quantities(l *lifted) []quantity {
	var out []quantity
	add := func(name string, t *thing) {
		if t == nil {
			return
		}
		for _, a := range t.attrs {
			if n, is := decimal(a.value); is && len(out) < maxNumbers {
				out = append(out, quantity{name + " " + a.name, n})
			}
		}
	}
	for _, arg := range l.args {
		if arg.passage {
			add(arg.param, find(s.v.exits, arg.id))
		} else {
			add(arg.param, find(s.v.things, arg.id))
		}
	}
	for _, v := range l.values {
		if n, is := decimal(v.value); is {
			out = append(out, quantity{v.name, n})
		}
	}
	if len(s.v.held) == 1 {
		add(heldThing, find(s.v.things, s.v.held[0]))
	}
	return out
}

// numbersOf returns the numbers of the action and of the situation. The first of a
// name counts.
func (s *scene) numbersOf(l *lifted) []quantity { return append(s.quantities(l), s.numbers...) }

// historyPrefix begins the features that tell what this episode knows of doing
// the action here.
const historyPrefix = "it "

// history tells what this episode knows of doing the action here.
func (s *scene) history(l *lifted) []string {
	var out []string
	if s.v.place != "" {
		where := hashText(s.v.place)
		switch n := s.e.atPlace[try{where, l.hash}]; {
		case n > 1:
			out = append(out, "it was done here more than once", "it was done here")
		case n == 1:
			out = append(out, "it was done here")
		}
	}
	if t, known := s.e.tries[try{s.v.hash, l.hash}]; known {
		if s.e.taken > 0 && t.next == s.e.before {
			out = append(out, "it undoes the last action")
		}
		if s.v.place == "" {
			out = append(out, "it was done here")
		}
	}
	return out
}

// of returns what holds of one argument of an action.
func (s *scene) of(arg argument) []string {
	if known, ok := s.about[arg]; ok {
		return known
	}
	var out []string
	if arg.passage {
		out = s.ofPassage(arg)
	} else if t := find(s.v.things, arg.id); t != nil {
		out = s.ofThing(arg.param, t)
	}
	if arg.param != heldThing {
		out = append(out, s.mentioned(arg.param, arg.id)...)
	}
	s.about[arg] = out
	return out
}

func (s *scene) ofThing(param string, t *thing) []string {
	out := s.attributes(param, t)
	if slices.Contains(s.v.held, t.id) {
		if param != heldThing {
			out = append(out, param+" is held")
		}
	} else {
		for _, a := range t.attrs {
			if s.inTheWay(a) {
				out = append(out, param+" "+a.name+" equals that of a way not yet passed")
			}
		}
	}
	if s.e.touched[t.id] > 0 {
		out = append(out, param+" was used before")
	}
	if len(t.attrs) == 0 && len(t.id) <= maxValueBytes {
		out = append(out, param+" is "+t.id) // its name is all that is known of it
	}
	return append(out, s.ofKind(t)...)
}

// ofValue tells of a parameter that stands for nothing in the state: a number,
// or a text.
func (s *scene) ofValue(v attribute) []string {
	if known, ok := s.values[v]; ok {
		return known
	}
	var out []string
	if r := s.wished(v); r != " is free" && r != "" {
		out = append(out, v.name+r)
	}
	n, isNumber := decimal(v.value)
	if len(v.value) <= maxValueBytes && (!isNumber || isCode(n)) {
		out = append(out, v.name+" is "+v.value)
	}
	if !isNumber {
		out = append(out, s.equals(v.name, v.value)...)
		out = append(out, s.mentioned(v.name, v.value)...)
		for _, w := range newProse("", v.value).words() {
			out = append(out, v.name+" mentions "+w)
			if s.w.names(w) {
				out = append(out, v.name+" mentions what is asked")
			} else if s.w.avoids(w) {
				out = append(out, v.name+" mentions what is to be avoided")
			}
		}
	}
	s.values[v] = out
	return out
}

// ofListed tells of a parameter with an enum. Its value is already part of the
// template.
func (s *scene) ofListed(v attribute) []string {
	if known, ok := s.values[v]; ok {
		return known
	}
	var out []string
	if r := s.wished(v); r != " is free" && r != "" {
		out = append(out, v.name+r)
	}
	out = append(out, s.equals(v.name, v.value)...)
	out = append(out, s.mentioned(v.name, v.value)...)
	s.values[v] = out
	return out
}

// equals names the values of the state that are the same text.
func (s *scene) equals(name, value string) []string {
	var out []string
	if _, isNumber := decimal(value); isNumber || value == "yes" || value == "no" {
		return nil // numbers are compared as numbers
	}
	for _, f := range s.v.facts {
		if f.value == value {
			out = append(out, name+" equals "+f.name)
		}
	}
	return out
}

// attributes relates each attribute to the purpose and to what is held.
func (s *scene) attributes(param string, t *thing) []string {
	out := make([]string, 0, 2*len(t.attrs)+4)
	if s.w.names(t.id) {
		out = append(out, param+" is named in the purpose")
	} else if s.w.avoids(t.id) {
		out = append(out, param+" is to be avoided")
	}
	for _, a := range t.attrs {
		name := param + " " + a.name
		out = append(out, name+" is "+a.value)
		if r := s.wished(a); r != "" {
			out = append(out, name+r)
		}
		for _, id := range s.v.held {
			if id == t.id {
				continue
			}
			if h := find(s.v.things, id); h != nil && h.value(a.name) == a.value {
				out = append(out, name+" equals that of a held thing")
				break
			}
		}
		out = append(out, s.equals(name, a.value)...)
	}
	return out
}

// wished says what an attribute is to the purpose, "" if nothing.
func (s *scene) wished(a attribute) string {
	if n, is := decimal(a.value); is {
		if amount := s.w.amountOf(a.name); amount != nil {
			return versus(amount, n)
		}
	}
	switch {
	case s.w.names(a.value):
		return " is as asked"
	case s.w.avoids(a.value):
		return " is to be avoided"
	case s.w.about[a.name]:
		return " is other than asked"
	case s.e.world.Vocabulary[a.name] != nil:
		return " is free"
	}
	return ""
}

// inTheWay reports whether a way out that was seen and never passed has the
// attribute.
func (s *scene) inTheWay(a attribute) bool {
	for place, exits := range s.e.exits {
		for i := range exits {
			if exits[i].value(a.name) == a.value && !s.e.passed(place, exits[i].id) {
				return true
			}
		}
	}
	return false
}

func (e *episode) passed(place, exit string) bool {
	_, ok := e.leadsTo(way{place, exit})
	return ok
}

func (s *scene) ofPassage(arg argument) []string {
	var out []string
	if t := find(s.v.exits, arg.id); t != nil {
		out = s.attributes(arg.param, t)
	}
	if len(arg.id) <= maxValueBytes {
		out = append(out, arg.param+" is "+arg.id)
	}
	here := way{s.v.place, arg.id}
	to, known := s.e.leadsTo(here)
	_, taken := s.e.edges[here]
	switch {
	case known:
		if taken {
			out = append(out, arg.param+" was passed before")
		}
		if to == s.e.from && s.e.taken > 0 {
			out = append(out, arg.param+" leads back")
		}
	case s.e.noMove[way{s.v.place, arg.id}]:
		out = append(out, arg.param+" was tried in vain")
	default:
		out = append(out, arg.param+" was never tried")
	}
	if s.leads == nil {
		s.leads = s.compass()
	}
	for _, goal := range s.leads[arg.id] {
		out = append(out, arg.param+" leads to "+goal)
	}
	return out
}

// stepsLeft is the name of the number of steps that the task's limit leaves.
// It is for people's rules. Learned ones don't speak of it: it tells of the run
// and not of the world, training has other limits than tests, and late steps of
// a success are good whatever was done. What an environment announces as a
// number of its state is learned from like any other.
const stepsLeft = "steps left"

// stepsLeftOf returns the quantity, if the task has a limit.
func stepsLeftOf(limit, taken int) []quantity {
	if limit <= 0 {
		return nil
	}
	return []quantity{{stepsLeft, float64(max(limit-taken, 0))}}
}
