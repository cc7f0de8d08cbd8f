package credit

import (
	"fmt"
	"time"
)

// SetTester is who suspends and lifts by the sequential test: the actor of such
// entries in the library's history.
const SetTester = "hold-out test"

// Suspension says that the learned set of a scope is not used, since it lowers
// success. It goes on learning, and acts in some learning tasks, so that the
// same test can find that it helps.
type Suspension struct {
	By     string    `json:"by"` // SetTester, or a person: then only a person lifts it
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Tasks  int       `json:"tasks"` // that the scope had learned from
	// Figures are what spoke for it when it was suspended.
	Figures SetFigures `json:"figures"`
}

// ByPeople reports whether a person suspended the set.
func (s *Suspension) ByPeople() bool { return s.By != SetTester }

// SetFigures are tasks in which chance decided whether the learned set was in,
// and how many were solved.
type SetFigures struct {
	In        int     `json:"in"`
	InSolved  int     `json:"in_solved"`
	Out       int     `json:"out"`
	OutSolved int     `json:"out_solved"`
	Evidence  float64 `json:"e_value"` // of the sequential test
}

// String says the figures as people read them.
func (f SetFigures) String() string {
	return fmt.Sprintf("with it %d of %d tasks solved, without it %d of %d; e-value %s", f.InSolved, f.In, f.OutSolved, f.Out, formatEvidence(f.Evidence))
}

func formatEvidence(e float64) string {
	if e < 10 {
		return fmt.Sprintf("%.2g", e)
	}
	return fmt.Sprintf("%.0f", e)
}

// Figures returns what the test has counted since it began.
func (l *Ledger) Figures() SetFigures {
	t := &l.Test
	if !t.sound() {
		return SetFigures{Evidence: 1}
	}
	return SetFigures{t.In, t.InSolved, t.Out, t.OutSolved, t.Evidence()}
}

// Suspend returns the ledger with the set suspended by a person, for a reason.
// The test begins anew with its sides exchanged.
func (l Ledger) Suspend(by, reason string, at time.Time) Ledger {
	l.Suspended = &Suspension{By: by, Reason: reason, At: at.UTC(), Tasks: l.Tasks, Figures: l.Figures()}
	return l.restarted()
}

// Lift returns the ledger with the set in use again, and the test begun anew.
func (l Ledger) Lift() Ledger {
	l.Suspended = nil
	return l.restarted()
}

// Restart returns the ledger of another set in the same scope: it is in use,
// and what was counted of the set before says nothing about it. Baselines stay:
// they are of the tasks.
func (l Ledger) Restart() Ledger { return l.Lift() }

// restarted forgets what was counted of the set.
func (l Ledger) restarted() Ledger {
	l.Set, l.SetUplift, l.Test = nil, nil, SetTest{}
	return l
}

// countTest counts a task for the test, and suspends or lifts where it
// decides. A task that was drawn before the last such change, and one of a pair,
// in which nothing was drawn, are no part of it.
func (l *Ledger) countTest(t *TaskRecord) {
	if t.Set.Paired || t.Set.Suspended != (l.Suspended != nil) {
		return
	}
	l.Test.Add(t.Set.Propensity, !t.Set.Withheld, t.Solved, l.Suspended != nil)
	if !l.Test.Decided() {
		return
	}
	if l.Suspended == nil {
		*l = l.Suspend(SetTester, "the learned rules lower success here: "+l.Figures().String(), t.At)
	} else if !l.Suspended.ByPeople() {
		*l = l.Lift()
	}
}

// WithholdSet returns with which probability a learning task goes without the
// learned set: a quarter of the tasks until a scope has had SetTrialTasks and
// the set is proven, then few; three quarters while it is suspended; half while
// the last tasks lean towards changing that, since then it is worth to know.
func (l *Ledger) WithholdSet() float64 {
	switch {
	case l.Test.Leans(l.Suspended != nil):
		return WithholdSetDoubt
	case l.Suspended != nil:
		return WithholdSetSuspended
	case l.Tasks < SetTrialTasks || !l.SetProven():
		return WithholdSetTrial
	}
	return WithholdSetProven
}
