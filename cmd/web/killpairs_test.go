package main

import (
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
)

// TestEveryPairOfWishesAcrossAKill asks every pair of things of runs that run or
// wait for their turn, that are paused, and that ask a person, and kills the
// program as soon as the last of them is acknowledged. What internal/engine shows
// with a stop holds for a kill as well: all of it is in the record, in its order.
//
// Each pair is asked in one of the three states, so that in each state each thing
// is asked first and second; PAIRS=all asks each pair in each, as make soak does.
func TestEveryPairOfWishesAcrossAKill(t *testing.T) {
	t.Parallel()
	k, all := newKilled(t, builtProgram), os.Getenv("PAIRS") == "all"
	kinds := []string{"pause", "step", "resume", "stop", "extend", "note", "approve"}
	for nth, state := range []string{"running", "paused", "asking"} {
		var group sync.WaitGroup
		for i, first := range kinds {
			group.Go(func() { // seven at once: the kill comes soon after each
				draw := rand.New(rand.NewPCG(uint64(i), 1))
				runs := make([]*killedRun, len(kinds))
				for j := range kinds {
					if !all && (i+j)%3 != nth {
						continue
					}
					runs[j] = k.launchIn(state, i*len(kinds)+j)
				}
				for j, second := range kinds {
					if runs[j] != nil {
						k.wish(runs[j], first, draw)
						k.wish(runs[j], second, draw)
					}
				}
			})
		}
		group.Wait()
		k.now.kill()
		k.start()
	}
	k.check()
	for _, kind := range kinds {
		if k.counts[kind] == 0 {
			t.Errorf("nothing was acknowledged of %s", kind)
		}
	}
	t.Logf("3 kills, %d runs; answers: %v\n%s", len(k.runs), k.statuses, k.table())
}

// launchIn launches a run and brings it into a state; nil where that fails, which
// is said.
func (k *killed) launchIn(state string, n int) *killedRun {
	r := &killedRun{steps: 40, unsure: map[int]bool{}}
	spec := maze(map[string]any{"seed": 1 + n, "max_steps": r.steps, "early_stop_phi": 10, "pace": .1})
	if state == "asking" {
		spec["approval"] = "every"
	}
	var got launched
	if status := k.send(http.MethodPost, "/api/v1/runs", spec, &got); status != http.StatusCreated {
		k.t.Errorf("launch: %d", status)
		return nil
	}
	k.launched(r, got.ID)
	switch state {
	case "paused":
		k.wish(r, "pause", nil)
	case "asking":
		k.now.wait(r.id, func(l launched) bool { return l.Status == "waiting" })
	}
	return r
}
