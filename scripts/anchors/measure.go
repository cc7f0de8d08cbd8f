package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"purposeagent/agent/stats"
	"purposeagent/scripts/venv"
)

// arms are compared in every row.
const arms = "off,on,append-successes"

// share is a mean over training seeds with Student's interval. The ends of one
// seed are left out.
type share struct {
	Mean float64  `json:"mean"`
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

func over(x []float64) share {
	d := stats.MeanT(x)
	s := share{Mean: d.Value}
	if len(x) > 1 {
		s.Low, s.High = &d.Low, &d.High
	}
	return s
}

// half is the half-width; infinite where one seed was all.
func (s share) half() float64 {
	if s.Low == nil {
		return math.Inf(1)
	}
	return (*s.High - *s.Low) / 2
}

// seed is one training with its tests.
type seed struct {
	Seed    int                `json:"seed"`
	Solved  map[string]float64 `json:"solved"` // by arm
	Score   map[string]float64 `json:"score"`
	Steps   map[string]float64 `json:"steps"`
	Trained float64            `json:"solved_in_training"`
	Rules   int                `json:"rules"`
	Seconds float64            `json:"seconds"`
	Error   string             `json:"error,omitempty"`
}

// result is a row that was measured.
type result struct {
	Name         string           `json:"name"`
	Title        string           `json:"title"`
	Program      []string         `json:"program"`
	Test         int              `json:"test"`
	Seeds        []seed           `json:"seeds"`
	Solved       map[string]share `json:"solved"` // by arm
	Score        map[string]share `json:"score"`
	OverOff      share            `json:"on_minus_off"`
	OverAppend   share            `json:"on_minus_append_successes"`
	Goal         string           `json:"goal"`
	Optimum      float64          `json:"optimum,omitempty"`
	Underpowered bool             `json:"underpowered"`
	Met          bool             `json:"met"`
	Missed       []string         `json:"missed,omitempty"` // why it is not
	Seconds      float64          `json:"seconds"`
}

// measure works a row with all its training seeds.
func (o options) measure(ctx context.Context, r row, python, data string) result {
	began := time.Now()
	out := result{Name: r.Name, Title: r.title(), Program: r.Program, Test: o.test}
	least := r.Solved
	if r.Optimum != nil {
		optimum, err := printed[struct{ Optimum float64 }](ctx, append([]string{python}, r.Optimum...)...)
		if err != nil {
			out.Missed = append(out.Missed, err.Error())
		}
		out.Optimum, least = optimum.Optimum, least*optimum.Optimum
	}
	out.Seeds = make([]seed, o.seeds)
	var group sync.WaitGroup
	slots := make(chan struct{}, o.parallel)
	for i := range out.Seeds {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out.Seeds[i] = o.train(ctx, r, o.first+i, python, data)
		})
	}
	group.Wait()
	out.sumUp()
	out.judge(r, least)
	out.Seconds = math.Round(time.Since(began).Seconds())
	return out
}

// train runs one experiment and reads its report.
func (o options) train(ctx context.Context, r row, number int, python, data string) seed {
	s := seed{Seed: number, Solved: map[string]float64{}, Score: map[string]float64{}, Steps: map[string]float64{}}
	config := map[string]any{"command": append([]string{python}, r.Program...), "timeout_seconds": max(r.Seconds, 10)}
	if r.Purpose != "" {
		config["purpose"] = r.Purpose
	}
	raw, err := json.Marshal(config)
	if err != nil {
		s.Error = err.Error()
		return s
	}
	// A folder of its own: two programs that make the same database at once collide.
	data = filepath.Join(data, fmt.Sprintf("%s-%d", r.Name, number))
	steps := strconv.Itoa(r.Steps)
	report, err := printed[struct {
		Arms map[string]struct {
			Solved float64 `json:"success_rate"`
			Score  float64 `json:"mean_score"`
			Steps  float64 `json:"mean_steps"`
			Rules  int     `json:"rules"`
			Error  string  `json:"error"`
		} `json:"arms"`
		Training struct{ N, Successes int }
		Seconds  float64
	}](ctx, o.binary, "lab", "--json", "--data", data, "--log-level", "error", "--environment", "remote", "--config", string(raw), "--seed", strconv.Itoa(number),
		"--train", strconv.Itoa(r.Train), "--test", strconv.Itoa(o.test), "--max-steps", steps, "--train-max-steps", steps, "--arms", arms)
	if err != nil {
		s.Error = err.Error()
		return s
	}
	for name, a := range report.Arms {
		if a.Error != "" {
			s.Error = fmt.Sprintf("the arm %s broke: %s", name, a.Error)
		}
		s.Solved[name], s.Score[name], s.Steps[name] = a.Solved, a.Score, a.Steps
	}
	s.Rules, s.Seconds = report.Arms["on"].Rules, report.Seconds
	s.Trained = float64(report.Training.Successes) / float64(max(report.Training.N, 1))
	return s
}

