package distiller

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestHindsight(t *testing.T) {
	step := func() agent.Step { return agent.Step{} }
	tests := []struct {
		name    string
		success bool
		states  []uint64
		want    []verdict
	}{
		{"straight success", true, []uint64{1, 2, 3}, []verdict{good, good}},
		{"a detour is bad on the way out and good on the way back", true, []uint64{1, 2, 1, 3}, []verdict{bad, good, good}},
		{"a step that changed nothing", true, []uint64{1, 1, 2}, []verdict{bad, good}},
		{"failure blames only what came back, and weakly", false, []uint64{1, 2, 2, 3, 1}, []verdict{survived, doubtful, survived, doubtful}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := &agent.Trajectory{Outcome: agent.Outcome{Success: tt.success}}
			for range len(tt.states) - 1 {
				tr.Steps = append(tr.Steps, step())
			}
			if got := labels(tr, tt.states, nil, newEnds()); !slices.Equal(got, tt.want) {
				t.Errorf("labels = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLabelsByDelta(t *testing.T) {
	tests := []struct {
		name   string
		critic string
		delta  float64
		after  uint64 // state, 1 before
		solved bool   // by a later step
		want   verdict
	}{
		{"an exact potential needs no margin", agent.CriticPotential, .02, 2, false, good},
		{"nothing changed", agent.CriticPotential, 0, 1, false, bad},
		{"an experiment, in a failure", agent.CriticPotential, 0, 2, false, unknown},
		{"an experiment, in a success", agent.CriticPotential, 0, 2, true, bad},
		{"a loss", agent.CriticPotential, -.02, 2, false, bad},
		{"another critic needs a margin", "openai:x", .2, 2, false, bad},
		{"another critic beyond it", "openai:x", .4, 2, false, good},
		{"the learned estimate has no right to give credit", CriticEstimate, 5, 2, false, survived},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := &agent.Trajectory{Steps: []agent.Step{{Score: agent.Score{Critic: tt.critic, Delta: tt.delta}}}, Outcome: agent.Outcome{Success: tt.solved}}
			states := []uint64{1, tt.after}
			if tt.solved {
				tr.Steps, states = append(tr.Steps, agent.Step{Score: agent.Score{Critic: tt.critic, Delta: 1}}), append(states, 3)
			}
			if got := labels(tr, states, nil, newEnds())[0]; got != tt.want {
				t.Errorf("label = %v, want %v", got, tt.want)
			}
		})
	}
}

// What is known without a critic goes before the Δ of one that may err.
func TestOpinionsAgreeWithWhatIsKnown(t *testing.T) {
	tests := []struct {
		name    string
		success bool
		states  []uint64
		deltas  []float64
		after   float64 // Φ after the last step
		want    []verdict
	}{
		{"praise for what changed nothing", false, []uint64{1, 1, 2}, []float64{2, 1}, 5, []verdict{bad, good}},
		{"the way back is the way there, measured again", false, []uint64{1, 2, 1}, []float64{.5, .4}, 5, []verdict{bad, bad}},
		{"twice measured, once by mistake", false, []uint64{1, 2, 1, 2}, []float64{2, -1, -1.2}, 5, []verdict{good, bad, good}},
		{"the last step of a success", true, []uint64{1, 2, 3}, []float64{1, -2}, 5, []verdict{good, good}},
		{"a detour before a success", true, []uint64{1, 2, 1, 3}, []float64{3, 3, 1}, 5, []verdict{bad, good, good}},
		{"a step on the way to a success is believed in", true, []uint64{1, 2, 3, 4}, []float64{-.1, -.5, 1}, 5, []verdict{good, bad, good}},
		{"the end of the scale cuts off", false, []uint64{1, 2}, []float64{.1}, 10, []verdict{unknown}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := &agent.Trajectory{Outcome: agent.Outcome{Success: tt.success}}
			for _, d := range tt.deltas {
				tr.Steps = append(tr.Steps, agent.Step{Score: agent.Score{Critic: "openai:x", Delta: d, PhiAfter: tt.after}})
			}
			if got := labels(tr, tt.states, nil, newEnds()); !slices.Equal(got, tt.want) {
				t.Errorf("labels = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTreeFindsWhatMatters(t *testing.T) {
	dict := newDictionary(map[string][]string{"shade": {"dark", "light"}})
	r := rand.New(rand.NewPCG(1, 2))
	var examples []example
	for i := range 200 {
		features := []string{}
		shade := []string{"dark", "light"}[r.IntN(2)]
		features = append(features, "object shade is "+shade)
		for j := range 10 {
			if r.IntN(2) == 0 {
				features = append(features, fmt.Sprintf("object noise%d is yes", j))
			}
		}
		template := r.IntN(2)
		yes := (shade == "dark") == (template == 0) // neither alone says anything
		examples = append(examples, example{template: template, features: dict.read(features), label: verdictOf(yes), ref: agent.EvidenceRef{Step: i}})
	}
	leaves := defaultGrowth.grow(examples, dict)
	pure := 0
	for _, l := range leaves {
		if len(l.when) == 1 && strings.HasPrefix(l.when[0].Feature, "object shade") && l.template >= 0 && (l.good == 0 || l.bad == 0) {
			pure += l.good + l.bad
		}
	}
	if pure != 200 {
		t.Errorf("%d of 200 examples are in pure cells of shade by constants; leaves: %+v", pure, leaves)
	}
	r.Shuffle(len(examples), func(i, j int) { examples[i], examples[j] = examples[j], examples[i] })
	if again := defaultGrowth.grow(examples, dict); len(again) != len(leaves) {
		t.Errorf("another order of the examples gives %d leaves, not %d", len(again), len(leaves))
	}
}

func TestTreeLearnsNothingFromNoise(t *testing.T) {
	dict := newDictionary(nil)
	splits := 0
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		var examples []example
		for range 100 {
			var features []string
			for j := range 20 {
				if r.IntN(2) == 0 {
					features = append(features, fmt.Sprintf("thing noise%d is yes", j))
				}
			}
			examples = append(examples, example{template: 0, features: dict.read(features), label: verdictOf(r.IntN(2) == 0)})
		}
		if len(defaultGrowth.grow(examples, dict)) > 1 {
			splits++
		}
	}
	if splits > 15 {
		t.Errorf("%d of 50 noise sets were split", splits)
	}
}

func verdictOf(yes bool) verdict {
	if yes {
		return good
	}
	return bad
}

// Whatever the features of a state are, the dictionary takes them.
func FuzzDictionary(f *testing.F) {
	f.Add("box weight is 3")
	f.Add("a has b mentions c leads to d is ")
	f.Fuzz(func(t *testing.T, feature string) {
		d := newDictionary(map[string][]string{"shade": {"dark"}})
		if n := d.read([]string{feature, feature}); len(n) != 2 || n[0] != n[1] || d.names[n[0]] != feature {
			t.Errorf("%q is numbered %v", feature, n)
		}
	})
}
