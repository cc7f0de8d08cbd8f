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

// Noon is the time at which everything happens in tests.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// SampleRun is a run of a maze, queued.
func SampleRun(id string, maxSteps int) agent.Run {
	spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "Find the treasure and carry it to the gate", MaxSteps: maxSteps}
	return agent.Run{ID: id, Spec: spec.WithDefaults(), Seed: 4117, Status: agent.RunIsQueued, CreatedAt: Noon.Add(-3 * time.Minute)}
}

// SampleStart is the event that opens a sample run.
func SampleStart() agent.RunStarted {
	return agent.RunStarted{Scope: agent.Scope{Environment: "workshop", Dynamics: "w1", Schema: "4be1a2"}, State: sampleState(0), Score: agent.Score{PhiAfter: 1, Delta: 1, Critic: "environment potential", Confidence: 1}, Memory: true, Rules: 3}
}

func sampleState(n int) agent.State {
	room := "r" + strconv.Itoa(n)
	items := []string{"brass key", "silver key", "lamp"}[:min(n/3, 3)]
	return agent.State{Data: agent.MustObject(map[string]any{"agent": map[string]any{"room": room, "carrying": items}, "rooms": map[string]any{room: map[string]any{"visited": true}}, "steps": n}),
		Summary: fmt.Sprintf("You are in the lower gallery (%s). A sunken door is to the south.\nExits: west, east. You carry: %s.", room, strings.Join(items, ", "))}
}

