package models

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// shelved fills a library with n taught rules and returns their ids.
func shelved(t *testing.T, l *Library, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		h, err := l.Create(t.Context(), "Ann", taught(fmt.Sprint("key ", i)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID)
	}
	return ids
}

// everything returns all rules by id.
func everything(t *testing.T, l *Library) []*agent.Heuristic {
	t.Helper()
	var rows []heuristicRow
	if err := l.db.read.WithContext(t.Context()).Order("id").Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// sayTheSame compares words, places in the prompt and counts; versions and
// times move on with an undo.
func sayTheSame(got, want []*agent.Heuristic) string {
	return cmp.Diff(want, got, cmpopts.IgnoreFields(agent.Heuristic{}, "Version", "UpdatedAt"), cmpopts.EquateEmpty())
}

func TestEachChangeOfAPersonCanBeUndone(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(l *Library, ids []string) error
		want agent.LibraryAction
	}{
		{"pin", func(l *Library, ids []string) error {
			_, err := l.Pin(context.Background(), "Ann", ids[:1], true)
			return err
		}, agent.ActPin},
		{"status", func(l *Library, ids []string) error {
			_, err := l.SetStatus(context.Background(), "Ann", ids[:2], agent.Banned)
			return err
		}, agent.ActBan},
		{"edit", func(l *Library, ids []string) error {
			_, err := l.Edit(context.Background(), "Ann", ids[0], 1, catalog.HeuristicEdit{Strategy: new("other words")})
			return err
		}, agent.ActEdit},
		{"teach", func(l *Library, _ []string) error {
			_, err := l.Create(context.Background(), "Ann", taught("something new"))
			return err
		}, agent.ActTeach},
		{"delete", func(l *Library, ids []string) error {
			_, err := l.Delete(context.Background(), "Ann", ids[1:3])
			return err
		}, agent.ActDelete},
		{"bulk over a query", func(l *Library, _ []string) error {
			_, err := l.Change(context.Background(), "Ann", agent.ActRetire, catalog.RuleSelection{Query: &catalog.HeuristicQuery{Text: "key"}, Expect: 4})
			return err
		}, agent.ActRetire},
		{"merge", func(l *Library, ids []string) error {
			_, err := l.Merge(context.Background(), "Ann", ids[0], ids[1:3])
			return err
		}, agent.ActMerge},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, "").Library()
			ids := shelved(t, l, 4)
			evidence := &agent.Heuristic{}
			*evidence = *everything(t, l)[1]
			evidence.Evidence = []agent.EvidenceRef{{Run: "r1", Step: 2, Delta: .5, Good: true}}
			evidence.Good = 1
			if _, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{evidence}}); err != nil {
				t.Fatal(err)
			}
			before := everything(t, l)
			if err := test.do(l, ids); err != nil {
				t.Fatal(err)
			}
			after := everything(t, l)
			if sayTheSame(after, before) == "" {
				t.Fatal("the change changed nothing")
			}
			changes, err := l.Changes(t.Context(), "", 0, 1)
			if err != nil || len(changes) != 1 || changes[0].Action != test.want || changes[0].Actor != "Ann" {
				t.Fatal(changes, err)
			}
			undone, err := l.Undo(t.Context(), "Bob", changes[0].Revision)
			if err != nil || undone.Undoes != changes[0].Revision || undone.Rules != changes[0].Rules {
				t.Fatalf("%+v %v", undone, err)
			}
			if diff := sayTheSame(everything(t, l), before); diff != "" {
				t.Error("undoing did not bring back what was before:", diff)
			}
			if _, err := l.Undo(t.Context(), "Bob", changes[0].Revision); agent.CodeOf(err) != agent.CodeConflict {
				t.Error("undone twice:", err)
			}
			if _, err := l.Undo(t.Context(), "Bob", undone.Revision); err != nil {
				t.Fatal("redo:", err)
			}
			if diff := cmp.Diff(places(after), places(everything(t, l))); diff != "" {
				t.Error("undoing the undoing did not bring the change back:", diff)
			}
		})
	}
}

// places is what a person sees of each rule.
func places(rules []*agent.Heuristic) []string {
	out := []string{}
	for _, h := range rules {
		out = append(out, fmt.Sprint(h.ID, h.Status, h.Pinned, h.Strategy, h.MergedInto))
	}
	return out
}

