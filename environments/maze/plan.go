package maze

// direction is a compass direction; the order is clockwise.
type direction int

// The directions.
const (
	north direction = iota
	east
	south
	west
)

// directions lists the passages' names in the order of the directions.
func directions() []string { return []string{"north", "east", "south", "west"} }

func (d direction) String() string { return directions()[d] }

func (d direction) opposite() direction { return (d + 2) % 4 }

// parseDirection returns the direction with the name.
func parseDirection(name string) (direction, bool) {
	for i, n := range directions() {
		if n == name {
			return direction(i), true
		}
	}
	return 0, false
}

// none marks a way that leads nowhere or has no door.
const none = -1

// way is what one wall of a room holds.
type way struct {
	to     int  // the room it leads to, or none
	door   int  // the number of the locked door in it, or none
	oneWay bool // it can't be walked back
}

// plan is one generated maze. It does not change after generation.
type plan struct {
	config   config
	seed     int64
	ways     [][4]way // by room and direction
	names    []string // by room
	start    int
	treasure int
	keyRooms []int    // by door
	colours  []string // by door
	regions  []int    // by room: how many doors lie before it in the chain; used by generation
	dist     []int16  // by state index: actions left, or none; filled by search
	farthest int16    // the largest of dist
}

func (p *plan) rooms() int { return len(p.ways) }

// neighbor returns the room beside room in the grid, or none.
func (p *plan) neighbor(room int, d direction) int {
	n := p.config.Size
	x, y := room%n, room/n
	switch d {
	case north:
		y--
	case east:
		x++
	case south:
		y++
	case west:
		x--
	}
	if x < 0 || y < 0 || x >= n || y >= n {
		return none
	}
	return y*n + x
}

// roomNames returns 192 names for rooms. They tell nothing about where a room
// lies and share no word with things, doors and purposes.
func roomNames() []string {
	kinds := []string{"hall", "cellar", "study", "chapel", "kitchen", "gallery", "library", "pantry", "workshop", "stable", "parlour", "archive"}
	looks := []string{"quiet", "dusty", "narrow", "cold", "warm", "hollow", "crooked", "mossy", "tiled", "echoing", "vaulted", "panelled", "painted", "forgotten", "smoky", "draughty"}
	names := make([]string, 0, len(kinds)*len(looks))
	for _, look := range looks {
		for _, kind := range kinds {
			names = append(names, look+" "+kind)
		}
	}
	return names
}

// colours returns the colours of doors and keys.
func colours() []string { return []string{"red", "blue", "green", "purple", "orange", "teal"} }

// keyState is what has become of a key.
type keyState uint8

// The states of a key, in order.
const (
	keyLies keyState = iota // where it was hidden
	keyHeld
	keyUsed // it stays in the lock; its door is open
)

// position is everything that actions can change.
type position struct {
	room     int
	keys     [maxKeys]keyState
	treasure bool // carried
}

func (p *plan) startPosition() position { return position{room: p.start} }

// won reports whether the goal is reached.
func (p *plan) won(s position) bool {
	return s.treasure && (p.config.Goal == goalTake || s.room == p.start)
}

// passable reports whether the way can be walked now.
func passable(w way, s *position) bool {
	return w.to != none && (w.door == none || s.keys[w.door] == keyUsed)
}
