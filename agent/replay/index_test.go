package replay_test

import (
	"fmt"
	"testing"

	"purposeagent/agent/agenttest"
	"purposeagent/agent/replay"
)

func TestIndexKeepsPinnedAndBoundsPurposes(t *testing.T) {
	x := replay.NewIndex(3)
	for n := range 500 { // each of its own purpose
		tr := agenttest.TestTrajectory(n, fmt.Sprint("purpose ", n), n > 2)
		victims := x.Victims()
		dropped := x.Add(replay.NewEntry(tr))
		if fmt.Sprint(victims) != fmt.Sprint(dropped) {
			t.Fatalf("Victims said %v, Add dropped %v", victims, dropped)
		}
		if n == 0 {
			x.SetPinned(tr.ID, true)
		}
	}
	if _, kept := x.Entry("t0000"); !kept || x.Stats().Count != 3 {
		t.Errorf("pinned kept is %v, %d entries", kept, x.Stats().Count)
	}
	x.Remove("t0000", "no-such-entry")
	if got := x.Recent(agenttest.TestScope, 9); fmt.Sprint(got) != "[t0499 t0498]" {
		t.Errorf("left = %v", got)
	}
}
