package code

import (
	"context"
	"errors"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/environments/code/task"
	"purposeagent/internal/sandbox"
)

// Env is a set of programming tasks as an environment. It needs Close. What New
// returns has the powers that its tasks allow.
type Env struct {
	config config
	tasks  *tasks

	mu     sync.Mutex // held while a workspace is used
	box    *sandbox.Workspace
	task   task.Task // of the episode
	at     *tree     // what the workspace holds; nil: nobody knows
	closed bool
}

var (
	_ agent.Environment = (*Env)(nil)
	_ agent.Restorer    = (*Env)(nil)
	_ agent.Describer   = (*Env)(nil)
)

// New returns the environment of a configuration. Nothing is started before
// Reset or Restore. It implements io.Closer and agent.Restorer; agent.Judge where
// there are tasks, and agent.Potential where all of them have visible tests.
// Errors: CodeInvalid with a message per property; CodeUnavailable where this
// machine can't contain programs, with what to do about it.
func New(raw agent.Object) (agent.Environment, error) {
	e, err := open(raw)
	if err != nil {
		return nil, err
	}
	if err := contained(); err != nil {
		return nil, err
	}
	switch {
	case len(e.tasks.list) == 0:
		return e, nil
	case e.tasks.visible():
		return &measured{judged{e}}, nil
	}
	return &judged{e}, nil
}

func open(raw agent.Object) (*Env, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return nil, err
	}
	t, err := readTasks(&c)
	if err != nil {
		return nil, err
	}
	return &Env{config: c, tasks: t}, nil
}

// DrawPurpose returns the text of the task that a seed draws. Errors are as for
// New; CodeInvalid also where there are no tasks.
func DrawPurpose(raw agent.Object, seed int64) (string, error) {
	e, err := open(raw)
	if err != nil {
		return "", err
	}
	if len(e.tasks.list) == 0 {
		return "", agent.InvalidFields(map[string]string{"purpose": "say what should be reached; there are no tasks to draw one from"})
	}
	return purposeOf(e.tasks.draw(seed)), nil
}

// containment remembers that this machine can contain programs; a refusal is
// looked at again, since somebody may have mended it.
var containment struct {
	sync.Mutex
	checked bool
}

func contained() error {
	containment.Lock()
	defer containment.Unlock()
	if containment.checked {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := sandbox.Check(ctx)
	containment.checked = err == nil
	return err
}

// Timeout is the longest that one call can take: a workspace, a command and the
// visible tests, or the hidden ones.
func (e *Env) Timeout() time.Duration {
	return max(2*seconds(e.config.Seconds), seconds(e.config.JudgeSeconds)) + 30*time.Second
}

// Describe tells what world this is. What is learned about writing programs holds
// for all tasks.
func (e *Env) Describe() agent.Description {
	return agent.Description{
		Text:       e.text(),
		Milestones: []string{"the task and its files have been read", "a first version is written", "it has been run or tested", "the visible tests pass", "the cases that tests leave out are handled"},
		State: agent.StateSpec{Things: "/files", Vocabulary: map[string][]string{"kind": fileKinds, "state": fileStates},
			Phrases: []agent.Phrase{
				{Feature: "thing.state=new", Yes: "it is a new file"},
				{Feature: "thing.state=changed", Yes: "it was changed"},
				{Feature: "thing.state=as given", Yes: "it is as it was given"},
			}},
	}
}

// Reset opens a workspace with the files of the task that the seed draws. Errors:
// CodeUnavailable where programs can't be contained any more.
func (e *Env) Reset(ctx context.Context, t agent.Task) (agent.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.task = e.tasks.draw(t.Seed)
	e.drop()
	if err := e.enter(ctx); err != nil {
		return agent.State{}, err
	}
	for _, f := range e.startFiles() {
		if err := e.box.Write(ctx, e.path(f.Path), f.Data, modeOf(f)); err != nil {
			return agent.State{}, err
		}
	}
	now, err := readTree(ctx, e.box, e.root())
	if err != nil {
		return agent.State{}, err
	}
	if err := now.keep(ctx, nil); err != nil {
		return agent.State{}, err
	}
	e.at = now
	h := hidden{Task: e.task.ID, Files: now.hash}
	if err := e.measure(ctx, now, &h); err != nil {
		return agent.State{}, err
	}
	return e.state(now, &h, &view{})
}

// Restore opens a workspace that holds the files of a state. Errors:
// CodeUnavailable where they are not kept; CodeInvalid for a state that this
// environment did not make.
func (e *Env) Restore(ctx context.Context, _ agent.Task, state agent.State) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	h, err := e.read(state)
	if err != nil {
		return err
	}
	return e.standAt(ctx, h)
}

