package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"purposeagent/agent/credit"
	"purposeagent/agent/files"
)

// NoAction is the name recorded for a step in which the actor gave no usable
// action. The environment does not see it.
const NoAction = "NO_ACTION"

// errBroken ends an episode whose consumer broke off.
var errBroken = errors.New("consumer broke off")

// episode is one run in progress.
type episode struct {
	o     *Orchestrator
	run   string
	task  Task
	yield func(Event, error) bool

	seq      int64
	began    time.Time
	spent    time.Duration
	initial  State
	first    Score // of the initial state
	steps    []Step
	examples []Match
	usage    Usage
	learned  bool
	inFlight *Action
	resumed  bool
	wrote    writings
	holdout  credit.SetHoldout
	admitted *RuleSet // what the set of this source leaves when the learned ones are out
	source   *RuleSet
	checked  map[actionKey]bool // actions that keep the specs
	heard    bool               // it was asked for the discredited critics, …
	ousted   []string           // … and these they are

	notes    []NoteAdded // of people
	approval ApprovalPolicy
	stuck    stuckCount
	asked    *ApprovalAsked
	answer   *ApprovalAnswered
	refused  []Action // by a person, since the last step
	until    int      // pause after so many steps
	by       string   // who let the run go on

	guards struct {
		env    guard[view]
		actor  guard[decided]
		critic guard[Score]
	}

	// world is the last state that the environment itself produced; state is
	// what is observed, which after a failed action is world plus "_error".
	world, state State
	phi          float64
	legal        []Action
	terminal     bool
	truncated    bool // terminal, and cut there
	verdict      *Verdict

	desk   *files.Desk
	judged *Verdict // of the last state, once the episode is over

	unscored *Step    // was done, and has no score yet
	begun    *Verdict // about the initial state
	waits    int
}

func newEpisode(o *Orchestrator, run string, task Task, from *Checkpoint, yield func(Event, error) bool) *episode {
	e := &episode{o: o, run: run, task: task, yield: yield, began: o.cfg.Clock.Now(), desk: files.NewDesk(o.cfg.Files)}
	e.steps = make([]Step, 0, min(max(task.MaxSteps, 0), 256)) // a Step is large: growing copies much
	if from == nil {
		return e
	}
	e.seq, e.notes, e.until, e.by, e.waits = from.Seq, slices.Clone(from.Notes), from.Until, from.By, from.Waits
	if !from.Started {
		return e
	}
	e.resumed, e.spent, e.learned, e.inFlight = true, from.Spent, from.Learned, from.InFlight
	e.initial, e.first, e.holdout, e.begun = from.Initial, from.InitialScore, from.Holdout, from.InitialVerdict
	e.unscored, e.judged = from.Unscored, from.Judged
	e.steps = append(e.steps, from.Steps...)
	e.asked, e.answer, e.refused = from.Asked, from.Answer, from.Refused
	e.world, e.state, e.phi = from.Initial, from.Initial, from.InitialScore.PhiAfter
	e.usage = from.InitialScore.Usage
	e.stuck.best = from.InitialScore.PhiAfter
	for i := range e.steps {
		s := &e.steps[i]
		e.state, e.phi = s.After, s.Score.PhiAfter
		if s.Error == "" {
			e.world = s.After
		}
		e.usage = e.usage.Add(s.Usage).Add(s.Score.Usage)
		e.stuck.add(s)
		e.wrote.add(o.specs, s.Action)
	}
	return e
}

// emit hands one event to the consumer.
func (e *episode) emit(data EventData) error {
	e.seq++
	if !e.yield(Event{Seq: e.seq, Run: e.run, At: e.o.cfg.Clock.Now(), Data: data}, nil) {
		return errBroken
	}
	return nil
}

