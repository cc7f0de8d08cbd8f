package features

import (
	"slices"
	"strings"
)

// Scene is one moment as rules may speak of it: the state, the purpose and the
// memory of this episode. It gives the features and numbers of any action in
// it. The last Δ and Φ are not among them, on purpose: with an exact potential
// they would be a compass, and following a compass is not learning.
type Scene struct {
	e *Episode
	v *View
	w *Purpose

	general []string   // features of any action, in order
	numbers []Quantity // of any action
	left    []Quantity // the steps that the task leaves, for people's rules

	about  map[Argument][]string
	values map[Attribute][]string
	told   map[string]tellings
	leads  map[string][]string // way out → what it leads to

	asker *Book               // the rules that last asked, …
	asked []uint64            // … what of the general features they ask for, …
	acts  map[uint64][]uint64 // … and of all that holds of an action, by its hash
}

// Scene returns the moment as it is now. It is of no use after the next Look or Take.
func (e *Episode) Scene() *Scene {
	if s := e.scene; s != nil && s.v == e.now && e.sceneAt == [2]int{e.taken, e.limit} {
		return s // what was recalled is what is decided by
	}
	s := e.Moment()
	e.scene, e.sceneAt = s, [2]int{e.taken, e.limit}
	s.left = stepsLeftOf(e.limit, e.taken)
	s.ofPurpose()
	s.ofState()
	if e.taken > 0 && e.still {
		s.general = append(s.general, LastWasVain)
	}
	slices.Sort(s.general)
	s.general = slices.Compact(s.general)
	return s
}

// Moment is a scene that tells only what holds of one action and not of every one.
func (e *Episode) Moment() *Scene {
	return &Scene{e: e, v: e.now, w: e.wish, about: map[Argument][]string{}, values: map[Attribute][]string{}}
}

func (s *Scene) ofPurpose() {
	for _, word := range s.w.Words {
		s.general = append(s.general, asked(word))
	}
	for _, word := range s.w.avoided {
		s.general = append(s.general, word+unwantedWord)
	}
	for attr := range s.e.world.Vocabulary {
		if !s.w.About[attr] {
			s.general = append(s.general, "no "+attr+" is asked")
		}
	}
	names := [...]string{NumberAsked, "second " + NumberAsked, "third " + NumberAsked}
	for i := range s.w.amounts[:min(len(s.w.amounts), len(names))] {
		s.numbers = append(s.numbers, Quantity{names[i], s.w.amounts[i].Value})
	}
}

// NumberAsked is the name of the first number of a purpose.
const NumberAsked = "number asked"

// ofState tells the values, lists, numbers and texts of the state.
func (s *Scene) ofState() {
	for _, f := range s.v.Facts {
		s.general = append(s.general, f.Name+" is "+f.Value)
	}
	for _, m := range s.v.members {
		s.general = append(s.general, m.Name+" has "+m.Value)
	}
	for i := range s.v.texts {
		for _, w := range s.v.texts[i].words() {
			s.general = append(s.general, s.v.texts[i].name+" mentions "+w)
		}
	}
	s.numbers = append(s.numbers, s.v.Numbers...)
	if s.e.world.Held != "" {
		s.numbers = append(s.numbers, Quantity{"number held", float64(len(s.v.Held))})
	}
	if len(s.v.Held) > 0 {
		s.general = append(s.general, "something is held")
	}
	for _, n := range s.numbers {
		if a := s.w.amountOf(n.Name); a != nil {
			s.general = append(s.general, n.Name+versus(a, n.Value))
		}
	}
	s.ofAmounts()
}

func asked(word string) string { return word + " is asked" }

const unwantedWord = " is unwanted"

// Of returns what holds of the action here, each feature once, in order.
func (s *Scene) Of(l *Lifted) []string {
	own := s.particular(l)
	out := make([]string, 0, len(s.general)+len(own))
	out = append(append(out, s.general...), own...)
	slices.Sort(out)
	return slices.Compact(out)
}

// particular returns what holds of this action and not of every one, in no
// order and perhaps more than once.
func (s *Scene) particular(l *Lifted) []string {
	out := make([]string, 0, 24)
	s.parts(l, func(part []string) { out = append(out, part...) })
	return out
}

