package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/learning"
)

// statute is a policy in memory.
type statute struct {
	policy  learning.Policy
	ledgers []agent.ScopeLedger
}

func (s *statute) Policy(context.Context) (learning.Policy, error)      { return s.policy, nil }
func (s *statute) Ledgers(context.Context) ([]agent.ScopeLedger, error) { return s.ledgers, nil }
func (s *statute) SetPolicy(_ context.Context, _ string, p learning.Policy) error {
	if p == "anything" {
		return agent.InvalidFields(map[string]string{"policy": "must be evidence, approve or open"})
	}
	s.policy = p
	return nil
}

func (s *statute) SuspendSet(_ context.Context, actor string, scope agent.Scope, reason string) (agent.LibraryChange, error) {
	return s.set(actor, scope, reason, true)
}

func (s *statute) LiftSet(_ context.Context, actor string, scope agent.Scope, reason string) (agent.LibraryChange, error) {
	return s.set(actor, scope, reason, false)
}

func (s *statute) set(actor string, scope agent.Scope, reason string, suspended bool) (agent.LibraryChange, error) {
	if reason == "" {
		return agent.LibraryChange{}, agent.InvalidFields(map[string]string{"reason": "say why"})
	}
	for i := range s.ledgers {
		l := &s.ledgers[i].Ledger
		switch {
		case s.ledgers[i].Scope != scope:
		case suspended == (l.Suspended != nil):
			return agent.LibraryChange{}, agent.Errorf(agent.CodeConflict, "it is so already")
		case suspended:
			*l = l.Suspend(actor, reason, time.Unix(1_700_000_000, 0))
			return agent.LibraryChange{Revision: 9, Action: agent.ActSuspend}, nil
		default:
			*l = l.Lift()
			return agent.LibraryChange{Revision: 10, Action: agent.ActLift}, nil
		}
	}
	return agent.LibraryChange{}, agent.Errorf(agent.CodeNotFound, "nothing was learned there")
}

