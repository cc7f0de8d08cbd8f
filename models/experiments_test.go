package models_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/models"
)

const lease = 10 * time.Second

func experiment(id string, at time.Time) experiments.Experiment {
	return experiments.Experiment{ID: id, Name: "does " + id + " help", Environment: "workshop", Status: experiments.ExperimentQueued, By: "ada", Spec: `{"spec":{}}`, ConfigHash: "abc", CreatedAt: at}
}

func code(t *testing.T, err error, want agent.Code) {
	t.Helper()
	if agent.CodeOf(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestExperimentsGoFromHandToHand is the life of an experiment: claimed, lost
// to another worker, fenced, cancelled, resumed, finished and deleted.
func TestExperimentsGoFromHandToHand(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := openAt(t, &now).Experiments()
	check(t, s.Create(ctx, experiment("one", now), map[string][]byte{"library": []byte("rules")}))
	code(t, s.Create(ctx, experiment("one", now), nil), agent.CodeConflict)
	code(t, s.Requeue(ctx, "one", "ada"), agent.CodeConflict)

	first, err := s.Claim(ctx, "", "a", lease)
	check(t, err)
	if first == nil || first.Experiment.ID != "one" || first.Experiment.Status != experiments.ExperimentRunning || first.Experiment.Spec != `{"spec":{}}` || first.Experiment.StartedAt == nil {
		t.Fatalf("claimed %+v", first)
	}
	if none, err := s.Claim(ctx, "", "b", lease); none != nil || err != nil {
		t.Errorf("claimed twice: %+v, %v", none, err)
	}
	_, err = s.Claim(ctx, "one", "b", lease)
	code(t, err, agent.CodeConflict)
	check(t, s.Keep(ctx, first, "training/1", []byte("evidence")))
	check(t, s.Keep(ctx, first, "training/1", []byte("again")))
	by, err := s.Renew(ctx, first, lease, &experiments.ExperimentProgress{Phase: "training", Done: 1, Total: 9, Arms: map[string]experiments.ArmProgress{"on": {N: 2, Successes: 1}}})
	check(t, err)
	if e, err := s.Get(ctx, "one"); by != "" || err != nil || e.Progress.Done != 1 || e.Progress.Arms["on"].N != 2 {
		t.Errorf("%q, %+v, %v", by, e.Progress, err)
	}

	now = now.Add(2 * lease) // the worker is dead, or sleeps
	second, err := s.Claim(ctx, "", "b", lease)
	check(t, err)
	if second == nil || second.Epoch <= first.Epoch || !second.Experiment.StartedAt.Equal(*first.Experiment.StartedAt) {
		t.Fatalf("the second has %+v", second)
	}
	_, err = s.Renew(ctx, first, lease, nil)
	code(t, err, agent.CodeConflict)
	code(t, s.Keep(ctx, first, "training/2", []byte("late")), agent.CodeConflict)
	code(t, s.End(ctx, first, time.Minute, experiments.ExperimentEnd{Status: experiments.ExperimentFinished, Report: `{"a":1}`}), agent.CodeConflict)
	for key, want := range map[string]string{"library": "rules", "training/1": "again", "training/2": ""} {
		if got, err := s.Load(ctx, "one", key); string(got) != want || err != nil {
			t.Errorf("%s is %q, %v, want %q", key, got, err, want)
		}
	}

	check(t, s.Cancel(ctx, "one", "bob")) // asks the holder
	if by, err := s.Renew(ctx, second, lease, nil); by != "bob" || err != nil {
		t.Errorf("the holder heard %q, %v", by, err)
	}
	_, err = s.Delete(ctx, "ada", []string{"one"})
	code(t, err, agent.CodeConflict)
	check(t, s.End(ctx, second, time.Minute, experiments.ExperimentEnd{Status: experiments.ExperimentCancelled, Reason: "cancelled by bob"}))
	code(t, s.Cancel(ctx, "one", "bob"), agent.CodeConflict)
	if e, err := s.Get(ctx, "one"); err != nil || e.Status != experiments.ExperimentCancelled || e.EndedAt == nil || e.Reason != "cancelled by bob" {
		t.Errorf("%+v, %v", e, err)
	}
	check(t, s.Requeue(ctx, "one", "ada"))
	third, err := s.Claim(ctx, "one", "c", lease)
	check(t, err)
	if kept, err := s.Load(ctx, "one", "training/1"); string(kept) != "again" || err != nil || third.Spent != time.Minute || third.Experiment.EndedAt != nil {
		t.Errorf("what was done is gone: %q, %v, %+v", kept, err, third)
	}
	if by, err := s.Renew(ctx, third, lease, nil); by != "" || err != nil {
		t.Errorf("it is still cancelled by %q, %v", by, err)
	}
	check(t, s.Release(ctx, third, 2*time.Minute))
	fourth, err := s.Claim(ctx, "", "d", lease)
	check(t, err)
	check(t, s.End(ctx, fourth, time.Hour, experiments.ExperimentEnd{Status: experiments.ExperimentFinished, Verdict: "Memory helps.", Report: `{"a":1}`,
		Effect: &experiments.ExperimentEffect{Value: .5, Low: .25, High: .75, Holm: .01, N: 40}}))
	e, err := s.Get(ctx, "one")
	check(t, err)
	if e.Report != `{"a":1}` || e.Verdict != "Memory helps." || e.Effect == nil || e.Effect.Low != .25 || e.Effect.N != 40 || fourth.Spent != 2*time.Minute {
		t.Errorf("%+v", e)
	}
	if kept, err := s.Load(ctx, "one", "training/1"); kept != nil || err != nil {
		t.Errorf("the journal of a finished experiment is still there: %q, %v", kept, err)
	}
	code(t, s.Requeue(ctx, "one", "ada"), agent.CodeConflict)
	if n, err := s.Delete(ctx, "ada", []string{"one", "never"}); n != 1 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	for name, act := range map[string]func() error{
		"get":      func() error { _, err := s.Get(ctx, "one"); return err },
		"revision": func() error { _, err := s.Revision(ctx, "one"); return err },
		"cancel":   func() error { return s.Cancel(ctx, "one", "ada") },
		"requeue":  func() error { return s.Requeue(ctx, "one", "ada") },
		"claim":    func() error { _, err := s.Claim(ctx, "one", "a", lease); return err },
	} {
		if err := act(); agent.CodeOf(err) != agent.CodeNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A worker that died while the clock was a year ahead left a lease that ends in
// a year.
func TestClaimExperimentAfterTheClockWasSetBack(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := openAt(t, &now).Experiments()
	check(t, s.Create(ctx, experiment("one", now), nil))
	_, err := s.Claim(ctx, "", "a", time.Minute)
	check(t, err)
	now = now.Add(-30 * time.Second)
	if claim, err := s.Claim(ctx, "", "b", time.Minute); claim != nil || err != nil {
		t.Errorf("a living worker's lease was taken: %+v, %v", claim, err)
	}
	now = now.AddDate(-1, 0, 0)
	if claim, err := s.Claim(ctx, "", "b", time.Minute); claim == nil || err != nil {
		t.Errorf("the lease holds for a year: %v", err)
	}
}

func TestExperimentsList(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := openAt(t, &now).Experiments()
	for i := range 7 {
		e := experiment(fmt.Sprintf("e%d", i), now.Add(time.Duration(i)*time.Second))
		if i%2 == 1 {
			e.Environment = "maze"
		}
		check(t, s.Create(ctx, e, nil))
	}
	check(t, s.Cancel(ctx, "e3", "ada")) // nobody works it: it ends at once
	if e, err := s.Get(ctx, "e3"); err != nil || e.Status != experiments.ExperimentCancelled {
		t.Errorf("%+v, %v", e, err)
	}
	for _, tt := range []struct {
		name string
		q    experiments.ExperimentQuery
		want string
	}{
		{"all, newest first", experiments.ExperimentQuery{}, "[e6 e5 e4 e3 e2 e1 e0]"},
		{"in pages", experiments.ExperimentQuery{Limit: 3}, "[e6 e5 e4 e3 e2 e1 e0]"},
		{"of a status", experiments.ExperimentQuery{Status: []experiments.ExperimentStatus{experiments.ExperimentCancelled}}, "[e3]"},
		{"of an environment", experiments.ExperimentQuery{Environment: "maze", Limit: 2}, "[e5 e3 e1]"},
		{"by words", experiments.ExperimentQuery{Text: "help e4"}, "[e4]"},
		{"by what is no pattern", experiments.ExperimentQuery{Text: "e%"}, "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ids := []string{}
			for q := tt.q; ; {
				page, err := s.List(ctx, q)
				check(t, err)
				for _, e := range page.Items {
					ids = append(ids, e.ID)
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if got := fmt.Sprint(ids); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	_, err := s.List(ctx, experiments.ExperimentQuery{Cursor: "nonsense"})
	if e, ok := errors.AsType[*agent.Error](err); !ok || e.Fields["cursor"] == "" {
		t.Errorf("error %v", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openAt opens a new database whose clock is the variable.
func openAt(t *testing.T, now *time.Time) *models.DB {
	t.Helper()
	db, err := models.Open(t.Context(), models.Config{Path: t.TempDir() + "/purpose.db", Now: func() time.Time { return *now }})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	return db
}
