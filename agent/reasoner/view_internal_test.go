package reasoner

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// What is kept of a state of megabytes is bounded, and the same each time.
func TestLargeStatesAreReadInBounds(t *testing.T) {
	state := agent.State{Data: agent.MustObject(agenttest.LargeState()), Summary: strings.Repeat("much is said. ", 10_000)}
	if n := len(state.Data); n < 3<<20 {
		t.Fatalf("the state has %d bytes", n)
	}
	spec := agent.StateSpec{Things: "/things"}
	v := newView(&spec, &state)
	if len(v.facts) > maxFacts+1 || len(v.numbers) > maxNumbers || len(v.texts) > maxTexts || len(v.members) > maxMembers || len(v.lists) > maxLists {
		t.Errorf("%d facts, %d numbers, %d texts, %d members, %d lists", len(v.facts), len(v.numbers), len(v.texts), len(v.members), len(v.lists))
	}
	if again := newView(&spec, &state); fmt.Sprint(again.facts, again.members, again.numbers, again.lists) != fmt.Sprint(v.facts, v.members, v.numbers, v.lists) || again.hash != v.hash {
		t.Error("the same state is read in two ways")
	}
}
