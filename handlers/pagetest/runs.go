package pagetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/steering"
	"purposeagent/handlers/ui"
)

// RunLog is a store and an engine in memory: per run an event log, and what it
// folds to. It implements Runs and Engine.
type RunLog struct {
	Mu      sync.Mutex
	Order   []string
	Runs    map[string]agent.Run
	Log     map[string][]agent.Event
	changed chan struct{}
	Asked   []string // what the engine was told
	Refuse  error    // what the engine answers
}

// NewRunLog returns an empty store.
func NewRunLog() *RunLog {
	return &RunLog{Runs: map[string]agent.Run{}, Log: map[string][]agent.Event{}, changed: make(chan struct{})}
}

// Add makes a run; its events follow by emit.
func (l *RunLog) Add(run agent.Run) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.Order = append(l.Order, run.ID)
	l.Runs[run.ID] = run
}

// Emit appends events to a run's log, as the engine commits them.
func (l *RunLog) Emit(run string, at time.Time, data ...agent.EventData) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	for _, d := range data {
		e := agent.Event{Seq: l.Runs[run].LastSeq + 1, Run: run, At: at, Data: d}
		l.Log[run] = append(l.Log[run], e)
		l.Runs[run] = l.Runs[run].Fold(e)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *RunLog) Get(_ context.Context, id string) (agent.Run, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	run, ok := l.Runs[id]
	if !ok {
		return run, agent.Errorf(agent.CodeNotFound, "there is no run %s", id)
	}
	return run, nil
}

func (l *RunLog) List(_ context.Context, q catalog.RunQuery) (catalog.Page[agent.Run], error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var page catalog.Page[agent.Run]
	skip := q.Cursor != ""
	for _, id := range slices.Backward(l.Order) {
		run := l.Runs[id]
		if skip {
			skip = id != q.Cursor
			continue
		}
		if !meansRun(run, q) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.Next = page.Items[len(page.Items)-1].ID
			break
		}
		page.Items = append(page.Items, run)
	}
	return page, nil
}

func (l *RunLog) Counts(context.Context) (map[agent.RunStatus]int, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	counts := map[agent.RunStatus]int{}
	for _, run := range l.Runs {
		counts[run.Status]++
	}
	return counts, nil
}

// meansRun reports whether a query finds a run; it knows few fields.
func meansRun(run agent.Run, q catalog.RunQuery) bool {
	for _, t := range q.Terms {
		value := map[catalog.RunField]string{catalog.RunStatusField: string(run.Status), catalog.RunEnv: run.Spec.Environment.Name, catalog.RunGroup: run.Group,
			catalog.RunTag: strings.Join(run.Tags, " ")}[t.Field]
		if slices.Contains(t.Values, value) == t.Not {
			return false
		}
	}
	return strings.Contains(run.Spec.Purpose+run.ID, q.Text)
}

func (l *RunLog) Facets(_ context.Context, q catalog.RunQuery) (catalog.RunFacets, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	f := catalog.RunFacets{Any: len(l.Runs) > 0, ByStatus: map[agent.RunStatus]int{}, Envs: map[string]int{}, Models: map[string]int{}, Memory: map[string]int{}, Solved: map[string]int{}, Tags: map[string]int{}}
	for _, run := range l.Runs {
		if !meansRun(run, q) {
			continue
		}
		f.Matching++
		f.ByStatus[run.Status]++
		f.Envs[run.Spec.Environment.Name]++
		f.Models[run.Spec.Models.Actor]++
		f.Memory[run.Spec.Memory]++
		if run.Outcome != nil {
			f.Solved[inYesNo(run.Outcome.Success)]++
		}
		for _, tag := range run.Tags {
			f.Tags[tag]++
		}
	}
	return f, nil
}

func (l *RunLog) Open(context.Context) (int, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	n := 0
	for _, run := range l.Runs {
		if !run.Status.Final() {
			n++
		}
	}
	return n, nil
}

