package roles

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/findjson"
	"purposeagent/agent/jsondiff"
	"purposeagent/agent/milestones"
	"purposeagent/agent/prompttext"
)

// CriticConfig says how a PurposeFunction asks its model. LLM is required.
type CriticConfig struct {
	LLM chat.LLM
	// Prompt is the words that it asks in; nil: BuiltinPrompt.
	Prompt *Prompt
	// CacheSize bounds how many states keep their score; default 4096.
	CacheSize int
	// PromptTokens bounds the prompt; default 6000.
	PromptTokens int
	// AnswerTokens bounds the answer, a model's thinking included; default 2048.
	AnswerTokens int
}

// The thresholds of the checks.
const (
	driftLimit     = 1.0 // between the critic's own Φ before and the chain
	secondReadOver = 3.0 // |Δ| beyond it is read twice
	readsAgree     = 1.0 // two reads that are nearer than this agree
	lowConfidence  = 0.3 // below it Δ is halved
	flatAfter      = 5   // so many different states with one Φ are flat
)

// PurposeFunction is the Critic that asks a language model. The model reads a
// fixed rubric and the states; what it answers is checked here: evidence must
// exist and have changed, Φ chains, the same state never gets two scores, and
// an answer that is no number from 0 to 10 is no score. It is safe for
// concurrent use.
type PurposeFunction struct {
	cfg   CriticConfig
	cache *phiCache
}

var _ agent.Critic = (*PurposeFunction)(nil)

// NewPurposeFunction returns a critic, or CodeInvalid without a model.
func NewPurposeFunction(cfg CriticConfig) (*PurposeFunction, error) {
	if cfg.LLM == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "a critic needs a model")
	}
	cfg.Prompt = cmp.Or(cfg.Prompt, criticPrompt)
	cfg.CacheSize = cmp.Or(cfg.CacheSize, 4096)
	cfg.PromptTokens = cmp.Or(cfg.PromptTokens, 6000)
	cfg.AnswerTokens = cmp.Or(cfg.AnswerTokens, 2048)
	return &PurposeFunction{cfg: cfg, cache: newPhiCache(cfg.CacheSize)}, nil
}

// Reading is a critic's answer before it is checked against the states.
type Reading struct {
	PhiAfter   float64
	PhiBefore  *float64 // its own opinion of the state before, where it gave one
	Confidence float64  // 0 to 1; 0 where it gave none
	Reasoning  string
	Evidence   []string
}

// ParseScore reads a critic's answer: one JSON object whose phi_after is a
// number from 0 to 10. Anything else – prose, NaN, "8/10", a number out of
// range, two objects – is a CodeInvalid error, never a score.
func ParseScore(text string) (Reading, error) {
	object, err := findjson.Object(text, nil)
	if err != nil {
		return Reading{}, agent.Errorf(agent.CodeInvalid, "%w", err)
	}
	r, err := parseReading(object)
	if err != nil {
		return Reading{}, agent.Errorf(agent.CodeInvalid, "%w", err)
	}
	return r, nil
}

func parseReading(object map[string]any) (Reading, error) {
	phi, ok := number(object["phi_after"])
	if !ok || !agent.ValidPhi(phi) {
		return Reading{}, errors.New("phi_after must be a plain number within the scale")
	}
	r := Reading{PhiAfter: math.Abs(phi), Reasoning: textOf(object["reasoning"], 600), Evidence: textsOf(object["evidence"], 8, 200)}
	if before, ok := number(object["phi_before"]); ok && agent.ValidPhi(before) {
		r.PhiBefore = &before
	}
	if c, ok := number(object["confidence"]); ok && c >= 0 && c <= 1 {
		r.Confidence = c
	}
	return r, nil
}

// Assess scores the change. A state that was scored before for this purpose
// keeps its Φ; where nothing observable changed Δ is 0 without asking. An answer
// that can't be used after one repair retry is an Unscored score. Errors are
// NoAnswer and CodeStopped.
func (f *PurposeFunction) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	purpose := f.purposeKey(a)
	key := purpose + a.After.Hash()
	known, release, err := f.cache.claim(ctx, key)
	if err != nil {
		return agent.Score{}, agent.Wrap(agent.CodeOf(err), err, "the critic was interrupted")
	}
	if known != nil {
		return f.recall(*known, a), nil
	}
	var scored *agent.Score // what the next asker finds; nil also after a panic of the model
	defer func() { release(scored) }()
	if a.Before != nil && !a.Done && a.Before.Same(a.After) {
		return agent.Score{PhiBefore: a.PhiBefore, PhiAfter: a.PhiBefore, Confidence: 1, Critic: f.cfg.LLM.Name(),
			Reasoning: "Nothing that can be observed changed."}, nil
	}
	read, err := shrinking(f.cfg.PromptTokens, func(budget int) (verdictOfModel, error) { return f.score(ctx, a, budget) })
	if err != nil && !errors.Is(err, agent.ErrUnusable) {
		return agent.Score{}, agent.AsNoAnswer(err)
	}
	if err != nil {
		s := agent.Unscored(a.PhiBefore, f.cfg.LLM.Name(), agent.MessageOf(err))
		s.Usage, s.Prompt = read.Usage, f.cfg.Prompt.Label
		if a.Done {
			s.Flags = append(s.Flags, agent.FlagCarried)
		}
		return s, nil
	}
	if f.cache.flat(purpose, read.raw) {
		read.Flags = append(read.Flags, agent.FlagFlat)
	}
	scored = &read.Score
	return read.Score, nil
}

