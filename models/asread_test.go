package models

import (
	"testing"

	"purposeagent/agent"
)

// TestNewestTrajectoryAsRead: the trajectory that was stored last comes from memory, and
// is what the database has of it.
func TestNewestTrajectoryAsRead(t *testing.T) {
	n := 0
	trajectory := filled[agent.Trajectory](&n)
	trajectory.At = trajectory.At.Local()
	db := open(t, "")
	replay := db.Replay(10)
	if err := replay.Add(t.Context(), &trajectory); err != nil {
		t.Fatal(err)
	}
	kept := func() *agent.Trajectory {
		recent, err := replay.Recent(t.Context(), trajectory.Scope, 1)
		if err != nil || len(recent) != 1 {
			t.Fatal(recent, err)
		}
		return recent[0]
	}
	fromMemory := kept()
	if trajectory.Steps[0].Index = 99; kept().Steps[0].Index == 99 {
		t.Error("what the caller changes later is read back")
	}
	replay.cache.remove(trajectory.ID)
	if d := diff(kept(), fromMemory); d != "" {
		t.Error(d)
	}
}
