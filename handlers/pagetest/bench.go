package pagetest

import (
	"context"
	"embed"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// Bench is a Lab in memory, newest first. It works nothing: tests say how far
// an experiment is.
type Bench struct {
	All     []experiments.Experiment
	Asked   []lab.Request
	Steered []string
	refuse  error // what Plan and Start answer
}

func (b *Bench) List(_ context.Context, q experiments.ExperimentQuery) (catalog.Page[experiments.Experiment], error) {
	var page catalog.Page[experiments.Experiment]
	skip := q.Cursor != ""
	for _, x := range b.All {
		if skip {
			skip = x.ID != q.Cursor
			continue
		}
		if len(q.Status) > 0 && !slices.Contains(q.Status, x.Status) || q.Environment != "" && q.Environment != x.Environment ||
			!strings.Contains(x.Name+x.Verdict+x.ID, q.Text) {
			continue
		}
		page.Total++
		if len(page.Items) == q.Limit {
			page.Next = page.Items[len(page.Items)-1].ID
			break
		}
		x.Report = ""
		page.Items = append(page.Items, x)
	}
	return page, nil
}

// At returns the place of an experiment.
func (b *Bench) At(id string) (int, error) {
	if i := slices.IndexFunc(b.All, func(x experiments.Experiment) bool { return x.ID == id }); i >= 0 {
		return i, nil
	}
	return 0, agent.Errorf(agent.CodeNotFound, "there is no experiment %s", id)
}

func (b *Bench) Get(_ context.Context, id string) (experiments.Experiment, error) {
	i, err := b.At(id)
	if err != nil {
		return experiments.Experiment{}, err
	}
	return b.All[i], nil
}

func (b *Bench) Plan(_ context.Context, ask lab.Request) (lab.Request, error) {
	ask.Spec = ask.Spec.WithDefaults()
	if b.refuse != nil {
		return ask, b.refuse
	}
	plain := ask.Spec
	plain.Arms = slices.DeleteFunc(slices.Clone(plain.Arms), func(a lab.Arm) bool { return strings.Contains(string(a), ":") || a == lab.Explorer })
	if plain.Source == lab.SourceLibrary {
		plain.Train = 1 // it trains nothing; the lab itself knows
	}
	return ask, plain.Check()
}

func (b *Bench) Start(ctx context.Context, by string, ask lab.Request) (experiments.Experiment, error) {
	planned, err := b.Plan(ctx, ask)
	if err != nil {
		return experiments.Experiment{}, err
	}
	b.Asked = append(b.Asked, ask)
	x := experiments.Experiment{ID: fmt.Sprintf("x_%d", len(b.All)+1), Name: "asked", Environment: ask.Spec.Environment.Name, By: by,
		Status: experiments.ExperimentQueued, Spec: agent.MustObject(planned), CreatedAt: Noon}
	b.All = slices.Insert(b.All, 0, x)
	return x, nil
}

func (b *Bench) steer(verb, id string, allowed func(experiments.ExperimentStatus) bool) error {
	i, err := b.At(id)
	if err != nil {
		return err
	}
	if !allowed(b.All[i].Status) {
		return agent.Errorf(agent.CodeConflict, "the experiment %s is %s", id, b.All[i].Status)
	}
	b.Steered = append(b.Steered, verb+" "+id)
	return nil
}

func (b *Bench) Cancel(_ context.Context, id, by string) error {
	return b.steer("cancel by "+by, id, func(s experiments.ExperimentStatus) bool { return !s.Final() })
}

func (b *Bench) Resume(_ context.Context, id, by string) error {
	return b.steer("resume by "+by, id, func(s experiments.ExperimentStatus) bool { return s.Final() && s != experiments.ExperimentFinished })
}

func (b *Bench) Delete(_ context.Context, by string, ids []string) (int, error) {
	before := len(b.All)
	b.All = slices.DeleteFunc(b.All, func(x experiments.Experiment) bool { return slices.Contains(ids, x.ID) })
	b.Steered = append(b.Steered, "delete by "+by+" "+strings.Join(ids, ","))
	return before - len(b.All), nil
}

func (b *Bench) Follow(ctx context.Context, id string) iter.Seq2[experiments.Experiment, error] {
	return func(yield func(experiments.Experiment, error) bool) { yield(b.Get(ctx, id)) }
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

// NewBench holds experiments in every state that pages treat apart.
func NewBench(t testing.TB) *Bench {
	running := SampleExperiment(t, "x_running", "one", nil)
	running.Status, running.Report, running.Verdict, running.Effect, running.EndedAt = experiments.ExperimentRunning, "", "", nil, nil
	running.Progress = experiments.ExperimentProgress{World: 3, Of: 10, Phase: "testing", Done: 240, Total: 400,
		Arms: map[string]experiments.ArmProgress{"off": {N: 80, Successes: 9}, "on": {N: 80, Successes: 71}, "placebo": {N: 80, Successes: 20}, "append-successes": {}}}
	queued := running
	queued.ID, queued.Name, queued.Status, queued.StartedAt, queued.Progress = "x_queued", "workshop: queued", experiments.ExperimentQueued, nil, experiments.ExperimentProgress{}
	failed := queued
	failed.ID, failed.Name, failed.Status, failed.Reason = "x_failed", "workshop: failed", experiments.ExperimentFailed, "the environment could not be made: no space left"
	cancelled := running
	cancelled.ID, cancelled.Name, cancelled.Status, cancelled.Reason = "x_cancelled", "workshop: cancelled", experiments.ExperimentCancelled, "cancelled by human"
	return &Bench{All: []experiments.Experiment{running, queued,
		SampleExperiment(t, "x_one", "one", truthful), SampleExperiment(t, "x_worlds", "worlds", nil), SampleExperiment(t, "x_weak", "weak", nil),
		SampleExperiment(t, "x_negative", "negative", nil), SampleExperiment(t, "x_broken", "one", broken), failed, cancelled}}
}
