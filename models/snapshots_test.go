package models

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// sameLibrary compares all that a snapshot promises.
func sameLibrary(got, want []*agent.Heuristic) string {
	return cmp.Diff(want, got, cmpopts.IgnoreFields(agent.Heuristic{}, "UpdatedAt", "Evidence"), cmpopts.EquateEmpty())
}

// anyChange does one random thing to a library, by a person or by learning.
func anyChange(t *testing.T, l *Library, rng *rand.Rand, i int) {
	t.Helper()
	rules := everything(t, l)
	pick := func() *agent.Heuristic { return rules[rng.IntN(len(rules))] }
	var err error
	switch kind := rng.IntN(9); {
	case len(rules) < 5 || kind == 0:
		_, err = l.Create(t.Context(), "Ann", taught(fmt.Sprint("thing ", i)))
	case kind == 1:
		h := pick()
		_, err = l.Edit(t.Context(), "Ann", h.ID, h.Version, catalog.HeuristicEdit{Strategy: new(fmt.Sprint("do ", i))})
	case kind == 2:
		_, err = l.SetStatus(t.Context(), "Ann", []string{pick().ID, pick().ID}, agent.Statuses[rng.IntN(len(agent.Statuses))])
	case kind == 3:
		_, err = l.Pin(t.Context(), "Ann", []string{pick().ID}, rng.IntN(2) == 0)
	case kind == 4:
		_, err = l.Delete(t.Context(), "Ann", []string{pick().ID})
	case kind == 5: // counts leave no entry in the history
		_, err = l.Save(t.Context(), agent.Batch{Uses: []credit.UseCount{{ID: pick().ID, Shown: 3, Cited: 1, Reward: 1}}})
	case kind == 6:
		learned := taught(fmt.Sprint("learned ", i))
		learned.Author = agent.AuthorDistiller
		_, err = l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Trajectory: fmt.Sprint("t", i), Rules: []*agent.Heuristic{&learned}})
	case kind == 7:
		changes, failed := l.Changes(t.Context(), "", 0, 1)
		if failed != nil || len(changes) == 0 {
			t.Fatal(failed)
		}
		if _, err = l.Undo(t.Context(), "Ann", changes[0].Revision); agent.CodeOf(err) == agent.CodeConflict {
			err = nil
		}
	default:
		h := pick().Clone()
		h.Good, h.Credit.Hits = h.Good+2, h.Credit.Hits+1
		_, err = l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{h}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever people and learning do, each snapshot holds the library of its
// moment exactly, and restoring it brings its words, status and pins back.
func TestSnapshotsHoldTheirMoment(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			db := open(t, "")
			l, s := db.Library(), db.Snapshots()
			rng := rand.New(rand.NewPCG(seed, 1))
			type moment struct {
				snapshot catalog.Snapshot
				rules    []*agent.Heuristic
			}
			var moments []moment
			for i := range 60 {
				anyChange(t, l, rng, i)
				if i%6 != 5 {
					continue
				}
				taken, err := s.Take(t.Context(), "Ann", fmt.Sprint("after ", i))
				if err != nil {
					t.Fatal(err)
				}
				moments = append(moments, moment{taken, everything(t, l)})
			}
			for _, m := range moments {
				rules, err := s.Rules(t.Context(), m.snapshot.ID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := sameLibrary(rules, m.rules); diff != "" {
					t.Fatalf("%s is not what it was: %s", m.snapshot.Name, diff)
				}
			}
			m := moments[2]
			change, err := s.Restore(t.Context(), "Ann", m.snapshot.Revision, m.snapshot.Name)
			if err != nil || change.Revision == 0 {
				t.Fatal(change, err)
			}
			d := catalog.DiffLibraries(m.rules, everything(t, l))
			if len(d.Removed)+len(d.Reworded)+len(d.Moved) != 0 {
				t.Errorf("restored with differences: %+v", d)
			}
			for _, pair := range d.Added { // came later: kept, out of use
				if pair.After.Status != agent.Retired {
					t.Errorf("%s of later is %s", pair.After.ID, pair.After.Status)
				}
			}
			before := moments[len(moments)-1]
			if _, err := l.Undo(t.Context(), "Ann", change.Revision); err != nil {
				t.Fatal(err)
			}
			d = catalog.DiffLibraries(before.rules, everything(t, l))
			if len(d.Added)+len(d.Removed)+len(d.Reworded)+len(d.Moved) != 0 {
				t.Errorf("undoing the restoring left differences: %+v", d)
			}
		})
	}
}

