// Package lifecycle moves rules by their evidence: on trial, active, retired,
// archived (docs/learning.md, §7), and out of a library that is full.
package lifecycle

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/stats"
)

// Policy says how much a library lets learned rules do by themselves.
type Policy string

// The policies.
const (
	Evidence Policy = "evidence" // rules earn their place (default)
	Approve  Policy = "approve"  // nothing enters a prompt before a person approves it
	Open     Policy = "open"     // no trial; for demonstrations
)

// Policies lists the policies in the order in which pages show them.
var Policies = []Policy{Evidence, Approve, Open}

// EntryStatus returns the status in which a newly learned rule begins. One
// with a predicate that the rule distiller counted is a trial by itself: what
// it says is a posterior, and the actor weighs it as one. What a model wrote is in
// trial at once, together with the rest that models wrote: the first lesson counts
// in the next task. A pack's rules are watched first.
func (p Policy) EntryStatus(h *agent.Heuristic) agent.Status {
	switch p {
	case Approve:
		return agent.Candidate
	case Open:
		return agent.Active
	case Evidence:
	}
	if h.Counted() || h.Lifted() || h.Author.Model() {
		return agent.Probation
	}
	return agent.Candidate
}

// Thresholds of the lifecycle (docs/learning.md, §7) that people are told of.
const (
	ShadowFires = 3 // steps in which a candidate would have been shown …
	ShadowTasks = 2 // … in so many tasks

	CandidateDays = 30   // without a fire, after which a candidate is archived
	Undecided     = 40   // tasks in and out, after which a rule in trial is
	HarmfulAt     = 0.9  // P(uplift < −0.02) in probation
	HarmsActiveAt = 0.95 // P(uplift < 0) when active
)

// The other thresholds. Those of rules that predict were changed by experiment:
// see docs/decisions/0006.
const (
	candidateTasks = 150  // of patience, as CandidateDays
	provenAt       = 0.9  // P(uplift > 0), before the correction for many rules
	promotionFDR   = 0.1  // Benjamini–Hochberg, over the rules in probation
	predictionFDR  = 0.05 // e-BH, over all hypotheses ever made
	minChecks      = 8    // predictions
	minCheckTasks  = 2
	hitsPerMiss    = 12 // of a claim that is to be active
	claimMisses    = 2  // and of one that is false:
	claimRatio     = 3  // hits < 3 × misses
	falseLogE      = -3 // about ln(1/20): the base rate predicts better
)

// Moves returns the changes of status that the credit of the rules calls for.
// rules are those that stand in one scope, with their credit up to date; what a
// person pinned, banned, wrote or decided on is left alone. Every promotion is
// corrected for how many rules are tried.
func Moves(rules []*agent.Heuristic, ledger *credit.Ledger, policy Policy, now time.Time) []agent.Move {
	bar := predictionBar(rules, ledger)
	proven := provenByHoldout(rules)
	var moves []agent.Move
	for _, h := range rules {
		if h.ByPeople() {
			continue
		}
		var m *agent.Move
		if h.Credit.Checks() > 0 || h.Credit.Refuted > 0 || h.Counted() {
			m = moveByPrediction(h, ledger, bar)
		}
		if m == nil && (h.Predicate == nil || h.Credit.Checks() == 0) && !h.Counted() {
			m = moveByHoldout(h, proven[h.ID])
		}
		if m == nil && h.Status == agent.Candidate {
			m = moveCandidate(h, ledger, policy, now)
		}
		if m != nil && (policy != Approve || m.To != agent.Probation && m.To != agent.Active || h.Status != agent.Candidate) {
			m.ID, m.From = h.ID, h.Status
			moves = append(moves, *m)
		}
	}
	return append(moves, overCapacity(without(rules, moves), ledger)...)
}

