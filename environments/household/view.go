package household

import (
	"strings"

	"purposeagent/agent"
)

// view is State.Data: what can be observed. Fields stand in the order of their JSON
// names.
type view struct {
	Here   map[string]map[string]string `json:"here"` // furniture and tools of the room
	Held   []string                     `json:"held"`
	Place  string                       `json:"place"`
	Things map[string]thing             `json:"things"`
}

type thing struct {
	At       string `json:"at"`
	Kind     string `json:"kind"`
	Material string `json:"material"`
	Warmth   string `json:"warmth"`
	Washed   string `json:"washed"`
}

// Words of the state.
const (
	atFloor, atHand     = "floor", "hand"
	isOpen, isClosed    = "open", "closed"
	isOn, isOff         = "on", "off"
	attrDoor, attrPower = "door", "power"
	nothingHappens      = "nothing happens."
	dayBegins           = "A new day begins."
)

func (w *world) view(s *day) view {
	v := view{Here: map[string]map[string]string{}, Held: []string{}, Place: rooms[s.room], Things: map[string]thing{}}
	for i := range w.fixtures {
		if f := &w.fixtures[i]; f.room == s.room {
			v.Here[f.name] = w.looks(s, i)
		}
	}
	for i, t := range s.items[:w.items] {
		if !w.visible(s, t) {
			continue
		}
		name := w.itemName(s, i)
		v.Things[name] = thing{At: w.placeOf(t), Kind: kindName(t.kind), Material: materials[t.material], Warmth: warmths[t.warmth], Washed: washed[t.clean]}
		if t.at == inHand {
			v.Held = append(v.Held, name)
		}
	}
	return v
}

// looks says what can be seen of a fixture.
func (w *world) looks(s *day, i int) map[string]string {
	out := map[string]string{}
	f := &w.fixtures[i]
	if f.door {
		out[attrDoor] = isClosed
		if s.open>>i&1 == 1 {
			out[attrDoor] = isOpen
		}
	}
	if f.tool {
		out[attrPower] = isOff
		if s.on>>i&1 == 1 {
			out[attrPower] = isOn
		}
	}
	return out
}

func (w *world) placeOf(t item) string {
	switch {
	case t.at == inHand:
		return atHand
	case t.at >= onFloor:
		return atFloor
	}
	return w.fixtures[t.at].name
}

// data returns what can be seen, as canonical JSON.
func (w *world) data(s *day) agent.Object { return agent.MustObject(w.view(s)) }

// summary says in plain English what happened and what can be seen.
func (w *world) summary(s *day, last string) string {
	var b strings.Builder
	b.WriteString(last + " You are in the " + rooms[s.room] + ".")
	var here []string
	for i := range w.fixtures {
		f := &w.fixtures[i]
		if f.room != s.room {
			continue
		}
		text := article(f.name)
		if looks := w.looks(s, i); len(looks) > 0 {
			text += " (" + looks[attrDoor]
			if power := looks[attrPower]; power != "" {
				text += ", " + power
			}
			text += ")"
		}
		here = append(here, text)
	}
	if len(here) > 0 {
		b.WriteString(" Here: " + strings.Join(here, ", ") + ".")
	}
	var lying []string
	hand := "nothing"
	for i, t := range s.items[:w.items] {
		switch {
		case t.at == inHand:
			hand = w.tell(s, i)
		case !w.visible(s, t):
		case t.at >= onFloor:
			lying = append(lying, w.tell(s, i)+" on the floor")
		default:
			lying = append(lying, w.tell(s, i)+" "+preposition(int(t.at))+" the "+w.fixtures[t.at].name)
		}
	}
	if len(lying) > 0 {
		b.WriteString(" You see " + strings.Join(lying, "; ") + ".")
	}
	b.WriteString(" In your hand: " + hand + ".")
	return b.String()
}

// tell says for instance "cup1 (clay, clean, hot)".
func (w *world) tell(s *day, i int) string {
	t := s.items[i]
	text := w.itemName(s, i) + " (" + materials[t.material] + ", " + washed[t.clean]
	if t.warmth != mild {
		text += ", " + warmths[t.warmth]
	}
	return text + ")"
}
