package features

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
	v := NewView(&spec, &state)
	if len(v.Facts) > maxFacts+1 || len(v.Numbers) > maxNumbers || len(v.texts) > maxTexts || len(v.members) > maxMembers || len(v.lists) > maxLists {
		t.Errorf("%d facts, %d numbers, %d texts, %d members, %d lists", len(v.Facts), len(v.Numbers), len(v.texts), len(v.members), len(v.lists))
	}
	if again := NewView(&spec, &state); fmt.Sprint(again.Facts, again.members, again.Numbers, again.lists) != fmt.Sprint(v.Facts, v.members, v.Numbers, v.lists) || again.Hash != v.Hash {
		t.Error("the same state is read in two ways")
	}
}
