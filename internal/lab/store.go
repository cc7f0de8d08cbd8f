package lab

import (
	"context"
	"time"

	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
)

// Store keeps experiments durably. It is safe for concurrent use, also by
// several processes. Errors: CodeNotFound for an unknown id; CodeConflict
// where the status does not allow what is asked, and for a lease that is lost.
//
// An experiment is worked by whoever holds its lease. A claim raises the
// epoch, which every later write names: a worker that was stopped, lost its
// lease and woke up again is refused.
type Store interface {
	// Create stores a new experiment and what its journal begins with.
	Create(ctx context.Context, e experiments.Experiment, records map[string][]byte) error
	// Get returns one experiment with its report.
	Get(ctx context.Context, id string) (experiments.Experiment, error)
	// List returns experiments without their reports, newest first.
	List(ctx context.Context, q experiments.ExperimentQuery) (catalog.Page[experiments.Experiment], error)
	// Revision counts the changes of an experiment.
	Revision(ctx context.Context, id string) (int64, error)
	// Delete deletes experiments that are at their end, or none if one is not.
	// It returns how many there were; unknown ids are left out.
	Delete(ctx context.Context, by string, ids []string) (int, error)

	// Claim takes the lease of the oldest experiment that nobody works, or of
	// the one with the id. It returns nil where none is due; CodeConflict where
	// the one that was named is not.
	Claim(ctx context.Context, id, owner string, ttl time.Duration) (*experiments.ExperimentClaim, error)
	// Renew prolongs a lease, and stores how far the experiment is, if progress
	// is not nil. It returns who asked to cancel, "" if nobody did.
	Renew(ctx context.Context, c *experiments.ExperimentClaim, ttl time.Duration, progress *experiments.ExperimentProgress) (cancelBy string, err error)
	// Release gives the lease back; the experiment is due at once.
	Release(ctx context.Context, c *experiments.ExperimentClaim, spent time.Duration) error
	// End stores the final status with its reason, verdict and report. The
	// journal of a finished one goes.
	End(ctx context.Context, c *experiments.ExperimentClaim, spent time.Duration, end experiments.ExperimentEnd) error
	// Cancel cancels an experiment that nobody works, and asks the holder of
	// one that is worked.
	Cancel(ctx context.Context, id, by string) error
	// Requeue makes one that failed or was cancelled due again.
	Requeue(ctx context.Context, id, by string) error

	// Load returns what an experiment's journal has under a key, nil if nothing.
	Load(ctx context.Context, id, key string) ([]byte, error)
	// Keep adds to the journal.
	Keep(ctx context.Context, c *experiments.ExperimentClaim, key string, value []byte) error
}
