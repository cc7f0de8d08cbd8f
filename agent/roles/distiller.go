package roles

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
)

// MaxRulesPerLesson bounds what one trajectory can teach.
const MaxRulesPerLesson = 5

// Vocabulary is what a condition may say in a world, so that a program can check it.
type Vocabulary interface {
	// CheckPredicate returns an error for a predicate that can't be evaluated.
	CheckPredicate(p *agent.Predicate) error
	// Forms lists the sentences that a condition of a rule about the action may be.
	Forms(action string) []string
}

// DistillerConfig says how a ModelDistiller asks its model. LLM is required.
type DistillerConfig struct {
	LLM chat.LLM
	// Prompt is the words that it asks in; nil: BuiltinPrompt.
	Prompt *Prompt
	// PromptTokens bounds the prompt; default 8000.
	PromptTokens int
	// AnswerTokens bounds the answer, a model's thinking included; default 4096.
	AnswerTokens int
	// Playbook composes what is known of the world, for the prompt; nil: it is left out.
	Playbook agent.PlaybookComposer
	// Vocabulary returns what conditions may say in a world by its states; nil: rules
	// have words only.
	Vocabulary func(world *agent.StateSpec, actions []agent.ActionSpec, states ...*agent.State) Vocabulary
}

// ModelDistiller is the Distiller that asks a language model. It contrasts the
// trajectory with an earlier one that ended otherwise, and proposes at most five
// rules or changes of known ones. It is safe for concurrent use.
type ModelDistiller struct {
	cfg DistillerConfig
}

var _ agent.Distiller = (*ModelDistiller)(nil)

// NewDistiller returns a distiller, or CodeInvalid without a model.
func NewDistiller(cfg DistillerConfig) (*ModelDistiller, error) {
	if cfg.LLM == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "a distiller needs a model")
	}
	cfg.Prompt = cmp.Or(cfg.Prompt, distillerPrompt)
	cfg.PromptTokens = cmp.Or(cfg.PromptTokens, 8000)
	cfg.AnswerTokens = cmp.Or(cfg.AnswerTokens, 4096)
	return &ModelDistiller{cfg}, nil
}

// Distil proposes rules. An empty answer, one that can't be used after one
// repair retry, and rules that cite no step of the trajectory give no
// proposals. Errors are NoAnswer and CodeStopped.
func (d *ModelDistiller) Distil(ctx context.Context, lesson agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	if lesson.Trajectory == nil || len(lesson.Trajectory.Steps) == 0 {
		return nil, agent.Usage{}, nil
	}
	lesson = lesson.Credible()
	material := d.material(&lesson)
	answer, err := shrinking(d.cfg.PromptTokens, func(budget int) (answered[[]any], error) {
		return ask(ctx, d.cfg.LLM, d.request(&lesson, material, budget), parseRules)
	})
	if err != nil {
		if errors.Is(err, agent.ErrUnusable) {
			return nil, answer.usage, nil // an odd answer changes nothing
		}
		return nil, answer.usage, agent.AsNoAnswer(err)
	}
	r := &reading{prompt: d.cfg.Prompt, author: agent.AuthorModel + agent.Author(d.cfg.LLM.Name()), lesson: &lesson, known: material.byID, checks: material.checks}
	var proposals []agent.Proposal
	read := 0
	for _, item := range answer.value {
		if found := r.proposals(item); len(found) > 0 && read < MaxRulesPerLesson {
			read++
			proposals = append(proposals, found...)
		}
	}
	return proposals, answer.usage, nil
}

func parseRules(object map[string]any) ([]any, error) {
	rules, ok := object["rules"].([]any)
	if v, given := object["rules"]; !ok && (!given || v != nil) { // null is an empty list to many
		return nil, errors.New("it has no list of rules")
	}
	return rules, nil
}

// distillerView is what the template sees.
type distillerView struct {
	World, Actions, Forms     string
	Playbook, Known, Rejected string
	Similar, Contrast         string
	Purpose, Outcome, Steps   string
	// OutcomesOnly says that no step has a score to go by.
	OutcomesOnly bool
}

// material is what does not depend on the room in the prompt.
type material struct {
	reader  narrate.Reader
	known   []string // items
	ids     []string
	byID    map[string]*agent.Heuristic
	similar []string
	book    []string
	checks  Vocabulary
}

