package launch

import (
	"testing"
	"time"

	"purposeagent/agent"
)

// The button says how many runs start, and when they wait for people.
func TestStartWords(t *testing.T) {
	for _, c := range []struct {
		name string
		spec agent.RunSpec
		want string
	}{
		{"one", agent.RunSpec{}, "Start the run"},
		{"forty", agent.RunSpec{Repeats: 40}, "Start 40 runs"},
		{"forty that ask", agent.RunSpec{Repeats: 40, Approval: "every"}, "Start 40 runs, each asks before every action"},
		{"some actions", agent.RunSpec{Approval: "actions:go,take"}, "Start the run, it asks before go, take"},
		{"two conditions", agent.RunSpec{Approval: "unsure:0.4;stuck:5"}, "Start the run, it asks when the critic is unsure and after 5 steps without progress"},
		{"none", agent.RunSpec{Approval: "none"}, "Start the run"},
		{"what can't be read", agent.RunSpec{Approval: "sometimes"}, "Start the run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := startWords(c.spec); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// What concerns one launch only is not kept for the next.
func TestKeptInputs(t *testing.T) {
	f := launchForm{Environment: "maze", Config: map[string]string{"size": "5"}, Purpose: "p", Description: "d", Actor: "a", Critic: "c", MaxSteps: "7", EarlyStopPhi: "8", Pace: "0.3",
		InitialState: "{}", Seed: "3", Memory: "off", Repeats: "40", Tokens: "1", USD: "2", Seconds: "3", Tags: "t", Approval: "actions", Approve: "go"}
	got := f.kept().withDefaults()
	want := launchForm{Environment: "maze", Config: map[string]string{"size": "5"}, Purpose: "p", Description: "d", Actor: "a", Critic: "c", MaxSteps: "7", EarlyStopPhi: "8", Pace: "0.3",
		Memory: "on", Repeats: "1"}
	a, err := got.object()
	b, _ := want.object()
	if err != nil || a != b {
		t.Errorf("kept is %s, want %s", a, b)
	}
}

// A time is told from what was measured with the same models and pace, else it
// is not known.
func TestPastTimes(t *testing.T) {
	offlineSpec := agent.RunSpec{Models: offline}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	run := func(spec agent.RunSpec, took time.Duration) agent.Run {
		end := at.Add(took)
		return agent.Run{Spec: spec, StartedAt: &at, EndedAt: &end}
	}
	many := func(spec agent.RunSpec, n int) (runs []agent.Run) {
		for i := range n {
			runs = append(runs, run(spec, time.Duration(i+1)*time.Second))
		}
		return runs
	}
	paced := func(n int) (runs []agent.Run) { // ten steps of 2 s, of which 1 s is the pace
		for range n {
			r := run(agent.RunSpec{Models: offline, Pace: 1}, 20*time.Second)
			r.Steps = 10
			runs = append(runs, r)
		}
		return runs
	}
	asks := agent.RunSpec{Models: offline, Approval: "every"}
	for _, c := range []struct {
		name string
		past []agent.Run
		spec agent.RunSpec
		want string
	}{
		{"nothing", nil, offlineSpec, "unknown yet"},
		{"two are too few", many(offlineSpec, 2), offlineSpec, "unknown yet"},
		{"another model", many(agent.RunSpec{Models: agent.ModelRefs{Actor: "x:y"}}, 9), offlineSpec, "unknown yet"},
		{"another pace", paced(9), agent.RunSpec{Models: offline, Pace: .5}, "about 15 s a run, as the last 9 took"},
		{"those that waited for people", many(asks, 9), offlineSpec, "unknown yet"},
		{"ten", many(offlineSpec, 10), offlineSpec, "1.0 s to 10 s a run, as the last 10 took"},
		{"twenty", many(offlineSpec, 20), offlineSpec, "2.0 s to 19 s a run, as the last 20 took"},
		{"repeats", many(offlineSpec, 10), agent.RunSpec{Models: offline, Repeats: 6}, "1.0 s to 10 s a run, so up to 1m 00s for all if they go one by one, as the last 10 took"},
		{"people", many(offlineSpec, 10), asks, "1.0 s to 10 s a run, and the time until people answer, as the last 10 took"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := runTimes(c.past).guess(c.spec); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
