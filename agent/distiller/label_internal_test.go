package distiller

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// told is a trajectory with so many steps, limit 50, and what the environment
// said at its end.
func told(steps int, success bool, end agent.End, scores ...float64) *agent.Trajectory {
	t := &agent.Trajectory{End: end, Task: agent.Task{MaxSteps: 50}, Outcome: agent.Outcome{Success: success}}
	for i := range steps {
		s := agent.Step{Index: i + 1, Action: agent.NewAction("go")}
		if len(scores) > 0 {
			s.Verdict = &agent.Verdict{Score: scores[i+1], Success: success && i == steps-1}
		}
		t.Steps = append(t.Steps, s)
	}
	if len(scores) > 0 {
		t.Begun = &agent.Verdict{Score: scores[0]}
	}
	return t
}

func TestTheEndSpeaks(t *testing.T) {
	longer := newEnds()
	longer.count(told(9, false, agent.EndSteps))
	won := newEnds()
	won.count(told(3, true, agent.EndEnvironment))
	tests := []struct {
		name    string
		success bool
		end     agent.End
		ends    *ends
		states  []uint64
		want    []verdict
	}{
		{"a fall", false, agent.EndEnvironment, longer, []uint64{1, 2, 3, 4}, []verdict{survived, survived, bad}},
		{"a fall that shows nothing", false, agent.EndEnvironment, longer, []uint64{1, 2, 3, 3}, []verdict{survived, survived, bad}},
		{"all others ended there too", false, agent.EndEnvironment, newEnds(), []uint64{1, 2, 3, 4}, []verdict{survived, survived, unknown}},
		{"another one succeeded there", false, agent.EndEnvironment, won, []uint64{1, 2, 3, 4}, []verdict{survived, survived, bad}},
		{"a cut", false, agent.EndTruncated, longer, []uint64{1, 2, 3, 4}, []verdict{survived, survived, survived}},
		{"the task's limit", false, agent.EndSteps, longer, []uint64{1, 2, 3, 4}, []verdict{survived, survived, survived}},
		{"a person", false, agent.EndStopped, longer, []uint64{1, 2, 3, 4}, []verdict{survived, survived, survived}},
		{"the budget", false, agent.EndBudget, longer, []uint64{1, 2, 3, 4}, []verdict{survived, survived, survived}},
		{"from before ends were known", false, "", longer, []uint64{1, 2, 3, 4}, []verdict{survived, survived, survived}},
		{"a success that shows nothing", true, agent.EndEnvironment, longer, []uint64{1, 2, 3, 3}, []verdict{good, good, good}},
		{"a success in a state seen before", true, agent.EndEnvironment, longer, []uint64{1, 2, 3, 1}, []verdict{good, good, good}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := labels(told(3, tt.success, tt.end), tt.states, nil, tt.ends); !slices.Equal(got, tt.want) {
				t.Errorf("labels = %v, want %v", got, tt.want)
			}
		})
	}
}

// Whatever a critic says, the last step of a success was good, and the one that
// ended a failed episode bad.
func TestTheEndSpeaksWhoeverScored(t *testing.T) {
	longer := newEnds()
	longer.count(told(9, false, agent.EndSteps))
	for _, critic := range []string{agent.CriticPotential, "openai:x"} {
		for _, success := range []bool{false, true} {
			tr := told(2, success, agent.EndEnvironment)
			for i := range tr.Steps {
				tr.Steps[i].Score = agent.Score{Critic: critic, Delta: []float64{1, -1}[i]}
				if !success {
					tr.Steps[i].Score.Delta = 1
				}
			}
			got := labels(tr, []uint64{1, 2, 2}, nil, longer)
			if want := map[bool]verdict{false: bad, true: good}[success]; got[1] != want {
				t.Errorf("%s, success %v: the last label is %v, want %v", critic, success, got[1], want)
			}
		}
	}
}

// The outcome is that of the step that brought it about, not of what came after.
func TestLastStep(t *testing.T) {
	tr := told(4, true, agent.EndSteps, 0, 0, 1, 1, 1)
	for i := range tr.Steps {
		tr.Steps[i].Verdict.Success = i >= 1
	}
	if got := labels(tr, []uint64{1, 2, 3, 4, 5}, nil, newEnds()); !slices.Equal(got, []verdict{good, good, unknown, unknown}) {
		t.Errorf("labels = %v", got)
	}
	done := told(3, true, agent.EndActor)
	done.Steps[2].Action.Name = agent.Done
	if got := labels(done, []uint64{1, 2, 3, 3}, nil, newEnds()); !slices.Equal(got, []verdict{good, good, unknown}) {
		t.Errorf("with DONE: labels = %v", got)
	}
}

