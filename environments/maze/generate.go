package maze

import (
	"math"
	"math/rand/v2"

	"purposeagent/agent"
)

// attempts bounds how often a maze is drawn again when the exact search finds
// a trap. The construction leaves none, so the first one holds.
const attempts = 50

// generate draws the maze of a seed. The same config and seed give the same
// maze on every machine. From every state that can be reached the goal can be
// reached; exact search over the full state space has checked it.
func generate(c config, seed int64) (*plan, error) {
	for attempt := range uint64(attempts) {
		p := draw(c, seed, newRand(c, seed, attempt))
		p.search()
		if p.sound() {
			return p, nil
		}
	}
	return nil, agent.Errorf(agent.CodeInternal, "no maze without traps for seed %d", seed)
}

// newRand returns the random numbers of one attempt.
func newRand(c config, seed int64, attempt uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), c.stream()+attempt))
}

// stream separates the random numbers of different configurations.
func (c config) stream() uint64 {
	h := uint64(c.Size)<<8 | uint64(c.Keys)<<4 | uint64(c.OneWay)
	h = h<<32 ^ math.Float64bits(c.Loops)
	if c.Goal == goalCarry {
		h ^= 0xca44
	}
	return h << 6
}

// draw builds a maze in the order in which each part restricts the next: a
// tree of passages, doors that cut it into a chain of regions, things, then
// loops and one-way passages that open no way around a door.
func draw(c config, seed int64, r *rand.Rand) *plan {
	rooms := c.Size * c.Size
	p := &plan{config: c, seed: seed, ways: make([][4]way, rooms), names: roomNames(), start: r.IntN(rooms)}
	for i := range p.ways {
		for d := range p.ways[i] {
			p.ways[i][d] = way{to: none, door: none}
		}
	}
	shuffle(r, p.names)
	p.names = p.names[:rooms]
	p.colours = colours()
	shuffle(r, p.colours)
	p.colours = p.colours[:c.Keys]
	p.growTree(r)
	region := p.placeDoors(r)
	p.placeThings(r, region)
	p.openLoops(r)
	p.addOneWays(r)
	return p
}

