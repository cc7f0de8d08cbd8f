package models

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// held reports whether a worker has the run.
func (w *writing) held() bool { return w.row.leaseUntil > nanos(w.s.db.now()) }

// due reports whether a worker should take the run now.
func (w *writing) due() bool { return w.row.wakeAt.Valid && w.row.wakeAt.Int64 <= nanos(w.s.db.now()) }

// active reports whether the run is worked, or will be without anybody's word.
func (w *writing) active() bool {
	return w.held() || w.run.Status == agent.RunIsRunning || w.due()
}

// stepping reports whether the run pauses by itself after its next step.
func (w *writing) stepping() bool {
	return strings.HasPrefix(w.row.control, controlStep) && w.active()
}

// interrupts reports whether a wish ends or suspends what a worker does, now.
func (w *writing) interrupts(q unread) bool {
	return q.Kind == steering.WishStop || q.Kind == steering.WishPause && !w.stepping()
}

func (w *writing) interrupting(left []unread) *steering.Wish {
	if i := slices.IndexFunc(left, w.interrupts); i >= 0 {
		return &left[i].Wish
	}
	return nil
}

// outlook is how the run will stand once what was asked of it has come true.
func (w *writing) outlook(left []unread) (steering.Outlook, error) {
	o := steering.Outlook{Run: w.run.ID, Phase: w.phase()}
	asked, err := w.asked()
	if err != nil {
		return o, err
	}
	if o.Asked = asked; asked != nil && o.Phase == steering.PhaseWaiting {
		o.Phase = steering.PhaseAsking
	}
	for _, q := range left {
		if next, err := o.After(q.Wish); err == nil {
			o = next
		}
	}
	return o, nil
}

func (w *writing) phase() steering.Phase {
	switch {
	case w.row.control == controlClosing && w.active():
		return steering.PhaseClosing
	case w.stepping():
		return steering.PhaseStepping
	case w.held() || w.run.Status == agent.RunIsRunning:
		return steering.PhaseGoing
	case w.run.Status == agent.RunIsQueued:
		return steering.PhaseFresh
	case w.due():
		return steering.PhaseGoing
	case w.run.Status == agent.RunIsPaused:
		return steering.PhasePaused
	}
	return steering.PhaseWaiting
}

// asked is what the run asks and nobody has answered.
func (w *writing) asked() (*agent.ApprovalAsked, error) {
	var raw sql.NullString
	if err := w.tx.QueryRowContext(w.ctx, `SELECT asked FROM run_bodies WHERE run = ?`, w.run.ID).Scan(&raw); err != nil || !raw.Valid {
		return nil, err
	}
	asked := &agent.ApprovalAsked{}
	if err := json.Unmarshal([]byte(raw.String), asked); err != nil {
		return nil, fmt.Errorf("decode what run %s asks: %w", w.run.ID, err)
	}
	return asked, nil
}
