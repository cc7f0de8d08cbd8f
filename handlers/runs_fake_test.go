package handlers

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
)

// runLog is a store and an engine in memory: per run an event log, and what it
// folds to. It implements Runs and Engine.
type runLog struct {
	mu      sync.Mutex
	order   []string
	runs    map[string]agent.Run
	events  map[string][]agent.Event
	changed chan struct{}
	asked   []string // what the engine was told
	refuse  error    // what the engine answers
}

func newRunLog() *runLog {
	return &runLog{runs: map[string]agent.Run{}, events: map[string][]agent.Event{}, changed: make(chan struct{})}
}

var (
	_ Runs   = (*runLog)(nil)
	_ Engine = (*runLog)(nil)
)

// add makes a run; its events follow by emit.
func (l *runLog) add(run agent.Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.order = append(l.order, run.ID)
	l.runs[run.ID] = run
}

// emit appends events to a run's log, as the engine commits them.
func (l *runLog) emit(run string, at time.Time, data ...agent.EventData) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range data {
		e := agent.Event{Seq: l.runs[run].LastSeq + 1, Run: run, At: at, Data: d}
		l.events[run] = append(l.events[run], e)
		l.runs[run] = l.runs[run].Fold(e)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *runLog) Get(_ context.Context, id string) (agent.Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	run, ok := l.runs[id]
	if !ok {
		return run, agent.Errorf(agent.CodeNotFound, "there is no run %s", id)
	}
	return run, nil
}

