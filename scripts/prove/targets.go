package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A target names a figure and says when it is met.

// above is an arm's share of solved tasks that must reach least.
func above(group, target string, a arm, n int, unit string, least float64) row {
	r := measured(group, target, a.Share, n, unit, a.Share >= least).within(a.Low, a.High)
	if a.Error != "" {
		r.Met, r.Note = false, "the arm broke: "+a.Error
	}
	return r
}

// gain is a comparison whose lower bound must be above least.
func gain(group, target string, of map[string]comparison, name, unit string, least float64) row {
	c, ok := of[name]
	if !ok {
		return missing(group, target, "the arms were not compared")
	}
	return measured(group, target, c.Difference, c.N, unit, c.Low > least).within(c.Low, c.High)
}

func at(curve []point, tasks int) (point, bool) {
	for _, p := range curve {
		if p.Tasks == tasks {
			return p, true
		}
	}
	return point{}, false
}

// workshop is the plain level: the main proof.
func (p *prover) workshop() {
	const group = "workshop, plain, 200 training tasks, 100 held-out tasks a world"
	targets := []string{"on ≥ 0.95", "on after 50 tasks ≥ 0.5", "on − off, lower bound > 0.7", "on − placebo, lower bound > 0.7",
		"on − append-successes, lower bound > 0.3", "steps ≤ 1.2 × optimum on solved tasks", "precision of the rules ≥ 0.8", "recall of the secrets ≥ 0.8"}
	w, err := lab[worlds](p, "--environment", "workshop", "--worlds", p.worlds(10), "--train", "200", "--test", "100", "--curve", "50", "--arms", "off,on,placebo,append-successes")
	if err != nil {
		p.fail(group, err, targets...)
		return
	}
	n := len(w.Worlds)
	p.add(above(group, targets[0], w.Arms["on"], n, "worlds", .95).noting("%s", failing(w)))
	if c, ok := at(w.Curve, 50); ok {
		p.add(measured(group, targets[1], c.Share, n, "worlds", c.Share >= .5).within(c.Low, c.High))
	} else {
		p.add(missing(group, targets[1], "there is no such point of the curve"))
	}
	p.add(gain(group, targets[2], w.Comparisons, "on-off", "worlds", .7))
	p.add(gain(group, targets[3], w.Comparisons, "on-placebo", "worlds", .7))
	p.add(gain(group, targets[4], w.Comparisons, "on-append-successes", "worlds", .3))
	var over, precision, recall []float64
	for _, r := range w.Worlds {
		if x := r.Arms["on"].Over; x != nil {
			over = append(over, *x)
		}
		if r.Truth != nil && r.Truth.Precision != nil && r.Truth.Recall != nil {
			precision, recall = append(precision, *r.Truth.Precision), append(recall, *r.Truth.Recall)
		}
	}
	p.add(mean(group, targets[5], over, func(x float64) bool { return x <= 1.2 }))
	p.add(mean(group, targets[6], precision, func(x float64) bool { return x >= .8 }))
	p.add(mean(group, targets[7], recall, func(x float64) bool { return x >= .8 }))
}

// mean is the mean of one figure of each world.
func mean(group, target string, x []float64, met func(float64) bool) row {
	if len(x) == 0 {
		return missing(group, target, "the reports do not hold it")
	}
	m, low, high := spread(x)
	return measured(group, target, m, len(x), "worlds", met(m)).within(low, high)
}

// failing names the worlds in which it fails: none are picked.
func failing(w worlds) string {
	var list []string
	for i, r := range w.Worlds {
		if on := r.Arms["on"]; on.Share < .8 && i < len(w.Numbers) {
			list = append(list, fmt.Sprintf("%d (%.2f)", w.Numbers[i], on.Share))
		}
	}
	text := fmt.Sprintf("in the worst world %.2f", w.Arms["on"].Lowest)
	if len(list) > 0 {
		text += "; worlds under 0.8: " + strings.Join(list, ", ")
	}
	if len(w.Failed) > 0 {
		text += fmt.Sprintf("; %d worlds could not be run", len(w.Failed))
	}
	return text
}

