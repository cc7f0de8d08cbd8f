package credit

// Probabilities with which a retrieved rule is withheld in a learning run
// (docs/learning.md, §5 and §7).
const (
	WithholdProbation = 0.5
	WithholdActive    = 0.05

	// WithholdTrial is for all that models wrote and that is in trial, as one set.
	WithholdTrial = 0.25

	// WithholdSetTrial and its like tell how often the learned set as a whole is
	// withheld from a learning task, see Ledger.WithholdSet: before it is proven, then, while it is suspended, and
	// while the last tasks make it doubtful whether it is right to use it, or not to.
	WithholdSetTrial     = 0.25
	WithholdSetProven    = 0.05
	WithholdSetSuspended = 0.75
	WithholdSetDoubt     = 0.5

	// SetTrialTasks is how many learning tasks of a scope are a trial of its set,
	// proven or not.
	SetTrialTasks = 200
)
