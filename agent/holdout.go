package agent

import (
	"hash/fnv"
	"math/rand/v2"
)

// Probabilities with which a retrieved rule is withheld in a learning run
// (learning notes §5 and §7).
const (
	WithholdProbation = 0.5
	WithholdActive    = 0.05
)

// WithholdProbability returns with which probability a rule is withheld from a
// task while learning: never what a person pinned, half of the time in
// probation, now and then when active. Rules that do not reach the prompt
// anyhow have none.
func WithholdProbability(h *Heuristic) float64 {
	switch {
	case h.Pinned:
		return 0
	case h.Status == Probation:
		return WithholdProbation
	case h.Status == Active:
		return WithholdActive
	}
	return 0
}

// Withheld reports whether a rule is held out of a run. It is drawn once per
// run and rule, from the run's id and seed alone, so that a rule is in or out
// for the whole task and a resumed run draws the same.
func Withheld(run string, task Task, rule string, probability float64) bool {
	if probability <= 0 {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(run + "\x00" + rule)) // a hash never fails
	return rand.New(rand.NewPCG(uint64(task.Seed), h.Sum64())).Float64() < probability
}
