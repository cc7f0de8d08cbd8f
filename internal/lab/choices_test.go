//go:build !race

package lab_test

import (
	"context"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/internal/lab"
)

// obedient does what the first rule before it speaks for, else the first thing.
type obedient struct{ agent.Decider }

func (obedient) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	for _, r := range s.Memory.Rules {
		if r.Bearing != nil && len(r.Bearing.Actions) > 0 {
			return agent.Decision{Action: r.Bearing.Actions[0]}, nil
		}
	}
	return agent.Decision{Action: s.Legal[0]}, nil
}

// TestChoices: one who does what it is told is right where it is told, and by
// chance where it isn't.
func TestChoices(t *testing.T) {
	cfg := config(t, "workshop")
	cfg.Roles.Applicability = features.NewApplicability()
	trained := cfg.Roles
	cfg.Others = func(agent.ModelRefs) (lab.Roles, error) { return trained, nil }
	cfg.Roles.Actor = func() (agent.Decider, error) { return obedient{}, nil }
	spec := lab.Spec{Train: 40, Test: 60, Trainer: agent.Reasoner}
	r, err := lab.Choices(t.Context(), cfg, spec, []int64{1, 2}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if one := r.Told[lab.ToldOne]; r.States != 10 || one.N != 10 || one.Right != 10 || r.Legal < 6 {
		t.Errorf("%+v", r)
	}
	for _, way := range []lab.Told{lab.ToldNothing, lab.ToldAnother} {
		if told := r.Told[way]; told.N != 10 || told.Right > 4 {
			t.Errorf("%s: %+v", way.Words(), told)
		}
	}
	if _, err := lab.Choices(t.Context(), cfg, spec, []int64{1}, 1000); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "of 1000 states were found") {
		t.Errorf("more states than there are: %v", said(err))
	}
	cfg.Roles.Applicability = nil
	if _, err := lab.Choices(t.Context(), cfg, spec, []int64{1}, 2); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("nobody tells what applies: %v", said(err))
	}
}
