package roles

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/milestones"
	"purposeagent/agent/prompttext"
)

// MilestoneConfig says for which world a critic needs milestones, who writes them
// and where they are kept. All but PromptTokens are required.
type MilestoneConfig struct {
	LLM     chat.LLM // writes them, once for a world
	Store   milestones.Store
	World   milestones.World
	Actions []agent.ActionSpec
	// PromptTokens bounds the prompt; default 3000. The answer has half of it, a
	// model's thinking included.
	PromptTokens int
}

// WithMilestones returns a critic that judges by the milestones of a world, those that
// its environment declares or else those that are kept. One is made for each run, and
// for the training of an experiment.
// Where nobody wrote any, the model is asked for them as the run begins; what it
// writes is kept, and the same for every later run. One that has no usable answer
// leaves the world without milestones: it is not asked again. A critic judges by one
// set from the first step to the last; a run that goes on after it was suspended has
// another critic, and judges by what is in use then. It is safe for concurrent use if
// the critic is.
func WithMilestones(critic agent.Critic, cfg MilestoneConfig) agent.Critic {
	cfg.PromptTokens = cmp.Or(cfg.PromptTokens, 3000)
	return &milestoneCritic{critic: critic, cfg: cfg}
}

type milestoneCritic struct {
	critic agent.Critic
	cfg    MilestoneConfig

	mu     sync.Mutex
	found  bool
	judged []string
}

// Assess has the critic judge by the milestones. What they took is part of the
// score's usage. Errors are the critic's, NoAnswer while they can't be written, and
// those of the store.
func (m *milestoneCritic) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	if len(a.World.Milestones) > 0 {
		return m.critic.Assess(ctx, a)
	}
	judged, usage, err := m.of(ctx, &a)
	if err != nil {
		return agent.Score{Usage: usage}, err
	}
	a.World.Milestones = judged
	s, err := m.critic.Assess(ctx, a)
	s.Usage = s.Usage.Add(usage)
	return s, err
}

// of returns the milestones of the run, and what it took to write them.
func (m *milestoneCritic) of(ctx context.Context, a *agent.Assessment) ([]string, agent.Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found {
		return m.judged, agent.Usage{}, nil
	}
	set, err := m.cfg.Store.Newest(ctx, m.cfg.World)
	if err != nil {
		return nil, agent.Usage{}, agent.Wrap(agent.CodeOf(err), err, "read the milestones")
	}
	var usage agent.Usage
	if set == nil && a.Before == nil { // never in the middle of a run: Φ would jump
		var written milestones.Set
		if written, usage, err = m.write(ctx, a); err != nil {
			return nil, usage, err
		}
		if set, err = m.cfg.Store.Add(ctx, written); err != nil {
			return nil, usage, agent.Wrap(agent.CodeOf(err), err, "keep the milestones")
		}
	}
	m.found, m.judged = true, set.Judged()
	return m.judged, usage, nil
}

// write asks the model for the milestones of the world.
func (m *milestoneCritic) write(ctx context.Context, a *agent.Assessment) (milestones.Set, agent.Usage, error) {
	set := milestones.Set{World: m.cfg.World, Author: agent.AuthorModel + agent.Author(m.cfg.LLM.Name()),
		Note: "for the purpose " + prompttext.Cut(prompttext.OneLine(a.Task.Purpose), 120)}
	answer, err := shrinking(m.cfg.PromptTokens, func(budget int) (answered[[]string], error) {
		return ask(ctx, m.cfg.LLM, m.request(a, budget), milestonesBeyond(a.After))
	})
	switch {
	case errors.Is(err, agent.ErrUnusable):
		set.Note = "it gave no usable answer"
	case err != nil:
		return set, answer.usage, agent.AsNoAnswer(err)
	case len(answer.value) == 0:
		set.Note = "it found none that every purpose has"
	}
	set.Items = answer.value
	return set, answer.usage, nil
}

// milestonesView is what the template sees.
type milestonesView struct {
	World, Actions, Purpose, Description, State string
}

func (m *milestoneCritic) request(a *agent.Assessment, budget int) chat.Request {
	specs := make([]string, len(m.cfg.Actions))
	for i := range m.cfg.Actions {
		specs[i] = prompttext.AsData(specLine(m.cfg.Actions[i]))
	}
	world := &section{share: .3, text: prompttext.AsData(a.World.Text)}
	actions := &section{share: .2, text: strings.Join(specs, "\n")}
	task := &section{share: .2}
	if a.Task.Description != a.Task.Purpose {
		task.text = prompttext.AsData(a.Task.Description)
	}
	state := &section{share: .3, text: stateText(a.After)}
	purpose := prompttext.Clip(prompttext.OneLine(a.Task.Purpose), budget/4)
	allot(budget-300-prompttext.Tokens(purpose), world, actions, task, state)
	room := scaled(m.cfg.PromptTokens/2, budget, m.cfg.PromptTokens)
	return chat.Request{SchemaName: "milestones", Prompt: milestonesPrompt.Label, Seed: a.Seed, MaxTokens: room, Schema: milestonesSchema(room),
		Messages: milestonesPrompt.messages(milestonesView{World: world.body(), Actions: actions.body(), Purpose: purpose, Description: task.body(), State: state.body()})}
}

// askedMilestones is how many milestones a model may name.
const askedMilestones = 8

func milestonesSchema(budget int) json.RawMessage {
	return objectSchema(property{"milestones", arraySchema(stringSchema(atMost(100, budget, 6)), askedMilestones)})
}

// milestonesBeyond reads the milestones of an answer, each once. What the start state
// says in the same words is none, since every run has it.
func milestonesBeyond(start agent.State) func(object map[string]any) ([]string, error) {
	known := prompttext.FoldSpace(stateText(start))
	return func(object map[string]any) ([]string, error) {
		list, ok := object["milestones"].([]any)
		if !ok {
			return nil, errors.New("milestones must be a list of texts")
		}
		var texts, folded []string
		for _, item := range list {
			said, ok := item.(string)
			if !ok {
				return nil, errors.New("each milestone must be a text")
			}
			text := textOf(milestones.Plain(said), milestones.Characters-1) // a cut adds a sign
			if why := prompttext.InjectionIn(text); why != "" {             // what a world says may come back as a milestone
				return nil, fmt.Errorf("%q is no milestone: %s", prompttext.Cut(text, 40), why)
			}
			fold := strings.TrimRight(prompttext.FoldSpace(text), ".")
			if fold != "" && !slices.Contains(folded, fold) && !strings.Contains(known, fold) && len(texts) < askedMilestones {
				texts, folded = append(texts, text), append(folded, fold)
			}
		}
		if len(texts) == 0 && len(list) > 0 {
			return nil, errors.New("all of these are so at the start already; say what is so later, or leave the list empty")
		}
		kept, err := milestones.Check(texts)
		if err != nil {
			return nil, errors.New("milestones " + agent.MessageOf(err))
		}
		return kept, nil
	}
}
