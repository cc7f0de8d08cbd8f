package live

import (
	"context"
	"net/http"
	"testing"

	"purposeagent/agent/catalog"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/runpage"
)

func TestMain(m *testing.M) { pagetest.Main(m) }

// site is the page of a run with its streams.
type site struct {
	*Section
	http.Handler
}

// everyTrajectory is a replay in which none was dropped.
type everyTrajectory struct{}

func (everyTrajectory) Summary(_ context.Context, id string) (catalog.TrajectorySummary, error) {
	return catalog.TrajectorySummary{ID: id}, nil
}

func newSite(t testing.TB, log *pagetest.RunLog, change ...func(*Config)) site {
	t.Helper()
	cfg := Config{Runs: log, Engine: log}
	for _, f := range change {
		f(&cfg)
	}
	kit := pagetest.Kit(log)
	run := runpage.New(kit, runpage.Config{Runs: log, Engine: log, Replay: everyTrajectory{}})
	s := New(kit, run, cfg)
	t.Cleanup(s.Close)
	return site{s, pagetest.Serve(run, s)}
}

// bounded looks at all that is kept for who watches the run.
func (s site) bounded(t *testing.T) {
	t.Helper()
	if frames, fromLog := s.Kept("r_1"); frames == 0 || max(frames, fromLog) > MaxKept {
		t.Errorf("%d frames and %d from the log are kept for those who are behind, want some, and %d at most", frames, fromLog, MaxKept)
	}
}
