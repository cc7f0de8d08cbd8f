package conformance

import (
	"context"
	"fmt"
	"math"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
)

// checkLibraryLedger holds that a batch's task is counted with the batch, and
// that the uses of the batch are measured against the ledger before it.
func checkLibraryLedger(l agent.Library) error {
	ctx := context.Background()
	saved, err := saveOne(l, agenttest.TestRule("credited"))
	if err != nil {
		return err
	}
	elsewhere := agenttest.TestScope
	elsewhere.Dynamics = "v2"
	sum, weight := 0.0, 0.0
	var want credit.Ledger
	for i, solved := range []bool{true, true, false} {
		task := &credit.TaskRecord{Type: "add up", Solved: solved, Set: credit.SetHoldout{Propensity: .9, Withheld: i == 2}}
		y := 0.0
		if solved {
			y = 1
		}
		fade := math.Exp2(-1 / credit.HalfLife)
		sum, weight = sum*fade+y-want.Baseline(task.Type), weight*fade+1
		batch := agent.Batch{Actor: "test", Trajectory: fmt.Sprint("t", i), Scope: agenttest.TestScope, Task: task,
			Uses: []credit.UseCount{{ID: saved.ID, Shown: 2, Cited: 1, Reward: y, Randomised: true, Propensity: .5, Hits: 2, Misses: 1, LogE: .5, Born: 4}}}
		batch.Rules = []*agent.Heuristic{agenttest.TestPredicateRule(fmt.Sprint("hypothesis ", i), fmt.Sprint("feature ", i))}
		if _, err := l.Save(ctx, batch); err != nil {
			return err
		}
		want = want.Count(task, 1)
	}
	twin := &credit.TaskRecord{Type: "add up", Set: credit.SetHoldout{Propensity: .5, Withheld: true}, Twin: true}
	if _, err := l.Save(ctx, agent.Batch{Actor: "hold-out", Trajectory: "twin", Scope: agenttest.TestScope, Task: twin}); err != nil {
		return err
	}
	want = want.Count(twin, 0)
	got, err := l.Ledger(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	other, err := l.Ledger(ctx, elsewhere)
	if err != nil {
		return err
	}
	rule, err := l.Get(ctx, saved.ID)
	if err != nil {
		return err
	}
	c := rule.Credit
	if math.Abs(c.Sum-sum) > 1e-9 || math.Abs(c.Weight-weight) > 1e-9 {
		return fmt.Errorf("credit is %v of %v, want %v of %v", c.Sum, c.Weight, sum, weight)
	}
	return first(mismatch("tasks", got.Tasks, 3), mismatch("hypotheses", got.Hypotheses, 3),
		mismatch("types", got.Types, want.Types), mismatch("hold-out of the set", got.Set, want.Set), mismatch("test of the set", got.Test, want.Test),
		mismatch("tasks elsewhere", other.Tasks, 0), mismatch("hits", c.Hits, 6), mismatch("misses", c.Misses, 3),
		mismatch("checked tasks", c.Checked, 3), mismatch("log e-value", c.LogE, 1.5), mismatch("born", c.Born, 4),
		mismatch("randomised tasks", c.Trials, 3), mismatch("version", rule.Version, 1))
}

// checkLibraryMoves holds that learning's change of a status gives way to what
// happened since it was decided.
func checkLibraryMoves(l agent.Library) error {
	ctx := context.Background()
	probation := func(title string) *agent.Heuristic {
		h := agenttest.TestRule(title)
		h.Status = agent.Probation
		return h
	}
	human := probation("taught")
	human.Author = agent.AuthorHuman
	saved, err := save(l, probation("promoted"), probation("moved meanwhile"), human, probation("decided"))
	if err != nil {
		return err
	}
	want := []agent.Status{agent.Active, agent.Retired, agent.Probation, agent.Active}
	moved := saved[1].Clone()
	moved.Status = agent.Retired
	if _, err := save(l, moved); err != nil {
		return err
	}
	if c, ok := l.(Curator); ok {
		if _, err := c.SetStatus(ctx, "ada", []string{saved[3].ID}, agent.Probation); err != nil {
			return err
		}
		want[3] = agent.Probation
	}
	var moves []agent.Move
	for _, h := range saved {
		moves = append(moves, agent.Move{ID: h.ID, From: agent.Probation, To: agent.Active, Reason: "earned"})
	}
	moves = append(moves, agent.Move{ID: "no-such-rule", From: agent.Probation, To: agent.Active})
	if _, err := l.Save(ctx, agent.Batch{Actor: "test", Trajectory: "t1", Moves: moves}); err != nil {
		return err
	}
	for i, h := range saved {
		now, err := l.Get(ctx, h.ID)
		if err := first(err, mismatch("status of "+h.Title, now.Status, want[i])); err != nil {
			return err
		}
	}
	set, err := l.Usable(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	return mismatch("usable rules", len(set.Rules), 3)
}
