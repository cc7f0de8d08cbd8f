package maze

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
)

func newMaze(t testing.TB, raw string) *Maze {
	t.Helper()
	o, err := agent.ParseObject([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// walk returns the states of an episode with random legal actions.
func walk(t testing.TB, m *Maze, seed int64, steps int) []agent.State {
	t.Helper()
	s, err := m.Reset(context.Background(), agent.Task{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	states := []agent.State{s}
	for range steps {
		legal := m.LegalActions(s)
		if len(legal) == 0 {
			break
		}
		if s, err = m.Execute(context.Background(), legal[r.IntN(len(legal))], s); err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
	}
	return states
}

// solve returns the states of a shortest solution.
func solve(t testing.TB, m *Maze, task agent.Task) []agent.State {
	t.Helper()
	ctx := context.Background()
	s, err := m.Reset(ctx, task)
	if err != nil {
		t.Fatal(err)
	}
	states := []agent.State{s}
	for !m.IsTerminal(s) {
		p, j, err := m.read(s)
		if err != nil {
			t.Fatal(err)
		}
		var best move
		left := p.left(j.position)
		p.successors(j.position, func(mv move, after position) {
			if n := p.left(after); n < left {
				best, left = mv, n
			}
		})
		if s, err = m.Execute(ctx, p.action(best), s); err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
	}
	return states
}

func TestSolutionReachesTheGoal(t *testing.T) {
	for _, raw := range []string{`{}`, `{"goal":"carry","keys":4}`, `{"size":9,"keys":4,"one_way":9}`} {
		t.Run(raw, func(t *testing.T) {
			m := newMaze(t, raw)
			task := agent.Task{Seed: 11}
			states := solve(t, m, task)
			if n, _ := m.Optimum(task); len(states)-1 != n {
				t.Errorf("%d steps, optimum %d", len(states)-1, n)
			}
			last := -1.0
			for i, s := range states {
				phi, err := m.Potential(s)
				if err != nil || !agent.ValidPhi(phi) || phi <= last {
					t.Fatalf("step %d: Φ %g after %g, error %v", i, phi, last, err)
				}
				last = phi
				verdict, err := m.Verify(context.Background(), s)
				if done := i == len(states)-1; err != nil || verdict.Success != done || m.IsTerminal(s) != done || (verdict.Score == 1) != done || (phi == agent.MaxPhi) != done {
					t.Fatalf("step %d of %d: verdict %+v, Φ %g, error %v", i, len(states)-1, verdict, phi, err)
				}
				if i < len(states)-1 && phi >= agent.DefaultEarlyStopPhi {
					t.Fatalf("step %d: Φ %g would stop the run before the goal", i, phi)
				}
			}
			if legal := m.LegalActions(states[len(states)-1]); legal != nil {
				t.Errorf("legal actions at the end: %v", legal)
			}
		})
	}
}

// TestObservationIsTheState: what can be observed and the summary depend on
// the position alone, so equal hashes are equal situations.
func TestObservationIsTheState(t *testing.T) {
	for _, raw := range []string{`{}`, `{"goal":"carry","size":5,"keys":3}`} {
		m := newMaze(t, raw)
		byHash, byPosition := map[string]position{}, map[position]string{}
		for _, s := range walk(t, m, 3, 1500) {
			p, j, err := m.read(s)
			if err != nil {
				t.Fatal(err)
			}
			if q, ok := byHash[s.Hash()]; ok && q != j.position {
				t.Fatalf("%+v and %+v look the same", q, j.position)
			}
			if h, ok := byPosition[j.position]; ok && h != s.Hash() {
				t.Fatalf("%+v looks different at another time", j.position)
			}
			byHash[s.Hash()], byPosition[j.position] = j.position, s.Hash()
			if back, err := p.observed(s.Data); err != nil || back != j.position {
				t.Fatalf("read back %+v (%v), want %+v", back, err, j.position)
			}
		}
	}
}

func TestStateIsCanonicalAndMatchesTheDescription(t *testing.T) {
	m := newMaze(t, `{"goal":"carry","keys":3,"one_way":3}`)
	spec := m.Describe().State
	for _, s := range slices.Concat(walk(t, m, 9, 400), solve(t, m, agent.Task{Seed: 9})) {
		for _, o := range []agent.Object{s.Data, s.Hidden} {
			if parsed, err := agent.ParseObject([]byte(o)); err != nil || parsed != o {
				t.Fatalf("not canonical: %s (%v)", o, err)
			}
		}
		for _, a := range m.LegalActions(s) {
			if parsed, err := agent.ParseObject([]byte(a.Params)); err != nil || parsed != a.Params {
				t.Fatalf("not canonical: %s (%v)", a.Params, err)
			}
		}
		tree := any(s.Data.Map())
		if place, ok := agent.Lookup(tree, spec.Place); !ok || place == "" {
			t.Fatalf("no place in %s", s.Data)
		}
		things, _ := agent.Lookup(tree, spec.Things)
		exits, _ := agent.Lookup(tree, spec.Exits)
		for _, group := range []any{things, exits} {
			for id, attributes := range group.(map[string]any) {
				for name, value := range attributes.(map[string]any) {
					if !slices.Contains(spec.Vocabulary[name], value.(string)) {
						t.Fatalf("%s: %s = %v is not in the vocabulary", id, name, value)
					}
				}
			}
		}
		held, _ := agent.Lookup(tree, spec.Held)
		for _, id := range held.([]any) {
			if _, ok := things.(map[string]any)[id.(string)]; !ok {
				t.Fatalf("%v is held and not among the things", id)
			}
		}
	}
}

// TestLegalActionsAreExactlyWhatExecuteAccepts tries every action there could be.
func TestLegalActionsAreExactlyWhatExecuteAccepts(t *testing.T) {
	m := newMaze(t, `{"goal":"carry","keys":3,"one_way":3}`)
	var all []agent.Action
	for _, d := range directions() {
		all = append(all, agent.NewAction("go", "direction", d), agent.NewAction("unlock", "direction", d))
	}
	for _, thing := range []string{"treasure", "gate", "lamp", ""} {
		all = append(all, agent.NewAction("take", "thing", thing))
	}
	for _, colour := range colours() {
		all = append(all, agent.NewAction("take", "thing", colour+" key"))
	}
	for _, s := range slices.Concat(walk(t, m, 4, 300), solve(t, m, agent.Task{Seed: 4})) {
		legal := map[string]bool{}
		for _, a := range m.LegalActions(s) {
			legal[a.Key()] = true
		}
		for _, a := range all {
			after, err := m.Execute(context.Background(), a, s)
			switch {
			case (err == nil) != legal[a.Key()]:
				t.Fatalf("%s in %q: legal %v, error %v", a.Label(), s.Summary, legal[a.Key()], err)
			case err == nil && after.Hash() == s.Hash():
				t.Fatalf("%s in %q changed nothing", a.Label(), s.Summary)
			case err != nil && (agent.CodeOf(err) != agent.CodeInvalid || len(agent.MessageOf(err)) < 20):
				t.Fatalf("%s: unhelpful error %v", a.Label(), err)
			}
		}
	}
}

func TestExecuteIsPure(t *testing.T) {
	ctx := context.Background()
	task := agent.Task{Seed: 21}
	m := newMaze(t, `{}`)
	states := walk(t, m, task.Seed, 60)
	other := newMaze(t, `{}`)
	if _, err := other.Reset(ctx, agent.Task{Seed: 99}); err != nil {
		t.Fatal(err)
	}
	for i, s := range states {
		fresh := newMaze(t, `{}`)
		if err := fresh.Restore(ctx, task, s); err != nil {
			t.Fatal(err)
		}
		for _, a := range m.LegalActions(s) {
			want, err := m.Execute(ctx, a, s)
			if err != nil {
				t.Fatal(err)
			}
			for name, e := range map[string]*Maze{"restored": fresh, "used for another task": other} {
				if got, err := e.Execute(ctx, a, s); err != nil || got != want {
					t.Fatalf("step %d, %s, %s: %+v (%v), want %+v", i, a.Label(), name, got, err, want)
				}
			}
		}
		failed := s.WithError("the red door is stuck")
		if got, want := m.LegalActions(failed), m.LegalActions(s); !reflect.DeepEqual(got, want) {
			t.Fatalf("after an error: %v, want %v", got, want)
		}
	}
}

func TestRestoreFromObservation(t *testing.T) {
	ctx := context.Background()
	m := newMaze(t, `{}`)
	task := agent.Task{Seed: 8}
	states := solve(t, m, task)
	for _, s := range states[:len(states)-1] {
		bare := agent.State{Data: s.Data}
		fresh := newMaze(t, `{}`)
		if err := fresh.Restore(ctx, task, bare); err != nil {
			t.Fatal(err)
		}
		a := m.LegalActions(s)[0]
		want, err := m.Execute(ctx, a, s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fresh.Execute(ctx, a, bare); err != nil || got.Data != want.Data {
			t.Fatalf("%s: %s (%v), want %s", a.Label(), got.Data, err, want.Data)
		}
	}
}

func TestBadStatesAreRefused(t *testing.T) {
	ctx := context.Background()
	m := newMaze(t, `{}`)
	task := agent.Task{Seed: 8}
	start, err := m.Reset(ctx, task)
	if err != nil {
		t.Fatal(err)
	}
	place := start.Data.Map()["place"]
	key := m.current.thingName(0)
	door := m.current.colours[0] + " door"
	for _, tt := range []struct {
		name  string
		state agent.State
		want  string
	}{
		{"nothing", agent.State{}, "place must be a room"},
		{"unknown room", agent.State{Data: agent.MustObject(map[string]any{"place": "moon"})}, "place must be a room"},
		{"wrong type", agent.State{Data: `{"place":7}`}, `{"place": room`},
		{"unknown thing", agent.State{Data: agent.MustObject(map[string]any{"place": place, "held": []string{"sword"}})}, "held and opened may name"},
		{"key held and used", agent.State{Data: agent.MustObject(map[string]any{"place": place, "held": []string{key}, "opened": []string{door}})}, "stays in the lock"},
		{"hidden of something else", agent.State{Hidden: `{"bench":"oak"}`}, "another configuration"},
		{"hidden with a wrong type", agent.State{Hidden: `{"room":"oak"}`}, "not made by a maze"},
		{"another seed", walk(t, newMaze(t, `{}`), 9, 0)[0], "seed 9"},
		{"another size", walk(t, newMaze(t, `{"size":5}`), 8, 0)[0], "another configuration"},
		{"room outside", agent.State{Hidden: `{"keys":[0,0],"room":16,"seed":8,"seen":"0000","trail":[],"treasure":false}`}, "another configuration"},
		{"impossible key", agent.State{Hidden: `{"keys":[0,3],"room":1,"seed":8,"seen":"0000","trail":[],"treasure":false}`}, "another configuration"},
		{"trail outside", agent.State{Hidden: `{"keys":[0,0],"room":1,"seed":8,"seen":"0000","trail":[-1],"treasure":false}`}, "another configuration"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := newMaze(t, `{}`).Restore(ctx, task, tt.state)
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := newMaze(t, `{}`).Execute(ctx, agent.NewAction("go", "direction", "north"), agent.State{Data: start.Data}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a bare state before reset: %v", err)
	}
}

func TestOneWayPassageCannotBeWalkedBack(t *testing.T) {
	m := newMaze(t, `{"keys":0,"one_way":4}`)
	found := false
	for _, s := range walk(t, m, 2, 300) {
		p, j, err := m.read(s)
		if err != nil {
			t.Fatal(err)
		}
		for d, w := range p.ways[j.room] {
			if !w.oneWay {
				continue
			}
			found = true
			if !strings.Contains(s.Summary, direction(d).String()+" (one way)") {
				t.Errorf("%q does not tell of the one-way passage %s", s.Summary, direction(d))
			}
			after, err := m.Execute(context.Background(), agent.NewAction("go", "direction", direction(d).String()), s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Execute(context.Background(), agent.NewAction("go", "direction", direction(d).opposite().String()), after); agent.CodeOf(err) != agent.CodeInvalid {
				t.Errorf("walked back through a one-way passage: %v", err)
			}
		}
	}
	if !found {
		t.Error("no one-way passage was met")
	}
}

func TestCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := newMaze(t, `{}`)
	s, err := m.Reset(ctx, agent.Task{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := m.Execute(ctx, m.LegalActions(s)[0], s); agent.CodeOf(err) != agent.CodeStopped {
		t.Errorf("Execute: %v", err)
	}
	if _, err := m.Reset(ctx, agent.Task{}); agent.CodeOf(err) != agent.CodeStopped {
		t.Errorf("Reset: %v", err)
	}
}