// verdictOfModel is a checked score and the Φ that the model itself gave.
type verdictOfModel struct {
	agent.Score
	raw float64
}

// purposeKey is what a state's Φ depends on besides the state: the purpose, the
// milestones, the rubric's version and the model.
func (f *PurposeFunction) purposeKey(a agent.Assessment) string {
	basis := append([]string{a.Task.Purpose, a.Task.Description, a.World.Text, f.cfg.Prompt.Label, f.cfg.LLM.Name()}, a.World.Milestones...)
	sum := sha256.Sum256(schemaJSON(basis))
	return hex.EncodeToString(sum[:12]) + "/"
}

// recall is the score of a state that was scored before, chained to where this
// run stands.
func (f *PurposeFunction) recall(known agent.Score, a agent.Assessment) agent.Score {
	s := agent.Score{PhiBefore: a.PhiBefore, Reasoning: known.Reasoning, Confidence: known.Confidence,
		Critic: known.Critic, Prompt: known.Prompt, Flags: []agent.Flag{agent.FlagCached}}
	if a.Before == nil {
		s.PhiBefore = known.PhiAfter
	}
	s.PhiAfter = known.PhiAfter
	s.Delta = s.PhiAfter - s.PhiBefore
	return s
}

// score asks the model and checks what it says.
func (f *PurposeFunction) score(ctx context.Context, a agent.Assessment, budget int) (verdictOfModel, error) {
	fresh := a.Before == nil || a.Done
	t := treesOf(&a, fresh)
	request := f.request(&a, t, fresh, budget)
	room := scaled(f.cfg.AnswerTokens, budget, f.cfg.PromptTokens)
	request.MaxTokens, request.Schema = room, scoreSchema(fresh, room)
	first, err := ask(ctx, f.cfg.LLM, request, parseReading)
	if err != nil {
		return verdictOfModel{Score: agent.Score{Usage: first.usage}}, err
	}
	w := newEvidenceChecker(&a, t, fresh)
	s := f.judge(first.value, a, w)
	s.Usage = first.usage
	if first.repaired {
		s.Flags = append(s.Flags, agent.FlagRepaired)
	}
	if a.Before != nil && math.Abs(s.Delta) > secondReadOver {
		if s, err = f.readAgain(ctx, s, request, a, w); err != nil {
			return verdictOfModel{Score: s}, err
		}
	}
	if s.Confidence < lowConfidence {
		s.Flags = append(s.Flags, agent.FlagLowConfidence)
		if a.Before != nil {
			s = s.WithDelta(s.Delta / 2)
		}
	}
	return verdictOfModel{s, first.value.PhiAfter}, nil
}

// judge turns a reading into a score: the chain, the drift, and the evidence.
func (f *PurposeFunction) judge(r Reading, a agent.Assessment, w *evidenceChecker) agent.Score {
	s := agent.Score{PhiBefore: a.PhiBefore, PhiAfter: r.PhiAfter, Reasoning: r.Reasoning, Confidence: r.Confidence,
		Critic: f.cfg.LLM.Name(), Prompt: f.cfg.Prompt.Label, OwnPhiBefore: r.PhiBefore}
	s.Delta = s.PhiAfter - s.PhiBefore
	if r.PhiBefore != nil && math.Abs(*r.PhiBefore-a.PhiBefore) > driftLimit {
		s.Flags = append(s.Flags, agent.FlagDrift)
	}
	supported := false
	for _, cited := range r.Evidence {
		e := w.check(cited, s.Delta)
		supported = supported || e.Verified
		s.Evidence = append(s.Evidence, e)
	}
	if s.Delta != 0 && !supported {
		s.Flags = append(s.Flags, agent.FlagUnsupportedEvidence)
		s = s.WithDelta(0)
	}
	if a.Before == nil { // the initial state opens the chain at its own Φ
		s.PhiBefore, s.Delta = s.PhiAfter, 0
	}
	return s
}

