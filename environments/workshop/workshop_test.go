package workshop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
)

var levels = []string{LevelPlain, LevelRich}

func open(t testing.TB, seed string, config map[string]any) *Workshop {
	t.Helper()
	w, err := New(agent.MustObject(config), seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func taskOf(w *Workshop, seed int64) agent.Task {
	return agent.Task{Purpose: w.DrawPurpose(seed), Seed: seed, MaxSteps: DefaultMaxSteps}.WithDefaults()
}

func reset(t testing.TB, w *Workshop, task agent.Task) agent.State {
	t.Helper()
	state, err := w.Reset(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func execute(t testing.TB, w *Workshop, a agent.Action, state agent.State) agent.State {
	t.Helper()
	next, err := w.Execute(context.Background(), a, state)
	if err != nil {
		t.Fatalf("%s: %v", a.Label(), err)
	}
	return next
}

func succeeded(t testing.TB, w *Workshop, state agent.State) bool {
	t.Helper()
	v, err := w.Verify(context.Background(), state)
	if err != nil {
		t.Fatal(err)
	}
	return v.Success
}

// wander plays an episode as a beginner does: at random among what was not yet
// tried in the same situation. It returns every state.
func wander(t testing.TB, w *Workshop, task agent.Task, r *rand.Rand) []agent.State {
	t.Helper()
	states := []agent.State{reset(t, w, task)}
	tried := map[string]bool{}
	for len(states) <= task.MaxSteps {
		state := states[len(states)-1]
		if w.IsTerminal(state) {
			break
		}
		_, situation, _ := strings.Cut(string(state.Data), `"things":`)
		legal := w.LegalActions(state)
		fresh := slices.DeleteFunc(slices.Clone(legal), func(a agent.Action) bool { return tried[situation+a.Key()] })
		if len(fresh) == 0 {
			fresh = legal
		}
		a := fresh[r.IntN(len(fresh))]
		tried[situation+a.Key()] = true
		states = append(states, execute(t, w, a, state))
	}
	return states
}

func last(states []agent.State) agent.State { return states[len(states)-1] }

func TestSuite(t *testing.T) {
	for _, level := range levels {
		for _, rewards := range []string{RewardsReal, RewardsRandom} {
			t.Run(level+" "+rewards, func(t *testing.T) {
				config := map[string]any{"level": level, "rewards": rewards}
				w := open(t, "suite", config)
				conformance.Environment(t, func() agent.Environment { return open(t, "suite", config) }, taskOf(w, 1), taskOf(w, 2), taskOf(w, 3))
			})
		}
	}
}

// TestSplits holds that no order for training is one for testing, that both
// know every word, and that what is drawn comes from them.
func TestSplits(t *testing.T) {
	for world := 1; world <= 40; world++ {
		seen := map[string]string{}
		words := map[string]map[string]bool{}
		for _, split := range []string{SplitTrain, SplitTest} {
			w := open(t, "splits", map[string]any{"world": world, "split": split})
			words[split] = map[string]bool{}
			for seed := range int64(600) {
				purpose := w.DrawPurpose(seed)
				if other := seen[purpose]; other != "" && other != split {
					t.Fatalf("world %d: %q is in both splits", world, purpose)
				}
				seen[purpose] = split
				for word := range strings.FieldsSeq(purpose) {
					words[split][word] = true
				}
			}
			want := len(kinds) + len(materials) + len(colours) + 3
			if got := len(words[split]); got != want {
				t.Errorf("world %d, %s: %d words, want %d: %v", world, split, got, want, words[split])
			}
			orders := w.world.orders
			if got, want := len(orders[SplitTrain])+len(orders[SplitTest]), len(kinds)*(len(materials)+1)*(len(colours)+1); got != want {
				t.Errorf("world %d: %d orders, want %d", world, got, want)
			}
		}
	}
}

// TestOptimum holds the distance against the exact search, for fresh tasks and
// along random episodes, and the optimum against the step limit.
func TestOptimum(t *testing.T) {
	for _, level := range levels {
		for world := 1; world <= 3; world++ {
			w := open(t, "optimum", map[string]any{"level": level, "world": world})
			for seed := range int64(4) {
				task, known := taskOf(w, seed), map[piece]int{}
				optimum, err := w.Optimum(task)
				if err != nil {
					t.Fatal(err)
				}
				if optimum < 2 || optimum > DefaultMaxSteps*4/10 {
					t.Errorf("%s world %d, %q: optimum %d of %d steps", level, world, task.Purpose, optimum, DefaultMaxSteps)
				}
				for i, state := range wander(t, w, task, rand.New(rand.NewPCG(uint64(seed), 1))) {
					s, err := w.world.decode(state.Hidden, w.tag)
					if err != nil {
						t.Fatal(err)
					}
					if s.delivered() {
						break
					}
					got, want := w.world.distance(&s), w.world.search(s, known)
					if i == 0 && want != optimum || got != want {
						t.Fatalf("%s world %d, %q after %d steps: distance %d, search %d, optimum %d\n%s", level, world, task.Purpose, i, got, want, optimum, state.Summary)
					}
				}
			}
		}
	}
}

// TestPotential follows the potential uphill: it leads to the delivery on a
// shortest way, and stays below where runs stop early until then.
func TestPotential(t *testing.T) {
	for _, level := range levels {
		w := open(t, "potential", map[string]any{"level": level})
		for seed := range int64(25) {
			task := taskOf(w, seed)
			state, steps := reset(t, w, task), 0
			for ; !w.IsTerminal(state); steps++ {
				phi, _ := w.Potential(state)
				if phi >= agent.DefaultEarlyStopPhi {
					t.Fatalf("%q: Φ %.2f before the delivery", task.Purpose, phi)
				}
				best := state
				for _, a := range w.LegalActions(state) {
					next := execute(t, w, a, state)
					if p, _ := w.Potential(next); p > phi {
						best, phi = next, p
					}
				}
				if best == state {
					t.Fatalf("%q: nothing leads on from %s", task.Purpose, state.Summary)
				}
				state = best
			}
			optimum, err := w.Optimum(task)
			phi, _ := w.Potential(state)
			if err != nil || steps != optimum || phi != 10 || !succeeded(t, w, state) {
				t.Errorf("%q: %d steps to Φ %.1f, want %d to 10", task.Purpose, steps, phi, optimum)
			}
		}
	}
}

// TestUsingUpIsNoProgress walks at random: to break a piece that might still serve
// never raises Φ, and what is done to a piece that is not the best one leaves Φ as it was, until
// that piece is the best.
func TestUsingUpIsNoProgress(t *testing.T) {
	for _, level := range levels {
		broken, experiments := 0, 0
		for world := 1; world <= 4; world++ {
			w := open(t, "using up", map[string]any{"level": level, "world": world})
			for seed := range int64(60) {
				states := wander(t, w, taskOf(w, seed), rand.New(rand.NewPCG(uint64(seed), uint64(world))))
				for i := range states[1:] {
					before, _ := w.world.decode(states[i].Hidden, w.tag)
					after, _ := w.world.decode(states[i+1].Hidden, w.tag)
					from, _ := w.Potential(states[i])
					to, _ := w.Potential(states[i+1])
					held := before.held()
					switch {
					case after.delivered():
					case w.world.wasted(&after) > w.world.wasted(&before):
						if broken++; to > from {
							t.Errorf("%s: Φ %.2f → %.2f when a piece broke: %s", level, from, to, states[i+1].Summary)
						}
					case held >= 0 && after.held() == held && w.world.distance(&before) == w.world.distance(&after) && before.pieces[held] != after.pieces[held]:
						if experiments++; to != from {
							t.Errorf("%s: Φ %.2f → %.2f by an experiment: %s", level, from, to, states[i+1].Summary)
						}
					}
					if to <= 0 && !w.IsTerminal(states[i+1]) {
						t.Errorf("%s: Φ %.2f in a state from where the order can be filled", level, to)
					}
				}
			}
		}
		if broken < 50 || experiments < 50 {
			t.Errorf("%s: only %d pieces broke, and %d experiments were made", level, broken, experiments)
		}
	}
}

// TestBeginner measures how much an actor that chooses at random solves.
func TestBeginner(t *testing.T) {
	for _, level := range levels {
		solved, all, stocked := 0, 0, 0
		for world := 1; world <= 8; world++ {
			w := open(t, "beginner", map[string]any{"level": level, "world": world, "split": SplitTest})
			for seed := range int64(100) {
				states := wander(t, w, taskOf(w, seed), rand.New(rand.NewPCG(uint64(seed), uint64(world))))
				if s, _ := w.world.decode(states[0].Hidden, w.tag); s.start == 2 {
					stocked++
				}
				if all++; succeeded(t, w, last(states)) {
					solved++
				}
			}
		}
		share := float64(solved) / float64(all)
		t.Logf("%s: a beginner solves %.3f of %d tasks; %.2f have the order in stock", level, share, all, float64(stocked)/float64(all))
		if share < .03 || share > .25 {
			t.Errorf("%s: a beginner solves %.3f, want .03 to .25", level, share)
		}
	}
}

// TestCommitment holds the promise: the trace shown before is that of the seed
// revealed afterwards, and each world has its own.
func TestCommitment(t *testing.T) {
	seen := map[string]bool{}
	for world := 1; world <= 50; world++ {
		for _, level := range levels {
			w := open(t, "commitment", map[string]any{"level": level, "world": world})
			sum := sha256.Sum256([]byte(w.Reveal().Seed))
			if got, want := w.Commitment(), hex.EncodeToString(sum[:]); got != want || w.Reveal().Commitment != want {
				t.Fatalf("world %d: commitment %s, want %s", world, got, want)
			}
			if again := open(t, "commitment", map[string]any{"level": level, "world": world}); again.Commitment() != w.Commitment() {
				t.Fatalf("world %d: commitment changed", world)
			}
			dynamics := w.Describe().Dynamics
			if seen[dynamics] || dynamics != "world-"+w.Commitment()[:8]+"-"+level {
				t.Errorf("world %d: dynamics %q", world, dynamics)
			}
			seen[dynamics] = true
		}
	}
}

// TestWorldsStay pins what a seed draws: rules that were learned last year must
// still be about the same world.
func TestWorldsStay(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{LevelPlain, "7c4c52beceb40607"},
		{LevelRich, "627f059bbde3462e"},
	} {
		w := open(t, "pinned", map[string]any{"level": test.name, "world": 3})
		h := sha256.New()
		if err := json.NewEncoder(h).Encode(w.Reveal()); err != nil {
			t.Fatal(err)
		}
		for seed := range int64(40) {
			task := taskOf(w, seed)
			state := reset(t, w, task)
			fmt.Fprintln(h, task.Purpose, state.Data, state.Summary, state.Hidden)
		}
		if got := hex.EncodeToString(h.Sum(nil)[:8]); got != test.want {
			t.Errorf("%s: drew %s, want %s", test.name, got, test.want)
		}
	}
}

// TestNothingLeaks holds that what is announced is the same in every world.
func TestNothingLeaks(t *testing.T) {
	for _, level := range levels {
		first := open(t, "leaks", map[string]any{"level": level})
		for world := 2; world <= 10; world++ {
			w := open(t, "leaks", map[string]any{"level": level, "world": world})
			a, b := first.Describe(), w.Describe()
			a.Dynamics, b.Dynamics = "", ""
			got, _ := json.Marshal([]any{b, w.Actions()})
			want, _ := json.Marshal([]any{a, first.Actions()})
			if string(got) != string(want) {
				t.Errorf("%s world %d announces\n%s\nwant\n%s", level, world, got, want)
			}
		}
	}
}

// TestStagesTell holds that what is seen of a piece says all about it.
func TestStagesTell(t *testing.T) {
	for _, level := range levels {
		for world := 1; world <= 100; world++ {
			w := open(t, "stages", map[string]any{"level": level, "world": world})
			seen := map[string]bool{}
			for _, n := range w.world.nodes {
				if seen[n.stage] {
					t.Fatalf("%s world %d: two histories look like %q", level, world, n.stage)
				}
				seen[n.stage] = true
			}
		}
	}
}

// TestTurnedAway holds what can't be done, and that it says why.
func TestTurnedAway(t *testing.T) {
	w := open(t, "turned away", map[string]any{"level": LevelRich})
	start := reset(t, w, agent.Task{Purpose: "deliver a comb", Seed: 1})
	taken := execute(t, w, agent.NewAction("take", "piece", "piece1"), start)
	tests := []struct {
		name   string
		action agent.Action
		state  agent.State
		want   string
	}{
		{"no such verb", agent.NewAction("steal", "piece", "piece1"), start, "the actions are take"},
		{"no such piece", agent.NewAction("take", "piece", "piece7"), start, "piece1 to piece6"},
		{"no piece", agent.NewAction("take"), start, "needs the parameter"},
		{"no such preparation", agent.NewAction("prepare", "piece", "piece1", "how", "boil"), taken, "heat, soak, oil"},
		{"a number for a name", agent.Action{Name: "take", Params: `{"piece":1}`}, start, "type string"},
		{"on the shelf", agent.NewAction("deliver", "piece", "piece1"), start, "take it first"},
		{"taken twice", agent.NewAction("take", "piece", "piece1"), taken, "already on the bench"},
		{"bench is full", agent.NewAction("take", "piece", "piece2"), taken, "return piece1 first"},
		{"foreign state", agent.NewAction("take", "piece", "piece1"), agent.State{Data: `{"a":1}`}, "did not make"},
		{"damaged state", agent.NewAction("take", "piece", "piece1"), agent.State{Hidden: agent.Object(strings.Replace(string(start.Hidden), "0", "f", 40))}, ""},
		{"done", agent.Action{Name: agent.Done}, start, "DONE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.Execute(context.Background(), test.action, test.state)
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want CodeInvalid with %q", err, test.want)
			}
		})
	}
	other := open(t, "turned away", map[string]any{"level": LevelRich, "world": 2})
	if err := other.Restore(context.Background(), agent.Task{}, start); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("another world restored the state: %v", err)
	}
}
