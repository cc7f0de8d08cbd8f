package agent

import (
	"math"

	"purposeagent/agent/stats"
)

// Credit is what is known of a rule beyond its evidence: whether it is useful,
// by what became of the tasks in which it was in and in which it was withheld
// at random, and whether it is true, by predictions that were checked on
// transitions that came after it was made. The two are never mixed.
type Credit struct {
	// Strata count tasks by task type, for the randomised hold-out.
	Strata []Stratum `json:"strata,omitempty"`
	// Weight is Σw, Sum Σw·a and Squares Σw·a² of the advantages a = y − b(type)
	// of the tasks it took part in; w is 1 where it was cited and 0.3 where it
	// was only shown. Ancestors get a discounted share.
	Weight  float64 `json:"weight,omitempty"`
	Sum     float64 `json:"sum,omitempty"`
	Squares float64 `json:"squares,omitempty"`
	// Hits and Misses are checked predictions (prequential accuracy), in Checked
	// different tasks. LogE is the logarithm of the rule's e-value against the
	// base rate of its action: above 0 it predicts better.
	Hits    int     `json:"hits,omitempty"`
	Misses  int     `json:"misses,omitempty"`
	Checked int     `json:"checked,omitempty"`
	LogE    float64 `json:"log_e,omitempty"`
	// Fires counts the tasks' steps in which a candidate would have been shown,
	// in FireTasks different tasks; Contradicted counts those that spoke against it.
	Fires        int `json:"fires,omitempty"`
	FireTasks    int `json:"fire_tasks,omitempty"`
	Contradicted int `json:"contradicted,omitempty"`
	// Uplift is the estimate from Strata as it stands, nil before both sides
	// have a task.
	Uplift *Uplift `json:"uplift,omitempty"`
}

// Stratum counts the tasks of one type, and how many of them were solved, in
// which a rule was in and in which it was withheld. Old tasks fade with a
// half-life of HalfLife uses, so the counts are not whole.
type Stratum struct {
	Type      string  `json:"type"`
	In        float64 `json:"in"`
	InSolved  float64 `json:"in_solved"`
	Out       float64 `json:"out"`
	OutSolved float64 `json:"out_solved"`
}

// Uplift is the type-stratified difference of success with and without a rule,
// by randomised hold-out, with its 95 % interval.
type Uplift struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	In    float64 `json:"n_in"`  // tasks, faded
	Out   float64 `json:"n_out"` // tasks, faded
	// Positive is P(uplift > 0) and Harmful P(uplift < −0.02).
	Positive float64 `json:"p_positive"`
	Harmful  float64 `json:"p_harmful"`
}

// Advantage is a rule's shrunk advantage over the baseline of its task types.
type Advantage struct {
	Value float64 `json:"value"` // Â = Σw·a / (Σw + κ), κ = 4
	SD    float64 `json:"sd"`    // σ_h, of one task's advantage
	Low   float64 `json:"low"`   // 95 % interval of Â
	High  float64 `json:"high"`
	N     float64 `json:"n"` // Σw
}

// Constants of credit (learning notes §4 and §5).
const (
	AdvantageShrink = 4.0 // κ of Â
	CitedWeight     = 1.0
	ShownWeight     = 0.3
	HalfLife        = 200.0 // uses after which a count weighs half
	priorAdvantage  = 0.5   // σ of an advantage before any is seen: the most that one of a share can have
)

// Advantage returns Â with its spread and interval. Without any task it is 0
// with the widest interval.
func (c *Credit) Advantage() Advantage {
	n := c.Weight
	a := Advantage{N: n, Value: c.Sum / (n + AdvantageShrink)}
	second := (c.Squares + AdvantageShrink*priorAdvantage*priorAdvantage) / (n + AdvantageShrink)
	a.SD = math.Sqrt(max(second-a.Value*a.Value, 0))
	half := stats.Z95 * a.SD / math.Sqrt(n+AdvantageShrink)
	a.Low, a.High = max(a.Value-half, -1), min(a.Value+half, 1)
	return a
}
