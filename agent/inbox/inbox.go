// Package inbox picks what of the rules, sets and critics of a library is worth
// a person's look, and says why and what happens if nobody looks.
package inbox

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/stats"
)

// Kind says why something waits for a person's look.
type Kind string

// The kinds of what a person is asked to look at.
const (
	Harm      Kind = "harm"      // evidence speaks against a rule in use
	Dispute   Kind = "dispute"   // advantage and hold-out say opposite things
	Conflict  Kind = "conflict"  // two rules: the same case, opposite advice
	Repeat    Kind = "repeat"    // two rules that say nearly the same
	Candidate Kind = "candidate" // not in use before it is proven or approved
	Undecided Kind = "undecided" // long on trial without a verdict
	Thin      Kind = "thin"      // in use, often, on very few steps
	Critic    Kind = "critic"    // a critic that outcomes don't bear out
)

// Item is one thing that is worth a person's look.
type Item struct {
	// Key names the item for as long as the reason to look stays the same.
	Key    string
	Kind   Kind
	Rule   *agent.Heuristic          // nil for a critic and a set
	Other  *agent.Heuristic          // the other rule of a pair
	Critic *calibration.CriticReport // nil for rules
	Set    *catalog.ScopeLedger      // all that was learned in one scope; nil for single rules
	// Doubt is how uncertain it is that things are right as they are, 0 to 1.
	Doubt float64
	// Use is how often it matters, 0 to 1: tasks/(tasks + 20).
	Use float64
	// Reason says in a few words why it is here, Otherwise what happens if nobody acts.
	Reason, Otherwise string
}

// Value is the value of a look: doubt × use, 0 to 1. What nobody uses and what
// is certain is not worth one.
func (i *Item) Value() float64 { return i.Doubt * i.Use }

const (
	usualUse = 20 // tasks at which use counts half
	// A claim in use is looked at from this P(uplift < −0.02) on, well before
	// the lifecycle acts, and one on trial after so many tasks.
	harmFrom      = 0.6
	undecidedFrom = 16
	// ThinSteps is how many steps a counted rule in use may rest on at most to
	// be looked at.
	ThinSteps = 3
	// MaxThin is how many of those an inbox has: the most used.
	MaxThin = 10
	// maxPairs bounds the pairs of one kind in an inbox.
	maxPairs = 50
)

// Rules returns what of the rules and near pairs of a library is worth a
// look under a policy, the most valuable first. Rules that are counted from
// transitions are estimates that move with every task; a person is asked about
// them where they harm or predict badly, where nothing is used without approval,
// and about the few that are used most and rest on very little.
func Rules(rules []*agent.Heuristic, pairs []duplicates.Pair, policy lifecycle.Policy) []Item {
	var items []Item
	for _, h := range rules {
		if item, ok := ofRule(h, policy); ok {
			items = append(items, item)
		}
	}
	Sort(items)
	kept := map[Kind]int{}
	items = slices.DeleteFunc(items, func(i Item) bool {
		if i.Kind != Thin {
			return false
		}
		kept[Thin]++
		return kept[Thin] > MaxThin
	})
	for _, p := range pairs {
		item := ofPair(p)
		if kept[item.Kind]++; kept[item.Kind] <= maxPairs {
			items = append(items, item)
		}
	}
	Sort(items)
	return items
}

// Sort puts the most valuable look first; equal ones go by key.
func Sort(items []Item) {
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(b.Value(), a.Value()), strings.Compare(a.Key, b.Key))
	})
}

