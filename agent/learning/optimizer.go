package learning

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/search"
)

// Bounds of what one trajectory teaches.
const (
	DefaultOptimizeEvery = 1
	DefaultContrast      = 3
	// MaxNewRules bounds the new rules in words of one trajectory: a distiller
	// that may say more says less (docs/learning.md, §6). Rules with a predicate
	// are bounded by their evidence.
	MaxNewRules = 5
	// MaxLearnedChanges bounds the changes that one Learned event names; the
	// library holds all of them.
	MaxLearnedChanges = 60

	contrastWindow = 24
	pendingWindow  = 50
)

// OptimizerConfig is what a HeuristicOptimizer needs.
type OptimizerConfig struct {
	Library   agent.Library
	Replay    agent.Replay // nil: no contrast, no values of examples, Every is 1
	Distiller agent.Distiller
	// Every learns at each n-th trajectory of a scope, then from all that were
	// kept in the replay since; 0 means DefaultOptimizeEvery.
	Every int
	// Contrast is how many earlier trajectories with the other outcome go into
	// a lesson; 0 means DefaultContrast, and a negative number none.
	Contrast int
	// Calibrator says which critics lost the right to give credit; nil: none.
	Calibrator agent.Calibrator
	// Applicability checks what rules with a condition say of the steps of a task,
	// where the distiller can't predict; nil: the distiller does, or nobody.
	Applicability agent.Applicability
	// Policy says how much learned rules may do by themselves; it is asked for
	// each lesson. nil: lifecycle.Evidence.
	Policy func(ctx context.Context) (lifecycle.Policy, error)
	Now    func() time.Time // nil: time.Now
}

// HeuristicOptimizer turns finished trajectories into changes of a library:
// distil, gate, dedupe, credit what was used, one transaction. Each trajectory
// is distilled once, also across restarts. Words that a person pinned or wrote
// are never rewritten, and an empty or odd answer changes nothing. It is safe
// for concurrent use; lessons are worked one after the other.
type HeuristicOptimizer struct {
	cfg  OptimizerConfig
	turn chan struct{} // holds one token: a mutex that a context can leave
}

// NewHeuristicOptimizer checks the configuration: CodeInvalid if the library
// or the distiller is missing.
func NewHeuristicOptimizer(cfg OptimizerConfig) (*HeuristicOptimizer, error) {
	if cfg.Library == nil || cfg.Distiller == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "an optimizer needs a library and a distiller")
	}
	if cfg.Every < 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "optimize every must be 1 or more, got %d", cfg.Every)
	}
	if cfg.Every == 0 || cfg.Replay == nil {
		cfg.Every = DefaultOptimizeEvery
	}
	if cfg.Contrast == 0 {
		cfg.Contrast = DefaultContrast
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Policy == nil {
		cfg.Policy = func(context.Context) (lifecycle.Policy, error) { return lifecycle.Evidence, nil }
	}
	return &HeuristicOptimizer{cfg: cfg, turn: make(chan struct{}, 1)}, nil
}

// Learn distils the lesson's trajectory, and with Every above 1 the ones that
// waited, and saves what passed. Contrast and Rules of the lesson are filled
// in here. A trajectory that was distilled before, that has to wait, or
// of which nobody said what came of it, changes nothing and is no error. After an error the trajectory counts as not
// distilled and can be learned from again. Errors are those of the distiller,
// the library and the replay.
func (o *HeuristicOptimizer) Learn(ctx context.Context, l agent.Lesson) (agent.Learned, agent.Usage, error) {
	if l.Trajectory == nil || l.Trajectory.ID == "" {
		return agent.Learned{}, agent.Usage{}, agent.Errorf(agent.CodeInvalid, "a lesson needs a trajectory with an id")
	}
	if !l.Trajectory.Outcome.Known() {
		return agent.Learned{}, agent.Usage{}, nil
	}
	learned := agent.Learned{Trajectory: l.Trajectory.ID}
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return learned, agent.Usage{}, ctx.Err()
	}
	due, err := o.due(ctx, l.Trajectory)
	if err != nil {
		return learned, agent.Usage{}, err
	}
	var usage agent.Usage
	for _, t := range due {
		each := l
		each.Trajectory = t
		spent, err := o.learnOne(ctx, each, &learned)
		usage = usage.Add(spent)
		if err != nil {
			return learned, usage, err
		}
	}
	learned.Changes = foremost(learned.Changes)
	return learned, usage, nil
}

