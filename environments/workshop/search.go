package workshop

import "purposeagent/agent"

// Optimum returns the least number of actions that fill the task's order,
// found by breadth-first search over everything that can be done. It knows
// nothing of the distance that Potential uses. With random rewards no action
// matters, and the optimum is the one with real rewards. Errors: CodeInvalid
// for a purpose that is not an order.
func (w *Workshop) Optimum(task agent.Task) (int, error) {
	s, err := w.open(task)
	if err != nil {
		return 0, err
	}
	s.chance = chance{}
	if steps := w.world.search(s, map[piece]int{}); steps < unreachable {
		return steps, nil
	}
	return 0, agent.Errorf(agent.CodeInternal, "the order %q can't be filled", task.Purpose)
}

// search returns the number of actions from s to the delivery, or unreachable.
//
// A piece that is put back could have been left where it was, and pieces of
// one material that nobody touched are alike, so the search follows one piece
// at a time: the held one, or one piece of each look. Putting the held
// piece back first costs one action. known keeps what was found for this order.
func (w *world) search(s shop, known map[piece]int) int {
	best, held := unreachable, s.held()
	for i, p := range s.pieces {
		if p.place >= placeDelivered {
			continue
		}
		if _, done := known[p]; !done {
			known[p] = w.searchPiece(s.order, p)
		}
		extra := 0
		if held >= 0 && held != i {
			extra = 1
		}
		best = min(best, extra+known[p])
	}
	return min(best, unreachable)
}

// searchPiece tries every sequence of actions on one piece, shortest first.
func (w *world) searchPiece(o order, start piece) int {
	moves := w.movesOfOne()
	front, known := []piece{start}, map[piece]struct{}{start: {}}
	for steps := 1; len(front) > 0; steps++ {
		var next []piece
		for _, p := range front {
			for _, m := range moves {
				one := alone(o, p)
				if !allowed(&one, m) {
					continue
				}
				w.do(&one, m)
				if one.delivered() {
					return steps
				}
				if _, seen := known[one.pieces[0]]; !seen && one.pieces[0].place != placeGone {
					known[one.pieces[0]] = struct{}{}
					next = append(next, one.pieces[0])
				}
			}
		}
		front = next
	}
	return unreachable
}

// movesOfOne lists what can be tried on a single piece.
func (w *world) movesOfOne() []move {
	var moves []move
	for v, phrase := range phrases {
		if phrase.rich && w.level != LevelRich {
			continue
		}
		for value := range max(len(phrase.values), 1) {
			moves = append(moves, move{verb: verb(v), value: uint8(value)})
		}
	}
	return moves
}

// alone returns a shop in which the piece is the only one.
func alone(o order, p piece) shop {
	s := shop{order: o}
	for i := range s.pieces {
		s.pieces[i].place = placeGone
	}
	s.pieces[0] = p
	return s
}