// play runs the episode from where it stands to a terminal event or a suspension.
func (e *episode) play(ctx context.Context) error {
	ctx = e.desk.With(ctx)
	defer e.guards.env.close()
	defer e.guards.actor.close()
	defer e.guards.critic.close()
	if err := e.task.Check(); err != nil {
		return e.fail(err)
	}
	var err error
	if e.approval, err = ParseApproval(e.task.Approval); err != nil {
		return e.fail(err)
	}
	if _, ok := e.o.cfg.Environment.(Restorer); e.approval.Asks() && !ok {
		return e.fail(Errorf(CodeInvalid, "this environment can't be entered again in mid-run, so no person can be asked; launch it without approval"))
	}
	open := e.start
	if e.resumed {
		open = e.resume
	}
	if err := open(ctx); err != nil {
		return e.settle(ctx, err)
	}
	for {
		if err := e.readInbox(ctx); err != nil {
			return e.settle(ctx, err)
		}
		if end, reason := e.over(); end != "" {
			return e.finish(ctx, end, reason)
		}
		if reason := e.usedUp(); reason != "" {
			if _, ok := e.o.cfg.Environment.(Restorer); ok && e.o.cfg.Limits.PauseOnBudget {
				return e.emit(RunPaused{Reason: reason})
			}
			return e.finish(ctx, EndBudget, reason)
		}
		if e.until > 0 && len(e.steps) >= e.until {
			return e.emit(RunPaused{By: e.by})
		}
		if err := ctx.Err(); err != nil {
			return e.settle(ctx, err)
		}
		if err := e.step(ctx); err != nil {
			return e.settle(ctx, err)
		}
		if err := e.rest(ctx); err != nil {
			return e.settle(ctx, err)
		}
	}
}

// rest waits between two steps, where the task says so.
func (e *episode) rest(ctx context.Context) error {
	if e.task.Pace <= 0 || e.usedUp() != "" {
		return nil
	}
	if end, _ := e.over(); end != "" {
		return nil
	}
	return e.o.cfg.Clock.Sleep(ctx, time.Duration(e.task.Pace*float64(time.Second)))
}

// over says what ended the run and why in words, or "" if it goes on. It looks
// at what is recorded only, so that a resumed run comes to the same end.
func (e *episode) over() (End, string) {
	if n := len(e.steps); n > 0 {
		_, later := e.o.cfg.Environment.(Judge)
		last := &e.steps[n-1]
		switch {
		case last.Action.Name == Done:
			return EndActor, "the actor said DONE"
		case e.terminal && last.Error == "" && e.truncated:
			return EndTruncated, "the environment cut the episode short"
		case e.terminal && last.Error == "":
			return EndEnvironment, "the environment came to its end"
		case last.Score.ends(e.task.EarlyStopPhi, last.Verdict, later):
			return EndPhi, "Φ reached the early stop"
		}
	} else if e.terminal {
		return EndEnvironment, "the environment was at its end from the start"
	}
	if len(e.steps) >= e.task.MaxSteps {
		return EndSteps, "the steps were used up"
	}
	return "", ""
}

func estimateNote(u Usage) string {
	if !u.Estimated {
		return ""
	}
	return ", by an estimate: a server reports no usage"
}

// usedUp says which part of the budget is used up, or "".
func (e *episode) usedUp() string {
	switch budget := e.task.Budget; {
	case budget.Tokens > 0 && e.usage.Tokens() >= budget.Tokens:
		return "the token budget was used up" + estimateNote(e.usage)
	case budget.USD > 0 && e.usage.USD >= budget.USD:
		return "the budget in dollars was used up" + estimateNote(e.usage)
	case budget.Seconds > 0 && e.spent+e.o.cfg.Clock.Now().Sub(e.began) >= budget.Elapsed():
		return "the time budget was used up"
	}
	return ""
}

// step makes one step and emits it.
func (e *episode) step(ctx context.Context) error {
	cfg := &e.o.cfg
	s := Step{Index: len(e.steps) + 1, Before: e.state, At: cfg.Clock.Now()}
	p, approval, err := e.propose(ctx, s.Index)
	if err != nil {
		return err
	}
	s.Action, s.Usage, s.Prompt, s.Memory, s.Retrieval, s.Examples = p.Action, p.Usage, p.Prompt, p.Memory, p.Retrieval, p.Examples
	s.Approval = approval
	decided := cfg.Clock.Now()
	if err := e.execute(ctx, &s); err != nil {
		return err
	}
	s.Verdict, s.Files = e.verdict, e.desk.Take()
	s.Timing = Timing{Decide: decided.Sub(s.At), Execute: cfg.Clock.Now().Sub(decided)}
	return e.record(ctx, &s)
}

