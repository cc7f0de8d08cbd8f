package maze

import (
	"encoding/hex"
	"encoding/json"

	"purposeagent/agent"
)

// trailLength is how many rooms of the way walked the picture shows.
const trailLength = 7

// journey is a position with what only the picture needs: the rooms that were
// visited and the last ones in order.
type journey struct {
	position
	seen  [maxSize * maxSize / 8]byte // a bit for each room
	trail []int
}

func (j *journey) see(room int)          { j.seen[room/8] |= 1 << (room % 8) }
func (j *journey) hasSeen(room int) bool { return j.seen[room/8]&(1<<(room%8)) != 0 }

// enter returns the journey at its start.
func enter(p *plan) journey { return p.journeyFrom(p.startPosition()) }

// journeyFrom returns a journey that begins at the position.
func (p *plan) journeyFrom(s position) journey {
	j := journey{position: s, trail: []int{s.room}}
	j.see(s.room)
	return j
}

// moveTo returns the journey one action later.
func (j journey) moveTo(s position) journey {
	if s.room != j.room {
		from := max(0, len(j.trail)+1-trailLength)
		j.trail = append(append(make([]int, 0, trailLength), j.trail[from:]...), s.room)
		j.see(s.room)
	}
	j.position = s
	return j
}

// hidden is a journey as it stands in State.Hidden. Its fields stand in the
// order of their JSON names, so that it is canonical as it is marshalled.
type hidden struct {
	Keys     []int  `json:"keys"`
	Room     int    `json:"room"`
	Seed     int64  `json:"seed"`
	Seen     string `json:"seen"`
	Trail    []int  `json:"trail"`
	Treasure bool   `json:"treasure"`
}

// hide encodes the journey.
func (p *plan) hide(j *journey) agent.Object {
	h := hidden{Keys: make([]int, len(p.keyRooms)), Room: j.room, Seed: p.seed, Trail: j.trail, Treasure: j.treasure,
		Seen: hex.EncodeToString(j.seen[:(p.rooms()+7)/8])}
	for i := range h.Keys {
		h.Keys[i] = int(j.keys[i])
	}
	return canonical(h)
}

// journey checks what was hidden against the maze: a state of another
// configuration, or a damaged one, is refused.
func (h *hidden) journey(p *plan) (journey, error) {
	j := journey{position: position{room: h.Room, treasure: h.Treasure}, trail: h.Trail}
	ok := h.Room >= 0 && h.Room < p.rooms() && len(h.Keys) == len(p.keyRooms) && len(h.Trail) <= trailLength
	for i, k := range h.Keys {
		if ok = ok && k >= int(keyLies) && k <= int(keyUsed); ok {
			j.keys[i] = keyState(k)
		}
	}
	for _, room := range h.Trail {
		ok = ok && room >= 0 && room < p.rooms()
	}
	seen, err := hex.DecodeString(h.Seen)
	if !ok || err != nil || len(seen) != (p.rooms()+7)/8 {
		return journey{}, agent.Errorf(agent.CodeInvalid, "this state belongs to a maze with another configuration")
	}
	copy(j.seen[:], seen)
	j.see(j.room)
	return j, nil
}

// canonical marshals v as agent.ParseObject would. The caller's struct fields
// stand in the order of their names and its strings need no escape.
func canonical(v any) agent.Object {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, integers and booleans always marshal
	}
	return agent.Object(raw)
}
