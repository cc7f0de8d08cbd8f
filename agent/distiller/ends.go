package distiller

import (
	"slices"

	"purposeagent/agent"
)

// ends knows how long the episodes of a scope were, also of those that are out of
// its window. It tells an end that was brought about by the last step from one
// that comes whatever is done: a time limit that the environment does not call
// one, or a world that always ends in failure after so many steps.
type ends struct {
	longest   int          // in steps
	successes map[int]bool // their lengths
}

func newEnds() *ends { return &ends{successes: map[int]bool{}} }

// count takes in an episode.
func (e *ends) count(t *agent.Trajectory) {
	e.longest = max(e.longest, len(t.Steps))
	if t.Outcome.Success {
		e.successes[len(t.Steps)] = true
	}
}

// tell reports whether another episode fared otherwise than to end in failure
// with that many steps: it went on, or it ended with success there. Without such
// a contrast the end says nothing about the step that it came with.
func (e *ends) tell(t *agent.Trajectory) bool {
	return e.successes[len(t.Steps)] || e.longest > len(t.Steps)
}

// awaiting is an end in failure that nothing told from a limit yet.
type awaiting struct {
	t  *agent.Trajectory
	tr transition
}

// wait counts an episode's end. If its own says nothing yet, it is kept; and
// those that were kept are learned from as soon as an episode fared otherwise.
func (f *field) wait(t *agent.Trajectory, list []transition, touched map[string]bool) {
	last := lastStep(t)
	if t.EndedInFailure() && last >= 0 && !f.ends.tell(t) {
		f.pending = append(f.pending, awaiting{t, list[last]})
	}
	f.ends.count(t)
	f.pending = slices.DeleteFunc(f.pending, func(a awaiting) bool {
		if !f.ends.tell(a.t) {
			return false
		}
		a.tr.label = bad
		f.learn(a.t, lastStep(a.t), &a.tr, touched)
		return true
	})
}