// readAgain asks a second time where the first answer moved Φ far. The smaller
// of two moves counts; one that nobody could confirm is held to the limit.
func (f *PurposeFunction) readAgain(ctx context.Context, s agent.Score, request chat.Request, a agent.Assessment, w *evidenceChecker) (agent.Score, error) {
	request.Seed += 2 // 1 is the repair's
	request.Temperature = 0.5
	s.Flags = append(s.Flags, agent.FlagSecondRead)
	second, err := ask(ctx, f.cfg.LLM, request, parseReading)
	s.Usage = s.Usage.Add(second.usage)
	if err != nil {
		if !errors.Is(err, agent.ErrUnusable) {
			return s, err
		}
		s.Flags = append(s.Flags, agent.FlagDisputed)
		return s.WithDelta(math.Copysign(secondReadOver, s.Delta)), nil
	}
	other := f.judge(second.value, a, w)
	if math.Abs(other.PhiAfter-s.PhiAfter) > readsAgree {
		s.Flags = append(s.Flags, agent.FlagDisputed)
	}
	if math.Abs(other.Delta) < math.Abs(s.Delta) {
		s = s.WithDelta(other.Delta)
		s.Reasoning, s.Evidence = other.Reasoning, other.Evidence
	}
	s.Confidence = min(s.Confidence, other.Confidence)
	return s, nil
}

// criticView is what the template sees.
type criticView struct {
	Fresh                       bool
	Verified                    bool   // the environment itself ends the run
	StopAt                      string // the Φ that ends it else
	World, Purpose, Description string
	Milestones, Seen            string
	PhiBefore, Best             string
	Before, Changes, After      string
}

// request asks about a change, or, when fresh, about one state by itself.
func (f *PurposeFunction) request(a *agent.Assessment, t trees, fresh bool, budget int) chat.Request {
	description := a.Task.Description
	if description == a.Task.Purpose {
		description = ""
	}
	world := &section{share: .08, text: prompttext.AsData(a.World.Text)}
	task := &section{share: .12, text: prompttext.AsData(description)}
	marks := &section{share: .06, items: milestoneItems(a.World.Milestones)}
	seen := &section{share: .1, items: seenItems(a, t.after)}
	after := &section{share: .4, text: stateText(a.After)}
	before, diff := &section{share: .2}, &section{share: .2}
	if !fresh {
		before.text = stateText(*a.Before)
		diff.items = diffItems(t)
	}
	purpose := prompttext.OneLine(a.Task.Purpose)
	allot(budget-400-prompttext.Tokens(purpose), world, task, marks, seen, before, diff, after)
	view := criticView{Fresh: fresh, Verified: a.Verified, StopAt: phiText(a.Task.EarlyStopPhi), Purpose: purpose, World: world.body(), Description: task.body(),
		Milestones: marks.body(), Seen: seen.body(), PhiBefore: phiText(a.PhiBefore), Best: phiText(a.Best),
		Before: before.body(), Changes: diff.body(), After: after.body()}
	return chat.Request{Messages: f.cfg.Prompt.messages(view), SchemaName: "score", Prompt: f.cfg.Prompt.Label, Seed: a.Seed}
}

// phiText is a Φ as a prompt tells it.
func phiText(phi float64) string { return strconv.FormatFloat(math.Round(phi*10)/10, 'f', -1, 64) }

func milestoneItems(texts []string) []string {
	var items []string
	for i, m := range texts[:min(len(texts), milestones.Most)] {
		items = append(items, strconv.Itoa(i+1)+". "+prompttext.Clip(prompttext.AsData(prompttext.OneLine(m)), 40))
	}
	return items
}

// trees are the data of the states of an assessment, read once; before is nil where
// one state is judged by itself.
type trees struct{ before, after any }

func treesOf(a *agent.Assessment, fresh bool) trees {
	t := trees{after: a.After.Data.Map()}
	if !fresh {
		t.before = a.Before.Data.Map()
	}
	return t
}

// diffItems lists what differs between two states.
func diffItems(t trees) []string {
	var items []string
	for _, c := range jsondiff.Diff(t.before, t.after) {
		items = append(items, changeText(c))
	}
	if len(items) == 0 {
		items = append(items, "only what the summary says")
	}
	return items
}

// scoreSchema has the evidence before the numbers, so that a model looks before
// it judges.
func scoreSchema(fresh bool, budget int) json.RawMessage {
	properties := []property{
		{"evidence", arraySchema(stringSchema(atMost(120, budget, 3)), 3)},
		{"reasoning", stringSchema(atMost(300, budget, 2))},
	}
	if !fresh {
		properties = append(properties, property{"phi_before", numberSchema(0, agent.MaxPhi)})
	}
	return objectSchema(append(properties,
		property{"phi_after", numberSchema(0, agent.MaxPhi)}, property{"confidence", numberSchema(0, 1)})...)
}
