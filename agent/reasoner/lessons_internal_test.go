package reasoner

import (
	"context"
	"testing"

	"purposeagent/agent"
)

// trained is a situation after one step that the critic scored: glass a was polished
// with wax. Things a and c are alike, b is otherwise.
func trained(critic string, delta float64) *agent.Situation {
	s := taughtSituation()
	data := agent.MustObject(map[string]any{"held": []string{}, "things": map[string]any{
		"a": map[string]any{"shade": "dark", "made": "glass"}, "b": map[string]any{"shade": "light", "made": "tin"},
		"c": map[string]any{"shade": "dark", "made": "glass"}}})
	s.State.Data, s.Index, s.Explore = data, 2, true
	s.Actions = taughtSpecs
	for _, o := range optionsOf(s) {
		if o.Action.Label() == "polish a wax" {
			s.History = []agent.Step{{Index: 1, Before: s.State, After: s.State, Action: o.Action,
				Score: agent.Score{Delta: delta, Confidence: 1, Critic: critic}}}
		}
	}
	return s
}

// What was in vain with one thing speaks against doing it with another the more,
// the more alike they are; only where an exact potential with the right to give
// credit said so, and only while learning.
func TestLessonsOfAnEpisode(t *testing.T) {
	tests := []struct {
		name             string
		critic           string
		delta            float64
		discredited      []string
		evaluated        bool
		praised, against bool
	}{
		{"in vain", agent.CriticPotential, 0, nil, false, false, true},
		{"of use", agent.CriticPotential, .5, nil, false, true, false},
		{"another critic's opinion", "somebody", 0, nil, false, false, false},
		{"a potential without the right", agent.CriticPotential, 0, []string{agent.CriticPotential}, false, false, false},
		{"in an evaluation", agent.CriticPotential, 0, nil, true, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := trained(tt.critic, tt.delta)
			s.Discredited, s.Explore = tt.discredited, !tt.evaluated
			runs := newMemories()
			e, release := runs.of(s)
			defer release()
			said := map[string][2]float64{}
			for _, l := range e.Options(s) {
				good, bad := e.lessons.of(e.Scene(), &l)
				said[l.Action.Label()] = [2]float64{good, bad}
			}
			same, other, otherwise := said["polish c wax"], said["polish b wax"], said["polish c sponge"]
			if (same[0] > 0) != tt.praised || (same[1] > 0) != tt.against {
				t.Errorf("of the same with a thing alike the lessons say %v", same)
			}
			if sum := same[0] + same[1]; sum > 0 && other[0]+other[1] >= sum {
				t.Errorf("of a thing that is otherwise they say %v, of one alike %v", other, same)
			}
			if otherwise != [2]float64{} {
				t.Errorf("of what was not done they say %v", otherwise)
			}
		})
	}
}

// An actor that learned in this episode that something is in vain tries something else.
func TestTheActorTriesWhatWasNotInVain(t *testing.T) {
	rule := &agent.Heuristic{ID: "r", Status: agent.Active, Author: agent.AuthorDistiller, Good: 3, Bad: 3, Predicate: &agent.Predicate{Action: "polish", Prior: .3}}
	repeated := func(critic string) (n int) {
		a := NewActor(ActorConfig{})
		for seed := range 200 {
			s := trained(critic, 0)
			s.Task.Seed = int64(seed)
			s.Memory.Rules = []agent.Recalled{{Rule: rule}}
			d, err := a.Decide(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			if d.Action.Label() == "polish c wax" {
				n++
			}
		}
		return n
	}
	if with, without := repeated(agent.CriticPotential), repeated("somebody"); 3*with > without {
		t.Errorf("the same was done with a thing alike %d of 200 times, %d where nobody said that it was in vain", with, without)
	}
}
