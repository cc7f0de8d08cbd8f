package calibration

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"purposeagent/agent"
)

// CriticLog is a Calibrator in memory. It is safe for concurrent use.
type CriticLog struct {
	mu   sync.Mutex
	logs map[CriticKey]*criticLog
}

type criticLog struct {
	pairs []CriticPair // oldest first, at most KeptCriticPairs
	total int
	right CriticRight // as of the last look
}

var _ agent.Calibrator = (*CriticLog)(nil)

// NewCriticLog returns an empty log.
func NewCriticLog() *CriticLog { return &CriticLog{logs: map[CriticKey]*criticLog{}} }

// Observe keeps the trajectory's pair, where it has one.
func (c *CriticLog) Observe(ctx context.Context, t *agent.Trajectory) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, pair, ok := CriticPairOf(t)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	log := c.logs[key]
	if log == nil {
		log = &criticLog{right: RightUnproven}
		c.logs[key] = log
	}
	if slices.ContainsFunc(log.pairs, func(p CriticPair) bool { return p.Run == pair.Run }) {
		return nil
	}
	log.total++
	log.pairs = append(log.pairs, pair)
	if len(log.pairs) > KeptCriticPairs {
		log.pairs = slices.Delete(log.pairs, 0, len(log.pairs)-KeptCriticPairs)
	}
	if CriticLookDue(log.total) {
		log.right = JudgeCritic(log.pairs, log.total)
	}
	return nil
}

// CriticLookDue reports whether a critic that has had total pairs is judged
// anew at the last of them.
func CriticLookDue(total int) bool { return total > 0 && total%CriticLook == 0 }

// Discredited returns the critics that lost the right to give credit in the scope.
func (c *CriticLog) Discredited(ctx context.Context, scope agent.Scope) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for key, log := range c.logs {
		if key.Scope == scope && log.right == RightLost {
			names = append(names, key.Critic)
		}
	}
	slices.Sort(names)
	return names, ctx.Err()
}

// Critics reports on every critic in every scope, by environment and name.
func (c *CriticLog) Critics(ctx context.Context) ([]CriticReport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reports := make([]CriticReport, 0, len(c.logs))
	for key, log := range c.logs {
		reports = append(reports, NewCriticReport(key, log.pairs, log.total))
	}
	slices.SortFunc(reports, func(a, b CriticReport) int { return CompareCritics(a.CriticKey, b.CriticKey) })
	return reports, ctx.Err()
}

// Critic reports on one critic. CodeNotFound where no task with a known outcome
// has ended under it.
func (c *CriticLog) Critic(ctx context.Context, key CriticKey) (CriticReport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := c.logs[key]
	if log == nil {
		return CriticReport{}, agent.Errorf(agent.CodeNotFound, "nothing is known of the critic %q here", agent.Clip(key.Critic, 40))
	}
	return NewCriticReport(key, log.pairs, log.total), ctx.Err()
}

// CompareCritics is the order in which critics are listed.
func CompareCritics(a, b CriticKey) int {
	return cmp.Or(cmp.Compare(a.Scope.Environment, b.Scope.Environment), cmp.Compare(a.Critic, b.Critic),
		cmp.Compare(a.Scope.Dynamics, b.Scope.Dynamics), cmp.Compare(a.Scope.Schema, b.Scope.Schema))
}
