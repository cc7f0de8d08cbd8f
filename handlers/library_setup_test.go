package handlers

import (
	"context"
	"net/url"
	"testing"

	"purposeagent/agent"
)

// site is a server with something in each store, and the stores themselves.
type site struct {
	*Server
	log      *runLog
	library  shelf
	replay   *memories
	launcher *launches
	settings *drawer
}

func newSite(t testing.TB, change ...func(*Config)) site {
	t.Helper()
	x := site{log: newRunLog(), library: newShelf(t, sampleRules()...), launcher: &launches{}, settings: &drawer{}}
	for _, id := range []string{"r_7Q1C", "r_7PZ8"} {
		x.log.add(sampleRun(id, 60))
		x.log.emit(id, noon, sampleStart())
		x.log.take(id, 12)
	}
	for _, run := range sampleGroup(30, 26) {
		x.log.add(run)
	}
	done := sampleGroup(24, 24)
	for i := range done {
		done[i].ID, done[i].Group = "d"+done[i].ID, "g_done"
		x.log.add(done[i])
	}
	x.replay = newMemories(t,
		sampleTrajectory("t_A", 22, true, agent.SourceEnvironment), sampleTrajectory("t_B", 9, false, agent.SourceEnvironment),
		sampleTrajectory("t_C", 14, true, agent.SourceCritic), sampleTrajectory("t_D", 450, true, agent.SourceEnvironment))
	x.Server = runsServer(t, x.log, append([]func(*Config){func(c *Config) {
		c.Snapshots, c.Packs, c.Review = newMoments(x.library), x.library, x.library
		c.Library, c.Replay, c.Launcher, c.Settings, c.Environments = x.library, x.replay, x.launcher, x.settings, worlds{}
		c.Demo = func(context.Context) (string, error) { return "g_demo", nil }
		c.Sealed = "5be0aa0011223344556677889900aabbccddeeff00112233445566778899e41a"
	}}, change...)...)
	return x
}

// form encodes name, value pairs.
func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}
