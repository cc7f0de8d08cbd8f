package reasoner

import "slices"

// bare returns what rules may say of an action in a state of the episode that is no
// memory and no word of the purpose, in order. Where an attribute is asked, what
// counts is whether it is as asked, not its value.
func (e *episode) bare(v *view, l *lifted) []string {
	s := &scene{e: &episode{world: e.world, wish: e.wish, now: v}, v: v, w: e.wish}
	var out []string
	for _, f := range s.v.facts {
		out = append(out, f.name+" is "+f.value)
	}
	if len(s.v.held) > 0 {
		out = append(out, "something is held")
	}
	args := l.args
	if len(args) == 0 {
		for _, id := range s.v.held {
			args = append(args, argument{heldThing, id, false})
		}
	}
	for _, arg := range args {
		in := s.v.things
		if arg.passage {
			in = s.v.exits
		}
		t := find(in, arg.id)
		if t == nil {
			continue
		}
		out = append(out, arg.param+" is in sight")
		if slices.Contains(s.v.held, t.id) {
			out = append(out, arg.param+" is held")
		}
		for _, f := range s.attributes(arg.param, t) {
			if !s.isValueOfAsked(arg.param, t, f) {
				out = append(out, f)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *scene) isValueOfAsked(param string, t *thing, feature string) bool {
	for _, a := range t.attrs {
		if s.w.about[a.name] && feature == param+" "+a.name+" is "+a.value {
			return true
		}
	}
	return false
}
