package models

import (
	"bytes"
	"errors"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/conformance"
	"purposeagent/agent/files"
)

func TestFilesSuite(t *testing.T) {
	db := open(t, "")
	n := 0
	conformance.Files(t, func() files.Store { n++; return db.Files(string(rune('a' + n))) })
}

// endedWith stores a run that has ended, with contents of its own.
func endedWith(t *testing.T, db *DB, id string, contents ...[]byte) {
	t.Helper()
	epoch := newRun(t, db, id, nil)
	if err := db.Files(id).Keep(t.Context(), contents...); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().Append(t.Context(), id, epoch, play(t, id, agenttest.Add(5), agenttest.Sub(1), agenttest.Add(5))...); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, db *DB, run string, content []byte) bool {
	t.Helper()
	got, err := db.Files(run).Content(t.Context(), files.Hash(content))
	if err != nil && !errors.Is(err, files.ErrNotKept) {
		t.Fatal(err)
	}
	return err == nil && bytes.Equal(got, content)
}

// TestFilesGoWithTheirRun holds that a content is stored once for all runs, that
// no run sees another's, that a fork has those of its origin, and that deleting
// runs leaves none behind.
func TestFilesGoWithTheirRun(t *testing.T) {
	db := open(t, "")
	common, own := []byte("of both runs"), []byte("of the first run")
	endedWith(t, db, "r", common, own)
	endedWith(t, db, "s", common)
	count := func(want int) {
		t.Helper()
		var n int
		if err := db.reader.QueryRow(`SELECT count(*) FROM contents`).Scan(&n); err != nil || n != want {
			t.Errorf("%d contents are stored (%v), want %d", n, err, want)
		}
	}
	count(2)
	if has(t, db, "s", own) {
		t.Error("a run reads what only another one has")
	}
	fork := agent.Run{ID: "f", Status: agent.RunIsQueued, CreatedAt: start}
	fork.Spec = agent.RunSpec{Environment: agent.EnvironmentRef{Name: "counter"}, Purpose: "again", Origin: &agent.Origin{Run: "r", Step: 1}}.WithDefaults()
	if _, err := db.Runs().Fork(t.Context(), fork, nil, 1, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().Delete(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if !has(t, db, "f", own) || !has(t, db, "f", common) || has(t, db, "r", common) {
		t.Error("the fork lost its files, or the deleted run has them still")
	}
	count(2)
	if err := db.Runs().Delete(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	if !has(t, db, "f", common) {
		t.Error("the fork lost a file with a run that is not its own")
	}
}

// TestFilesOfARunAreBounded holds that the bound is kept also by a worker that
// takes a run over, and that what is refused leaves nothing.
func TestFilesOfARunAreBounded(t *testing.T) {
	db := open(t, "")
	newRun(t, db, "r", nil)
	if err := db.Files("r").Keep(t.Context(), []byte("a first one")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.Exec(`UPDATE contents SET size = ?`, files.MaxRun-10); err != nil { // as if it were large
		t.Fatal(err)
	}
	next := db.Files("r")
	if err := next.Keep(t.Context(), []byte("small"), []byte("more than 10 bytes")); !errors.Is(err, files.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
	if has(t, db, "r", []byte("small")) {
		t.Error("a part of what was refused is kept")
	}
	if err := next.Keep(t.Context(), []byte("small")); err != nil {
		t.Error(err)
	}
}
