package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/files"
)

// MaxStateBytes is the most that the Environment suite lets a state's data,
// summary and hidden data come to.
const MaxStateBytes = 256 << 10

// walkSteps is how far the Environment suite walks in each task.
const walkSteps = 60

// Environment runs the conformance suite of agent.Environment. fresh returns a
// new value of the same environment each time. Tasks must fit it; with none, a
// task with a plain purpose is used. Environments without agent.Legal are
// walked with actions made from their specs.
func Environment(t *testing.T, fresh func() agent.Environment, tasks ...agent.Task) {
	if len(tasks) == 0 {
		tasks = []agent.Task{{Purpose: "reach the goal", Seed: 1}}
	}
	for _, task := range tasks {
		task = task.WithDefaults()
		name := fmt.Sprintf("%.40s seed %d", task.Purpose, task.Seed)
		t.Run(name, func(t *testing.T) {
			runChecks(t, func(*testing.T) world { return world{fresh, task, files.NewDesk(&files.Memory{})} }, environmentChecks)
		})
	}
}

// world is an environment and a task for it.
type world struct {
	fresh func() agent.Environment
	task  agent.Task
	desk  *files.Desk // all values keep their contents in one place, as those of a run do
}

func (w world) ctx() context.Context { return w.desk.With(context.Background()) }

var environmentChecks = []check[world]{
	{"it announces sound actions", checkActions},
	{"the same task gives the same episode", checkDeterminism},
	{"a state is not touched by what comes after it", checkNoAliasing},
	{"legal actions are announced and can be done", checkLegal},
	{"a wrong action is refused and changes nothing", checkWrongAction},
	{"an action can be done again from an old state", checkPure},
	{"a restored environment goes on the same", checkRestore},
	{"what is said of a task before it begins is true", checkTaskCheck},
	{"a terminal state stays so", checkTerminal},
	{"its potential and verdict are numbers in range", checkRanges},
	{"its judge says the same of the same state", checkJudge},
	{"states survive storage", checkStorage},
	{"its description points into its states", checkDescription},
	{"its pictures are small, sound SVG", checkPictures},
	{"a cancelled context is no panic", checkCancelled},
}

// walked is one step of a walk.
type walked struct {
	before, after agent.State
	action        agent.Action
	failed        bool
}

// walk plays an episode by its own fixed rule: actions in turn, most of them
// legal. Two walks of like environments are the same.
func (w world) walk(env agent.Environment) (agent.State, []walked, error) {
	ctx := w.ctx()
	start, err := env.Reset(ctx, w.task)
	if err != nil {
		return agent.State{}, nil, fmt.Errorf("reset: %w", err)
	}
	steps, err := w.walkFrom(env, start, 0, walkSteps)
	return start, steps, err
}

func (w world) walkFrom(env agent.Environment, state agent.State, from, to int) ([]walked, error) {
	var steps []walked
	for i := from; i < to && !env.IsTerminal(state); i++ {
		options := optionsIn(env, state)
		if len(options) == 0 {
			break
		}
		action := options[(i*7+i*i)%len(options)]
		after, err := env.Execute(w.ctx(), action, state)
		step := walked{before: state, after: after, action: action, failed: err != nil}
		if err != nil {
			if _, legal := env.(agent.Legal); legal {
				return steps, fmt.Errorf("step %d: legal action %s failed: %w", i+1, action.Label(), err)
			}
			step.after = state
		}
		steps = append(steps, step)
		state = step.after
	}
	return steps, nil
}

// optionsIn lists what to try in a state: the legal actions, or one of each
// spec with simple values.
func optionsIn(env agent.Environment, state agent.State) []agent.Action {
	if l, ok := env.(agent.Legal); ok {
		if legal := l.LegalActions(state); len(legal) > 0 {
			return legal
		}
	}
	var options []agent.Action
	for _, spec := range env.Actions() {
		params := map[string]any{}
		for _, p := range spec.Params {
			switch {
			case len(p.Enum) > 0:
				params[p.Name] = p.Enum[0]
			case p.Type == "integer", p.Type == "number":
				params[p.Name] = 1
			case p.Type == "boolean":
				params[p.Name] = true
			default:
				params[p.Name] = "a"
			}
		}
		options = append(options, agent.Action{Name: spec.Name, Params: agent.MustObject(params)})
	}
	return options
}

