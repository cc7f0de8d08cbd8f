package roles_test

import (
	"context"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

// says is a critic that always says the same.
type says struct {
	score agent.Score
	err   error
}

func (s says) Assess(context.Context, agent.Assessment) (agent.Score, error) { return s.score, s.err }

func TestPanel(t *testing.T) {
	opinion := func(name string, phi, confidence float64) says {
		return says{score: agent.Score{PhiAfter: phi, Confidence: confidence, Critic: name, Reasoning: name + " says so", Usage: agent.Usage{TokensIn: 10, Calls: 1}}}
	}
	none := says{score: agent.Unscored(3, "mute", "prose")}
	down := says{err: agent.Errorf(agent.CodeUnavailable, "no connection")}
	for _, test := range []struct {
		name    string
		critics []agent.Critic
		phi     float64
		reason  string
		split   bool
	}{
		{"one that flatters is outvoted", []agent.Critic{opinion("a", 4, .8), opinion("b", 4.5, .8), opinion("c", 10, 1)}, 4.5, "b says so", true},
		{"two meet in the middle", []agent.Critic{opinion("a", 4, .8), opinion("b", 5, .8)}, 4.5, "a says so", false},
		{"who can't score has no voice", []agent.Critic{none, opinion("b", 5, .8)}, 5, "b says so", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := roles.NewPanel(test.critics...)
			if err != nil {
				t.Fatal(err)
			}
			s, err := p.Assess(t.Context(), agent.Assessment{Before: &agent.State{}, PhiBefore: 3})
			if err != nil || s.PhiAfter != test.phi || s.Delta != test.phi-3 || s.Reasoning != test.reason || s.Has(agent.FlagSplit) != test.split ||
				len(s.Panel) != len(test.critics) || s.Confidence < 0 || s.Confidence > 1 {
				t.Errorf("%+v %v", s, err)
			}
		})
	}
	p, _ := roles.NewPanel(none, none)
	if s, err := p.Assess(t.Context(), agent.Assessment{PhiBefore: 3}); err != nil || s.Known() || s.PhiAfter != 3 || len(s.Panel) != 2 {
		t.Errorf("%+v %v", s, err)
	}
	p, _ = roles.NewPanel(opinion("a", 1, 1), down)
	if s, err := p.Assess(t.Context(), agent.Assessment{}); agent.CodeOf(err) != agent.CodeUnavailable || s.Usage.Calls != 1 {
		t.Errorf("%+v %v", s, err)
	}
	for n := range roles.MaxPanel + 2 {
		if _, err := roles.NewPanel(slices.Repeat([]agent.Critic{none}, n)...); (err == nil) != (n >= 2 && n <= roles.MaxPanel) {
			t.Errorf("%d critics: %v", n, err)
		}
	}
}
