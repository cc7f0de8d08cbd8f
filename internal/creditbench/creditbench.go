// Package creditbench repeats the simulation that decided how rules get
// credit: how well raw Q, the advantage over a baseline of the task's type and
// the randomised hold-out tell rules that help from rules that harm. The three
// are computed by the product's own code, agent.CountUse and credit.Ledger.
package creditbench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/stats"
)

// Config is one simulation. The zero value of a field is the published one
// (docs/learning.md, §5).
type Config struct {
	Seeds  int     // 60
	Rules  int     // 40, half of them helpful
	Types  int     // 8 task types of different difficulty
	Effect float64 // 0.8: a rule moves the log-odds of success up or down by so much
	Shown  int     // 2 rules are retrieved for a task
	// Points are the numbers of tasks after which the estimators are judged:
	// 300, 1,500 and 5,000, rising.
	Points []int
	// Spread is the standard deviation of the types' log-odds, 2.
	Spread float64
	// Null leaves the rules without any effect, as a control: nothing can be told.
	Null bool
}

func (c Config) withDefaults() Config {
	or := func(p *int, n int) {
		if *p == 0 {
			*p = n
		}
	}
	or(&c.Seeds, 60)
	or(&c.Rules, 40)
	or(&c.Types, 8)
	or(&c.Shown, 2)
	if c.Effect == 0 {
		c.Effect = 0.8
	}
	if c.Spread == 0 {
		c.Spread = 2
	}
	if len(c.Points) == 0 {
		c.Points = []int{300, 1500, 5000}
	}
	return c
}

// Estimator is a way to tell what a rule is worth.
type Estimator struct {
	Name  string
	Value func(h *agent.Heuristic) float64
}

// Estimators are the ones that are compared, raw Q first.
var Estimators = []Estimator{
	{"raw Q", func(h *agent.Heuristic) float64 { return h.QValue }},
	{"advantage", func(h *agent.Heuristic) float64 { return h.Credit.Advantage().Value }},
	{"hold-out uplift", func(h *agent.Heuristic) float64 {
		if h.Credit.Uplift == nil {
			return 0
		}
		return h.Credit.Uplift.Value
	}},
}

// Cell is how well one estimator does after so many tasks: the mean AUC over
// seeds with its interval, and how much it is above raw Q in the same seeds.
type Cell struct {
	Estimator string           `json:"estimator"`
	Tasks     int              `json:"tasks"`
	Seeds     int              `json:"n"`
	AUC       stats.Difference `json:"auc"`
	AboveQ    stats.Difference `json:"above_raw_q"`
}

// Beats reports whether the estimator is shown to be better than raw Q.
func (c *Cell) Beats() bool { return c.AboveQ.Low > 0 }

// Run simulates and judges. Equal configurations give equal cells, in the
// order of Estimators and Points.
func Run(cfg Config) []Cell {
	cfg = cfg.withDefaults()
	auc := make([][][]float64, len(Estimators)) // by estimator, point and seed
	for e := range auc {
		auc[e] = make([][]float64, len(cfg.Points))
	}
	for seed := range cfg.Seeds {
		w := newWorld(cfg, uint64(seed)+1)
		for p, tasks := range cfg.Points {
			for w.tasks < tasks {
				w.step()
			}
			for e := range Estimators {
				auc[e][p] = append(auc[e][p], w.auc(Estimators[e].Value))
			}
		}
	}
	var cells []Cell
	for e := range Estimators {
		for p, tasks := range cfg.Points {
			above := make([]float64, cfg.Seeds)
			for s := range above {
				above[s] = auc[e][p][s] - auc[0][p][s]
			}
			rng := rand.New(rand.NewPCG(uint64(e), uint64(p)))
			cells = append(cells, Cell{Estimators[e].Name, tasks, cfg.Seeds,
				stats.PairedBootstrap(auc[e][p], nil, stats.Draws, rng), stats.PairedBootstrap(above, nil, stats.Draws, rng)})
		}
	}
	return cells
}

// world is one simulated library at work.
type world struct {
	cfg     Config
	rng     *rand.Rand
	odds    []float64 // of the types
	helps   []bool
	home    [][2]int // the two types in which a rule is mostly retrieved
	rules   []*agent.Heuristic
	ledger  credit.Ledger
	tasks   int
	weights []float64
}

func newWorld(cfg Config, seed uint64) *world {
	w := &world{cfg: cfg, rng: rand.New(rand.NewPCG(seed, 0xc4ed17)), weights: make([]float64, cfg.Rules)}
	for range cfg.Types {
		w.odds = append(w.odds, cfg.Spread*w.rng.NormFloat64())
	}
	for i := range cfg.Rules {
		w.helps = append(w.helps, i%2 == 0)
		w.home = append(w.home, [2]int{w.rng.IntN(cfg.Types), w.rng.IntN(cfg.Types)})
		h := &agent.Heuristic{ID: strconv.Itoa(i), QValue: agent.InitialValue, Status: agent.Probation}
		w.rules = append(w.rules, h)
	}
	return w
}

// away is how much more rarely a rule is retrieved outside its types.
const away = 0.1

// step works one task: some rules are retrieved, chance withholds each with
// the probability of a rule in probation, and the others move the odds. Half of
// those that are in are cited.
func (w *world) step() {
	kind := w.rng.IntN(w.cfg.Types)
	odds := w.odds[kind]
	var uses []credit.UseCount
	for _, i := range w.retrieve(kind) {
		u := credit.UseCount{ID: w.rules[i].ID, Randomised: true, Propensity: 1 - credit.WithholdProbation}
		if u.Withheld = w.rng.Float64() < credit.WithholdProbation; !u.Withheld {
			u.Shown, u.Cited = 1, w.rng.IntN(2)
			odds += w.effect(i)
		}
		uses = append(uses, u)
	}
	solved := w.rng.Float64() < 1/(1+math.Exp(-odds))
	task := &credit.TaskRecord{Type: fmt.Sprint("type ", kind), Solved: solved}
	credit := w.ledger.Credit(task)
	for _, u := range uses {
		if solved {
			u.Reward = 1
		}
		for i, h := range w.rules {
			if h.ID == u.ID {
				w.rules[i] = agent.CountUse(h, u, credit, time.Time{})
			}
		}
	}
	w.ledger = w.ledger.Count(task, 0)
	w.tasks++
}

func (w *world) effect(i int) float64 {
	switch {
	case w.cfg.Null:
		return 0
	case w.helps[i]:
		return w.cfg.Effect
	}
	return -w.cfg.Effect
}

// retrieve draws different rules for a task of a type.
func (w *world) retrieve(kind int) []int {
	sum := 0.0
	for i := range w.weights {
		w.weights[i] = away
		if w.home[i][0] == kind || w.home[i][1] == kind {
			w.weights[i] = 1
		}
		sum += w.weights[i]
	}
	var chosen []int
	for range min(w.cfg.Shown, len(w.weights)) {
		at, x := 0, w.rng.Float64()*sum
		for x -= w.weights[at]; x >= 0 && at+1 < len(w.weights); x -= w.weights[at] {
			at++
		}
		for w.weights[at] == 0 { // rounding ran past the last one that is left
			at--
		}
		chosen = append(chosen, at)
		sum -= w.weights[at]
		w.weights[at] = 0
	}
	return chosen
}

// auc is the probability that a helpful rule is estimated above a harmful one.
func (w *world) auc(value func(h *agent.Heuristic) float64) float64 {
	scores := make([]float64, len(w.rules))
	for i, h := range w.rules {
		scores[i] = value(h)
	}
	return stats.AUC(scores, w.helps)
}
