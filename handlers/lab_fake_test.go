package handlers

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/lab"
	"purposeagent/views/pages"
)

// bench is a Lab in memory, newest first. It works nothing: tests say how far
// an experiment is.
type bench struct {
	all     []agent.Experiment
	asked   []lab.Request
	steered []string
	refuse  error // what Plan and Start answer
}

var _ Lab = (*bench)(nil)

func (b *bench) List(_ context.Context, q agent.ExperimentQuery) (agent.Page[agent.Experiment], error) {
	var page agent.Page[agent.Experiment]
	skip := q.Cursor != ""
	for _, x := range b.all {
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

func (b *bench) at(id string) (int, error) {
	if i := slices.IndexFunc(b.all, func(x agent.Experiment) bool { return x.ID == id }); i >= 0 {
		return i, nil
	}
	return 0, agent.Errorf(agent.CodeNotFound, "there is no experiment %s", id)
}

func (b *bench) Get(_ context.Context, id string) (agent.Experiment, error) {
	i, err := b.at(id)
	if err != nil {
		return agent.Experiment{}, err
	}
	return b.all[i], nil
}

func (b *bench) Plan(_ context.Context, ask lab.Request) (lab.Request, error) {
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

func (b *bench) Start(ctx context.Context, by string, ask lab.Request) (agent.Experiment, error) {
	planned, err := b.Plan(ctx, ask)
	if err != nil {
		return agent.Experiment{}, err
	}
	b.asked = append(b.asked, ask)
	x := agent.Experiment{ID: fmt.Sprintf("x_%d", len(b.all)+1), Name: "asked", Environment: ask.Spec.Environment.Name, By: by,
		Status: agent.ExperimentQueued, Spec: agent.MustObject(planned), CreatedAt: noon}
	b.all = slices.Insert(b.all, 0, x)
	return x, nil
}

func (b *bench) steer(verb, id string, allowed func(agent.ExperimentStatus) bool) error {
	i, err := b.at(id)
	if err != nil {
		return err
	}
	if !allowed(b.all[i].Status) {
		return agent.Errorf(agent.CodeConflict, "the experiment %s is %s", id, b.all[i].Status)
	}
	b.steered = append(b.steered, verb+" "+id)
	return nil
}

func (b *bench) Cancel(_ context.Context, id, by string) error {
	return b.steer("cancel by "+by, id, func(s agent.ExperimentStatus) bool { return !s.Final() })
}

func (b *bench) Resume(_ context.Context, id, by string) error {
	return b.steer("resume by "+by, id, func(s agent.ExperimentStatus) bool { return s.Final() && s != agent.ExperimentFinished })
}

func (b *bench) Delete(_ context.Context, by string, ids []string) (int, error) {
	before := len(b.all)
	b.all = slices.DeleteFunc(b.all, func(x agent.Experiment) bool { return slices.Contains(ids, x.ID) })
	b.steered = append(b.steered, "delete by "+by+" "+strings.Join(ids, ","))
	return before - len(b.all), nil
}

func (b *bench) Follow(ctx context.Context, id string) iter.Seq2[agent.Experiment, error] {
	return func(yield func(agent.Experiment, error) bool) { yield(b.Get(ctx, id)) }
}

// sampleReportOf reads a report that the lab wrote.
func sampleReportOf(t testing.TB, name string) (*lab.Report, *lab.WorldsReport) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "lab", name+".json"))
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

// sampleExperiment is a finished one with the report of the name, after change.
func sampleExperiment(t testing.TB, id, name string, change func(*lab.Report)) agent.Experiment {
	t.Helper()
	x := agent.Experiment{ID: id, Status: agent.ExperimentFinished, By: person, CreatedAt: noon.Add(-time.Hour), StartedAt: timeAt(-time.Hour), EndedAt: timeAt(-time.Minute)}
	report, worlds := sampleReportOf(t, name)
	if change != nil {
		change(report)
	}
	ask := lab.Request{}
	x.Progress.Arms = map[string]agent.ArmProgress{}
	if report != nil {
		ask.Spec = report.Spec
		x.Report, x.Verdict, x.ConfigHash, x.Effect = agent.MustObject(report), report.Verdict, report.ConfigHash, report.Effect()
		for arm, a := range report.Arms {
			x.Progress.Arms[string(arm)] = agent.ArmProgress{N: a.N, Successes: a.Successes}
		}
	} else {
		ask.Spec, ask.Worlds = worlds.Worlds[0].Spec, worlds.Numbers
		x.Report, x.Verdict, x.ConfigHash, x.Effect = agent.MustObject(worlds), worlds.Verdict, worlds.ConfigHash, worlds.Effect()
		for arm, a := range worlds.Arms {
			x.Progress.Arms[string(arm)] = agent.ArmProgress{N: a.N, Successes: a.Successes}
		}
	}
	x.Environment, x.Name = ask.Spec.Environment.Name, ask.Spec.Environment.Name+": "+name
	x.Spec = agent.MustObject(ask)
	return x
}

func timeAt(d time.Duration) *time.Time {
	t := noon.Add(d)
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

// newBench holds experiments in every state that pages treat apart.
func newBench(t testing.TB) *bench {
	running := sampleExperiment(t, "x_running", "one", nil)
	running.Status, running.Report, running.Verdict, running.Effect, running.EndedAt = agent.ExperimentRunning, "", "", nil, nil
	running.Progress = agent.ExperimentProgress{World: 3, Of: 10, Phase: "testing", Done: 240, Total: 400,
		Arms: map[string]agent.ArmProgress{"off": {N: 80, Successes: 9}, "on": {N: 80, Successes: 71}, "placebo": {N: 80, Successes: 20}, "append-successes": {}}}
	queued := running
	queued.ID, queued.Name, queued.Status, queued.StartedAt, queued.Progress = "x_queued", "workshop: queued", agent.ExperimentQueued, nil, agent.ExperimentProgress{}
	failed := queued
	failed.ID, failed.Name, failed.Status, failed.Reason = "x_failed", "workshop: failed", agent.ExperimentFailed, "the environment could not be made: no space left"
	cancelled := running
	cancelled.ID, cancelled.Name, cancelled.Status, cancelled.Reason = "x_cancelled", "workshop: cancelled", agent.ExperimentCancelled, "cancelled by human"
	return &bench{all: []agent.Experiment{running, queued,
		sampleExperiment(t, "x_one", "one", truthful), sampleExperiment(t, "x_worlds", "worlds", nil), sampleExperiment(t, "x_weak", "weak", nil),
		sampleExperiment(t, "x_negative", "negative", nil), sampleExperiment(t, "x_broken", "one", broken), failed, cancelled}}
}

func labSite(t testing.TB, b *bench) site {
	return newSite(t, func(c *Config) { c.Lab = b })
}

// chartCurves are curves with labels at some heights.
func chartCurves(at []float64) []pages.Curve {
	var out []pages.Curve
	for _, y := range at {
		out = append(out, pages.Curve{EndText: "x", LabelY: px(y)})
	}
	return out
}
