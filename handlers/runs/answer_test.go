package runs

import (
	"context"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/views/partials"
)

// The first words of a comparison are its answer: what differs between the
// runs, and how each of them ended.
func TestCompareAnswers(t *testing.T) {
	verdict := func(solved bool, source agent.Source) *agent.Outcome {
		return &agent.Outcome{Success: solved, Source: source}
	}
	run := func(steps int, change ...func(*agent.Run)) agent.Run {
		r := pagetest.SampleRun("r_x", 40)
		r.Status, r.Steps, r.Seed, r.Outcome = agent.RunIsFinished, steps, 7, verdict(true, agent.SourceEnvironment)
		for _, f := range change {
			f(&r)
		}
		return r
	}
	off := func(r *agent.Run) { r.Spec.Memory, r.Outcome = "off", verdict(false, agent.SourceEnvironment) }
	seed := func(n int64) func(*agent.Run) { return func(r *agent.Run) { r.Seed = n } }
	status := func(s agent.RunStatus) func(*agent.Run) { return func(r *agent.Run) { r.Status, r.Outcome = s, nil } }
	config := func(text string) func(*agent.Run) {
		return func(r *agent.Run) { r.Spec.Environment.Config, _ = agent.ParseObject([]byte(text)) }
	}
	for _, test := range []struct {
		name string
		runs []agent.Run
		want string
	}{
		{"memory alone", []agent.Run{run(5), run(40, off)}, "Memory on solved it in 5 steps, memory off did not solve it in 40 steps."},
		{"one step", []agent.Run{run(1), run(40, off)}, "Memory on solved it in 1 step, memory off did not solve it in 40 steps."},
		{"the same settings", []agent.Run{run(5), run(5)}, "With the same settings, A solved it in 5 steps; B solved it in 5 steps."},
		{"two settings", []agent.Run{run(5), run(40, off, seed(8))}, "A (memory on, seed 7) solved it in 5 steps; B (memory off, seed 8) did not solve it in 40 steps."},
		{"three runs of two kinds", []agent.Run{run(5), run(6), run(40, off)}, "A (memory on) solved it in 5 steps; B (memory on) solved it in 6 steps; C (memory off) did not solve it in 40 steps."},
		{"seeds", []agent.Run{run(5), run(6, seed(8)), run(7, seed(9))}, "Seed 7 solved it in 5 steps, seed 8 solved it in 6 steps, seed 9 solved it in 7 steps."},
		{"models", []agent.Run{run(5), run(9, func(r *agent.Run) { r.Spec.Models.Actor = "local:small" })}, "Actor offline reasoner solved it in 5 steps, actor local:small solved it in 9 steps."},
		{"a field of the world", []agent.Run{run(5, config(`{"size":5,"doors":2}`)), run(9, config(`{"size":9,"doors":2}`))}, "Size 5 solved it in 5 steps, size 9 solved it in 9 steps."},
		{"the critic's word", []agent.Run{run(5), run(5, func(r *agent.Run) { r.Spec.Memory = "off"; r.Outcome = verdict(true, agent.SourceCritic) })}, "Memory on solved it in 5 steps, memory off solved it in 5 steps, as its critic says."},
		{"other purposes", []agent.Run{run(5), run(9, func(r *agent.Run) { r.Spec.Purpose = "Make tea" })}, "“Find the treasure and take it” solved its task in 5 steps, “Make tea” solved its task in 9 steps."},
		{"not ended", []agent.Run{run(3, status(agent.RunIsRunning)), run(0, off, status(agent.RunIsQueued))}, "Memory on is still running, at 3 steps, memory off has not begun."},
		{"failed and stopped", []agent.Run{run(3, status(agent.RunIsFailed)), run(2, off, status(agent.RunIsStopped))}, "Memory on failed after 3 steps, memory off was stopped after 2 steps."},
		{"waiting and paused", []agent.Run{run(3, status(agent.RunIsWaiting)), run(2, off, status(agent.RunIsPaused))}, "Memory on waits after 3 steps, memory off is paused after 2 steps."},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &comparison{}
			for _, r := range test.runs {
				c.runs = append(c.runs, comparedRun{run: r})
			}
			s := New(pagetest.Kit(pagetest.NewRunLog(t)), Config{})
			if test.runs[0].Spec.Purpose != test.runs[1].Spec.Purpose {
				test.want = strings.Replace(test.want, "Find the treasure and take it", partials.Clip(test.runs[0].Spec.Purpose, 60), 1)
			}
			if got := c.answer(s.settingsOf(context.Background(), c)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// What runs were launched with is said in words, whatever their form is.
func TestSettingsAreWords(t *testing.T) {
	s := New(pagetest.Kit(pagetest.NewRunLog(t)), Config{})
	run := func(approval string, config, state map[string]any) comparedRun {
		initial := agent.MustObject(state)
		return comparedRun{run: agent.Run{Spec: agent.RunSpec{Approval: approval, InitialState: &initial, Environment: agent.EnvironmentRef{Name: "maze", Config: agent.MustObject(config)}}}}
	}
	c := &comparison{runs: []comparedRun{
		run("unsure:0.4", map[string]any{"doors": map[string]any{"red": 2}, "big": true}, map[string]any{"held": []string{"key", "map"}}),
		run("", map[string]any{"doors": map[string]any{"red": 3}, "big": false}, map[string]any{"held": []string{}}),
	}}
	got := map[string][]string{}
	for _, x := range s.settingsOf(t.Context(), c) {
		got[x.word] = x.values
	}
	for word, want := range map[string][]string{
		"Asks a person": {"when the critic is unsure", "never"}, "World: doors": {"red: 2", "red: 3"}, "World: big": {"true", "false"},
		"Begins in": {"a given state: held: (key, map)", "a given state: held: (empty)"},
	} {
		if !slices.Equal(got[word], want) {
			t.Errorf("%s is %q, want %q", word, got[word], want)
		}
	}
}