// without returns the rules that no move puts out of use.
func without(rules []*agent.Heuristic, moves []agent.Move) []*agent.Heuristic {
	gone := map[string]bool{}
	for _, m := range moves {
		if m.To == agent.Retired || m.To == agent.Archived {
			gone[m.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(rules), func(h *agent.Heuristic) bool { return gone[h.ID] })
}

// predictionBar returns the log e-value from which a rule's predictions count
// as proven. e-values of rules that are no better than the base rate are above
// 1/x with probability x at most, whenever one looks (Ville's inequality), and
// e-BH (Wang and Ramdas 2022) keeps the share of false ones among the promoted
// under predictionFDR for any number of hypotheses.
func predictionBar(rules []*agent.Heuristic, ledger *credit.Ledger) float64 {
	var logs []float64
	for _, h := range rules {
		if h.Credit.Checks() > 0 && h.Predicate != nil {
			logs = append(logs, h.Credit.LogE)
		}
	}
	slices.SortFunc(logs, func(a, b float64) int { return cmp.Compare(b, a) })
	m := math.Log(float64(max(ledger.Hypotheses, len(logs), 1)) / predictionFDR)
	bar := math.Inf(1)
	for k, e := range logs {
		if need := m - math.Log(float64(k+1)); e >= need {
			bar = need
		}
	}
	return bar
}

// provenByHoldout returns the rules in probation whose uplift is proven:
// enough tasks on both sides, and P(uplift ≤ 0) small enough by Benjamini and
// Hochberg over all that are tried.
func provenByHoldout(rules []*agent.Heuristic) map[string]bool {
	var tried []*agent.Heuristic
	var p []float64
	for _, h := range rules {
		if u := h.Credit.Uplift; h.Status == agent.Probation && u != nil && u.In >= credit.MinHoldout && u.Out >= credit.MinHoldout {
			tried, p = append(tried, h), append(p, 1-u.Positive)
		}
	}
	proven := map[string]bool{}
	for i, q := range stats.BenjaminiHochberg(p) {
		if q <= promotionFDR && p[i] <= 1-provenAt {
			proven[tried[i].ID] = true
		}
	}
	return proven
}

// moveByPrediction moves a rule that predicts something checkable. Truth is
// its own; usefulness is that of the whole set, since a single link of a chain
// has none before the other links are in.
func moveByPrediction(h *agent.Heuristic, ledger *credit.Ledger, bar float64) *agent.Move {
	c := &h.Credit
	record := fmt.Sprintf("%d of %d predictions came true in %d tasks", c.Hits, c.Checks(), c.Checked)
	claim := !h.Counted()
	if claim && c.Refuted > 0 {
		return &agent.Move{To: agent.Retired, Reason: fmt.Sprintf("%d transitions that can't come out otherwise say the opposite: it is false", c.Refuted)}
	}
	if claim && FalseClaim(c) {
		return &agent.Move{To: agent.Retired, Reason: record + ": it is false"}
	}
	if claim && c.LogE <= falseLogE {
		return &agent.Move{To: agent.Retired, Reason: record + ": the base rate predicts better"}
	}
	enough := h.Predicate != nil && c.Checks() >= minChecks && c.Checked >= minCheckTasks && c.LogE >= bar && (!claim || c.Hits >= hitsPerMiss*c.Misses)
	switch h.Status {
	case agent.Candidate:
		if claim && c.Hits >= ShadowFires && c.Checked >= ShadowTasks && c.Misses == 0 {
			return &agent.Move{To: agent.Probation, Reason: record}
		}
	case agent.Probation:
		if enough && ledger.SetProven() {
			return &agent.Move{To: agent.Active, Reason: fmt.Sprintf("%s, e-value %s; the learned set as a whole is %s",
				record, eValue(c.LogE), ledger.SetUplift)}
		}
	case agent.Active:
		if c.LogE < 0 && h.Counted() {
			return &agent.Move{To: agent.Probation, Reason: record + ": no longer better than the base rate"}
		}
	case agent.Retired, agent.Archived, agent.Banned:
	}
	return nil
}

// FalseClaim reports whether a claim missed so often that it counts as false.
func FalseClaim(c *credit.Credit) bool {
	return c.Misses >= claimMisses && c.Hits < claimRatio*c.Misses
}

// PredictsBadly reports whether a rule that counts predicts worse than the base
// rate of its action, beyond chance.
func PredictsBadly(c *credit.Credit) bool {
	return c.Checks() >= minChecks && c.Checked >= minCheckTasks && c.Misses >= claimMisses && c.LogE <= falseLogE
}

func eValue(logE float64) string {
	if logE > math.Log(1e6) {
		return "above a million"
	}
	return fmt.Sprintf("%.0f", math.Exp(logE))
}

// moveByHoldout moves a rule by what became of tasks with and without it.
func moveByHoldout(h *agent.Heuristic, proven bool) *agent.Move {
	u := h.Credit.Uplift
	if u == nil || !(u.In >= credit.MinHoldout && u.Out >= credit.MinHoldout) {
		return nil
	}
	switch h.Status {
	case agent.Probation:
		switch {
		case proven:
			return &agent.Move{To: agent.Active, Reason: u.String()}
		case u.Harmful >= HarmfulAt:
			return &agent.Move{To: agent.Retired, Reason: u.String() + ": it harms"}
		case h.Credit.Trials >= Undecided:
			return &agent.Move{To: agent.Archived, Reason: "no effect: " + u.String()}
		}
	case agent.Active:
		if 1-u.Positive >= HarmsActiveAt {
			return &agent.Move{To: agent.Retired, Reason: u.String() + ": it harms"}
		}
	case agent.Candidate, agent.Retired, agent.Archived, agent.Banned:
	}
	return nil
}

// moveCandidate lets a candidate into its trial after its shadow test, or puts
// it away when it never fits.
func moveCandidate(h *agent.Heuristic, ledger *credit.Ledger, policy Policy, now time.Time) *agent.Move {
	c := &h.Credit
	old := now.Sub(h.CreatedAt) > CandidateDays*24*time.Hour
	switch {
	case policy == Evidence && h.Counted():
		return &agent.Move{To: agent.Probation, Reason: "counted from transitions"}
	case policy == Evidence && h.Lifted():
		return &agent.Move{To: agent.Probation, Reason: "several successes took its steps"}
	case policy == Evidence && h.Author.Model():
		return &agent.Move{To: agent.Probation, Reason: "what a model wrote is in trial at once"}
	case policy == Open:
		return &agent.Move{To: agent.Active, Reason: "the library is open: no trial"}
	case c.Contradicted > 0 && c.Fires >= ShadowFires:
		return &agent.Move{To: agent.Archived, Reason: fmt.Sprintf("contradicted %d times in its shadow test of %d steps", c.Contradicted, c.Fires)}
	case c.Fires >= ShadowFires && c.FireTasks >= ShadowTasks && c.Contradicted == 0:
		return &agent.Move{To: agent.Probation, Reason: fmt.Sprintf("would have fired in %d steps of %d tasks, without contradiction", c.Fires, c.FireTasks)}
	case old:
		return &agent.Move{To: agent.Archived, Reason: fmt.Sprintf("a candidate for %d days", CandidateDays)}
	case c.Born > 0 && ledger.Tasks-c.Born >= candidateTasks:
		return &agent.Move{To: agent.Archived, Reason: fmt.Sprintf("a candidate for %d tasks, in which it fired in %d steps", ledger.Tasks-c.Born, c.Fires)}
	}
	return nil
}
