package models

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/packs"
)

func TestPacksTravel(t *testing.T) {
	from := open(t, "").Library()
	ids := shelved(t, from, 3)
	child := taught("a child")
	child.ParentIDs, child.Good, child.Author = []string{ids[0], "gone"}, 7, agent.AuthorDistiller
	if _, err := from.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{&child}}); err != nil {
		t.Fatal(err)
	}
	pack, err := from.Export(t.Context(), "doors", catalog.HeuristicQuery{})
	if err != nil || len(pack.Rules) != 4 {
		t.Fatal(pack, err)
	}
	if _, err := from.Export(t.Context(), "", catalog.HeuristicQuery{}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}

	to := open(t, "").Library()
	known, err := to.Create(t.Context(), "Ann", taught("key 1"))
	if err != nil {
		t.Fatal(err)
	}
	banned, err := to.Create(t.Context(), "Ann", taught("key 2"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Delete(t.Context(), "Ann", []string{banned.ID}); err != nil {
		t.Fatal(err)
	}
	report, err := to.Import(t.Context(), "Ann", pack, packs.Import{})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Added) != 2 || report.Known[ids[1]] != known.ID || len(report.Unwanted) != 1 || report.Unwanted[0] != ids[2] {
		t.Errorf("%+v", report)
	}
	rules := everything(t, to)
	if len(rules) != 3 {
		t.Fatal(rules)
	}
	last := rules[2]
	if last.Title != "a child" || last.Status != agent.Candidate || last.Author != "import:doors" || last.Good != 0 || len(last.ParentIDs) != 1 || last.ParentIDs[0] != rules[1].ID {
		t.Errorf("%+v", last)
	}
	if last.Guarded() {
		t.Error("an imported rule does not live by evidence")
	}
	if _, err := to.Undo(t.Context(), "Ann", report.Change.Revision); err != nil {
		t.Fatal(err)
	}
	if rules := everything(t, to); len(rules) != 1 {
		t.Error("undoing left", rules)
	}
	report, err = to.Import(t.Context(), "Ann", pack, packs.Import{Status: agent.Active, Author: agent.AuthorHuman})
	if err != nil || len(report.Added) != 2 {
		t.Fatal("importing again after undoing:", report, err)
	}
	if h, err := to.Get(t.Context(), report.Added[0]); err != nil || h.Status != agent.Active || h.Author != agent.AuthorHuman {
		t.Error(h, err)
	}
	if _, err := to.Import(t.Context(), "Ann", pack, packs.Import{Status: "vip"}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
}

func TestChildren(t *testing.T) {
	l := open(t, "").Library()
	ids := shelved(t, l, 2)
	child := taught("a child of " + ids[1])
	child.ParentIDs = ids[:1]
	saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{&child}})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{ids[0]: 1, ids[1]: 0, saved[0].ID: 0} {
		if made, err := l.Children(t.Context(), id, 9); err != nil || len(made) != want {
			t.Errorf("%s: %v, %v, want %d", id, made, err, want)
		}
	}
}

func TestNearAndDecisions(t *testing.T) {
	l := open(t, "").Library()
	for _, do := range []string{"search the fork for its key", "never search the fork for its key", "search for its key the fork"} {
		h := taught("its key")
		h.Pattern, h.Strategy = "a locked red door blocks the northern passage", do
		if _, err := l.Create(t.Context(), "Ann", h); err != nil {
			t.Fatal(err)
		}
	}
	m, err := l.Near(t.Context())
	if err != nil || m.Rules != 3 || len(m.Pairs) != 3 {
		t.Fatal(m, err)
	}
	for _, p := range m.Pairs {
		if p.Opposed {
			if err := l.Decide(t.Context(), "Ann", p.B.ID, p.A.ID, "both right"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if m, err = l.Near(t.Context()); err != nil || len(m.Pairs) != 1 || m.Decided != 2 || m.Pairs[0].Opposed {
		t.Error(m, err)
	}
	if err := l.Decide(t.Context(), "Ann", "h000001", "h000002", "who knows"); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	if err := l.Decide(t.Context(), "Ann", "h000001", "h_none", "both right"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if _, err := l.SetStatus(t.Context(), "Ann", []string{"h000003"}, agent.Retired); err != nil {
		t.Fatal(err)
	}
	if m, err = l.Near(t.Context()); err != nil || len(m.Pairs) != 0 || m.Rules != 2 {
		t.Error("a retired rule was compared:", m, err)
	}
}
