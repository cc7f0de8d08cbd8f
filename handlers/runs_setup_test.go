package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"purposeagent/agent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The parts that the run pages never call; a call is a nil dereference and
// fails the test.
type (
	noLibrary    struct{ Library }
	noReplay     struct{ Replay }
	noSettings   struct{ Settings }
	noLauncher   struct{ Launcher }
	twoWorldKind struct{ Environments }
)

// Summary has every trajectory but the one of a run that was dropped.
func (noReplay) Summary(_ context.Context, id string) (agent.TrajectorySummary, error) {
	if id == "t_dropped" {
		return agent.TrajectorySummary{}, agent.Errorf(agent.CodeNotFound, "there is no trajectory %q", id)
	}
	return agent.TrajectorySummary{ID: id}, nil
}

func (twoWorldKind) Kinds() []Kind {
	return []Kind{{Name: "maze", Title: "Maze"}, {Name: "workshop", Title: "Workshop"}}
}

// runsServer serves a run log, at noon, two minutes after the sample runs started.
func runsServer(t testing.TB, log *runLog, change ...func(*Config)) *Server {
	t.Helper()
	cfg := Config{Runs: log, Engine: log, Launcher: noLauncher{}, Library: noLibrary{}, Replay: noReplay{}, Settings: noSettings{},
		Environments: twoWorldKind{}, Version: "test", Now: func() time.Time { return noon.Add(2 * time.Minute) }}
	for _, f := range change {
		f(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask sends one request. Headers are name, value pairs.
func ask(s http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