// parts tells what particular returns, part by part. The parts must not be changed.
func (s *Scene) parts(l *Lifted, tell func(part []string)) {
	for _, arg := range l.Args {
		tell(s.of(arg))
	}
	if len(l.Args) == 0 && len(l.values) == 0 {
		for _, id := range s.v.Held {
			tell(s.of(Argument{Param: heldThing, ID: id}))
		}
	}
	for _, value := range l.values {
		tell(s.ofValue(value))
	}
	for _, value := range l.listed {
		tell(s.ofListed(value))
	}
	tell(s.toldOf(l))
	tell(s.history(l))
}

// Signature returns what holds of this action, but for the memory of having done
// it: an action that was tried is otherwise in nothing else.
func (s *Scene) Signature(l *Lifted) []uint64 {
	out := make([]uint64, 0, 24)
	s.parts(l, func(part []string) {
		for _, f := range part {
			if !strings.HasPrefix(f, HistoryPrefix) {
				out = append(out, HashText(f))
			}
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}

const heldThing = "held thing"

// quantities returns the numbers of the action and its arguments.
func (s *Scene) quantities(l *Lifted) []Quantity {
	var out []Quantity
	add := func(name string, t *Thing) {
		if t == nil {
			return
		}
		for _, a := range t.Attrs {
			if n, is := Decimal(a.Value); is && len(out) < maxNumbers {
				out = append(out, Quantity{name + " " + a.Name, n})
			}
		}
	}
	for _, arg := range l.Args {
		if arg.Passage {
			add(arg.Param, find(s.v.exits, arg.ID))
		} else {
			add(arg.Param, find(s.v.Things, arg.ID))
		}
	}
	for _, v := range l.values {
		if n, is := Decimal(v.Value); is {
			out = append(out, Quantity{v.Name, n})
		}
	}
	if len(s.v.Held) == 1 {
		add(heldThing, find(s.v.Things, s.v.Held[0]))
	}
	return out
}

// NumbersOf returns the numbers of the action and of the situation. The first of a
// Name counts.
func (s *Scene) NumbersOf(l *Lifted) []Quantity { return append(s.quantities(l), s.numbers...) }

// HistoryPrefix begins the features that tell what this episode knows of doing
// the action here.
const HistoryPrefix = "it "

// history tells what this episode knows of doing the action here.
func (s *Scene) history(l *Lifted) []string {
	var out []string
	if s.v.Place != "" {
		where := HashText(s.v.Place)
		switch n := s.e.atPlace[try{where, l.Hash}]; {
		case n > 1:
			out = append(out, "it was done here more than once", "it was done here")
		case n == 1:
			out = append(out, "it was done here")
		}
	}
	if t, known := s.e.tries[try{s.v.Hash, l.Hash}]; known {
		if s.e.taken > 0 && t.next == s.e.before {
			out = append(out, "it undoes the last action")
		}
		if s.v.Place == "" {
			out = append(out, "it was done here")
		}
	}
	return out
}

// of returns what holds of one argument of an action.
func (s *Scene) of(arg Argument) []string {
	if known, ok := s.about[arg]; ok {
		return known
	}
	var out []string
	if arg.Passage {
		out = s.ofPassage(arg)
	} else if t := find(s.v.Things, arg.ID); t != nil {
		out = s.ofThing(arg.Param, t)
	}
	if arg.Param != heldThing {
		out = append(out, s.mentioned(arg.Param, arg.ID)...)
	}
	s.about[arg] = out
	return out
}

func (s *Scene) ofThing(param string, t *Thing) []string {
	out := s.attributes(param, t)
	if slices.Contains(s.v.Held, t.ID) {
		if param != heldThing {
			out = append(out, param+" is held")
		}
	} else {
		for _, a := range t.Attrs {
			if s.inTheWay(a) {
				out = append(out, param+" "+a.Name+" equals that of a way not yet passed")
			}
		}
	}
	if s.e.touched[t.ID] > 0 {
		out = append(out, param+" was used before")
	}
	if len(t.Attrs) == 0 && len(t.ID) <= maxValueBytes {
		out = append(out, param+" is "+t.ID) // its name is all that is known of it
	}
	return append(out, s.ofKind(t)...)
}

// ofValue tells of a parameter that stands for nothing in the state: a number,
// or a text.
func (s *Scene) ofValue(v Attribute) []string {
	if known, ok := s.values[v]; ok {
		return known
	}
	var out []string
	if r := s.wished(v); r != " is free" && r != "" {
		out = append(out, v.Name+r)
	}
	n, isNumber := Decimal(v.Value)
	if len(v.Value) <= maxValueBytes && (!isNumber || IsCode(n)) {
		out = append(out, v.Name+" is "+v.Value)
	}
	if !isNumber {
		out = append(out, s.equals(v.Name, v.Value)...)
		out = append(out, s.mentioned(v.Name, v.Value)...)
		for _, w := range newProse("", v.Value).words() {
			out = append(out, v.Name+" mentions "+w)
			if s.w.Names(w) {
				out = append(out, v.Name+" mentions what is asked")
			} else if s.w.Avoids(w) {
				out = append(out, v.Name+" mentions what is to be avoided")
			}
		}
	}
	s.values[v] = out
	return out
}

// ofListed tells of a parameter with an enum. Its value is already part of the
// template.
func (s *Scene) ofListed(v Attribute) []string {
	if known, ok := s.values[v]; ok {
		return known
	}
	var out []string
	if r := s.wished(v); r != " is free" && r != "" {
		out = append(out, v.Name+r)
	}
	out = append(out, s.equals(v.Name, v.Value)...)
	out = append(out, s.mentioned(v.Name, v.Value)...)
	s.values[v] = out
	return out
}

// equals names the values of the state that are the same text.
func (s *Scene) equals(name, value string) []string {
	var out []string
	if _, isNumber := Decimal(value); isNumber || value == "yes" || value == "no" {
		return nil // numbers are compared as numbers
	}
	for _, f := range s.v.Facts {
		if f.Value == value {
			out = append(out, name+" equals "+f.Name)
		}
	}
	return out
}

// attributes relates each attribute to the purpose and to what is held.
func (s *Scene) attributes(param string, t *Thing) []string {
	out := make([]string, 0, 2*len(t.Attrs)+4)
	if s.w.Names(t.ID) {
		out = append(out, param+" is named in the purpose")
	} else if s.w.Avoids(t.ID) {
		out = append(out, param+" is to be avoided")
	}
	for _, a := range t.Attrs {
		name := param + " " + a.Name
		out = append(out, name+" is "+a.Value)
		if r := s.wished(a); r != "" {
			out = append(out, name+r)
		}
		for _, id := range s.v.Held {
			if id == t.ID {
				continue
			}
			if h := find(s.v.Things, id); h != nil && h.value(a.Name) == a.Value {
				out = append(out, name+" equals that of a held thing")
				break
			}
		}
		out = append(out, s.equals(name, a.Value)...)
	}
	return out
}

// wished says what an attribute is to the purpose, "" if nothing.
func (s *Scene) wished(a Attribute) string {
	if n, is := Decimal(a.Value); is {
		if amount := s.w.amountOf(a.Name); amount != nil {
			return versus(amount, n)
		}
	}
	switch {
	case s.w.Names(a.Value):
		return " is as asked"
	case s.w.Avoids(a.Value):
		return " is to be avoided"
	case s.w.About[a.Name]:
		return " is other than asked"
	case s.e.world.Vocabulary[a.Name] != nil:
		return " is free"
	}
	return ""
}

// stepsLeft is the name of the number of steps that the task's limit leaves.
// It is for people's rules. Learned ones don't speak of it: it tells of the run
// and not of the world, training has other limits than tests, and late steps of
// a success are good whatever was done. What an environment announces as a
// number of its state is learned from like any other.
const stepsLeft = "steps left"

// stepsLeftOf returns the quantity, if the task has a limit.
func stepsLeftOf(limit, taken int) []Quantity {
	if limit <= 0 {
		return nil
	}
	return []Quantity{{stepsLeft, float64(max(limit-taken, 0))}}
}
