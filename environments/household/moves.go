package household

import (
	"purposeagent/agent"
)

// The verbs.
const (
	verbGo        = "go"
	verbOpen      = "open"
	verbClose     = "close"
	verbSwitchOn  = "switch_on"
	verbSwitchOff = "switch_off"
	verbTake      = "take"
	verbPut       = "put"
	verbDrop      = "drop"
	verbClean     = "clean"
	verbHeat      = "heat"
	verbCool      = "cool"
	verbExamine   = "examine"
)

// The parameters.
const (
	paramRoom  = "room"
	paramWhat  = "what"
	paramThing = "thing"
	paramWhere = "where"
)

// prepVerbs are the verbs of the preparations.
var prepVerbs = [preparations]string{washing: verbClean, heating: verbHeat, cooling: verbCool, lighting: verbExamine}

// prepTexts announce them.
var prepTexts = [preparations]string{
	washing:  "Clean the thing in your hand with a tool of this room. Not every tool works on every material.",
	heating:  "Heat the thing in your hand with a tool of this room. Not every tool works on every material.",
	cooling:  "Cool the thing in your hand with a tool of this room. Not every tool works on every material.",
	lighting: "Look closely at the thing in your hand under a light of this room. Not every light shows every material.",
}

// move is an action with its object resolved.
type move struct {
	verb    string
	room    uint8
	fixture int
	item    int
}

// specs announces the actions of a house.
func (w *world) specs() []agent.ActionSpec {
	enum := func(name, text string, values []string) agent.ParamSpec {
		return agent.ParamSpec{Name: name, Description: text, Type: "string", Enum: values}
	}
	thing := agent.ParamSpec{Name: paramThing, Description: "its name, such as cup1", Type: "string", Role: agent.RoleThing}
	doors := enum(paramWhat, "the piece of furniture or tool", w.names(func(f *fixture) bool { return f.door }))
	powered := enum(paramWhat, "the tool", w.names(func(f *fixture) bool { return f.tool }))
	list := []agent.ActionSpec{
		{Name: verbGo, Description: "Walk into another room. All rooms are one step apart.", Params: []agent.ParamSpec{enum(paramRoom, "the room", rooms[:w.rooms])}},
		{Name: verbOpen, Description: "Open something that is closed in this room.", Params: []agent.ParamSpec{doors}},
		{Name: verbClose, Description: "Close something that is open in this room.", Params: []agent.ParamSpec{doors}},
		{Name: verbSwitchOn, Description: "Switch on a tool of this room.", Params: []agent.ParamSpec{powered}},
		{Name: verbSwitchOff, Description: "Switch off a tool of this room.", Params: []agent.ParamSpec{powered}},
		{Name: verbTake, Description: "Take a thing that you see. You can hold one thing.", Params: []agent.ParamSpec{thing}},
		{Name: verbPut, Description: "Put the thing in your hand in or on a piece of furniture of this room.", Params: []agent.ParamSpec{thing, enum(paramWhere, "the piece of furniture", stores[:w.stores])}},
		{Name: verbDrop, Description: "Lay the thing in your hand on the floor.", Params: []agent.ParamSpec{thing}},
	}
	for prep, verb := range prepVerbs {
		fits := w.names(func(f *fixture) bool { return f.tool && f.prep == prep })
		list = append(list, agent.ActionSpec{Name: verb, Description: prepTexts[prep], Params: []agent.ParamSpec{thing, enum(paramWhere, "the tool", fits)}})
	}
	return list
}

// moves lists what can be done, in a fixed order.
func (w *world) moves(s *day) []move {
	if w.over(s) {
		return nil
	}
	list := make([]move, 0, 32)
	for r := range w.rooms {
		if uint8(r) != s.room {
			list = append(list, move{verb: verbGo, room: uint8(r)})
		}
	}
	held := w.held(s)
	for i := range w.fixtures {
		f := &w.fixtures[i]
		if f.room != s.room {
			continue
		}
		if f.door {
			list = append(list, move{verb: toggle(s.open, i, verbOpen, verbClose), fixture: i})
		}
		if f.tool {
			list = append(list, move{verb: toggle(s.on, i, verbSwitchOn, verbSwitchOff), fixture: i})
		}
		switch {
		case held < 0:
		case f.tool:
			list = append(list, move{verb: prepVerbs[f.prep], fixture: i, item: held})
		case w.reachable(s, i):
			list = append(list, move{verb: verbPut, fixture: i, item: held})
		}
	}
	if held >= 0 {
		return append(list, move{verb: verbDrop, item: held})
	}
	for i, t := range s.items[:w.items] {
		if w.visible(s, t) {
			list = append(list, move{verb: verbTake, item: i})
		}
	}
	return list
}

// toggle returns what can be done to a bit.
func toggle(bits uint32, i int, up, down string) string {
	if bits>>i&1 == 1 {
		return down
	}
	return up
}

