package distiller

import (
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/wording"
)

// Procedures are lifted from successes, as workflows are by Wang et al. (Agent
// Workflow Memory, arXiv 2409.07429), but by counting: among the tasks that ask for
// one thing, the steps that most of the successes have in common. A constant is fixed
// where they share it and other tasks rarely do; what is open is for other rules to say.

// Bounds of what is lifted.
const (
	leastWays     = 3    // successes, …
	leastPurposes = 2    // … of so many different purposes
	likeShare     = 0.6  // of them that take the same steps
	sameShare     = 0.9  // of those that have the same constant in a step, …
	rareShare     = 0.25 // of those that take a step, or it is left out
	byChance      = 0.01 // … if so many are as likely to have it by chance
	maxProcedures = 32   // of a scope
	maxWays       = 100  // successes, the newest
	maxDone       = 256  // actions of an episode that are looked through
)

// procedure is what many successes have in common.
type procedure struct {
	word      string // that is asked, "" for any task
	steps     []string
	things    map[string]bool // names of what the steps are done with
	read      features.Procedure
	from      int // successes that it was lifted from, …
	of        int // … of so many
	since     int // successes after that
	good, bad int // episodes that took all of its steps
	evidence  []agent.EvidenceRef
}

// fixes reports whether some step of a procedure has a constant that could be another.
func (p *procedure) fixes(specs []agent.ActionSpec) bool {
	for _, text := range p.steps {
		text, _, _ = strings.Cut(text, ",")
		text, _, _ = strings.Cut(text, " {")
		if !slices.ContainsFunc(specs, func(s agent.ActionSpec) bool { return s.Name == text }) {
			return true
		}
	}
	return false
}

// count counts an episode if it took all steps of the procedure.
func (p *procedure) count(w *way) {
	if !p.read.In(w.done) {
		return
	}
	if w.success {
		p.good++
	} else {
		p.bad++
	}
	p.evidence = append(p.evidence, w.end)
	if over := len(p.evidence) - agent.MaxEvidence; over > 0 {
		p.evidence = slices.Delete(p.evidence, 0, over)
	}
}

// uncount takes an episode out again.
func (p *procedure) uncount(w *way) {
	switch {
	case !p.read.In(w.done):
		return
	case w.success:
		p.good--
	default:
		p.bad--
	}
	p.evidence = slices.DeleteFunc(p.evidence, func(e agent.EvidenceRef) bool { return e == w.end })
}

// rule writes a procedure as a heuristic row.
func (p *procedure) rule(scope agent.Scope, words *wording.Words) agent.Heuristic {
	h := agent.Heuristic{Tier: agent.Procedural, Kind: agent.KindWorkflow, Scope: scope, Author: agent.AuthorDistiller,
		Title: "Steps for any task", Pattern: "in any situation", Strategy: p.text(),
		Steps: p.steps, Good: p.good, Bad: p.bad, Evidence: p.evidence, Predicate: &agent.Predicate{Prior: agent.PriorSupport},
		Because: fmt.Sprintf("%d of %d tasks that took them were solved", p.good, p.good+p.bad)}
	if p.word != "" {
		h.Title = "Steps for " + p.word
		h.Predicate.When = []agent.Condition{{Feature: p.word + " is asked", Holds: true}}
		h.Pattern = words.When(&wording.Case{When: h.Predicate.When}, wording.MaxTextWords)
	}
	return h
}

// text says the steps on one line, an action that comes again named once. What they
// are done with goes without saying where it is one thing.
func (p *procedure) text() string {
	var parts []string
	last, skip := "", ""
	for _, step := range p.steps {
		said, often := strings.CutSuffix(step, features.AsOften)
		said, maybe := strings.CutSuffix(said, features.IfNeeded)
		if maybe {
			skip = "; skip what is not needed"
		}
		if len(p.things) < 2 {
			for name := range p.things {
				said = strings.TrimSuffix(said, " {"+name+"}")
			}
		}
		action, with, _ := strings.Cut(said, " ")
		switch {
		case often:
			parts = append(parts, said+" as often as needed")
		case action == last && with != "":
			parts[len(parts)-1] += " and " + with
		default:
			parts = append(parts, said)
		}
		last = action
	}
	return strings.Join(parts, ", ") + skip
}

// proposeProcedures compares what can be lifted now with the library's procedures.
func proposeProcedures(found []*procedure, scope agent.Scope, rules []*agent.Heuristic, words *wording.Words) []agent.Proposal {
	mine := map[string]*agent.Heuristic{}
	for _, r := range rules {
		if r.Lifted() {
			if old := mine[r.Key()]; old == nil || r.Standing() {
				mine[r.Key()] = r
			}
		}
	}
	var out []agent.Proposal
	standing := map[string]bool{}
	for _, p := range found {
		rule := p.rule(scope, words)
		key := rule.Key()
		standing[key] = true
		old := mine[key]
		reason := fmt.Sprintf("lifted from %d successes", p.from)
		switch {
		case old == nil:
			out = append(out, agent.Proposal{Rule: rule, Reason: reason})
		case old.Status == agent.Banned || !old.Usable() && old.StatusBy != "" || old.Status == agent.Archived:
			// a person took it out of use, or it has no effect
		case old.Good != rule.Good || old.Bad != rule.Bad || !old.Standing():
			out = append(out, agent.Proposal{Rule: refreshed(old, &rule), Reason: reason})
		}
	}
	for key, r := range mine {
		if !standing[key] && !r.Guarded() && r.Usable() {
			retired := *r.Clone()
			retired.Status = agent.Retired
			out = append(out, agent.Proposal{Rule: retired, Retire: true, Reason: "what succeeded since goes another way"})
		}
	}
	slices.SortStableFunc(out, func(a, b agent.Proposal) int { return strings.Compare(a.Rule.ID, b.Rule.ID) })
	return out
}
