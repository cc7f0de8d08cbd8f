package lifecycle

import (
	"cmp"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/search"
	"purposeagent/agent/stats"
)

// Capacity bounds the rules in words that stand in one scope. Rules that
// are counted from transitions are bounded by their trees.
const Capacity = 400

// afterFull is what a full library is brought down to, so that making room is
// rare work and not part of every task.
const afterFull = Capacity - Capacity/20

// bestNeeds is how many tasks of a type a rule must have been in to be its best.
const bestNeeds = 3.0

// overCapacity archives what a full library can best do without: the rules
// with the lowest upper bound of value × frequency × (1 − redundancy). A rule
// that is the best on some task type stays, whatever it is worth elsewhere
// (Pareto selection as in GEPA, arXiv 2507.19457).
func overCapacity(rules []*agent.Heuristic, ledger *credit.Ledger) []agent.Move {
	var held []*agent.Heuristic
	for _, h := range rules {
		if !h.Counted() && !h.ByPeople() {
			held = append(held, h)
		}
	}
	if len(held) <= Capacity {
		return nil
	}
	keep := bestOfTypes(held)
	worth := worthOf(held, ledger)
	order := make([]int, len(held))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(worth[a], worth[b]) })
	var moves []agent.Move
	for _, i := range order {
		if len(held)-len(moves) <= afterFull {
			break
		}
		if h := held[i]; !keep[h.ID] {
			moves = append(moves, agent.Move{ID: h.ID, From: h.Status, To: agent.Archived,
				Reason: fmt.Sprintf("the library holds %d rules in words at most, and this one is worth least", Capacity)})
		}
	}
	return moves
}

// bestOfTypes returns the rules that are the best on some task type.
func bestOfTypes(rules []*agent.Heuristic) map[string]bool {
	type best struct {
		id    string
		share float64
	}
	types := map[string]best{}
	for _, h := range rules {
		for _, s := range h.Credit.Strata {
			if s.In < bestNeeds {
				continue
			}
			mean, _ := stats.BetaMoments(s.InSolved, s.In)
			if b, known := types[s.Type]; !known || mean > b.share {
				types[s.Type] = best{h.ID, mean}
			}
		}
	}
	keep := make(map[string]bool, len(types))
	for _, b := range types {
		keep[b.id] = true
	}
	return keep
}

// worthOf returns the upper bound of value × frequency × (1 − redundancy) of
// each rule. Value counts from −1, so that it is never negative.
func worthOf(rules []*agent.Heuristic, ledger *credit.Ledger) []float64 {
	vectors := make([]search.Vector, len(rules))
	for i, h := range rules {
		vectors[i] = search.VectorOf(agent.RuleText(h))
	}
	worth := make([]float64, len(rules))
	for i, h := range rules {
		redundancy := 0.0
		for j := range rules {
			if j != i && rules[j].Tier == h.Tier {
				redundancy = max(redundancy, search.Cosine(vectors[i], vectors[j]))
			}
		}
		high := h.Credit.Advantage().High
		if u := h.Credit.Uplift; u != nil {
			high = min(high, u.High)
		}
		age := max(ledger.Tasks-h.Credit.Born, 0)
		frequency := float64(h.Tasks+h.Credit.FireTasks+1) / float64(age+1)
		worth[i] = (1 + high) * min(frequency, 1) * (1 - min(max(redundancy, 0), 1))
	}
	return worth
}
