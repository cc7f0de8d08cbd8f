package features

import "slices"

// Bare returns what rules may say of an action in a state of the episode that is no
// memory and no word of the purpose, in order. Where an attribute is asked, what
// counts is whether it is as asked, not its value.
func (e *Episode) Bare(v *View, l *Lifted) []string {
	s := &Scene{e: &Episode{world: e.world, wish: e.wish, now: v}, v: v, w: e.wish}
	var out []string
	for _, f := range s.v.Facts {
		out = append(out, f.Name+" is "+f.Value)
	}
	if len(s.v.Held) > 0 {
		out = append(out, "something is held")
	}
	args := l.Args
	if len(args) == 0 {
		for _, id := range s.v.Held {
			args = append(args, Argument{heldThing, id, false})
		}
	}
	for _, arg := range args {
		in := s.v.Things
		if arg.Passage {
			in = s.v.exits
		}
		t := find(in, arg.ID)
		if t == nil {
			continue
		}
		out = append(out, arg.Param+" is in sight")
		if slices.Contains(s.v.Held, t.ID) {
			out = append(out, arg.Param+" is held")
		}
		for _, f := range s.attributes(arg.Param, t) {
			if !s.isValueOfAsked(arg.Param, t, f) {
				out = append(out, f)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *Scene) isValueOfAsked(param string, t *Thing, feature string) bool {
	for _, a := range t.Attrs {
		if s.w.About[a.Name] && feature == param+" "+a.Name+" is "+a.Value {
			return true
		}
	}
	return false
}
