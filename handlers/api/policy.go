package api

import (
	"context"
	"net/http"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/lifecycle"
)

type policyBody struct {
	Policy lifecycle.Policy `json:"policy" enum:"evidence,approve,open" doc:"evidence: rules earn their place; approve: nothing enters a prompt before a person approves it; open: no trial"`
}

// setBody says whether all that was learned in a world is to be used.
type setBody struct {
	Scope     agent.Scope `json:"scope" doc:"as the list of ledgers names it"`
	Suspended bool        `json:"suspended" doc:"true keeps what was learned there out of use; what people wrote or pinned is used all the same"`
	Reason    string      `json:"reason" minLength:"1" maxLength:"200" doc:"why; it is recorded in the history"`
}

// policy registers how rules come to be used, and what the learned ones are worth.
func (s *server) policy() {
	if s.Policy == nil {
		return
	}
	register(s, http.MethodGet, "/library/policy", "get-policy", "How much learned rules may do by themselves", "library", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*body[policyBody], error) {
			policy, err := s.Policy.Policy(ctx)
			return &body[policyBody]{policyBody{policy}}, err
		})
	register(s, http.MethodPut, "/library/policy", "set-policy", "Choose how much learned rules may do by themselves", "library", http.StatusOK,
		func(ctx context.Context, in *struct{ Body policyBody }) (*body[policyBody], error) {
			return &body[policyBody]{in.Body}, s.Policy.SetPolicy(ctx, by, in.Body.Policy)
		})
	register(s, http.MethodGet, "/library/ledgers", "list-ledgers", "How tasks ended in each world, and what the learned rules are worth there by randomised hold-out", "library", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*body[list[catalog.ScopeLedger]], error) {
			ledgers, err := s.Policy.Ledgers(ctx)
			return newList(catalog.Page[catalog.ScopeLedger]{Items: ledgers}, same), err
		})
	register(s, http.MethodPut, "/library/suspension", "set-suspension", "Suspend all that was learned in a world, or put it to use again; the answer is the change, which can be undone", "library", http.StatusOK,
		func(ctx context.Context, in *struct{ Body setBody }) (*body[catalog.LibraryChange], error) {
			do := s.Policy.LiftSet
			if in.Body.Suspended {
				do = s.Policy.SuspendSet
			}
			return answer(do(ctx, by, in.Body.Scope, in.Body.Reason))
		})
}
