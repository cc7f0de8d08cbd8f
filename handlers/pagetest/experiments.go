package pagetest

import (
	"embed"
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/models"
)

// AddExperiments writes experiments into the store as far as they have come, as the
// workers of the Lab write them. No lease is left: a test may go on with them.
func (s *Store) AddExperiments(t testing.TB, all ...experiments.Experiment) {
	t.Helper()
	for i := range all {
		s.addExperiment(t, &all[i])
	}
}

func (s *Store) addExperiment(t testing.TB, x *experiments.Experiment) {
	t.Helper()
	s.At(x.CreatedAt)
	defer s.At(Noon)
	asked := *x
	asked.Status = experiments.ExperimentQueued
	if err := s.Experiments().Create(t.Context(), asked, nil); err != nil {
		t.Fatal(err)
	}
	if x.StartedAt == nil {
		return
	}
	s.At(*x.StartedAt)
	w := s.workOn(t, x.ID, 0)
	w.Progress(x.Progress)
	if x.EndedAt != nil {
		s.At(*x.EndedAt)
		w.End(experiments.ExperimentEnd{Status: x.Status, Reason: x.Reason, Verdict: x.Verdict, Effect: x.Effect, Report: x.Report})
	}
}

// Worker is a test that works an experiment: what it says is stored, and there is
// nothing else that it does.
type Worker struct {
	t     testing.TB
	store *models.Experiments
	claim *experiments.ExperimentClaim
}

// WorkOn takes the lease of an experiment, for a minute.
func (s *Store) WorkOn(t testing.TB, id string) *Worker {
	t.Helper()
	return s.workOn(t, id, time.Minute)
}

func (s *Store) workOn(t testing.TB, id string, lease time.Duration) *Worker {
	t.Helper()
	w := &Worker{t: t, store: s.Experiments()}
	var err error
	if w.claim, err = w.store.Claim(t.Context(), id, "test", lease); err != nil {
		t.Fatal(err)
	}
	return w
}

// Progress says how far the experiment is, and returns who asked to cancel it, ""
// if nobody did.
func (w *Worker) Progress(p experiments.ExperimentProgress) (cancelBy string) {
	w.t.Helper()
	by, err := w.store.Renew(w.t.Context(), w.claim, time.Minute, &p)
	if err != nil {
		w.t.Fatal(err)
	}
	return by
}

// End ends the experiment.
func (w *Worker) End(end experiments.ExperimentEnd) {
	w.t.Helper()
	if err := w.store.End(w.t.Context(), w.claim, time.Hour, end); err != nil {
		w.t.Fatal(err)
	}
}

//go:embed testdata/lab
var reports embed.FS

