package roles

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/search"
)

// MaxRulesPerLesson bounds what one trajectory can teach.
const MaxRulesPerLesson = 3

// DistillerConfig says how a ModelDistiller asks its model. LLM is required.
type DistillerConfig struct {
	LLM chat.LLM
	// Prompt is the words that it asks in; nil: BuiltinPrompt.
	Prompt *Prompt
	// PromptTokens bounds the prompt; default 8000.
	PromptTokens int
	// AnswerTokens bounds the answer, a model's thinking included; default 4096.
	AnswerTokens int
}

// ModelDistiller is the Distiller that asks a language model. It contrasts the
// trajectory with an earlier one that ended otherwise, and proposes at most
// three rules. It is safe for concurrent use.
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
	answer, err := shrinking(d.cfg.PromptTokens, func(budget int) (answered[[]any], error) {
		return ask(ctx, d.cfg.LLM, d.request(lesson, budget), parseRules)
	})
	if err != nil {
		if errors.Is(err, agent.ErrUnusable) {
			return nil, answer.usage, nil // an odd answer changes nothing
		}
		return nil, answer.usage, agent.AsNoAnswer(err)
	}
	var proposals []agent.Proposal
	for _, item := range answer.value {
		if h, ok := d.heuristic(item, lesson); ok && len(proposals) < MaxRulesPerLesson {
			proposals = append(proposals, agent.Proposal{Rule: h, Reason: "distilled from " + lesson.Trajectory.ID})
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
	World, Actions, Known, Contrast, Purpose, Outcome, Steps string
	// OutcomesOnly says that no step has a score to go by.
	OutcomesOnly bool
}

func (d *ModelDistiller) request(lesson agent.Lesson, budget int) chat.Request {
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
	world := &section{share: .08, text: prompttext.AsData(lesson.World.Text)}
	actions := &section{share: .07, text: strings.Join(names, "\n")}
	known := &section{share: .15, items: knownItems(lesson.Rules)}
	contrast := &section{share: .2, items: contrastItems(earlier, around)}
	steps := &section{share: .5, items: lessonItems(t, around, budget)}
	allot(budget-400, world, actions, known, contrast, steps)
	view := distillerView{World: world.body(), Actions: actions.body(), Known: known.body(), Contrast: contrast.body(),
		Purpose: "Purpose: " + prompttext.OneLine(t.Task.Purpose), Outcome: outcomeText(t), Steps: steps.body(),
		OutcomesOnly: len(lesson.Discredited) > 0 && !slices.ContainsFunc(t.Steps, func(s agent.Step) bool { return s.Score.Known() })}
	room := scaled(d.cfg.AnswerTokens, budget, d.cfg.PromptTokens)
	return chat.Request{Messages: d.cfg.Prompt.messages(view), Schema: rulesSchema(lesson, room), SchemaName: "rules", Prompt: d.cfg.Prompt.Label,
		Seed: t.Task.Seed, MaxTokens: room}
}

func outcomeText(t *agent.Trajectory) string {
	word := "not solved"
	if t.Outcome.Success {
		word = "solved"
	}
	return fmt.Sprintf("Outcome: %s, says the %s. Steps:", word, t.Outcome.Source)
}

// contrastOf is the first earlier trajectory with the other outcome.
func contrastOf(lesson agent.Lesson) *agent.Trajectory {
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

// contrastItems shows the other trajectory around where the two part: ±3 steps.
func contrastItems(t *agent.Trajectory, around int) []string {
	if t == nil {
		return nil
	}
	items := []string{"Purpose: " + prompttext.Cut(prompttext.OneLine(t.Task.Purpose), 300), outcomeText(t)}
	low, high := max(around-3, 0), min(around+4, len(t.Steps))
	for i := min(low, high); i < high; i++ {
		items = append(items, narrate.ForWorld(agent.Description{}, nil).Step(&t.Steps[i]))
	}
	return items
}

// lessonItems shows the trajectory: all of it where it fits into half of the
// budget, else the steps around the divergence, those that moved Φ most, and
// the last ones, in order.
func lessonItems(t *agent.Trajectory, around, budget int) []string {
	items := make([]string, len(t.Steps))
	total := 0
	for i := range t.Steps {
		items[i] = narrate.ForWorld(agent.Description{}, nil).Step(&t.Steps[i])
		total += prompttext.Tokens(items[i]) + 1
	}
	if total <= budget/2 {
		return items
	}
	order := make([]int, len(items))
	weight := make([]float64, len(items))
	for i := range order {
		order[i] = i
		weight[i] = max(t.Steps[i].Score.Delta, -t.Steps[i].Score.Delta)
		if around >= 0 && i >= around-3 && i <= around+3 || i >= len(items)-2 {
			weight[i] += agent.MaxPhi
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case weight[a] > weight[b]:
			return -1
		case weight[a] < weight[b]:
			return 1
		}
		return 0
	})
	used, keep := 0, map[int]bool{}
	for _, i := range order {
		if cost := prompttext.Tokens(items[i]) + 1; used+cost <= budget*2/5 {
			used += cost
			keep[i] = true
		}
	}
	var kept []string
	left := 0
	for i, item := range items {
		if keep[i] {
			kept = append(kept, item)
		} else {
			left++
		}
	}
	return append(kept, "…["+strconv.Itoa(left)+" steps cut]")
}

// knownItems lists what is known already, the best supported first.
func knownItems(rules []*agent.Heuristic) []string {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b *agent.Heuristic) int { return b.Good - a.Good })
	var items []string
	for _, h := range rules[:min(len(rules), 60)] {
		text := "when " + h.Pattern + ": " + h.Strategy
		if h.Avoid != "" {
			text += "; avoid " + h.Avoid
		}
		items = append(items, prompttext.Clip(prompttext.OneLine(text), 50))
	}
	return items
}