func (l *runLog) List(_ context.Context, q agent.RunQuery) (agent.Page[agent.Run], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var page agent.Page[agent.Run]
	skip := q.Cursor != ""
	for _, id := range slices.Backward(l.order) {
		run := l.runs[id]
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

func (l *runLog) Counts(context.Context) (map[agent.RunStatus]int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := map[agent.RunStatus]int{}
	for _, run := range l.runs {
		counts[run.Status]++
	}
	return counts, nil
}

// meansRun reports whether a query finds a run; it knows few fields.
func meansRun(run agent.Run, q agent.RunQuery) bool {
	for _, t := range q.Terms {
		value := map[agent.RunField]string{agent.RunStatusField: string(run.Status), agent.RunEnv: run.Spec.Environment.Name, agent.RunGroup: run.Group,
			agent.RunTag: strings.Join(run.Tags, " ")}[t.Field]
		if slices.Contains(t.Values, value) == t.Not {
			return false
		}
	}
	return strings.Contains(run.Spec.Purpose+run.ID, q.Text)
}

func (l *runLog) Facets(_ context.Context, q agent.RunQuery) (agent.RunFacets, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := agent.RunFacets{Any: len(l.runs) > 0, ByStatus: map[agent.RunStatus]int{}, Envs: map[string]int{}, Models: map[string]int{}, Memory: map[string]int{}, Solved: map[string]int{}, Tags: map[string]int{}}
	for _, run := range l.runs {
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

func (l *runLog) Open(context.Context) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, run := range l.runs {
		if !run.Status.Final() {
			n++
		}
	}
	return n, nil
}

func (l *runLog) Selected(_ context.Context, selection agent.RunSelection) ([]string, error) {
	if selection.Query == nil {
		return selection.IDs, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, id := range l.order {
		if meansRun(l.runs[id], *selection.Query) {
			ids = append(ids, id)
		}
	}
	if selection.Expect > 0 && selection.Expect != len(ids) {
		return nil, agent.Errorf(agent.CodeConflict, "the list changed meanwhile")
	}
	return ids, nil
}

func (l *runLog) Change(ctx context.Context, by string, action agent.RunAction, tag string, selection agent.RunSelection) (agent.RunChange, error) {
	ids, err := l.Selected(ctx, selection)
	if err != nil {
		return agent.RunChange{}, err
	}
	change := agent.RunChange{ID: 7, Action: action, Tag: tag, Actor: by}
	for _, id := range ids {
		run, err := l.Get(ctx, id)
		if err != nil {
			continue
		}
		if action == agent.RunDelete && !run.Status.Final() {
			change.Left++
			continue
		}
		change.Runs++
		l.tell(string(action)+" "+tag, id, by)
	}
	return change, nil
}

func (l *runLog) Undo(_ context.Context, by string, id int64) (agent.RunChange, error) {
	return agent.RunChange{Runs: 2, Actor: by}, l.tell("undo", strconv.FormatInt(id, 10), by)
}

func (l *runLog) steps(run string) []agent.Step {
	l.mu.Lock()
	defer l.mu.Unlock()
	var steps []agent.Step
	for _, e := range l.events[run] {
		if taken, ok := e.Data.(agent.StepTaken); ok {
			steps = append(steps, taken.Step)
		}
	}
	return steps
}

func (l *runLog) Steps(_ context.Context, run string, after, limit int) ([]agent.Step, error) {
	steps := l.steps(run)
	from := min(max(after, 0), len(steps))
	return steps[from:min(from+limit, len(steps))], nil
}

func (l *runLog) StepsBefore(_ context.Context, run string, before, limit int) ([]agent.Step, error) {
	steps := l.steps(run)
	to := min(max(before-1, 0), len(steps))
	return steps[max(to-limit, 0):to], nil
}

func (l *runLog) Step(_ context.Context, run string, index int) (agent.Step, error) {
	steps := l.steps(run)
	if index < 1 || index > len(steps) {
		return agent.Step{}, agent.Errorf(agent.CodeNotFound, "run %s has no step %d", run, index)
	}
	return steps[index-1], nil
}

func (l *runLog) Events(_ context.Context, run string, after int64, limit int) ([]agent.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.events[run]
	from := min(int(after), len(all))
	return slices.Clone(all[from:min(from+limit, len(all))]), nil
}

func (l *runLog) PhiLine(_ context.Context, run string) ([]agent.PhiPoint, error) {
	var points []agent.PhiPoint
	for _, step := range l.steps(run) {
		points = append(points, pointOf(step))
	}
	return points, nil
}

func (l *runLog) Group(_ context.Context, group string) ([]agent.Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var runs []agent.Run
	for _, id := range l.order {
		if l.runs[id].Group == group {
			runs = append(runs, l.runs[id])
		}
	}
	return runs, nil
}

func (l *runLog) Delete(_ context.Context, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	run, ok := l.runs[id]
	switch {
	case !ok:
		return agent.Errorf(agent.CodeNotFound, "there is no run %s", id)
	case !run.Status.Final():
		return agent.Errorf(agent.CodeConflict, "run %s has not ended; stop it first", id)
	}
	delete(l.runs, id)
	delete(l.events, id)
	l.order = slices.DeleteFunc(l.order, func(known string) bool { return known == id })
	return nil
}

func (l *runLog) tell(verb, id, by string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, verb+" "+id+" by "+by)
	return l.refuse
}

func (l *runLog) StopRun(_ context.Context, id, by string) error  { return l.tell("stop", id, by) }
func (l *runLog) PauseRun(_ context.Context, id, by string) error { return l.tell("pause", id, by) }
func (l *runLog) ExtendRun(_ context.Context, id, by string, steps int, more agent.Budget) error {
	return l.tell(fmt.Sprintf("extend by %d steps, %d tokens, $%g", steps, more.Tokens, more.USD), id, by)
}
func (l *runLog) StepRun(_ context.Context, id, by string) error { return l.tell("step", id, by) }
func (l *runLog) NoteRun(_ context.Context, id, by, text string) error {
	return l.tell("note "+strconv.Itoa(len(text)), id, by)
}

func (l *runLog) AnswerRun(_ context.Context, id, by string, a agent.Answer) error {
	words := a.Verdict + " " + strconv.Itoa(a.Index)
	if a.Action != nil {
		words += " " + a.Action.Label()
	}
	return l.tell(words, id, by)
}

func (l *runLog) ForkRun(_ context.Context, id, by string, f agent.Fork) (agent.Run, error) {
	words := "fork at " + strconv.Itoa(f.Step)
	if f.Action != nil {
		words += " with " + f.Action.Label()
	}
	return agent.Run{ID: "r_fork"}, l.tell(words, id, by)
}

// Forks returns the runs that say they come from a run.
func (l *runLog) Forks(_ context.Context, run string, _ int) ([]agent.Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var forks []agent.Run
	for _, id := range l.order {
		if o := l.runs[id].Spec.Origin; o != nil && o.Run == run {
			forks = append(forks, l.runs[id])
		}
	}
	return forks, nil
}

// FindSteps knows words in actions only.
func (l *runLog) FindSteps(ctx context.Context, run string, q agent.StepQuery) ([]agent.Step, error) {
	steps, err := l.Steps(ctx, run, q.After, 1000)
	return slices.DeleteFunc(steps, func(s agent.Step) bool { return !strings.Contains(s.Action.Label(), q.Text) }), err
}

// People returns the events that people had a part in.
func (l *runLog) People(_ context.Context, run string, limit int) ([]agent.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var events []agent.Event
	for _, e := range l.events[run] {
		switch e.Data.Kind() {
		case "note", "approval_asked", "approval_answered", "run_paused", "run_resumed", "run_stopped":
			events = append(events, e)
		}
	}
	return events[max(len(events)-limit, 0):], nil
}

// Asks returns the runs that ask.
func (l *runLog) Asks(context.Context, int) ([]agent.Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var asks []agent.Run
	for _, id := range l.order {
		if l.runs[id].Asked != nil {
			asks = append(asks, l.runs[id])
		}
	}
	return asks, nil
}

// Asking counts the runs that ask.
func (l *runLog) Asking(context.Context) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, run := range l.runs {
		if run.Asked != nil {
			n++
		}
	}
	return n, nil
}

func (l *runLog) ResumeRun(_ context.Context, id, by string) error { return l.tell("resume", id, by) }

// Follow replays the log and waits for more, until the terminal event.
func (l *runLog) Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		for {
			l.mu.Lock()
			fresh, changed := slices.Clone(l.events[run][min(int(after), len(l.events[run])):]), l.changed
			l.mu.Unlock()
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

// noon is the time at which everything happens in tests.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// sampleRun is a run of a maze, queued.
func sampleRun(id string, maxSteps int) agent.Run {
	spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "Find the treasure and carry it to the gate", MaxSteps: maxSteps}
	return agent.Run{ID: id, Spec: spec.WithDefaults(), Seed: 4117, Status: agent.RunIsQueued, CreatedAt: noon.Add(-3 * time.Minute)}
}

// sampleStart is the event that opens a sample run.
func sampleStart() agent.RunStarted {
	return agent.RunStarted{Scope: agent.Scope{Environment: "workshop", Dynamics: "w1", Schema: "4be1a2"}, State: sampleState(0), Score: agent.Score{PhiAfter: 1, Delta: 1, Critic: "environment potential", Confidence: 1}, Memory: true, Rules: 3}
}

func sampleState(n int) agent.State {
	room := "r" + strconv.Itoa(n)
	items := []string{"brass key", "silver key", "lamp"}[:min(n/3, 3)]
	return agent.State{Data: agent.MustObject(map[string]any{"agent": map[string]any{"room": room, "carrying": items}, "rooms": map[string]any{room: map[string]any{"visited": true}}, "steps": n}),
		Summary: fmt.Sprintf("You are in the lower gallery (%s). A sunken door is to the south.\nExits: west, east. You carry: %s.", room, strings.Join(items, ", "))}
}

// sampleStep is step n of a sample run: Φ rises, with a set-back each seventh step.
func sampleStep(n int, phi float64) agent.Step {
	delta := []float64{0.2, 0.4, 0, 0.8, 0.1, 0.3, -0.6}[n%7]
	delta = min(delta, 10-phi)
	predicted := 0.3
	step := agent.Step{Index: n, Before: sampleState(n - 1), After: sampleState(n),
		Action: agent.NewAction([]string{"move", "take", "look", "unlock"}[n%4], "what", []string{"east", "brass key", "", "door D5"}[n%4]),
		Score: agent.Score{PhiBefore: phi, PhiAfter: phi + delta, Delta: delta, Critic: "environment potential", Confidence: 0.82,
			Reasoning: "The agent came closer to the gate: one room less to go.", Evidence: []agent.Evidence{{Pointer: "/agent/room", Verified: true, Note: "r1 → r2"}, {Quote: "A sunken door is to the north", Note: "not in the new state"}}},
		Timing: agent.Timing{Decide: 812 * time.Millisecond, Execute: 3 * time.Microsecond, Score: 640 * time.Millisecond}, At: noon}
	step.Action.Thought = "The tablet says “silver turns the sunken door”. I hold the silver key, so I go back east before looking further."
	step.Action.ExpectedDelta = &predicted
	switch n % 7 {
	case 2:
		step.Memory = []agent.RuleUse{{ID: "R-118", Version: 3, Tier: agent.Strategic, Title: "A dead end after a key: return to the last fork", Use: agent.UseCited, Score: 2.09, Why: "the corridor ended"}, {ID: "R-042", Version: 1, Tier: agent.Tool, Title: "Silver keys open doors below ground", Use: agent.UseShown, Score: 1.67}}
	case 4:
		step.Memory = []agent.RuleUse{{ID: "R-207", Version: 1, Tier: agent.Procedural, Title: "Prefer unvisited rooms over known ones", Use: agent.UseWithheld, Score: 1.47}}
	case 6:
		step.Score.Flags = []agent.Flag{agent.FlagDrift, agent.FlagCached}
	}
	if n%11 == 0 {
		step.Error = "the door is locked"
		step.After = step.Before.WithError(step.Error)
	}
	return step
}

// take emits n more steps of a run and returns its Φ.
func (l *runLog) take(run string, n int) {
	for range n {
		now, _ := l.Get(context.Background(), run)
		l.emit(run, noon, agent.StepTaken{Step: sampleStep(now.Steps+1, now.Phi)})
	}
}

// sampleResult is what a run came to.
func sampleResult(run agent.Run, success bool) agent.TaskResult {
	outcome := agent.Outcome{Success: success, Source: agent.SourceEnvironment, Score: run.Phi / 10}
	return agent.TaskResult{Run: run.ID, Success: success, Outcome: outcome, StopReason: "the environment reached its end", TotalSteps: run.Steps,
		CumulativeReward: run.Phi, FinalPhi: run.Phi, TotalDelta: run.Phi - 1, SuccessRate: 0.6}
}

// finish ends a run, with something learned.
func (l *runLog) finish(id string, success bool) {
	run, _ := l.Get(context.Background(), id)
	l.emit(id, noon.Add(2*time.Minute), agent.Learned{Trajectory: "t_" + id, Changes: []agent.RuleChange{{ID: "R-231", Title: "Carry the treasure by the way you came", Op: "added", Reason: "3 good steps, 0 bad"}, {ID: "R-118", Title: "A dead end after a key: return to the last fork", Op: "updated"}},
		Rejected: []agent.Rejection{{Title: "Always move east", Reason: "says nothing that the baseline does not do"}}},
		agent.RunFinished{Result: sampleResult(run, success)})
}
