package roles

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
)

// ActorConfig says how an Actor asks its model. LLM is required.
type ActorConfig struct {
	LLM chat.LLM
	// Prompt is the words that it asks in; nil: BuiltinPrompt.
	Prompt *Prompt
	// PromptTokens bounds the prompt; default DefaultPromptTokens. Sections that don't fit are
	// cut visibly, and a context overflow is answered with half of it.
	PromptTokens int
	// AnswerTokens bounds the answer, a model's thinking included; default 2048.
	AnswerTokens int
	// ExploreTemperature is used while learning; default 0.4. In evaluation the
	// temperature is 0.
	ExploreTemperature float64
}

// Actor is the Decider that asks a language model. It knows nothing
// beyond the Situation; between calls it keeps texts only, so as not to write them
// twice. It is safe for concurrent use.
type Actor struct {
	cfg  ActorConfig
	memo narrate.Memo // texts of steps and tasks that were told before
}

var _ agent.Decider = (*Actor)(nil)

// NewActor returns an actor, or CodeInvalid without a model.
func NewActor(cfg ActorConfig) (*Actor, error) {
	if cfg.LLM == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "an actor needs a model")
	}
	cfg.Prompt = cmp.Or(cfg.Prompt, actorPrompt)
	cfg.PromptTokens = cmp.Or(cfg.PromptTokens, DefaultPromptTokens)
	cfg.AnswerTokens = cmp.Or(cfg.AnswerTokens, 2048)
	cfg.ExploreTemperature = cmp.Or(cfg.ExploreTemperature, 0.4)
	return &Actor{cfg: cfg}, nil
}

// Decide asks for the next action. The answer is one of the legal actions
// where the environment lists them, else one that fits the announced schemas,
// or DONE. An answer that is neither gets one repair retry and is CodeInvalid
// after it. Decision.LeftOut names the recalled rules that had no room in the
// prompt or whose action is not possible now.
func (a *Actor) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	return shrinking(a.cfg.PromptTokens, func(budget int) (agent.Decision, error) {
		room := scaled(a.cfg.AnswerTokens, budget, a.cfg.PromptTokens)
		p := newActorCall(&a.memo, a.cfg.Prompt, s, budget, atMost(300, room, 1))
		request := chat.Request{
			Messages: p.messages, Schema: p.schema, SchemaName: "decision", Prompt: a.cfg.Prompt.Label,
			Seed: s.Task.Seed + s.Task.Draw<<32 + int64(s.Index), MaxTokens: room,
		}
		if s.Thinking != nil {
			request.OnText = func(text string) { s.Thinking(PartialThought(text)) }
		}
		if s.Explore {
			request.Temperature = a.cfg.ExploreTemperature
		}
		answer, err := ask(ctx, a.cfg.LLM, request, p.parse)
		err = agent.AsNoAnswer(err)
		return agent.Decision{Action: answer.value, Usage: answer.usage, Prompt: a.cfg.Prompt.Label, LeftOut: p.leftOut}, err
	})
}

// answerSchema is the JSON Schema of the decision.
func (c *actorCall) answerSchema(thought int) json.RawMessage {
	properties := []property{{"thought", stringSchema(thought)}}
	if c.byName {
		names := []string{}
		for _, spec := range c.situation.Actions {
			names = append(names, spec.Name)
		}
		properties = append(properties, property{"action", enumSchema(append(names, agent.Done))},
			property{"params", paramsSchema(c.situation.Actions)})
	} else {
		properties = append(properties, property{"action", enumSchema(c.words)})
	}
	properties = append(properties, property{"expected_delta", numberSchema(-agent.MaxPhi, agent.MaxPhi)})
	if len(c.shown) > 0 {
		properties = append(properties, property{"rules", arraySchema(enumSchema(c.shown), len(c.shown))})
	}
	return objectSchema(properties...)
}

// paramsSchema is one shape for each distinct set of parameters. Optional ones
// may be null, since strict structured output knows no absent properties.
func paramsSchema(specs []agent.ActionSpec) json.RawMessage {
	empty := objectSchema()
	shapes := []json.RawMessage{}
	for _, spec := range append(slices.Clone(specs), agent.ActionSpec{Name: agent.Done}) {
		properties := make([]property, len(spec.Params))
		for i, p := range spec.Params {
			schema := map[string]any{"type": p.Type}
			if p.Optional {
				schema["type"] = []string{p.Type, "null"}
			}
			if len(p.Enum) > 0 && !p.Optional {
				schema["enum"] = p.Enum
			}
			properties[i] = property{p.Name, schemaJSON(schema)}
		}
		shape := empty
		if len(properties) > 0 {
			shape = objectSchema(properties...)
		}
		if !slices.ContainsFunc(shapes, func(s json.RawMessage) bool { return string(s) == string(shape) }) {
			shapes = append(shapes, shape)
		}
	}
	if len(shapes) == 1 {
		return shapes[0]
	}
	return schemaJSON(map[string]any{"anyOf": shapes})
}

// parse reads the answer; an error says what can be chosen.
func (c *actorCall) parse(answer map[string]any) (agent.Action, error) {
	word, ok := answer["action"].(string)
	if !ok || strings.TrimSpace(word) == "" {
		return agent.Action{}, errors.New("it names no action")
	}
	var action agent.Action
	var err error
	if c.byName {
		action, err = c.named(word, answer["params"])
	} else {
		action, err = c.listed(word)
	}
	if err != nil {
		return agent.Action{}, err
	}
	action.Thought = textOf(answer["thought"], 1000)
	if x, ok := number(answer["expected_delta"]); ok && x >= -agent.MaxPhi && x <= agent.MaxPhi {
		action.ExpectedDelta = &x
	}
	for _, label := range textsOf(answer["rules"], 64, 100) {
		if id, ok := c.labels[strings.Trim(label, "[]")]; ok && !slices.Contains(action.Cites, id) {
			action.Cites = append(action.Cites, id)
		}
	}
	return action, nil
}

func (c *actorCall) listed(word string) (agent.Action, error) {
	if action, ok := c.choices[word]; ok {
		return action, nil
	}
	var found []agent.Action
	for _, listed := range c.words { // models without a grammar change case and spaces
		if strings.EqualFold(prompttext.OneLine(word), prompttext.OneLine(listed)) {
			found = append(found, c.choices[listed])
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return agent.Action{}, fmt.Errorf("%q is not one of the actions: %s", prompttext.Cut(prompttext.OneLine(word), 60), prompttext.Clip(strings.Join(c.words, ", "), 80))
}

func (c *actorCall) named(word string, params any) (agent.Action, error) {
	action := agent.Action{Name: prompttext.OneLine(word)}
	if action.Name == agent.Done {
		return action, nil
	}
	values, _ := params.(map[string]any)
	given := make(map[string]any, len(values))
	for name, v := range values {
		if v != nil {
			given[name] = v
		}
	}
	object, err := agent.NewObject(given)
	if err != nil {
		return agent.Action{}, err
	}
	action.Params = object
	if err := agent.CheckAction(c.situation.Actions, action); err != nil {
		return agent.Action{}, err
	}
	if len(c.situation.Legal) > 0 && !slices.ContainsFunc(c.situation.Legal, func(l agent.Action) bool { return l.Key() == action.Key() }) {
		return agent.Action{}, fmt.Errorf("%q can't be done now", prompttext.Cut(prompttext.OneLine(action.Label()), 60))
	}
	return action, nil
}
