package conformance

import (
	"context"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// checkLibraryStanding holds that what learning retired no longer stands, is
// brought back as the same row when it is learned again, and that Standing and
// Usable move with every change.
func checkLibraryStanding(l agent.Library) error {
	ctx := context.Background()
	saved, err := save(l, agenttest.TestRule("kept"), agenttest.TestPredicateRule("split", "a key is held"))
	if err != nil {
		return err
	}
	if err := wantStanding(l, "at first", saved[0].ID, saved[1].ID); err != nil {
		return err
	}
	retired := saved[1].Clone()
	retired.Status = agent.Retired
	if _, err := learn(l, "t1", retired); err != nil {
		return err
	}
	if err := wantStanding(l, "after one was retired", saved[0].ID); err != nil {
		return err
	}
	again := agenttest.TestPredicateRule("split", "a key is held")
	again.Good = 17
	back, err := learn(l, "t2", again, agenttest.TestRule("another"))
	if err != nil {
		return err
	}
	if back[0] == nil || back[1] == nil {
		return fmt.Errorf("rules learned again were left out: %v", back)
	}
	if err := first(mismatch("id of a rule learned again", back[0].ID, saved[1].ID),
		mismatch("its status", back[0].Status, again.Status), mismatch("its evidence", back[0].Good, 17)); err != nil {
		return err
	}
	if err := wantStanding(l, "after it was learned again", saved[0].ID, saved[1].ID, back[1].ID); err != nil {
		return err
	}
	c, curated := l.(Curator)
	if !curated {
		return nil
	}
	if _, err := c.SetStatus(ctx, "ada", []string{saved[0].ID}, agent.Retired); err != nil {
		return err
	}
	if err := wantStanding(l, "a person's decision stands", saved[0].ID, saved[1].ID, back[1].ID); err != nil {
		return err
	}
	left, err := learn(l, "t3", agenttest.TestRule("kept"))
	if err != nil {
		return err
	}
	if left[0] != nil {
		return fmt.Errorf("learned again what a person retired: %v", left[0])
	}
	if _, err := c.Delete(ctx, "ada", []string{saved[1].ID}); err != nil {
		return err
	}
	return wantStanding(l, "after one was deleted", saved[0].ID, back[1].ID)
}

func wantStanding(l agent.Library, when string, ids ...string) error {
	rules, err := l.Standing(context.Background(), agenttest.TestScope)
	if err != nil {
		return err
	}
	set, err := l.Usable(context.Background(), agenttest.TestScope)
	if err != nil {
		return err
	}
	var got, usable []string
	for _, h := range rules {
		got = append(got, h.ID)
		if h.Usable() {
			usable = append(usable, h.ID)
		}
	}
	var shown []string
	for _, h := range set.Rules {
		shown = append(shown, h.ID)
	}
	return first(mismatch("standing rules, "+when, fmt.Sprint(got), fmt.Sprint(ids)),
		mismatch("usable rules, "+when, fmt.Sprint(shown), fmt.Sprint(usable)))
}
