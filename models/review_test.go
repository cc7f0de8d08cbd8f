package models

import (
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/inbox"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/packs"
)

// What is worth a look, put off and brought back, in a real database.
func TestReviewInbox(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	do, err := l.Create(t.Context(), "Ann", taught("the brass key"))
	if err != nil {
		t.Fatal(err)
	}
	dont := taught("")
	dont.Title, dont.Strategy, dont.Avoid = "leave the key", "", "look for the brass key"
	if _, err := l.Create(t.Context(), "Bob", dont); err != nil {
		t.Fatal(err)
	}
	items, err := l.Review(t.Context())
	if err != nil || len(items) != 1 || items[0].Kind != inbox.Conflict || items[0].Rule.ID != do.ID {
		t.Fatalf("%+v %v", items, err)
	}
	key := items[0].Key
	if err := l.PutOff(t.Context(), "Ann", key, db.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if off, err := l.PutOffs(t.Context()); err != nil || len(off) != 1 || off[key].IsZero() {
		t.Fatal(off, err)
	}
	if err := l.PutOff(t.Context(), "Ann", key, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if off, err := l.PutOffs(t.Context()); err != nil || len(off) != 0 {
		t.Fatal(off, err)
	}
	if err := l.Decide(t.Context(), "Ann", items[0].Rule.ID, items[0].Other.ID, "both right"); err != nil {
		t.Fatal(err)
	}
	if items, err := l.Review(t.Context()); err != nil || len(items) != 0 {
		t.Fatalf("a decided pair is asked again: %+v %v", items, err)
	}
	if err := l.Decide(t.Context(), "Ann", do.ID, "h000002", "open"); err != nil {
		t.Fatal(err)
	}
	if items, err := l.Review(t.Context()); err != nil || len(items) != 1 {
		t.Fatalf("a decision was not taken back: %+v %v", items, err)
	}
	if err := l.PutOff(t.Context(), "Ann", "", time.Time{}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error("no key:", err)
	}
}

// A rule that a person puts on trial is decided by evidence; one that a person
// promotes stays where the person put it.
func TestTrialIsDecidedByEvidence(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	rules := []agent.Heuristic{taught("the brass key"), taught("the way behind the mill")}
	for i := range rules {
		rules[i].Author, rules[i].Status, rules[i].Kind = agent.AuthorModel+"m", agent.Archived, agent.KindRule
		rules[i].Credit.Trials = 40
	}
	_, err := l.Import(t.Context(), "Ann", packs.New("p", []*agent.Heuristic{&rules[0], &rules[1]}), packs.Import{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := l.List(t.Context(), catalog.HeuristicQuery{})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	for i, action := range []agent.LibraryAction{agent.ActTrial, agent.ActPromote} {
		if _, err := l.Change(t.Context(), "Ann", action, catalog.RuleSelection{IDs: []string{page.Items[i].ID}}); err != nil {
			t.Fatal(err)
		}
		h, err := l.Get(t.Context(), page.Items[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		if by := map[agent.LibraryAction]string{agent.ActTrial: "", agent.ActPromote: "Ann"}[action]; h.StatusBy != by || h.Status != action.Status() {
			t.Errorf("%s: %s by %q, want by %q", action, h.Status, h.StatusBy, by)
		}
		if action == agent.ActTrial && h.Credit.Trials != 0 {
			t.Errorf("its trial begins with %d tasks counted", h.Credit.Trials)
		}
	}
}

// Of the counted rules in use, the few that are used most and rest on least come
// to a person.
func TestReviewOfLittleEvidence(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	scope := agent.Scope{Environment: "workshop"}
	var rules []*agent.Heuristic
	for i := range 2 * inbox.MaxThin {
		rules = append(rules, &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindRule, Title: "work", Pattern: "x", Strategy: "work", Action: "work", Status: agent.Active,
			Author: agent.AuthorDistiller, Scope: scope, Good: 1 + i%5, Predicate: &agent.Predicate{Action: "work", Params: map[string]string{"how": strings.Repeat("a", i+1)}}})
	}
	stored, err := l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Rules: rules, Scope: scope})
	if err != nil {
		t.Fatal(err)
	}
	var uses []credit.UseCount
	for i, h := range stored {
		uses = append(uses, credit.UseCount{ID: h.ID, Shown: 10 + i})
	}
	if _, err := l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Uses: uses, Scope: scope}); err != nil {
		t.Fatal(err)
	}
	items, err := l.Review(t.Context())
	if err != nil || len(items) != inbox.MaxThin {
		t.Fatalf("%d items, want %d (%v)", len(items), inbox.MaxThin, err)
	}
	for _, item := range items {
		if item.Kind != inbox.Thin || item.Rule.Good > inbox.ThinSteps || item.Rule.Shown < 12 {
			t.Errorf("%s of a rule on %d steps, used in %d", item.Kind, item.Rule.Good, item.Rule.Shown)
		}
	}
}

// The mark of the inbox stays while nothing changed, and is another one after each change
// that the inbox may tell of; what is as it was before may have the mark of before.
func TestReviewMark(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	ids := shelved(t, l, 2)
	mark := func() string {
		t.Helper()
		m, err := l.ReviewMark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	seen := map[string]string{mark(): "the beginning"}
	for _, change := range []struct {
		name string
		do   func() error
	}{
		{"a status", func() error {
			_, err := l.SetStatus(t.Context(), "Ann", ids[:1], agent.Retired)
			return err
		}},
		{"counts", func() error {
			_, err := l.Save(t.Context(), agent.Batch{Trajectory: "t1", Uses: []credit.UseCount{{ID: ids[1], Shown: 1}}})
			return err
		}},
		{"a task in the ledger alone", func() error {
			_, err := l.Save(t.Context(), agent.Batch{Trajectory: "t2", Scope: agent.Scope{Environment: "e"}, Task: &credit.TaskRecord{Type: "x"}})
			return err
		}},
		{"put off", func() error { return l.PutOff(t.Context(), "Ann", "harm:h1:1", db.now().Add(time.Hour)) }},
		{"put off longer", func() error { return l.PutOff(t.Context(), "Ann", "harm:h1:1", db.now().Add(2*time.Hour)) }},
		{"brought back", func() error { return l.PutOff(t.Context(), "Ann", "harm:h1:1", time.Time{}) }},
		{"a pair", func() error { return l.Decide(t.Context(), "Ann", ids[0], ids[1], "both right") }},
		{"the policy", func() error { return l.SetPolicy(t.Context(), "Ann", lifecycle.Approve) }},
	} {
		if err := change.do(); err != nil {
			t.Fatal(change.name, err)
		}
		now := mark()
		if before := seen[now]; before != "" && change.name != "brought back" {
			t.Errorf("after %q the mark is that after %q: %s", change.name, before, now)
		}
		seen[now] = change.name
		if again := mark(); again != now {
			t.Errorf("after %q the mark does not stay: %s, %s", change.name, now, again)
		}
	}
}
