package handlers

import (
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/lab"
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

func TestPastLabTimes(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	models := agent.ModelRefs{Actor: agent.Reasoner, Critic: agent.Reasoner, Optimizer: agent.Reasoner}
	ask := lab.Request{Worlds: []int64{1, 2}, Spec: lab.Spec{Train: 30, Test: 10, Arms: []lab.Arm{lab.Off, lab.On}, Models: models}}
	end := at.Add(100 * time.Second) // a second a task
	past := labTimes{{Spec: agent.MustObject(ask), StartedAt: &at, EndedAt: &end}}
	if got := past.guess(ask); got != "50 s to 3m 20s, by 1 experiment before it" {
		t.Errorf("an experiment takes %q", got)
	}
	if got := (labTimes{}).guess(ask); got != unknownYet {
		t.Errorf("without a past it takes %q", got)
	}
}

// Whole numbers are read however they are written.
func TestWholeNumber(t *testing.T) {
	for text, want := range map[string]int64{"3": 3, "3.0": 3, " 4e2 ": 400, "-2.0": -2, "9007199254740993": 9007199254740993} { //nolint:gocritic // with blanks, as people type
		if got, ok := wholeNumber(text); !ok || got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"", "3.5", "many", "NaN", "Inf", "1e300", "9007199254740993.0"} {
		if got, ok := wholeNumber(text); ok {
			t.Errorf("%q is %d, want none", text, got)
		}
	}
}

// A rule in words says who can use it.
func TestRuleReaders(t *testing.T) {
	if got := ruleReaders(true, false); !strings.Contains(got, "nothing uses it yet") || !strings.Contains(got, "reads no words") {
		t.Error(got)
	}
	if got := ruleReaders(true, true); !strings.Contains(got, "The offline reasoner can't") || strings.Contains(got, "nothing uses it") {
		t.Error(got)
	}
	if got := ruleReaders(false, false); !strings.Contains(got, "conditions") {
		t.Error(got)
	}
}

// Figures of a result that say no more than their neighbours are left out.
func TestEndStats(t *testing.T) {
	words := func(r *agent.TaskResult) string {
		var all []string
		for _, f := range endStats(r) {
			all = append(all, f.Word+" "+f.Value)
		}
		return strings.Join(all, ", ")
	}
	same := &agent.TaskResult{Success: true, TotalDelta: 6.5, CumulativeReward: 6.5, FinalPhi: 10, SuccessRate: 1, Outcome: agent.Outcome{Success: true, Score: 1}}
	if got := words(same); strings.Contains(got, "Gains") || strings.Contains(got, "Share of the goal") {
		t.Error(got)
	}
	apart := &agent.TaskResult{TotalDelta: 6.5, CumulativeReward: 24.5, FinalPhi: 8, SuccessRate: .5, Outcome: agent.Outcome{Score: .25}}
	if got := words(apart); !strings.Contains(got, "Change of Φ (Σ Δ) +6.5, Gains without the losses +24.5") || !strings.Contains(got, "Share of the goal 0.25 of 1") {
		t.Error(got)
	}
}
