package agent

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"purposeagent/agent/stats"
)

// Policy says how much a library lets learned rules do by themselves.
type Policy string

// The policies.
const (
	PolicyEvidence Policy = "evidence" // rules earn their place (default)
	PolicyApprove  Policy = "approve"  // nothing enters a prompt before a person approves it
	PolicyOpen     Policy = "open"     // no trial; for demonstrations
)

// Policies lists the policies in the order in which pages show them.
var Policies = []Policy{PolicyEvidence, PolicyApprove, PolicyOpen}

// EntryStatus returns the status in which a newly learned rule begins. One
// with a predicate that the rule distiller counted is a trial by itself: what
// it says is a posterior, and the actor weighs it as one.
func (p Policy) EntryStatus(h *Heuristic) Status {
	switch p {
	case PolicyApprove:
		return Candidate
	case PolicyOpen:
		return Active
	case PolicyEvidence:
	}
	if h.Counted() {
		return Probation
	}
	return Candidate
}

// Counted reports whether a rule is an estimate that the rule distiller counts
// from transitions, and no claim.
func (h *Heuristic) Counted() bool { return h.Predicate != nil && h.Author == AuthorDistiller }

// Thresholds of the lifecycle (learning notes §7). Those of rules that predict
// were changed by experiment: see docs/decisions/0006.
const (
	shadowFires = 3 // steps in which a candidate would have been shown …
	shadowTasks = 2 // … in so many tasks
	// patience in trial: candidates that never fit, and rules that decide nothing.
	candidateDays  = 30
	candidateTasks = 150
	undecided      = 40   // tasks in and out
	minHoldout     = 8.0  // tasks in, and tasks out
	provenAt       = 0.9  // P(uplift > 0), before the correction for many rules
	harmfulAt      = 0.9  // P(uplift < −0.02) in probation
	harmsActiveAt  = 0.95 // P(uplift < 0) when active
	setProof       = 0.99 // P(uplift > 0) of the whole learned set
	promotionFDR   = 0.1  // Benjamini–Hochberg, over the rules in probation
	predictionFDR  = 0.05 // e-BH, over all hypotheses ever made
	minChecks      = 8    // predictions
	minCheckTasks  = 2
	hitsPerMiss    = 12 // of a claim that is to be active
	claimMisses    = 2  // and of one that is false:
	claimRatio     = 3  // hits < 3 × misses
	falseLogE      = -3 // about ln(1/20): the base rate predicts better
)

// Move is a change of status that follows from credit.
type Move struct {
	ID     string
	From   Status
	To     Status
	Reason string
}

// Applies reports whether the move still fits the rule as it is stored.
func (m Move) Applies(stored *Heuristic) bool {
	return stored.Status == m.From && !stored.ByPeople()
}

// Moves returns the changes of status that the credit of the rules calls for.
// rules are those that stand in one scope, with their credit up to date; what a
// person pinned, banned, wrote or decided on is left alone. Every promotion is
// corrected for how many rules are tried.
func Moves(rules []*Heuristic, ledger *Ledger, policy Policy, now time.Time) []Move {
	bar := predictionBar(rules, ledger)
	proven := provenByHoldout(rules)
	var moves []Move
	for _, h := range rules {
		if h.ByPeople() {
			continue
		}
		var m *Move
		if h.Credit.Checks() > 0 || h.Counted() {
			m = moveByPrediction(h, ledger, bar)
		} else {
			m = moveByHoldout(h, proven[h.ID])
		}
		if m == nil && h.Status == Candidate {
			m = moveCandidate(h, ledger, policy, now)
		}
		if m != nil && (policy != PolicyApprove || m.To != Probation && m.To != Active || h.Status != Candidate) {
			m.ID, m.From = h.ID, h.Status
			moves = append(moves, *m)
		}
	}
	return append(moves, overCapacity(without(rules, moves), ledger)...)
}