// action returns the move as an actor writes it. The parameters are canonical as they
// stand.
func (w *world) action(s *day, m move) agent.Action {
	var params string
	switch m.verb {
	case verbGo:
		params = `{"room":"` + rooms[m.room]
	case verbOpen, verbClose, verbSwitchOn, verbSwitchOff:
		params = `{"what":"` + w.fixtures[m.fixture].name
	case verbTake, verbDrop:
		params = `{"thing":"` + w.itemName(s, m.item)
	default:
		params = `{"thing":"` + w.itemName(s, m.item) + `","where":"` + w.fixtures[m.fixture].name
	}
	return agent.Action{Name: m.verb, Params: agent.Object(params + `"}`)}
}

// do makes a move that is possible, and says what happened.
func (w *world) do(s *day, m move) string {
	var f *fixture
	if m.fixture < len(w.fixtures) {
		f = &w.fixtures[m.fixture]
	}
	t := &s.items[m.item]
	name := w.itemName(s, m.item)
	bit := uint32(1) << m.fixture
	switch m.verb {
	case verbGo:
		s.room = m.room
		return "You go to the " + rooms[m.room] + "."
	case verbOpen:
		s.open |= bit
		return "You open the " + f.name + "."
	case verbClose:
		s.open &^= bit
		return "You close the " + f.name + "."
	case verbSwitchOn:
		s.on |= bit
		return "You switch on the " + f.name + "."
	case verbSwitchOff:
		s.on &^= bit
		return "You switch off the " + f.name + "."
	case verbTake:
		t.at = inHand
		return "You take " + name + "."
	case verbPut:
		t.at = uint8(m.fixture)
		return "You put " + name + " " + preposition(m.fixture) + " the " + f.name + "."
	case verbDrop:
		t.at = onFloor + s.room
		return "You lay " + name + " on the floor."
	}
	return w.prepare(s, t, name, m)
}

// prepare uses a tool on the thing in the hand.
func (w *world) prepare(s *day, t *item, name string, m move) string {
	f := &w.fixtures[m.fixture]
	text := "You " + m.verb + " " + name + " with the " + f.name + ": "
	if f.prep == lighting {
		text = "You hold " + name + " under the " + f.name + ": "
	}
	if w.tool[f.prep][t.material] != uint8(m.fixture) || !w.works(s, m.fixture) {
		return text + nothingHappens
	}
	switch f.prep {
	case washing:
		t.clean = 1
		return text + "it is clean now."
	case heating:
		t.warmth = hot
		return text + "it is hot now."
	case cooling:
		t.warmth = cold
		return text + "it is cold now."
	}
	if t.kind == s.goal.kind && s.goal.form == formExamine {
		s.examined = true
	}
	return text + "you see all of it."
}

// parse reads an action as a move that can be made. Errors are CodeInvalid and say
// why it can't.
func (w *world) parse(s *day, specs []agent.ActionSpec, a agent.Action) (move, error) {
	if a.Name == agent.Done {
		return move{}, agent.Errorf(agent.CodeInvalid, "DONE ends a run; it is not an action of the household")
	}
	if err := agent.CheckAction(specs, a); err != nil {
		return move{}, err
	}
	if w.over(s) {
		return move{}, agent.Errorf(agent.CodeInvalid, "the episode is over; start another one")
	}
	for _, m := range w.moves(s) {
		if known := w.action(s, m); known.Name == a.Name && known.Key() == a.Key() {
			return m, nil
		}
	}
	return move{}, w.refusal(s, a)
}

// seen returns the index of the visible thing with a name, or -1.
func (w *world) seen(s *day, name string) int {
	for i, t := range s.items[:w.items] {
		if w.itemName(s, i) == name && w.visible(s, t) {
			return i
		}
	}
	return -1
}

// refusal says why an action that is announced can't be done here.
func (w *world) refusal(s *day, a agent.Action) error {
	held := w.held(s)
	if a.Name == verbGo {
		return agent.Errorf(agent.CodeInvalid, "you are in the %s already", rooms[s.room])
	}
	if name := a.Param(paramThing); name != "" {
		i := w.seen(s, name)
		switch {
		case i < 0:
			return agent.Errorf(agent.CodeInvalid, "you see no %s here", shorten(name))
		case a.Name == verbTake && held == i:
			return agent.Errorf(agent.CodeInvalid, "you hold %s already", name)
		case a.Name == verbTake:
			return agent.Errorf(agent.CodeInvalid, "your hand is full; put %s down first", w.itemName(s, held))
		case held != i:
			return agent.Errorf(agent.CodeInvalid, "you don't hold %s; take it first", name)
		}
	}
	what := a.Param(paramWhat) + a.Param(paramWhere)
	for i := range w.fixtures {
		f := &w.fixtures[i]
		if f.name != what {
			continue
		}
		if f.room != s.room {
			return agent.Errorf(agent.CodeInvalid, "there is no %s in the %s", what, rooms[s.room])
		}
		if a.Name == verbPut {
			return agent.Errorf(agent.CodeInvalid, "the %s is closed; open it first", what)
		}
		looks := w.looks(s, i)
		if a.Name == verbOpen || a.Name == verbClose {
			return agent.Errorf(agent.CodeInvalid, "the %s is %s already", what, looks[attrDoor])
		}
		return agent.Errorf(agent.CodeInvalid, "the %s is %s already", what, looks[attrPower])
	}
	return agent.Errorf(agent.CodeInvalid, "that can't be done here")
}