// printed runs a program and decodes what it printed.
func printed[T any](ctx context.Context, words ...string) (T, error) {
	var v T
	raw, err := venv.Output(ctx, words...)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	return v, err
}

// sumUp puts the seeds together; those that failed are left out, and named.
func (r *result) sumUp() {
	solved, score := map[string][]float64{}, map[string][]float64{}
	var off, appended []float64
	for _, s := range r.Seeds {
		if s.Error != "" {
			r.Missed = append(r.Missed, fmt.Sprintf("seed %d: %s", s.Seed, s.Error))
			continue
		}
		for name := range s.Solved {
			solved[name], score[name] = append(solved[name], s.Solved[name]), append(score[name], s.Score[name])
		}
		off = append(off, s.Solved["on"]-s.Solved["off"])
		appended = append(appended, s.Solved["on"]-s.Solved["append-successes"])
	}
	r.Solved, r.Score = map[string]share{}, map[string]share{}
	for name := range solved {
		r.Solved[name], r.Score[name] = over(solved[name]), over(score[name])
	}
	if len(off) > 0 {
		r.OverOff, r.OverAppend = over(off), over(appended)
	}
}

// judge says whether the goal is reached, and if not, why not.
func (r *result) judge(goal row, least float64) {
	var goals []string
	miss := func(format string, args ...any) { r.Missed = append(r.Missed, fmt.Sprintf(format, args...)) }
	on, measured := r.Solved["on"]
	if !measured {
		miss("nothing was measured")
	}
	if goal.Solved > 0 {
		text := fmt.Sprintf("solved ≥ %.2f", goal.Solved)
		if goal.Optimum != nil {
			text = fmt.Sprintf("solved ≥ %.2f of the optimum %.3f", goal.Solved, r.Optimum)
		}
		goals = append(goals, text)
		if measured && !(least > 0 && on.Mean >= least) {
			miss("solved %.2f, not %.2f", on.Mean, least)
		}
	}
	if goal.Score > 0 {
		goals = append(goals, fmt.Sprintf("score ≥ %.2f", goal.Score))
		if measured && r.Score["on"].Mean < goal.Score {
			miss("score %.2f, not %.2f", r.Score["on"].Mean, goal.Score)
		}
	}
	goals = append(goals, fmt.Sprintf("on − off and on − append ≥ −%.2f at their lower ends", tolerated))
	if measured {
		for _, c := range []struct {
			arm string
			share
		}{{"off", r.OverOff}, {"append", r.OverAppend}} {
			if c.Low != nil && *c.Low < -tolerated {
				miss("on − %s may be as low as %.2f", c.arm, *c.Low)
			}
		}
		// A half-width is of the interval that decides: that of the arm where a
		// share is the goal, else that of the differences.
		widths := []share{r.OverOff, r.OverAppend}
		if goal.Solved > 0 {
			widths = []share{on}
		}
		for _, s := range widths {
			r.Underpowered = r.Underpowered || s.half() > widest
		}
		if r.Underpowered {
			miss("underpowered: a half-width is over %.1f", widest)
		}
	}
	r.Goal, r.Met = strings.Join(goals, ", "), len(r.Missed) == 0 && measured
}
