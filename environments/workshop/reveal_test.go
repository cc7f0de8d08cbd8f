package workshop

import (
	"math/rand/v2"
	"strings"
	"testing"

	"purposeagent/agent"
)

// master fills an order by nothing but the revealed rules and what can be seen.
func master(t *testing.T, w *Workshop, rules map[string][]string, task agent.Task) agent.State {
	t.Helper()
	state := reset(t, w, task)
	do := func(name string, pairs ...string) {
		if !w.IsTerminal(state) {
			state = execute(t, w, agent.NewAction(name, pairs...), state)
		}
	}
	o, err := parseOrder(task.Purpose)
	if err != nil {
		t.Fatal(err)
	}
	piece := choose(state, o)
	material, _ := agent.Lookup(state.Data.Map(), "/things/"+piece+"/material")
	stage, _ := agent.Lookup(state.Data.Map(), "/things/"+piece+"/stage")
	do("take", "piece", piece)
	if stage == "raw" {
		do("prepare", "piece", piece, "how", rules[AboutPreparation+material.(string)][0])
		for _, operation := range rules[AboutRecipe+kinds[o.kind]] {
			if at := rules[AboutStation+operation]; at != nil {
				if place, _ := agent.Lookup(state.Data.Map(), "/things/"+piece+"/place"); place != at[0] {
					do("carry", "piece", piece, "station", at[0])
				}
			}
			do("work", "piece", piece, "operation", operation)
		}
	}
	if o.colour != none {
		if mordant := rules[AboutMordant+material.(string)]; mordant != nil {
			do("treat", "piece", piece, "mordant", mordant[0])
		}
		do("dye", "piece", piece, "pigment", rules[AboutPigment+colours[o.colour-1]][0])
	}
	do("deliver", "piece", piece)
	return state
}

// choose returns a raw or finished piece of the ordered material, or "".
func choose(state agent.State, o order) string {
	for i := range pieceCount {
		at := "/things/" + pieceName(i)
		tree := state.Data.Map()
		material, _ := agent.Lookup(tree, at+"/material")
		stage, _ := agent.Lookup(tree, at+"/stage")
		if (o.material == none || material == materials[o.material-1]) && (stage == "raw" || stage == kinds[o.kind]) {
			return pieceName(i)
		}
	}
	return ""
}

// TestRevealIsTrue fills orders by the revealed rules alone.
func TestRevealIsTrue(t *testing.T) {
	for _, level := range levels {
		filled := 0
		for world := 1; world <= 5; world++ {
			w := open(t, "reveal", map[string]any{"level": level, "world": world})
			rules := map[string][]string{}
			for _, r := range w.Reveal().Rules {
				if rules[r.About+r.Subject] != nil || len(r.Answer) == 0 || !strings.HasSuffix(r.Text, ".") {
					t.Fatalf("world %d: odd rule %+v", world, r)
				}
				rules[r.About+r.Subject] = r.Answer
			}
			for seed := range int64(40) {
				task := taskOf(w, seed)
				o, _ := parseOrder(task.Purpose)
				if choose(reset(t, w, task), o) == "" {
					continue // all its pieces are begun
				}
				filled++
				if state := master(t, w, rules, task); !succeeded(t, w, state) {
					t.Errorf("%s world %d, %q: the rules led to %s", level, world, task.Purpose, state.Summary)
				}
			}
		}
		if filled < 100 {
			t.Errorf("%s: only %d orders tried", level, filled)
		}
	}
}

// TestHazards holds the rules that a master never needs: what ruins a piece,
// and which operations take the dye off.
func TestHazards(t *testing.T) {
	w := open(t, "hazards", map[string]any{"level": LevelRich})
	for _, r := range w.Reveal().Rules {
		s := shop{order: order{kind: 0}}
		for i := range s.pieces {
			s.pieces[i].place = placeGone
		}
		p := &s.pieces[0]
		p.place = placeBench
		switch r.About {
		case AboutHazard:
			p.material = index(materials[:], r.Subject)
			w.world.do(&s, move{prepare, index(preparations[:], r.Answer[0]), 0})
			if p.place != placeGone {
				t.Errorf("%q, but it is there", r.Text)
			}
		case AboutScrape:
			operation := index(operations[:], r.Subject)
			*p = piece{prep: prepRight, colour: 1, place: w.world.station[operation]}
			for i, n := range w.world.nodes {
				if n.next[operation] >= 0 {
					p.node = uint8(i)
				}
			}
			if w.world.do(&s, move{work, operation, 0}); p.place != placeGone && (p.colour == none) != (r.Answer[0] == "yes") {
				t.Errorf("%q, but its colour is %d", r.Text, p.colour)
			}
		}
	}
}

func index(words []string, word string) uint8 {
	for i, w := range words {
		if w == word {
			return uint8(i)
		}
	}
	panic(word)
}

// TestRandomRewards holds the negative control: whatever is done, Φ, the end
// and the outcome are what was drawn; another draw gives others.
func TestRandomRewards(t *testing.T) {
	for _, level := range levels {
		w := open(t, "random", map[string]any{"level": level, "rewards": RewardsRandom})
		redrawn := open(t, "random", map[string]any{"level": level, "rewards": RewardsRandom, "draw": 1})
		won, other, all := 0, 0, int64(200)
		for seed := range all {
			task := taskOf(w, seed)
			var first []float64
			for try := range uint64(3) {
				states := wander(t, w, task, rand.New(rand.NewPCG(uint64(seed), try)))
				var phis []float64
				for _, s := range states {
					phi, err := w.Potential(s)
					if err != nil || succeeded(t, w, s) != (phi == 10) {
						t.Fatalf("Φ %.2f, success %v, %v", phi, succeeded(t, w, s), err)
					}
					phis = append(phis, phi)
				}
				if first == nil {
					first = phis
				}
				if len(phis) != len(first) {
					t.Fatalf("%q: %d steps one way, %d another", task.Purpose, len(first), len(phis))
				}
				for i := range phis {
					if phis[i] != first[i] {
						t.Fatalf("%q, step %d: Φ %.2f one way, %.2f another", task.Purpose, i, first[i], phis[i])
					}
				}
			}
			if first[len(first)-1] == 10 {
				won++
			}
			if got := wander(t, redrawn, task, rand.New(rand.NewPCG(uint64(seed), 0))); succeeded(t, redrawn, last(got)) != (first[len(first)-1] == 10) {
				other++
			}
		}
		if won < 70 || won > 130 || other < 70 || other > 130 {
			t.Errorf("%s: %d of %d won, %d differ in another draw; want about half", level, won, all, other)
		}
		if random := open(t, "random", map[string]any{"level": level}); random.Describe().Dynamics == w.Describe().Dynamics {
			t.Errorf("%s: what is learned from noise would be used for real", level)
		}
	}
}