func TestSnapshotsByThemselves(t *testing.T) {
	now := start
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "purpose.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	l, s := db.Library(), db.Snapshots()
	ids := shelved(t, l, 3)
	daily := func(want bool) {
		t.Helper()
		if taken, err := s.Daily(t.Context()); err != nil || taken != want {
			t.Errorf("daily snapshot: %t, %v, want %t", taken, err, want)
		}
	}
	daily(true)
	daily(false)
	now = now.Add(25 * time.Hour)
	daily(false) // nothing changed
	if _, err := l.Change(t.Context(), "Ann", agent.ActRetire, catalog.RuleSelection{IDs: ids[:1]}); err != nil {
		t.Fatal(err)
	}
	daily(true)
	if _, err := l.Change(t.Context(), "Ann", agent.ActPin, catalog.RuleSelection{IDs: ids}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Change(t.Context(), "Ann", agent.ActBan, catalog.RuleSelection{IDs: ids}); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 3 || list[0].Reason != "before: ban 3 rules" || list[2].Reason != reasonDaily {
		t.Errorf("%+v %v", list, err)
	}
	for range keptSnapshots + 5 {
		now = now.Add(25 * time.Hour)
		if _, err := l.Create(t.Context(), "Ann", taught(now.String())); err != nil {
			t.Fatal(err)
		}
		daily(true)
	}
	if _, err := s.Take(t.Context(), "Ann", "kept"); err != nil {
		t.Fatal(err)
	}
	if list, err = s.List(t.Context()); err != nil || len(list) != keptSnapshots+1 {
		t.Error(len(list), err)
	}
	for _, name := range []string{"", " ", string(make([]byte, 101)), "\xff"} {
		if _, err := s.Take(t.Context(), "Ann", name); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if err := s.Delete(t.Context(), "Ann", list[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), list[0].ID); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if _, err := s.Rules(t.Context(), "s99999"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}

func TestMomentsByTime(t *testing.T) {
	now := start
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "purpose.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	l, s := db.Library(), db.Snapshots()
	for i := range 4 {
		now = start.Add(time.Duration(i) * time.Hour)
		shelved(t, l, 0)
		if _, err := l.Create(t.Context(), "Ann", taught(strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	for hours, want := range map[float64]int{-1: 0, 0: 1, 1.5: 2, 3: 4, 99: 4} {
		revision, err := s.Moment(t.Context(), start.Add(time.Duration(hours*float64(time.Hour))))
		if err != nil {
			t.Fatal(err)
		}
		if rules, err := s.AsOf(t.Context(), revision); err != nil || len(rules) != want {
			t.Errorf("after %v h: %d rules, %v, want %d", hours, len(rules), err, want)
		}
	}
	first, last, at, err := s.Span(t.Context())
	if err != nil || last-first != 3 || !at.Equal(start.Add(3*time.Hour)) {
		t.Error(first, last, at, err)
	}
	if when, err := s.When(t.Context(), first+1); err != nil || !when.Equal(start.Add(time.Hour)) {
		t.Error(when, err)
	}
}

// A history from before the schema knew revisions keeps its order.
func TestOlderHistoryGetsItsOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	ids := shelved(t, db.Library(), 3)
	if _, err := db.Library().SetStatus(t.Context(), "Ann", ids, agent.Banned); err != nil {
		t.Fatal(err)
	}
	intoRows(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open(driverName, path)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{ // back to the schema of the first release
		`UPDATE heuristic_versions SET at = at + substr(id, 2)`, // each entry had a time of its own
		`DROP TABLE heuristic_blocks`, `ALTER TABLE heuristic_versions DROP COLUMN block`, `ALTER TABLE heuristic_versions DROP COLUMN place`,
		`DROP TABLE library_changes`, `DROP TABLE library_snapshots`, `DROP TABLE rule_pairs`,
		`DROP INDEX heuristic_versions_revision`,
		`ALTER TABLE heuristic_versions DROP COLUMN revision`, `ALTER TABLE heuristic_versions DROP COLUMN gone`,
		`ALTER TABLE heuristics DROP COLUMN kind`, `ALTER TABLE heuristics DROP COLUMN uplift`, `ALTER TABLE heuristics DROP COLUMN uplift_low`,
		`ALTER TABLE heuristics DROP COLUMN uplift_n`, `ALTER TABLE heuristics DROP COLUMN advantage`,
		`ALTER TABLE heuristics DROP COLUMN hits`, `ALTER TABLE heuristics DROP COLUMN misses`,
		`DELETE FROM schema_version WHERE version_id IN (4, 21)`,
	} {
		if _, err := raw.ExecContext(t.Context(), query); err != nil {
			t.Fatal(query, err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	if _, err := db.Library().SetStatus(t.Context(), "Ann", ids, agent.Archived); err != nil {
		t.Fatal(err)
	}
	_, last, _, err := db.Snapshots().Span(t.Context())
	if err != nil || last < 7 {
		t.Error("a later change is numbered before an older one:", last, err)
	}
	for revision, want := range map[int64]string{1: "[active]", 3: "[active active active]", 6: "[banned banned banned]", last: "[archived archived archived]"} {
		rules, err := db.Snapshots().AsOf(t.Context(), revision)
		got := []agent.Status{}
		for _, h := range rules {
			got = append(got, h.Status)
		}
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("after change %d: %v, %v, want %s", revision, got, err, want)
		}
	}
}

// BenchmarkSnapshot takes a snapshot of 10,000 rules and reads one back.
func BenchmarkSnapshot(b *testing.B) {
	db := open(b, "")
	l, s := db.Library(), db.Snapshots()
	var rules []*agent.Heuristic
	for i := range 10_000 {
		h := taught(fmt.Sprint("thing number ", i, " of the store"))
		h.Author, h.Good, h.Bad = agent.AuthorDistiller, i%40, i%7
		h.Credit = credit.Credit{Weight: float64(i % 30), Sum: float64(i%30) / 7, Squares: float64(i%30) / 5, Hits: i % 50, Misses: i % 3,
			Strata: []credit.Stratum{{Type: "maze", In: 9.5, InSolved: 7.25, Out: 8.75, OutSolved: float64(i % 8)}}}
		rules = append(rules, &h)
	}
	if _, err := l.Save(b.Context(), agent.Batch{Actor: "test", Rules: rules}); err != nil {
		b.Fatal(err)
	}
	b.Run("take", func(b *testing.B) {
		for b.Loop() {
			taken, err := s.Take(b.Context(), "Ann", "bench")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(taken.Bytes), "bytes")
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if rules, err := s.Rules(b.Context(), "s00001"); err != nil || len(rules) != 10_000 {
				b.Fatal(len(rules), err)
			}
		}
	})
	b.Run("list by uplift", func(b *testing.B) {
		zero := 0.0
		for b.Loop() {
			if _, err := l.List(b.Context(), catalog.HeuristicQuery{Sort: "uplift", Text: "store", Terms: []catalog.HeuristicTerm{{Field: catalog.FieldSupport, Low: &zero}}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("facets", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.Facets(b.Context(), catalog.HeuristicQuery{Text: "store"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// tableRule is a rule with a table of exact states.
func tableRule(data string) *agent.Heuristic {
	h := taught("states")
	h.Author, h.Kind, h.Status = agent.AuthorDistiller, agent.KindDynamics, agent.Active
	h.Predicate = &agent.Predicate{Prior: .3, States: &agent.StateTable{Format: 1, Actions: []agent.Action{agent.NewAction("go")},
		Summary: credit.StateSummary{Tasks: 3, Known: 2}, Data: []byte(data)}}
	return &h
}

// A table of exact states is counts: it moves without a new version, stays with
// its snapshot, and comes back with a rule that was deleted.
func TestSnapshotsHoldTablesOfStates(t *testing.T) {
	db := open(t, "")
	l, s := db.Library(), db.Snapshots()
	saved, err := l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Trajectory: "t1", Rules: []*agent.Heuristic{tableRule("one")}})
	if err != nil || len(saved) != 1 {
		t.Fatal(saved, err)
	}
	id := saved[0].ID
	count := func(trajectory, data string) {
		t.Helper()
		next := tableRule(data)
		next.ID, next.Version = id, 1
		if _, err := l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Trajectory: trajectory, Rules: []*agent.Heuristic{next}}); err != nil {
			t.Fatal(err)
		}
	}
	count("t2", "two")
	taken, err := s.Take(t.Context(), "Ann", "at two")
	if err != nil {
		t.Fatal(err)
	}
	count("t3", "three")
	now, err := l.Get(t.Context(), id)
	if err != nil || string(now.States().Data) != "three" || now.Version != 1 {
		t.Errorf("now %+v, version %d, %v", now.States(), now.Version, err)
	}
	then, err := s.Rules(t.Context(), taken.ID)
	if err != nil || len(then) != 1 || string(then[0].States().Data) != "two" {
		t.Errorf("the snapshot holds %+v, %v", then, err)
	}
	if _, err := l.Delete(t.Context(), "Ann", []string{id}); err != nil {
		t.Fatal(err)
	}
	if again, err := l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Trajectory: "t4", Rules: []*agent.Heuristic{tableRule("four")}}); err != nil || again[0] != nil {
		t.Errorf("learning brought back what a person deleted: %+v, %v", again, err)
	}
	changes, err := l.Changes(t.Context(), "", 0, 1)
	if err != nil || len(changes) == 0 {
		t.Fatal(err)
	}
	if _, err := l.Undo(t.Context(), "Ann", changes[0].Revision); err != nil {
		t.Fatal(err)
	}
	if back, err := l.Get(t.Context(), id); err != nil || string(back.States().Data) != "three" {
		t.Errorf("after the deletion was undone: %+v, %v", back.States(), err)
	}
}