// without returns the rules that no move puts out of use.
func without(rules []*Heuristic, moves []Move) []*Heuristic {
	gone := map[string]bool{}
	for _, m := range moves {
		if m.To == Retired || m.To == Archived {
			gone[m.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(rules), func(h *Heuristic) bool { return gone[h.ID] })
}

// predictionBar returns the log e-value from which a rule's predictions count
// as proven. e-values of rules that are no better than the base rate are above
// 1/x with probability x at most, whenever one looks (Ville's inequality), and
// e-BH (Wang and Ramdas 2022) keeps the share of false ones among the promoted
// under predictionFDR for any number of hypotheses.
func predictionBar(rules []*Heuristic, ledger *Ledger) float64 {
	var logs []float64
	for _, h := range rules {
		if h.Credit.Checks() > 0 {
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
func provenByHoldout(rules []*Heuristic) map[string]bool {
	var tried []*Heuristic
	var p []float64
	for _, h := range rules {
		if u := h.Credit.Uplift; h.Status == Probation && u != nil && u.In >= minHoldout && u.Out >= minHoldout {
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
func moveByPrediction(h *Heuristic, ledger *Ledger, bar float64) *Move {
	c := &h.Credit
	record := fmt.Sprintf("%d of %d predictions came true in %d tasks", c.Hits, c.Checks(), c.Checked)
	claim := !h.Counted()
	if claim && c.Misses >= claimMisses && c.Hits < claimRatio*c.Misses {
		return &Move{To: Retired, Reason: record + ": it is false"}
	}
	if claim && c.LogE <= falseLogE {
		return &Move{To: Retired, Reason: record + ": the base rate predicts better"}
	}
	enough := c.Checks() >= minChecks && c.Checked >= minCheckTasks && c.LogE >= bar && (!claim || c.Hits >= hitsPerMiss*c.Misses)
	switch h.Status {
	case Candidate:
		if claim && c.Hits >= shadowFires && c.Checked >= shadowTasks && c.Misses == 0 {
			return &Move{To: Probation, Reason: record}
		}
	case Probation:
		if enough && ledger.SetProven() {
			return &Move{To: Active, Reason: fmt.Sprintf("%s, e-value %s; the learned set as a whole is %s",
				record, eValue(c.LogE), ledger.SetUplift)}
		}
	case Active:
		if c.LogE < 0 && h.Counted() {
			return &Move{To: Probation, Reason: record + ": no longer better than the base rate"}
		}
	case Retired, Archived, Banned:
	}
	return nil
}

func eValue(logE float64) string {
	if logE > math.Log(1e6) {
		return "above a million"
	}
	return fmt.Sprintf("%.0f", math.Exp(logE))
}

// String says an uplift as people read it, with its interval and numbers.
func (u *Uplift) String() string {
	return fmt.Sprintf("worth %+.2f [%+.2f, %+.2f] in %.0f tasks with and %.0f without", u.Value, u.Low, u.High, u.In, u.Out)
}

// moveByHoldout moves a rule by what became of tasks with and without it.
func moveByHoldout(h *Heuristic, proven bool) *Move {
	u := h.Credit.Uplift
	if u == nil || !(u.In >= minHoldout && u.Out >= minHoldout) {
		return nil
	}
	switch h.Status {
	case Probation:
		switch {
		case proven:
			return &Move{To: Active, Reason: u.String()}
		case u.Harmful >= harmfulAt:
			return &Move{To: Retired, Reason: u.String() + ": it harms"}
		case h.Credit.Trials >= undecided:
			return &Move{To: Archived, Reason: "no effect: " + u.String()}
		}
	case Active:
		if 1-u.Positive >= harmsActiveAt {
			return &Move{To: Retired, Reason: u.String() + ": it harms"}
		}
	case Candidate, Retired, Archived, Banned:
	}
	return nil
}

// moveCandidate lets a candidate into its trial after its shadow test, or puts
// it away when it never fits.
func moveCandidate(h *Heuristic, ledger *Ledger, policy Policy, now time.Time) *Move {
	c := &h.Credit
	old := now.Sub(h.CreatedAt) > candidateDays*24*time.Hour
	switch {
	case policy == PolicyEvidence && h.Counted():
		return &Move{To: Probation, Reason: "counted from transitions"}
	case policy == PolicyOpen:
		return &Move{To: Active, Reason: "the library is open: no trial"}
	case c.Contradicted > 0 && c.Fires >= shadowFires:
		return &Move{To: Archived, Reason: fmt.Sprintf("contradicted %d times in its shadow test of %d steps", c.Contradicted, c.Fires)}
	case c.Fires >= shadowFires && c.FireTasks >= shadowTasks && c.Contradicted == 0:
		return &Move{To: Probation, Reason: fmt.Sprintf("would have fired in %d steps of %d tasks, without contradiction", c.Fires, c.FireTasks)}
	case old:
		return &Move{To: Archived, Reason: fmt.Sprintf("a candidate for %d days", candidateDays)}
	case c.Born > 0 && ledger.Tasks-c.Born >= candidateTasks:
		return &Move{To: Archived, Reason: fmt.Sprintf("a candidate for %d tasks, in which it fired in %d steps", ledger.Tasks-c.Born, c.Fires)}
	}
	return nil
}
