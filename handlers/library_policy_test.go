package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"

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
