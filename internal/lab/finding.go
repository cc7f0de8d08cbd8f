package lab

import (
	"cmp"
	"fmt"
	"slices"

	"purposeagent/agent/stats"
)

// Finding is what a comparison of On with another arm shows. Every sentence,
// mark and advice about a comparison goes by it.
type Finding string

// The findings.
const (
	// Helps and Harms are shown: the interval leaves out 0 and p, corrected for
	// the number of comparisons, is below 0.05.
	Helps Finding = "helps"
	Harms Finding = "harms"
	// NoneShown is the rest, where there were enough units to look.
	NoneShown Finding = "none_shown"
	// TooFew says that nothing could be concluded: with so few units no p can
	// fall below 0.05, whatever the effect; or one of WorthShowing or more was
	// seen that only more units can show.
	TooFew Finding = "too_few"
)

// WorthShowing is the difference of shares from which an effect that is not
// shown is worth more units: 10 tasks in 100.
const WorthShowing = .10

// evidence is what a finding is decided by. Units are what was drawn
// independently: tasks of one world, or worlds.
type evidence struct {
	value, low, high float64
	holm             float64
	n                int // units
	comparisons      int // that p was corrected for
	needed           *int
}

// Shown is the finding of an interval with its corrected p, where it is one of
// an effect; else NoneShown.
func Shown(low, high, holm float64) Finding {
	switch {
	case holm < .05 && low > 0:
		return Helps
	case holm < .05 && high < 0:
		return Harms
	}
	return NoneShown
}

func (e evidence) finding() Finding {
	if f := Shown(e.low, e.high, e.holm); f != NoneShown {
		return f
	}
	few := e.n < stats.RequiredSigns(e.comparisons)
	worth := e.value >= WorthShowing || e.value <= -WorthShowing
	if few || worth && e.needed != nil && *e.needed > e.n {
		return TooFew
	}
	return NoneShown
}

// enough is how many units to take, at least what a p below 0.05 needs.
func (e evidence) enough() int {
	least := stats.RequiredSigns(e.comparisons)
	if e.needed != nil {
		return max(*e.needed, least)
	}
	return least
}

// decide says what a comparison of one world shows; it is repeated for reports
// that are read, since older ones don't say it.
func (r *Report) decide() {
	for name, c := range r.Comparisons {
		c.Finding = c.evidence(len(r.Comparisons)).finding()
		r.Comparisons[name] = c
	}
}

func (c Comparison) evidence(comparisons int) evidence {
	return evidence{c.Difference, c.Low, c.High, c.Holm, c.N, comparisons, c.Needed}
}

// decide is the same over worlds, and says how many of them it would take.
func (r *WorldsReport) decide() {
	for name, c := range r.Comparisons {
		var differences []float64
		c.Above, c.Below = 0, 0
		for _, w := range r.Worlds {
			one, ok := w.Comparisons[name]
			if !ok {
				continue
			}
			differences = append(differences, one.Difference)
			switch {
			case one.Difference > 0:
				c.Above++
			case one.Difference < 0:
				c.Below++
			}
		}
		c.Needed = nil
		if n, ok := stats.RequiredUnits(differences, len(r.Comparisons)); ok {
			c.Needed = &n
		}
		c.Finding = c.evidence(len(r.Comparisons)).finding()
	}
}

func (c *WorldsComparison) evidence(comparisons int) evidence {
	return evidence{c.Difference, c.Low, c.High, c.Holm, c.Worlds, comparisons, c.Needed}
}

// Showing is a comparison as verdicts speak of it.
type Showing struct {
	Against  Arm
	Finding  Finding
	Unit     string // "task" or "world"
	Figure   string // "+68 points [60, 76] of 10 worlds, p = 0.0020"
	Bare     string // "+68 points", without what so few units don't say
	Alike    string // "in both worlds", where all units have one direction; else how many have which
	Enough   int    // units to take, where there were too few
	N        int
	Solved   bool // false: both solved the same number of tasks
	possible bool // a p below 0.05 could come out with so many units
}

func (r *Report) showing(a Arm) (Showing, bool) {
	c, ok := r.Comparisons[key(a)]
	if !ok {
		return Showing{}, false
	}
	e := c.evidence(len(r.Comparisons))
	return showingOf(a, e, cmp.Or(c.Finding, e.finding()), "task", c.Won, c.Lost, fmt.Sprintf("%s of %d tasks, p %s", points(c), c.N, probability(c.Holm))), true
}

func (r *WorldsReport) showing(a Arm) (Showing, bool) {
	c, ok := r.Comparisons[key(a)]
	if !ok {
		return Showing{}, false
	}
	e := c.evidence(len(r.Comparisons))
	figure := fmt.Sprintf("%s of %d worlds, p %s", points(Comparison{Difference: c.Difference, Low: c.Low, High: c.High}), c.Worlds, probability(c.Holm))
	return showingOf(a, e, cmp.Or(c.Finding, e.finding()), "world", c.Above, c.Below, figure), true
}

