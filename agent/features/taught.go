package features

import (
	"strconv"

	"purposeagent/agent"
)

// wordReader reads the conditions of rules that a person wrote. The words of a
// model are not read: who writes a condition to be checked writes a predicate.
type wordReader struct {
	specs []agent.ActionSpec
	world *agent.StateSpec
	start *agent.State
	reads *ruleReader
	known *Vocabulary
}

// read returns the predicate that a rule's words say, or why they can't be read.
// A tip is about its action; whatever else is about the situation.
func (r *wordReader) read(h *agent.Heuristic, rules []*agent.Heuristic) (*agent.Predicate, string) {
	if !isTaught(h) {
		return nil, "it has words only"
	}
	if r.known == nil {
		r.reads = newRuleReader(r.specs, r.world, fieldsOf(rules, r.world, []*agent.State{r.start}))
		r.known = NewVocabulary(r.world, r.specs, r.start)
	}
	var p *agent.Predicate
	if h.Tier == agent.Tool {
		var err error
		if p, err = r.reads.pattern(h); err != nil {
			return nil, agent.MessageOf(err)
		}
		if p.Action != h.Action {
			return nil, "its action is not one of this environment's"
		}
	} else {
		when, unread := r.reads.conditions(h.Pattern, "", &agent.ActionSpec{})
		if unread != "" {
			return nil, "nobody but a reader can tell whether " + strconv.Quote(agent.Clip(unread, 80)) + " holds"
		}
		p = &agent.Predicate{Prior: agent.PriorSupport, When: when}
	}
	if err := r.known.CheckPredicate(p); err != nil {
		return nil, agent.MessageOf(err)
	}
	return p, ""
}
