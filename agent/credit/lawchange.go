package credit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"purposeagent/agent/stats"
)

// A world may change its laws and keep its name. What is noticed first is that
// rules which said that an action is good are wrong about it, and that tasks
// fail which used to be solved.
//
// Four kinds of streams are watched: the predictions about each action, those
// about all actions together, the outcomes of tasks in which the learned set took
// part, and the effects of actions (EffectChecker), which show a changed law also
// where no task is solved and nothing says which step was good. What a stream promises is the lower end of the 95 % interval
// of how often it was right in the tasks before the suspicion began, faded; it
// is made of predictions that were checked on what came after them, so that no
// rule is taken at its own word. Each task gives a stream one e-value: the mean
// over its predictions of how much likelier each was if the stream is right
// half, or a tenth, as often as it promises than if it keeps its promise. A
// mean of e-values is one, however the predictions of one task depend on each
// other. The statistic is a CUSUM (Page 1954) of them, M ← max(M, 1)·E, an
// e-detector (Shin, Ramdas and Rinaldo 2022): while the promise is kept, the
// mean time to M ≥ c is at least c tasks, and within n tasks it comes to that
// with a probability of n/c at most, by however much a law has changed.
const (
	// alarmAt is c for a whole scope: an alarm within 1,000 tasks of a world that
	// stays as it is has a probability of .05 at most. A quarter of that goes to the
	// predictions together, and as much to the outcomes, the actions, the effects.
	alarmAt = 20_000
	// Others change with it, or a little later: once there is an alarm, these are c
	// for each further action, at that moment and within aftermath tasks.
	companionAt = 20
	followerAt  = 1_000
	aftermath   = 50
	// surest bounds what a stream is taken to promise, however often it was right:
	// all that will come is more than what was counted. firm is the least promise
	// that can be broken.
	surest = 0.95
	firm   = 0.3
	// An action of which so many predictions were checked, and at least so large a
	// part of what they promised came true, is not what changed.
	keptChecks  = 5
	keptPromise = 0.75
	// After so many tasks one weighs half in what a stream promises. Success comes
	// late in learning, so that of outcomes forgets sooner what was before it.
	watchHalfLife   = 40
	outcomeHalfLife = 20
	// MaxWatched bounds the actions that are watched one by one, and
	// MaxLawChanges the changes that a ledger remembers.
	MaxWatched    = 64
	MaxLawChanges = 50
)

// Surprise is what one task says about the rules that said that an action is
// good, or about its effects: so many predictions were checked, and so many came
// true.
type Surprise struct {
	Action         string
	Checked, Right int
}

// LawStream is one stream of promises, and how much speaks against them.
type LawStream struct {
	// Tasks counts the tasks that it had a part in, and Kept the shares of its
	// predictions in them that came true, both faded.
	Tasks float64 `json:"tasks"`
	Kept  float64 `json:"kept"`
	// Promised is the share that it promises. It stands still under suspicion.
	Promised float64 `json:"promised"`
	// LogE is the logarithm of the statistic; at 0 there is no suspicion.
	LogE float64 `json:"log_e,omitempty"`
	// Task is how many tasks the scope had learned from before the suspicion
	// began, and Since when the first task after them ended.
	Task  int       `json:"task,omitempty"`
	Since time.Time `json:"since,omitzero"`
	// Checked predictions since then, and those of them that came true.
	Checked int `json:"checked,omitempty"`
	Right   int `json:"right,omitempty"`
}

// ActionStream is the stream of one action.
type ActionStream struct {
	Action string `json:"action"`
	LawStream
}

// LawWatch is what the streams of a scope have come to.
type LawWatch struct {
	Actions []ActionStream `json:"actions,omitempty"`
	All     LawStream      `json:"all,omitzero"`
	Outcome LawStream      `json:"outcome,omitzero"`
	Effects LawStream      `json:"effects,omitzero"`
	// EffectsOf are the effects of each action.
	EffectsOf []ActionStream `json:"effects_of,omitempty"`
}

// LawChange is the finding that a world seems to obey other laws since some
// task: rules of the actions were shelved, and what was seen before does not
// teach them any more. It stays in the ledger, also after it was taken back.
type LawChange struct {
	// Revision is the library's change that shelved the rules; undoing it takes
	// all of it back. 0 where the library keeps no journal.
	Revision int64          `json:"revision"`
	Actions  []ActionStream `json:"actions"`
	Task     int            `json:"task"`  // the least of the actions'
	Found    int            `json:"found"` // tasks that were learned from when it was found
	// Trajectory is the one in which it was found.
	Trajectory string    `json:"trajectory"`
	At         time.Time `json:"at"`
	Shelved    int       `json:"shelved"` // rules
	// Failed is how many tasks failed since then, where it was the outcomes that
	// raised the alarm.
	Failed int `json:"failed,omitempty"`
	// Effects says that effects of actions gave it away; then
	// Checked and Right of the actions count effects.
	Effects bool `json:"effects,omitempty"`
	// Lifted says that the finding was taken back, and by whom.
	Lifted   bool   `json:"lifted,omitempty"`
	LiftedBy string `json:"lifted_by,omitempty"`
}

