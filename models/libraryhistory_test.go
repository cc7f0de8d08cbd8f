package models

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
)

// intoRows gives the history the form that it had before there were blocks: each entry
// has its rule in its own row.
func intoRows(t *testing.T, db *DB) {
	t.Helper()
	var entries []versionRow
	if err := db.read.Find(&entries).Error; err != nil {
		t.Fatal(err)
	}
	if _, err := decodeEntries(db.read, entries); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := db.writer.ExecContext(t.Context(), `UPDATE heuristic_versions SET body = ?, block = 0, place = 0 WHERE id = ? AND n = ?`, e.Kept.Body, e.ID, e.N); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.writer.ExecContext(t.Context(), `DELETE FROM heuristic_blocks`); err != nil {
		t.Fatal(err)
	}
}

// historyOf returns all that is known of the past of a library: the entries of each
// rule, and the library after each change.
func historyOf(t *testing.T, db *DB) (versions [][]catalog.HeuristicVersion, moments [][]*agent.Heuristic) {
	t.Helper()
	var ids []string
	if err := db.read.Raw(`SELECT DISTINCT id FROM heuristic_versions ORDER BY id`).Scan(&ids).Error; err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		v, err := db.Library().Versions(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, v)
	}
	_, last, _, err := db.Snapshots().Span(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for revision := range last {
		rules, err := db.Snapshots().AsOf(t.Context(), revision+1)
		if err != nil {
			t.Fatal(err)
		}
		moments = append(moments, rules)
	}
	return versions, moments
}

// A history whose entries have their rules in their own rows, as all had at first,
// tells the same as one in blocks, and goes on in blocks: what was done before can be
// undone.
func TestHistoryInRowsGoesOnInBlocks(t *testing.T) {
	db := open(t, "")
	rng := rand.New(rand.NewPCG(7, 1))
	for i := range 60 {
		anyChange(t, db.Library(), rng, i)
	}
	wantVersions, wantMoments := historyOf(t, db)
	intoRows(t, db)
	if versions, moments := historyOf(t, db); !cmp.Equal(versions, wantVersions) || !cmp.Equal(moments, wantMoments) {
		t.Fatal("the history in rows differs: ", cmp.Diff(wantVersions, versions), cmp.Diff(wantMoments, moments))
	}
	taught, err := db.Library().Create(t.Context(), "Ann", taught("one of before"))
	if err != nil {
		t.Fatal(err)
	}
	intoRows(t, db)
	for _, action := range []agent.LibraryAction{agent.ActPin, agent.ActDelete} {
		change, err := db.Library().Change(t.Context(), "Ann", action, catalog.RuleSelection{IDs: []string{taught.ID}})
		if err != nil {
			t.Fatal(err)
		}
		if action == agent.ActDelete {
			intoRows(t, db) // now the deleted rule is in a row
		}
		if _, err := db.Library().Undo(t.Context(), "Ann", change.Revision); err != nil {
			t.Fatal(err)
		}
		if h, err := db.Library().Get(t.Context(), taught.ID); err != nil || h.Pinned || h.Title != taught.Title {
			t.Errorf("after %s was undone: %+v, %v", action, h, err)
		}
	}
	for i := range 60 {
		anyChange(t, db.Library(), rng, 100+i)
	}
	_, moments := historyOf(t, db)
	if !cmp.Equal(moments[:len(wantMoments)], wantMoments) {
		t.Error("what is newer changed the past: ", cmp.Diff(wantMoments, moments[:len(wantMoments)]))
	}
}

// Rules that changed together are packed together.
func TestBytesOfHistory(t *testing.T) {
	db := open(t, "")
	var rules []*agent.Heuristic
	for i := range 200 {
		h := agenttest.TestRule(fmt.Sprintf("the place is number %d of the store", i))
		for step := range agent.MaxEvidence {
			h.Evidence = append(h.Evidence, agent.EvidenceRef{Run: fmt.Sprintf("01kbd7w3%06d", (i+step)*7919), Step: step, Delta: float64(step) / 7, Good: true})
		}
		rules = append(rules, h)
	}
	saved, err := db.Library().Save(t.Context(), agent.Batch{Actor: "test", Trajectory: "t1", Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	next := agent.Batch{Actor: "test", Trajectory: "t2"}
	for _, h := range saved {
		next.Moves = append(next.Moves, agent.Move{ID: h.ID, From: h.Status, To: agent.Retired, Reason: "retired"})
	}
	if _, err := db.Library().Save(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	var bytes, entries int
	if err := db.read.Raw(`SELECT (SELECT sum(length(body)) FROM heuristic_blocks) + (SELECT sum(length(body)) FROM heuristic_versions)`).Scan(&bytes).Error; err != nil {
		t.Fatal(err)
	}
	if err := db.read.Raw(`SELECT count(*) FROM heuristic_versions`).Scan(&entries).Error; err != nil {
		t.Fatal(err)
	}
	if want := 2 * len(rules); entries != want || bytes == 0 || bytes/entries > 120 {
		t.Errorf("%d entries with %d bytes each, want %d with at most 120", entries, bytes/entries, want)
	}
}

// A block that can't be read is said, and not taken for an empty history.
func TestDamagedBlock(t *testing.T) {
	for name, query := range map[string]string{
		"missing":   `DELETE FROM heuristic_blocks`,
		"damaged":   `UPDATE heuristic_blocks SET body = substr(body, 1, 1)`,
		"cut":       `UPDATE heuristic_blocks SET body = substr(body, 1, length(body) / 2)`,
		"too short": `UPDATE heuristic_versions SET place = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "")
			h, err := db.Library().Create(t.Context(), "Ann", taught("what was kept"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.writer.ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Library().Versions(t.Context(), h.ID); agent.CodeOf(err) != agent.CodeUnavailable {
				t.Error("versions:", err)
			}
			if _, err := db.Snapshots().AsOf(t.Context(), 9); agent.CodeOf(err) != agent.CodeUnavailable {
				t.Error("as of:", err)
			}
		})
	}
}
