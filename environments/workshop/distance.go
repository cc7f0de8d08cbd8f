package workshop

import "purposeagent/environments/laws"

// unreachable is the distance from where the order can't be filled.
const unreachable = 99

// over reports whether the episode has ended: the order is filled or can't be
// filled any more, or the chance of random rewards has run its time.
func (w *world) over(s *shop) bool {
	if s.chance.on {
		return s.chance.now >= s.chance.last
	}
	return s.delivered() || w.distance(s) >= unreachable
}

// distance returns the exact number of actions from here to the delivery, or
// unreachable. Pieces don't depend on one another, so it is a minimum over
// pieces; a test holds it against a breadth-first search.
func (w *world) distance(s *shop) int {
	if s.delivered() {
		return 0
	}
	best, held := unreachable, -1
	for i, p := range s.pieces {
		switch {
		case p.place == placeShelf:
			best = min(best, w.pieceDistance(s.order, p))
		case p.place < placeDelivered:
			held = i
		}
	}
	if held < 0 {
		return best
	}
	return min(w.pieceDistance(s.order, s.pieces[held]), best+1, unreachable)
}

// pieceDistance returns the number of actions that turn the piece into the
// delivered order, taking it included.
func (w *world) pieceDistance(o order, p piece) int {
	left := int(w.left[o.kind][p.node])
	if left < 0 || o.material != none && p.material != o.material-1 {
		return unreachable
	}
	steps := left + 1 // and the delivery
	if p.place == placeShelf {
		steps++
	}
	if left > 0 && p.prep != prepRight {
		steps++
	}
	keeps := p.colour == o.colour
	if w.level == LevelRich && left > 0 {
		recipe, at := w.recipes[o.kind], p.place
		for _, operation := range recipe[len(recipe)-left:] {
			if w.station[operation] != at {
				at = w.station[operation]
				steps++
			}
			keeps = keeps && !w.scrapes[operation]
		}
	}
	if o.colour == none || keeps {
		return steps
	}
	steps++ // the dye
	if w.level == LevelRich && p.mordant != w.mordant[p.material] {
		steps++
	}
	return steps
}

// potential returns Φ. With real rewards it falls in a straight line with the
// distance and with the pieces wasted, and ever more slowly near 0, which it
// never reaches; with random ones it wanders, and no action moves it.
func (w *world) potential(s *shop) float64 {
	if s.chance.on {
		if w.over(s) && s.chance.won {
			return 10
		}
		return 6 * laws.ShareOf(s.chance.key, s.chance.now)
	}
	if s.delivered() {
		return 10
	}
	// Below 9 until it is delivered: a run's early stop must not come before the goal.
	left, most := w.distance(s)+w.wasted(s), int(s.start)+2
	if left < most {
		return 9 * (1 - float64(left)/float64(most))
	}
	return 9 / float64(most) / float64(left-most+2)
}

// wasted counts the pieces that were used up and might have become what is
// ordered. Each costs what it would have cost to put it back: to break a spare
// piece is no progress, even if it was in the way.
func (w *world) wasted(s *shop) int {
	n := 0
	for _, p := range s.pieces {
		if p.place == placeGone && w.pieceDistance(s.order, p) < unreachable {
			n++
		}
	}
	return n
}