// Reason says it as the history of a shelved rule does.
func (c *LawChange) Reason() string {
	return fmt.Sprintf("the world seems to have changed since task %d", c.Task)
}

// Names lists the actions.
func (c *LawChange) Names() string {
	names := make([]string, len(c.Actions))
	for i, a := range c.Actions {
		names[i] = a.Action
	}
	return strings.Join(names, ", ")
}

// Figures says what it rests on.
func (c *LawChange) Figures() string {
	checked, right, expected := 0, 0, 0.0
	for _, a := range c.Actions {
		checked, right, expected = checked+a.Checked, right+a.Right, expected+a.Promised*float64(a.Checked)
	}
	text := fmt.Sprintf("%d of %d predictions about %s came true, where at least %.0f were expected", right, checked, c.Names(), expected)
	if c.Effects {
		return fmt.Sprintf("%d of %d effects of %s were as before, where at least %.0f were expected", right, checked, c.Names(), expected)
	}
	if checked == 0 {
		text = "no prediction about " + c.Names() + " could be checked"
	}
	if c.Failed > 0 {
		text += fmt.Sprintf("; %d tasks failed that used to be solved", c.Failed)
	}
	return text
}

// TaughtSince returns since when what was seen of each action teaches; an
// action that is not there is taught by all.
func TaughtSince(changes []LawChange) map[string]time.Time {
	since := map[string]time.Time{}
	for _, c := range changes {
		if c.Lifted {
			continue
		}
		for _, a := range c.Actions {
			if a.Since.After(since[a.Action]) {
				since[a.Action] = a.Since
			}
		}
	}
	return since
}

// against returns the e-values of something that was promised with probability
// p, and came true or not: the means of those against half and a tenth of p.
func against(p float64) (kept, broken float64) { return 0.3, (1 - 0.3*p) / (1 - p) }

// count counts one more task; held says that the stream is under suspicion
// together with others.
func (s *LawStream) count(right, checked, tasks int, at time.Time, halfLife float64, held bool) {
	if s.LogE == 0 && !held {
		s.Promised, s.Checked, s.Right = min(stats.Wilson(int(s.Kept+.5), int(s.Tasks+.5)).Low, surest), 0, 0
	}
	if s.LogE == 0 {
		s.Task, s.Since = tasks, at
	}
	if s.Promised >= firm {
		kept, broken := against(s.Promised)
		e := (float64(right)*kept + float64(checked-right)*broken) / float64(checked)
		s.LogE = max(s.LogE+math.Log(e), 0)
	}
	s.Checked, s.Right = s.Checked+checked, s.Right+right
	fade := math.Exp2(-1 / halfLife)
	s.Tasks, s.Kept = s.Tasks*fade+1, s.Kept*fade+float64(right)/float64(checked)
}

// after returns the watch after one more task; tasks is how many there were
// before it.
func (w LawWatch) after(t *TaskRecord, tasks int) LawWatch {
	w.Actions = afterEach(w.Actions, t.Surprises, tasks, t.At, w.All.LogE > 0 || w.Outcome.LogE > 0)
	w.EffectsOf = afterEach(w.EffectsOf, t.Effects, tasks, t.At, w.Effects.LogE > 0)
	if right, checked := sum(t.Surprises); checked > 0 {
		w.All.count(right, checked, tasks, t.At, watchHalfLife, false)
	}
	if t.WithSet {
		w.Outcome.count(int(indicatorOf(t.Solved)), 1, tasks, t.At, outcomeHalfLife, false)
	}
	if right, checked := sum(t.Effects); checked > 0 {
		w.Effects.count(right, checked, tasks, t.At, watchHalfLife, false)
	}
	return w
}

// afterEach is after for streams by action; held says that the stream of all of
// them is under suspicion.
func afterEach(streams []ActionStream, says []Surprise, tasks int, at time.Time, held bool) []ActionStream {
	streams = slices.Clone(streams)
	for i := range streams {
		if a := &streams[i]; !held && a.LogE == 0 {
			a.Checked, a.Right = 0, 0
		}
	}
	for _, s := range says {
		i := streamOf(streams, s.Action)
		if i < 0 {
			if len(streams) == MaxWatched {
				continue
			}
			i = len(streams)
			streams = append(streams, ActionStream{Action: s.Action})
		}
		streams[i].count(s.Right, s.Checked, tasks, at, watchHalfLife, held)
	}
	slices.SortFunc(streams, func(a, b ActionStream) int { return cmp.Compare(a.Action, b.Action) })
	return streams
}

