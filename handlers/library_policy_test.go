package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

// statute is a policy in memory.
type statute struct {
	policy  agent.Policy
	ledgers []agent.ScopeLedger
}

func (s *statute) Policy(context.Context) (agent.Policy, error)         { return s.policy, nil }
func (s *statute) Ledgers(context.Context) ([]agent.ScopeLedger, error) { return s.ledgers, nil }
func (s *statute) SetPolicy(_ context.Context, _ string, p agent.Policy) error {
	if p == "anything" {
		return agent.InvalidFields(map[string]string{"policy": "must be evidence, approve or open"})
	}
	s.policy = p
	return nil
}

func TestPolicyPage(t *testing.T) {
	ledger := agent.Ledger{Tasks: 90, Hypotheses: 300, Types: []agent.TypeCount{{Type: "t", N: 90, Solved: 70}},
		Set: []agent.Stratum{{Type: "p", In: 70, InSolved: 62, Out: 12, OutSolved: 1}}}
	ledger.SetUplift = agent.UpliftOf(ledger.Set)
	law := &statute{policy: agent.PolicyEvidence, ledgers: []agent.ScopeLedger{
		{Scope: agent.Scope{Environment: "workshop", Dynamics: "world 1"}, Ledger: ledger}, {Scope: agent.Scope{Environment: "maze"}, Ledger: agent.Ledger{Tasks: 1}}}}
	s := newSite(t, func(c *Config) { c.Policy = law })
	page := ask(s, http.MethodGet, "/library/policy", "").Body.String()
	for _, want := range []string{"Approve first", "workshop · world 1", "70 / 12", ">yes<", "not enough data", "maze"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if r := ask(s, http.MethodPost, "/library/policy", form("policy", "approve")); r.Code != http.StatusSeeOther || law.policy != agent.PolicyApprove {
		t.Errorf("choosing answers %d, policy %q", r.Code, law.policy)
	}
	if r := ask(s, http.MethodPost, "/library/policy", form("policy", "anything")); r.Code != http.StatusUnprocessableEntity || law.policy != agent.PolicyApprove {
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
		law := &statute{policy: agent.PolicyEvidence, ledgers: []agent.ScopeLedger{{Scope: agent.Scope{Environment: "workshop"},
			Ledger: agent.Ledger{Tasks: 120, Changes: []agent.LawChange{test.change}}}}}
		s := newSite(t, func(c *Config) { c.Policy = law })
		body := ask(s, http.MethodGet, "/library", "").Body.String()
		for _, text := range []string{"the world seems to have changed since task 100", "2 of 23 predictions about paint came true, where at least 21 were expected",
			"31 rules shelved", "/library/changes/42/undo", "Restore the rules of before"} {
			if strings.Contains(body, text) != test.want {
				t.Errorf("%s: the library says %q: %t", test.name, text, !test.want)
			}
		}
	}
}
