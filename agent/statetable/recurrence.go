package statetable

import "purposeagent/agent"

// recurrence measures whether states come again and whether they tell enough.
// Each pair counts {so, not so}; old tasks fade.
type recurrence struct {
	met    [2]float64 // states of a task: known before it, or new
	starts [2]float64 // the same of the states that tasks begin in
	second [2]float64 // an action done a second time in a state led to the same, or elsewhere
	within [2]float64 // the same of any repetition within one task
	across [2]float64 // and of the first one in another task
	tries  [2]float64 // steps that did something for the first time, and others
	came   [2]int     // outcomes that were known, and others
	// alarm is how many more outcomes came than chance explains that were all
	// but ruled out, and the number of the task that it began with: a cumulative
	// sum (Page 1954).
	alarm [2]float64
}

// alarmed is the alarm from which the law of the world is taken to have changed.
const alarmed = 3.0

// fade is what a task before counts; half after some 35 tasks.
const fade = 0.98

// recur counts which states of a task were known before it.
func (a *Table) recur(states []uint64) {
	r := &a.tally
	for _, pair := range []*[2]float64{&r.met, &r.starts, &r.tries} {
		pair[0], pair[1] = fade*pair[0], fade*pair[1]
	}
	task := uint32(a.Tasks)
	for i, key := range states {
		at, known := a.at[key]
		if !known {
			if len(a.keys) >= agent.MaxStates {
				continue
			}
			at = a.place(key)
		}
		p := &a.places[at]
		if p.seen == task && p.Tasks > 0 {
			continue
		}
		if a.Tasks > 1 {
			count(&r.met, p.Tasks > 0)
			if i == 0 {
				count(&r.starts, p.starts > 0)
			}
		}
		p.seen = task
		p.Tasks++
		if i == 0 {
			p.starts++
		}
	}
}

func count(pair *[2]float64, so bool) {
	if so {
		pair[0]++
	} else {
		pair[1]++
	}
}

// share is the first of a pair's sum, and how much it stands on.
func share(pair [2]float64) (mean, n float64) {
	n = pair[0] + pair[1]
	return pair[0] / max(n, 1e-9), n
}

// repeated counts whether an action did again what it did before.
func (r *recurrence) repeated(w *Way, to int32, task uint32) {
	const most = 400 // repetitions that are remembered
	pair := &r.across
	if w.task == task {
		pair = &r.within
	}
	count(pair, w.to == to)
	pairs := []*[2]float64{pair}
	if len(w.outcomes) == 1 && w.outcomes[0].n == 1 {
		count(&r.second, w.to == to)
		pairs = append(pairs, &r.second)
	}
	for _, pair := range pairs {
		if pair[0]+pair[1] > most {
			pair[0], pair[1] = pair[0]/2, pair[1]/2
		}
	}
	if w.outcome(to) != nil {
		r.came[0]++
	} else {
		r.came[1]++
	}
}

// watch raises the alarm by an outcome that was all but ruled out, and lowers
// it by twice what chance makes of such outcomes.
func (r *recurrence) watch(w *Way, to int32, task int, novelty float64) {
	n := float64(w.Total())
	least := ruledOut * (n + novelty)
	expected, surprise := 0.0, novelty < least && w.outcome(to) == nil
	if novelty < least {
		expected = novelty
	}
	for i := range w.outcomes {
		if o := &w.outcomes[i]; float64(o.n) < least {
			expected += float64(o.n)
			surprise = surprise || o.to == to
		}
	}
	expected /= n + novelty
	if surprise {
		if r.alarm[0] == 0 {
			r.alarm[1] = float64(task)
		}
		r.alarm[0]++
	}
	r.alarm[0] = max(r.alarm[0]-2*expected, 0)
}
