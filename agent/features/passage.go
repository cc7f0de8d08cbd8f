package features

// inTheWay reports whether a way out that was seen and never passed has the
// attribute.
func (s *Scene) inTheWay(a Attribute) bool {
	for place, exits := range s.e.exits {
		for i := range exits {
			if exits[i].value(a.Name) == a.Value && !s.e.passed(place, exits[i].ID) {
				return true
			}
		}
	}
	return false
}

func (e *Episode) passed(place, exit string) bool {
	_, ok := e.leadsTo(way{place, exit})
	return ok
}

func (s *Scene) ofPassage(arg Argument) []string {
	var out []string
	if t := find(s.v.exits, arg.ID); t != nil {
		out = s.attributes(arg.Param, t)
	}
	if len(arg.ID) <= maxValueBytes {
		out = append(out, arg.Param+" is "+arg.ID)
	}
	here := way{s.v.Place, arg.ID}
	to, known := s.e.leadsTo(here)
	_, taken := s.e.edges[here]
	switch {
	case known:
		if taken {
			out = append(out, arg.Param+" was passed before")
		}
		if to == s.e.from && s.e.taken > 0 {
			out = append(out, arg.Param+" leads back")
		}
	case s.e.noMove[way{s.v.Place, arg.ID}]:
		out = append(out, arg.Param+" was tried in vain")
	default:
		out = append(out, arg.Param+" was never tried")
	}
	if s.leads == nil {
		s.leads = s.compass()
	}
	for _, goal := range s.leads[arg.ID] {
		out = append(out, arg.Param+" leads to "+goal)
	}
	return out
}
