package roles

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// DefaultPromptTokens bounds an actor's prompt unless its configuration says
// otherwise.
const DefaultPromptTokens = 6000

// PromptPlan is what the prompt of a language model as the actor is made of.
// Tokens are estimated from bytes, on the high side.
type PromptPlan struct {
	Budget int          `json:"budget"`
	Tokens int          `json:"tokens"` // of the whole prompt
	Parts  []PromptPart `json:"parts"`  // in the order of the prompt, without empty ones
	System string       `json:"system"`
	User   string       `json:"user"`
}

// PromptPart is one section of a prompt that competes for the budget.
type PromptPart struct {
	Name   string       `json:"name"`
	Wanted int          `json:"wanted"` // tokens
	Tokens int          `json:"tokens"` // that it may have: all that it wanted, or its share
	Rules  []PromptRule `json:"rules,omitempty"`
}

// PromptRule is a rule with what it costs.
type PromptRule struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Tokens int    `json:"tokens"`
	In     bool   `json:"in"` // false: no room, or its action can't be done now
}

// PlanPrompt returns what a language model would read in the situation, within
// the budget in tokens.
func PlanPrompt(s *agent.Situation, budget int) PromptPlan {
	c := newActorCall(nil, actorPrompt, s, budget, 300)
	plan := PromptPlan{Budget: budget, System: c.messages[0].Text, User: c.messages[1].Text}
	plan.Tokens = prompttext.Tokens(plan.System) + prompttext.Tokens(plan.User)
	for _, p := range c.parts {
		part := PromptPart{Name: p.name, Wanted: p.section.need(), Tokens: p.section.limit}
		for i, r := range p.rules {
			rule := PromptRule{ID: r.Rule.ID, Title: r.Rule.Title, In: !slices.Contains(c.leftOut, r.Rule.ID)}
			if i < len(p.section.items) { // those beyond were not even rendered
				rule.Tokens = prompttext.Tokens(p.section.items[i])
			}
			part.Rules = append(part.Rules, rule)
		}
		if part.Wanted > 0 {
			plan.Parts = append(plan.Parts, part)
		}
	}
	return plan
}