func shuffle[T any](r *rand.Rand, s []T) {
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

// growTree joins all rooms by passages without a loop. Growing mostly from the
// newest room gives long corridors, sometimes from any gives branches.
func (p *plan) growTree(r *rand.Rand) {
	joined := make([]bool, p.rooms())
	active := []int{r.IntN(p.rooms())}
	joined[active[0]] = true
	for len(active) > 0 {
		i := len(active) - 1
		if r.IntN(4) == 0 {
			i = r.IntN(len(active))
		}
		var free []direction
		for d := range direction(4) {
			if n := p.neighbor(active[i], d); n != none && !joined[n] {
				free = append(free, d)
			}
		}
		if len(free) == 0 {
			active = append(active[:i], active[i+1:]...)
			continue
		}
		d := free[r.IntN(len(free))]
		n := p.neighbor(active[i], d)
		p.join(active[i], d)
		joined[n] = true
		active = append(active, n)
	}
}

// join opens the wall in both directions.
func (p *plan) join(room int, d direction) {
	n := p.neighbor(room, d)
	p.ways[room][d].to = n
	p.ways[n][d.opposite()].to = room
}

// wall is the border between two rooms, seen from the one with the lower number.
type wall struct {
	room int
	d    direction
}

// walls lists the borders inside the grid for which keep holds.
func (p *plan) walls(keep func(wall) bool) []wall {
	var list []wall
	for room := range p.ways {
		for _, d := range []direction{east, south} {
			if w := (wall{room, d}); p.neighbor(room, d) != none && keep(w) {
				list = append(list, w)
			}
		}
	}
	return list
}

// placeDoors locks passages of the tree so that regions of fair size arise,
// numbers the doors in an order in which they can be opened, and returns for
// each stage of that order the rooms it opens; stage 0 is open from the start.
func (p *plan) placeDoors(r *rand.Rand) [][]int {
	edges := p.walls(func(w wall) bool { return p.ways[w.room][w.d].to != none })
	k := p.config.Keys
	fair := p.rooms() / (k + 1) / 2
	for try := 0; ; try++ {
		shuffle(r, edges)
		for i, e := range edges {
			door := none
			if i < k {
				door = i
			}
			p.setDoor(e, door)
		}
		components, smallest := p.components()
		if want := max(1, fair-try/20); smallest >= want {
			return p.orderDoors(r, edges[:k], components)
		}
	}
}

func (p *plan) setDoor(e wall, door int) {
	n := p.neighbor(e.room, e.d)
	p.ways[e.room][e.d].door = door
	p.ways[n][e.d.opposite()].door = door
}

// components numbers the parts into which the doors cut the maze and returns
// the size of the smallest.
func (p *plan) components() (of []int, smallest int) {
	of = make([]int, p.rooms())
	for i := range of {
		of[i] = none
	}
	smallest = p.rooms()
	count := 0
	for first := range of {
		if of[first] != none {
			continue
		}
		of[first] = count
		part := []int{first}
		for i := 0; i < len(part); i++ {
			for _, w := range p.ways[part[i]] {
				if w.to != none && w.door == none && of[w.to] == none {
					of[w.to] = count
					part = append(part, w.to)
				}
			}
		}
		smallest = min(smallest, len(part))
		count++
	}
	return of, smallest
}

// orderDoors numbers the doors by drawing, again and again, one of those that
// stand in what is open already.
func (p *plan) orderDoors(r *rand.Rand, doors []wall, component []int) [][]int {
	left := append([]wall(nil), doors...)
	stage := map[int]int{component[p.start]: 0}
	for next := 0; len(left) > 0; next++ {
		var open []int
		for i, e := range left {
			_, a := stage[component[e.room]]
			_, b := stage[component[p.neighbor(e.room, e.d)]]
			if a || b {
				open = append(open, i)
			}
		}
		i := open[r.IntN(len(open))]
		e := left[i]
		left = append(left[:i], left[i+1:]...)
		p.setDoor(e, next)
		for _, c := range []int{component[e.room], component[p.neighbor(e.room, e.d)]} {
			if _, known := stage[c]; !known {
				stage[c] = next + 1
			}
		}
	}
	regions := make([][]int, len(doors)+1)
	p.regions = make([]int, p.rooms())
	for room, c := range component {
		p.regions[room] = stage[c]
		regions[stage[c]] = append(regions[stage[c]], room)
	}
	return regions
}

// placeThings hides each key in what the door before it opened, and the
// treasure behind the last door: no door is for nothing.
func (p *plan) placeThings(r *rand.Rand, regions [][]int) {
	spot := func(stage int) int {
		rooms := regions[stage]
		best, most := rooms[r.IntN(len(rooms))], -1
		for range 3 { // the farthest of three from the start, so that there is something to find
			room := rooms[r.IntN(len(rooms))]
			if d := p.treeDistance(p.start, room); d > most {
				best, most = room, d
			}
		}
		if best == p.start && len(rooms) > 1 {
			for best == p.start {
				best = rooms[r.IntN(len(rooms))]
			}
		}
		return best
	}
	p.keyRooms = make([]int, p.config.Keys)
	for i := range p.keyRooms {
		p.keyRooms[i] = spot(i)
	}
	p.treasure = spot(p.config.Keys)
}

// treeDistance counts the passages between two rooms, doors or not.
func (p *plan) treeDistance(from, to int) int {
	seen := make([]bool, p.rooms())
	seen[from] = true
	level := []int{from}
	for d := 0; len(level) > 0; d++ {
		var next []int
		for _, room := range level {
			if room == to {
				return d
			}
			for _, w := range p.ways[room] {
				if w.to != none && !seen[w.to] {
					seen[w.to] = true
					next = append(next, w.to)
				}
			}
		}
		level = next
	}
	return none
}

// openLoops opens a share of the walls inside regions.
func (p *plan) openLoops(r *rand.Rand) {
	walls := p.walls(func(w wall) bool {
		return p.ways[w.room][w.d].to == none && p.regions[w.room] == p.regions[p.neighbor(w.room, w.d)]
	})
	shuffle(r, walls)
	for _, w := range walls[:int(math.Round(p.config.Loops*float64(len(walls))))] {
		p.join(w.room, w.d)
	}
}

// addOneWays opens walls in one direction, or closes a passage for one
// direction, as often as the configuration wants and the maze has room for.
//
// Neither can trap: a new one leads within its region or out of the regions
// behind it to one whose doors are open by then; a changed one leaves a way
// back within its region.
func (p *plan) addOneWays(r *rand.Rand) {
	borders := p.walls(func(wall) bool { return true })
	shuffle(r, borders)
	left := p.config.OneWay
	for _, b := range borders {
		if left == 0 {
			return
		}
		from, d := b.room, b.d
		to := p.neighbor(from, d)
		if r.IntN(2) == 0 {
			from, to, d = to, from, d.opposite()
		}
		here, back := &p.ways[from][d], &p.ways[to][d.opposite()]
		switch {
		case here.to == none && p.behind(p.regions[from], p.regions[to]):
			*here = way{to: to, door: none, oneWay: true}
			left--
		case here.to != none && here.door == none && !here.oneWay && !back.oneWay:
			old := *back
			*back = way{to: none, door: none}
			if !p.leadsWithin(to, from) {
				*back = old
				continue
			}
			here.oneWay = true
			left--
		}
	}
}

// behind reports whether stage a is stage b or can be entered through b only.
func (p *plan) behind(a, b int) bool {
	for a > b {
		a = p.before(a)
	}
	return a == b
}

// before returns the stage from which the door to a stage is opened.
func (p *plan) before(stage int) int {
	for room, ways := range p.ways {
		for _, w := range ways {
			if w.to != none && w.door == stage-1 && p.regions[w.to] == stage {
				return p.regions[room]
			}
		}
	}
	return none
}

// leadsWithin reports whether a way leads from one room to the other without a
// door and without leaving the region.
func (p *plan) leadsWithin(from, to int) bool {
	seen := make([]bool, p.rooms())
	seen[from] = true
	queue := []int{from}
	for len(queue) > 0 {
		room := queue[0]
		queue = queue[1:]
		if room == to {
			return true
		}
		for _, w := range p.ways[room] {
			if w.to != none && w.door == none && !seen[w.to] && p.regions[w.to] == p.regions[from] {
				seen[w.to] = true
				queue = append(queue, w.to)
			}
		}
	}
	return false
}
