package agent

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
// rules which were sure that an action is good are wrong about it, and that
// tasks fail which used to be solved.
//
// Three kinds of streams are watched: the predictions about each action, those
// about all actions together, and the outcomes of tasks in which the learned
// set took part. Each task gives a stream one e-value: the mean over its
// predictions of how much likelier each was if its rule is right half as often
// as it promises than if it keeps its promise. A mean of e-values is one, however the predictions of one
// task depend on each other. The statistic of a stream is a CUSUM (Page 1954)
// of them, M ← max(M, 1)·E, an e-detector (Shin, Ramdas and Rinaldo 2022):
// while the promises are kept, the mean time to M ≥ c is at least c tasks, and
// within n tasks it comes to that with a probability of n/c at most. Neither
// needs to know how much a law has changed.
const (
	// alarmAt is c for a whole scope; each of its streams gets an equal part of
	// it: an alarm within 1,000 tasks of a world that stays as it is has a
	// probability of .05 at most.
	alarmAt = 20_000
	// Others change with it, or a little later: once there is an alarm, these are c
	// for each further action, at that moment and within aftermath tasks.
	companionAt = 20
	followerAt  = 1_000
	aftermath   = 50
	// surest and surestOutcome bound what a rule, and the learned set, are taken
	// to promise, however often they were right: all that will come is more than
	// what was counted. firm is the least promise that is listened to.
	surest        = 0.95
	surestOutcome = 0.9
	firm          = 0.6
	firmOutcome   = 0.25
	// An action whose rules came true at least so often as they promised, times
	// this, is not what changed.
	keptPromise = 0.75
	// formHalfLife is the number of tasks after which an outcome weighs half in
	// what the learned set promises.
	formHalfLife = 20
	// MaxLawChanges bounds the changes that a ledger remembers.
	MaxLawChanges = 50
)

// Surprise is what one task says about the rules that promised that an action
// is good.
type Surprise struct {
	Action string
	// E is the sum of the e-values of the Checked predictions of firm rules, Right
	// those that came true, and Expected how many of them the rules had promised.
	E        float64
	Checked  int
	Right    int
	Expected float64
}

// Suspicion is how much speaks against what a stream promised, since it began.
type Suspicion struct {
	// LogE is the logarithm of the statistic; at 0 there is no suspicion.
	LogE float64 `json:"log_e"`
	// Task is how many tasks the scope had learned from before it began, and
	// Since when the first task after them ended.
	Task  int       `json:"task"`
	Since time.Time `json:"since,omitzero"`
}

// ActionWatch is the suspicion against the rules of one action, and what came
// of their predictions since it, or that against all actions, began.
type ActionWatch struct {
	Action string `json:"action"`
	Suspicion
	Checked  int     `json:"checked"`
	Right    int     `json:"right"`
	Expected float64 `json:"expected"`
}

// LawWatch is what a scope's streams have come to. It holds actions only while
// there is a suspicion.
type LawWatch struct {
	Actions []ActionWatch `json:"actions,omitempty"`
	All     Suspicion     `json:"all,omitzero"`
	Outcome Suspicion     `json:"outcome,omitzero"`
	// Tasks and Solved count tasks with the learned set, faded; Promised is the
	// share that they promised when the outcomes came under suspicion, and Failed
	// how many failed since.
	Tasks    float64 `json:"tasks,omitempty"`
	Solved   float64 `json:"solved,omitempty"`
	Promised float64 `json:"promised,omitempty"`
	Failed   int     `json:"failed,omitempty"`
}

