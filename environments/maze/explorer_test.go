package maze

import (
	"testing"

	"purposeagent/agent"
)

// explore has the explorer play a maze, and reports whether it solved it.
func explore(t *testing.T, m *Maze, task agent.Task, limit int) bool {
	t.Helper()
	s, err := m.Reset(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	e := m.Explorer()
	var history []agent.Step
	for i := 0; i < limit && !m.IsTerminal(s); i++ {
		d, err := e.Decide(t.Context(), &agent.Situation{Task: task, Legal: m.LegalActions(s), State: s, Index: i + 1, History: history})
		if err != nil {
			t.Fatal(err)
		}
		after, err := m.Execute(t.Context(), d.Action, s)
		if err != nil {
			t.Fatal(err)
		}
		history = append(history, agent.Step{Index: i + 1, Before: s, Action: d.Action, After: after})
		s = after
	}
	return m.IsTerminal(s)
}

// TestMazesCanBePlayed: with the observations alone a plain explorer solves
// nearly all mazes within five times the optimum, so the limit is fair; acting
// at random it solves few, so there is something to learn.
func TestMazesCanBePlayed(t *testing.T) {
	for _, tt := range []struct {
		name, raw string
		want      float64
	}{
		{"4x4", `{}`, .8},
		{"5x5", `{"size":5}`, .7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaze(t, tt.raw)
			solved, random, n := 0, 0, 60
			for seed := range int64(n) {
				task := agent.Task{Seed: seed}
				optimum, err := m.Optimum(task)
				if err != nil {
					t.Fatal(err)
				}
				if states := walk(t, m, seed, 5*optimum); m.IsTerminal(states[len(states)-1]) {
					random++
				}
				if explore(t, m, task, 5*optimum) {
					solved++
				}
			}
			got, chance := float64(solved)/float64(n), float64(random)/float64(n)
			t.Logf("explorer %.3f, random %.3f of %d mazes", got, chance, n)
			if got < tt.want || chance > .2 {
				t.Errorf("explorer %.3f, want at least %.2f; random %.3f, want at most .2", got, tt.want, chance)
			}
		})
	}
}

func TestTheExplorerRefusesWhatIsNoMaze(t *testing.T) {
	for name, s := range map[string]agent.Situation{
		"a state":   {State: agent.State{Data: `{"place":7}`}},
		"a history": {History: []agent.Step{{Action: agent.NewAction(verbGo), Before: agent.State{Data: `{"place":7}`}}}},
	} {
		if _, err := newMaze(t, `{}`).Explorer().Decide(t.Context(), &s); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := newMaze(t, `{}`).Explorer().Decide(t.Context(), &agent.Situation{}); err != nil || d.Action.Name != agent.Done {
		t.Errorf("where nothing can be done it says %v, %v", d.Action, err)
	}
}
