package sitetest

import (
	"testing"

	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
)

// WithLab is a site with experiments.
func WithLab(t testing.TB, b *pagetest.Bench) Site {
	return New(t, func(c *handlers.Config) { c.Lab.Experiments = b })
}

var sets = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) {
	Sample(t, s)
	s.SampleSets(t)
})

// WithSets is a site with the learned sets of pagetest, whose policy can be chosen.
func WithSets(t testing.TB) Site { return WithPolicy(t, sets.Open(t)) }

// WithPolicy is a site of a store, whose policy can be chosen.
func WithPolicy(t testing.TB, store *pagetest.Store) Site {
	t.Helper()
	return Of(t, store, func(c *handlers.Config) { c.Library.Policy = store.Library() })
}
