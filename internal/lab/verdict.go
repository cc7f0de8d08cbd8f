package lab

import (
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
)

// judge says in words what was shown, and no more. Memory helps when On is
// above Off and above every control that ran; the append-successes arm is a
// rival, not a control, and is named apart.
func (r *Report) judge() {
	on := r.Arms[On]
	if on.N == 0 {
		r.Verdict = r.Lead() + ". " + on.Error
		return
	}
	parts := []string{verdictOf(r, r.Spec.Arms)}
	if _, compared := r.showing(Off); !compared {
		parts[0] = strings.Replace(parts[0], lead(r), r.Lead()+".", 1)
	}
	r.alarm()
	r.Verdict = strings.Join(append(parts, r.Alarms...), " ")
}

// verdictOf is the lead with its figures, and a sentence for each rival.
func verdictOf(r showings, arms []Arm) string {
	var parts []string
	off, compared := r.showing(Off)
	switch open, failed := unpassed(r); {
	case !compared:
		parts = append(parts, lead(r))
	case off.Finding == Helps && failed:
		parts = append(parts, fmt.Sprintf("%s: on is above off (%s), and not shown to be above %s (%s).", lead(r), off.sentence(), open.Against, open.sentence()), open.Advice())
	case off.Finding == Helps:
		parts = append(parts, lead(r)+": "+off.sentence()+passed(r)+".")
	default:
		parts = append(parts, lead(r)+": "+off.sentence()+".", off.Advice())
	}
	for _, a := range arms {
		says, known := rival(a)
		if c, ran := r.showing(a); known && ran {
			parts = append(parts, says.sentence(c))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// passed names the controls that a gain over Off is also above.
func passed(r showings) string {
	var text strings.Builder
	for _, control := range controls {
		if c, ran := r.showing(control); ran {
			text.WriteString("; against " + string(control) + " " + c.Figure)
		}
	}
	if text.Len() == 0 {
		return "; no control arm ran, so any library might have done it"
	}
	return text.String()
}

// saying is how a comparison with an arm that is no control is put in words.
type saying struct{ above, below, open string }

func (s saying) sentence(c Showing) string {
	switch c.Finding {
	case Helps:
		return s.above + ": " + c.sentence() + "."
	case Harms:
		return s.below + ": " + c.sentence() + "."
	case TooFew:
		return s.open + " yet: " + c.sentence() + ". " + c.Advice()
	case NoneShown:
	}
	return s.open + ": " + c.sentence() + ". " + c.Advice()
}

// rival returns the words for an arm; false for the controls.
func rival(a Arm) (saying, bool) {
	if id, ok := a.after(LeaveOneOut); ok {
		return saying{"Rule " + id + " helps", "Rule " + id + " hurts", "No effect of rule " + id + " was shown"}, true
	}
	if environment, ok := a.after(PlaceboOf); ok {
		return saying{"It is above as many rules of " + environment, "As many rules of " + environment + " are better", "Against as many rules of " + environment + " nothing was shown"}, true
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
	case PlaybookOnly:
		return saying{"It is above the playbook alone", "The playbook alone is better", "Against the playbook alone nothing was shown"}, true
	case Explorer:
		return saying{"It is above the hand-written explorer", "The hand-written explorer is better", "Against the hand-written explorer nothing was shown"}, true
	case Clean:
		return saying{"With the rules that were put in it is better", "The rules that were put in cost something", "No cost of the rules that were put in was shown"}, true
	case Off, On, Placebo, Shuffled:
	}
	return saying{}, false
}

func points(c Comparison) string {
	return fmt.Sprintf("%s points [%s, %s]", signed(c.Difference), signed(c.Low), signed(c.High))
}

// signed writes a difference of shares in whole points with its sign.
func signed(x float64) string { return strings.Replace(fmt.Sprintf("%+.0f", 100*x), "-", "−", 1) }

func probability(p float64) string {
	if p < .0001 {
		return "< 0.0001"
	}
	return fmt.Sprintf("= %.4f", p)
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
	if why := r.Training.Suspended; why != "" {
		r.Alarms = append(r.Alarms, agent.Because("What was learned is suspended, and is measured here all the same", strings.TrimSuffix(why, "."))+".")
	}
	for _, a := range r.Spec.Arms {
		if arm := r.Arms[a]; arm.Error != "" {
			r.Alarms = append(r.Alarms, agent.Because(fmt.Sprintf("The arm %s broke after %d tasks", a, arm.N), strings.TrimSuffix(arm.Error, "."))+".")
		}
	}
	if p := r.Planted; p != nil && p.Promoted > 0 {
		r.Alarms = append(r.Alarms, fmt.Sprintf("Alarm: %d of %d false rules that were planted were promoted.", p.Promoted, p.Planted))
	}
	if n := len(r.LawChanges); n > 0 && r.Spec.ChangeAt == 0 {
		r.Alarms = append(r.Alarms, fmt.Sprintf("False alarm: the learner found %d changes of the world's laws, and there were none.", n))
	}
	if t := r.Training; t.Failed > 0 {
		r.Alarms = append(r.Alarms, agent.Because(fmt.Sprintf("%d of %d training tasks failed", t.Failed, t.N), strings.TrimSuffix(t.Error, "."))+".")
	}
}
