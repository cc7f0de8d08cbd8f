package household

import (
	"context"

	"purposeagent/agent"
)

// Explorer returns a player written by hand, for one task: the line that a learner is
// compared with. It knows the rules of the game and the observations, as any actor
// may, and no habit of the house; it learns nothing from task to task. It searches
// room by room, opens what is closed, and tries each tool in each of its settings.
func (h *Household) Explorer() agent.Decider {
	return &explorer{w: h.world, been: map[string]bool{}, tried: map[string]bool{}, where: map[string]string{}}
}

type explorer struct {
	w     *world
	been  map[string]bool   // rooms
	tried map[string]bool   // a tool as it was, with the thing
	where map[string]string // piece of furniture or tool → its room
}

// Decide chooses by the purpose and by what was seen so far. Errors are CodeInvalid
// for a state that is not of a household.
func (e *explorer) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	g, err := e.w.readGoal(s.Task.Purpose)
	if err != nil {
		return agent.Decision{}, err
	}
	var v view
	if err := s.State.Data.Decode(&v); err != nil {
		return agent.Decision{}, agent.Errorf(agent.CodeInvalid, "this is not a state of a household: %w", err)
	}
	e.been[v.Place] = true
	for name := range v.Here {
		e.where[name] = v.Place
	}
	if len(s.Legal) == 0 {
		return agent.Decision{Action: agent.NewAction(agent.Done)}, nil
	}
	return agent.Decision{Action: e.choose(s.Legal, g, &v)}, nil
}

// choose returns the first legal action that serves the next part of the task.
func (e *explorer) choose(legal []agent.Action, g goal, v *view) agent.Action {
	var a agent.Action
	var found bool
	if len(v.Held) == 0 {
		a, found = e.search(legal, g, v)
	} else if t := v.Things[v.Held[0]]; t.Kind != kindName(g.kind) {
		a, found = pick(legal, verbDrop, "", "")
	} else if prep, asked := g.form.preparation(); asked && !g.seems(t) {
		a, found = e.prepare(legal, prep, v)
	} else {
		a, found = e.bring(legal, v, stores[g.to])
	}
	if !found {
		a, found = e.wander(legal, v)
	}
	if !found {
		return legal[0]
	}
	return a
}

// seems reports whether a thing looks as the task asks.
func (g goal) seems(t thing) bool {
	switch g.form {
	case formWash:
		return t.Washed == washed[1]
	case formHeat:
		return t.Warmth == warmths[hot]
	case formCool:
		return t.Warmth == warmths[cold]
	case formPut, formTwo:
		return true
	case formExamine:
	}
	return false
}

// pick returns the first legal action with the verb and the value of a parameter.
func pick(legal []agent.Action, verb, param, value string) (agent.Action, bool) {
	for _, a := range legal {
		if a.Name == verb && (param == "" || a.Param(param) == value) {
			return a, true
		}
	}
	return agent.Action{}, false
}

// search takes a thing of the kind that is not where it shall be, or opens what may
// hide one.
func (e *explorer) search(legal []agent.Action, g goal, v *view) (agent.Action, bool) {
	for _, a := range legal {
		if a.Name != verbTake {
			continue
		}
		t := v.Things[a.Param(paramThing)]
		if t.Kind == kindName(g.kind) && (g.form == formExamine || t.At != stores[g.to] || !g.seems(t)) {
			return a, true
		}
	}
	for _, store := range stores[:e.w.stores] {
		if a, closed := pick(legal, verbOpen, paramWhat, store); closed {
			return a, true
		}
	}
	return agent.Action{}, false
}

// bring puts what is held where it shall be, if the way is known.
func (e *explorer) bring(legal []agent.Action, v *view, store string) (agent.Action, bool) {
	if a, here := pick(legal, verbPut, paramWhere, store); here {
		return a, true
	}
	if a, closed := pick(legal, verbOpen, paramWhat, store); closed {
		return a, true
	}
	return e.goTo(legal, v, store)
}

func (e *explorer) goTo(legal []agent.Action, v *view, name string) (agent.Action, bool) {
	room, known := e.where[name]
	if !known || room == v.Place {
		return agent.Action{}, false
	}
	return pick(legal, verbGo, paramRoom, room)
}

// prepare tries the tools for a preparation one by one: first as they are, then
// switched on, opened or closed.
func (e *explorer) prepare(legal []agent.Action, prep int, v *view) (agent.Action, bool) {
	all := tools[prep][:sizes[e.w.size].tools]
	for _, tool := range all {
		if a, here := pick(legal, prepVerbs[prep], paramWhere, tool); here {
			if a, worth := e.try(legal, tool, a, v); worth {
				return a, true
			}
		}
	}
	for _, tool := range all {
		if !e.tried[tool] {
			if a, far := e.goTo(legal, v, tool); far {
				return a, true
			}
		}
	}
	return agent.Action{}, false
}

// try returns what to do next with a tool of this room; false where all was tried.
func (e *explorer) try(legal []agent.Action, tool string, use agent.Action, v *view) (agent.Action, bool) {
	how := v.Here[tool]
	if now := tool + how[attrDoor] + how[attrPower]; !e.tried[now] {
		e.tried[now] = true
		return use, true
	}
	for _, verb := range [...]string{verbSwitchOn, verbOpen, verbClose} {
		if e.tried[tool+verb] {
			continue
		}
		if a, can := pick(legal, verb, paramWhat, tool); can {
			e.tried[tool+verb] = true
			return a, true
		}
	}
	e.tried[tool] = true
	return agent.Action{}, false
}

// wander goes to a room that was not seen yet, or anywhere once all were.
func (e *explorer) wander(legal []agent.Action, v *view) (agent.Action, bool) {
	for _, again := range [...]bool{false, true} {
		for _, a := range legal {
			if a.Name == verbGo && (again || !e.been[a.Param(paramRoom)]) {
				return a, true
			}
		}
		if !again {
			clear(e.been)
			e.been[v.Place] = true
		}
	}
	return agent.Action{}, false
}
