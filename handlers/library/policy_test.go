package library_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/learning"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

func TestPolicyPage(t *testing.T) {
	ledger := credit.Ledger{Tasks: 90, Hypotheses: 300, Types: []credit.TypeCount{{Type: "t", N: 90, Solved: 70}},
		Set: []credit.Stratum{{Type: "p", In: 70, InSolved: 62, Out: 12, OutSolved: 1}}}
	ledger.SetUplift = credit.UpliftOf(ledger.Set)
	law := &pagetest.Statute{Chosen: learning.PolicyEvidence, Sets: []agent.ScopeLedger{
		{Scope: agent.Scope{Environment: "workshop", Dynamics: "world 1"}, Ledger: ledger}, {Scope: agent.Scope{Environment: "maze"}, Ledger: credit.Ledger{Tasks: 1}}}}
	s := sitetest.New(t, func(c *handlers.Config) { c.Library.Policy = law })
	page := pagetest.Ask(s, http.MethodGet, "/library/policy", "").Body.String()
	for _, want := range []string{"Approve first", "workshop · world 1", "70 / 12", "proven", "not enough data", "maze"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	law.Sets[0].Ledger.Compacted = 1331
	if list := pagetest.Ask(s, http.MethodGet, "/library?q=status:active", "").Body.String(); !strings.Contains(list, "1,331 more rules were replaced long ago") {
		t.Error("the library does not say what is kept in the history only")
	}
	if r := pagetest.Ask(s, http.MethodPost, "/library/policy", pagetest.Form("policy", "approve")); r.Code != http.StatusSeeOther || law.Chosen != learning.PolicyApprove {
		t.Errorf("choosing answers %d, policy %q", r.Code, law.Chosen)
	}
	if r := pagetest.Ask(s, http.MethodPost, "/library/policy", pagetest.Form("policy", "anything")); r.Code != http.StatusUnprocessableEntity || law.Chosen != learning.PolicyApprove {
		t.Errorf("an unknown policy answers %d, policy %q", r.Code, law.Chosen)
	}
}

// Library and Review tell of a world whose laws seem to have changed, with the
// figures, and offer to take it back; not of one that was taken back, nor of an
// old one.
func TestLawNotices(t *testing.T) {
	at := time.Unix(1000, 0)
	change := func(found int, lifted bool) credit.LawChange {
		return credit.LawChange{Revision: 42, Task: found - 7, Found: found, At: at, Shelved: 31, Lifted: lifted,
			Actions: []credit.ActionStream{{Action: "paint", LawStream: credit.LawStream{Checked: 23, Right: 2, Promised: .9}}}}
	}
	for _, test := range []struct {
		name   string
		change credit.LawChange
		want   bool
	}{
		{"lately", change(107, false), true},
		{"taken back", change(107, true), false},
		{"long ago", change(8, false), false},
	} {
		law := &pagetest.Statute{Chosen: learning.PolicyEvidence, Sets: []agent.ScopeLedger{{Scope: agent.Scope{Environment: "workshop"},
			Ledger: credit.Ledger{Tasks: 120, Changes: []credit.LawChange{test.change}}}}}
		s := sitetest.New(t, func(c *handlers.Config) { c.Library.Policy = law })
		body := pagetest.Ask(s, http.MethodGet, "/library", "").Body.String()
		for _, text := range []string{"the world seems to have changed since task 100", "2 of 23 predictions about paint came true, where at least 21 were expected",
			"31 rules shelved", "/library/changes/42/undo", "Restore the previous rules"} {
			if strings.Contains(body, text) != test.want {
				t.Errorf("%s: the library says %q: %t", test.name, text, !test.want)
			}
		}
	}
}

func TestSuspendedSets(t *testing.T) {
	x, law := sitetest.WithSets(t)
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
		{"lift again", pagetest.Form("do", "lift", "environment", "cards", "reason", "x"), 409, "so already"},
		{"suspend", pagetest.Form("do", "suspend", "environment", "cards", "reason", "x"), 303, "change=9"},
		{"something else", pagetest.Form("do", "burn", "environment", "cards", "reason", "x"), 422, "no action"},
		{"elsewhere", pagetest.Form("do", "lift", "environment", "nowhere", "reason", "x"), 404, "othing was learned"},
	} {
		w := pagetest.Ask(x, http.MethodPost, "/library/set", test.form)
		got := w.Body.String()
		if test.status == http.StatusSeeOther {
			got = w.Header().Get("Location")
		}
		if w.Code != test.status || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %d, want %d with %q: %.300s", test.name, w.Code, test.status, test.want, got)
		}
	}
	if s := law.Sets[1].Ledger.Suspended; s == nil || s.By != ui.Person {
		t.Errorf("after all that: %+v", s)
	}
}
