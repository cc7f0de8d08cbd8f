package app

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/agent"
)

func TestMain(m *testing.M) {
	if code, is := Child(); is {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// opened opens an application that is closed with the test.
func opened(t *testing.T, cfg Config) *App {
	t.Helper()
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// TestBesideAServer: an experiment reads the install seed only, so it may run
// while a server has the data folder, and sees the same worlds. Nobody else may
// work the folder's runs.
func TestBesideAServer(t *testing.T) {
	data := t.TempDir()
	a := opened(t, Config{Data: data})
	mine, err := installSeed(t.Context(), a.Settings)
	if err != nil {
		t.Fatal(err)
	}
	b := opened(t, Config{Data: data, Shared: true})
	if theirs, err := installSeed(t.Context(), b.Settings); err != nil || theirs != mine {
		t.Errorf("%v: another install seed", err)
	}
	if a.Sealed() == "" || a.Sealed() != b.Sealed() {
		t.Errorf("the worlds differ: %s and %s", a.Sealed(), b.Sealed())
	}
	if err := b.Work(t.Context()); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("a shared folder is worked: %v", err)
	}
	if c, err := Open(t.Context(), Config{Data: data}); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("the folder was not locked: %v", err)
		_ = c.Close(t.Context())
	}
}
