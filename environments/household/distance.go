package household

import "purposeagent/environments/laws"

// walk is a way through the house as it is planned: where it has come to, what it
// has opened, and its length.
type walk struct {
	w     *world
	s     *day
	room  uint8
	open  uint32
	holds bool
	steps int
}

// distance returns the exact number of actions from here to the end of the task.
// Nothing is ever lost, so there always is one. The parts of a task come in one
// order; what remains to choose is which things serve, and in which order two of
// them are fetched. A thing in the hand that serves is brought first: to put it down
// and take it again is never shorter. Tests hold this against every neighbour of
// thousands of states, and against a search that knows nothing of it.
func (w *world) distance(s *day) int {
	if w.done(s) {
		return 0
	}
	held, missing := w.held(s), s.goal.form.number()
	var list []int
	for i, t := range s.items[:w.items] {
		switch {
		case s.goal.fulfils(t):
			missing--
		case t.kind == s.goal.kind:
			list = append(list, i)
		}
	}
	best := 1 << 10
	for _, a := range list {
		first := walk{w: w, s: s, room: s.room, open: s.open, holds: held >= 0}
		first.bring(a)
		if missing == 1 {
			best = min(best, first.steps)
			continue
		}
		for _, b := range list {
			if second := first; a != b && b != held {
				second.bring(b)
				best = min(best, second.steps)
			}
		}
	}
	return best
}

// bring fetches a thing, prepares it and puts it where it is asked for, or examines
// it.
func (k *walk) bring(i int) {
	t := k.s.items[i]
	if t.at != inHand {
		if k.holds {
			k.steps++ // to put down what is held
		}
		k.reach(t.at)
		k.steps++
	}
	k.holds = false // it will be put
	if prep, asked := k.s.goal.form.preparation(); asked && (prep == lighting || !k.s.goal.ready(t)) {
		tool := int(k.w.tool[prep][t.material])
		k.enter(k.w.fixtures[tool].room)
		if !k.w.works(k.s, tool) {
			k.steps++
		}
		k.steps++
	}
	if k.s.goal.form != formExamine {
		k.reach(k.s.goal.to)
		k.steps++
	}
}

// reach goes to where a thing lies or shall lie, and opens it.
func (k *walk) reach(at uint8) {
	if at >= onFloor {
		k.enter(at - onFloor)
		return
	}
	k.enter(k.w.fixtures[at].room)
	if k.w.fixtures[at].door && k.open>>at&1 == 0 {
		k.open |= 1 << at
		k.steps++
	}
}

func (k *walk) enter(room uint8) {
	if k.room != room {
		k.room = room
		k.steps++
	}
}

// Of Φ: slack is how much longer than at the start a way may become before Φ falls
// more slowly, and below is what it stays under until the task is fulfilled. Above 7
// a critic's word counts as success, and the last step of a task is no smaller a part
// of it than the others.
const (
	slack = 2
	below = 7
)

// potential returns Φ. With real rewards it falls in a straight line with the
// distance, and ever more slowly near 0, which it never reaches; with random ones it
// wanders, and no action moves it.
func (w *world) potential(s *day) float64 {
	if s.chance.on {
		if w.over(s) && s.chance.won {
			return 10
		}
		return 6 * laws.ShareOf(s.chance.key, s.chance.now)
	}
	if w.done(s) {
		return 10
	}
	left, most := w.distance(s), int(s.start)+slack
	if left < most {
		return below * (1 - float64(left)/float64(most))
	}
	return below / float64(most) / float64(left-most+2)
}