// SampleStep is step n of a sample run: Φ rises, with a set-back each seventh step.
func SampleStep(n int, phi float64) agent.Step {
	delta := []float64{0.2, 0.4, 0, 0.8, 0.1, 0.3, -0.6}[n%7]
	delta = min(delta, 10-phi)
	predicted := 0.3
	step := agent.Step{Index: n, Before: sampleState(n - 1), After: sampleState(n),
		Action: agent.NewAction([]string{"move", "take", "look", "unlock"}[n%4], "what", []string{"east", "brass key", "", "door D5"}[n%4]),
		Score: agent.Score{PhiBefore: phi, PhiAfter: phi + delta, Delta: delta, Critic: "environment potential", Confidence: 0.82,
			Reasoning: "The agent came closer to the gate: one room less to go.", Evidence: []agent.Evidence{{Pointer: "/agent/room", Verified: true, Note: "r1 → r2"}, {Quote: "A sunken door is to the north", Note: "not in the new state"}}},
		Timing: agent.Timing{Decide: 812 * time.Millisecond, Execute: 3 * time.Microsecond, Score: 640 * time.Millisecond}, At: Noon}
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

// Take emits n more steps of a run and returns its Φ.
func (l *RunLog) Take(run string, n int) {
	for range n {
		now, _ := l.Get(context.Background(), run)
		l.Emit(run, Noon, agent.StepTaken{Step: SampleStep(now.Steps+1, now.Phi)})
	}
}

// sampleResult is what a run came to.
func sampleResult(run agent.Run, success bool) agent.TaskResult {
	outcome := agent.Outcome{Success: success, Source: agent.SourceEnvironment, Score: run.Phi / 10}
	return agent.TaskResult{Run: run.ID, Success: success, Outcome: outcome, StopReason: "the environment reached its end", TotalSteps: run.Steps,
		CumulativeReward: run.Phi, FinalPhi: run.Phi, TotalDelta: run.Phi - 1, SuccessRate: 0.6}
}

// Finish ends a run, with something learned.
func (l *RunLog) Finish(id string, success bool) {
	run, _ := l.Get(context.Background(), id)
	l.Emit(id, Noon.Add(2*time.Minute), agent.Learned{Trajectory: "t_" + id, Changes: []agent.RuleChange{{ID: "R-231", Title: "Carry the treasure by the way you came", Op: "added", Reason: "3 good steps, 0 bad"}, {ID: "R-118", Title: "A dead end after a key: return to the last fork", Op: "updated"}},
		Rejected: []agent.Rejection{{Title: "Always move east", Reason: "says nothing that the baseline does not do"}}},
		agent.RunFinished{Result: sampleResult(run, success)})
}

// Moves are actions with a parameter of every kind.
func Moves() []agent.ActionSpec {
	return []agent.ActionSpec{
		{Name: "wait"},
		{Name: "push", Description: "Pushes a thing", Params: []agent.ParamSpec{
			{Name: "thing", Type: "string"}, {Name: "to", Type: "string", Enum: []string{"north", "south"}}, {Name: "times", Type: "integer"},
			{Name: "force", Type: "number", Optional: true}, {Name: "gently", Type: "boolean"}, {Name: "note", Type: "string", Optional: true}}},
	}
}

// Remembered is a step whose memory has a rule in each part.
func Remembered() agent.Step {
	drawn := .21
	parts := func(words, vector int, z, advantage, repeats float64) *agent.ScoreParts {
		return &agent.ScoreParts{Words: words, Vector: vector, Likeness: .4, RRF: .03, Z: z, Advantage: advantage, Draw: &drawn, Bonus: .12, Redundancy: repeats}
	}
	step := SampleStep(1, 1)
	step.Memory = []agent.RuleUse{
		{ID: "h000004", Version: 1, Tier: agent.Procedural, Title: "Look twice at a dead end", Use: agent.UseEligible, Status: agent.Active, Score: -.2,
			Why: "the three places of its tier went to rules with a score of 0.41 and more", Parts: parts(0, 9, -.4, -.01, .3)},
		{ID: "h000002", Version: 2, Tier: agent.Strategic, Title: "Take a key before its door", Use: agent.UseWithheld, Status: agent.Probation, Score: 1.1, Propensity: .5,
			Why: "held out of this task at random, with probability 0.50, to see what happens without it", Parts: parts(2, 1, .8, .1, 0)},
		{ID: "h000001", Version: 1, Tier: agent.Strategic, Title: "Go back to the last fork", Use: agent.UseCited, Status: agent.Active, Score: 1.6, Propensity: .95,
			Why: "it is similar to this step", Parts: parts(1, 2, 1.2, .15, 0)},
		{ID: "h000003", Version: 1, Tier: agent.Strategic, Title: "Count the rooms", Use: agent.UseShadow, Status: agent.Candidate, Score: .7,
			Why: "a candidate: it would have been shown, and is watched only", Parts: parts(3, 3, .3, 0, .1)},
	}
	step.Retrieval = &agent.Retrieval{Query: "find the treasure You are in the lower gallery", Explored: true, Considered: 40, Found: 9, Floor: .05, VectorFloor: .15, More: 5}
	return step
}

// CitedRule is what actors think of by its id.
var CitedRule = agent.RuleUse{ID: "h000002", Version: 1, Title: "Silver keys open doors below ground", Use: agent.UseCited}

// SampleLog holds runs in every state that pages treat apart.
func SampleLog() *RunLog {
	log := NewRunLog()
	add := func(id string, steps int, group string) {
		run := SampleRun(id, 60)
		run.Group, run.Label = group, strings.TrimPrefix(group, "g_")
		log.Add(run)
		log.Emit(id, Noon, SampleStart())
		log.Take(id, steps)
	}
	log.Add(SampleRun("r_queued", 20))
	add("r_solved", 12, "")
	log.Finish("r_solved", true)
	add("r_unsolved", 3, "g_demo")
	log.Finish("r_unsolved", false)
	add("r_failed", 2, "")
	failed, _ := log.Get(nil, "r_failed") //nolint:staticcheck // the fake uses no context
	log.Emit("r_failed", Noon, agent.RunFailed{Code: agent.CodeUnavailable, Message: "the model server closed the connection", Result: sampleResult(failed, false)})
	add("r_waiting", 2, "")
	log.Emit("r_waiting", Noon, agent.RunWaiting{Reason: "the model server can't be reached"})
	add("r_paused", 2, "")
	log.Emit("r_paused", Noon, agent.RunPaused{By: "a person"})
	add("r_running", 7, "")
	return log
}

// Numbers counts from one number to another.
func Numbers(from, to int) []int {
	var out []int
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

// LiveLog holds one running run, r_1, with some steps.
func LiveLog(steps int) *RunLog {
	log := NewRunLog()
	log.Add(SampleRun("r_1", 60))
	log.Emit("r_1", Noon, SampleStart())
	log.Take("r_1", steps)
	return log
}
