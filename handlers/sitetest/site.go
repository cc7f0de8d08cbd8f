// Package sitetest serves the whole dashboard over the stores of pagetest, for
// tests of pages.
package sitetest

import (
	"context"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers"
	"purposeagent/handlers/launch"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/replay"
	"purposeagent/handlers/ui"
)

// Site is a server over a store with something of each kind in it.
type Site struct {
	*handlers.Server
	Store    *pagetest.Store
	Log      *pagetest.RunLog
	Replay   *pagetest.Memories
	Launcher *pagetest.Launches
}

var sampled = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) { s.LearnSamples(t, pagetest.SampleRules()...) })

// New returns a site with the samples; change may change what it works with.
func New(t testing.TB, change ...func(*handlers.Config)) Site {
	t.Helper()
	return Of(t, sampled.Open(t), change...)
}

// Of returns a site of a store.
func Of(t testing.TB, store *pagetest.Store, change ...func(*handlers.Config)) Site {
	t.Helper()
	x := Site{Store: store, Log: pagetest.NewRunLog(), Launcher: &pagetest.Launches{}}
	for _, id := range []string{"r_7Q1C", "r_7PZ8"} {
		x.Log.Add(pagetest.SampleRun(id, 60))
		x.Log.Emit(id, pagetest.Noon, pagetest.SampleStart())
		x.Log.Take(id, 12)
	}
	for _, run := range pagetest.SampleGroup(30, 26) {
		x.Log.Add(run)
	}
	done := pagetest.SampleGroup(24, 24)
	for i := range done {
		done[i].ID, done[i].Group = "d"+done[i].ID, "g_done"
		x.Log.Add(done[i])
	}
	x.Replay = pagetest.NewMemories(t,
		pagetest.SampleTrajectory("t_A", 22, true, agent.SourceEnvironment), pagetest.SampleTrajectory("t_B", 9, false, agent.SourceEnvironment),
		pagetest.SampleTrajectory("t_C", 14, true, agent.SourceCritic), pagetest.SampleTrajectory("t_D", 450, true, agent.SourceEnvironment))
	x.Server = OfRuns(t, x.Log, append([]func(*handlers.Config){func(c *handlers.Config) {
		library := store.Library()
		c.Library.Rules, c.Library.Snapshots, c.Library.Packs, c.Library.Review = library, store.Snapshots(), library, library
		c.Replay.Store, c.Runs.Launcher, c.Settings.Store, c.Environments = x.Replay, x.Launcher, store.Settings(), pagetest.Worlds{}
		c.Welcome.Demo = &pagetest.Show{}
		c.Welcome.Sealed = "5be0aa0011223344556677889900aabbccddeeff00112233445566778899e41a"
	}}, change...)...)
	return x
}

// NoLibrary and its like are the parts that the run pages never call; a call is a
// nil dereference and fails the test.
type NoLibrary struct{ handlers.Library }

// NoReplay is a replay of which only summaries are read.
type NoReplay struct{ replay.Replay }

// NoSettings keeps nothing.
type NoSettings struct{ launch.Settings }

// NoLauncher launches nothing.
type NoLauncher struct{ launch.Launcher }

// Summary has every trajectory but the one of a run that was dropped.
func (NoReplay) Summary(_ context.Context, id string) (catalog.TrajectorySummary, error) {
	if id == "t_dropped" {
		return catalog.TrajectorySummary{}, agent.Errorf(agent.CodeNotFound, "there is no trajectory %q", id)
	}
	return catalog.TrajectorySummary{ID: id}, nil
}

// OfRuns serves a run log, at noon, two minutes after the sample runs started.
func OfRuns(t testing.TB, log *pagetest.RunLog, change ...func(*handlers.Config)) *handlers.Server {
	t.Helper()
	cfg := handlers.Config{Site: ui.Site{Version: "test", Now: func() time.Time { return pagetest.Noon.Add(2 * time.Minute) }},
		Runs: handlers.RunPorts{Store: log, Engine: log, Launcher: NoLauncher{}}, Library: handlers.LibraryPorts{Rules: NoLibrary{}}, Replay: handlers.ReplayPorts{Store: NoReplay{}},
		Settings: handlers.SettingsPorts{Store: NoSettings{}}, Environments: pagetest.TwoWorldKind{}}
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
