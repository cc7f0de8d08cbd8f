package workshop

import (
	"fmt"

	"purposeagent/environments/laws"
)

// world holds the secret rules of one world. It is immutable.
type world struct {
	seed  string // opens the world
	level string

	preparation [len(materials)]uint8  // material → the one that is right
	colourOf    [len(pigments)]uint8   // pigment → colour, from 1
	recipes     [len(kinds)][]uint8    // kind → operations
	nodes       []node                 // what a piece can have become, 0 is raw
	left        [len(kinds)][]int8     // kind → node → operations left, or -1
	hazard      [len(materials)]uint8  // rich: the preparation that ruins the material
	station     [len(operations)]uint8 // rich: the place where the operation works
	mordant     [len(materials)]uint8  // rich: what makes a dye hold, from 1
	scrapes     [len(operations)]bool  // rich: the operation takes the dye off
	orders      map[string][]order     // by split
}

// node is a prefix of at least one recipe: what was done to a piece.
type node struct {
	next  [len(operations)]int8 // -1: it breaks
	kind  int8                  // the finished kind, or -1
	depth int                   // operations done
	stage string
}

// newWorld draws the rules. The same seed and level give the same world, on
// every machine and with every version of Go.
func newWorld(seed, level string) *world {
	w := &world{seed: seed, level: level}
	d := laws.NewDraw(seed, level, "rules")
	for m := range w.preparation {
		w.preparation[m] = uint8(d.Intn(len(preparations)))
	}
	for p, c := range d.Perm(len(pigments)) {
		w.colourOf[p] = uint8(c + 1)
	}
	lengths := []int{1, 1, 2, 2, 3, 3}
	if level == LevelRich {
		lengths = []int{1, 2, 2, 3, 3, maxChain}
	}
	for drawn := false; !drawn; {
		drawn = w.drawRecipes(d, lengths)
	}
	w.drawRich(d)
	w.drawOrders(laws.NewDraw(seed, level, "orders"))
	return w
}

// drawRich draws what only the rich level has.
func (w *world) drawRich(d *laws.Draw) {
	if w.level != LevelRich {
		return
	}
	for m := range w.hazard {
		w.hazard[m] = uint8((int(w.preparation[m]) + 1 + d.Intn(len(preparations)-1)) % len(preparations))
		w.mordant[m] = uint8(1 + d.Intn(len(mordants)))
	}
	for i, o := range d.Perm(len(operations)) {
		w.station[o] = placeStation + uint8(i%len(stations)) // each station serves two
	}
	for i, o := range d.Perm(len(operations)) {
		w.scrapes[o] = i < len(operations)/2
	}
}

// drawRecipes draws one recipe a kind and reports whether they can be told
// apart: no two histories of the same length may end in the same operation, so
// that what can be seen of a piece says all about it.
func (w *world) drawRecipes(d *laws.Draw, lengths []int) bool {
	var ends [maxChain]map[uint8]int
	for i := range ends {
		ends[i] = map[uint8]int{}
	}
	w.nodes = []node{newNode("raw", 0)}
	order := d.Perm(len(lengths))
	for k := range kinds {
		w.recipes[k] = nil
		for _, o := range d.Perm(len(operations))[:lengths[order[k]]] {
			w.recipes[k] = append(w.recipes[k], uint8(o))
		}
		at := 0
		for i, o := range w.recipes[k] {
			if w.nodes[at].next[o] < 0 {
				w.nodes[at].next[o] = int8(len(w.nodes))
				w.nodes = append(w.nodes, newNode(fmt.Sprintf("%s%d", worked[o], i+1), i+1))
			}
			at = int(w.nodes[at].next[o])
			if other, seen := ends[i][o]; seen && other != at {
				return false
			}
			ends[i][o] = at
		}
		if w.nodes[at].kind >= 0 {
			return false
		}
		w.nodes[at].kind, w.nodes[at].stage = int8(k), kinds[k]
	}
	w.measure()
	return true
}

// measure notes how many operations each node has left to each kind.
func (w *world) measure() {
	for k, recipe := range w.recipes {
		w.left[k] = make([]int8, len(w.nodes))
		for i := range w.left[k] {
			w.left[k][i] = -1
		}
		at := 0
		w.left[k][at] = int8(len(recipe))
		for i, o := range recipe {
			at = int(w.nodes[at].next[o])
			w.left[k][at] = int8(len(recipe) - i - 1)
		}
	}
}

func newNode(stage string, depth int) node {
	n := node{kind: -1, depth: depth, stage: stage}
	for i := range n.next {
		n.next[i] = -1
	}
	return n
}