func (l *RunLog) Selected(_ context.Context, selection catalog.RunSelection) ([]string, error) {
	if selection.Query == nil {
		return selection.IDs, nil
	}
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var ids []string
	for _, id := range l.Order {
		if meansRun(l.Runs[id], *selection.Query) {
			ids = append(ids, id)
		}
	}
	if selection.Expect > 0 && selection.Expect != len(ids) {
		return nil, agent.Errorf(agent.CodeConflict, "the list changed meanwhile")
	}
	return ids, nil
}

func (l *RunLog) Change(ctx context.Context, by string, action catalog.RunAction, tag string, selection catalog.RunSelection) (catalog.RunChange, error) {
	ids, err := l.Selected(ctx, selection)
	if err != nil {
		return catalog.RunChange{}, err
	}
	change := catalog.RunChange{ID: 7, Action: action, Tag: tag, Actor: by}
	for _, id := range ids {
		run, err := l.Get(ctx, id)
		if err != nil {
			continue
		}
		if action == catalog.RunDelete && !run.Status.Final() {
			change.Left++
			continue
		}
		change.Runs++
		if err := l.tell(string(action)+" "+tag, id, by); err != nil {
			return catalog.RunChange{}, err
		}
	}
	return change, nil
}

func (l *RunLog) Undo(_ context.Context, by string, id int64) (catalog.RunChange, error) {
	return catalog.RunChange{Runs: 2, Actor: by}, l.tell("undo", strconv.FormatInt(id, 10), by)
}

// StepsOf returns all steps of a run.
func (l *RunLog) StepsOf(run string) []agent.Step {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var steps []agent.Step
	for _, e := range l.Log[run] {
		if taken, ok := e.Data.(agent.StepTaken); ok {
			steps = append(steps, taken.Step)
		}
	}
	return steps
}

func (l *RunLog) Steps(_ context.Context, run string, after, limit int) ([]agent.Step, error) {
	steps := l.StepsOf(run)
	from := min(max(after, 0), len(steps))
	return steps[from:min(from+limit, len(steps))], nil
}

func (l *RunLog) StepsBefore(_ context.Context, run string, before, limit int) ([]agent.Step, error) {
	steps := l.StepsOf(run)
	to := min(max(before-1, 0), len(steps))
	return steps[max(to-limit, 0):to], nil
}

func (l *RunLog) Step(_ context.Context, run string, index int) (agent.Step, error) {
	steps := l.StepsOf(run)
	if index < 1 || index > len(steps) {
		return agent.Step{}, agent.Errorf(agent.CodeNotFound, "run %s has no step %d", run, index)
	}
	return steps[index-1], nil
}

func (l *RunLog) Events(_ context.Context, run string, after int64, limit int) ([]agent.Event, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	all := l.Log[run]
	from := min(int(after), len(all))
	return slices.Clone(all[from:min(from+limit, len(all))]), nil
}

func (l *RunLog) PhiLine(_ context.Context, run string) ([]catalog.PhiPoint, error) {
	var points []catalog.PhiPoint
	for _, step := range l.StepsOf(run) {
		points = append(points, ui.PointOf(step))
	}
	return points, nil
}

func (l *RunLog) Group(_ context.Context, group string) ([]agent.Run, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var runs []agent.Run
	for _, id := range l.Order {
		if l.Runs[id].Group == group {
			runs = append(runs, l.Runs[id])
		}
	}
	return runs, nil
}

func (l *RunLog) Delete(_ context.Context, id string) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	run, ok := l.Runs[id]
	switch {
	case !ok:
		return agent.Errorf(agent.CodeNotFound, "there is no run %s", id)
	case !run.Status.Final():
		return agent.Errorf(agent.CodeConflict, "run %s has not ended; stop it first", id)
	}
	delete(l.Runs, id)
	delete(l.Log, id)
	l.Order = slices.DeleteFunc(l.Order, func(known string) bool { return known == id })
	return nil
}

