package roles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
)

// actorCall is one prompt and the means to read its answer.
type actorCall struct {
	situation *agent.Situation
	byName    bool                    // the answer has a name and parameters
	choices   map[string]agent.Action // what the listed words mean
	words     []string                // the listed words, in order
	labels    map[string]string       // rule label or id → id, of the rules shown
	shown     []string                // the rule labels, in order
	leftOut   []string
	done      map[string]int // see doneHere
	sure      float64        // lower bound of how often the best advice that applies is right
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

// actorView is what the template sees. Strategies and Procedures are for
// templates of before Playbook, Rules and Applies: they hold the same, by tier.
type actorView struct {
	ByName, Cites                 bool
	World, Playbook, Examples     string
	Purpose, Description          string
	History, Notes, Rules         string
	Left, State, Actions, Applies string
	Strategies, Procedures        string
}

// A prompt's frame, in tokens, and the share of the rest that what stays the same
// during a run may take. It is measured out before what changes, so that a large
// state does not move the front of the prompt, which servers cache.
const (
	frameTokens = 230
	stableShare = 0.55
)

// newActorCall builds the prompt within the budget of tokens; thought limits the
// characters of the thought that is asked for. What stays the same stands in
// front, what grows behind it, and last what is for this step alone: the state,
// the actions, and what is known of them.
func newActorCall(memo *narrate.Memo, prompt *Prompt, s *agent.Situation, budget, thought int) *actorCall {
	c := &actorCall{situation: s, labels: map[string]string{}}
	c.byName = len(s.Legal) == 0 || len(s.Legal) > agent.MaxListed
	c.listChoices()

	reader := narrate.ForWorld(s.World, s.Actions)
	description := s.Task.Description
	if description == s.Task.Purpose {
		description = ""
	}
	purpose, notes := prompttext.OneLine(s.Task.Purpose), notesText(s.Notes)
	var (
		world    = &section{share: .2, text: prompttext.AsData(s.World.Text)}
		playbook = &section{share: .4, items: playbookItems(&s.Memory.Playbook)}
		examples = &section{share: .25, items: exampleItems(memo, reader, s.Memory.Examples)}
		task     = &section{share: .15, text: prompttext.AsData(description)}
	)
	room := max(budget-frameTokens-prompttext.Tokens(purpose)-prompttext.Tokens(notes), 0)
	allot(int(float64(room)*stableShare), world, playbook, examples, task)
	for _, stable := range []*section{world, playbook, examples, task} {
		room -= stable.limit
	}
	inWords, wordRules := c.wordItems(s.Memory.Rules)
	applies, bearing := c.appliesItems(s.Memory.Rules)
	inWords.share, applies.share = .12, .14
	history := &section{share: .3, items: historyItems(memo, reader, s.History), newest: true}
	state := &section{share: .3, text: reader.StateText(s.State, knownBefore(s.Task.Purpose, history.items))}
	actions := &section{share: .14, items: c.actionItems()}
	allot(room, history, inWords, state, actions, applies)

	c.parts = []actorPart{{"the world", world, nil}, {"the playbook", playbook, nil}, {"examples", examples, nil}, {"the task", task, nil},
		{"history", history, nil}, {"rules in words", inWords, wordRules}, {"the state", state, nil}, {"actions", actions, nil}, {"what applies now", applies, bearing}}
	view := actorView{ByName: c.byName, World: world.body(), Playbook: c.playbook(playbook), Examples: examples.body(), Purpose: purpose, Description: task.body(),
		History: history.body(), Notes: notes, Rules: c.show(inWords, wordRules), Left: stepsLeft(s), State: state.body(), Actions: c.actions(actions)}
	view.Applies = c.showApplying(applies, bearing)
	view.Cites = len(c.shown) > 0
	c.leave(s.Memory.Rules)
	c.messages = prompt.messages(view.fitting(prompt))
	c.schema = c.answerSchema(thought)
	return c
}

// knownBefore is what a reader of the state has read already.
func knownBefore(purpose string, history []string) string {
	if n := len(history); n > 0 {
		return purpose + "\n" + history[n-1]
	}
	return purpose
}

// fitting moves what a template has no place for to where it has one: templates
// that people wrote go on working when built-in ones learn to say more.
func (v actorView) fitting(p *Prompt) actorView {
	join := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "\n")
	}
	if !p.uses["Playbook"] {
		v.Strategies = v.Playbook
	}
	if !p.uses["Rules"] {
		v.Procedures = v.Rules
	}
	if !p.uses["Notes"] {
		v.Purpose = join(v.Purpose, v.Notes)
	}
	if !p.uses["Left"] {
		v.State = join("("+v.Left+")", v.State)
	}
	if !p.uses["Applies"] && v.Applies != "" {
		v.Actions = join(v.Actions, "What is known and applies now:", v.Applies)
	}
	return v
}

