package conformance

import (
	"context"
	"fmt"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
)

// checkLibraryShelve holds that a change of law puts away the counted rules of
// its actions and no others, once, and that learning makes new rows then.
func checkLibraryShelve(l agent.Library) error {
	shelver, ok := l.(rulestore.Shelver)
	if !ok {
		return nil
	}
	ctx := context.Background()
	counted := func(action string) *agent.Heuristic {
		h := agenttest.TestPredicateRule("counted "+action, "below")
		h.Author, h.Status, h.Predicate.Action = agent.AuthorDistiller, agent.Active, action
		return h
	}
	pinned, claim := counted("add"), counted("add")
	pinned.Pinned, pinned.Predicate.When[0].Feature = true, "pinned"
	claim.Author, claim.Predicate.When[0].Feature = agent.AuthorModel+"m", "claimed"
	saved, err := save(l, counted("add"), counted("take"), pinned, claim)
	if err != nil {
		return err
	}
	ids := []string{"no-such-rule"}
	for _, h := range saved {
		ids = append(ids, h.ID)
	}
	at := time.Unix(1000, 0).UTC()
	change := credit.LawChange{Task: 7, Found: 12, Trajectory: "t12", At: at,
		Actions: []credit.ActionStream{{Action: "add", LawStream: credit.LawStream{LogE: 12, Task: 7, Since: at, Checked: 5, Promised: .9}}}}
	s := rulestore.Shelving{Actor: "rule distiller", Scope: agenttest.TestScope, Change: change, Rules: ids}
	done, err := shelver.Shelve(ctx, s)
	if err != nil {
		return err
	}
	if _, err := shelver.Shelve(ctx, s); agent.CodeOf(err) != agent.CodeConflict {
		return fmt.Errorf("a change found twice in one trajectory: %w, want CodeConflict", err)
	}
	ledger, err := l.Ledger(ctx, agenttest.TestScope)
	if err := first(err, mismatch("shelved", done.Shelved, 1), mismatch("changes in the ledger", ledger.Changes, []credit.LawChange{done}),
		mismatch("since when add is taught", credit.TaughtSince(ledger.Changes)["add"], at)); err != nil {
		return err
	}
	want := []agent.Status{agent.Archived, agent.Active, agent.Active, agent.Active}
	for i, h := range saved {
		now, err := l.Get(ctx, h.ID)
		if err := first(err, mismatch("status of "+h.Title, now.Status, want[i]), mismatch(h.Title+" is shelved", now.Shelved, i == 0)); err != nil {
			return err
		}
	}
	again, err := learn(l, "t13", counted("add"))
	if err != nil {
		return err
	}
	if again[0] == nil || again[0].ID == saved[0].ID || again[0].Shelved {
		return fmt.Errorf("what is learned again after a change of law is %+v, want a new row", again[0])
	}
	return nil
}

// checkLibraryCompacts holds that of the rules that learning retired only the
// last ones stay as rows, those that took part in something before others, and
// that the ledger counts the rest.
func checkLibraryCompacts(l agent.Library) error {
	ctx := context.Background()
	var rules []*agent.Heuristic
	for i := range rulestore.MaxRetired + 20 {
		h := agenttest.TestPredicateRule(fmt.Sprint("leaf ", i), fmt.Sprint("feature ", i))
		h.Author, h.Status = agent.AuthorDistiller, agent.Probation
		rules = append(rules, h)
	}
	saved, err := learn(l, "t1", rules...)
	if err != nil {
		return err
	}
	var retired []*agent.Heuristic
	for _, h := range saved {
		next := h.Clone()
		next.Status = agent.Retired
		retired = append(retired, next)
	}
	used := saved[0].ID
	task := &credit.TaskRecord{Type: "any"}
	if _, err := l.Save(ctx, agent.Batch{Actor: "rule distiller", Trajectory: "t2", Rules: retired, Scope: agenttest.TestScope, Task: task, Uses: []credit.UseCount{{ID: used, Shown: 1}}}); err != nil {
		return err
	}
	all, err := l.All(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	ledger, err := l.Ledger(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	kept := false
	for _, h := range all {
		kept = kept || h.ID == used
	}
	return first(mismatch("rows", len(all), rulestore.MaxRetired), mismatch("compacted", ledger.Compacted, 20), mismatch("the one that was used is kept", kept, true))
}
