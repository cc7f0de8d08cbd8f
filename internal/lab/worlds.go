package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"purposeagent/agent"
	"purposeagent/agent/stats"
)

// WorldsFormat names the form of a WorldsReport.
const WorldsFormat = "purpose-lab-worlds/1"

// MaxWorlds bounds the worlds of one experiment.
const MaxWorlds = 200

// WorldsReport is the same experiment in several worlds. The world is the unit
// of every interval: tasks of one world share one training, so they are not
// independent evidence that memory helps elsewhere.
type WorldsReport struct {
	Format      string                       `json:"format"`
	ConfigHash  string                       `json:"config_hash"` // over those of the worlds
	Verdict     string                       `json:"verdict"`
	Numbers     []int64                      `json:"numbers"`
	Arms        map[Arm]*WorldsArm           `json:"arms"`
	Comparisons map[string]*WorldsComparison `json:"comparisons"`
	Curve       []WorldsPoint                `json:"curve,omitempty"`
	Promoted    int                          `json:"promoted"` // in all worlds together
	InTrial     int                          `json:"in_trial"`
	Truth       *TruthReport                 `json:"truth,omitempty"` // all worlds added up
	Failed      map[int64]string             `json:"failed,omitempty"`
	Worlds      []*Report                    `json:"worlds"` // in the order of Numbers, without the failed
	Seconds     float64                      `json:"seconds"`
}

// WorldsArm sums up an arm: counts over all tasks, share and interval over worlds.
type WorldsArm struct {
	N         int     `json:"n"`
	Successes int     `json:"successes"`
	MeanScore float64 `json:"mean_score"`
	MeanSteps float64 `json:"mean_steps"`
	Worlds    int     `json:"worlds"`
	Share     float64 `json:"success_rate"` // mean over worlds
	Low       float64 `json:"low"`          // Student t over worlds, and so are all intervals
	High      float64 `json:"high"`
	Lowest    float64 `json:"lowest"` // the world where it did worst
}

// WorldsComparison is On against another arm, over worlds.
type WorldsComparison struct {
	Against    Arm     `json:"against"`
	Worlds     int     `json:"n"`
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"` // Student t over worlds
	High       float64 `json:"high"`
	P          float64 `json:"p"` // sign-flip permutation over worlds
	Holm       float64 `json:"holm"`
	Above      int     `json:"above"` // worlds in which On solved more
	Below      int     `json:"below"` // worlds in which it solved fewer
	// Needed is how many worlds would show a difference of this size with 80 %
	// power; null where none was seen.
	Needed  *int    `json:"needed"`
	Finding Finding `json:"finding"`
}