// stepsLeft says how many steps the task has left, this one included.
func stepsLeft(s *agent.Situation) string {
	limit := max(s.Task.MaxSteps, s.Index)
	return fmt.Sprintf("%d of %d steps left", limit-max(s.Index, 1)+1, limit)
}

// listChoices gives each legal action its words: the label where it is unique,
// else the key.
func (c *actorCall) listChoices() {
	if c.byName {
		return
	}
	c.choices = make(map[string]agent.Action, len(c.situation.Legal)+1)
	count := map[string]int{agent.Done: 1}
	labels := make([]string, len(c.situation.Legal))
	for i, a := range c.situation.Legal {
		labels[i] = prompttext.OneLine(a.Label())
		count[labels[i]]++
	}
	for i, a := range c.situation.Legal {
		word := labels[i]
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

// wordOf is an action in the exact words in which it is to be chosen.
func (c *actorCall) wordOf(a agent.Action) string {
	if c.byName {
		if a.Params.IsEmpty() {
			return a.Name
		}
		return a.Name + " " + a.Params.String()
	}
	word := prompttext.OneLine(a.Label())
	if chosen, ok := c.choices[word]; ok && chosen.Key() == a.Key() {
		return word
	}
	return a.Key()
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

func (c *actorCall) actions(s *section) string {
	if text, which := s.pick(); len(which) > 0 {
		return text + "\n" + doneLine
	}
	return doneLine
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
	for _, i := range which {
		c.cite(rules[i].Rule.ID)
	}
	return text
}

// showApplying is show with the advice at the end: what stands nearest to the
// question counts most. In front of it are the warnings, and in front of those the
// advice that led in a circle, and in one line what is surely worse than the best.
func (c *actorCall) showApplying(s *section, rules []agent.Recalled) string {
	text, which := s.pick()
	lines := strings.Split(text, "\n")
	front := lines[len(which):]
	var warnings, advice, worse []string
	for i, k := range which {
		c.cite(rules[k].Rule.ID)
		switch {
		case c.ledBack(rules[k].Bearing):
			front = append(front, lines[i])
		case rules[k].Bearing.Against:
			warnings = append(warnings, lines[i])
		case c.worse(rules[k]):
			worse = append(worse, lines[i])
		default:
			advice = append(advice, lines[i])
		}
	}
	if len(worse) > 0 {
		front = append(front, "Less often right here: "+strings.Join(worse, "; "))
	}
	slices.Reverse(advice)
	return strings.Join(slices.Concat(front, warnings, advice), "\n")
}

// playbook returns the section, and lets the lines in trial that fit be cited.
func (c *actorCall) playbook(s *section) string {
	text := s.body()
	for i := range c.situation.Memory.Playbook.Lines {
		line := &c.situation.Memory.Playbook.Lines[i]
		if !citable(line) {
			continue
		}
		if strings.Contains(text, "["+line.Rules[0]+"]") {
			c.cite(line.Rules[0])
		}
	}
	return text
}

func (c *actorCall) cite(id string) {
	if _, twice := c.labels[id]; !twice {
		c.shown = append(c.shown, id)
		c.labels[id] = id
	}
}

// leave records the recalled rules that are not in the prompt.
func (c *actorCall) leave(rules []agent.Recalled) {
	for _, r := range rules {
		if r.Rule == nil {
			continue
		}
		if _, shown := c.labels[r.Rule.ID]; !shown {
			c.leftOut = append(c.leftOut, r.Rule.ID)
		}
	}
}