func checkActions(w world) error {
	env := w.fresh()
	specs := env.Actions()
	if len(specs) == 0 {
		return errors.New("it announces no action")
	}
	seen := map[string]bool{}
	for _, s := range specs {
		if s.Name == "" || s.Name == agent.Done || seen[s.Name] {
			return fmt.Errorf("action name %q is empty, reserved or announced twice", s.Name)
		}
		seen[s.Name] = true
		params := map[string]bool{}
		for _, p := range s.Params {
			known := slices.Contains([]string{"string", "integer", "number", "boolean"}, p.Type)
			role := p.Role == agent.RoleConstant || p.Role == agent.RoleThing || p.Role == agent.RolePassage
			if p.Name == "" || params[p.Name] || !known || !role || len(p.Enum) > 0 && p.Type != "string" {
				return fmt.Errorf("action %s: parameter %+v is not sound", s.Name, p)
			}
			params[p.Name] = true
		}
	}
	return first(mismatch("actions asked again", env.Actions(), specs),
		mismatch("actions of another value", agent.SchemaHash(w.fresh().Actions()), agent.SchemaHash(specs)))
}

func checkDeterminism(w world) error {
	startA, a, err := w.walk(w.fresh())
	if err != nil {
		return err
	}
	env := w.fresh()
	startB, b, err := w.walk(env)
	if err != nil {
		return err
	}
	_, again, err := w.walk(env) // Reset forgets the episode before
	return first(err, mismatch("initial state of another value", startB, startA),
		mismatch("episode of another value", b, a), mismatch("episode after another Reset", again, a))
}

func checkNoAliasing(w world) error {
	env := w.fresh()
	start, err := env.Reset(w.ctx(), w.task)
	if err != nil {
		return err
	}
	kept := agent.State{Data: agent.Object([]byte(start.Data)), Summary: start.Summary, Hidden: agent.Object([]byte(start.Hidden))}
	if _, err := w.walkFrom(env, start, 0, walkSteps); err != nil {
		return err
	}
	return mismatch("initial state after the episode", start, kept)
}