// due returns the trajectories to distil now, oldest first.
func (o *HeuristicOptimizer) due(ctx context.Context, t *agent.Trajectory) ([]*agent.Trajectory, error) {
	if done, err := o.cfg.Library.Distilled(ctx, t.ID); err != nil || done {
		return nil, err
	}
	if o.cfg.Every == 1 {
		return []*agent.Trajectory{t}, nil
	}
	recent, err := o.cfg.Replay.Recent(ctx, t.Scope, max(pendingWindow, 2*o.cfg.Every))
	if err != nil {
		return nil, err
	}
	pending := []*agent.Trajectory{t}
	for _, r := range recent {
		if r.ID == t.ID {
			continue
		}
		done, err := o.cfg.Library.Distilled(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if !done {
			pending = append(pending, r)
		}
	}
	if len(pending) < o.cfg.Every {
		return nil, nil
	}
	slices.Reverse(pending)
	return pending, nil
}

func (o *HeuristicOptimizer) learnOne(ctx context.Context, l agent.Lesson, learned *agent.Learned) (agent.Usage, error) {
	var err error
	if l.Contrast, l.Similar, err = o.earlier(ctx, l.Trajectory); err != nil {
		return agent.Usage{}, fmt.Errorf("find trajectories to compare with: %w", err)
	}
	if l.Rules, err = o.cfg.Library.Standing(ctx, l.Trajectory.Scope); err != nil {
		return agent.Usage{}, fmt.Errorf("read the library: %w", err)
	}
	if o.cfg.Calibrator != nil {
		if l.Discredited, err = o.cfg.Calibrator.Discredited(ctx, l.Trajectory.Scope); err != nil {
			return agent.Usage{}, fmt.Errorf("read the calibration of the critics: %w", err)
		}
	}
	policy, err := o.cfg.Policy(ctx)
	if err != nil {
		return agent.Usage{}, fmt.Errorf("read the library's policy: %w", err)
	}
	credit, err := o.credit(ctx, &l)
	if err != nil {
		return agent.Usage{}, err
	}
	if err := o.shelve(ctx, &l, credit, learned); err != nil {
		return agent.Usage{}, err
	}
	proposals, usage, err := o.cfg.Distiller.Distil(ctx, l)
	if err != nil {
		return usage, err
	}
	if s, ok := o.cfg.Distiller.(Surveyor); ok {
		credit.task.States = s.Survey(l.Trajectory.Scope)
	}
	d := newDraft(&l, policy, credit.ledger.Tasks+1)
	for _, p := range proposals {
		d.take(p)
	}
	d.charge(usage)
	credit.task.Rejected = d.refused
	batch := agent.Batch{Actor: d.actor, Trajectory: l.Trajectory.ID, Scope: l.Trajectory.Scope, Rules: d.rows()}
	if !l.Trajectory.Steered { // else the outcome is a person's doing, and no rule's
		batch.Uses, batch.Task, batch.Moves = credit.uses, credit.task, credit.moves(&l, d, policy, o.cfg.Now())
	}
	saved, err := o.cfg.Library.Save(ctx, batch)
	if err != nil && agent.CodeOf(err) == agent.CodeConflict {
		return usage, nil // another process was first, and has saved the same
	}
	if err != nil {
		return usage, fmt.Errorf("save what was learned: %w", err)
	}
	d.report(saved, learned)
	reportMoves(batch.Moves, l.Rules, learned)
	if batch.Task != nil {
		after := credit.ledger.Count(batch.Task, 0)
		learned.Set = agent.SetChanged(&credit.ledger, &after, batch.Task)
	}
	if used := examplesOf(l.Trajectory); o.cfg.Replay != nil && len(used) > 0 && !l.Trajectory.Steered {
		if err := o.cfg.Replay.UpdateValue(ctx, used, rewardOf(l.Trajectory.Outcome)); err != nil {
			return usage, fmt.Errorf("credit the remembered trajectories: %w", err)
		}
	}
	return usage, nil
}

// lessonCredit is what one trajectory does to the credit of a scope.
type lessonCredit struct {
	ledger  credit.Ledger
	task    *credit.TaskRecord
	uses    []credit.UseCount
	actions []string // that have rules whose predictions are watched
}

// credit works out what the lesson's trajectory tells about the rules that
// were there before it.
func (o *HeuristicOptimizer) credit(ctx context.Context, l *agent.Lesson) (*lessonCredit, error) {
	t := l.Trajectory
	ledger, err := o.cfg.Library.Ledger(ctx, t.Scope)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	l.Changes, l.Rejected = ledger.Changes, ledger.Rejected
	rules := make(map[string]*agent.Heuristic, len(l.Rules))
	for _, h := range l.Rules {
		rules[h.ID] = h
	}
	uses := usesOf(t)
	uses.contradictions(l, rules)
	uses.inherit(rules)
	predictions, err := o.predictions(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("check what rules predicted: %w", err)
	}
	countPredictions(uses, predictions)
	uses.refutations(l, predictions, rules)
	uses.followed(l, rules)
	surprising := surprises(predictions, rules)
	var effects []credit.Surprise
	if c, ok := o.cfg.Distiller.(EffectChecker); ok {
		if effects, err = c.Effects(ctx, *l); err != nil {
			return nil, fmt.Errorf("check what actions did: %w", err)
		}
	}
	uses.births(l.Rules, ledger.Tasks)
	actions := watchedActions(l.Rules)
	return &lessonCredit{ledger: ledger, uses: uses.list, task: &credit.TaskRecord{
		Type: cmp.Or(t.Type, agent.TaskType(t.Task.Purpose, l.World.State.Vocabulary)), Solved: t.Outcome.Success, Set: t.Holdout,
		At: t.At, Surprises: surprising, Effects: effects, WithSet: withSet(t, actions)}, actions: actions}, nil
}

// moves returns the changes of status that follow once this task is counted.
// What the draft changes or retires is left to it for now.
func (c *lessonCredit) moves(l *agent.Lesson, d *draft, policy lifecycle.Policy, now time.Time) []agent.Move {
	task := c.ledger.Credit(c.task)
	used := make(map[string]*credit.UseCount, len(c.uses))
	for i := range c.uses {
		used[c.uses[i].ID] = &c.uses[i]
	}
	after := make([]*agent.Heuristic, 0, len(l.Rules))
	for _, h := range l.Rules {
		switch u := used[h.ID]; {
		case d.retires(h.ID):
		case u != nil:
			after = append(after, agent.CountUse(h, *u, task, now))
		default:
			after = append(after, h)
		}
	}
	ledger := c.ledger.Count(c.task, d.hypotheses())
	return lifecycle.Moves(after, &ledger, policy, now)
}

// reportMoves names the changes of status beside what was distilled.
func reportMoves(moves []agent.Move, rules []*agent.Heuristic, learned *agent.Learned) {
	ops := map[agent.Status]string{agent.Candidate: opUpdated, agent.Probation: opTried, agent.Active: opPromoted, agent.Retired: opRetired, agent.Archived: opArchived, agent.Banned: opRetired}
	titles := make(map[string]string, len(rules))
	for _, h := range rules {
		titles[h.ID] = h.Title
	}
	for _, m := range moves {
		learned.Changes = append(learned.Changes, agent.RuleChange{ID: m.ID, Title: titles[m.ID], Op: ops[m.To], Reason: m.Reason})
	}
}

// earlier returns recent trajectories of the scope, those with the other outcome and
// those that ended as this one did: of the most similar tasks first and the same seed
// before all.
func (o *HeuristicOptimizer) earlier(ctx context.Context, t *agent.Trajectory) (contrast, similar []*agent.Trajectory, err error) {
	if o.cfg.Replay == nil || o.cfg.Contrast < 0 {
		return nil, nil, nil
	}
	recent, err := o.cfg.Replay.Recent(ctx, t.Scope, contrastWindow)
	if err != nil {
		return nil, nil, err
	}
	alike := func(same bool) []*agent.Trajectory { return o.mostAlike(recent, t, same) }
	return alike(false), alike(true), nil
}

// mostAlike returns the trajectories with the same outcome, or with the other.
func (o *HeuristicOptimizer) mostAlike(recent []*agent.Trajectory, t *agent.Trajectory, same bool) []*agent.Trajectory {
	index := search.NewWordIndex()
	byID := map[string]*agent.Trajectory{}
	for age, other := range recent {
		if other.ID == t.ID || (other.Outcome.Success == t.Outcome.Success) != same {
			continue
		}
		weight := 1 - float64(age)/1000 // newer first among equals
		if other.Task.Seed == t.Task.Seed {
			weight++
		}
		index.Add(other.ID, agent.TaskText(other.Task), weight)
		byID[other.ID] = other
	}
	var found []*agent.Trajectory
	for _, hit := range index.Search(agent.TaskText(t.Task), o.cfg.Contrast) {
		found = append(found, byID[hit.ID])
	}
	return found
}

// rewardOf is the classical reward of a task: 1 or 0.
func rewardOf(o agent.Outcome) float64 {
	if o.Success {
		return 1
	}
	return 0
}

// examplesOf returns the ids of the trajectories that were put before the actor.
func examplesOf(t *agent.Trajectory) []string {
	var ids []string
	for i := range t.Steps {
		for _, x := range t.Steps[i].Examples {
			if !slices.Contains(ids, x.ID) {
				ids = append(ids, x.ID)
			}
		}
	}
	return ids
}

// foremost keeps the changes that matter most to a reader when there are many.
func foremost(changes []agent.RuleChange) []agent.RuleChange {
	if len(changes) <= MaxLearnedChanges {
		return changes
	}
	rank := map[string]int{opPromoted: 0, opArchived: 1, opTried: 2, opAdded: 3, opRetired: 4, opMerged: 5, opUpdated: 6}
	slices.SortStableFunc(changes, func(a, b agent.RuleChange) int { return rank[a.Op] - rank[b.Op] })
	return changes[:MaxLearnedChanges]
}