// harder are the same proofs under harder conditions.
func (p *prover) harder() {
	for _, x := range []struct {
		group, on string // "": only the gain is asked for
		least     float64
		gain      string
		lower     float64
		worlds    int
		args      []string
	}{
		{"workshop, rich", "", 0, "on − off, lower bound > 0.3", .3, 10, []string{"--config", `{"level":"rich"}`}},
		{"workshop, noisy critic (sd 1.0)", "on ≥ 0.8", .8, "on − off, lower bound > 0", 0, 6, []string{"--critic", "noisy:1.0"}},
		{"workshop, 1,000 irrelevant rules", "on ≥ 0.95", .95, "on − off, lower bound > 0.7", .7, 6, []string{"--irrelevant", "1000"}},
		{"workshop, 75 % distractors", "", 0, "the gain survives: on − off, lower bound > 0", 0, 6, []string{"--pollution", "0.75"}},
	} {
		args := append([]string{"--environment", "workshop", "--worlds", p.worlds(x.worlds), "--train", "200", "--test", "100", "--arms", "off,on"}, x.args...)
		w, err := lab[worlds](p, args...)
		if err != nil {
			p.fail(x.group, err, x.on, x.gain)
			continue
		}
		if x.on != "" {
			p.add(above(x.group, x.on, w.Arms["on"], len(w.Worlds), "worlds", x.least).noting("%s", failing(w)))
		}
		p.add(gain(x.group, x.gain, w.Comparisons, "on-off", "worlds", x.lower))
	}
	p.control("workshop", 5, "no rule promoted in ≥ 4 of 5 worlds")
}

// control is a world in which nothing can be learned. promoted, where not empty, is
// a target for the rules that are promoted nevertheless.
func (p *prover) control(environment string, count int, promoted string) {
	group, covers := environment+", random rewards", "the interval of on − off covers 0"
	w, err := lab[worlds](p, "--environment", environment, "--config", `{"rewards":"random"}`, "--worlds", p.worlds(count), "--train", "200", "--test", "100", "--arms", "off,on")
	if err != nil {
		p.fail(group, err, promoted, covers)
		return
	}
	clean := 0
	for _, r := range w.Worlds {
		if r.Promoted == 0 {
			clean++
		}
	}
	if promoted != "" {
		p.add(measured(group, promoted, float64(clean), len(w.Worlds), "worlds", 5*clean >= 4*len(w.Worlds)))
	}
	c := w.Comparisons["on-off"]
	p.add(measured(group, covers, c.Difference, c.N, "worlds", c.Low <= 0 && c.High >= 0).within(c.Low, c.High))
}

// household are houses with secret habits, and things that no training task asked for.
func (p *prover) household() {
	for _, x := range []struct {
		group, arms string
		args        []string
		targets     map[string]string // comparison → target
	}{
		{"household, 200 training tasks, 100 held-out tasks a house", "off,on,placebo,append-successes", nil,
			map[string]string{"on-off": "on − off, lower bound > 0", "on-placebo": "on − placebo, lower bound > 0", "on-append-successes": "on − append-successes, lower bound > 0"}},
		{"household, kinds of things that no training task asked for", "off,on", []string{"--test-config", `{"kinds":"new"}`},
			map[string]string{"on-off": "on − off, lower bound > 0"}},
	} {
		names := slices.Sorted(maps.Keys(x.targets))
		w, err := lab[worlds](p, append([]string{"--environment", "household", "--worlds", p.worlds(10), "--train", "200", "--test", "100", "--arms", x.arms}, x.args...)...)
		if err != nil {
			p.fail(x.group, err, slices.Sorted(maps.Values(x.targets))...)
			continue
		}
		for _, name := range names {
			p.add(gain(x.group, x.targets[name], w.Comparisons, name, "houses", 0))
		}
	}
	p.control("household", 10, "")
}