func checkLegal(w world) error {
	env := w.fresh()
	l, ok := env.(agent.Legal)
	if !ok {
		return nil
	}
	_, steps, err := w.walk(env)
	if err != nil {
		return err
	}
	for i, s := range steps {
		legal := l.LegalActions(s.before)
		if err := mismatch("legal actions asked again", l.LegalActions(s.before), legal); err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, a := range legal {
			if a.Name == agent.Done || seen[a.Key()] {
				return fmt.Errorf("step %d: %s is listed twice, or is DONE", i+1, a.Label())
			}
			seen[a.Key()] = true
			if err := agent.CheckAction(env.Actions(), a); err != nil {
				return fmt.Errorf("step %d: a legal action breaks the specs: %w", i+1, err)
			}
		}
		if i%10 == 0 {
			if err := executeAll(w, s.before, legal); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
	}
	return nil
}

// executeAll does each legal action on a value of its own.
func executeAll(w world, state agent.State, legal []agent.Action) error {
	ctx := w.ctx()
	for _, a := range legal {
		env := w.fresh()
		r, ok := env.(agent.Restorer)
		if !ok {
			return nil
		}
		if err := r.Restore(ctx, w.task, state); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		if _, err := env.Execute(ctx, a, state); err != nil {
			return fmt.Errorf("legal action %s failed: %w", a.Label(), err)
		}
	}
	return nil
}

func checkWrongAction(w world) error {
	ctx := w.ctx()
	env, twin := w.fresh(), w.fresh()
	start, err := env.Reset(ctx, w.task)
	_, errTwin := twin.Reset(ctx, w.task)
	if err := first(err, errTwin); err != nil {
		return err
	}
	for _, wrong := range []agent.Action{{Name: "no_such_action"}, {Name: "", Params: agent.MustObject(map[string]any{"x": []int{1}})}} {
		if _, err := env.Execute(ctx, wrong, start); err == nil {
			return fmt.Errorf("unknown action %q was done", wrong.Name)
		}
	}
	after, errA := w.walkFrom(env, start, 0, 10)
	want, errB := w.walkFrom(twin, start, 0, 10)
	return first(errA, errB, mismatch("episode after refused actions", after, want))
}

// checkPure holds that a state carries all that Execute needs, as stored runs
// and recomputed steps rely on. It is asked of restorable environments only.
func checkPure(w world) error {
	env := w.fresh()
	if _, ok := env.(agent.Restorer); !ok {
		return nil
	}
	_, steps, err := w.walk(env)
	if err != nil {
		return err
	}
	for i, s := range steps {
		if s.failed || i%5 != 0 {
			continue
		}
		again := w.fresh()
		if err := w.restore(again, w.task, s.before); err != nil {
			return fmt.Errorf("restore before step %d: %w", i+1, err)
		}
		after, err := again.Execute(w.ctx(), s.action, s.before)
		if err := first(err, mismatch(fmt.Sprintf("step %d done again", i+1), after, s.after)); err != nil {
			return err
		}
	}
	return nil
}

// restore restores a fresh value, which must be able to as its sibling is.
func (w world) restore(env agent.Environment, task agent.Task, state agent.State) error {
	r, ok := env.(agent.Restorer)
	if !ok {
		return errors.New("one value can be restored and another can not")
	}
	return r.Restore(w.ctx(), task, state)
}

func checkRestore(w world) error {
	env := w.fresh()
	if _, ok := env.(agent.Restorer); !ok {
		return nil
	}
	start, steps, err := w.walk(env)
	if err != nil {
		return err
	}
	for _, at := range []int{0, len(steps) / 3, len(steps) - 1} {
		if at < 0 || at >= len(steps) {
			continue
		}
		state := start
		if at > 0 {
			state = steps[at-1].after
		}
		stored, err := throughStorage(state)
		if err != nil {
			return err
		}
		other := w.fresh()
		if err := w.restore(other, w.task, stored); err != nil {
			return fmt.Errorf("restore after step %d: %w", at, err)
		}
		rest, err := w.walkFrom(other, stored, at, walkSteps)
		if err := first(err, mismatch(fmt.Sprintf("the episode restored after step %d", at), rest, steps[at:])); err != nil {
			return err
		}
	}
	return nil
}

// checkTaskCheck holds an agent.TaskChecker against Reset and Restore: it
// refuses what they refuse, names the fields, and takes what they take.
func checkTaskCheck(w world) error {
	checker, ok := w.fresh().(agent.TaskChecker)
	if !ok {
		return nil
	}
	odd, strange := w.task, w.task
	odd.Purpose = "zzqx vvkj wwpf"
	strange.InitialState = &agent.State{Data: agent.MustObject(map[string]any{"zzqx": []int{1}})}
	for _, task := range []agent.Task{w.task, odd, strange} {
		env := w.fresh()
		_, runs := env.Reset(w.ctx(), task)
		if task.InitialState != nil {
			runs = w.restore(env, task, *task.InitialState)
		}
		err := checker.CheckTask(task)
		var e *agent.Error
		switch {
		case (err == nil) != (runs == nil):
			return fmt.Errorf("CheckTask says %v of the task %q, and the task itself says %v", err, task.Purpose, runs) //nolint:errorlint // one of them is nil
		case err == nil:
		case !errors.As(err, &e) || e.Code != agent.CodeInvalid || e.Fields["purpose"]+e.Fields["initial_state"] == "":
			return fmt.Errorf("CheckTask refuses a task with %w, want CodeInvalid with a message for purpose or initial_state", err)
		}
	}
	return nil
}

// throughStorage returns what a database gives back for a state.
func throughStorage(s agent.State) (agent.State, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return agent.State{}, err
	}
	var back agent.State
	if err := json.Unmarshal(raw, &back); err != nil {
		return agent.State{}, err
	}
	back.Hidden, err = agent.ParseObject([]byte(s.Hidden.String()))
	return back, err
}
