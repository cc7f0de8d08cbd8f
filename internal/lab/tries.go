package lab

import (
	"context"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/stats"
)

// MaxTries bounds how often each test task is tried in each arm.
const MaxTries = 20

// again tries each test task again in each arm, until there are Spec.Tries of each:
// with other random numbers of the actor, and other chance outcomes where the world
// has such a setting. The results are those of the second try and so on.
func (e *experiment) again(ctx context.Context, arms []*arm, tasks []task) (more [][][]*Outcome, err error) {
	for try := 2; try <= e.spec.Tries; try++ {
		tried := make([]*arm, len(arms))
		for i, a := range arms {
			if tried[i], err = a.again(e, (try-1)*len(arms)); err != nil {
				return nil, err
			}
		}
		other := make([]task, len(tasks))
		for i, t := range tasks {
			t.Draw, t.try = int64(try-1), try
			other[i] = t
		}
		results, err := e.evaluate(ctx, fmt.Sprintf("%s, try %d", phaseTesting, try), tried, other)
		if err != nil {
			return nil, err
		}
		for i, a := range tried { // what broke it is said of the arm
			if arms[i].broken == nil {
				arms[i].broken = a.broken
			}
		}
		more = append(more, results)
	}
	return more, nil
}

// again is the same arm with chance drawn by so many numbers further on.
func (a *arm) again(e *experiment, further int) (*arm, error) {
	config, err := e.drawn(a.config, further)
	return &arm{name: a.name, config: config, draw: a.draw + further, rules: a.rules, memory: a.memory, library: a.library, replay: a.replay, experience: a.experience,
		replays: a.replays, pageAlone: a.pageAlone, explores: a.explores, roles: a.roles, broken: a.broken}, err
}

// drawn is a configuration with its chance drawn by so many numbers further on; the
// same where the world has no such setting.
func (e *experiment) drawn(config agent.Object, by int) (agent.Object, error) {
	if !e.settings.draw || by == 0 {
		return config, nil
	}
	var now struct {
		Draw int64 `json:"draw"`
	}
	if err := config.Decode(&now); err != nil {
		return config, err
	}
	return with(config, map[string]any{"draw": (now.Draw + int64(by)) % 1_000_000}), nil
}

// fillTries adds what all tries of each task together show.
func (r *Report) fillTries(arms []*arm, tasks []task, results [][]*Outcome, more [][][]*Outcome) {
	if len(more) == 0 {
		return
	}
	for t := range tasks {
		for _, round := range more {
			for k := range arms {
				if o := round[k][t]; o != nil {
					r.Tries = append(r.Tries, *o)
				}
			}
		}
	}
	for k, a := range arms {
		solved, tries := make([]int, len(tasks)), make([]int, len(tasks))
		for t := range tasks {
			for _, round := range append([][][]*Outcome{results}, more...) {
				if o := round[k][t]; o != nil {
					solved[t], tries[t] = solved[t]+int(indicator(o.Success)), tries[t]+1
				}
			}
		}
		r.Arms[a.name].Pass = stats.PassHats(solved, tries, r.Spec.Tries, r.Spec.Draws, r.rng(0x9a55+uint64(k)))
	}
}
