package features

import (
	"maps"
	"slices"
)

// The goals that a way out can lead to, by the map seen so far.
const (
	goalNew     = "the nearest way never tried"
	goalAsked   = "the nearest thing as asked"
	goalFits    = "the nearest way that fits a held thing"
	goalOpener  = "the nearest thing that fits a way not yet passed"
	goalUnknown = "the nearest thing not used before"
)

// target is a goal at a place: a way out there, or the place itself.
type target struct{ place, exit string }

// compass tells for each way out of this place which goals it leads to: it is
// the goal itself, or the first step of a shortest known path to the nearest one.
func (s *Scene) compass() map[string][]string {
	out := map[string][]string{}
	if s.v.Place == "" {
		return out
	}
	back := map[string][]string{} // place → places with a known way to it
	for w, to := range s.e.edges {
		back[to] = append(back[to], w.place)
	}
	for place, exits := range s.e.exits {
		for i := range exits {
			if _, taken := s.e.edges[way{place, exits[i].ID}]; !taken {
				if to, known := s.e.leadsTo(way{place, exits[i].ID}); known {
					back[to] = append(back[to], place)
				}
			}
		}
	}
	targets := s.targets()
	goals := slices.Sorted(maps.Keys(targets))
	for _, goal := range goals[:min(len(goals), maxGoals)] {
		s.lead(out, goal, targets[goal], back)
	}
	return out
}

// maxGoals bounds the goals that are looked for in one step.
const maxGoals = 48

func (s *Scene) lead(out map[string][]string, goal string, targets []target, back map[string][]string) {
	if len(targets) == 0 {
		return
	}
	distance := map[string]int{}
	var queue []string
	here := false
	for _, t := range targets {
		if t.place == s.v.Place {
			here = true
			if t.exit != "" {
				out[t.exit] = append(out[t.exit], goal)
			}
		}
		if _, known := distance[t.place]; !known {
			distance[t.place] = 0
			queue = append(queue, t.place)
		}
	}
	if here {
		return
	}
	for len(queue) > 0 {
		place := queue[0]
		queue = queue[1:]
		if place == s.v.Place {
			break
		}
		for _, from := range back[place] {
			if _, known := distance[from]; !known {
				distance[from] = distance[place] + 1
				queue = append(queue, from)
			}
		}
	}
	mine, reachable := distance[s.v.Place]
	if !reachable {
		return
	}
	for i := range s.v.exits {
		to, known := s.e.leadsTo(way{s.v.Place, s.v.exits[i].ID})
		if !known {
			continue
		}
		if d, ok := distance[to]; ok && d == mine-1 {
			out[s.v.exits[i].ID] = append(out[s.v.exits[i].ID], goal)
		}
	}
}

// targets lists where each goal is.
func (s *Scene) targets() map[string][]target {
	out := map[string][]target{}
	for place, exits := range s.e.exits {
		for i := range exits {
			w := way{place, exits[i].ID}
			if s.e.passed(place, w.exit) {
				continue
			}
			if !s.e.noMove[w] {
				out[goalNew] = append(out[goalNew], target(w))
				for _, a := range exits[i].Attrs {
					goal := goalNew + " whose " + a.Name + " is " + a.Value
					out[goal] = append(out[goal], target(w))
				}
			}
			if s.fitsHeld(&exits[i]) {
				out[goalFits] = append(out[goalFits], target(w))
			}
		}
	}
	for id, sight := range s.e.things {
		at := target{place: sight.place}
		if s.isAsked(sight.thing) {
			out[goalAsked] = append(out[goalAsked], at)
		}
		for _, a := range sight.thing.Attrs {
			goal := "the nearest thing whose " + a.Name + " is " + a.Value
			out[goal] = append(out[goal], at)
			if s.inTheWay(a) {
				out[goalOpener] = append(out[goalOpener], at)
			}
		}
		if s.e.touched[id] == 0 {
			out[goalUnknown] = append(out[goalUnknown], at)
		}
	}
	return out
}

func (s *Scene) isAsked(t *Thing) bool {
	if s.w.Names(t.ID) {
		return true
	}
	for _, a := range t.Attrs {
		if s.w.Names(a.Value) {
			return true
		}
	}
	return false
}

// fitsHeld reports whether an attribute of the way equals one of a held thing.
func (s *Scene) fitsHeld(exit *Thing) bool {
	for _, id := range s.v.Held {
		h := find(s.v.Things, id)
		if h == nil {
			continue
		}
		for _, a := range exit.Attrs {
			if h.value(a.Name) == a.Value && a.Value != "" {
				return true
			}
		}
	}
	return false
}
