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

// Actor is the Decider that asks a language model. It keeps nothing between
// calls: what it knows of a run is in the Situation. It is safe for concurrent use.
type Actor struct {
	cfg ActorConfig
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
	return &Actor{cfg}, nil
}

// Decide asks for the next action. The answer is one of the legal actions
// where the environment lists them, else one that fits the announced schemas,
// or DONE. An answer that is neither gets one repair retry and is CodeInvalid
// after it. Decision.LeftOut names the recalled rules that had no room in the
// prompt or whose action is not possible now.
func (a *Actor) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	return shrinking(a.cfg.PromptTokens, func(budget int) (agent.Decision, error) {
		room := scaled(a.cfg.AnswerTokens, budget, a.cfg.PromptTokens)
		p := newActorCall(a.cfg.Prompt, s, budget, atMost(300, room, 1))
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

// actorCall is one prompt and the means to read its answer.
type actorCall struct {
	situation *agent.Situation
	byName    bool                    // the answer has a name and parameters
	choices   map[string]agent.Action // what the listed words mean
	words     []string                // the listed words, in order
	labels    map[string]string       // rule label or id → id, of the rules shown
	shown     []string                // the rule labels, in order
	leftOut   []string
	parts     []actorPart

	messages []chat.Message
	schema   json.RawMessage
}

// actorPart is a section of the prompt by its name, with the rules in it.
type actorPart struct {
	name    string
	section *section
	rules   []agent.Recalled
}

// actorView is what the template sees.
type actorView struct {
	ByName                           bool
	World, Purpose, Description      string
	Strategies, Procedures, Examples string
	History, State, Actions          string
}

// newActorCall builds the prompt within the budget of tokens; thought limits the
// characters of the thought that is asked for.
func newActorCall(prompt *Prompt, s *agent.Situation, budget, thought int) *actorCall {
	c := &actorCall{situation: s, labels: map[string]string{}}
	c.byName = len(s.Legal) == 0 || len(s.Legal) > agent.MaxListed
	c.listChoices()

	strategies, strategic := ruleItems(s.Memory.Rules, agent.Strategic, budget)
	proc, procedural := ruleItems(s.Memory.Rules, agent.Procedural, budget)
	tip, tools := ruleItems(s.Memory.Rules, agent.Tool, budget)
	strategies.share, proc.share, tip.share = .10, .12, .06
	description := s.Task.Description
	if description == s.Task.Purpose {
		description = ""
	}
	var (
		world   = &section{share: .08, text: prompttext.AsData(s.World.Text)}
		task    = &section{share: .08, text: prompttext.AsData(description)}
		example = &section{share: .06, items: exampleItems(s.Memory.Examples)}
		history = &section{share: .15, items: historyItems(s.History), newest: true}
		state   = &section{share: .25, text: stateText(s.State)}
		actions = &section{share: .10, items: c.actionItems()}
	)
	purpose := withNotes(prompttext.OneLine(s.Task.Purpose), s.Notes)
	allot(budget-220-prompttext.Tokens(purpose), world, task, strategies, proc, tip, example, history, state, actions)
	c.parts = []actorPart{{"the world", world, nil}, {"the task", task, nil}, {"strategies", strategies, strategic}, {"procedures", proc, procedural},
		{"examples", example, nil}, {"history", history, nil}, {"the state", state, nil}, {"actions", actions, nil}, {"tips", tip, tools}}
	view := actorView{ByName: c.byName, Purpose: purpose, World: world.body(), Description: task.body(),
		Examples: example.body(), History: history.body(), State: state.body()}
	view.Strategies = c.show(strategies, strategic)
	view.Procedures = c.show(proc, procedural)
	view.Actions = c.withTips(actions, tip, tools)
	c.messages = prompt.messages(view)
	c.schema = c.answerSchema(thought)
	return c
}

// listChoices gives each legal action its words: the label where it is unique,
// else the key.
func (c *actorCall) listChoices() {
	if c.byName {
		return
	}
	c.choices = make(map[string]agent.Action, len(c.situation.Legal)+1)
	count := map[string]int{agent.Done: 1}
	for _, a := range c.situation.Legal {
		count[prompttext.OneLine(a.Label())]++
	}
	for _, a := range c.situation.Legal {
		word := prompttext.OneLine(a.Label())
		if count[word] > 1 {
			word = a.Key()
		}
		if _, twice := c.choices[word]; !twice {
			c.choices[word] = agent.Action{Name: a.Name, Params: a.Params}
			c.words = append(c.words, word)
		}
	}
	c.choices[agent.Done] = agent.Action{Name: agent.Done}
	c.words = append(c.words, agent.Done)
}

// doneLine offers DONE; it stands last in the list of actions and is never cut.
const doneLine = agent.Done + ": the purpose is fully reached"

// actionItems lists what can be done, without DONE.
func (c *actorCall) actionItems() []string {
	if !c.byName {
		return slices.Clone(c.words[:len(c.words)-1])
	}
	var items []string
	for _, spec := range c.situation.Actions {
		items = append(items, specLine(spec))
	}
	return items
}

func specLine(spec agent.ActionSpec) string {
	var params []string
	for _, p := range spec.Params {
		text := p.Name + " " + p.Type
		switch {
		case len(p.Enum) > 0:
			text = p.Name + " = " + strings.Join(p.Enum, " | ")
		case p.Description != "":
			text += " (" + p.Description + ")"
		}
		if p.Optional {
			text += ", optional"
		}
		params = append(params, text)
	}
	line := spec.Name
	if len(params) > 0 {
		line += ": " + strings.Join(params, "; ")
	}
	if spec.Description != "" {
		line += " – " + spec.Description
	}
	return prompttext.OneLine(line)
}

// show returns a section of rules, and records which of them fit.
func (c *actorCall) show(s *section, rules []agent.Recalled) string {
	text, which := s.pick()
	for i, r := range rules {
		if slices.Contains(which, i) {
			c.cite(r)
		} else {
			c.leftOut = append(c.leftOut, r.Rule.ID)
		}
	}
	return text
}

func (c *actorCall) cite(r agent.Recalled) {
	label := ruleLabel(r)
	c.shown = append(c.shown, label)
	c.labels[label] = r.Rule.ID
}

// withTips puts each tool tip beside the first listed action that it is about.
// A tip about an action that can't be done now is left out.
func (c *actorCall) withTips(actions, tips *section, tools []agent.Recalled) string {
	lines := []string{doneLine}
	if text, which := actions.pick(); len(which) > 0 {
		lines = append(strings.Split(text, "\n"), doneLine)
	}
	_, which := tips.pick()
	for i, r := range tools {
		at := slices.IndexFunc(lines, func(line string) bool { return c.about(line, r.Rule.Action) })
		if at < 0 || !slices.Contains(which, i) {
			c.leftOut = append(c.leftOut, r.Rule.ID)
			continue
		}
		lines[at] += "  (tip " + tips.items[i] + ")"
		c.cite(r)
	}
	return strings.Join(lines, "\n")
}

// about reports whether a listed line is of the named action.
func (c *actorCall) about(line, name string) bool {
	if name == "" {
		return false
	}
	line, _, _ = strings.Cut(line, "  (tip ")
	if a, ok := c.choices[line]; ok {
		return a.Name == name
	}
	rest, ok := strings.CutPrefix(line, name)
	return ok && (rest == "" || rest[0] == ':' || rest[0] == ' ')
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
func paramsSchema(specs []agent.ActionSpec) any {
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
			properties[i] = property{p.Name, schema}
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
	return map[string]any{"anyOf": shapes}
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
