// Package sitetest serves the whole dashboard over the stores of pagetest, for
// tests of pages.
package sitetest

import (
	"testing"
	"time"

	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
)

// Site is a server over a store with something of each kind in it.
type Site struct {
	*handlers.Server
	Store    *pagetest.Store
	Log      *pagetest.RunLog
	Launcher *pagetest.Launches
}

var (
	sampled = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) { Sample(t, s) })
	grouped = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) {
		log := Sample(t, s)
		log.AddGroup("g_demo", "r_", 30, 26)
		log.AddGroup("g_done", "dr_", 24, 24)
	})
)

// Sample writes what a site holds: rules with a past, two running runs,
// trajectories.
func Sample(t testing.TB, s *pagetest.Store) *pagetest.RunLog {
	t.Helper()
	s.LearnSamples(t, pagetest.SampleRules()...)
	s.RememberSamples(t)
	log := s.Log(t)
	for _, id := range []string{"r_7Q1C", "r_7PZ8"} {
		log.Start(pagetest.SampleRun(id, 60), 12)
	}
	return log
}

// New returns a site with the samples; change may change what it works with.
func New(t testing.TB, change ...func(*handlers.Config)) Site {
	t.Helper()
	return Of(t, sampled.Open(t), change...)
}

// WithGroups returns a site with two groups of runs as well, g_demo that goes on
// and g_done that has ended.
func WithGroups(t testing.TB, change ...func(*handlers.Config)) Site {
	t.Helper()
	return Of(t, grouped.Open(t), change...)
}

// Of returns a site of a store.
func Of(t testing.TB, store *pagetest.Store, change ...func(*handlers.Config)) Site {
	t.Helper()
	x := Site{Store: store, Log: store.Log(t), Launcher: &pagetest.Launches{}}
	cfg := Config(store, x.Log)
	library := store.Library()
	cfg.Library.Snapshots, cfg.Library.Packs, cfg.Library.Review = store.Snapshots(), library, library
	cfg.Library.Lines, cfg.Library.Comments = library, store.Comments()
	cfg.Runs.Launcher, cfg.Environments = x.Launcher, pagetest.Worlds{}
	cfg.Welcome.Demo = &pagetest.Show{}
	cfg.Welcome.Sealed = "5be0aa0011223344556677889900aabbccddeeff00112233445566778899e41a"
	x.Server = serve(t, cfg, change)
	return x
}

// OfRuns serves a run log, at noon, two minutes after the sample runs started.
func OfRuns(t testing.TB, log *pagetest.RunLog, change ...func(*handlers.Config)) *handlers.Server {
	t.Helper()
	return serve(t, Config(log.Store, log), change)
}

// Config is what a site needs, at the least, over a store and its run log.
func Config(store *pagetest.Store, log *pagetest.RunLog) handlers.Config {
	return handlers.Config{Site: ui.Site{Version: "test", Now: func() time.Time { return pagetest.Noon.Add(2 * time.Minute) }},
		Runs: handlers.RunPorts{Store: log, Engine: log, Launcher: &pagetest.Launches{}}, Library: handlers.LibraryPorts{Rules: store.Library()},
		Replay: handlers.ReplayPorts{Store: store.Replay(0)}, Settings: handlers.SettingsPorts{Store: store.Settings()}, Environments: pagetest.TwoWorldKind{}}
}

func serve(t testing.TB, cfg handlers.Config, change []func(*handlers.Config)) *handlers.Server {
	t.Helper()
	for _, f := range change {
		f(&cfg)
	}
	s, err := handlers.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
