package statetable

import (
	"cmp"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/admission"
	"purposeagent/agent/credit"
)

// Exact states are used where they come again: where more than leastRevisited
// of a task's states were known before it, or tasks begin where others began
// and a way from there is known.
const (
	leastRevisited = 0.2
	leastStarts    = 0.5
	// A state that does not tell all that matters leads to the same within one
	// task and elsewhere in the next: the difference from which that is so, and
	// the repetitions of each kind that it takes.
	aliasGap  = 0.15
	aliasFrom = 15.0
)

// Off says why exact states are of no use here, "" where they are.
func (a *Table) Off() string {
	if a.Tasks < 2 {
		return "one task says nothing of whether states come again"
	}
	again, _ := share(a.tally.met)
	starts, _ := share(a.tally.starts)
	if again <= leastRevisited && !(starts >= leastStarts && (a.Chance() > 0 || a.trail)) {
		return "states don't recur"
	}
	within, n := share(a.tally.within)
	across, m := share(a.tally.across)
	if n >= aliasFrom && m >= aliasFrom && within-across > aliasGap || a.trail && m >= aliasFrom && across < tellsLittle {
		return "what a state leads to differs from task to task"
	}
	return ""
}

// start is the state that tasks begin in most often, -1 without one.
func (a *Table) start() int32 {
	best := int32(-1)
	for i := range a.places {
		if p := &a.places[i]; p.starts > 0 && (best < 0 || p.starts > a.places[best].starts) {
			best = int32(i)
		}
	}
	return best
}

// Chance is the value of the state that tasks begin in most often.
func (a *Table) Chance() float64 {
	if at := a.start(); at >= 0 {
		return float64(a.places[at].Value)
	}
	return 0
}

// best returns what is worth most in a state, -1 where nothing is worth anything.
func (a *Table) best(at int32, novelty float64) int {
	best, most := -1, 0.0
	p := &a.places[at]
	for i := range p.ways {
		if v, _ := a.Worth(&p.ways[i], novelty); v > most+1e-9 {
			best, most = i, v
		}
	}
	return best
}

// way returns the actions of the best known way from where tasks begin, where
// most begin in the same state and actions do the same each time.
func (a *Table) way() []agent.Action {
	novelty := a.Novelty()
	at := a.start()
	if at < 0 || novelty >= certain || 2*int(a.places[at].starts) < a.Tasks {
		return nil
	}
	var out []agent.Action
	been := map[int32]bool{}
	for !been[at] {
		been[at] = true
		i := a.best(at, novelty)
		if i < 0 {
			return nil
		}
		w := &a.places[at].ways[i]
		out = append(out, a.actions[w.action])
		if at = w.likeliest(); at == toSuccess {
			return out
		}
		if at < 0 {
			return nil
		}
	}
	return nil
}

// likeliest is where an action leads most often.
func (w *Way) likeliest() int32 {
	o := slices.MaxFunc(w.outcomes, func(x, y outcome) int { return cmp.Compare(x.n, y.n) })
	return o.to
}

// Summary says in numbers what is known.
func (a *Table) Summary() credit.StateSummary {
	again, _ := share(a.tally.met)
	return credit.StateSummary{Tasks: a.Tasks, Known: len(a.places), Revisited: min(again, 1), Chance: a.Chance(), Way: len(a.way()), Off: a.Off()}
}

// Row writes the table as a heuristic.
func (a *Table) Row(scope agent.Scope, evidence []agent.EvidenceRef) agent.Heuristic {
	s := a.Summary()
	h := agent.Heuristic{
		Tier: agent.Procedural, Kind: agent.KindDynamics, Scope: scope, Author: agent.AuthorDistiller,
		Title:    "Ways through states that came before",
		Pattern:  "the state is exactly one that was seen before",
		Strategy: "do what led on to success most surely from there",
		Good:     a.tally.came[0], Bad: a.tally.came[1], Evidence: evidence,
		Predicate: &agent.Predicate{Prior: agent.PriorSupport, States: &agent.StateTable{
			Format: format, Actions: slices.Clone(a.actions), Summary: s, Data: a.encode()}},
	}
	h.Because = s.String()
	way := a.way()
	for i, action := range way {
		if i == admission.MaxSteps-1 && len(way) > admission.MaxSteps {
			h.Steps = append(h.Steps, "and on, from state to state, to the end")
			break
		}
		h.Steps = append(h.Steps, agent.Clip(action.Label(), 100))
	}
	return h
}

// RowOf returns the row of exact states among a scope's rules, nil without one.
func RowOf(rules []*agent.Heuristic) *agent.Heuristic {
	for _, h := range rules {
		if h.States() != nil {
			return h
		}
	}
	return nil
}

// A large table is written with one of so many tasks; what is counted in
// between is read again from the replay after a restart.
const statesPerWait = 2_000

// Due reports whether the table is to be written again after its last task.
func (a *Table) Due() bool { return a.Tasks%(1+len(a.places)/statesPerWait) == 0 }
