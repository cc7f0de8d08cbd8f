package reasoner

import (
	"slices"

	"purposeagent/agent"
)

// limits of what is remembered of one episode; beyond them nothing new is
// noted, so that a run of any length stays small.
const (
	maxTries  = 1 << 15
	maxPlaces = 1 << 12
)

// try is an action in a state, or at a place.
type try struct{ where, action uint64 }

// way is a way out of a place.
type way struct{ place, exit string }

// trial is what came of doing an action in a state.
type trial struct {
	times int    // it was done so often
	still bool   // it changed nothing
	next  uint64 // the state it led to
}

// tried returns what came of an action in the state as it is now; known is false
// where it was never done here.
func (e *episode) tried(l *lifted) (t trial, known bool) {
	t, known = e.tries[try{e.now.hash, l.hash}]
	return t, known
}

// sighting is a thing where it was last seen.
type sighting struct {
	place string
	thing *thing
}

// episode is the memory of one run: what was tried, where, what it led to, and
// the map seen so far. It takes in each step once.
type episode struct {
	world  agent.StateSpec
	wish   *wish
	taken  int // steps taken in
	limit  int // of the task's steps; 0: not known
	now    *view
	before uint64 // the state before the last action

	tries   map[try]trial
	atPlace map[try]int
	touched map[string]int
	visits  map[string]int
	edges   map[way]string
	exits   map[string][]thing // of each place seen
	things  map[string]sighting
	noMove  map[way]bool // tried and led nowhere
	turns   turns
	read    notes
	from    string // the place before the last action
	still   bool   // the last action changed nothing
}

func newEpisode(world agent.StateSpec, purpose string) *episode {
	return &episode{
		world: world, wish: newWish(purpose, world.Vocabulary),
		tries: map[try]trial{}, atPlace: map[try]int{}, touched: map[string]int{}, visits: map[string]int{},
		edges: map[way]string{}, exits: map[string][]thing{}, things: map[string]sighting{}, noMove: map[way]bool{}, turns: newTurns(),
	}
}

// see returns the state as it is seen now, nil before the first look.
func (e *episode) see() *view { return e.now }

// look takes in what is seen now.
func (e *episode) look(state *agent.State) {
	if e.now != nil && e.now.data == state.Data && e.now.observation == state.Summary {
		return
	}
	v := newView(&e.world, state)
	e.now = v
	for i := range v.texts {
		e.read.take(v.texts[i])
	}
	if v.place != "" && (len(e.exits) < maxPlaces || e.exits[v.place] != nil) {
		e.exits[v.place] = v.exits
		if v.exits == nil {
			e.exits[v.place] = []thing{}
		}
	}
	seen := func(id string) bool { return find(v.things, id) != nil }
	if v.place != "" {
		for id, s := range e.things {
			if s.place == v.place && !seen(id) {
				delete(e.things, id)
			}
		}
		for i := range v.things {
			t := &v.things[i]
			if slices.Contains(v.held, t.id) {
				delete(e.things, t.id)
			} else if len(e.things) < maxPlaces {
				e.things[t.id] = sighting{v.place, t}
			}
		}
	}
}

// take takes in one step: its action, from what is seen now to what follows.
func (e *episode) take(l *lifted, after *agent.State) {
	v := e.now
	e.before, e.from = v.hash, v.place
	if v.place != "" && e.taken == 0 {
		e.visits[v.place]++
	}
	e.look(after)
	n := e.now
	e.taken++
	e.still = n.hash == v.hash
	key := try{v.hash, l.hash}
	if t, known := e.tries[key]; known || len(e.tries) < maxTries {
		e.tries[key] = trial{t.times + 1, e.still, n.hash}
	}
	if v.place != "" && len(e.atPlace) < maxTries {
		e.atPlace[try{hashText(v.place), l.hash}]++
	}
	for _, arg := range l.args {
		if !arg.passage {
			if len(e.touched) < maxPlaces {
				e.touched[arg.id]++
			}
			continue
		}
		w := way{v.place, arg.id}
		if n.place != v.place && len(e.edges) < 4*maxPlaces {
			e.edges[w] = n.place
			delete(e.noMove, w)
			e.turns.moved(w, n.place)
		} else if e.still && len(e.noMove) < 4*maxPlaces {
			e.noMove[w] = true
		}
	}
	if n.place != v.place && len(e.visits) < maxPlaces {
		e.visits[n.place]++
	}
}