func TestPolicyPage(t *testing.T) {
	ledger := agent.Ledger{Tasks: 90, Hypotheses: 300, Types: []agent.TypeCount{{Type: "t", N: 90, Solved: 70}},
		Set: []agent.Stratum{{Type: "p", In: 70, InSolved: 62, Out: 12, OutSolved: 1}}}
	ledger.SetUplift = agent.UpliftOf(ledger.Set)
	law := &statute{policy: learning.PolicyEvidence, ledgers: []agent.ScopeLedger{
		{Scope: agent.Scope{Environment: "workshop", Dynamics: "world 1"}, Ledger: ledger}, {Scope: agent.Scope{Environment: "maze"}, Ledger: agent.Ledger{Tasks: 1}}}}
	s := newSite(t, func(c *Config) { c.Policy = law })
	page := ask(s, http.MethodGet, "/library/policy", "").Body.String()
	for _, want := range []string{"Approve first", "workshop · world 1", "70 / 12", "proven", "not enough data", "maze"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if r := ask(s, http.MethodPost, "/library/policy", form("policy", "approve")); r.Code != http.StatusSeeOther || law.policy != learning.PolicyApprove {
		t.Errorf("choosing answers %d, policy %q", r.Code, law.policy)
	}
	if r := ask(s, http.MethodPost, "/library/policy", form("policy", "anything")); r.Code != http.StatusUnprocessableEntity || law.policy != learning.PolicyApprove {
		t.Errorf("an unknown policy answers %d, policy %q", r.Code, law.policy)
	}
}

// Library and Review tell of a world whose laws seem to have changed, with the
// figures, and offer to take it back; not of one that was taken back, nor of an
// old one.
func TestLawNotices(t *testing.T) {
	at := time.Unix(1000, 0)
	change := func(found int, lifted bool) agent.LawChange {
		return agent.LawChange{Revision: 42, Task: found - 7, Found: found, At: at, Shelved: 31, Lifted: lifted,
			Actions: []agent.ActionStream{{Action: "paint", LawStream: agent.LawStream{Checked: 23, Right: 2, Promised: .9}}}}
	}
	for _, test := range []struct {
		name   string
		change agent.LawChange
		want   bool
	}{
		{"lately", change(107, false), true},
		{"taken back", change(107, true), false},
		{"long ago", change(8, false), false},
	} {
		law := &statute{policy: learning.PolicyEvidence, ledgers: []agent.ScopeLedger{{Scope: agent.Scope{Environment: "workshop"},
			Ledger: agent.Ledger{Tasks: 120, Changes: []agent.LawChange{test.change}}}}}
		s := newSite(t, func(c *Config) { c.Policy = law })
		body := ask(s, http.MethodGet, "/library", "").Body.String()
		for _, text := range []string{"the world seems to have changed since task 100", "2 of 23 predictions about paint came true, where at least 21 were expected",
			"31 rules shelved", "/library/changes/42/undo", "Restore the previous rules"} {
			if strings.Contains(body, text) != test.want {
				t.Errorf("%s: the library says %q: %t", test.name, text, !test.want)
			}
		}
	}
}

// setSite is a site with a set in use, one that its test suspended and one
// that a person did.
func setSite(t *testing.T) (site, *statute) {
	t.Helper()
	good := agent.Ledger{Tasks: 240, Hypotheses: 300, Types: []agent.TypeCount{{Type: "t", N: 240, Solved: 190}}, Set: []agent.Stratum{{Type: "p", In: 70, InSolved: 62, Out: 22, OutSolved: 1}}}
	good.SetUplift = agent.UpliftOf(good.Set)
	bad := agent.Ledger{Tasks: 300, Types: []agent.TypeCount{{Type: "t", N: 300, Solved: 90}}}
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	for i := 0; bad.Suspended == nil; i++ {
		set := agent.SetHoldout{Propensity: .75, Withheld: i%4 == 3}
		bad = bad.Count(&agent.TaskRecord{Type: "t", Solved: set.Withheld, Set: set, At: at}, 0)
	}
	law := &statute{policy: learning.PolicyEvidence, ledgers: []agent.ScopeLedger{
		{Scope: agent.Scope{Environment: "workshop", Dynamics: "world 1", Schema: "s"}, Ledger: good},
		{Scope: agent.Scope{Environment: "cards"}, Ledger: bad},
		{Scope: agent.Scope{Environment: "maze"}, Ledger: good.Suspend("Ann", "it walks in circles since Monday", at)}}}
	return newSite(t, func(c *Config) {
		library := newShelf(t, sampleRules()...)
		c.Policy, c.Library, c.Review = law, library, setInbox{library, law}
	}), law
}

// setInbox is an inbox with learned sets in it.
type setInbox struct {
	shelf
	law *statute
}

func (s setInbox) Review(ctx context.Context) ([]learning.ReviewItem, error) {
	items, err := s.shelf.Review(ctx)
	items = append(learning.ReviewSets(s.law.ledgers), items...)
	learning.SortReview(items)
	return items, err
}

func TestReviewOfASet(t *testing.T) {
	x, law := setSite(t)
	key := learning.ReviewSets(law.ledgers)[0].Key
	golden(t, "review-set", ask(x, http.MethodGet, "/review?item="+url.QueryEscape(key), "", "HX-Request", "true").Body.String())
	if w := ask(x, http.MethodPost, "/review", form("key", key, "do", "retire")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("what fits a rule only answers %d", w.Code)
	}
	w := ask(x, http.MethodPost, "/review", form("key", key, "do", "lift"))
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "did=lift") || law.ledgers[1].Ledger.Suspended != nil {
		t.Errorf("lifting answers %d to %s: %+v", w.Code, w.Header().Get("Location"), law.ledgers[1].Ledger.Suspended)
	}
}

