package features

import "slices"

// turns is what an episode learned about ways out that undo each other. Once
// one way out has led back from where another one led, each is taken for the
// other's way back everywhere, until that turns out wrong. So a map need not
// be walked twice, and nothing about directions is known beforehand.
type turns struct {
	inverse  map[string]string // way out → the one that leads back
	arrivals map[string][]way  // place → ways that led to it
	in       way               // the last move, …
	at       string            // … and where it led
}

func newTurns() turns { return turns{inverse: map[string]string{}, arrivals: map[string][]way{}} }

// moved takes in a move along w to a place.
func (t *turns) moved(w way, to string) {
	if t.in.exit != "" && t.at == w.place {
		there, back := t.in.exit, w.exit
		switch {
		case to == t.in.place:
			t.inverse[there], t.inverse[back] = back, there
		case t.inverse[there] == back:
			delete(t.inverse, there)
			delete(t.inverse, back)
		}
	}
	if len(t.arrivals) < maxPlaces && len(t.arrivals[to]) < maxArrivals && !slices.Contains(t.arrivals[to], w) {
		t.arrivals[to] = append(t.arrivals[to], w)
	}
	t.in, t.at = w, to
}

// maxArrivals bounds the ways to one place that are remembered.
const maxArrivals = 16

// leadsTo returns where a way that was never taken should lead.
func (t *turns) leadsTo(w way) (string, bool) {
	there, known := t.inverse[w.exit]
	if !known {
		return "", false
	}
	for _, a := range t.arrivals[w.place] {
		if a.exit == there {
			return a.place, true
		}
	}
	return "", false
}

// leadsTo returns where a way out leads, as it was seen or as it should be.
func (e *Episode) leadsTo(w way) (string, bool) {
	if to, known := e.edges[w]; known {
		return to, true
	}
	if e.noMove[w] {
		return "", false
	}
	return e.turns.leadsTo(w)
}