func (l *RunLog) tell(verb, id, by string) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.Asked = append(l.Asked, verb+" "+id+" by "+by)
	return l.Refuse
}

func (l *RunLog) StopRun(_ context.Context, id, by string) error  { return l.tell("stop", id, by) }
func (l *RunLog) PauseRun(_ context.Context, id, by string) error { return l.tell("pause", id, by) }
func (l *RunLog) ExtendRun(_ context.Context, id, by string, steps int, more agent.Budget) error {
	return l.tell(fmt.Sprintf("extend by %d steps, %d tokens, $%g", steps, more.Tokens, more.USD), id, by)
}
func (l *RunLog) StepRun(_ context.Context, id, by string) error { return l.tell("step", id, by) }
func (l *RunLog) NoteRun(_ context.Context, id, by, text string) error {
	return l.tell("note "+strconv.Itoa(len(text)), id, by)
}

func (l *RunLog) AnswerRun(_ context.Context, id, by string, a agent.Answer) error {
	words := a.Verdict + " " + strconv.Itoa(a.Index)
	if a.Action != nil {
		words += " " + a.Action.Label()
	}
	return l.tell(words, id, by)
}

func (l *RunLog) ForkRun(_ context.Context, id, by string, f steering.Fork) (agent.Run, error) {
	words := "fork at " + strconv.Itoa(f.Step)
	if f.Action != nil {
		words += " with " + f.Action.Label()
	}
	return agent.Run{ID: "r_fork"}, l.tell(words, id, by)
}

// Forks returns the runs that say they come from a run.
func (l *RunLog) Forks(_ context.Context, run string, _ int) ([]agent.Run, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var forks []agent.Run
	for _, id := range l.Order {
		if o := l.Runs[id].Spec.Origin; o != nil && o.Run == run {
			forks = append(forks, l.Runs[id])
		}
	}
	return forks, nil
}

// FindSteps knows words in actions only.
func (l *RunLog) FindSteps(ctx context.Context, run string, q catalog.StepQuery) ([]agent.Step, error) {
	steps, err := l.Steps(ctx, run, q.After, 1000)
	return slices.DeleteFunc(steps, func(s agent.Step) bool { return !strings.Contains(s.Action.Label(), q.Text) }), err
}

// People returns the events that people had a part in.
func (l *RunLog) People(_ context.Context, run string, limit int) ([]agent.Event, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var events []agent.Event
	for _, e := range l.Log[run] {
		switch e.Data.Kind() {
		case "note", "approval_asked", "approval_answered", "run_paused", "run_resumed", "run_stopped":
			events = append(events, e)
		}
	}
	return events[max(len(events)-limit, 0):], nil
}

// Asks returns the runs that ask.
func (l *RunLog) Asks(context.Context, int) ([]agent.Run, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	var asks []agent.Run
	for _, id := range l.Order {
		if l.Runs[id].Asked != nil {
			asks = append(asks, l.Runs[id])
		}
	}
	return asks, nil
}

// Asking counts the runs that ask.
func (l *RunLog) Asking(context.Context) (int, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	n := 0
	for _, run := range l.Runs {
		if run.Asked != nil {
			n++
		}
	}
	return n, nil
}

func (l *RunLog) ResumeRun(_ context.Context, id, by string) error { return l.tell("resume", id, by) }

// Follow replays the log and waits for more, until the terminal event.
func (l *RunLog) Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		for {
			l.Mu.Lock()
			fresh, changed := slices.Clone(l.Log[run][min(int(after), len(l.Log[run])):]), l.changed
			l.Mu.Unlock()
			for _, e := range fresh {
				if !yield(e, nil) || e.Terminal() {
					return
				}
				after = e.Seq
			}
			select {
			case <-changed:
			case <-ctx.Done():
				yield(agent.Event{}, ctx.Err())
				return
			}
		}
	}
}
