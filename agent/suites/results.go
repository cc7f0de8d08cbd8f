package suites

import (
	"math/rand/v2"
	"strconv"

	"purposeagent/agent/stats"
)

// Result is what became of one task in one run of a suite.
type Result struct {
	Task   string `json:"task"`
	Solved int    `json:"solved"`
	Tries  int    `json:"tries"` // with a verdict
	Open   int    `json:"open"`  // not ended yet
	Lost   int    `json:"lost"`  // ended without a verdict, or deleted
	// Run is the try to look at: the first that was not solved, else the first.
	Run string `json:"run"`
}

// Share is the share of solved tries.
func (r *Result) Share() float64 { return float64(r.Solved) / float64(max(r.Tries, 1)) }

// Summary is what one run of a suite shows.
type Summary struct {
	Tries  int `json:"tries"` // launched
	Open   int `json:"open"`
	Lost   int `json:"lost"`
	Solved int `json:"solved"` // tries
	// Known counts the tries with a verdict.
	Known int `json:"known"`
	// Pass holds pass^1, the mean over tasks, to pass^k, each with its interval over tasks.
	Pass      []stats.PassHat `json:"pass"`
	MeanPhi   float64         `json:"mean_phi"`
	MeanSteps float64         `json:"mean_steps"`
	Tokens    int64           `json:"tokens"`
	USD       float64         `json:"usd"`
	Estimated bool            `json:"estimated,omitempty"`
	Results   []Result        `json:"results"` // by task, in the suite's order
}

// Outcome is a run of a suite with what it shows.
type Outcome struct {
	Run     Run     `json:"run"`
	Summary Summary `json:"summary"`
}

// rngOf is the same for the same run, so that an interval does not move.
func rngOf(tries int) *rand.Rand { return rand.New(rand.NewPCG(uint64(tries), 0x5017e)) }

// Summarise sums up the tries of a run.
func Summarise(run Run, tries []Try) Summary {
	s := Summary{Tries: len(tries)}
	place := map[string]int{}
	missed := map[string]bool{}
	phi, steps := 0.0, 0
	for _, t := range tries {
		i, seen := place[t.Task]
		if !seen {
			i = len(s.Results)
			place[t.Task] = i
			s.Results = append(s.Results, Result{Task: t.Task, Run: t.Run})
		}
		r := &s.Results[i]
		s.Tokens, s.USD, s.Estimated = s.Tokens+t.Tokens, s.USD+t.USD, s.Estimated || t.Estimated
		switch {
		case t.Solved != nil:
			r.Tries, s.Known = r.Tries+1, s.Known+1
			phi, steps = phi+t.Phi, steps+t.Steps
			if *t.Solved {
				r.Solved, s.Solved = r.Solved+1, s.Solved+1
			} else if !missed[t.Task] {
				missed[t.Task], r.Run = true, t.Run
			}
		case t.Status != "" && !t.Status.Final():
			r.Open, s.Open = r.Open+1, s.Open+1
		default:
			r.Lost, s.Lost = r.Lost+1, s.Lost+1
		}
	}
	if s.Known > 0 {
		s.MeanPhi, s.MeanSteps = phi/float64(s.Known), float64(steps)/float64(s.Known)
	}
	solved, of := make([]int, len(s.Results)), make([]int, len(s.Results))
	for i, r := range s.Results {
		solved[i], of[i] = r.Solved, r.Tries
	}
	s.Pass = stats.PassHats(solved, of, max(run.Tries, 1), drawsFor(len(s.Results)), rngOf(len(tries)))
	return s
}

// drawsFor is how many draws of a bootstrap over n tasks are enough for an interval
// that is shown in whole percent: of many tasks fewer are.
func drawsFor(n int) int { return min(max(400_000/max(n, 1), 500), 2_000) }

// Change is how one task differs between two runs of a suite.
type Change struct {
	Task   string  `json:"task"`
	Before float64 `json:"before"` // share of solved tries
	After  float64 `json:"after"`
	Run    string  `json:"run"` // of after
}

