package library_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/rulestore"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

func TestPolicyPage(t *testing.T) {
	store := pagetest.Open(t)
	store.Tasks(t, pagetest.GoodSet, 40, 36, 20, 1)
	store.Tasks(t, pagetest.PersonalSet, 1, 0, 0, 0)
	proven := store.Ledger(t, pagetest.GoodSet).SetUplift
	s := sitetest.WithPolicy(t, store)
	page := pagetest.Ask(s, http.MethodGet, "/library/policy", "").Body.String()
	for _, want := range []string{"Approve first", "workshop · world 1", fmt.Sprintf("%.0f / %.0f", proven.In, proven.Out), "proven", "not enough data", "maze"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	store.Learn(t, pagetest.SampleRules()...)
	store.Compact(t, pagetest.GoodSet, 1_200)
	if list := pagetest.Ask(s, http.MethodGet, "/library?q=status:active", "").Body.String(); !strings.Contains(list, "1,200 more rules were replaced long ago") {
		t.Error("the library does not say what is kept in the history only")
	}
	chosen := func() lifecycle.Policy {
		policy, err := store.Library().Policy(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return policy
	}
	if r := pagetest.Ask(s, http.MethodPost, "/library/policy", pagetest.Form("policy", "approve")); r.Code != http.StatusSeeOther || chosen() != lifecycle.Approve {
		t.Errorf("choosing answers %d, policy %q", r.Code, chosen())
	}
	if r := pagetest.Ask(s, http.MethodPost, "/library/policy", pagetest.Form("policy", "anything")); r.Code != http.StatusUnprocessableEntity || chosen() != lifecycle.Approve {
		t.Errorf("an unknown policy answers %d, policy %q", r.Code, chosen())
	}
}

// Library and Review tell of a world whose laws seem to have changed, with the
// figures, and offer to take it back; not of one that was taken back, nor of an
// old one.
func TestLawNotices(t *testing.T) {
	for _, test := range []struct {
		name         string
		found        int // tasks that were learned from when it was found, of 120
		lifted, want bool
	}{
		{"lately", 107, false, true},
		{"taken back", 107, true, false},
		{"long ago", 8, false, false},
	} {
		store := pagetest.Open(t)
		learned := make([]*agent.Heuristic, 31)
		for i := range learned {
			learned[i] = &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindDynamics, Scope: pagetest.GoodSet, Status: agent.Active, Title: "paint: way " + ui.Itoa(i), Pattern: "way " + ui.Itoa(i),
				Strategy: "paint", Action: "paint", Author: agent.AuthorDistiller, Predicate: &agent.Predicate{Action: "paint", When: []agent.Condition{{Feature: "way " + ui.Itoa(i), Holds: true}}}}
		}
		var ids []string
		for _, h := range store.Learn(t, learned...) {
			ids = append(ids, h.ID)
		}
		store.Tasks(t, pagetest.GoodSet, test.found, test.found, 0, 0)
		change, err := store.Library().Shelve(t.Context(), rulestore.Shelving{Actor: "watch of the laws", Scope: pagetest.GoodSet, Rules: ids, Change: credit.LawChange{Task: test.found - 7, Found: test.found, Trajectory: "t_1", At: pagetest.Noon,
			Actions: []credit.ActionStream{{Action: "paint", LawStream: credit.LawStream{Checked: 23, Right: 2, Promised: .9}}}}})
		if err != nil {
			t.Fatal(err)
		}
		store.Tasks(t, pagetest.GoodSet, 120-test.found, 120-test.found, 0, 0)
		if test.lifted {
			if _, err := store.Library().Undo(t.Context(), "Ann", change.Revision); err != nil {
				t.Fatal(err)
			}
		}
		body := pagetest.Ask(sitetest.WithPolicy(t, store), http.MethodGet, "/library", "").Body.String()
		for _, text := range []string{"the world seems to have changed since task 100", "2 of 23 predictions about paint came true, where at least 21 were expected",
			"31 rules shelved", fmt.Sprintf("/library/changes/%d/undo", change.Revision), "Restore the previous rules"} {
			if strings.Contains(body, text) != test.want {
				t.Errorf("%s: the library says %q: %t", test.name, text, !test.want)
			}
		}
	}
}

func TestSuspendedSets(t *testing.T) {
	x := sitetest.WithSets(t)
	numbered := x.Store.Numbered(t)
	page := func(address string) string {
		return pagetest.Ask(x, http.MethodGet, address, "", "HX-Request", "true").Body.String()
	}
	pagetest.Golden(t, "set-suspended", page("/library/set?environment=cards"))
	pagetest.Golden(t, "set-in-use", page("/library/set?environment=workshop&dynamics=world+1&schema=s"))
	pagetest.Golden(t, "policy", page("/library/policy"))
	list := page("/library")
	for _, want := range []string{"What was learned in cards is suspended since task", "e-value", "by Ann: it walks in circles since Monday.", "/library/set?dynamics=&amp;environment=maze"} {
		if !strings.Contains(list, want) {
			t.Errorf("the library does not say %q", want)
		}
	}
	if w := pagetest.Ask(x, http.MethodGet, "/library/set?environment=nowhere", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown world answers %d", w.Code)
	}
	for _, test := range []struct {
		name   string
		form   string
		status int
		want   string
	}{
		{"lift without a reason", pagetest.Form("do", "lift", "environment", "cards", "reason", ""), 422, "say why"},
		{"lift", pagetest.Form("do", "lift", "environment", "cards", "reason", "the rules were mended"), 303, "did=lift"},
		{"lift again", pagetest.Form("do", "lift", "environment", "cards", "reason", "x"), 409, "in use already"},
		{"suspend", pagetest.Form("do", "suspend", "environment", "cards", "reason", "x"), 303, "change={2}"},
		{"something else", pagetest.Form("do", "burn", "environment", "cards", "reason", "x"), 422, "no action"},
		{"elsewhere", pagetest.Form("do", "lift", "environment", "nowhere", "reason", "x"), 404, "othing was learned"},
	} {
		w := pagetest.Ask(x, http.MethodPost, "/library/set", test.form)
		got := w.Body.String()
		if test.status == http.StatusSeeOther {
			got = w.Header().Get("Location")
		}
		if want := numbered(test.want); w.Code != test.status || !strings.Contains(got, want) {
			t.Errorf("%s: got %d, want %d with %q: %.300s", test.name, w.Code, test.status, want, got)
		}
	}
	if s := x.Store.Ledger(t, pagetest.SuspendedSet).Suspended; s == nil || s.By != ui.Person {
		t.Errorf("after all that: %+v", s)
	}
}