// maze is learning from the sparse outcome alone.
func (p *prover) maze() {
	const group = "maze, every task a new one, outcome alone"
	targets := []string{"on after 25 mazes ≥ 0.85", "on after 200 mazes ≥ 0.95", "steps ÷ those of a hand-written explorer < 1",
		"above the explorer within twice the optimum, lower bound > 0", "one size larger ≥ 0.85"}
	args := []string{"--environment", "maze", "--critic", "outcome", "--train", "200", "--test", p.count(200)}
	r, err := lab[report](p, append(args, "--curve", "25", "--arms", "off,on,explorer")...)
	if err != nil {
		p.add(missing(group, targets[2], err.Error()))
		r, err = lab[report](p, append(args, "--curve", "25", "--arms", "off,on")...)
	}
	if err != nil {
		p.fail(group, err, targets[0], targets[1])
	} else {
		if c, ok := at(r.Curve, 25); ok {
			p.add(measured(group, targets[0], c.Share, c.N, "tasks", c.Share >= .85).within(c.Low, c.High))
		} else {
			p.add(missing(group, targets[0], "there is no such point of the curve"))
		}
		p.add(above(group, targets[1], r.Arms["on"], r.Arms["on"].N, "tasks", .95))
		if on, by := r.Arms["on"], r.Arms["explorer"]; by.N > 0 {
			// Within five times the optimum both solve all: the steps tell.
			p.add(measured(group, targets[2], on.MeanSteps/by.MeanSteps, by.N, "tasks", on.MeanSteps < by.MeanSteps).noting("the explorer solves %.2f, on %.2f", by.Share, on.Share))
		}
	}
	if r, err := lab[report](p, append(args, "--limit-factor", "2", "--train-max-steps", "200", "--arms", "off,on,explorer")...); err != nil {
		p.fail(group, err, targets[3])
	} else {
		p.add(gain(group, targets[3], r.Comparisons, "on-explorer", "tasks", 0).noting("the explorer solves %.2f, on %.2f", r.Arms["explorer"].Share, r.Arms["on"].Share))
	}
	r, err = lab[report](p, append(args, "--test-config", `{"size":5}`, "--arms", "off,on")...)
	if err != nil {
		p.fail(group, err, targets[4])
		return
	}
	p.add(above(group, targets[4], r.Arms["on"], r.Arms["on"].N, "tasks", .85))
}

// remote is a program that none of the learner knows.
func (p *prover) remote() {
	const group, target = "remote, the example program", "it learns: on − off, lower bound > 0"
	r, err := lab[report](p, "--environment", "remote", "--config", `{"command":["python3","docs/remote/example_env.py"]}`, "--train", "100", "--test", "100", "--arms", "off,on")
	if err != nil {
		p.fail(group, err, target)
		return
	}
	p.add(gain(group, target, r.Comparisons, "on-off", "tasks", 0))
}

