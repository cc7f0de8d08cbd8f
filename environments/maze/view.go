package maze

import (
	"slices"
	"strings"

	"purposeagent/agent"
)

// The words of the state.
const (
	kindKey      = "key"
	kindTreasure = "treasure"
	kindGate     = "gate"

	doorNone   = "none"
	doorLocked = "locked"
	doorOpen   = "open"

	wayBoth = "both"
	wayOne  = "one-way"
)

// view is State.Data: what can be observed. Fields stand in the order of their
// JSON names.
type view struct {
	Exits  map[string]exit  `json:"exits"`
	Held   []string         `json:"held"`
	Opened []string         `json:"opened"` // doors opened so far, wherever they are
	Place  string           `json:"place"`
	Things map[string]thing `json:"things"`
}

type exit struct {
	Colour string `json:"colour,omitempty"`
	Door   string `json:"door"`
	Way    string `json:"way"`
}

type thing struct {
	Colour string `json:"colour,omitempty"`
	Kind   string `json:"kind"`
}

// state returns the journey as a state. Data and summary depend on the
// position only.
func (p *plan) state(j journey) agent.State {
	return agent.State{Data: canonical(p.view(j.position)), Summary: p.summary(j.position), Hidden: p.hide(&j)}
}

func (p *plan) view(s position) view {
	v := view{Exits: map[string]exit{}, Held: p.held(s), Opened: p.opened(s), Place: p.names[s.room], Things: map[string]thing{}}
	for d, w := range p.ways[s.room] {
		if w.to != none {
			v.Exits[direction(d).String()] = p.exit(w, s)
		}
	}
	for i, room := range p.keyRooms {
		if s.keys[i] == keyHeld || s.keys[i] == keyLies && room == s.room {
			v.Things[p.thingName(i)] = thing{Kind: kindKey, Colour: p.colours[i]}
		}
	}
	if s.treasure || s.room == p.treasure {
		v.Things[kindTreasure] = thing{Kind: kindTreasure}
	}
	if p.hasGate() && s.room == p.start {
		v.Things[kindGate] = thing{Kind: kindGate}
	}
	return v
}

// hasGate reports whether the entrance matters, and so is shown.
func (p *plan) hasGate() bool { return p.config.Goal == goalCarry }

func (p *plan) exit(w way, s position) exit {
	e := exit{Door: doorNone, Way: wayBoth}
	if w.oneWay {
		e.Way = wayOne
	}
	if w.door != none {
		e.Colour, e.Door = p.colours[w.door], doorLocked
		if s.keys[w.door] == keyUsed {
			e.Door = doorOpen
		}
	}
	return e
}

func (p *plan) opened(s position) []string {
	doors := []string{}
	for i := range p.keyRooms {
		if s.keys[i] == keyUsed {
			doors = append(doors, p.colours[i]+" door")
		}
	}
	return doors
}

// summary tells the position in plain English, for example: You are in the
// dusty hall. Exits: north, east (red door, locked). You see the red key. You
// carry nothing.
func (p *plan) summary(s position) string {
	see := p.lying(s)
	if p.hasGate() && s.room == p.start {
		see = append(see, kindGate)
	}
	text := "You are in the " + p.names[s.room] + ". " + p.exitsSentence(s) + ". "
	if len(see) > 0 {
		text += "You see " + the(see) + ". "
	}
	if held := p.held(s); len(held) > 0 {
		text += "You carry " + the(held) + "."
	} else {
		text += "You carry nothing."
	}
	if doors := p.opened(s); len(doors) > 0 {
		text += " You have opened " + the(doors) + "."
	}
	return text
}

// the lists names in English: the red key, the blue key and the treasure.
func the(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return "the " + names[0]
	}
	return "the " + strings.Join(names[:last], ", the ") + " and the " + names[last]
}

// exitsSentence lists the exits without a full stop.
func (p *plan) exitsSentence(s position) string {
	var list []string
	for d, w := range p.ways[s.room] {
		if w.to == none {
			continue
		}
		text := direction(d).String()
		switch e := p.exit(w, s); {
		case e.Door != doorNone:
			text += " (" + e.Colour + " door, " + e.Door + ")"
		case e.Way == wayOne:
			text += " (one way)"
		}
		list = append(list, text)
	}
	if len(list) == 1 {
		return "Exit: " + list[0]
	}
	return "Exits: " + strings.Join(list, ", ")
}

// observed reads a position back from what can be observed, for a state that a
// person gave. Errors are CodeInvalid.
func (p *plan) observed(data agent.Object) (position, error) {
	var v struct {
		Place  string   `json:"place"`
		Held   []string `json:"held"`
		Opened []string `json:"opened"`
	}
	if err := data.Decode(&v); err != nil {
		return position{}, agent.Errorf(agent.CodeInvalid, "a state of the maze is {\"place\": room, \"held\": [things], \"opened\": [doors]}")
	}
	s := position{room: slices.Index(p.names, v.Place)}
	if s.room == none {
		return position{}, agent.Errorf(agent.CodeInvalid, "place must be a room of this maze, such as %q", p.names[p.start])
	}
	held, opened := setOf(v.Held), setOf(v.Opened)
	for i, colour := range p.colours {
		key, door := p.thingName(i), colour+" door"
		switch {
		case opened[door] && held[key]:
			return position{}, agent.Errorf(agent.CodeInvalid, "the %s can't be held: it stays in the lock of the opened %s", key, door)
		case opened[door]:
			s.keys[i] = keyUsed
		case held[key]:
			s.keys[i] = keyHeld
		}
		delete(held, key)
		delete(opened, door)
	}
	s.treasure = held[kindTreasure]
	delete(held, kindTreasure)
	if len(held) > 0 || len(opened) > 0 {
		return position{}, agent.Errorf(agent.CodeInvalid, "held and opened may name the treasure and the keys and doors of this maze only; their colours are: %s", strings.Join(p.colours, ", "))
	}
	return s, nil
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}
