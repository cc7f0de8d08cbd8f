package models

import (
	"fmt"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
)

// A view that is read while a change is committed must not carry the number of
// that change without holding it: the next change would be built on it and
// undo the one before.
func TestViewsReadDuringChangesLoseNone(t *testing.T) {
	library := open(t, "").Library()
	rule := agenttest.TestRule("shared")
	rule.Scope = agent.Scope{Environment: "counter"}
	saved, err := library.Save(t.Context(), agent.Batch{Actor: "test", Trajectory: "first", Rules: []*agent.Heuristic{rule}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				// A scope that was never asked for is read from the database.
				scope := agent.Scope{Environment: "counter", Dynamics: fmt.Sprint(r, "-", i)}
				if _, err := library.Usable(t.Context(), scope); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const changes = 200
	for i := range changes {
		if _, err := library.Save(t.Context(), agent.Batch{Actor: "test", Trajectory: fmt.Sprint("t", i), Uses: []credit.UseCount{{ID: saved[0].ID, Shown: 1}}}); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	readers.Wait()
	got, err := library.Get(t.Context(), saved[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Shown != changes {
		t.Errorf("shown = %d, want %d: changes were lost", got.Shown, changes)
	}
}