// record scores a step that was done and emits it. One that can't be scored now
// is kept for later: the action is not done again for want of a score.
func (e *episode) record(ctx context.Context, s *Step) error {
	executed := e.o.cfg.Clock.Now()
	e.unscored = nil
	before := s.Before // s does not leave this goroutine, and what a critic is given may
	score, waiting := e.assess(ctx, s.Index, &Assessment{Task: e.task, World: e.o.world, Before: &before, After: s.After,
		PhiBefore: e.phi, Done: s.Action.Name == Done, Wrote: e.wrote.add(e.o.specs, s.Action), Seed: e.task.Seed + int64(s.Index),
		History: e.steps, Best: e.stuck.best, Verified: s.Verdict != nil})
	s.Score = score
	s.Timing.Score = e.o.cfg.Clock.Now().Sub(executed)
	if waiting != nil {
		if ctx.Err() != nil && !actsOutside(e.o.cfg.Environment) {
			return ctx.Err() // the state before is re-entered; the step was not recorded
		}
		kept := *s
		e.unscored = &kept
		return waiting
	}
	return e.take(s)
}

// take emits a step.
func (e *episode) take(s *Step) error {
	e.steps = append(e.steps, *s)
	e.stuck.add(s)
	e.phi, e.inFlight, e.waits, e.judged = s.Score.PhiAfter, nil, 0, nil
	e.usage = e.usage.Add(s.Usage).Add(s.Score.Usage)
	if err := e.emit(StepTaken{Step: *s}); err != nil {
		return err
	}
	if e.o.cfg.Hooks.OnStep != nil {
		e.o.cfg.Hooks.OnStep(*s)
	}
	return nil
}

// execute does the step's action. What goes wrong in the environment is the
// step's result, not the run's end.
func (e *episode) execute(ctx context.Context, s *Step) error {
	s.After = s.Before
	if s.Action.Name == Done {
		return nil
	}
	e.desk.Take() // what a call left that was given up
	var err error
	if s.Action.Name == NoAction {
		err = Errorf(CodeInvalid, "%s", s.Action.Thought)
	} else {
		err = e.check(s.Action)
	}
	if err == nil {
		if actsOutside(e.o.cfg.Environment) {
			if err := e.emit(ActionStarted{Index: s.Index, Action: s.Action}); err != nil {
				return err
			}
		}
		action, before := s.Action, e.world
		err = e.enter(ctx, "the environment", func(ctx context.Context) (State, error) {
			return e.o.cfg.Environment.Execute(ctx, action, before)
		})
	}
	if err == nil {
		s.After = e.state
		return nil
	}
	if ctx.Err() != nil {
		return err
	}
	if e.guards.env.busy != nil && CodeOf(err) == CodeUnavailable {
		return &fatal{err} // it hung before and hangs still
	}
	s.Error = MessageOf(err)
	if CodeOf(err) == CodeInternal {
		s.Error = err.Error() // an environment's own words; it is no part of ours
	}
	e.state = e.world.WithError(s.Error)
	s.After = e.state
	return nil
}

// actionKey identifies an action without making a string of it.
type actionKey struct {
	name   string
	params Object
}

// maxChecked bounds the actions that an episode remembers to be good.
const maxChecked = 256

// check is CheckAction; the same action is not taken apart twice.
func (e *episode) check(a Action) error {
	key := actionKey{a.Name, a.Params}
	if e.checked[key] {
		return nil
	}
	if err := CheckAction(e.o.specs, a); err != nil {
		return err
	}
	if e.checked == nil {
		e.checked = map[actionKey]bool{}
	}
	if len(e.checked) < maxChecked {
		e.checked[key] = true
	}
	return nil
}