func TestPartialScore(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name   string
		states []uint64
		scores []float64
		want   []verdict
	}{
		{"two new highs, and nothing after", []uint64{1, 2, 3, 4, 5}, []float64{0, 0, .5, 1, 1}, []verdict{good, good, good, survived}},
		{"a detour within a stretch", []uint64{1, 2, 1, 3}, []float64{0, 0, 0, .5}, []verdict{bad, good, good}},
		{"a loss is bad, what brings it back is not good", []uint64{1, 2, 3, 4, 5, 6}, []float64{0, .5, .5, .2, .5, .5}, []verdict{good, survived, bad, survived, survived}},
		{"nor on the way to a new high", []uint64{1, 2, 3, 4, 5}, []float64{0, .5, .2, .5, .7}, []verdict{good, bad, survived, good}},
		{"a new high that shows nothing", []uint64{1, 2, 2}, []float64{0, 0, .5}, []verdict{good, good}},
		{"no score", []uint64{1, 2, 3}, []float64{0, 0, 0}, []verdict{survived, survived}},
		{"a score from the start", []uint64{1, 2, 3}, []float64{.4, .4, .4}, []verdict{survived, survived}},
		{"it falls with each step", []uint64{1, 2, 3, 4}, []float64{0, -1, -2, -3}, []verdict{survived, survived, survived}},
		{"it falls with each step, and once by much", []uint64{1, 2, 3, 4, 5}, []float64{0, -1, -101, -102, -103}, []verdict{survived, bad, survived, survived}},
		{"it jitters", []uint64{1, 2, 3, 4, 5}, []float64{.5, .6, .4, .7, .3}, []verdict{survived, survived, survived, survived}},
		{"NaN and infinite", []uint64{1, 2, 3, 4}, []float64{0, nan, inf, .5}, []verdict{good, good, good}},
		{"nothing but NaN", []uint64{1, 2, 3}, []float64{nan, nan, nan}, []verdict{survived, survived}},
		{"huge", []uint64{1, 2, 3}, []float64{-1e308, 1e308, 1e308}, []verdict{good, survived}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := told(len(tt.states)-1, false, agent.EndSteps, tt.scores...)
			if got := labels(tr, tt.states, nil, newEnds()); !slices.Equal(got, tt.want) {
				t.Errorf("labels = %v, want %v", got, tt.want)
			}
		})
	}
	unknownStart := told(2, false, agent.EndSteps, 0, .5, .5)
	unknownStart.Begun = nil
	if got := labels(unknownStart, []uint64{1, 2, 3}, nil, newEnds()); got[0] == good {
		t.Error("a first step is praised for a score that nobody knows to be new")
	}
}

// planOf makes a plan of steps, each "key" or "key: fact fact"; the facts of a
// step stay true, and the next steps see them.
func planOf(keys ...string) *plan {
	p := &plan{end: "success"}
	for i, key := range keys {
		s := planStep{key: features.HashText(key), number: -1}
		for j, earlier := range keys[:i] {
			s.facts = append(s.facts, fact{features.HashText("after " + earlier), true, j})
		}
		p.steps = append(p.steps, s)
	}
	return p
}

func (p *plan) needlessSteps() []int {
	var out []int
	for i := range p.steps {
		if p.steps[i].needless {
			out = append(out, i)
		}
	}
	return out
}

func TestContrastFindsWhatIsNeedless(t *testing.T) {
	satisfied := planOf("open", "go")
	for i := range satisfied.steps { // the lamp was lit from the start
		satisfied.steps[i].facts = append(satisfied.steps[i].facts, fact{features.HashText("after light"), true, -1})
	}
	unlike := planOf("open", "go")
	unlike.steps[0].facts = append(unlike.steps[0].facts, fact{features.HashText("the lock is broken"), true, -1})
	elsewhere := planOf("light", "open", "go")
	elsewhere.steps[0].moved = true
	tests := []struct {
		name    string
		plan    *plan
		witness *plan
		want    []int
	}{
		{"another did without it", planOf("light", "open", "go"), planOf("open", "go"), []int{0}},
		{"another had its effect", planOf("light", "open", "go"), satisfied, nil},
		{"another was in another situation", planOf("light", "open", "go"), unlike, nil},
		{"another took another way", planOf("light", "open", "go"), planOf("climb", "go"), nil},
		{"another ended otherwise", planOf("light", "open", "go"), planOf("light", "open"), nil},
		{"another place is no contrast", elsewhere, planOf("open", "go"), nil},
		{"it is no witness against itself", planOf("open", "go"), planOf("open", "go"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.plan.contrast(tt.witness)
			if got := tt.plan.needlessSteps(); !slices.Equal(got, tt.want) {
				t.Errorf("needless are the steps %v, want %v", got, tt.want)
			}
		})
	}
	other := planOf("open", "go")
	other.end = "score after 0"
	if p := planOf("light", "open", "go"); p.contrast(other) {
		t.Error("a way to a partial score is held against a way to success")
	}
}

// An end that comes after so many steps whatever is done teaches nothing, until
// an episode shows that it need not come.
func TestEndsAtAFixedStepTeachNothing(t *testing.T) {
	f := &field{dict: newDictionary(nil), plots: map[string]*plot{}, known: map[string]bool{}, ends: newEnds(), effects: newEffects(), ways: newWays()}
	add := func(i, steps int, success bool) {
		tr := told(steps, success, agent.EndEnvironment)
		tr.ID = fmt.Sprint(i)
		tr.Initial = agent.State{Data: agent.MustObject(map[string]any{"at": "start"})}
		for j := range tr.Steps {
			tr.Steps[j].After = agent.State{Data: agent.MustObject(map[string]any{"at": fmt.Sprintf("s%d-%d", i, j)})}
		}
		f.add(tr, agent.StateSpec{}, nil)
	}
	for i := range 20 {
		add(i, 3, false)
	}
	if got := f.plots["go"].unadvised; got.bad != 0 || got.good != 0 {
		t.Errorf("of 20 episodes that all ended with the third step it learned %+v", got)
	}
	add(20, 4, false)
	if got := f.plots["go"].unadvised; got.bad != 20 {
		t.Errorf("after one that went on, %d ends are evidence, want 20", got.bad)
	}
	if len(f.pending) != 1 {
		t.Errorf("%d ends wait, want that of the longest", len(f.pending))
	}
}