// sampleReportOf reads a report that the lab wrote.
func sampleReportOf(t testing.TB, name string) (*lab.Report, *lab.WorldsReport) {
	t.Helper()
	raw, err := reports.ReadFile("testdata/lab/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	o, err := agent.ParseObject(raw)
	if err != nil {
		t.Fatal(err)
	}
	report, worlds, err := lab.ParseReport(o)
	if err != nil {
		t.Fatal(err)
	}
	return report, worlds
}

// SampleExperiment is a finished one with the report of the name, after change.
func SampleExperiment(t testing.TB, id, name string, change func(*lab.Report)) experiments.Experiment {
	t.Helper()
	x := experiments.Experiment{ID: id, Status: experiments.ExperimentFinished, By: ui.Person, CreatedAt: Noon.Add(-time.Hour), StartedAt: timeAt(-time.Hour), EndedAt: timeAt(-time.Minute)}
	report, worlds := sampleReportOf(t, name)
	if change != nil {
		change(report)
	}
	ask := lab.Request{}
	x.Progress.Arms = map[string]experiments.ArmProgress{}
	if report != nil {
		ask.Spec = report.Spec
		x.Report, x.Verdict, x.ConfigHash, x.Effect = agent.MustObject(report), report.Verdict, report.ConfigHash, report.Effect()
		for arm, a := range report.Arms {
			x.Progress.Arms[string(arm)] = experiments.ArmProgress{N: a.N, Successes: a.Successes}
		}
	} else {
		ask.Spec, ask.Worlds = worlds.Worlds[0].Spec, worlds.Numbers
		x.Report, x.Verdict, x.ConfigHash, x.Effect = agent.MustObject(worlds), worlds.Verdict, worlds.ConfigHash, worlds.Effect()
		for arm, a := range worlds.Arms {
			x.Progress.Arms[string(arm)] = experiments.ArmProgress{N: a.N, Successes: a.Successes}
		}
	}
	x.Environment, x.Name = ask.Spec.Environment.Name, ask.Spec.Environment.Name+": "+name
	x.Spec = agent.MustObject(ask)
	return x
}

func timeAt(d time.Duration) *time.Time {
	t := Noon.Add(d)
	return &t
}

// truthful gives a report what an environment with secrets and a run under
// stress add to it.
func truthful(r *lab.Report) {
	precision, recall := .91, .84
	r.InTrial = 12
	r.Truth = &lab.TruthReport{Facts: 25, Found: 21, Rules: 33, Right: 30, Precision: &precision, Recall: &recall}
	r.Pollution = &lab.PollutionReport{Rules: 100, Distractors: 300, Share: .75, Source: "workshop, world 2"}
}

// broken lets the placebo break after ten tasks.
func broken(r *lab.Report) {
	r.Arms[lab.Placebo].Error = "the model server closed the connection"
	r.Arms[lab.Placebo].N, r.Arms[lab.Placebo].Successes = 10, 3
	delete(r.Comparisons, "on-placebo")
	seen := 0
	r.Outcomes = slices.DeleteFunc(r.Outcomes, func(o lab.Outcome) bool {
		if o.Arm == lab.Placebo {
			seen++
		}
		return o.Arm == lab.Placebo && seen > 10
	})
	r.Alarms = append(r.Alarms, "The arm placebo broke after 10 tasks: the model server closed the connection.")
}

// SampleExperiments are in every state that pages treat apart, newest first.
func SampleExperiments(t testing.TB) []experiments.Experiment {
	t.Helper()
	running := SampleExperiment(t, "x_running", "one", nil)
	running.Status, running.Report, running.Verdict, running.Effect, running.EndedAt = experiments.ExperimentRunning, "", "", nil, nil
	running.Progress = experiments.ExperimentProgress{World: 3, Of: 10, Phase: "testing", Done: 240, Total: 400,
		Arms: map[string]experiments.ArmProgress{"off": {N: 80, Successes: 9}, "on": {N: 80, Successes: 71}, "placebo": {N: 80, Successes: 20}, "append-successes": {}}}
	queued := running
	queued.ID, queued.Name, queued.Status, queued.StartedAt = "x_queued", "workshop: queued", experiments.ExperimentQueued, nil
	ended := func(id string, status experiments.ExperimentStatus, reason string) experiments.Experiment {
		x := running
		x.ID, x.Name, x.Status, x.Reason, x.EndedAt = id, "workshop: "+string(status), status, reason, timeAt(-time.Minute)
		return x
	}
	failed := ended("x_failed", experiments.ExperimentFailed, "the environment could not be made: no space left")
	failed.Progress = experiments.ExperimentProgress{}
	all := []experiments.Experiment{running, queued,
		SampleExperiment(t, "x_one", "one", truthful), SampleExperiment(t, "x_worlds", "worlds", nil), SampleExperiment(t, "x_weak", "weak", nil),
		SampleExperiment(t, "x_negative", "negative", nil), SampleExperiment(t, "x_broken", "one", broken), failed,
		ended("x_cancelled", experiments.ExperimentCancelled, "cancelled by human")}
	for i := range all {
		all[i].CreatedAt = all[i].CreatedAt.Add(time.Duration(len(all)-i) * time.Millisecond)
	}
	return all
}