// WorldsPoint is a point of the learning curve, over worlds.
type WorldsPoint struct {
	Tasks int     `json:"tasks"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// RunWorlds does the experiment in each of the worlds and sums it up with the
// world as the unit. A world that fails is reported and the others go on; if
// all do, the last one's error is returned. Errors are otherwise as for Run.
func RunWorlds(ctx context.Context, cfg Config, spec Spec, numbers []int64) (*WorldsReport, error) {
	parts, err := planWorlds(ctx, cfg, spec, numbers)
	if err != nil {
		return nil, err
	}
	now := parts[0].cfg.Now
	began := now()
	r := &WorldsReport{Format: WorldsFormat, ConfigHash: HashOf(specsOf(parts)), Numbers: numbers, Failed: map[int64]string{}}
	reports, errs, err := runParts(ctx, parts)
	if err != nil {
		return nil, err
	}
	var last error
	for i, report := range reports {
		if errs[i] != nil {
			r.Failed[numbers[i]], last = agent.MessageOf(errs[i]), errs[i]
			continue
		}
		r.Worlds = append(r.Worlds, report)
		r.Promoted, r.InTrial = r.Promoted+report.Promoted, r.InTrial+report.InTrial
	}
	if len(r.Worlds) == 0 {
		return nil, last
	}
	r.fill(parts[0].spec)
	r.Seconds = (cfg.Before + now().Sub(began)).Seconds()
	return r, nil
}

// runParts does the worlds, as many at once as Config.Parallel says: a training
// is one task after the other, so that the cores would wait for it else. What a
// world comes to does not depend on the others. The errors are those of each
// world; err is what ended all of them.
func runParts(ctx context.Context, parts []*experiment) (reports []*Report, errs []error, err error) {
	reports, errs = make([]*Report, len(parts)), make([]error, len(parts))
	together := min(parts[0].cfg.Parallel, len(parts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i, e := range parts {
		e.cfg.Parallel = max(e.cfg.Parallel/together, 1)
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			reports[i], errs[i] = e.runWorld(ctx)
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case isJournal(errs[i]):
				return errs[i]
			}
			return nil
		})
	}
	return reports, errs, group.Wait()
}

// runWorld does the experiment in one world, unless the journal has its report.
func (e *experiment) runWorld(ctx context.Context) (*Report, error) {
	report := &Report{}
	kept, err := recall(ctx, e.journal, reportKey, report)
	switch {
	case err != nil:
		return nil, err
	case kept:
		for name, a := range report.Arms {
			e.tally.add(name, a.N, a.Successes)
		}
		return report, nil
	}
	if report, err = e.run(ctx); err != nil {
		return nil, err
	}
	return report, note(ctx, e.journal, reportKey, report)
}

// PlanWorlds returns the specification of each world: the given one with the
// number of the world. CodeInvalid where the environment has no such setting.
func PlanWorlds(ctx context.Context, cfg Config, spec Spec, numbers []int64) ([]Spec, error) {
	parts, err := planWorlds(ctx, cfg, spec, numbers)
	return specsOf(parts), err
}

func planWorlds(ctx context.Context, cfg Config, spec Spec, numbers []int64) ([]*experiment, error) {
	if spec.Suite != nil {
		return nil, agent.InvalidFields(map[string]string{"worlds": "do not go with a suite: its tasks have their own settings"})
	}
	invalid := func(format string, args ...any) ([]*experiment, error) {
		return nil, agent.InvalidFields(map[string]string{"worlds": fmt.Sprintf(format, args...)})
	}
	if !cfg.World.settings().world {
		return invalid("the environment %s has no worlds to choose from; leave it out", cfg.World.Name)
	}
	if len(numbers) < 2 || len(numbers) > MaxWorlds {
		return invalid("must be 2 to %d worlds, got %d", MaxWorlds, len(numbers))
	}
	cfg = cfg.withDefaults()
	cfg.Before = 0 // the time of all worlds is counted apart
	journal, together := cfg.Journal, &tally{}
	var parts []*experiment
	for i, n := range numbers {
		if slices.Contains(numbers[:i], n) {
			return invalid("world %d is listed twice", n)
		}
		s := spec
		s.Environment.Config = with(spec.Environment.Config, map[string]any{"world": n})
		s.ChangeConfig = changeOf(spec.ChangeConfig, i)
		title := fmt.Sprintf("world %d/", n)
		cfg.Journal = chapter{journal, title}
		e, err := plan(ctx, cfg, s)
		if err != nil {
			return nil, err
		}
		e.title, e.world, e.worlds, e.tally = title, i+1, len(numbers), together
		parts = append(parts, e)
	}
	return parts, nil
}

func specsOf(parts []*experiment) []Spec {
	specs := make([]Spec, len(parts))
	for i, e := range parts {
		specs[i] = e.spec
	}
	return specs
}

// HashOf identifies several specifications: SHA-256 of their hashes, one a line.
func HashOf(specs []Spec) string {
	h := sha256.New()
	for _, s := range specs {
		h.Write([]byte(s.Hash() + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// overWorlds returns the mean over worlds with its t interval, kept in the
// range in which shares (from 0) or their differences (from −1) can be.
func overWorlds(x []float64, least float64) stats.Difference {
	d := stats.MeanT(x)
	d.Low, d.High = max(d.Low, least), min(d.High, 1)
	return d
}

func (r *WorldsReport) fill(spec Spec) {
	rng := func(stream int) *rand.Rand { return rand.New(rand.NewPCG(uint64(spec.Seed), 0x0f0000+uint64(stream))) }
	r.Arms, r.Comparisons = map[Arm]*WorldsArm{}, map[string]*WorldsComparison{}
	var order []string
	var p []float64
	for i, name := range spec.Arms {
		a, shares := r.arm(name)
		if len(shares) > 0 {
			d := overWorlds(shares, 0)
			a.Share, a.Low, a.High, a.Lowest = d.Value, d.Low, d.High, slices.Min(shares)
		}
		r.Arms[name] = a
		var differences []float64
		for _, w := range r.Worlds {
			if c, ok := w.Comparisons[key(name)]; ok {
				differences = append(differences, c.Difference)
			}
		}
		if len(differences) == 0 {
			continue
		}
		d := overWorlds(differences, -1)
		r.Comparisons[key(name)] = &WorldsComparison{Against: name, Worlds: len(differences), Difference: d.Value, Low: d.Low, High: d.High,
			P: stats.SignFlip(differences, spec.Draws, rng(2*i+1))}
		order, p = append(order, key(name)), append(p, r.Comparisons[key(name)].P)
	}
	for i, corrected := range stats.Holm(p) {
		r.Comparisons[order[i]].Holm = corrected
	}
	r.decide()
	for k := range r.Worlds[0].Curve {
		var shares []float64
		for _, w := range r.Worlds {
			shares = append(shares, w.Curve[k].Share)
		}
		d := overWorlds(shares, 0)
		r.Curve = append(r.Curve, WorldsPoint{Tasks: r.Worlds[0].Curve[k].Tasks, Share: d.Value, Low: d.Low, High: d.High})
	}
	r.addTruth()
	r.judge(spec)
}

// addTruth adds up what the worlds' rules have of their secrets.
func (r *WorldsReport) addTruth() {
	for _, w := range r.Worlds {
		if w.Truth == nil {
			continue
		}
		if r.Truth == nil {
			r.Truth = &TruthReport{}
		}
		r.Truth.add(*w.Truth)
	}
}

// arm adds up one arm and returns its shares by world.
func (r *WorldsReport) arm(name Arm) (*WorldsArm, []float64) {
	a := &WorldsArm{}
	var shares []float64
	for _, w := range r.Worlds {
		x := w.Arms[name]
		if x.N == 0 || w.broke(name) {
			continue
		}
		a.Worlds++
		a.N, a.Successes = a.N+x.N, a.Successes+x.Successes
		a.MeanScore += x.MeanScore * float64(x.N)
		a.MeanSteps += x.MeanSteps * float64(x.N)
		shares = append(shares, x.SuccessRate)
	}
	if a.N > 0 {
		a.MeanScore /= float64(a.N)
		a.MeanSteps /= float64(a.N)
	}
	return a, shares
}

// judge says in words what was shown over the worlds, and no more.
func (r *WorldsReport) judge(spec Spec) {
	parts := []string{verdictOf(r, spec.Arms)}
	if on := r.Arms[On]; on != nil && on.Worlds > 0 {
		parts = append(parts, fmt.Sprintf("Over %d worlds, with memory %.0f %% of the tasks are solved, in the worst world %.0f %%.", on.Worlds, 100*on.Share, 100*on.Lowest))
	}
	if len(r.Failed) > 0 {
		parts = append(parts, fmt.Sprintf("%d worlds failed and are not in these figures.", len(r.Failed)))
	}
	r.Verdict = strings.Join(parts, " ")
}