func (d *ModelDistiller) material(lesson *agent.Lesson) *material {
	m := &material{reader: narrate.ForWorld(lesson.World, lesson.Actions), byID: map[string]*agent.Heuristic{}}
	m.known, m.ids = knownItems(lesson)
	for _, h := range lesson.Rules {
		if slices.Contains(m.ids, h.ID) {
			m.byID[h.ID] = h
		}
	}
	m.similar = similarItems(m.reader, lesson.Similar)
	t := lesson.Trajectory
	if d.cfg.Vocabulary != nil {
		states := []*agent.State{&t.Initial}
		for i := range t.Steps[:min(len(t.Steps), 50)] {
			states = append(states, &t.Steps[i].After)
		}
		m.checks = d.cfg.Vocabulary(&lesson.World.State, lesson.Actions, states...)
	}
	if d.cfg.Playbook != nil {
		set := agent.NewRuleSet(t.Scope, 0, lesson.Rules, nil)
		book := d.cfg.Playbook.Compose(lesson.World, lesson.Actions, set, agent.PlaybookOptions{Tokens: playbookTokens})
		m.book = playbookItems(&book)
	}
	return m
}

// request builds the prompt within the budget of tokens.
func (d *ModelDistiller) request(lesson *agent.Lesson, m *material, budget int) chat.Request {
	t := lesson.Trajectory
	earlier := contrastOf(lesson)
	around := -1
	if earlier != nil {
		around = divergence(t, earlier)
	}
	var names []string
	for _, spec := range lesson.Actions {
		names = append(names, specLine(spec))
	}
	world := &section{share: .07, text: prompttext.AsData(lesson.World.Text)}
	actions := &section{share: .06, text: strings.Join(names, "\n")}
	forms := &section{share: .06, items: formItems(m.checks, lesson)}
	book := &section{share: .08, items: m.book}
	known := &section{share: .18, items: m.known}
	rejected := &section{share: .03, items: rejectedItems(lesson)}
	similar := &section{share: .07, items: m.similar}
	contrast := &section{share: .15, items: contrastItems(m.reader, earlier, around, budget/5)}
	steps := &section{share: .3, items: stepItems(m.reader, t, around, budget*2/5)}
	allot(budget-600, world, actions, forms, book, known, rejected, similar, contrast, steps)
	view := distillerView{World: world.body(), Actions: actions.body(), Forms: forms.body(), Playbook: book.body(), Known: known.body(), Rejected: rejected.body(),
		Similar: similar.body(), Contrast: contrast.body(), Purpose: "Purpose: " + prompttext.OneLine(t.Task.Purpose), Outcome: outcomeText(t), Steps: steps.body(),
		OutcomesOnly: len(lesson.Discredited) > 0 && !slices.ContainsFunc(t.Steps, func(s agent.Step) bool { return s.Score.Known() })}
	room := scaled(d.cfg.AnswerTokens, budget, d.cfg.PromptTokens)
	return chat.Request{Messages: d.cfg.Prompt.messages(view.fitting(d.cfg.Prompt)), Schema: rulesSchema(lesson, m.ids, m.checks != nil, room), SchemaName: "rules",
		Prompt: d.cfg.Prompt.Label, Seed: t.Task.Seed, MaxTokens: room}
}

// fitting moves what a template of people has no place for to where it has one.
func (v distillerView) fitting(p *Prompt) distillerView {
	add := func(title, text string) {
		if text != "" {
			v.Known = strings.TrimPrefix(v.Known+"\n"+title+"\n"+text, "\n")
		}
	}
	if !p.uses["Playbook"] {
		add("What is known of this world:", v.Playbook)
	}
	if !p.uses["Rejected"] {
		add("Rejected before:", v.Rejected)
	}
	if !p.uses["Similar"] && v.Similar != "" {
		v.Contrast = strings.TrimPrefix(v.Contrast+"\n"+v.Similar, "\n")
	}
	return v
}

// contrastOf is the first earlier trajectory with the other outcome.
func contrastOf(lesson *agent.Lesson) *agent.Trajectory {
	for _, t := range lesson.Contrast {
		if t != nil && len(t.Steps) > 0 && t.Outcome.Success != lesson.Trajectory.Outcome.Success {
			return t
		}
	}
	return nil
}

// divergence is the first position at which two trajectories act differently.
func divergence(a, b *agent.Trajectory) int {
	n := min(len(a.Steps), len(b.Steps))
	for i := range n {
		if a.Steps[i].Action.Key() != b.Steps[i].Action.Key() {
			return i
		}
	}
	return n
}