func ofRule(h *agent.Heuristic, policy lifecycle.Policy) (Item, bool) {
	c, u := &h.Credit, h.Credit.Uplift
	guarded := h.ByPeople()
	item := Item{Rule: h, Use: useOf(h.Tasks)}
	as := func(kind Kind, doubt float64, reason, otherwise string) (Item, bool) {
		item.Kind, item.Doubt, item.Reason, item.Otherwise = kind, doubt, reason, otherwise
		item.Key = fmt.Sprintf("%s:%s:%d", kind, h.ID, h.Version)
		return item, true
	}
	switch {
	case h.Status == agent.Banned:
		return item, false
	case h.Usable() && u != nil && u.Harmful >= harmFrom:
		otherwise := fmt.Sprintf("It is retired by evidence once P(harm) is past %.2f.", lifecycle.HarmfulAt)
		switch {
		case guarded:
			otherwise = "Nothing: a person decided about it, and learning leaves that alone."
		case h.Counted():
			otherwise = "It stays: a rule that predicts goes by its predictions, and the learned set as a whole by the hold-out."
		case h.Status == agent.Active:
			otherwise = fmt.Sprintf("It is retired by evidence once P(uplift < 0) is past %.2f.", lifecycle.HarmsActiveAt)
		}
		return as(Harm, u.Harmful, fmt.Sprintf("P(harm) %.2f, %.0f tasks with it and %.0f without", u.Harmful, u.In, u.Out), otherwise)
	case h.Usable() && guarded && lifecycle.FalseClaim(c):
		return as(Harm, float64(c.Misses)/float64(c.Checks()), fmt.Sprintf("%d of its %d predictions did not come true", c.Misses, c.Checks()),
			"Nothing: a person decided about it, and learning leaves that alone.")
	case h.Usable() && h.Counted() && lifecycle.PredictsBadly(c):
		return as(Harm, 1-math.Exp(c.LogE), fmt.Sprintf("%d of its %d predictions did not come true in %d tasks; its action's base rate predicts better, by an e-value of 1/%.0f",
			c.Misses, c.Checks(), c.Checked, math.Exp(-c.LogE)), "It stays on trial: the agent weighs it by what it counts, and the learned set as a whole goes by the hold-out.")
	case h.Usable() && c.Disputed():
		return as(Dispute, 1, "advantage and hold-out disagree", "The hold-out decides: it is the one that was randomised.")
	case h.Status == agent.Candidate && !guarded && (policy == lifecycle.Approve || !h.Counted()):
		item.Use = useOf(c.FireTasks)
		reason := fmt.Sprintf("would have fired in %d steps of %d tasks, contradicted %d times", c.Fires, c.FireTasks, c.Contradicted)
		if h.Counted() {
			item.Use, reason = useOf(h.Good+h.Bad), fmt.Sprintf("%d of %d transitions speak for it", h.Good, h.Good+h.Bad)
		}
		otherwise := fmt.Sprintf("It goes on trial after %d steps in %d tasks without contradiction; after %d days it is archived.", lifecycle.ShadowFires, lifecycle.ShadowTasks, lifecycle.CandidateDays)
		if policy == lifecycle.Approve {
			otherwise = fmt.Sprintf("It is never used: nothing enters a prompt before a person approves it. After %d days it is archived.", lifecycle.CandidateDays)
		}
		return as(Candidate, 1, reason, otherwise)
	case h.Status == agent.Probation && !h.Counted() && u != nil && c.Trials >= undecidedFrom:
		return as(Undecided, entropy(u.Positive), fmt.Sprintf("undecided after %d tasks, P(helps) %.2f", c.Trials, u.Positive),
			fmt.Sprintf("The hold-out goes on; after %d tasks without an effect it is archived.", lifecycle.Undecided))
	case h.Usable() && h.Counted() && !guarded && h.States() == nil && h.Shown > 0 && h.Good+h.Bad <= ThinSteps:
		n := h.Good + h.Bad
		w := stats.Wilson(h.Good, n)
		item.Use = useOf(h.Shown)
		return as(Thin, w.High-w.Low, fmt.Sprintf("in use in %d steps, and rests on %s", h.Shown, counted(n, "step")),
			"It goes on being counted, and is weighed by what it has counted so far.")
	}
	return item, false
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Sets returns what all that was learned in one scope is worth a look
// for: suspended by its test, suspended by a person though it helps, or on the
// way to being suspended.
func Sets(ledgers []catalog.ScopeLedger) []Item {
	var items []Item
	for i := range ledgers {
		l := &ledgers[i].Ledger
		item := Item{Kind: Harm, Set: &ledgers[i], Use: useOf(l.Tasks), Doubt: 1}
		at := 0
		switch s := l.Suspended; {
		case s != nil && !s.ByPeople():
			at = s.Tasks
			item.Reason = "all that was learned here is suspended: " + s.Figures.String()
			item.Otherwise = "It stays out of use and goes on learning. It acts in a quarter of the learning tasks, and is used again once the same test finds that it helps."
		case s != nil && l.Test.Decided():
			at = s.Tasks
			item.Reason = fmt.Sprintf("%s suspended all that was learned here, and it helps: %s", s.By, l.Figures())
			item.Otherwise = "It stays out of use: a person suspended it, and only a person lifts that."
		case s == nil && l.Test.Evidence() >= setEvidence:
			item.Doubt = 1 - 1/l.Test.Evidence()
			item.Reason = "all that was learned here seems to lower success: " + l.Figures().String()
			item.Otherwise = fmt.Sprintf("The hold-out goes on; at an e-value of %.0f it is suspended.", 1/credit.SetTestLevel)
		default:
			continue
		}
		scope := ledgers[i].Scope
		item.Key = fmt.Sprintf("set:%s:%s:%s:%d", scope.Environment, scope.Dynamics, scope.Schema, at)
		items = append(items, item)
	}
	return items
}

// setEvidence is the e-value of a set's test from which a person is asked.
const setEvidence = 5

func ofPair(p duplicates.Pair) Item {
	item := Item{Kind: Repeat, Rule: p.A, Other: p.B, Doubt: max(p.Jaccard, p.Cosine) / 2, Use: useOf(max(p.A.Tasks, p.B.Tasks)),
		Reason: fmt.Sprintf("they say nearly the same: words %.2f, cosine %.2f", p.Jaccard, p.Cosine), Otherwise: "Both stay, and share the evidence that one of them could have."}
	if p.Opposed {
		item.Kind, item.Doubt = Conflict, 1
		item.Reason, item.Otherwise = "the same case, opposite advice", "Each run draws one of the two, and the hold-out retires the one that hurts."
		if p.A.ByPeople() && p.B.ByPeople() {
			item.Otherwise = "Each run draws one of the two; people decided about both, so learning retires neither."
		}
	}
	item.Key = fmt.Sprintf("%s:%s:%s", item.Kind, p.A.ID, p.B.ID)
	return item
}

// PairOf returns the ids of the two rules that the key of an item names.
func PairOf(key string) (a, b string, ok bool) {
	kind, ids, _ := strings.Cut(key, ":")
	a, b, ok = strings.Cut(ids, ":")
	return a, b, ok && (Kind(kind) == Conflict || Kind(kind) == Repeat)
}

// Critics returns the critics that are worth a look: those that lost the
// right to give credit, those that more and more please without success, and
// those that call much solved that is not. A critic's item comes back at each
// look that finds it so.
func Critics(reports []calibration.CriticReport) []Item {
	var items []Item
	for i := range reports {
		r := &reports[i]
		item := Item{Kind: Critic, Critic: r, Use: useOf(r.Total), Doubt: 1, Reason: "Φ goes up and success does not",
			Otherwise: "Nothing changes by itself: Φ keeps giving credit until the calibration takes the right away."}
		switch {
		case r.Right == calibration.RightLost:
			item.Reason, item.Otherwise = "lost the right to give credit", "Rules are learned from outcomes alone until it predicts them again."
		case r.Goodhart.Alarm:
		case r.FalseSuccess.Hits >= falseSuccesses && r.FalseSuccess.High > calibration.MaxFalseSuccess:
			item.Doubt = r.FalseSuccess.High
			item.Reason = fmt.Sprintf("called %d of %d tasks solved that were not", r.FalseSuccess.Hits, r.FalseSuccess.N)
			item.Otherwise = "It loses the right to give credit once there is enough evidence."
		default:
			continue
		}
		item.Key = fmt.Sprintf("critic:%s:%s:%s:%d", r.Critic, r.Scope.Environment, r.Scope.Schema, r.Total/calibration.CriticLook)
		items = append(items, item)
	}
	return items
}

// falseSuccesses is how often a critic must have been wrong above Φ 7
// before a person is asked to look.
const falseSuccesses = 3

// useOf is never 0: what was just taught will be used.
func useOf(tasks int) float64 {
	tasks = max(tasks, 1)
	return float64(tasks) / float64(tasks+usualUse)
}

// entropy is Shannon's, of a yes or no of probability p, in bits.
func entropy(p float64) float64 {
	if p <= 0 || p >= 1 {
		return 0
	}
	return -p*math.Log2(p) - (1-p)*math.Log2(1-p)
}

// Quiet is how long something that a person put off stays away from the
// inbox.
const Quiet = 7 * 24 * time.Hour
