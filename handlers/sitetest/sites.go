package sitetest

import (
	"context"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/learning"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
)

// WithLab is a site with experiments.
func WithLab(t testing.TB, b *pagetest.Bench) Site {
	return New(t, func(c *handlers.Config) { c.Lab.Experiments = b })
}

// WithSets is a site with a set in use, one that its test suspended and one
// that a person did.
func WithSets(t *testing.T) (Site, *pagetest.Statute) {
	t.Helper()
	good := credit.Ledger{Tasks: 240, Hypotheses: 300, Types: []credit.TypeCount{{Type: "t", N: 240, Solved: 190}}, Set: []credit.Stratum{{Type: "p", In: 70, InSolved: 62, Out: 22, OutSolved: 1}}}
	good.SetUplift = credit.UpliftOf(good.Set)
	bad := credit.Ledger{Tasks: 300, Types: []credit.TypeCount{{Type: "t", N: 300, Solved: 90}}}
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	for i := 0; bad.Suspended == nil; i++ {
		set := credit.SetHoldout{Propensity: .75, Withheld: i%4 == 3}
		bad = bad.Count(&credit.TaskRecord{Type: "t", Solved: set.Withheld, Set: set, At: at}, 0)
	}
	law := &pagetest.Statute{Chosen: learning.PolicyEvidence, Sets: []agent.ScopeLedger{
		{Scope: agent.Scope{Environment: "workshop", Dynamics: "world 1", Schema: "s"}, Ledger: good},
		{Scope: agent.Scope{Environment: "cards"}, Ledger: bad},
		{Scope: agent.Scope{Environment: "maze"}, Ledger: good.Suspend("Ann", "it walks in circles since Monday", at)}}}
	return New(t, func(c *handlers.Config) {
		library := pagetest.NewShelf(t, pagetest.SampleRules()...)
		c.Library.Policy, c.Library.Rules, c.Library.Review = law, library, setInbox{library, law}
	}), law
}

// setInbox is an inbox with learned sets in it.
type setInbox struct {
	pagetest.Shelf
	law *pagetest.Statute
}

func (s setInbox) Review(ctx context.Context) ([]learning.ReviewItem, error) {
	items, err := s.Shelf.Review(ctx)
	items = append(learning.ReviewSets(s.law.Sets), items...)
	learning.SortReview(items)
	return items, err
}
