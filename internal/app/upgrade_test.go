package app

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
	"purposeagent/internal/connections"
	"purposeagent/internal/secrets"
)

// What the folder holds, see testdata/upgrade/README.
const (
	oldInterrupted = "r_1m8ny6tn9z1femvy"
	oldAsks        = "r_1m8ny6tnbd9ynwed"
	oldPaused      = "r_1m8ny6tnck7pj43m"
	oldCorrected   = "r_1m8ny6j1k9ar7q2k"
	oldTaught      = "h000017"
	oldExperiment  = "x_jtwrmtglz27d"
)

// TestUpgrade opens the data folder of an early version: all that people and
// runs left there is still there, what was in the middle goes on, and what was
// learned is used and grows.
func TestUpgrade(t *testing.T) {
	a := opened(t, Config{Data: unpacked(t, "testdata/upgrade"), Workers: 1})
	ctx := t.Context()

	runs, err := a.Runs.List(ctx, catalog.RunQuery{Limit: 100})
	if err != nil || len(runs.Items) != 11 {
		t.Fatalf("%d runs, %v; want 11", len(runs.Items), err)
	}
	for _, stored := range runs.Items {
		folded, err := foldAll(ctx, a, stored.ID)
		if err != nil {
			t.Fatalf("%s: %v", stored.ID, err)
		}
		if folded.Status != stored.Status || folded.Steps != stored.Steps || folded.Reason != stored.Reason {
			t.Errorf("%s: its log tells of %s after %d steps, its row of %s after %d", stored.ID, folded.Status, folded.Steps, stored.Status, stored.Steps)
		}
	}
	oldThings(t, a)

	// What was in the middle goes on where it was, and only what may.
	if err := a.Work(ctx); err != nil {
		t.Fatal(err)
	}
	goesOn(t, a, oldInterrupted, 4)
	for id, want := range map[string]agent.RunStatus{oldAsks: agent.RunIsWaiting, oldPaused: agent.RunIsPaused} {
		if run, err := a.Runs.Get(ctx, id); err != nil || run.Status != want {
			t.Errorf("%s is %s, %v; want %s", id, run.Status, err, want)
		}
	}
	if err := a.Engine.ResumeRun(ctx, oldPaused, "test"); err != nil {
		t.Fatal(err)
	}
	goesOn(t, a, oldPaused, 4)

	// What was learned is used, and learning goes on.
	before, err := a.Replay.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	launched, err := a.Launch(ctx, agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop"}, Seed: 21})
	if err != nil {
		t.Fatal(err)
	}
	ended(t, a, launched[0].ID)
	events, err := a.Runs.Events(ctx, launched[0].ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	begun := slices.IndexFunc(events, func(e agent.Event) bool { _, is := e.Data.(agent.RunStarted); return is })
	if begun < 0 {
		t.Fatal("the new run has no beginning")
	}
	// Chance may withhold all of them from this very run.
	if rules, err := a.Library.Usable(ctx, events[begun].Data.(agent.RunStarted).Scope); err != nil || len(rules.Rules) == 0 {
		t.Errorf("the rules of before are not for this world any more: %v", err)
	}
	if after, err := a.Replay.Stats(ctx); err != nil || after.Count <= before.Count {
		t.Errorf("the replay has %d trajectories, and had %d, %v", after.Count, before.Count, err)
	}

	// A change from before can be taken back.
	changes, err := a.Library.Changes(ctx, "", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	banned := slices.IndexFunc(changes, func(c catalog.LibraryChange) bool { return c.Action == agent.ActBan })
	if banned < 0 {
		t.Fatal("the ban is not in the log of changes")
	}
	if _, err := a.Library.Undo(ctx, "test", changes[banned].Revision); err != nil {
		t.Error(err)
	}
}

// oldThings looks for what people left.
func oldThings(t *testing.T, a *App) {
	t.Helper()
	ctx := t.Context()
	rules, err := a.Library.List(ctx, catalog.HeuristicQuery{Limit: 100})
	if err != nil || rules.Total != 17 {
		t.Errorf("%d rules, %v; want 17", rules.Total, err)
	}
	taught, err := a.Library.Get(ctx, oldTaught)
	if err != nil || taught.Title != "Take the key first" || !taught.Pinned {
		t.Errorf("the taught rule is %+v, %v", taught, err)
	}
	if versions, err := a.Library.Versions(ctx, oldTaught); err != nil || len(versions) < 2 {
		t.Errorf("%d versions of the taught rule, %v; want its edit", len(versions), err)
	}
	if snapshots, err := a.Snapshots.List(ctx); err != nil || !slices.ContainsFunc(snapshots, func(s catalog.Snapshot) bool { return s.Name == "Before the upgrade" }) {
		t.Errorf("snapshots %+v, %v", snapshots, err)
	}
	if word, err := a.PhiWords.Of(ctx, oldCorrected, 2); err != nil || word == nil || word.Phi != 3.5 {
		t.Errorf("the Φ set by hand is %+v, %v", word, err)
	}
	box, err := secrets.Open(filepath.Join(a.cfg.Data, connections.KeyFile), "")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := a.db.Connections(box).ForUse(ctx, "mine"); err != nil || c.Key != "sk-upgrade-0123456789" {
		t.Errorf("the key of the connection can't be read: %v", err)
	}
	if views, err := a.Views.List(ctx, "runs"); err != nil || !slices.ContainsFunc(views, func(v catalog.SavedView) bool { return v.Name == "Mazes" }) {
		t.Errorf("views %+v, %v", views, err)
	}
	if x, err := a.Lab.Get(ctx, oldExperiment); err != nil || x.Status != experiments.ExperimentFinished || x.Report == "" {
		t.Errorf("the experiment is %s, %v", x.Status, err)
	}
}

// unpacked copies an installation into a folder of the test's own.
func unpacked(t *testing.T, from string) string {
	t.Helper()
	folder := t.TempDir()
	packed, err := os.Open(filepath.Join(from, "purpose.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	database, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(from, connections.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{DatabaseFile: database, connections.KeyFile: key} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// foldAll is the run that its log tells of.
func foldAll(ctx context.Context, a *App, id string) (agent.Run, error) {
	events, err := a.Runs.Events(ctx, id, 0, 1000)
	run := agent.Run{ID: id}
	for _, e := range events {
		run = run.Fold(e)
	}
	return run, err
}

// goesOn waits until a run has a step, which has to be the next one, and stops it.
func goesOn(t *testing.T, a *App, id string, step int) {
	t.Helper()
	found := false
	for e, err := range a.Engine.Follow(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if taken, is := e.Data.(agent.StepTaken); is && taken.Step.Index == step && !found {
			found = true
			if err := a.Engine.StopRun(t.Context(), id, "test"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if run := ended(t, a, id); !found || run.Status != agent.RunIsStopped || run.Steps < step {
		t.Errorf("%s is %s (%s) after %d steps", id, run.Status, run.Reason, run.Steps)
	}
}

// ended waits for a run's terminal event.
func ended(t *testing.T, a *App, id string) agent.Run {
	t.Helper()
	for _, err := range a.Engine.Follow(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
	}
	run, err := a.Runs.Get(t.Context(), id)
	if err != nil || !run.Status.Final() {
		t.Fatalf("%s is %s, %v", id, run.Status, err)
	}
	return run
}
