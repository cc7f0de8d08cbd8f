package workshop

import (
	"encoding/hex"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/laws"
)

// piece is one piece of material and what was done to it.
type piece struct {
	material uint8 // from 0
	prep     uint8
	node     uint8 // of the world: the operations done so far
	colour   uint8 // from 1, none: plain
	mordant  uint8 // from 1, none: without
	place    uint8
}

// shop is all there is to a moment of an episode.
type shop struct {
	order  order
	start  uint8 // distance at the start
	pieces [pieceCount]piece
	chance chance
}

// chance is the outcome of an episode with random rewards.
type chance struct {
	on   bool
	won  bool
	key  uint64 // of the random Φ
	now  uint16 // steps done
	last uint16 // the step that ends the episode
}

const (
	tagBytes  = 4
	shopBytes = tagBytes + 4 + pieceCount*6 + 2 + 8 + 2 + 2
)

// tag tells states of this world and level from those of others.
func (w *world) tag() [tagBytes]byte {
	sum := laws.Seal(w.seed + w.level)
	return [tagBytes]byte([]byte(sum[:tagBytes]))
}

// encode returns the shop as hidden state: {"w":"…"}.
func (s *shop) encode(tag [tagBytes]byte) agent.Object {
	var raw [shopBytes]byte
	b := append(raw[:0], tag[:]...)
	b = append(b, s.order.kind, s.order.material, s.order.colour, s.start)
	for _, p := range s.pieces {
		b = append(b, p.material, p.prep, p.node, p.colour, p.mordant, p.place)
	}
	c := s.chance
	b = append(b, bit(c.on), bit(c.won))
	for shift := 0; shift < 64; shift += 8 {
		b = append(b, byte(c.key>>shift))
	}
	b = append(b, byte(c.now), byte(c.now>>8), byte(c.last), byte(c.last>>8))
	var out [len(hiddenHead) + 2*shopBytes + len(hiddenTail)]byte
	o := append(out[:0], hiddenHead...)
	o = hex.AppendEncode(o, b)
	return agent.Object(append(o, hiddenTail...))
}

const hiddenHead, hiddenTail = `{"w":"`, `"}`

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// decode reads hidden state. Errors are CodeInvalid: the state is not of this
// world, or was made by hand.
func (w *world) decode(hidden agent.Object, tag [tagBytes]byte) (shop, error) {
	text, isOurs := strings.CutPrefix(string(hidden), hiddenHead)
	text, closed := strings.CutSuffix(text, hiddenTail)
	var raw [shopBytes]byte
	if !isOurs || !closed || len(text) != 2*shopBytes {
		return shop{}, notOurs()
	}
	if _, err := hex.Decode(raw[:], []byte(text)); err != nil {
		return shop{}, notOurs()
	}
	if [tagBytes]byte(raw[:tagBytes]) != tag {
		return shop{}, agent.Errorf(agent.CodeInvalid, "this state belongs to another world; set the world and level that it came from")
	}
	b := raw[tagBytes:]
	s := shop{order: order{b[0], b[1], b[2]}, start: b[3]}
	good := int(b[0]) < len(kinds) && int(b[1]) <= len(materials) && int(b[2]) <= len(colours)
	b = b[4:]
	for i := range s.pieces {
		p := piece{b[0], b[1], b[2], b[3], b[4], b[5]}
		s.pieces[i], b = p, b[6:]
		good = good && int(p.material) < len(materials) && p.prep <= prepWrong && int(p.node) < len(w.nodes) &&
			int(p.colour) <= len(colours) && int(p.mordant) <= len(mordants) && p.place <= placeGone
	}
	s.chance.on, s.chance.won = b[0] == 1, b[1] == 1
	b = b[2:]
	for i := range 8 {
		s.chance.key |= uint64(b[i]) << (8 * i)
	}
	s.chance.now = uint16(b[8]) | uint16(b[9])<<8
	s.chance.last = uint16(b[10]) | uint16(b[11])<<8
	if !good {
		return shop{}, agent.Errorf(agent.CodeInvalid, "this state is damaged; start the task anew")
	}
	return s, nil
}

