package reasoner

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/features"
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

// A tree with more candidates than it weighs grows in bounded time and finds
// what matters all the same.
func TestManyCandidatesAreBounded(t *testing.T) {
	dict := newDictionary(nil)
	var examples []example
	for i := range 2000 {
		var seen []string
		for j := range 200 {
			seen = append(seen, fmt.Sprintf("f%03d is v%d", j, (i*7919+j*104729)%40))
		}
		var numbers []features.Quantity
		for j := range 64 {
			numbers = append(numbers, features.Quantity{Name: fmt.Sprintf("n%02d", j), Value: float64((i*7919 + j*15485863) % 1009)})
		}
		examples = append(examples, example{features: dict.read(seen), numbers: dict.keep(numbers), label: verdictOf(numbers[63].Value >= 500), owner: fmt.Sprint(i / 5)})
	}
	began := time.Now()
	leaves := defaultGrowth.grow(examples, dict)
	took := time.Since(began)
	t.Logf("%d leaves in %v", len(leaves), took.Round(time.Millisecond))
	if took > 60*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, l := range leaves {
		if len(l.when) != 1 || !strings.HasPrefix(l.when[0].Feature, "n63 is at least ") || l.good > 0 && l.bad > 0 {
			t.Errorf("a leaf %v with %d good and %d bad", l.when, l.good, l.bad)
		}
	}
}
