package models

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/steering"
)

func TestLease(t *testing.T) {
	db := open(t, "")
	now := start
	db.now = func() time.Time { return now }
	runs := db.Runs()
	epoch := newRun(t, db, "r", nil)
	if _, err := runs.Claim(t.Context(), "r", "b", time.Second, true); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a held run was claimed:", err)
	}
	stop := steering.Wish{Kind: steering.WishStop, By: "Ann"}
	if got, err := runs.Wish(t.Context(), "r", stop, nil); got.Interrupt == nil || *got.Interrupt != stop || len(got.Events) > 0 || err != nil {
		t.Error("the holder was not asked:", got, err)
	}
	if asked, err := runs.Renew(t.Context(), "r", epoch, time.Second); asked == nil || *asked != stop || err != nil {
		t.Error("the holder did not hear:", asked, err)
	}
	now = now.Add(2 * time.Second)
	if due, _, err := runs.Due(t.Context(), 10); len(due) != 1 || err != nil {
		t.Error("a run without a worker is not due:", due, err)
	}
	second, err := runs.Claim(t.Context(), "r", "b", time.Second, false)
	if err != nil || second <= epoch {
		t.Fatal("no new epoch:", second, err)
	}
	if asked, _ := runs.Renew(t.Context(), "r", second, time.Second); asked == nil || *asked != stop {
		t.Error("what a dead holder was asked did not reach the next:", asked)
	}
	if err := db.write.Exec(`DELETE FROM run_wishes`).Error; err != nil {
		t.Fatal(err)
	}
	if _, err := runs.Renew(t.Context(), "r", epoch, time.Second); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a lost lease was renewed:", err)
	}
	events := play(t, "r", agenttest.Add(5))
	if err := runs.Append(t.Context(), "r", epoch, events[0]); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a zombie wrote:", err)
	}
	waiting := agent.Event{Seq: 2, Run: "r", At: now, Data: agent.RunWaiting{Reason: "the model is down", RetryAt: now.Add(time.Minute)}}
	if err := runs.Append(t.Context(), "r", second, waiting); err != nil {
		t.Fatal(err)
	}
	if due, _, _ := runs.Due(t.Context(), 10); len(due) != 0 {
		t.Error("a waiting run is due too early")
	}
	if _, err := runs.Claim(t.Context(), "r", "c", time.Second, false); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a waiting run was claimed too early:", err)
	}
	now = now.Add(time.Minute)
	jobs := func(_ *sql.Tx, runs []string) ([]int64, error) { return []int64{77}[:len(runs)], nil }
	if got, err := runs.Enqueue(t.Context(), []string{"r", "x"}, jobs); len(got) != 1 || err != nil {
		t.Error("a due run was not enqueued:", got, err)
	}
	if got, _ := runs.Enqueue(t.Context(), []string{"r"}, jobs); len(got) != 0 {
		t.Error("a run was enqueued twice")
	}
	if got, err := runs.Jobs(t.Context()); len(got) != 1 || got[0] != 77 || err != nil {
		t.Error("jobs:", got, err)
	}
	if err := runs.ForgetJobs(t.Context(), []int64{77}); err != nil {
		t.Error(err)
	}
	if due, _, _ := runs.Due(t.Context(), 10); len(due) != 1 {
		t.Error("a run whose job was lost is not due")
	}
}

func TestCreateAndEnqueueAreOneTransaction(t *testing.T) {
	db := open(t, "")
	run := agent.Run{ID: "r", CreatedAt: start, Spec: agent.RunSpec{}.WithDefaults()}
	broken := errors.New("no queue")
	err := db.Runs().Create(t.Context(), []agent.Run{run}, 1, func(tx *sql.Tx) ([]int64, error) {
		if _, err := tx.Exec(`INSERT INTO settings (key, value, updated_at) VALUES ('x', '{}', 0)`); err != nil {
			t.Fatal(err)
		}
		return nil, broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, err := db.Runs().Get(t.Context(), "r"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error("the run was kept:", err)
	}
	var rows int
	if err := db.reader.QueryRow(`SELECT count(*) FROM settings`).Scan(&rows); err != nil || rows != 0 {
		t.Error("the hook's row was kept:", err)
	}
	if err := db.Runs().Create(t.Context(), []agent.Run{run}, 1, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().Create(t.Context(), []agent.Run{run}, 1, nil); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("an id was taken twice:", err)
	}
}
