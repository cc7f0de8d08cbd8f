package workshop

import (
	"context"
	"math/rand/v2"
	"testing"

	"purposeagent/agent"
)

// BenchmarkStep does all that a step of a run asks of the environment.
func BenchmarkStep(b *testing.B) {
	for _, level := range levels {
		b.Run(level, func(b *testing.B) {
			w := open(b, "bench", map[string]any{"level": level})
			states := wander(b, w, taskOf(w, 4), rand.New(rand.NewPCG(1, 1)))
			states = states[:len(states)-1]
			ctx := context.Background()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				state := states[i%len(states)]
				legal := w.LegalActions(state)
				next, err := w.Execute(ctx, legal[i%len(legal)], state)
				if err != nil {
					b.Fatal(err)
				}
				w.IsTerminal(next)
				if _, err := w.Verify(ctx, next); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Potential(next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNew draws a world with all its actions.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(`{"level":"rich"}`, "bench"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReset opens a task.
func BenchmarkReset(b *testing.B) {
	w := open(b, "bench", nil)
	for i := 0; b.Loop(); i++ {
		if _, err := w.Reset(context.Background(), agent.Task{Purpose: "deliver a red oak comb", Seed: int64(i)}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPicture draws one state.
func BenchmarkPicture(b *testing.B) {
	w := open(b, "bench", nil)
	state := reset(b, w, taskOf(w, 1))
	for b.Loop() {
		if _, err := w.Picture(state); err != nil {
			b.Fatal(err)
		}
	}
}