func showingOf(a Arm, e evidence, f Finding, unit string, up, down int, figure string) Showing {
	c := Showing{Against: a, Finding: f, Unit: unit, Figure: figure, Bare: signed(e.value) + " points", N: e.n, Enough: e.enough(), Solved: e.value != 0,
		possible: e.n >= stats.RequiredSigns(e.comparisons)}
	same := max(up, down)
	switch {
	case same == 0:
		c.Alike = fmt.Sprintf("the same in all %d %ss", e.n, unit)
	case same == e.n && e.n == 1:
		c.Alike = "in the one " + unit
	case same == e.n && e.n == 2:
		c.Alike = "in both " + unit + "s"
	case same == e.n:
		c.Alike = fmt.Sprintf("in all %d %ss", e.n, unit)
	default:
		c.Alike = fmt.Sprintf("better in %d and worse in %d of %d %ss", up, down, e.n, unit)
	}
	return c
}

// Advice is what to do next where a comparison shows nothing: "" where it does.
func (c Showing) Advice() string {
	switch c.Finding {
	case Helps, Harms:
		return ""
	case TooFew:
		if c.Solved {
			return fmt.Sprintf("Take %d %ss or more.", c.Enough, c.Unit)
		}
		return fmt.Sprintf("Take %d %ss or more; with fewer no difference can be shown.", c.Enough, c.Unit)
	case NoneShown:
	}
	if !c.Solved {
		return "Both solved the same number of tasks."
	}
	if c.Enough <= c.N {
		return fmt.Sprintf("A difference of this size should show in about %d %ss; the interval or the correction for several arms still leaves it open.", c.Enough, c.Unit)
	}
	return fmt.Sprintf("To show a difference as small as this would take about %d %ss.", c.Enough, c.Unit)
}

// sentence is the showing without its lead: "on − off is +68 points [60, 76] of
// 10 worlds, p = 0.0020". Where there are too few units for any p, neither
// interval nor p is told: they would say more than is known.
func (c Showing) sentence() string {
	what := "on − " + string(c.Against) + " is "
	if c.Finding == TooFew && !c.possible {
		return what + c.Bare + ", " + c.Alike
	}
	return what + c.Figure
}

// showings finds what a verdict is made of.
type showings interface {
	showing(against Arm) (Showing, bool)
}

// lead is the finding about memory in a few words: against Off, and then
// against each control that ran, since a gain that a control has too is not of
// what was learned.
func lead(r showings) string {
	off, compared := r.showing(Off)
	if !compared {
		return "Nothing was compared with memory off"
	}
	switch off.Finding {
	case Harms:
		return "Memory hurts"
	case NoneShown:
		return "No effect was shown"
	case TooFew:
		return "Too few " + off.Unit + "s to say"
	case Helps:
	}
	if _, ok := unpassed(r); ok {
		return "The gain is not shown to come from what was learned"
	}
	return "Memory helps"
}

// controls are the arms that a gain over Off must also pass.
var controls = []Arm{Placebo, Shuffled}

// unpassed returns the first control that On is not shown to be above.
func unpassed(r showings) (Showing, bool) {
	for _, control := range controls {
		if c, ran := r.showing(control); ran && c.Finding != Helps {
			return c, true
		}
	}
	return Showing{}, false
}

// Lead is the verdict in a few words, without its figures.
func (r *Report) Lead() string {
	on := r.Arms[On]
	switch {
	case on != nil && on.N == 0:
		return "Nothing was shown: the arm with memory broke at once"
	case r.broke(On) && on != nil:
		return fmt.Sprintf("Nothing was shown: the arm with memory broke after %d tasks", on.N)
	case slices.Contains(r.Spec.Arms, Off) && r.broke(Off) && on != nil && r.Arms[Off] != nil:
		return fmt.Sprintf("Nothing was compared with memory off, which broke after %d tasks; with memory %d of %d tasks were solved", r.Arms[Off].N, on.Successes, on.N)
	}
	if _, compared := r.showing(Off); !compared && r.Arms[On] != nil {
		return fmt.Sprintf("%s; with memory %d of %d tasks were solved", lead(r), r.Arms[On].Successes, r.Arms[On].N)
	}
	return lead(r)
}

// Lead is the verdict over worlds in a few words, without its figures.
func (r *WorldsReport) Lead() string { return lead(r) }

// Against returns what a comparison shows; false where it was not made.
func (r *Report) Against(a Arm) (Showing, bool) { return r.showing(a) }

// Against returns what a comparison over worlds shows; false where it was not made.
func (r *WorldsReport) Against(a Arm) (Showing, bool) { return r.showing(a) }
