package credit

import (
	"slices"
	"strconv"
	"time"
)

// What a comparison of tasks with and without needs before it says anything.
const (
	MinHoldout = 8.0  // tasks with, and tasks without
	SetProof   = 0.99 // P(uplift > 0) of the whole learned set
)

// Ledger is what the tasks of one scope came to: the baselines that credit is
// measured against, and the randomised hold-out of the learned set as a whole.
// It is a few numbers, however many tasks there were.
type Ledger struct {
	Tasks int         `json:"tasks"` // that were learned from
	Types []TypeCount `json:"types,omitempty"`
	// Set counts the tasks in which chance decided whether what was learned was
	// in at all, since the set was last suspended, lifted or replaced.
	Set       []Stratum `json:"set,omitempty"`
	SetUplift *Uplift   `json:"set_uplift,omitempty"`
	// Trial counts the tasks in which chance decided whether what models wrote and is
	// in trial was in, as one set, where the learned set as a whole was.
	Trial       []Stratum `json:"trial,omitempty"`
	TrialUplift *Uplift   `json:"trial_uplift,omitempty"`
	// Test is the sequential test of the set, and Suspended says that it is not
	// used; nil: it is.
	Test      SetTest     `json:"set_test,omitzero"`
	Suspended *Suspension `json:"suspended,omitempty"`
	// Hypotheses counts the rules with a predicate that were ever learned here:
	// promotions are corrected for their number.
	Hypotheses int `json:"hypotheses"`
	// States says how exact states are remembered here, nil before anybody knows.
	States *StateSummary `json:"states,omitempty"`
	// Watch is how far what the rules promise is under suspicion, and Changes what
	// came of it: since when the world seems to obey other laws.
	Watch   LawWatch    `json:"watch,omitzero"`
	Changes []LawChange `json:"changes,omitempty"`
	// Rejected is what was proposed last and did not pass, oldest first.
	Rejected []Rejected `json:"rejected,omitempty"`
	// Compacted counts the rules that learning retired and that are in the history
	// only (MaxRetired).
	Compacted int `json:"compacted,omitempty"`
}

