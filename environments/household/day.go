package household

import (
	"encoding/hex"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/laws"
)

// item is one thing and what was done to it.
type item struct {
	kind, material uint8
	clean          uint8 // 0 or 1
	warmth         uint8
	at             uint8 // a fixture, inHand, or onFloor and the room
}

// Where an item can be, beside the fixtures.
const (
	onFloor = 64
	inHand  = 128
)

// day is all there is to a moment of an episode.
type day struct {
	goal     goal
	start    uint8 // distance at the start
	room     uint8
	examined bool
	open, on uint32 // by fixture
	items    [maxItems]item
	chance   chance
}

// chance is the outcome of an episode with random rewards.
type chance struct {
	on, won bool
	key     uint64 // of the random Φ
	now     uint16 // steps done
	last    uint16 // the step that ends the episode
}

// usual is the share of things that are where their kind is usually kept, ahead the
// share of days on which the first part of the task is done already.
const (
	usual = 0.85
	ahead = 0.25
)

// drawDay returns the first moment of a task.
func (w *world) drawDay(g goal, seed int64) day {
	d := laws.NewDraw(w.seed, w.size, "day", g.text(), seed)
	s := day{goal: g, room: uint8(d.Intn(w.rooms))}
	for i := range w.fixtures {
		f := &w.fixtures[i]
		if f.door && d.Share() < .4 {
			s.open |= 1 << i
		}
		if f.tool && d.Share() < .5 {
			s.on |= 1 << i
		}
	}
	asked := g.form.number()
	if d.Share() < .5 {
		asked++
	}
	others := make([]uint8, 0, allKinds)
	for _, k := range w.inventory() {
		if k != g.kind && int(k) < w.kinds {
			others = append(others, k)
		}
	}
	for i, at := range d.Perm(w.items) {
		kind := g.kind
		if i >= asked {
			kind = others[d.Intn(len(others))]
		}
		s.items[at] = w.drawItem(g, kind, d)
	}
	if d.Share() < ahead {
		w.getAhead(&s)
	}
	s.start = uint8(w.distance(&s))
	return s
}

// drawItem returns a thing that does not fulfil the task where it is.
func (w *world) drawItem(g goal, kind uint8, d *laws.Draw) item {
	t := item{kind: kind, material: uint8(d.Intn(w.materials)), at: uint8(w.home[kind])}
	if d.Share() >= usual {
		t.at = uint8(d.Intn(w.stores))
	}
	if kind == g.kind {
		if t.at == g.to {
			t.at = uint8(w.home[kind])
		}
		if t.at == g.to { // a person asked for it to be put where it is kept
			t.at = uint8((int(g.to) + 1) % w.stores)
		}
	}
	return t
}

// getAhead does the first part of a task: the thing is in the hand, and prepared if
// that is asked.
func (w *world) getAhead(s *day) {
	for i := range w.items {
		t := &s.items[i]
		if t.kind != s.goal.kind {
			continue
		}
		t.at = inHand
		switch s.goal.form {
		case formWash:
			t.clean = 1
		case formHeat:
			t.warmth = hot
		case formCool:
			t.warmth = cold
		case formPut, formTwo, formExamine:
		}
		return
	}
}

// ready reports whether a thing is as the task asks.
func (g goal) ready(t item) bool {
	switch g.form {
	case formWash:
		return t.clean == 1
	case formHeat:
		return t.warmth == hot
	case formCool:
		return t.warmth == cold
	case formPut, formTwo, formExamine:
	}
	return true
}

// fulfils reports whether a thing is as the task asks, and where.
func (g goal) fulfils(t item) bool {
	return g.form != formExamine && t.kind == g.kind && t.at == g.to && g.ready(t)
}

// done reports whether the task is fulfilled.
func (w *world) done(s *day) bool {
	if s.goal.form == formExamine {
		return s.examined
	}
	n := 0
	for _, t := range s.items[:w.items] {
		if s.goal.fulfils(t) {
			n++
		}
	}
	return n >= s.goal.form.number()
}

// over reports whether the episode has ended: the task is fulfilled, or the chance
// of random rewards has run its time.
func (w *world) over(s *day) bool {
	if s.chance.on {
		return s.chance.now >= s.chance.last
	}
	return w.done(s)
}

// held returns the index of the item in the hand, or -1.
func (w *world) held(s *day) int {
	for i, t := range s.items[:w.items] {
		if t.at == inHand {
			return i
		}
	}
	return -1
}

// visible reports whether an item can be seen from where the actor is.
func (w *world) visible(s *day, t item) bool {
	switch {
	case t.at == inHand:
		return true
	case t.at >= onFloor:
		return t.at-onFloor == s.room
	}
	return w.fixtures[t.at].room == s.room && w.reachable(s, int(t.at))
}

// reachable reports whether something can be put into or taken from a store.
func (w *world) reachable(s *day, fixture int) bool {
	return !w.fixtures[fixture].door || s.open>>fixture&1 == 1
}

