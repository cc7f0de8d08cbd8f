package household

import "purposeagent/environments/laws"

// fixture is a piece of furniture or a tool. It stands where it stands.
type fixture struct {
	name string
	room uint8
	door bool // it can be opened and closed
	// Of a tool:
	tool bool
	prep int   // what it is for
	need uint8 // what must be done before it works
}

// world holds the habits of one house. It is immutable.
type world struct {
	seed string // opens the world
	size string

	rooms, stores, kinds, materials, items int

	fixtures []fixture                           // stores, then tools
	tool     [preparations][len(materials)]uint8 // the fixture that works on a material
	home     [allKinds]int                       // the store in which a kind is usually kept
	goals    map[string]map[string][]goal        // by kinds, by split
}

// newWorld draws the habits. The same seed and size give the same house, on every
// machine and with every version of Go.
func newWorld(seed, name string) *world {
	n := sizes[name]
	w := &world{seed: seed, size: name, rooms: n.rooms, stores: n.stores, kinds: n.kinds, materials: n.materials, items: n.items}
	d := laws.NewDraw(seed, name, "habits")
	for i := range n.stores {
		w.fixtures = append(w.fixtures, fixture{name: stores[i], door: closable[i]})
	}
	for prep := range preparations {
		for i := range n.tools {
			w.fixtures = append(w.fixtures, fixture{name: tools[prep][i], door: true, tool: true, prep: prep, need: uint8(d.Intn(int(needs)))})
		}
	}
	// The stores are spread over the rooms, and the tools after them, so that no
	// room is without any.
	first, second := d.Perm(n.rooms), d.Perm(n.rooms)
	for i, at := range d.Perm(n.stores) {
		w.fixtures[at].room = uint8(first[i%n.rooms])
	}
	for i, at := range d.Perm(len(w.fixtures) - n.stores) {
		w.fixtures[n.stores+at].room = uint8(second[i%n.rooms])
	}
	for prep := range preparations {
		base, order := n.stores+prep*n.tools, d.Perm(n.materials)
		for i, material := range order { // each tool has a material
			w.tool[prep][material] = uint8(base + i%n.tools)
		}
	}
	for k := range w.home {
		w.home[k] = d.Intn(n.stores)
	}
	w.drawGoals()
	return w
}

// inventory lists the kinds that this house knows, new ones last.
func (w *world) inventory() []uint8 {
	list := make([]uint8, 0, allKinds)
	for k := range allKinds {
		if k < w.kinds || k >= len(kinds) {
			list = append(list, uint8(k))
		}
	}
	return list
}

// names lists the fixtures that can be meant by an action.
func (w *world) names(fits func(*fixture) bool) []string {
	var out []string
	for i := range w.fixtures {
		if fits(&w.fixtures[i]) {
			out = append(out, w.fixtures[i].name)
		}
	}
	return out
}
