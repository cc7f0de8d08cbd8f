package script

import (
	"context"
	"os"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
)

// newPool returns a pool that is closed with the test.
func newPool(t testing.TB) *Pool {
	t.Helper()
	p := NewPool()
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// TestExamples runs the suite of environments over each example.
func TestExamples(t *testing.T) {
	pool := newPool(t)
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			tasks := make([]agent.Task, 3)
			for i := range tasks {
				purpose, err := DrawPurpose(p.Config, pool, int64(i+1))
				if err != nil {
					t.Fatal(err)
				}
				tasks[i] = agent.Task{Purpose: purpose, Seed: int64(i + 1), MaxSteps: p.MaxSteps}
			}
			if tasks[0].Purpose != p.Purpose {
				t.Errorf("the purpose of seed 1 is %q, and the preset says %q", tasks[0].Purpose, p.Purpose)
			}
			conformance.Environment(t, func() agent.Environment {
				env, err := New(p.Config, pool)
				if err != nil {
					t.Fatal(err)
				}
				return env
			}, tasks...)
		})
	}
}

// BenchmarkStep is one step over what the world itself needs.
func BenchmarkStep(b *testing.B) {
	pool := newPool(b)
	env, err := New("", pool)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	state, err := env.Reset(ctx, agent.Task{Purpose: "Bring the counter to 900", Seed: 1})
	for b.Loop() {
		if err == nil {
			_, err = env.Execute(ctx, agent.NewAction("add", "amount", "1"), state)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// TestDocumentedWorld holds that the world in docs/script.md works as it stands.
func TestDocumentedWorld(t *testing.T) {
	raw, err := os.ReadFile("../../docs/script.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```python\n")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/script.md shows no world")
	}
	pool := newPool(t)
	config := agent.MustObject(map[string]string{"script": text})
	purpose, err := DrawPurpose(config, pool, 1)
	if err != nil {
		t.Fatal(err)
	}
	conformance.Environment(t, func() agent.Environment {
		env, err := New(config, pool)
		if err != nil {
			t.Fatal(err)
		}
		return env
	}, agent.Task{Purpose: purpose, Seed: 1}, agent.Task{Purpose: purpose, Seed: 2})
}
