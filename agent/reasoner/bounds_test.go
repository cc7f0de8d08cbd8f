package reasoner

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// A state of megabytes and 10,000 actions cost bounded work.
func TestLargeStatesAreBounded(t *testing.T) {
	state := agent.State{Data: agent.MustObject(agenttest.LargeState()), Summary: strings.Repeat("much is said. ", 10_000)}
	if n := len(state.Data); n < 3<<20 {
		t.Fatalf("the state has %d bytes", n)
	}
	spec := agent.StateSpec{Things: "/things"}
	specs := []agent.ActionSpec{{Name: "take", Params: []agent.ParamSpec{{Name: "thing", Type: "string", Role: agent.RoleThing}, {Name: "how", Type: "string"}}}}
	s := &agent.Situation{Task: agent.Task{Purpose: "take two k3 things without k4", MaxSteps: 9}, World: agent.Description{State: spec}, Actions: specs, State: state, Index: 1}
	for i := range 10_000 {
		s.Legal = append(s.Legal, agent.NewAction("take", "thing", fmt.Sprintf("t%04d", i%2000), "how", fmt.Sprint("way", i)))
	}
	rule := &agent.Heuristic{ID: "r", Status: agent.Active, Author: agent.AuthorDistiller, Good: 9, Predicate: &agent.Predicate{Action: "take", Prior: .3,
		When: []agent.Condition{{Feature: "thing weight is at least 1990", Holds: true}, {Feature: "key0001 is less than thing weight", Holds: true}}}}
	began := time.Now()
	set := &agent.RuleSet{Revision: 1, Rules: []*agent.Heuristic{rule}}
	a := NewActor(ActorConfig{})
	var err error
	if s.Memory.Rules, err = a.Recall(context.Background(), s, set); err != nil || len(s.Memory.Rules) != 1 {
		t.Fatalf("recalled %v, %v", s.Memory.Rules, err)
	}
	d, err := a.Decide(context.Background(), s)
	if err != nil || d.Action.Param("thing") < "t1990" {
		t.Errorf("did %s, %v", d.Action.Label(), err)
	}
	took := time.Since(began)
	t.Logf("recalled and decided in %v", took.Round(time.Millisecond))
	if took > 20*time.Second { // some 0.5 s on a machine of 2020 that does nothing else
		t.Errorf("it took %v", took)
	}
}