// LawChange is the finding that a world seems to obey other laws since some
// task: rules of the actions were shelved, and what was seen before does not
// teach them any more. It stays in the ledger, also after it was taken back.
type LawChange struct {
	// Revision is the library's change that shelved the rules; undoing it takes
	// all of it back. 0 where the library keeps no journal.
	Revision int64         `json:"revision"`
	Actions  []ActionWatch `json:"actions"`
	Task     int           `json:"task"`  // the least of the actions'
	Found    int           `json:"found"` // tasks that were learned from when it was found
	// Trajectory is the one in which it was found.
	Trajectory string    `json:"trajectory"`
	At         time.Time `json:"at"`
	Shelved    int       `json:"shelved"` // rules
	// Failed is how many tasks failed since then, where it was the outcomes that
	// raised the alarm.
	Failed int `json:"failed,omitempty"`
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
		checked, right, expected = checked+a.Checked, right+a.Right, expected+a.Expected
	}
	text := fmt.Sprintf("%d of %d predictions about %s came true, where at least %.0f were expected", right, checked, c.Names(), expected)
	if checked == 0 {
		text = "no prediction about " + c.Names() + " could be checked"
	}
	if c.Failed > 0 {
		text += fmt.Sprintf("; %d tasks failed that used to be solved", c.Failed)
	}
	return text
}

// Shelves reports whether the change puts a rule away: one that learning
// counted, and may take out of use again.
func (c *LawChange) Shelves(h *Heuristic) bool {
	return h.Counted() && !h.ByPeople() && h.Standing() &&
		slices.ContainsFunc(c.Actions, func(a ActionWatch) bool { return a.Action == h.Predicate.Action })
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

// Shelving asks a library to put away the rules of actions whose laws seem to
// have changed.
type Shelving struct {
	Actor  string
	Scope  Scope
	Change LawChange
	Rules  []string // ids; those that Change.Shelves no longer holds for stay
}

// promise returns the probability with which a counted rule promises that its
// action is good: the lower end of the 95 % interval of its counts, at most
// surest. ok is false where it promises nothing firm.
func promise(h *Heuristic) (p float64, ok bool) {
	p = min(stats.Wilson(h.Good, h.Good+h.Bad).Low, surest)
	return p, p >= firm
}

// against is the e-value of one thing that was promised with probability p:
// the mean of those against half and against a tenth of it.
func against(p float64, kept bool) float64 {
	if kept {
		return 0.3
	}
	return (1 - 0.3*p) / (1 - p)
}

// surprises sums up the predictions of one task by action, in the order of
// their names.
func surprises(predictions []Prediction, rules map[string]*Heuristic) []Surprise {
	sums := map[string]*Surprise{}
	for _, p := range predictions {
		h := rules[p.Rule]
		if h == nil || !h.Counted() || h.ByPeople() {
			continue
		}
		promised, ok := promise(h)
		if !ok {
			continue
		}
		s := sums[h.Predicate.Action]
		if s == nil {
			s = &Surprise{Action: h.Predicate.Action}
			sums[s.Action] = s
		}
		s.Checked++
		s.Expected += promised
		s.E += against(promised, p.Good)
		if p.Good {
			s.Right++
		}
	}
	out := make([]Surprise, 0, len(sums))
	for _, s := range sums {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Surprise) int { return cmp.Compare(a.Action, b.Action) })
	return out
}

// add counts one e-value.
func (s *Suspicion) add(e float64, tasks int, at time.Time) {
	if s.LogE <= 0 {
		*s = Suspicion{Task: tasks, Since: at}
	}
	if s.LogE += math.Log(e); s.LogE <= 0 {
		*s = Suspicion{}
	}
}

