package credit

import (
	"fmt"
	"math"
	"slices"

	"purposeagent/agent/stats"
)

// Credit is what is known of a rule beyond its evidence: whether it is useful,
// by what became of the tasks in which it was in and in which it was withheld
// at random, and whether it is true, by predictions that were checked on
// transitions that came after it was made. The two are never mixed.
type Credit struct {
	// Strata count tasks by task type, for the randomised hold-out.
	Strata []Stratum `json:"strata,omitempty"`
	Trials int       `json:"trials,omitempty"` // tasks in which chance decided, in and out
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
	// Fires counts the steps in which a candidate would have been shown,
	// in FireTasks different tasks; Contradicted counts those that spoke against it.
	Fires        int `json:"fires,omitempty"`
	FireTasks    int `json:"fire_tasks,omitempty"`
	Contradicted int `json:"contradicted,omitempty"`
	// Refuted counts the transitions that can't come out otherwise and that were the
	// opposite of what the rule says.
	Refuted int `json:"refuted,omitempty"`
	// Born counts the tasks that its scope had learned from when credit first
	// looked at the rule; it is at least 1 then.
	Born int `json:"born,omitempty"`
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

// Constants of credit (docs/learning.md, §4 and §5).
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

// Clone returns a copy that shares nothing with c.
func (c Credit) Clone() Credit {
	c.Strata = slices.Clone(c.Strata)
	if c.Uplift != nil {
		u := *c.Uplift
		c.Uplift = &u
	}
	return c
}

// Checks returns how many predictions of the rule were checked.
func (c *Credit) Checks() int { return c.Hits + c.Misses }

// Disputed reports whether advantage and uplift say opposite things, both with
// an interval that leaves out 0.
func (c *Credit) Disputed() bool {
	a, u := c.Advantage(), c.Uplift
	if u == nil {
		return false
	}
	return a.Low > 0 && u.High < 0 || a.High < 0 && u.Low > 0
}

// UseCount is what one task did with one rule.
type UseCount struct {
	ID     string
	Shown  int // steps
	Cited  int // steps
	Reward float64
	// Randomised says that chance decided whether the rule was in, with
	// probability Propensity, and Withheld that it was not.
	Randomised bool
	Withheld   bool
	Propensity float64
	// Inherited is the share of a descendant's advantage that an ancestor gets.
	Inherited    float64
	Fires        int // steps in which a candidate would have been shown
	Contradicted int // and in which the action that it speaks of turned out otherwise
	Refuted      int // transitions that can't come out otherwise, and did
	Hits         int // predictions that came true
	Misses       int
	LogE         float64 // what the predictions add to the rule's log e-value
	Born         int
}

// TaskCredit is what one finished task tells about everything that was used in it.
type TaskCredit struct {
	Type     string  // of the task
	Baseline float64 // b(type), the share solved before this task
	Solved   bool
}

// Count adds what one task did with the rule. A nil task leaves out what is
// measured against a baseline.
func (c *Credit) Count(u UseCount, task *TaskCredit) {
	if c.Born == 0 {
		c.Born = u.Born
	}
	c.Hits += u.Hits
	c.Misses += u.Misses
	c.LogE = min(max(c.LogE+u.LogE, -maxLogE), maxLogE)
	if u.Hits+u.Misses > 0 {
		c.Checked++
	}
	c.Fires += u.Fires
	c.Contradicted += u.Contradicted
	c.Refuted += u.Refuted
	if u.Fires > 0 {
		c.FireTasks++
	}
	if task == nil {
		return
	}
	c.addAdvantage(u, task)
	if u.Randomised {
		c.addTask(u, task)
	}
}

// maxLogE bounds a log e-value, so that no sum overflows and evidence of long
// ago can be outweighed.
const maxLogE = 60

func (c *Credit) addAdvantage(u UseCount, task *TaskCredit) {
	weight := u.Inherited
	switch {
	case u.Cited > 0:
		weight = CitedWeight
	case u.Shown > 0:
		weight = ShownWeight
	}
	if weight <= 0 {
		return
	}
	a := indicatorOf(task.Solved) - task.Baseline
	fade := math.Exp2(-weight / HalfLife)
	c.Weight = c.Weight*fade + weight
	c.Sum = c.Sum*fade + weight*a
	c.Squares = c.Squares*fade + weight*a*a
}

// MaxStrata bounds the task types that a rule counts apart; the others share one.
const MaxStrata = 16

// OtherTypes is the type that stands for all that are not counted apart.
const OtherTypes = "other"

// addTask counts a task in which chance decided whether the rule was in.
// Tasks with different propensities are different strata, or the lot of early
// and late tasks would pass for an effect.
func (c *Credit) addTask(u UseCount, task *TaskCredit) {
	name := task.Type
	if u.Propensity != 1-WithholdProbation {
		name += " · " + formatShare(u.Propensity)
	}
	fadeStrata(c.Strata)
	stratumOf(&c.Strata, name).take(u.Withheld, task.Solved)
	c.Trials++
	c.Uplift = UpliftOf(c.Strata)
}

// fadeStrata lets what was counted weigh less by one use. Evidence never fades.
func fadeStrata(strata []Stratum) {
	fade := math.Exp2(-1 / HalfLife)
	for i := range strata {
		s := &strata[i]
		s.In, s.InSolved, s.Out, s.OutSolved = s.In*fade, s.InSolved*fade, s.Out*fade, s.OutSolved*fade
	}
}

func stratumOf(strata *[]Stratum, name string) *Stratum {
	find := func(name string) *Stratum {
		for i := range *strata {
			if (*strata)[i].Type == name {
				return &(*strata)[i]
			}
		}
		return nil
	}
	if s := find(name); s != nil {
		return s
	}
	if len(*strata) >= MaxStrata-1 {
		if s := find(OtherTypes); s != nil {
			return s
		}
		name = OtherTypes
	}
	*strata = append(*strata, Stratum{Type: name})
	return &(*strata)[len(*strata)-1]
}

// UpliftOf estimates the uplift from strata: the difference of success in and
// out of each, weighed as Mantel and Haenszel do for risk differences
// (n_in·n_out/(n_in + n_out); Greenland and Robins 1985). It is nil where no
// stratum has both sides. The interval and the probabilities are those of the
// posteriors Beta(1 + s, 1 + f), exact for one stratum and by the normal
// distribution with their mean and variance for several.
func UpliftOf(strata []Stratum) *Uplift {
	var u Uplift
	var total float64
	var used []Stratum
	for _, s := range strata {
		if w := s.weight(); w > 0 {
			used = append(used, s)
			total += w
		}
	}
	if len(used) == 0 {
		return nil
	}
	var mean, variance float64
	for _, s := range used {
		share := s.weight() / total // first, so that the squares of small weights don't vanish
		u.In, u.Out = u.In+s.In, u.Out+s.Out
		u.Value += share * (s.InSolved/s.In - s.OutSolved/s.Out)
		inMean, inVar := stats.BetaMoments(s.InSolved, s.In)
		outMean, outVar := stats.BetaMoments(s.OutSolved, s.Out)
		mean += share * (inMean - outMean)
		variance += share * share * (inVar + outVar)
	}
	u.Value = max(min(u.Value, 1), -1) // rounding may pass them
	sd := math.Sqrt(variance)
	u.Low, u.High = max(min(mean-stats.Z95*sd, u.Value), -1), min(max(mean+stats.Z95*sd, u.Value), 1)
	if len(used) == 1 {
		s := used[0]
		u.Positive = stats.UpliftProbability(s.InSolved, s.In, s.OutSolved, s.Out, 0)
		u.Harmful = 1 - stats.UpliftProbability(s.InSolved, s.In, s.OutSolved, s.Out, -harmMargin)
		return &u
	}
	u.Positive = stats.NormalCDF(mean / sd)
	u.Harmful = stats.NormalCDF((-harmMargin - mean) / sd)
	return &u
}

// weight is what a stratum weighs beside others, 0 where it has one side only.
func (s Stratum) weight() float64 {
	if !(s.In > 0 && s.Out > 0) {
		return 0
	}
	return s.In * s.Out / (s.In + s.Out)
}

// harmMargin is how far below 0 an uplift must be to count as harm.
const harmMargin = 0.02

func indicatorOf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// String says an uplift as people read it, with its interval and numbers.
func (u *Uplift) String() string {
	return fmt.Sprintf("worth %+.2f [%+.2f, %+.2f] in %.0f tasks with and %.0f without", u.Value, u.Low, u.High, u.In, u.Out)
}
