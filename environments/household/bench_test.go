package household

import (
	"context"
	"math/rand/v2"
	"testing"

	"purposeagent/agent"
)

// BenchmarkStep does all that a step of a run asks of the environment.
func BenchmarkStep(b *testing.B) {
	for _, size := range []string{SizeSmall, SizeMedium, SizeLarge} {
		b.Run(size, func(b *testing.B) {
			h := open(b, agent.MustObject(map[string]any{"size": size}))
			ctx, random := context.Background(), rand.New(rand.NewPCG(1, 1))
			state, err := h.Reset(ctx, agent.Task{Purpose: h.DrawPurpose(4), Seed: 4})
			if err != nil {
				b.Fatal(err)
			}
			start := state
			b.ReportAllocs()
			for b.Loop() {
				legal := h.LegalActions(state)
				if state, err = h.Execute(ctx, legal[random.IntN(len(legal))], state); err != nil {
					b.Fatal(err)
				}
				if _, err := h.Verify(ctx, state); err != nil {
					b.Fatal(err)
				}
				if _, err := h.Potential(state); err != nil {
					b.Fatal(err)
				}
				if h.IsTerminal(state) {
					state = start
				}
			}
		})
	}
}

// BenchmarkNew draws a house.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(`{"size":"large"}`, "bench"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPicture draws one state.
func BenchmarkPicture(b *testing.B) {
	h := open(b, `{"size":"large"}`)
	s := begin(b, h, 1)
	state := h.state(&s, dayBegins)
	for b.Loop() {
		if _, err := h.Picture(state); err != nil {
			b.Fatal(err)
		}
	}
}
