package lab_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/internal/lab"
	"purposeagent/models"
)

// office is a data folder with its jobs.
type office struct {
	db   *models.DB
	jobs *lab.Jobs
	wire func(cfg *lab.Config)
}

func openOffice(t *testing.T) *office {
	t.Helper()
	db, err := models.Open(t.Context(), models.Config{Path: t.TempDir() + "/purpose.db"})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{db: db, wire: func(*lab.Config) {}}
	o.jobs = o.staff("first")
	t.Cleanup(func() {
		if err := errors.Join(o.jobs.Stop(context.Background()), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *office) staff(owner string) *lab.Jobs {
	return lab.NewJobs(lab.JobsConfig{Store: o.db.Experiments(), Owner: owner, Logger: slog.New(slog.DiscardHandler),
		Wire: func(_ context.Context, spec lab.Spec) (lab.Config, error) {
			registry, err := newRegistry()
			if err != nil {
				return lab.Config{}, err
			}
			w, err := worldOf(registry, spec.Environment.Name)
			if err != nil {
				return lab.Config{}, agent.InvalidFields(map[string]string{"environment": err.Error()})
			}
			cfg := lab.Config{World: w, Roles: roles()}
			o.wire(&cfg)
			return cfg, nil
		}})
}

// wait follows an experiment to its end.
func wait(t *testing.T, jobs *lab.Jobs, id string) experiments.Experiment {
	t.Helper()
	var last experiments.Experiment
	for e, err := range jobs.Follow(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		last = e
	}
	return last
}

func small(train, test int) lab.Request {
	return lab.Request{Spec: lab.Spec{Train: train, Test: test, Arms: []lab.Arm{lab.On, lab.Off}, Environment: agent.EnvironmentRef{Name: "workshop"}}}
}

func TestJobs(t *testing.T) {
	o := openOffice(t)
	ask := small(5, 4)
	planned, err := o.jobs.Plan(t.Context(), ask)
	if err != nil || planned.Spec.TestFrom == 0 || planned.Name != "workshop: 5 training and 4 test tasks" {
		t.Fatalf("%+v, %v", planned, err)
	}
	e, err := o.jobs.Start(t.Context(), "ada", ask)
	if err != nil || e.Status != experiments.ExperimentQueued || e.ConfigHash != planned.Spec.Hash() || e.By != "ada" {
		t.Fatalf("%+v, %v", e, err)
	}
	ask.Worlds = []int64{1, 2}
	several, err := o.jobs.Start(t.Context(), "ada", ask)
	if err != nil {
		t.Fatal(err)
	}
	o.jobs.Work(t.Context())
	want := run(t, config(t, "workshop"), planned.Spec)
	done := wait(t, o.jobs, e.ID)
	one, _, err := lab.ParseReport(done.Report)
	if err != nil || one == nil || done.Status != experiments.ExperimentFinished || !bytes.Equal(text(t, one), text(t, want)) || done.Verdict != want.Verdict {
		t.Errorf("%+v, %v", done, err)
	}
	if p := done.Progress; p.Phase != "testing" || p.Done != 8 || p.Total != 8 || p.Arms["on"].N != 4 {
		t.Errorf("progress %+v", p)
	}
	done = wait(t, o.jobs, several.ID)
	if _, worlds, err := lab.ParseReport(done.Report); err != nil || worlds == nil || worlds.ConfigHash != several.ConfigHash || done.Progress.Of != 2 {
		t.Errorf("%+v, %v", done, err)
	}
	if again, err := lab.ParseRequest(done.Spec); err != nil || len(again.Worlds) != 2 || again.Spec.Train != 5 {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestJobsCancelResumeAndSurvive: a person cancels and resumes, a server is
// stopped and started, and the report is that of the undisturbed experiment.
func TestJobsCancelResumeAndSurvive(t *testing.T) {
	o := openOffice(t)
	ask := small(40, 12)
	want := text(t, run(t, config(t, "workshop"), ask.Spec))
	var whole atomic.Bool // until then every task waits, so that it is caught in the middle
	o.wire = func(cfg *lab.Config) {
		open := cfg.World.New
		cfg.World.New = func(c agent.Object) (agent.Environment, error) {
			if !whole.Load() {
				time.Sleep(100 * time.Millisecond)
			}
			return open(c)
		}
	}
	e, err := o.jobs.Start(t.Context(), "ada", ask)
	if err != nil {
		t.Fatal(err)
	}
	o.jobs.Work(t.Context())
	until(t, o.jobs, e.ID, func(e experiments.Experiment) bool { return e.Progress.Done >= 3 })
	asked := time.Now()
	if err := o.jobs.Cancel(t.Context(), e.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	if e := wait(t, o.jobs, e.ID); e.Status != experiments.ExperimentCancelled || e.Reason != "cancelled by bob" {
		t.Errorf("%+v", e)
	}
	if took := time.Since(asked); took > 5*time.Second { // a second, and a busy machine
		t.Errorf("cancelling took %s", took)
	}
	if err := o.jobs.Cancel(t.Context(), e.ID, "bob"); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
	if err := o.jobs.Resume(t.Context(), e.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	until(t, o.jobs, e.ID, func(e experiments.Experiment) bool {
		return e.Status == experiments.ExperimentRunning && e.Progress.Done >= 8
	})
	if err := o.jobs.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e, err := o.jobs.Get(t.Context(), e.ID); err != nil || e.Status != experiments.ExperimentRunning {
		t.Errorf("after the server stopped it is %s, %v", e.Status, err)
	}
	whole.Store(true)
	o.jobs = o.staff("second") // the next start, with whom another one shares the work
	o.jobs.Work(t.Context())
	done := wait(t, o.jobs, e.ID)
	one, _, err := lab.ParseReport(done.Report)
	if err != nil || one == nil {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := text(t, one); !bytes.Equal(got, want) {
		t.Errorf("the report is\n%s\nwant\n%s", got, want)
	}
}

// until follows an experiment to a moment.
func until(t *testing.T, jobs *lab.Jobs, id string, moment func(experiments.Experiment) bool) {
	t.Helper()
	for e, err := range jobs.Follow(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if moment(e) {
			return
		}
		if e.Status.Final() {
			t.Fatalf("it ended before: %+v", e)
		}
	}
}

// TestTwoWorkers: one that lost its lease writes nothing more.
func TestTwoWorkers(t *testing.T) {
	o := openOffice(t)
	e, err := o.jobs.Start(t.Context(), "ada", small(5, 4))
	if err != nil {
		t.Fatal(err)
	}
	var stolen atomic.Bool
	o.wire = func(cfg *lab.Config) {
		whole := cfg.World.New
		cfg.World.New = func(c agent.Object) (agent.Environment, error) {
			if !stolen.Swap(true) {
				steal(t, o.db, e.ID)
			}
			return whole(c)
		}
	}
	if _, err := o.jobs.Run(t.Context(), e.ID, nil); err != nil {
		t.Fatal(err)
	}
	if e, err := o.jobs.Get(t.Context(), e.ID); err != nil || e.Status != experiments.ExperimentRunning {
		t.Errorf("the one without the lease ended it: %s, %v", e.Status, err)
	}
}

// steal takes the lease as if the holder had slept.
func steal(t *testing.T, db *models.DB, id string) {
	t.Helper()
	if _, err := db.SQL().ExecContext(t.Context(), `UPDATE experiments SET epoch = epoch + 1 WHERE id = ?`, id); err != nil {
		t.Error(err)
	}
}

func TestAJobThatFails(t *testing.T) {
	o := openOffice(t)
	var broken atomic.Bool
	broken.Store(true)
	o.wire = func(cfg *lab.Config) {
		whole := cfg.Roles.Actor
		cfg.Roles.Actor = func() (agent.Decider, error) {
			if broken.Load() {
				panic("the actor broke")
			}
			return whole()
		}
	}
	e, err := o.jobs.Start(t.Context(), "ada", small(5, 4))
	if err != nil {
		t.Fatal(err)
	}
	o.jobs.Work(t.Context())
	if e := wait(t, o.jobs, e.ID); e.Status != experiments.ExperimentFailed || !strings.Contains(e.Reason, "the actor broke") || strings.Contains(e.Reason, "goroutine") {
		t.Errorf("%+v", e)
	}
	broken.Store(false)
	if err := o.jobs.Resume(t.Context(), e.ID, "ada"); err != nil {
		t.Fatal(err)
	}
	if e := wait(t, o.jobs, e.ID); e.Status != experiments.ExperimentFinished {
		t.Errorf("%+v", e)
	}
	if err := o.jobs.Resume(t.Context(), e.ID, "ada"); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
	if n, err := o.jobs.Delete(t.Context(), "ada", []string{e.ID}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, err := range o.jobs.Follow(t.Context(), e.ID) {
		if agent.CodeOf(err) != agent.CodeNotFound {
			t.Errorf("following what is gone: %v", err)
		}
	}
}

func TestWrongRequests(t *testing.T) {
	o := openOffice(t)
	for _, tt := range []struct {
		name   string
		change func(r *lab.Request)
		field  string
	}{
		{"a long name", func(r *lab.Request) { r.Name = strings.Repeat("x", 500) }, "name"},
		{"two lines", func(r *lab.Request) { r.Name = "a\nb" }, "name"},
		{"no environment", func(r *lab.Request) { r.Spec.Environment.Name = "" }, "environment"},
		{"one world", func(r *lab.Request) { r.Worlds = []int64{4} }, "worlds"},
		{"no worlds there", func(r *lab.Request) { r.Spec.Environment.Name, r.Worlds = "maze", []int64{1, 2} }, "worlds"},
		{"overlap", func(r *lab.Request) { r.Spec.TrainFrom, r.Spec.TestFrom = 10, 12 }, "test-from"},
		{"one task", func(r *lab.Request) { r.Spec.Test = 1 }, "test"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ask := small(5, 4)
			tt.change(&ask)
			_, planned := o.jobs.Plan(t.Context(), ask)
			_, started := o.jobs.Start(t.Context(), "ada", ask)
			for _, err := range []error{planned, started} {
				if e, ok := errors.AsType[*agent.Error](err); !ok || e.Code != agent.CodeInvalid || e.Fields[tt.field] == "" {
					t.Errorf("error %v, want one of %s", said(err), tt.field)
				}
			}
		})
	}
	if page, err := o.jobs.List(t.Context(), experiments.ExperimentQuery{}); err != nil || len(page.Items) != 0 {
		t.Errorf("%d were stored all the same, %v", len(page.Items), err)
	}
}