// standAt makes the workspace hold the files of a state.
func (e *Env) standAt(ctx context.Context, h *hidden) error {
	if e.at != nil && e.at.hash == h.Files && e.box != nil {
		return nil
	}
	t, err := e.tasks.named(h.Task)
	if err != nil {
		return err
	}
	e.task = t
	to := e.at
	if to == nil || to.hash != h.Files {
		if to, err = loadTree(ctx, h.Files); err != nil {
			return err
		}
	}
	if err := e.enter(ctx); err != nil {
		return err
	}
	e.at = nil
	if err := to.put(ctx, e.box, e.root()); err != nil {
		return e.failed(err)
	}
	e.at = to
	return nil
}

// enter opens a workspace where there is none.
func (e *Env) enter(ctx context.Context) error {
	if e.closed {
		return agent.Errorf(agent.CodeConflict, "the environment is closed")
	}
	if e.box != nil {
		return nil
	}
	box, err := e.open(ctx, seconds(e.config.TotalSeconds))
	e.box = box
	return err
}

// open opens a workspace for the task, with more folders.
func (e *Env) open(ctx context.Context, total time.Duration, folders ...string) (*sandbox.Workspace, error) {
	limits := e.config.limits(total)
	if e.task.MemoryMB > 0 {
		limits.Memory = min(limits.Memory, e.task.MemoryMB<<20)
	}
	if root := e.root(); root != sandbox.Root {
		folders = append(folders, root)
	}
	return sandbox.Open(ctx, sandbox.Config{Limits: limits, Folders: folders, Show: e.config.Show})
}

// failed notes that nobody knows what the workspace holds after an error that was
// no refusal; the next action begins in a fresh one.
func (e *Env) failed(err error) error {
	if code := agent.CodeOf(err); code != agent.CodeInvalid && code != agent.CodeNotFound && code != agent.CodeDenied {
		e.drop()
	}
	return err
}

func (e *Env) drop() {
	if e.box != nil {
		e.box.Close()
	}
	e.box = nil
}

// root is the folder in which the agent works.
func (e *Env) root() string {
	if e.task.Dir != "" {
		return e.task.Dir
	}
	return sandbox.Root
}

func (e *Env) path(name string) string { return e.root() + "/" + name }

// Execute does one action. Errors: CodeInvalid, CodeNotFound and CodeConflict say
// what is wrong with it, and nothing has changed; CodeRateLimited where the time
// of all commands is used up; CodeTimeout, CodeUnavailable.
func (e *Env) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	if err := agent.CheckAction(e.Actions(), action); err != nil {
		return agent.State{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	h, err := e.read(state)
	if err != nil {
		return agent.State{}, err
	}
	if err := e.standAt(ctx, h); err != nil {
		return agent.State{}, err
	}
	before := e.at
	v, err := viewOf(state)
	if err != nil {
		return agent.State{}, err
	}
	changes, err := e.do(ctx, action, v)
	if err != nil {
		if changes {
			e.undo(ctx, before)
		}
		return agent.State{}, e.failed(err)
	}
	now := before
	if changes {
		if now, err = readTree(ctx, e.box, e.root()); err == nil {
			err = now.keep(ctx, before)
		}
		if err != nil {
			e.undo(ctx, before)
			return agent.State{}, e.failed(err)
		}
		e.at = now
	}
	next := *h
	next.Files = now.hash
	if now.hash != before.hash {
		if err := e.measure(ctx, now, &next); err != nil {
			return agent.State{}, e.failed(err)
		}
	}
	v.refresh(before, now)
	if err := e.show(ctx, before, now, v); err != nil {
		return agent.State{}, err
	}
	return e.state(now, &next, v)
}

// undo brings back what an action that failed half-way may have changed.
func (e *Env) undo(ctx context.Context, to *tree) {
	if e.box == nil {
		return
	}
	if err := to.put(ctx, e.box, e.root()); err != nil {
		e.drop() // the next action begins in a fresh one
	}
}

// IsTerminal is always false: an agent says DONE when it has done what it can.
func (e *Env) IsTerminal(agent.State) bool { return false }

// Close ends what runs in the workspace.
func (e *Env) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.drop()
	return nil
}

var errForeign = errors.New("this state was not made here")

// read returns the bookkeeping of a state.
func (e *Env) read(state agent.State) (*hidden, error) {
	h := &hidden{}
	if err := state.Hidden.Decode(h); err != nil || h.Files == "" {
		return nil, agent.Wrap(agent.CodeInvalid, errors.Join(errForeign, err), "a workspace can't begin in a state that was written by hand")
	}
	return h, nil
}

// attach shows a file with the step. Where it can't be kept that is an error: a
// page must not name what is not there.
func attach(ctx context.Context, name, kind, text string, content []byte) error {
	return keepError(files.Attach(ctx, files.File{Name: name, Type: kind, Text: text}, content))
}
