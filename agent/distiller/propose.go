package distiller

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/wording"
)

// propose compares the verb's tree with the library's rules and adds to out what
// differs: new leaves, new counts, and the end of leaves that are no more.
func propose(out []agent.Proposal, p *plot, scope agent.Scope, existing []*agent.Heuristic, words *wording.Words) []agent.Proposal {
	mine := make(map[uint64]*agent.Heuristic, len(existing))
	keys := make([]uint64, len(existing))
	for i, r := range existing {
		key := predicateKey(r.Predicate.Params, r.Predicate.When)
		keys[i] = key
		if old := mine[key]; old == nil || r.Guarded() || !old.Guarded() && r.Usable() {
			mine[key] = r
		}
	}
	standing := map[uint64]bool{}
	var added int
	cases := p.cases()
	for i := range cases {
		if old := mine[predicateKey(cases[i].Constants, cases[i].When)]; old != nil && old.Standing() {
			cases[i].Against = advisesAgainst(old, &p.tree[i])
		}
	}
	titles := words.Titles(cases)
	for i := range cases {
		l := &p.tree[i]
		key := predicateKey(p.constantsOf(l), l.when)
		standing[key] = true
		old := mine[key]
		if old != nil && old.Standing() && sameCounts(old, l) {
			continue
		}
		rule := p.rule(l, scope, &cases[i], words)
		rule.Title = titles[i]
		switch {
		case old == nil:
			rule.ParentIDs = ancestors(rule.Predicate, existing)
			out = append(out, agent.Proposal{Rule: rule, Reason: leafReason(&rule)})
			added++
		case old.Status == agent.Banned || !old.Usable() && old.StatusBy != "":
			// a person took it out of use
		default:
			out = append(out, agent.Proposal{Rule: refreshed(old, &rule), Reason: leafReason(&rule)})
		}
	}
	for i, r := range existing {
		if standing[keys[i]] || r.Guarded() || !r.Usable() || r.Author != agent.AuthorDistiller {
			continue
		}
		reason := "what was seen since no longer sets this case apart"
		if added > 1 {
			reason = "split into more special rules"
		}
		retired := *r // which shares what is not changed
		retired.Status = agent.Retired
		out = append(out, agent.Proposal{Rule: retired, Retire: true, Reason: reason})
	}
	return out
}

// advisesAgainst reports whether a leaf that the library has a rule for speaks against its
// action. A rule that turns is another rule, so it keeps its advice until the counts
// clearly say the opposite: as far as retrieval goes before it says either.
func advisesAgainst(old *agent.Heuristic, l *leaf) bool {
	prior, behind := l.backing(l.prior)
	n := float64(l.good + l.bad)
	mean := (float64(l.good) + behind*prior) / (n + behind)
	if old.Against() {
		return mean < features.LeastAdvice
	}
	return mean < features.Avoided
}

func leafReason(r *agent.Heuristic) string {
	return fmt.Sprintf("good %d of %d times", r.Good, r.Good+r.Bad)
}

// refreshed returns the old rule with what the leaf counts now. A person's
// words stay theirs.
func refreshed(old, leaf *agent.Heuristic) agent.Heuristic {
	next := *leaf
	next.ID, next.Version, next.ParentIDs = old.ID, old.Version, slices.Clone(old.ParentIDs)
	next.Pinned, next.Status, next.StatusBy = old.Pinned, old.Status, old.StatusBy
	if old.Guarded() {
		kept := *old.Clone()
		kept.Good, kept.Bad, kept.Evidence = next.Good, next.Bad, next.Evidence
		return kept
	}
	return next
}

func sameCounts(old *agent.Heuristic, l *leaf) bool {
	if old.Good != l.good || old.Bad != l.bad {
		return false
	}
	prior, behind := l.backing(l.prior)
	was, before := old.Predicate.Backing()
	return old.Guarded() || math.Abs(was-prior) < priorTolerance && math.Abs(before-behind) <= behindTolerance*behind
}

// priorTolerance is how far the prior of a rule may be from what it would be
// now before the row is written again: each task moves the priors of all the
// rules that share a branch, and a hundredth changes no decision.
const priorTolerance = 0.03

// behindTolerance is the same for what stands behind the prior, as a share of it.
const behindTolerance = 0.2

// ancestors returns the ids of the standing rule that the leaf was split from:
// the one with the most conditions among those whose conditions it has all.
func ancestors(p *agent.Predicate, existing []*agent.Heuristic) []string {
	var parent *agent.Heuristic
	for _, r := range existing {
		if r.ID == "" || !r.Usable() || weight(r.Predicate) >= weight(p) {
			continue
		}
		covered := true
		for _, c := range r.Predicate.When {
			covered = covered && slices.Contains(p.When, c)
		}
		for name, value := range r.Predicate.Params {
			covered = covered && p.Params[name] == value
		}
		if covered && (parent == nil || weight(r.Predicate) > weight(parent.Predicate) ||
			weight(r.Predicate) == weight(parent.Predicate) && r.ID < parent.ID) {
			parent = r
		}
	}
	if parent == nil {
		return nil
	}
	return []string{parent.ID}
}

// weight counts what a predicate asks for.
func weight(p *agent.Predicate) int { return len(p.When) + len(p.Params) }

// cases are the leaves of the tree as they are said; none where nothing counts in
// full: what speaks weakly only is no rule.
func (p *plot) cases() []wording.Case {
	if !p.counted() {
		return nil
	}
	cases := make([]wording.Case, len(p.tree))
	for i := range p.tree {
		l := &p.tree[i]
		well, ill := l.weigh()
		cases[i] = wording.Case{Action: p.action, Constants: p.constantsOf(l), Against: well < agent.PriorSupport*(well+ill), When: l.when}
	}
	return cases
}

// rule writes a leaf as a heuristic row.
func (p *plot) rule(l *leaf, scope agent.Scope, said *wording.Case, words *wording.Words) agent.Heuristic {
	params := maps.Clone(said.Constants)
	prior, behind := l.backing(l.prior)
	if behind == agent.PriorWeight {
		behind = 0 // as the row says by itself
	}
	label := words.Label(p.action, params)
	h := agent.Heuristic{
		Tier: agent.Tool, Kind: agent.KindRule, Action: p.action, Scope: scope,
		Pattern: words.When(said, wording.MaxTextWords-len(strings.Fields(label))), Author: agent.AuthorDistiller,
		Good: l.good, Bad: l.bad,
		Predicate: &agent.Predicate{Action: p.action, Params: params, When: l.when, Prior: prior, Behind: behind},
	}
	switch {
	case len(params) > 0:
		h.Kind = agent.KindDynamics // what goes with what
	case p.hasConstants():
		h.Tier = agent.Strategic // it holds over all constants
	}
	if said.Against {
		h.Avoid = label
	} else {
		h.Strategy = label
	}
	h.Because = howOften(l.good, l.good+l.bad) + l.besides()
	h.Evidence = p.sample(l)
	return h
}

// howOften says how often of n times something was good.
func howOften(good, n int) string {
	switch {
	case n == 1 && good == 0:
		return "it was tried once, and was not good"
	case n == 1:
		return "it was good the one time that it was tried"
	case good == 0:
		return fmt.Sprintf("it was never good in %d tries", n)
	}
	return fmt.Sprintf("it was good %d of %d times", good, n)
}