func sum(says []Surprise) (right, checked int) {
	for _, s := range says {
		right, checked = right+s.Right, checked+s.Checked
	}
	return right, checked
}

// streamOf returns the index of an action's stream, -1 without one.
func streamOf(streams []ActionStream, action string) int {
	return slices.IndexFunc(streams, func(a ActionStream) bool { return a.Action == action })
}

// kept reports whether what an action's rules said since the suspicion began
// came true.
func (a *ActionStream) kept() bool {
	return a.Checked >= keptChecks && float64(a.Right) >= keptPromise*a.Promised*float64(a.Checked)
}

// FindLawChange returns the change that the suspicions amount to after one more
// task, nil while they amount to none. actions are those that have rules.
func (l *Ledger) FindLawChange(t *TaskRecord, actions []string) *LawChange {
	w := l.Watch.after(t, l.Tasks)
	own := math.Log(4 * alarmAt * float64(len(actions)))
	if n := len(l.Changes); n > 0 && l.Tasks-l.Changes[n-1].Found < aftermath {
		own = math.Log(followerAt * float64(len(actions)))
	}
	if w.Effects.LogE >= math.Log(4*alarmAt) {
		return l.effectChange(t, &w, actions)
	}
	whole, all := w.All, w.All.LogE >= math.Log(4*alarmAt)
	if w.Outcome.LogE >= math.Log(4*alarmAt) && w.Outcome.LogE > whole.LogE {
		whole, all = w.Outcome, true
	}
	if !all && !slices.ContainsFunc(w.Actions, func(a ActionStream) bool { return a.LogE >= own }) {
		return nil
	}
	c := &LawChange{Found: l.Tasks + 1, At: t.At, Task: l.Tasks}
	if all && whole == w.Outcome {
		c.Failed = whole.Checked - whole.Right
	}
	for _, name := range actions {
		a := ActionStream{Action: name}
		if i := streamOf(w.Actions, name); i >= 0 {
			a = w.Actions[i]
		}
		switch {
		case all && !a.kept(): // of which nothing was said since is not above suspicion
			a.Task, a.Since = whole.Task, whole.Since
		case a.LogE < math.Log(companionAt):
			continue
		}
		c.Actions = append(c.Actions, a)
		c.Task = min(c.Task, a.Task)
	}
	if len(c.Actions) == 0 {
		return nil // the tasks became harder: what the rules say came true
	}
	return c
}

// effectChange blames the actions whose effects were other ones since the
// suspicion began; those that were not seen since as well, if nothing that was
// seen stayed as it was.
func (l *Ledger) effectChange(t *TaskRecord, w *LawWatch, actions []string) *LawChange {
	c := &LawChange{Found: l.Tasks + 1, At: t.At, Task: w.Effects.Task, Effects: true}
	stayed := slices.ContainsFunc(w.EffectsOf, func(a ActionStream) bool { return a.kept() })
	for _, name := range actions {
		a := ActionStream{Action: name}
		if i := streamOf(w.EffectsOf, name); i >= 0 {
			a = w.EffectsOf[i]
		}
		if a.kept() || stayed && a.Right == a.Checked {
			continue
		}
		a.Task, a.Since = w.Effects.Task, w.Effects.Since
		c.Actions = append(c.Actions, a)
	}
	if len(c.Actions) == 0 {
		return nil
	}
	return c
}

// Changed returns the ledger after a change of law was found.
func (l Ledger) Changed(c LawChange) Ledger {
	l.Changes = append(slices.Clone(l.Changes), c)
	l.Changes = l.Changes[max(len(l.Changes)-MaxLawChanges, 0):]
	l.Watch = LawWatch{} // what was promised is promised no longer
	return l
}

// FoundIn reports whether a change was found in a trajectory.
func (l *Ledger) FoundIn(trajectory string) bool {
	return slices.ContainsFunc(l.Changes, func(c LawChange) bool { return c.Trajectory == trajectory })
}

// LiftChanges returns the ledger after the changes that the filter names were taken
// back, or found again (by is "" then).
func (l Ledger) LiftChanges(which func(c *LawChange) bool, by string) Ledger {
	l.Changes = slices.Clone(l.Changes)
	for i := range l.Changes {
		if c := &l.Changes[i]; which(c) {
			c.Lifted, c.LiftedBy = by != "", by
		}
	}
	l.Watch = LawWatch{} // what was suspected was said by other rules
	return l
}
