package statetable

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
)

// wander adds episodes that walk about a torus of size × size states.
func wander(a *Table, r *rand.Rand, size, episodes, steps int, each func(add func())) {
	world := &agent.StateSpec{}
	actions := []agent.Action{agent.NewAction("a"), agent.NewAction("b"), agent.NewAction("c"), agent.NewAction("d")}
	state := func(x, y int) agent.State {
		return agent.State{Data: agent.MustObject(map[string]any{"x": x, "y": y})}
	}
	for range episodes {
		t := &agent.Trajectory{ID: fmt.Sprint("t", a.Tasks), Run: fmt.Sprint("r", a.Tasks), End: agent.EndSteps, At: time.Unix(int64(a.Tasks), 0)}
		x, y := r.IntN(size), r.IntN(size)
		t.Initial = state(x, y)
		before := t.Initial
		for i := range steps {
			n := r.IntN(4)
			x, y = (x+size+[]int{1, 0, -1, 0}[n])%size, (y+size+[]int{0, 1, 0, -1}[n])%size
			after := state(x, y)
			t.Steps = append(t.Steps, agent.Step{Index: i + 1, Before: before, Action: actions[n], After: after})
			before = after
			if x == 0 && y == 0 {
				t.Outcome.Success = true
				break
			}
		}
		each(func() { a.Add(t, nil, world) })
	}
}

// BenchmarkTaskEndAfter10000Episodes is what exact states cost at the end of a
// task in a world that fills the whole table: 50,000 states, 40 steps a task.
func BenchmarkTaskEndAfter10000Episodes(b *testing.B) {
	for _, size := range []int{22, 223} {
		b.Run(fmt.Sprint(size*size, " states"), func(b *testing.B) {
			a := New()
			r := rand.New(rand.NewPCG(1, 2))
			wander(a, r, size, 10_000, 40, func(add func()) { add() })
			b.ResetTimer()
			b.StopTimer()
			longest := time.Duration(0)
			wander(a, r, size, b.N, 40, func(add func()) {
				b.StartTimer()
				began := time.Now()
				add()
				if a.Due() {
					a.Row(agent.Scope{}, nil)
				}
				longest = max(longest, time.Since(began))
				b.StopTimer()
			})
			b.ReportMetric(float64(longest.Microseconds())/1000, "longest-ms")
			b.ReportMetric(float64(len(a.encode()))/1024, "KiB")
		})
	}
}

func BenchmarkWriteStates(b *testing.B) {
	a := New()
	wander(a, rand.New(rand.NewPCG(1, 2)), 223, 6_000, 60, func(add func()) { add() })
	b.ReportMetric(float64(len(a.places)), "states")
	for b.Loop() {
		a.encode()
	}
}

func TestTablesAreReadAsTheyWereWritten(t *testing.T) {
	a := New()
	wander(a, rand.New(rand.NewPCG(4, 4)), 7, 50, 30, func(add func()) { add() })
	rule := a.Row(agent.Scope{}, nil)
	b, err := Decode(rule.States())
	if err != nil {
		t.Fatal(err)
	}
	if string(b.encode()) != string(rule.States().Data) {
		t.Error("what was read is written otherwise")
	}
}

// A table from elsewhere may be anything: it is read or refused.
func TestBrokenTablesAreRefused(t *testing.T) {
	a := New()
	wander(a, rand.New(rand.NewPCG(4, 4)), 5, 20, 30, func(add func()) { add() })
	rule := a.Row(agent.Scope{}, nil)
	whole := *rule.States()
	r := rand.New(rand.NewPCG(1, 1))
	refused := 0
	for range 2_000 {
		table := whole
		table.Data = slices.Clone(whole.Data)
		table.Data[r.IntN(len(table.Data))] ^= byte(1 + r.IntN(255))
		if r.IntN(3) == 0 {
			table.Data = table.Data[:r.IntN(len(table.Data))]
		}
		b, err := Decode(&table)
		if err != nil {
			refused++
			continue
		}
		b.Relink()
		b.settle()
	}
	if refused < 500 {
		t.Errorf("%d of 2000 broken tables were refused", refused)
	}
	for _, table := range []agent.StateTable{{}, {Format: format}, {Format: format + 1, Data: whole.Data}} {
		if _, err := Decode(&table); err == nil {
			t.Errorf("%+v was read", table)
		}
	}
}

// What a scope remembers is bounded, and what leads to success stays.
func TestTheLeastUsefulStatesAreForgotten(t *testing.T) {
	a := New()
	wander(a, rand.New(rand.NewPCG(1, 2)), 4, 60, 40, func(add func()) { add() })
	home := a.start()
	value := a.places[home].Value
	wander(a, rand.New(rand.NewPCG(1, 3)), 20, 30, 40, func(add func()) { add() })
	known := len(a.places)
	for i := range a.places[:16] {
		a.places[i].Value = max(a.places[i].Value, 0.01)
	}
	drop := agent.MaxStates/8 - known + 40
	a.forget(40 - drop)
	if len(a.places) >= known || len(a.places) != len(a.keys) || len(a.at) != len(a.keys) || value <= 0 {
		t.Errorf("%d states of %d are left", len(a.places), known)
	}
	for key, at := range a.at {
		if a.keys[at] != key {
			t.Fatal("a state has another's number")
		}
	}
	b, err := Decode(&agent.StateTable{Format: format, Actions: a.actions, Data: a.encode()})
	if err != nil || len(b.places) != len(a.places) {
		t.Error("what is left can't be read:", err)
	}
}