// works reports whether a tool is as it needs to be.
func (w *world) works(s *day, fixture int) bool {
	switch w.fixtures[fixture].need {
	case needsOn:
		return s.on>>fixture&1 == 1
	case needsOpen:
		return s.open>>fixture&1 == 1
	}
	return s.open>>fixture&1 == 0
}

// itemName returns what an item is called: its kind, and its number in the house.
func (w *world) itemName(s *day, i int) string {
	n := 1
	for j := range i {
		if s.items[j].kind == s.items[i].kind {
			n++
		}
	}
	return kindName(s.items[i].kind) + string(rune('0'+n))
}

const (
	tagBytes = 4
	dayBytes = tagBytes + 6 + 8 + maxItems*5 + 2 + 8 + 4
)

// tag tells states of this house from those of others.
func (w *world) tag() [tagBytes]byte {
	return [tagBytes]byte([]byte(laws.Seal(w.seed + w.size)))
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendNumber(b []byte, x uint64, bytes int) []byte {
	for i := range bytes {
		b = append(b, byte(x>>(8*i)))
	}
	return b
}

func number(b []byte) (x uint64) {
	for i := range b {
		x |= uint64(b[i]) << (8 * i)
	}
	return x
}

const hiddenHead, hiddenTail = `{"h":"`, `"}`

// encode returns the day as hidden state: {"h":"…"}.
func (s *day) encode(tag [tagBytes]byte) agent.Object {
	b := append(make([]byte, 0, dayBytes), tag[:]...)
	b = append(b, byte(s.goal.form), s.goal.kind, s.goal.to, s.start, s.room, bit(s.examined))
	b = appendNumber(appendNumber(b, uint64(s.open), 4), uint64(s.on), 4)
	for _, t := range s.items {
		b = append(b, t.kind, t.material, t.clean, t.warmth, t.at)
	}
	b = append(b, bit(s.chance.on), bit(s.chance.won))
	b = appendNumber(b, s.chance.key, 8)
	b = appendNumber(appendNumber(b, uint64(s.chance.now), 2), uint64(s.chance.last), 2)
	out := append(make([]byte, 0, len(hiddenHead)+2*dayBytes+len(hiddenTail)), hiddenHead...)
	out = hex.AppendEncode(out, b)
	return agent.Object(append(out, hiddenTail...))
}

// decode reads hidden state. Errors are CodeInvalid: the state is not of this
// house, or was made by hand.
func (w *world) decode(hidden agent.Object, tag [tagBytes]byte) (day, error) {
	text, isOurs := strings.CutPrefix(string(hidden), hiddenHead)
	text, closed := strings.CutSuffix(text, hiddenTail)
	var raw [dayBytes]byte
	if !isOurs || !closed || len(text) != 2*dayBytes {
		return day{}, notOurs()
	}
	if _, err := hex.Decode(raw[:], []byte(text)); err != nil {
		return day{}, notOurs()
	}
	if [tagBytes]byte(raw[:tagBytes]) != tag {
		return day{}, agent.Errorf(agent.CodeInvalid, "this state belongs to another house; set the world and size that it came from")
	}
	b := raw[tagBytes:]
	s := day{goal: goal{form(b[0]), b[1], b[2]}, start: b[3], room: b[4], examined: b[5] == 1}
	s.open, s.on = uint32(number(b[6:10])), uint32(number(b[10:14]))
	b = b[14:]
	for i := range s.items {
		s.items[i] = item{b[0], b[1], b[2], b[3], b[4]}
		b = b[5:]
	}
	s.chance = chance{on: b[0] == 1, won: b[1] == 1, key: number(b[2:10]), now: uint16(number(b[10:12])), last: uint16(number(b[12:14]))}
	if !w.sound(&s) {
		return day{}, agent.Errorf(agent.CodeInvalid, "this state is damaged; start the task anew")
	}
	return s, nil
}

// sound reports whether all values are in range, at most one thing is held, and
// enough things of the kind asked for exist.
func (w *world) sound(s *day) bool {
	good := int(s.goal.form) < forms && int(s.goal.kind) < allKinds && int(s.goal.to) < w.stores && int(s.room) < w.rooms
	held, asked := 0, 0
	for _, t := range s.items[:w.items] {
		good = good && int(t.kind) < allKinds && int(t.material) < w.materials && t.clean <= 1 && t.warmth <= cold &&
			(t.at == inHand || int(t.at) < w.stores || t.at >= onFloor && int(t.at) < onFloor+w.rooms)
		if t.at == inHand {
			held++
		}
		if t.kind == s.goal.kind {
			asked++
		}
	}
	return good && held <= 1 && asked >= s.goal.form.number()
}

func notOurs() error {
	return agent.Errorf(agent.CodeInvalid, "the household can't go on from a state that it did not make; leave the initial state empty")
}
