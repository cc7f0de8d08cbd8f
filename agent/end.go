package agent

// End says what brought an episode to its end. The zero value is that of
// episodes from before it was recorded: nothing is known of their end.
type End string

// The ends of an episode.
const (
	EndEnvironment End = "environment" // the environment came to its end by itself
	EndTruncated   End = "truncated"   // the environment cut the episode, for instance at a time limit of its own
	EndSteps       End = "steps"       // the task's steps were used up
	EndActor       End = "actor"       // the actor said DONE
	EndPhi         End = "phi"         // Φ reached the early stop
	EndBudget      End = "budget"      // tokens, dollars or time were used up
	EndStopped     End = "stopped"     // a person stopped it
	EndFailed      End = "failed"      // the run could not go on
)

// Truncater is an environment that can say of a terminal state that the episode
// was cut there, which is no word about what was done: as "truncated" in
// Gymnasium (Towers et al., arXiv 2407.17032), in contrast to "terminated".
type Truncater interface {
	Truncated(state State) bool
}

// EndedInFailure reports whether the environment ended the episode with its
// last step, before the task's limit and without success. That is evidence
// against the step (docs/learning.md, §9); a limit, a cut or a person's stop is not.
func (t *Trajectory) EndedInFailure() bool {
	return t.End == EndEnvironment && !t.Outcome.Success && len(t.Steps) > 0 && len(t.Steps) < t.Task.MaxSteps
}