// rulesSchema is the schema of the answer; evidence can only be steps that exist.
func rulesSchema(lesson agent.Lesson, budget int) json.RawMessage {
	names := []string{""}
	for _, spec := range lesson.Actions {
		names = append(names, spec.Name)
	}
	phrase := stringSchema(atMost(160, budget, 8))
	rule := objectSchema(
		property{"tier", enumSchema([]string{string(agent.Strategic), string(agent.Procedural), string(agent.Tool)})},
		property{"title", stringSchema(atMost(80, budget, 8))},
		property{"when", phrase},
		property{"do", phrase},
		property{"avoid", phrase},
		property{"because", phrase},
		property{"steps", arraySchema(stringSchema(atMost(100, budget, 8)), min(agent.MaxWorkflow, max(budget/100, 2)))},
		property{"action", enumSchema(names)},
		property{"evidence", arraySchema(map[string]any{"type": "integer", "minimum": 1, "maximum": len(lesson.Trajectory.Steps)}, 6)},
	)
	return objectSchema(property{"rules", arraySchema(rule, min(MaxRulesPerLesson, max(budget/300, 1)))})
}

// heuristic reads one proposed rule; false if it says nothing, is bound to no
// action where it must be, repeats the prompt, or cites no step that exists.
func (d *ModelDistiller) heuristic(item any, lesson agent.Lesson) (agent.Heuristic, bool) {
	object, ok := item.(map[string]any)
	if !ok {
		return agent.Heuristic{}, false
	}
	h := agent.Heuristic{
		Tier: agent.Tier(textOf(object["tier"], 20)), Kind: agent.KindRule,
		Title:   strings.Join(firstN(strings.Fields(textOf(object["title"], 120)), 8), " "),
		Pattern: textOf(object["when"], 300), Strategy: textOf(object["do"], 300),
		Avoid: textOf(object["avoid"], 300), Because: textOf(object["because"], 300),
		Scope: lesson.Trajectory.Scope, Author: agent.AuthorModel + agent.Author(d.cfg.LLM.Name()), Status: agent.Active,
	}
	switch h.Tier {
	case agent.Strategic:
	case agent.Procedural:
		h.Steps = textsOf(object["steps"], agent.MaxWorkflow, 200)
		if len(h.Steps) > 1 {
			h.Kind = agent.KindWorkflow
		}
	case agent.Tool:
		h.Action = textOf(object["action"], 100)
		if !slices.ContainsFunc(lesson.Actions, func(s agent.ActionSpec) bool { return s.Name == h.Action }) {
			return agent.Heuristic{}, false
		}
	default:
		return agent.Heuristic{}, false
	}
	if h.Pattern == "" || h.Strategy == "" && h.Avoid == "" && len(h.Steps) == 0 || copiesPrompt(d.cfg.Prompt, h.Pattern, h.Strategy, h.Avoid) {
		return agent.Heuristic{}, false
	}
	if h.Strategy == "" && h.Avoid == "" {
		h.Strategy = "follow the steps"
	}
	if h.Title == "" {
		h.Title = strings.Join(firstN(strings.Fields(h.Strategy+" "+h.Avoid), 8), " ")
	}
	h.Evidence = evidenceOf(object["evidence"], lesson.Trajectory, h.Strategy == "")
	for _, e := range h.Evidence {
		if e.Good {
			h.Good++
		} else {
			h.Bad++
		}
	}
	return h, len(h.Evidence) > 0
}

// evidenceOf returns the cited steps that exist. A step speaks for a rule that
// says do if Φ rose, and for one that says avoid if it did not; where it has no
// score, the task's outcome decides.
func evidenceOf(v any, t *agent.Trajectory, avoids bool) []agent.EvidenceRef {
	cited, _ := v.([]any)
	var refs []agent.EvidenceRef
	for _, c := range cited {
		x, ok := number(c)
		if !ok || x != float64(int(x)) {
			continue
		}
		i := slices.IndexFunc(t.Steps, func(s agent.Step) bool { return s.Index == int(x) })
		if i < 0 || len(refs) == agent.MaxEvidence ||
			slices.ContainsFunc(refs, func(r agent.EvidenceRef) bool { return r.Step == int(x) }) {
			continue
		}
		score := &t.Steps[i].Score
		rose := score.Delta > 0
		if !score.Known() {
			rose = t.Outcome.Success
		}
		refs = append(refs, agent.EvidenceRef{Run: t.Run, Step: int(x), Delta: score.Delta, Good: rose != avoids})
	}
	return refs
}

// copiesPrompt reports whether a small model answered with the words of its
// instructions.
func copiesPrompt(asked *Prompt, texts ...string) bool {
	prompt := search.Normalize(asked.render("system", distillerView{}))
	for _, text := range texts {
		if text = search.Normalize(text); len(text) > 20 && strings.Contains(prompt, text) {
			return true
		}
	}
	return false
}

func firstN(items []string, n int) []string { return items[:min(len(items), n)] }
