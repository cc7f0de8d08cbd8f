package lab

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"purposeagent/agent"
)

// pollute puts distractors and irrelevant rules among those of the memory, to
// see whether the gain survives.
//
// Half of the distractors are rules that the same training learned in another
// world, half are the memory's own with their actions permuted; where one kind
// runs out the other fills up. All keep the evidence they came with, so that
// nothing tells them from what is true here.
func (e *experiment) pollute(ctx context.Context, m memory, report *Report) ([]*agent.Heuristic, error) {
	wanted := int(math.Round(e.spec.Pollution / (1 - e.spec.Pollution) * float64(len(m.rules))))
	p := &PollutionReport{Rules: len(m.rules)}
	report.Pollution = p
	out := append([]*agent.Heuristic(nil), m.rules...)
	taken := map[string]bool{}
	for _, h := range m.rules {
		taken[h.Key()] = true
	}
	add := func(rules []*agent.Heuristic, most int) {
		for _, h := range rules {
			if p.Distractors < most && !taken[h.Key()] {
				taken[h.Key()] = true
				p.Distractors++
				out = append(out, named(h, fmt.Sprintf("distractor-%06d", p.Distractors)))
			}
		}
	}
	if wanted > 0 {
		foreign, source, err := e.placebo(ctx, "", math.MaxInt, m.scope)
		if err != nil {
			return nil, err
		}
		p.Source = source + ", and own rules permuted"
		add(foreign, (wanted+1)/2)
		for round := uint64(0); p.Distractors < wanted && round < 64; round++ { // permutations repeat each other in the end
			add(shuffle(m.rules, rand.New(rand.NewPCG(uint64(e.spec.Seed), 0x90110000+round))), wanted)
		}
		add(foreign, wanted)
		p.Share = float64(p.Distractors) / float64(p.Distractors+len(m.rules))
	}
	irrelevant, err := e.irrelevant(m)
	p.Irrelevant = len(irrelevant)
	return append(out, irrelevant...), err
}

// irrelevant makes rules about words that no purpose and no state has.
func (e *experiment) irrelevant(m memory) ([]*agent.Heuristic, error) {
	env, err := e.cfg.World.New(e.config("test"))
	if err != nil {
		return nil, err
	}
	defer closeEnvironment(env)
	actions := env.Actions()
	if len(actions) == 0 {
		return nil, nil
	}
	out := make([]*agent.Heuristic, e.spec.Irrelevant)
	for i := range out {
		word, action := fmt.Sprintf("irrelevance%d", i+1), actions[i%len(actions)].Name
		out[i] = &agent.Heuristic{ID: fmt.Sprintf("irrelevant-%06d", i+1), Version: 1, Tier: agent.Tool, Kind: agent.KindRule, Title: "Irrelevant " + word,
			Pattern: "when " + word + " is asked", Strategy: action, Action: action, Scope: m.scope, Good: 20, Author: agent.AuthorDistiller, Status: agent.Active,
			Predicate: &agent.Predicate{Action: action, When: []agent.Condition{{Feature: word + " is asked", Holds: true}}, Prior: agent.PriorSupport}}
	}
	return out, nil
}

// named is the rule under another id, in use.
func named(h *agent.Heuristic, id string) *agent.Heuristic {
	c := h.Clone()
	c.ID, c.ParentIDs, c.Status = id, nil, agent.Active
	return c
}
