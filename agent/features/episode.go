package features

import (
	"slices"

	"purposeagent/agent"
)

// limits of what is remembered of one episode; beyond them nothing new is
// noted, so that a run of any length stays small.
const (
	maxTries  = 1 << 15
	maxPlaces = 1 << 12
	maxDone   = 1 << 12
)

// try is an action in a state, or at a place.
type try struct{ where, action uint64 }

// way is a way out of a place.
type way struct{ place, exit string }

// Trial is what came of doing an action in a state.
type Trial struct {
	Times int    // it was done so often
	Still bool   // it changed nothing
	next  uint64 // the state it led to
}

// Tried returns what came of an action in the state as it is now; known is false
// where it was never done here.
func (e *Episode) Tried(l *Lifted) (t Trial, known bool) {
	t, known = e.tries[try{e.now.Hash, l.Hash}]
	return t, known
}

// sighting is a thing where it was last seen.
type sighting struct {
	place string
	thing *Thing
}

// Episode is the memory of one run: what was tried, where, what it led to, and
// the map seen so far. It takes in each step once.
type Episode struct {
	world  agent.StateSpec
	wish   *Purpose
	taken  int // steps taken in
	limit  int // of the task's steps; 0: not known
	now    *View
	before uint64 // the state before the last action

	tries   map[try]Trial
	atPlace map[try]int
	touched map[string]int
	visits  map[string]int
	edges   map[way]string
	exits   map[string][]Thing // of each place seen
	things  map[string]sighting
	noMove  map[way]bool // tried and led nowhere
	turns   turns
	read    notes
	from    string // the place before the last action
	still   bool   // the last action changed nothing

	done     []Taken // what changed something, in order, the first maxDone
	pursuits map[*Reading]*pursuit

	// What is the same from step to step, or asked for more than once in a step.
	scene   *Scene // as it was made last, …
	sceneAt [2]int // … after so many steps, with that limit
	texts   map[Attribute]*prose
	lifted  map[doing]Lifted
	specs   []agent.ActionSpec // that those were lifted by
}

// doing is what of an action its being lifted depends on.
type doing struct {
	name   string
	params agent.Object
}

// NewEpisode returns the memory of a run before its first state: who looks and takes
// in steps from then on makes it.
func NewEpisode(world agent.StateSpec, purpose string) *Episode {
	return &Episode{
		world: world, wish: ReadPurpose(purpose, world.Vocabulary),
		tries: map[try]Trial{}, atPlace: map[try]int{}, touched: map[string]int{}, visits: map[string]int{},
		edges: map[way]string{}, exits: map[string][]Thing{}, things: map[string]sighting{}, noMove: map[way]bool{}, turns: newTurns(),
		texts: map[Attribute]*prose{}, lifted: map[doing]Lifted{},
	}
}

// Now returns the state as it is seen now, nil before the first look.
func (e *Episode) Now() *View { return e.now }

// Purpose returns the run's purpose as it was read.
func (e *Episode) Purpose() *Purpose { return e.wish }

// Look takes in what is seen now.
func (e *Episode) Look(state *agent.State) {
	if e.now != nil && e.now.data == state.Data && e.now.observation == state.Summary {
		return
	}
	v := NewView(&e.world, state)
	e.now = v
	for i := range v.texts {
		v.texts[i] = e.readBefore(v.texts[i])
		e.read.take(v.texts[i])
	}
	if v.Place != "" && (len(e.exits) < maxPlaces || e.exits[v.Place] != nil) {
		e.exits[v.Place] = v.exits
		if v.exits == nil {
			e.exits[v.Place] = []Thing{}
		}
	}
	seen := func(id string) bool { return find(v.Things, id) != nil }
	if v.Place != "" {
		for id, s := range e.things {
			if s.place == v.Place && !seen(id) {
				delete(e.things, id)
			}
		}
		for i := range v.Things {
			t := &v.Things[i]
			if slices.Contains(v.Held, t.ID) {
				delete(e.things, t.ID)
			} else if len(e.things) < maxPlaces {
				e.things[t.ID] = sighting{v.Place, t}
			}
		}
	}
}

// readBefore returns the same text as it was read before, or p.
func (e *Episode) readBefore(p *prose) *prose {
	key := Attribute{p.name, p.raw}
	if known := e.texts[key]; known != nil {
		return known
	}
	if len(e.texts) < maxNotes {
		e.texts[key] = p
	}
	return p
}

// lift is Lift with what it came to before. An episode has the same actions in
// most of its steps.
func (e *Episode) lift(specs []agent.ActionSpec, action agent.Action) Lifted {
	if len(specs) == 0 {
		return Lift(specs, action)
	}
	if len(specs) != len(e.specs) || &specs[0] != &e.specs[0] {
		e.specs = specs
		clear(e.lifted)
	}
	key := doing{action.Name, action.Params}
	l, known := e.lifted[key]
	if !known {
		l = Lift(specs, action)
		if len(e.lifted) < maxOptions {
			e.lifted[key] = l
		}
	}
	l.Action = action
	return l
}

// Take takes in one step: its action, from what is seen now to what follows.
func (e *Episode) Take(l *Lifted, after *agent.State) {
	v := e.now
	e.before, e.from = v.Hash, v.Place
	if v.Place != "" && e.taken == 0 {
		e.visits[v.Place]++
	}
	e.Look(after)
	n := e.now
	e.taken++
	e.still = n.Hash == v.Hash
	if !e.still && len(e.done) < maxDone {
		e.done = append(e.done, l.Taken())
	}
	key := try{v.Hash, l.Hash}
	if t, known := e.tries[key]; known || len(e.tries) < maxTries {
		e.tries[key] = Trial{t.Times + 1, e.still, n.Hash}
	}
	if v.Place != "" && len(e.atPlace) < maxTries {
		e.atPlace[try{HashText(v.Place), l.Hash}]++
	}
	for _, arg := range l.Args {
		if !arg.Passage {
			if len(e.touched) < maxPlaces {
				e.touched[arg.ID]++
			}
			continue
		}
		w := way{v.Place, arg.ID}
		if n.Place != v.Place && len(e.edges) < 4*maxPlaces {
			e.edges[w] = n.Place
			delete(e.noMove, w)
			e.turns.moved(w, n.Place)
		} else if e.still && len(e.noMove) < 4*maxPlaces {
			e.noMove[w] = true
		}
	}
	if n.Place != v.Place && len(e.visits) < maxPlaces {
		e.visits[n.Place]++
	}
}
