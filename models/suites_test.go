package models

import (
	"database/sql"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/agent/suites"
)

func TestSuitesSuite(t *testing.T) {
	conformance.Suites(t, func() suites.Store { return open(t, "").Suites() })
}

// The tries of a suite are its runs as they stand.
func TestSuiteTries(t *testing.T) {
	db := open(t, "")
	s := db.Suites()
	made, err := s.Create(t.Context(), "Ann", suites.Suite{Name: "Mine", Tasks: []suites.Task{{ID: "a", Environment: "counter", Seed: 1}, {ID: "b", Environment: "counter", Seed: 2}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	runs := []agent.Run{{ID: "r1", CreatedAt: start}, {ID: "r2", CreatedAt: start}, {ID: "r3", CreatedAt: start}, {ID: "r4", CreatedAt: start}}
	begin := func(run suites.Run, runs []agent.Run) error {
		return db.Runs().Create(t.Context(), runs, 1, func(tx *sql.Tx) ([]int64, error) {
			var tries []suites.Try
			for i, r := range runs {
				tries = append(tries, suites.Try{Task: []string{"a", "b"}[i%2], Try: 1 + i/2, Run: r.ID})
			}
			return make([]int64, len(runs)), s.Began(tx, run, tries)
		})
	}
	run := suites.Run{ID: "x_1", Suite: made.ID, Group: "g_1", Ask: suites.Ask{Version: 1, Tries: 2, Memory: "off"}, Hash: made.Hash, Tasks: 2, By: "Ann", At: start}
	if err := begin(run, runs); err != nil {
		t.Fatal(err)
	}
	// A suite that was deleted meanwhile launches nothing.
	gone := run
	gone.ID, gone.Suite = "x_2", "none"
	if err := begin(gone, []agent.Run{{ID: "r9", CreatedAt: start}}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if _, err := db.Runs().Get(t.Context(), "r9"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error("a run of a suite that is not there was launched:", err)
	}
	for _, change := range []string{`UPDATE runs SET status = 'finished', success = 1, source = 'environment', steps = 3, phi = 9, tokens_in = 5, tokens_out = 2 WHERE id = 'r1'`,
		`UPDATE runs SET status = 'finished', success = 0, source = 'nobody' WHERE id = 'r2'`,
		`UPDATE runs SET status = 'stopped', success = 0, source = 'environment' WHERE id = 'r3'`,
		`DELETE FROM runs WHERE id = 'r4'`} {
		if _, err := db.SQL().Exec(change); err != nil {
			t.Fatal(err)
		}
	}
	tries, err := s.Tries(t.Context(), "x_1")
	if err != nil || len(tries["x_1"]) != 4 {
		t.Fatal(tries, err)
	}
	list := tries["x_1"]
	if first := list[0]; first.Solved == nil || !*first.Solved || first.Task != "a" || first.Try != 1 || first.Steps != 3 || first.Phi != 9 || first.Tokens != 7 {
		t.Errorf("%+v", first)
	}
	if list[1].Solved != nil || list[2].Solved != nil || list[3].Solved != nil || list[3].Status != "" || list[2].Task != "a" || list[2].Try != 2 {
		t.Errorf("%+v", list[1:])
	}
	sum := suites.Summarise(run, list)
	if sum.Tries != 4 || sum.Known != 1 || sum.Lost != 3 || sum.Solved != 1 || sum.Pass[0].N != 1 {
		t.Errorf("%+v", sum)
	}
	kept, err := s.Run(t.Context(), "x_1")
	if err != nil || kept.Group != "g_1" || kept.Tries != 2 || kept.Version != 1 || !kept.At.Equal(start) {
		t.Errorf("%+v, %v", kept, err)
	}
	if of, err := s.OfGroup(t.Context(), "g_1"); err != nil || of == nil || of.ID != "x_1" {
		t.Error(of, err)
	}
	info, err := s.Get(t.Context(), made.ID)
	if err != nil || info.Runs != 1 {
		t.Error(info, err)
	}
	if err := s.Delete(t.Context(), "Ann", made.ID); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Tries(t.Context(), "x_1"); err != nil || len(left) != 0 {
		t.Error(left, err)
	}
	if _, err := db.Runs().Get(t.Context(), "r1"); err != nil {
		t.Error("the runs of a deleted suite stay:", err)
	}
}
