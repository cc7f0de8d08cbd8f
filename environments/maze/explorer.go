package maze

import (
	"context"

	"purposeagent/agent"
)

// Explorer returns a player written by hand, for one task: the line that a
// learner is compared with. It knows the observations only, as any actor does,
// and learns nothing from task to task. It takes and unlocks what it can, and
// else walks to the nearest exit that it has not tried.
func (m *Maze) Explorer() agent.Decider { return &explorer{leads: map[string]map[string]string{}} }

type explorer struct {
	leads map[string]map[string]string // place → exit → place behind, "" if not tried
	seen  int                          // steps of the history
}

// Decide chooses by the map that it drew so far. Errors are CodeInvalid for a
// state that is not of a maze.
func (e *explorer) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	for ; e.seen < len(s.History); e.seen++ {
		if err := e.walked(&s.History[e.seen]); err != nil {
			return agent.Decision{}, err
		}
	}
	var v view
	if err := s.State.Data.Decode(&v); err != nil {
		return agent.Decision{}, agent.Errorf(agent.CodeInvalid, "this is not a state of a maze: %w", err)
	}
	if len(s.Legal) == 0 {
		return agent.Decision{Action: agent.NewAction(agent.Done)}, nil
	}
	return agent.Decision{Action: e.choose(s.Legal, &v)}, nil
}

// walked draws the way that a step went.
func (e *explorer) walked(s *agent.Step) error {
	if s.Action.Name != verbGo {
		return nil
	}
	var from, to view
	if err := s.Before.Data.Decode(&from); err != nil {
		return agent.Errorf(agent.CodeInvalid, "this is not a state of a maze: %w", err)
	}
	if err := s.After.Data.Decode(&to); err != nil {
		return agent.Errorf(agent.CodeInvalid, "this is not a state of a maze: %w", err)
	}
	e.known(from.Place)[s.Action.Param("direction")] = to.Place
	return nil
}

func (e *explorer) known(place string) map[string]string {
	if e.leads[place] == nil {
		e.leads[place] = map[string]string{}
	}
	return e.leads[place]
}

func (e *explorer) choose(legal []agent.Action, v *view) agent.Action {
	known := e.known(v.Place)
	for _, a := range legal {
		if a.Name != verbGo {
			return a
		}
		if _, ok := known[a.Param("direction")]; !ok {
			known[a.Param("direction")] = ""
		}
	}
	for name, x := range v.Exits { // a locked door is tried when its key is held
		if x.Door == doorLocked {
			delete(known, name)
		}
		e.doors(v.Place, name, x)
	}
	return agent.NewAction(verbGo, "direction", e.firstStep(v, legal))
}

// doors remembers where the locked doors stand, as exits under their colour.
func (e *explorer) doors(place, name string, x exit) {
	if x.Door == doorLocked {
		e.leads[place]["locked "+x.Colour] = name
	} else if x.Colour != "" {
		delete(e.leads[place], "locked "+x.Colour)
	}
}

// firstStep searches the known map for the nearest place with an untried exit
// or a door whose key is held, and returns the exit to begin with.
func (e *explorer) firstStep(v *view, legal []agent.Action) string {
	type node struct{ place, first string }
	seen := map[string]bool{v.Place: true}
	level := []node{{v.Place, ""}}
	for len(level) > 0 {
		var next []node
		for _, n := range level {
			for _, d := range directions() {
				to, ok := e.leads[n.place][d]
				first := n.first
				if first == "" {
					first = d
				}
				switch {
				case ok && to == "":
					return first
				case ok && !seen[to]:
					seen[to] = true
					next = append(next, node{to, first})
				}
			}
			for _, t := range v.Things {
				if _, ok := e.leads[n.place]["locked "+t.Colour]; ok && n.first != "" {
					return n.first
				}
			}
		}
		level = next
	}
	return legal[0].Param("direction")
}
