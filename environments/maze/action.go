package maze

import (
	"strings"

	"purposeagent/agent"
)

// The verbs.
const (
	verbGo     = "go"
	verbUnlock = "unlock"
	verbTake   = "take"
)

// move is an action with its object resolved.
type move struct {
	verb  string
	d     direction // of go and unlock
	thing int       // of take: a key's number, or the number of keys for the treasure
}

// action returns the move as the actor writes it. The parameters are canonical
// as they stand.
func (p *plan) action(m move) agent.Action {
	if m.verb == verbTake {
		return agent.Action{Name: m.verb, Params: agent.Object(`{"thing":"` + p.thingName(m.thing) + `"}`)}
	}
	return agent.Action{Name: m.verb, Params: agent.Object(`{"direction":"` + m.d.String() + `"}`)}
}

// thingName returns the id of a key, or of the treasure.
func (p *plan) thingName(thing int) string {
	if thing == len(p.keyRooms) {
		return kindTreasure
	}
	return p.colours[thing] + " " + kindKey
}

// act does an action that fits the specs, or says why it can't be done.
func (p *plan) act(a agent.Action, s position) (position, error) {
	if a.Name == verbTake {
		return p.take(a.Param("thing"), s)
	}
	d, _ := parseDirection(a.Param("direction")) // CheckAction has seen to it
	w := p.ways[s.room][d]
	if w.to == none {
		return s, agent.Errorf(agent.CodeInvalid, "there is no way %s from here; %s", d, p.exitsSentence(s))
	}
	if a.Name == verbUnlock {
		return p.unlock(d, w, s)
	}
	if !passable(w, &s) {
		return s, agent.Errorf(agent.CodeInvalid, "the %s door to the %s is locked; unlock it with the %s key first", p.colours[w.door], d, p.colours[w.door])
	}
	s.room = w.to
	return s, nil
}

func (p *plan) unlock(d direction, w way, s position) (position, error) {
	if w.door == none {
		return s, agent.Errorf(agent.CodeInvalid, "there is no door to the %s; just go there", d)
	}
	colour := p.colours[w.door]
	switch s.keys[w.door] {
	case keyUsed:
		return s, agent.Errorf(agent.CodeInvalid, "the %s door to the %s is open already; just go there", colour, d)
	case keyLies:
		return s, agent.Errorf(agent.CodeInvalid, "you don't carry the %s key; find it and take it first", colour)
	case keyHeld:
		s.keys[w.door] = keyUsed
	}
	return s, nil
}

func (p *plan) take(name string, s position) (position, error) {
	for i, room := range p.keyRooms {
		if name != p.thingName(i) {
			continue
		}
		switch {
		case s.keys[i] == keyHeld:
			return s, agent.Errorf(agent.CodeInvalid, "you carry the %s already", name)
		case s.keys[i] == keyUsed:
			return s, agent.Errorf(agent.CodeInvalid, "the %s stays in its lock; the door is open", name)
		case room == s.room:
			s.keys[i] = keyHeld
			return s, nil
		}
	}
	switch {
	case name == kindTreasure && s.treasure:
		return s, agent.Errorf(agent.CodeInvalid, "you carry the treasure already")
	case name == kindTreasure && s.room == p.treasure:
		s.treasure = true
		return s, nil
	case name == kindGate:
		return s, agent.Errorf(agent.CodeInvalid, "the gate can't be taken")
	}
	lying := p.lying(s)
	if len(lying) == 0 {
		return s, agent.Errorf(agent.CodeInvalid, "that is not here: nothing in this room can be taken")
	}
	return s, agent.Errorf(agent.CodeInvalid, "that is not here: you can take the %s", strings.Join(lying, ", the "))
}

// lying lists what can be taken here.
func (p *plan) lying(s position) []string {
	var names []string
	for i, room := range p.keyRooms {
		if room == s.room && s.keys[i] == keyLies {
			names = append(names, p.thingName(i))
		}
	}
	if s.room == p.treasure && !s.treasure {
		names = append(names, kindTreasure)
	}
	return names
}

// held lists what is carried, always in the same order.
func (p *plan) held(s position) []string {
	names := []string{}
	for i := range p.keyRooms {
		if s.keys[i] == keyHeld {
			names = append(names, p.thingName(i))
		}
	}
	if s.treasure {
		names = append(names, kindTreasure)
	}
	return names
}