// changes is laws that change in mid-training, and rules that are false.
func (p *prover) changes() {
	const group = "workshop, the laws change after 100 tasks"
	targets := []string{"relearned in ≤ 2 ×: after 50 tasks − fresh after 25, lower bound > −0.15", "after 100 tasks − fresh after 50, lower bound > −0.15", "noticed, or relearned without, in every world"}
	args := []string{"--environment", "workshop", "--test", "100", "--arms", "off,on"}
	changed, err := lab[worlds](p, append(args, "--worlds", p.worlds(10), "--train", "200", "--curve", "150", "--change-at", "100", "--change-config", `{"world":101}`)...)
	var fresh worlds
	if err == nil {
		fresh, err = lab[worlds](p, append(args, "--worlds", p.worldsFrom(101, 10), "--train", "50", "--curve", "25")...)
	}
	switch {
	case err != nil:
		p.fail(group, err, targets...)
	case len(changed.Worlds) != len(fresh.Worlds):
		p.fail(group, fmt.Errorf("%d worlds changed and %d began fresh: some failed", len(changed.Worlds), len(fresh.Worlds)), targets...)
	default:
		var early, late []float64
		noticed := 0
		for i := range changed.Worlds {
			after, at25 := at(changed.Worlds[i].Curve, 150)
			begun, at50 := at(fresh.Worlds[i].Curve, 25)
			if at25 && at50 {
				early = append(early, after.Share-begun.Share)
			}
			late = append(late, changed.Worlds[i].Arms["on"].Share-fresh.Worlds[i].Arms["on"].Share)
			if len(changed.Worlds[i].LawChanges) > 0 || changed.Worlds[i].Arms["on"].Share >= .9 {
				noticed++
			}
		}
		p.add(notBelow(group, targets[0], early))
		p.add(notBelow(group, targets[1], late))
		p.add(measured(group, targets[2], float64(noticed), len(changed.Worlds), "worlds", noticed == len(changed.Worlds)))
	}
	const planted = "workshop, 20 false rules planted"
	w, err := lab[worlds](p, "--environment", "workshop", "--worlds", p.worlds(5), "--train", "60", "--test", "20", "--arms", "off,on", "--planted", "20")
	if err != nil {
		p.fail(planted, err, "≥ 0.9 of them are gone after 60 tasks", "none was ever promoted")
		return
	}
	all, gone, promoted := 0, 0, 0
	for _, r := range w.Worlds {
		if r.Planted != nil && len(r.Planted.After) > 0 {
			all, gone, promoted = all+r.Planted.Planted, gone+r.Planted.After[len(r.Planted.After)-1].Gone, promoted+r.Planted.Promoted
		}
	}
	p.add(measured(planted, "≥ 0.9 of them are gone after 60 tasks", float64(gone)/float64(max(all, 1)), all, "rules", 10*gone >= 9*all && all > 0))
	p.add(measured(planted, "none was ever promoted", float64(promoted), all, "rules", promoted == 0 && all > 0))
}

// notBelow is a mean difference whose lower bound must be above −0.15.
func notBelow(group, target string, x []float64) row {
	if len(x) == 0 {
		return missing(group, target, "the reports do not hold it")
	}
	m, low, high := spread(x)
	return measured(group, target, m, len(x), "worlds", low > -.15).within(low, high)
}

// estimators is make bench-credit.
func (p *prover) estimators() {
	const group = "estimators of a rule's worth, AUC after 5,000 tasks"
	raw, err := p.command("go", "run", "./scripts/benchcredit", "-json", "-seeds", p.count(60))
	found, failed := decode[estimates](raw)
	if failed != nil {
		p.fail(group, fmt.Errorf("benchcredit gave no figures: %w", err), "better than raw Q")
		return
	}
	for _, c := range found.Estimators {
		if c.Tasks == 5000 && c.Estimator != "raw Q" {
			p.add(measured(group, c.Estimator+" − raw Q, lower bound > 0", c.Above.Value, c.N, "seeds", c.Above.Low > 0).within(c.Above.Low, c.Above.High).noting("AUC %.3f", c.AUC.Value))
		}
	}
	const sets = "suspension of a learned set that lowers success"
	var harm, none *setCell // the worst of each
	for i := range found.SetTest {
		switch c := &found.SetTest[i]; {
		case !c.Goal:
		case c.Harm && (harm == nil || c.Median > harm.Median):
			harm = c
		case !c.Harm && (none == nil || c.Suspended.Share > none.Suspended.Share):
			none = c
		}
	}
	if harm == nil || none == nil {
		p.fail(sets, fmt.Errorf("benchcredit gave no figures: %w", err), "harm of 20 points found")
		return
	}
	p.add(measured(sets, "harm of 20 points found, median of tasks ≤ 100", float64(harm.Median), harm.N, "sets", harm.Low <= 100).within(float64(harm.Low), float64(harm.High)).noting("worst of all base rates: %s", harm.Case))
	p.add(measured(sets, "sets without effect that are suspended in 1,000 tasks ≤ .05", none.Suspended.Share, none.N, "sets", none.Suspended.Low <= .05).within(none.Suspended.Low, none.Suspended.High).noting("worst: %s", none.Case))
}
