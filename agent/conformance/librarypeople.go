package conformance

import (
	"context"
	"errors"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// checkLibraryPeople holds that a lesson which was read before a person acted
// does not undo what the person did.
func checkLibraryPeople(l agent.Library) error {
	ctx := context.Background()
	human := agenttest.TestRule("taught")
	human.Author = agent.AuthorHuman
	saved, err := save(l, human, agenttest.TestRule("pinned"), agenttest.TestRule("retired by hand"), agenttest.TestRule("edited"))
	if err != nil {
		return err
	}
	c, curated := l.(Curator)
	if curated {
		_, err1 := c.Pin(ctx, "ada", []string{saved[1].ID}, true)
		_, err2 := c.SetStatus(ctx, "ada", []string{saved[2].ID}, agent.Retired)
		if err := first(err1, err2); err != nil {
			return err
		}
	}
	edited := saved[3].Clone()
	edited.Strategy = "a person's better words"
	if _, err := save(l, edited); err != nil {
		return err
	}
	lesson := make([]*agent.Heuristic, len(saved))
	for i, h := range saved {
		lesson[i] = h.Clone()
		lesson[i].Strategy, lesson[i].Good = "words of a learner", 9
	}
	if _, err := learn(l, "t1", lesson...); err != nil {
		return err
	}
	now := make([]*agent.Heuristic, len(saved))
	for i, h := range saved {
		if now[i], err = l.Get(ctx, h.ID); err != nil {
			return err
		}
	}
	err = first(mismatch("a taught rule's strategy", now[0].Strategy, saved[0].Strategy),
		mismatch("a taught rule's evidence still counts", now[0].Good, 9),
		mismatch("a rule edited meanwhile", now[3].Strategy, edited.Strategy))
	if err != nil || !curated {
		return err
	}
	return first(mismatch("a pinned rule's strategy", now[1].Strategy, saved[1].Strategy),
		mismatch("a pin", now[1].Pinned, true),
		mismatch("a status set by hand", now[2].Status, agent.Retired),
		mismatch("who set the status", now[2].StatusBy, "ada"))
}

// checkLibraryTombstones holds that learning does not bring back what a person
// threw away, in the scope where they did.
func checkLibraryTombstones(l agent.Library) error {
	ctx := context.Background()
	banned := agenttest.TestRule("banned")
	banned.Status = agent.Banned
	saved, err := save(l, banned, agenttest.TestPredicateRule("deleted", "below"))
	if err != nil {
		return err
	}
	c, curated := l.(Curator)
	if curated {
		n, err := c.Delete(ctx, "ada", []string{saved[1].ID, "no-such-rule"})
		if err := first(err, mismatch("deleted", n, 1)); err != nil {
			return err
		}
		_, err = l.Get(ctx, saved[1].ID)
		if err := wantCode("Get of a deleted rule", err, agent.CodeNotFound); err != nil {
			return err
		}
	}
	again := agenttest.TestPredicateRule("deleted, in other words", "below")
	again.Predicate.Prior = .9 // the key does not hold it
	elsewhere := again.Clone()
	elsewhere.Scope.Environment = "elsewhere"
	result, err := learn(l, "t1", agenttest.TestRule("banned"), again, agenttest.TestRule("new"), elsewhere)
	if err != nil {
		return err
	}
	if len(result) != 4 {
		return errors.New("Save must return one entry for each rule of the batch")
	}
	if err := first(mismatch("a banned rule is left out", result[0] == nil, true),
		mismatch("a new rule is saved", result[2] != nil, true),
		mismatch("another scope is free", result[3] != nil, true)); err != nil || !curated {
		return err
	}
	return mismatch("a deleted rule is left out", result[1] == nil, true)
}