func TestUndoRefusesWhatWasChangedSince(t *testing.T) {
	l := open(t, "").Library()
	ids := shelved(t, l, 3)
	first, err := l.Change(t.Context(), "Ann", agent.ActRetire, catalog.RuleSelection{IDs: ids})
	if err != nil || first.Rules != 3 {
		t.Fatal(first, err)
	}
	second, err := l.Change(t.Context(), "Bob", agent.ActPin, catalog.RuleSelection{IDs: ids[:1]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Undo(t.Context(), "Ann", first.Revision); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("undone over a later change:", err)
	}
	for _, revision := range []int64{second.Revision, first.Revision} {
		if _, err := l.Undo(t.Context(), "Ann", revision); err != nil {
			// The later change's undo is itself a newer entry of the rule.
			if revision != first.Revision || agent.CodeOf(err) != agent.CodeConflict {
				t.Error(err)
			}
		}
	}
	if _, err := l.Undo(t.Context(), "Ann", 9999); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}

func TestBulkByQueryRefusesAnotherNumber(t *testing.T) {
	l := open(t, "").Library()
	shelved(t, l, 3)
	all := catalog.RuleSelection{Query: &catalog.HeuristicQuery{}, Expect: 2}
	if _, err := l.Change(t.Context(), "Ann", agent.ActBan, all); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
	if _, err := l.Change(t.Context(), "Ann", "burn", all); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	none, err := l.Change(t.Context(), "Ann", agent.ActUnpin, catalog.RuleSelection{IDs: []string{"gone"}})
	if err != nil || none.Revision != 0 || none.Rules != 0 {
		t.Error("a change of nothing was entered:", none, err)
	}
}

func TestMergeJoinsEvidenceAndKeepsHistory(t *testing.T) {
	l := open(t, "").Library()
	rule := func(title string, steps ...int) *agent.Heuristic {
		h := taught(title)
		h.Author = agent.AuthorDistiller
		for _, n := range steps {
			h.Evidence = append(h.Evidence, agent.EvidenceRef{Run: "r1", Step: n, Delta: 1, Good: true})
		}
		h.Good = len(steps)
		return &h
	}
	saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{rule("a", 1, 2), rule("b", 2, 3), rule("c", 9)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Merge(t.Context(), "Ann", saved[0].ID, []string{saved[0].ID}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error("merged with itself:", err)
	}
	if _, err := l.Merge(t.Context(), "Ann", saved[0].ID, []string{"h_none"}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error("merged with nothing:", err)
	}
	if _, err := l.Merge(t.Context(), "Ann", saved[0].ID, []string{saved[1].ID, saved[2].ID}); err != nil {
		t.Fatal(err)
	}
	kept, _ := l.Get(t.Context(), saved[0].ID)
	away, _ := l.Get(t.Context(), saved[1].ID)
	if kept.Good != 4 || len(kept.Evidence) != 4 || kept.Strategy != "look for a" {
		t.Errorf("kept %+v", kept)
	}
	if away.Status != agent.Retired || away.MergedInto != kept.ID || away.StatusBy != "Ann" {
		t.Errorf("away %+v", away)
	}
	versions, err := l.Versions(t.Context(), away.ID)
	if err != nil || len(versions) != 2 || versions[1].Reason != "merged into "+kept.ID {
		t.Error(versions, err)
	}
}

func TestRevertMakesANewVersion(t *testing.T) {
	l := open(t, "").Library()
	id := shelved(t, l, 1)[0]
	if _, err := l.Edit(t.Context(), "Ann", id, 1, catalog.HeuristicEdit{Strategy: new("second words")}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.SetStatus(t.Context(), "Ann", []string{id}, agent.Retired); err != nil {
		t.Fatal(err)
	}
	change, err := l.Revert(t.Context(), "Ann", id, 1)
	if err != nil || change.Action != agent.ActRevert {
		t.Fatal(change, err)
	}
	h, _ := l.Get(t.Context(), id)
	if h.Version != 3 || h.Strategy != "look for key 0" || h.Status != agent.Retired {
		t.Errorf("%+v", h)
	}
	for n, want := range map[int]agent.Code{1: agent.CodeConflict, 99: agent.CodeNotFound} {
		if _, err := l.Revert(t.Context(), "Ann", id, n); agent.CodeOf(err) != want {
			t.Errorf("entry %d: %v, want %s", n, err, want)
		}
	}
	changes, err := l.Changes(t.Context(), id, 0, 0)
	if err != nil || len(changes) != 4 || !slices.IsSortedFunc(changes, func(a, b catalog.LibraryChange) int { return int(b.Revision - a.Revision) }) {
		t.Error(changes, err)
	}
}