// Comparison compares two runs by the tasks that both did and that asked for the
// same in both.
type Comparison struct {
	Before string `json:"before"`
	After  string `json:"after"`
	// N counts the tasks that are compared. Other counts those that only one did, or
	// that another version changed; Unknown those of which one has no verdict.
	N       int      `json:"n"`
	Other   int      `json:"other"`
	Unknown int      `json:"unknown"`
	Fixed   []Change `json:"fixed"`  // solved more often
	Broken  []Change `json:"broken"` // solved less often
	// Difference is the mean of after − before over tasks, P that of the sign-flip
	// test of pairs, which is McNemar's exact test where each task was tried once.
	Difference stats.Difference `json:"difference"`
	P          float64          `json:"p"`
}

// Compare compares two runs of a suite, with the tasks of their versions.
func Compare(before, after Outcome, tasksBefore, tasksAfter []Task) Comparison {
	c, differences := Differ(before, after, tasksBefore, tasksAfter)
	if c.N == 0 {
		return c
	}
	rng := rngOf(c.N)
	c.P = stats.SignFlip(differences, stats.Draws, rng)
	c.Difference = stats.PairedBootstrap(differences, nil, drawsFor(c.N), rng)
	if !stats.Spread(differences) { // resampling has no width
		hits := 0.0
		for i := range after.Summary.Results {
			hits += after.Summary.Results[i].Share()
		}
		hits = min(hits, float64(c.N))
		now := stats.Wilson(int(hits+0.5), c.N)
		d := stats.Newcombe(now, stats.Wilson(int(hits-differences[0]*float64(c.N)+0.5), c.N))
		c.Difference = stats.Difference{Value: differences[0], Low: min(d.Low, differences[0]), High: max(d.High, differences[0])}
	}
	return c
}

// Differ says which tasks differ between two runs, and by how much each, without
// what it takes to say how far that can be trusted.
func Differ(before, after Outcome, tasksBefore, tasksAfter []Task) (Comparison, []float64) {
	c := Comparison{Before: before.Run.ID, After: after.Run.ID, Fixed: []Change{}, Broken: []Change{}, P: 1}
	asked := map[string]*Task{}
	for i := range tasksBefore {
		asked[tasksBefore[i].ID] = &tasksBefore[i]
	}
	now := map[string]*Task{}
	for i := range tasksAfter {
		now[tasksAfter[i].ID] = &tasksAfter[i]
	}
	was := map[string]*Result{}
	for i := range before.Summary.Results {
		was[before.Summary.Results[i].Task] = &before.Summary.Results[i]
	}
	var differences []float64
	common := 0
	for i := range after.Summary.Results {
		r := &after.Summary.Results[i]
		b := was[r.Task]
		if b == nil || asked[r.Task] == nil || now[r.Task] == nil || !asked[r.Task].Same(now[r.Task]) {
			continue
		}
		common++
		if b.Tries == 0 || r.Tries == 0 {
			c.Unknown++
			continue
		}
		change := Change{Task: r.Task, Before: b.Share(), After: r.Share(), Run: r.Run}
		differences = append(differences, change.After-change.Before)
		switch {
		case change.After > change.Before:
			c.Fixed = append(c.Fixed, change)
		case change.After < change.Before:
			c.Broken = append(c.Broken, change)
		}
	}
	either := len(before.Summary.Results) + len(after.Summary.Results) - overlapping(before.Summary.Results, after.Summary.Results)
	c.Other = either - common
	c.N = len(differences)
	return c, differences
}

// overlapping counts the tasks that both did, whatever they asked for.
func overlapping(a, b []Result) int {
	there := map[string]bool{}
	for i := range a {
		there[a[i].Task] = true
	}
	n := 0
	for i := range b {
		if there[b[i].Task] {
			n++
		}
	}
	return n
}

// Label names a try for people and in lists of runs.
func Label(task string, try, of int) string {
	if of <= 1 {
		return task
	}
	return task + ", try " + strconv.Itoa(try) + " of " + strconv.Itoa(of)
}
