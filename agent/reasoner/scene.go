package reasoner

import "slices"

// scene is one moment as rules may speak of it: the state, the purpose and the
// memory of this episode. It gives the features of any action in it. The last
// Δ and Φ are not among them, on purpose: with an exact potential they would
// be a compass, and following a compass is not learning.
type scene struct {
	e *episode
	v *view
	w *wish

	general []string
	about   map[argument][]string
	leads   map[string][]string // way out → what it leads to
}

func (e *episode) scene() *scene {
	s := &scene{e: e, v: e.now, w: e.wish, about: map[argument][]string{}}
	for _, word := range s.w.words {
		s.general = append(s.general, asked(word))
	}
	for attr := range e.world.Vocabulary {
		if !s.w.about[attr] {
			s.general = append(s.general, "no "+attr+" is asked")
		}
	}
	for _, f := range s.v.facts {
		s.general = append(s.general, f.name+" is "+f.value)
	}
	if e.taken > 0 && e.still {
		s.general = append(s.general, lastWasVain)
	}
	if len(s.v.held) > 0 {
		s.general = append(s.general, "something is held")
	}
	return s
}

func asked(word string) string { return word + " is asked" }

// features returns what holds of the action here, each feature once.
func (s *scene) features(l *lifted) []string {
	out := make([]string, 0, len(s.general)+24)
	out = append(out, s.general...)
	for _, arg := range l.args {
		out = append(out, s.of(arg)...)
	}
	if len(l.args) == 0 {
		for _, id := range s.v.held {
			out = append(out, s.of(argument{"held thing", id, false})...)
		}
	}
	out = append(out, s.history(l)...)
	slices.Sort(out)
	if len(l.args) > 1 || len(l.args) == 0 && len(s.v.held) > 1 {
		out = slices.Compact(out)
	}
	return out
}

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

// of returns what holds of one thing or way out, as the parameter's value.
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
	s.about[arg] = out
	return out
}

func (s *scene) ofThing(param string, t *thing) []string {
	out := s.attributes(param, t)
	if slices.Contains(s.v.held, t.id) {
		if param != "held thing" {
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
	return out
}

// attributes relates each attribute to the purpose and to what is held.
func (s *scene) attributes(param string, t *thing) []string {
	out := make([]string, 0, 2*len(t.attrs)+4)
	if s.w.names(t.id) {
		out = append(out, param+" is named in the purpose")
	}
	for _, a := range t.attrs {
		name := param + " " + a.name
		out = append(out, name+" is "+a.value)
		switch {
		case s.w.names(a.value):
			out = append(out, name+" is as asked")
		case s.w.about[a.name]:
			out = append(out, name+" is other than asked")
		case s.e.world.Vocabulary[a.name] != nil:
			out = append(out, name+" is free")
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
	}
	return out
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
