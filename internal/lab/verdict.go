package lab

import (
	"fmt"
	"slices"
	"strings"
)

// judge says in words what was shown, and no more. Memory helps when On is
// above Off and above every control that ran; the append-successes arm is a
// rival, not a control, and is named apart.
func (r *Report) judge() {
	on := r.Arms[On]
	var parts []string
	var verdict string
	off, compared := r.Comparisons[key(Off)]
	switch {
	case on.N == 0:
		r.Verdict = "Nothing was shown: the arm with memory broke at once. " + on.Error
		return
	case r.broke(On):
		verdict = fmt.Sprintf("Nothing was shown: the arm with memory broke after %d tasks.", on.N)
	case slices.Contains(r.Spec.Arms, Off) && r.broke(Off):
		verdict = fmt.Sprintf("Nothing was compared with memory off, which broke after %d tasks; with memory %d of %d tasks were solved.", r.Arms[Off].N, on.Successes, on.N)
	case !compared:
		verdict = fmt.Sprintf("Nothing was compared with memory off; with memory %d of %d tasks were solved.", on.Successes, on.N)
	case off.Underpowered:
		verdict = "No effect was shown: " + difference(off) + ". " + power(off)
	case off.Low > 0:
		verdict = r.helped(off)
	default:
		verdict = "Memory hurts: " + difference(off) + "."
	}
	parts = append(parts, verdict)
	for _, a := range r.Spec.Arms {
		if c, ok := r.Comparisons[key(a)]; ok {
			if says, ok := rival(a); ok {
				parts = append(parts, says.sentence(c))
			}
		}
	}
	r.alarm()
	parts = append(parts, r.Alarms...)
	r.Verdict = strings.Join(parts, " ")
}

// helped names the controls that a gain over Off must also pass.
func (r *Report) helped(off Comparison) string {
	parts := []string{"Memory helps: " + difference(off)}
	for _, control := range []Arm{Placebo, Shuffled} {
		c, ok := r.Comparisons[key(control)]
		if !ok {
			continue
		}
		if c.Underpowered || c.Low <= 0 {
			return fmt.Sprintf("The gain is not of what was learned: on is above off (%s), and not shown to be above %s (%s). %s",
				difference(off), control, difference(c), power(c))
		}
		parts = append(parts, fmt.Sprintf("against %s %s", control, points(c)))
	}
	if len(parts) == 1 {
		parts = append(parts, "no control arm ran, so any library might have done it")
	}
	return strings.Join(parts, "; ") + "."
}

// saying is how a comparison with an arm that is no control is put in words.
type saying struct{ above, below, open string }

func (s saying) sentence(c Comparison) string {
	switch {
	case c.Underpowered:
		return s.open + ": " + difference(c) + ". " + power(c)
	case c.Low > 0:
		return s.above + ": " + difference(c) + "."
	}
	return s.below + ": " + difference(c) + "."
}

// rival returns the words for an arm; false for the controls.
func rival(a Arm) (saying, bool) {
	if id, ok := a.after(LeaveOneOut); ok {
		return saying{"Rule " + id + " helps", "Rule " + id + " hurts", "No effect of rule " + id + " was shown"}, true
	}
	if ref, ok := a.after(OtherModel); ok {
		return saying{"It is above " + ref + " with the same memory", ref + " with the same memory is better", "Against " + ref + " with the same memory nothing was shown"}, true
	}
	if ref, ok := a.after(OtherCritic); ok {
		return saying{"It is above what the critic " + ref + " makes of it", "With the critic " + ref + " it is better", "Against the critic " + ref + " nothing was shown"}, true
	}
	switch a {
	case Append:
		return saying{"It is above replaying similar successes", "Replaying similar successes is better", "Against replaying similar successes nothing was shown"}, true
	case Explorer:
		return saying{"It is above the hand-written explorer", "The hand-written explorer is better", "Against the hand-written explorer nothing was shown"}, true
	case Clean:
		return saying{"With the rules that were put in it is better", "The rules that were put in cost something", "No cost of the rules that were put in was shown"}, true
	case Off, On, Placebo, Shuffled:
	}
	return saying{}, false
}

func difference(c Comparison) string {
	return fmt.Sprintf("on − %s is %s of %d tasks, p %s", c.Against, points(c), c.N, probability(c.Holm))
}

func points(c Comparison) string {
	sign := func(x float64) string { return strings.Replace(fmt.Sprintf("%+.0f", 100*x), "-", "−", 1) }
	return fmt.Sprintf("%s points [%s, %s]", sign(c.Difference), sign(c.Low), sign(c.High))
}

func probability(p float64) string {
	if p < .0001 {
		return "< 0.0001"
	}
	return fmt.Sprintf("= %.4f", p)
}

// power says what would be needed instead of drawing a green arrow.
func power(c Comparison) string {
	switch {
	case c.Needed == nil:
		return "Both solved the same number of tasks."
	case *c.Needed <= c.N:
		return fmt.Sprintf("A difference of this size should show in about %d tasks; the interval or the correction for several arms still leaves it open.", *c.Needed)
	}
	return fmt.Sprintf("Underpowered: about %d tasks would be needed to show a difference of this size.", *c.Needed)
}

// alarm looks for what a mean can hide.
func (r *Report) alarm() {
	if off, ok := r.Comparisons[key(Off)]; ok {
		if off.Score.Value > 0 && off.Difference < 0 {
			r.Alarms = append(r.Alarms, fmt.Sprintf("Alarm: with memory the mean score is up (%+.2f) and fewer tasks are solved (%d lost, %d won): it may work for the score instead of the purpose.",
				off.Score.Value, off.Lost, off.Won))
		}
		if off.Lost > 0 {
			r.Alarms = append(r.Alarms, fmt.Sprintf("Negative transfer: %d of %d tasks were solved without memory and not with it.", off.Lost, off.N))
		}
	}
	for _, critic := range r.Training.Discredited {
		r.Alarms = append(r.Alarms, fmt.Sprintf("The critic %q lost the right to give credit in training: rules come from outcomes alone.", critic))
	}
	for _, a := range r.Spec.Arms {
		if arm := r.Arms[a]; arm.Error != "" {
			r.Alarms = append(r.Alarms, fmt.Sprintf("The arm %s broke after %d tasks: %s.", a, arm.N, strings.TrimSuffix(arm.Error, ".")))
		}
	}
	if t := r.Training; t.Failed > 0 {
		r.Alarms = append(r.Alarms, fmt.Sprintf("%d of %d training tasks failed: %s.", t.Failed, t.N, strings.TrimSuffix(t.Error, ".")))
	}
}