// Rejected is a proposed rule that did not pass. Key identifies what it says.
type Rejected struct {
	Key    string `json:"key"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// MaxRejected bounds the rejections that a ledger remembers; the newest stay.
const MaxRejected = 20

// TypeCount counts the tasks of one type.
type TypeCount struct {
	Type   string `json:"type"`
	N      int    `json:"n"`
	Solved int    `json:"solved"`
}

// MaxTypes bounds the task types of a ledger; the others share one.
const MaxTypes = 64

// TaskRecord is one finished task, as a ledger counts it.
type TaskRecord struct {
	Type   string
	Solved bool
	Set    SetHoldout
	// Twin says that the task is another's other side: it counts for the
	// hold-out of the set only, and for no baseline.
	Twin bool
	// States is how exact states are remembered after this task, where somebody
	// can say.
	States *StateSummary
	// At is when the task ended, Surprises what it says about the rules of each
	// action, Effects what about its effects, and WithSet that the learned set took
	// part.
	At        time.Time
	Surprises []Surprise
	Effects   []Surprise
	WithSet   bool
	// Rejected is what was proposed after the task and did not pass.
	Rejected []Rejected
}

// SetHoldout says what chance decided about the learned set in one run, and
// whether the set was suspended. A zero one says that nothing was drawn.
type SetHoldout struct {
	// Propensity is the probability with which the set was let in, below 1; 0
	// where nothing was drawn.
	Propensity float64 `json:"propensity,omitempty"`
	Withheld   bool    `json:"withheld,omitempty"`
	// Suspended says that the set was suspended when the run began.
	Suspended bool `json:"suspended,omitempty"`
	// Paired says that nothing was drawn: the run is one side of a pair.
	Paired bool `json:"paired,omitempty"`
	// Trial is the probability with which what models wrote and is in trial was let
	// in, below 1, and TrialWithheld that it was not; 0 where nothing was drawn.
	Trial         float64 `json:"trial,omitempty"`
	TrialWithheld bool    `json:"trial_withheld,omitempty"`
	// Wander says that the run does what is seldom done, whatever was learned: next
	// to nothing was ever solved here. Nothing is drawn then.
	Wander bool `json:"wander,omitempty"`
}

// A scope of which many tasks were learned from and next to none was solved has rules
// that tell what was of no use. Until enough are solved, some of its tasks look for
// what they do not speak of.
const (
	wanderAfter  = 20  // tasks that were learned from
	wanderSolved = 5   // of them
	Wander       = 0.5 // the share of tasks
)

// Unsolved reports whether many tasks were learned from and next to none was solved.
// Where exact states come again it is false: what was never tried is known there.
func (l *Ledger) Unsolved() bool {
	if l.States != nil && l.States.Off == "" {
		return false
	}
	solved := 0
	for _, t := range l.Types {
		solved += t.Solved
	}
	return l.Tasks >= wanderAfter && solved < wanderSolved
}

// String says what became of the learned set in a run, as people read it; ""
// where it was used as always.
func (s SetHoldout) String() string {
	switch {
	case s.Suspended && s.Withheld:
		return "what was learned is suspended here: this run acts without it"
	case s.Suspended && s.Paired:
		return "what was learned is suspended here: this run is one of a pair that measures it"
	case s.Suspended:
		return "what was learned is suspended here: this run is one of the few that try it"
	case s.Withheld && s.Drawn() && !s.Paired:
		return "chance keeps what was learned out of this run, so that its worth is measured"
	}
	return ""
}

// Drawn reports whether chance decided.
func (s SetHoldout) Drawn() bool { return s.Propensity > 0 && s.Propensity < 1 }

// Baseline is b(type) = (Σy + 1)/(n + 2): what a task of the type comes to,
// from those before it (docs/learning.md, §5).
func (l *Ledger) Baseline(taskType string) float64 {
	for _, t := range l.Types {
		if t.Type == taskType {
			return (float64(t.Solved) + 1) / (float64(t.N) + 2)
		}
	}
	return 0.5
}

// Credit returns what a task tells about what was used in it, before the
// ledger counts the task.
func (l *Ledger) Credit(t *TaskRecord) *TaskCredit {
	if t == nil {
		return nil
	}
	return &TaskCredit{Type: t.Type, Baseline: l.Baseline(t.Type), Solved: t.Solved}
}

// SetProven reports whether the learned set as a whole is shown to be useful:
// enough tasks with and without it, and P(uplift > 0) of at least SetProof.
func (l *Ledger) SetProven() bool {
	u := l.SetUplift
	return u != nil && u.In >= MinHoldout && u.Out >= MinHoldout && u.Positive >= SetProof
}

// Count returns the ledger after one more task, with as many new hypotheses.
func (l Ledger) Count(t *TaskRecord, hypotheses int) Ledger {
	l.Hypotheses += hypotheses
	if t == nil {
		return l
	}
	if t.Set.Drawn() {
		l.countSet(t)
	}
	if t.Twin {
		return l
	}
	if t.States != nil {
		l.States = t.States
	}
	if t.Set.Trial > 0 && t.Set.Trial < 1 && !t.Set.Withheld {
		l.countTrial(t)
	}
	l.Watch = l.Watch.after(t, l.Tasks)
	l.Tasks++
	l.reject(t.Rejected)
	if t.Set.Drawn() {
		l.countTest(t)
	}
	l.Types = slices.Clone(l.Types)
	at := slices.IndexFunc(l.Types, func(c TypeCount) bool { return c.Type == t.Type })
	if at < 0 && len(l.Types) >= MaxTypes-1 {
		at = slices.IndexFunc(l.Types, func(c TypeCount) bool { return c.Type == OtherTypes })
	}
	if at < 0 {
		name := t.Type
		if len(l.Types) >= MaxTypes-1 {
			name = OtherTypes
		}
		at = len(l.Types)
		l.Types = append(l.Types, TypeCount{Type: name})
	}
	l.Types[at].N++
	if t.Solved {
		l.Types[at].Solved++
	}
	return l
}

// reject remembers what did not pass, once.
func (l *Ledger) reject(list []Rejected) {
	if len(list) == 0 {
		return
	}
	l.Rejected = slices.Clone(l.Rejected)
	for _, r := range list {
		l.Rejected = append(slices.DeleteFunc(l.Rejected, func(old Rejected) bool { return old.Key == r.Key }), r)
	}
	l.Rejected = l.Rejected[max(len(l.Rejected)-MaxRejected, 0):]
}

// countTrial counts a task with or without what is in trial.
func (l *Ledger) countTrial(t *TaskRecord) {
	l.Trial = slices.Clone(l.Trial)
	fadeStrata(l.Trial)
	stratumOf(&l.Trial, t.Type).take(t.Set.TrialWithheld, t.Solved)
	l.TrialUplift = UpliftOf(l.Trial)
}

// take counts a task on one side of the hold-out.
func (s *Stratum) take(withheld, solved bool) {
	y := indicatorOf(solved)
	if withheld {
		s.Out, s.OutSolved = s.Out+1, s.OutSolved+y
	} else {
		s.In, s.InSolved = s.In+1, s.InSolved+y
	}
}

func (l *Ledger) countSet(t *TaskRecord) {
	l.Set = slices.Clone(l.Set)
	fadeStrata(l.Set)
	stratumOf(&l.Set, formatShare(t.Set.Propensity)).take(t.Set.Withheld, t.Solved)
	l.SetUplift = UpliftOf(l.Set)
}

func formatShare(p float64) string { return "p = " + strconv.FormatFloat(p, 'g', 3, 64) }