// after returns the watch after one more task; tasks is how many there were
// before it.
func (w LawWatch) after(t *TaskRecord, tasks int) LawWatch {
	w.Actions = slices.Clone(w.Actions)
	var all Surprise
	for _, s := range t.Surprises {
		all.E, all.Checked = all.E+s.E, all.Checked+s.Checked
		i := slices.IndexFunc(w.Actions, func(a ActionWatch) bool { return a.Action == s.Action })
		if i < 0 {
			i = len(w.Actions)
			w.Actions = append(w.Actions, ActionWatch{Action: s.Action})
		}
		a := &w.Actions[i]
		a.add(s.E/float64(s.Checked), tasks, t.At)
		a.Checked, a.Right, a.Expected = a.Checked+s.Checked, a.Right+s.Right, a.Expected+s.Expected
	}
	if all.Checked > 0 {
		w.All.add(all.E/float64(all.Checked), tasks, t.At)
	}
	w.outcome(t, tasks)
	if w.All.LogE == 0 && w.Outcome.LogE == 0 {
		w.Actions = slices.DeleteFunc(w.Actions, func(a ActionWatch) bool { return a.LogE == 0 })
	}
	slices.SortFunc(w.Actions, func(a, b ActionWatch) int { return cmp.Compare(a.Action, b.Action) })
	return w
}

// outcome counts how a task ended in which the learned set took part.
func (w *LawWatch) outcome(t *TaskRecord, tasks int) {
	if !t.WithSet {
		return
	}
	if w.Outcome.LogE == 0 {
		w.Promised, w.Failed = min(stats.Wilson(int(w.Solved+.5), int(w.Tasks+.5)).Low, surestOutcome), 0
	}
	if w.Promised >= firmOutcome {
		if w.Outcome.add(against(w.Promised, t.Solved), tasks, t.At); !t.Solved {
			w.Failed++
		}
	}
	fade := math.Exp2(-1.0 / formHalfLife)
	w.Tasks, w.Solved = w.Tasks*fade+1, w.Solved*fade+indicatorOf(t.Solved)
}

// lawChange returns the change that the suspicions amount to after one more
// task, nil while they amount to none. actions are those that have rules.
func (l *Ledger) lawChange(t *TaskRecord, actions []string) *LawChange {
	w := l.Watch.after(t, l.Tasks)
	own := math.Log(4 * alarmAt * float64(len(actions)))
	if n := len(l.Changes); n > 0 && l.Tasks-l.Changes[n-1].Found < aftermath {
		own = math.Log(followerAt * float64(len(actions)))
	}
	whole, all := w.All, w.All.LogE >= math.Log(2*alarmAt)
	if w.Outcome.LogE >= math.Log(4*alarmAt) && w.Outcome.LogE > whole.LogE {
		whole, all = w.Outcome, true
	}
	if !all && !slices.ContainsFunc(w.Actions, func(a ActionWatch) bool { return a.LogE >= own }) {
		return nil
	}
	c := &LawChange{Found: l.Tasks + 1, At: t.At, Task: l.Tasks}
	if all && whole == w.Outcome {
		c.Failed = w.Failed
	}
	for _, name := range actions { // of which nothing was predicted since is not above suspicion
		if !slices.ContainsFunc(w.Actions, func(a ActionWatch) bool { return a.Action == name }) {
			w.Actions = append(w.Actions, ActionWatch{Action: name})
		}
	}
	for _, a := range w.Actions {
		switch {
		case all && (a.Checked == 0 || float64(a.Right) < keptPromise*a.Expected):
			a.Suspicion = whole
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

// FoundBefore is CodeConflict: a library records one change a trajectory.
func FoundBefore(trajectory string) error {
	return Errorf(CodeConflict, "a change of law was found in trajectory %s before", trajectory)
}

// ShelvedHeuristic returns the row of a rule that is put away.
func ShelvedHeuristic(stored *Heuristic, now time.Time) *Heuristic {
	next := stored.Clone()
	next.Status, next.Shelved, next.UpdatedAt = Archived, true, now
	return next
}

// Lift returns the ledger after the changes that the filter names were taken
// back, or found again (by is "" then).
func (l Ledger) Lift(which func(c *LawChange) bool, by string) Ledger {
	l.Changes = slices.Clone(l.Changes)
	for i := range l.Changes {
		if c := &l.Changes[i]; which(c) {
			c.Lifted, c.LiftedBy = by != "", by
		}
	}
	l.Watch = LawWatch{} // what was suspected was said by other rules
	return l
}
