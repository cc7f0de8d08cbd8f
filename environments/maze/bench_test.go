package maze

import (
	"context"
	"fmt"
	"testing"

	"purposeagent/agent"
)

var benchConfigs = []struct{ name, raw string }{
	{"default", `{}`},
	{"largest", `{"size":12,"keys":4,"one_way":12,"goal":"carry"}`},
}

// BenchmarkGenerate draws and checks one maze.
func BenchmarkGenerate(b *testing.B) {
	for _, c := range benchConfigs {
		b.Run(c.name, func(b *testing.B) {
			m := newMaze(b, c.raw)
			for i := 0; b.Loop(); i++ {
				if _, err := m.Reset(context.Background(), agent.Task{Seed: int64(i)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStep does all that a step of a run asks of the environment: the
// legal actions, Execute, IsTerminal, Verify and Potential.
func BenchmarkStep(b *testing.B) {
	for _, c := range benchConfigs {
		b.Run(c.name, func(b *testing.B) {
			m := newMaze(b, c.raw)
			ctx := context.Background()
			states := solve(b, m, agent.Task{Seed: 1})
			states = states[:len(states)-1]
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := states[i%len(states)]
				after, err := m.Execute(ctx, m.LegalActions(s)[0], s)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := m.Verify(ctx, after); err != nil || m.IsTerminal(after) {
					b.Fatal(fmt.Errorf("%v, or terminal", err))
				}
				if _, err := m.Potential(after); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPicture draws a maze that was walked to its end.
func BenchmarkPicture(b *testing.B) {
	for _, c := range benchConfigs {
		b.Run(c.name, func(b *testing.B) {
			m := newMaze(b, c.raw)
			states := solve(b, m, agent.Task{Seed: 1})
			last := states[len(states)-1]
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Picture(last); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
