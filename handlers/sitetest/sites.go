package sitetest

import (
	"testing"

	"purposeagent/agent/experiments"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
)

// WithExperiments is a site with the Lab and experiments in every state that pages
// treat apart.
func WithExperiments(t testing.TB) Site { return withLab(t, tried.Open(t)) }

// WithLab is a site with the Lab and some experiments; none: nobody has asked yet.
func WithLab(t testing.TB, all ...experiments.Experiment) Site {
	t.Helper()
	store := sampled.Open(t)
	store.AddExperiments(t, all...)
	return withLab(t, store)
}

func withLab(t testing.TB, store *pagetest.Store) Site {
	t.Helper()
	return Of(t, store, func(c *handlers.Config) { c.Lab.Experiments = store.App(t).Lab })
}

var tried = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) {
	Sample(t, s)
	s.AddExperiments(t, pagetest.SampleExperiments(t)...)
})

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
