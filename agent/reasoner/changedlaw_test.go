//go:build !race

package reasoner_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// A law that turns round after a while is learned anew, in at most twice the
// time of a fresh start, and the rules of before are shelved and not deleted.
func TestALawThatChangesIsRelearned(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("learns for seconds")
	}
	for _, test := range []struct {
		kind string
		// found is how many tasks may pass before it is noticed; at after so many of
		// a fresh start it is learned.
		found, fresh int
	}{{"exact", 8, 15}, {"course", 8, 35}} {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			l := lawOf(t, test.kind, 0)
			c := newChanging(t, l.name)
			for k := range 100 {
				c.run(t, l.before, l.task(int64(1+k), l.before), true)
			}
			before := c.share(t, l, l.before, 10)
			for k := range 2 * test.fresh {
				c.run(t, l.after, l.task(int64(1001+k), l.after), true)
				if k == test.fresh {
					c.restart(t) // where the cut lies is durable
				}
			}
			after := c.share(t, l, l.after, 20)
			ledger, err := c.library.Ledger(t.Context(), c.scope(l.before))
			check(t, err)
			if before < .8 || after < .9 {
				t.Errorf("%s: %.2f before the change, %.2f at last; want .8 and .9", test.kind, before, after)
			}
			if n := len(ledger.Changes); n == 0 || ledger.Changes[0].Found > 100+test.found || ledger.Changes[0].Task < 95 {
				t.Fatalf("%s: changes found: %+v", test.kind, ledger.Changes)
			}
			rules, err := c.library.All(t.Context(), c.scope(l.before))
			check(t, err)
			shelved := 0
			for _, h := range rules {
				if h.Shelved {
					shelved++
					if h.Usable() {
						t.Errorf("%s: %q is shelved and in use", test.kind, h.Title)
					}
				}
			}
			if shelved == 0 || shelved != ledger.Changes[0].Shelved && len(ledger.Changes) == 1 {
				t.Errorf("%s: %d rules are shelved, the ledger says %+v", test.kind, shelved, ledger.Changes)
			}
		})
	}
}

// Worlds that stay as they are raise no alarm, also where rewards are drawn and
// steps slip. Long runs are in the notes of docs/decisions.
func TestAWorldThatStaysRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"course", "slippery", "random", "rewards"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			l := lawOf(t, kind, 1)
			c := newChanging(t, l.name)
			for k := range number("TASKS", 120) {
				c.run(t, l.before, l.task(int64(1+k), l.before), true)
			}
			ledger, err := c.library.Ledger(t.Context(), c.scope(l.before))
			check(t, err)
			for _, change := range ledger.Changes {
				t.Errorf("%s: since task %d, found at %d: %s", kind, change.Task, change.Found, change.Figures())
			}
		})
	}
}

// A restart changes nothing of what is known, whenever it comes: before a law
// changes, under suspicion, at the alarm and after it.
func TestARestartAfterAChangeOfLaw(t *testing.T) {
	say := func(c *changing, l law) (out []string) {
		set, err := c.library.Usable(t.Context(), c.scope(l.before))
		check(t, err)
		for _, h := range set.Rules {
			states := ""
			if h.States() != nil {
				states = h.States().Digest()
			}
			out = append(out, fmt.Sprintln(h.Key(), h.Good, h.Bad, h.Status, h.Credit.Hits, h.Credit.Misses, states))
		}
		slices.Sort(out)
		return out
	}
	const tasks, change = 90, 50
	for _, test := range []struct {
		kind string
		i    int
	}{{"exact", 3}, {"course", 0}, {"slippery", 0}} {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			l := lawOf(t, test.kind, test.i)
			live, restarted := newChanging(t, l.name), newChanging(t, l.name)
			at := map[int]bool{34: true, 52: true, 60: true, 70: true}
			for r := rand.New(rand.NewPCG(7, uint64(test.i))); len(at) < 14; {
				at[r.IntN(tasks)] = true
			}
			for k := range tasks {
				env := l.before
				if k >= change {
					env = l.after
				}
				if at[k] {
					restarted.restart(t)
				}
				live.run(t, env, l.task(int64(1+k), env), true)
				restarted.run(t, env, l.task(int64(1+k), env), true)
				if a, b := say(live, l), say(restarted, l); !slices.Equal(a, b) {
					t.Fatalf("after task %d: %d rules without a restart, %d with restarts, or other ones", k, len(a), len(b))
				}
			}
			ledger, err := live.library.Ledger(t.Context(), live.scope(l.before))
			check(t, err)
			if test.kind == "exact" && len(ledger.Changes) == 0 {
				t.Error("no change was found, so this shows nothing")
			}
		})
	}
}