func notOurs() error {
	return agent.Errorf(agent.CodeInvalid, "the workshop can't go on from a state that it did not make; leave the initial state empty")
}

// held returns the index of the piece that is off the shelf, or -1.
func (s *shop) held() int {
	for i, p := range s.pieces {
		if p.place != placeShelf && p.place < placeDelivered {
			return i
		}
	}
	return -1
}

// delivered reports whether the order is filled.
func (s *shop) delivered() bool {
	for _, p := range s.pieces {
		if p.place == placeDelivered {
			return true
		}
	}
	return false
}

// data returns what can be seen, as canonical JSON: keys sorted, no spaces.
func (w *world) data(s *shop, last string) agent.Object {
	b := make([]byte, 0, 1024)
	b = append(b, `{"held":[`...)
	if i := s.held(); i >= 0 {
		b = appendText(b, pieceName(i))
	}
	b = append(b, `],"last":`...)
	b = appendText(b, last)
	b = append(b, `,"things":{`...)
	first := true
	for i, p := range s.pieces {
		if p.place == placeGone {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendText(b, pieceName(i))
		b = append(b, `:{"colour":`...)
		b = appendText(b, named(colours[:], p.colour, "plain"))
		b = append(b, `,"material":`...)
		b = appendText(b, materials[p.material])
		if w.level == LevelRich {
			b = append(b, `,"mordant":`...)
			b = appendText(b, named(mordants[:], p.mordant, "none"))
		}
		b = append(b, `,"place":`...)
		b = appendText(b, placeWord(p.place))
		b = append(b, `,"prepared":`...)
		b = appendText(b, prepWords[p.prep])
		b = append(b, `,"stage":`...)
		b = appendText(b, w.nodes[p.node].stage)
		b = append(b, '}')
	}
	return agent.Object(append(b, "}}"...))
}

// appendText appends a JSON string; the workshop's words need no escapes.
func appendText(b []byte, text string) []byte {
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// summary says in plain English what can be seen.
func (w *world) summary(s *shop, last string) string {
	b := make([]byte, 0, 640)
	b = append(b, last...)
	b = append(b, " Ordered: "...)
	b = append(b, s.order.article()...)
	b = append(b, ' ')
	b = append(b, s.order.thing()...)
	b = append(b, '.')
	if i := s.held(); i >= 0 {
		b = append(b, " On the "...)
		b = append(b, placeWord(s.pieces[i].place)...)
		b = append(b, ": "...)
		b = append(w.appendPiece(b, s, i), '.')
	} else if !s.delivered() {
		b = append(b, " The bench is free."...)
	}
	lead := " On the shelf: "
	for i, p := range s.pieces {
		if p.place == placeShelf {
			b = append(b, lead...)
			b = w.appendPiece(b, s, i)
			lead = "; "
		}
	}
	if lead == "; " {
		b = append(b, '.')
	}
	return string(b)
}

// appendPiece appends for instance "piece1, prepared oak, carved1, red".
func (w *world) appendPiece(b []byte, s *shop, i int) []byte {
	p := s.pieces[i]
	b = append(b, pieceName(i)...)
	b = append(b, " ("...)
	b = append(b, materials[p.material]...)
	switch p.prep {
	case prepNo:
	case prepRight:
		b = append(b, ", rightly prepared"...)
	case prepWrong:
		b = append(b, ", wrongly prepared"...)
	}
	b = append(b, ", "...)
	b = append(b, w.nodes[p.node].stage...)
	if p.mordant != none {
		b = append(b, ", with "...)
		b = append(b, mordants[p.mordant-1]...)
	}
	if p.colour != none {
		b = append(b, ", "...)
		b = append(b, colours[p.colour-1]...)
	}
	return append(b, ')')
}
