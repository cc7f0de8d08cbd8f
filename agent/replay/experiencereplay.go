// Package replay keeps trajectories: it finds those that are like a task, and weighs
// what to drop when it is full.
package replay

import (
	"context"
	"slices"
	"sync"

	"purposeagent/agent"
)

// ExperienceReplay is a Replay in memory. It is safe for concurrent use and
// never fails but for wrong input. What it returns shares nothing that it
// would ever change.
type ExperienceReplay struct {
	mu     sync.RWMutex
	index  *Index
	bodies map[string]*agent.Trajectory // never changed once they are in
}

var _ agent.Replay = (*ExperienceReplay)(nil)

// New returns an empty replay; a capacity below 1 means
// DefaultCapacity.
func New(capacity int) *ExperienceReplay {
	return &ExperienceReplay{index: NewIndex(capacity), bodies: map[string]*agent.Trajectory{}}
}

// Check reports why a replay can't keep a trajectory: CodeInvalid.
func Check(t *agent.Trajectory) error {
	switch {
	case t == nil:
		return agent.Errorf(agent.CodeInvalid, "there is no trajectory to keep")
	case t.ID == "":
		return agent.Errorf(agent.CodeInvalid, "the trajectory has no id")
	}
	return nil
}

// Add stores a copy of the trajectory and drops the least valuable one beyond
// the capacity. CodeInvalid for one without id.
func (r *ExperienceReplay) Add(ctx context.Context, t *agent.Trajectory) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := Check(t); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bodies[t.ID] != nil {
		return nil
	}
	for _, id := range r.index.Add(NewEntry(t)) {
		delete(r.bodies, id)
	}
	r.bodies[t.ID] = copyTrajectory(t)
	return nil
}

// copyTrajectory copies all that a caller could change by accident; states and
// objects are immutable by themselves.
func copyTrajectory(t *agent.Trajectory) *agent.Trajectory {
	c := *t
	c.Steps = slices.Clone(t.Steps)
	return &c
}

// Get returns one trajectory, or CodeNotFound.
func (r *ExperienceReplay) Get(ctx context.Context, id string) (*agent.Trajectory, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	t := r.bodies[id]
	if t == nil {
		return nil, agent.Errorf(agent.CodeNotFound, "there is no trajectory %q", id)
	}
	return copyTrajectory(t), nil
}

// Retrieve returns up to k trajectories like the task, as Index ranks them.
func (r *ExperienceReplay) Retrieve(ctx context.Context, scope agent.Scope, task agent.Task, k int) ([]agent.Match, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	hits := r.index.Retrieve(scope, task, k)
	matches := make([]agent.Match, len(hits))
	for i, h := range hits {
		matches[i] = h.Match(copyTrajectory(r.bodies[h.ID]))
	}
	return matches, nil
}

// UpdateValue moves the values towards the reward; unknown ids are left out.
func (r *ExperienceReplay) UpdateValue(ctx context.Context, ids []string, reward float64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.index.UpdateValue(ids, reward)
	return nil
}

// Best returns up to n trajectories with SuccessRate ≥ minSuccessRate. The
// classical rule is n = 5 and a rate of 0.3.
func (r *ExperienceReplay) Best(ctx context.Context, n int, minSuccessRate float64) ([]*agent.Trajectory, error) {
	return r.list(ctx, func() []string { return r.index.Best(n, minSuccessRate) })
}

// Recent returns up to n trajectories of the scope, newest first.
func (r *ExperienceReplay) Recent(ctx context.Context, scope agent.Scope, n int) ([]*agent.Trajectory, error) {
	return r.list(ctx, func() []string { return r.index.Recent(scope, n) })
}

func (r *ExperienceReplay) list(ctx context.Context, ids func() []string) ([]*agent.Trajectory, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*agent.Trajectory
	for _, id := range ids() {
		list = append(list, copyTrajectory(r.bodies[id]))
	}
	return list, nil
}

// Stats summarises the replay.
func (r *ExperienceReplay) Stats(ctx context.Context) (agent.ReplayStats, error) {
	if err := ctx.Err(); err != nil {
		return agent.ReplayStats{}, err
	}
	return r.index.Stats(), nil
}