func TestSuspendedSets(t *testing.T) {
	x, law := setSite(t)
	page := func(address string) string {
		return ask(x, http.MethodGet, address, "", "HX-Request", "true").Body.String()
	}
	golden(t, "set-suspended", page("/library/set?environment=cards"))
	golden(t, "set-in-use", page("/library/set?environment=workshop&dynamics=world+1&schema=s"))
	golden(t, "policy", page("/library/policy"))
	list := page("/library")
	for _, want := range []string{"What was learned in cards is suspended since task", "e-value", "by Ann: it walks in circles since Monday.", "/library/set?dynamics=&amp;environment=maze"} {
		if !strings.Contains(list, want) {
			t.Errorf("the library does not say %q", want)
		}
	}
	if w := ask(x, http.MethodGet, "/library/set?environment=nowhere", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown world answers %d", w.Code)
	}
	for _, test := range []struct {
		name   string
		form   string
		status int
		want   string
	}{
		{"lift without a reason", form("do", "lift", "environment", "cards", "reason", ""), 422, "say why"},
		{"lift", form("do", "lift", "environment", "cards", "reason", "the rules were mended"), 303, "did=lift"},
		{"lift again", form("do", "lift", "environment", "cards", "reason", "x"), 409, "so already"},
		{"suspend", form("do", "suspend", "environment", "cards", "reason", "x"), 303, "change=9"},
		{"something else", form("do", "burn", "environment", "cards", "reason", "x"), 422, "no action"},
		{"elsewhere", form("do", "lift", "environment", "nowhere", "reason", "x"), 404, "othing was learned"},
	} {
		w := ask(x, http.MethodPost, "/library/set", test.form)
		got := w.Body.String()
		if test.status == http.StatusSeeOther {
			got = w.Header().Get("Location")
		}
		if w.Code != test.status || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %d, want %d with %q: %.300s", test.name, w.Code, test.status, test.want, got)
		}
	}
	if s := law.ledgers[1].Ledger.Suspended; s == nil || s.By != person {
		t.Errorf("after all that: %+v", s)
	}
}

// A run's page says whether what was learned was in the run, and that the run
// suspended it.
func TestRunSaysWhatBecameOfTheSet(t *testing.T) {
	x, _ := setSite(t)
	for i, test := range []struct {
		name    string
		holdout agent.SetHoldout
		want    string
	}{
		{"kept out", agent.SetHoldout{Withheld: true, Suspended: true}, "What was learned is suspended here: this run acts without it."},
		{"one that tries it", agent.SetHoldout{Propensity: .25, Suspended: true}, "this run is one of the few that try it."},
		{"kept out by chance", agent.SetHoldout{Propensity: .75, Withheld: true}, "left out by chance"},
		{"as always", agent.SetHoldout{Propensity: .75}, ""},
	} {
		id := "r_SET" + itoa(i)
		x.log.add(sampleRun(id, 60))
		start := sampleStart()
		start.Holdout = test.holdout
		x.log.emit(id, noon, start)
		x.log.take(id, 2)
		x.log.emit(id, noon, agent.Learned{Trajectory: "t_A", Set: &agent.SetChange{Action: agent.ActSuspend, Reason: "the learned rules lower success here: with it 0 of 12"}},
			agent.RunFinished{Result: agent.TaskResult{}})
		page := ask(x, http.MethodGet, "/runs/"+id, "", "HX-Request", "true").Body.String()
		if test.want != "" && !strings.Contains(page, test.want) {
			t.Errorf("%s: the page does not say %q", test.name, test.want)
		}
		if test.want == "" && (strings.Contains(page, "left out by chance") || strings.Contains(page, "suspended here")) {
			t.Errorf("%s: the page says that it was kept out", test.name)
		}
		if !strings.Contains(page, "The learned rules lower success here: with it 0 of 12. It is suspended from now on") {
			t.Errorf("%s: the page does not say that the run suspended the set", test.name)
		}
		if i == 0 {
			golden(t, "run-suspended", page)
		}
	}
}
