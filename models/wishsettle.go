package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// settle makes the wishes true for a run that nobody works, in their order, as
// far as that needs no worker, and returns the rest. A stop waits for nobody.
func (w *writing) settle(left []unread, end End) ([]unread, error) {
	for len(left) > 0 && !w.run.Status.Final() {
		if w.needsWorker(left[0]) {
			stop := slices.IndexFunc(left, func(q unread) bool { return q.Kind == steering.WishStop })
			if stop < 0 {
				break
			}
			if err := w.resumedUnseen(); err != nil {
				return left, err
			}
			for _, q := range left[:stop] {
				if err := w.record(q); err != nil {
					return left, err
				}
			}
			left = left[stop:]
		}
		if err := w.fulfil(left[0], end); err != nil {
			return left, err
		}
		left = left[1:]
	}
	return left, w.fence()
}

// needsWorker reports whether a wish has to wait until a worker has done what
// was asked before it.
func (w *writing) needsWorker(q unread) bool {
	switch q.Kind {
	case steering.WishNote, steering.WishAnswer:
		return w.unseen()
	case steering.WishPause, steering.WishResume, steering.WishStep:
		return w.stepping()
	case steering.WishExtend, steering.WishStop:
	}
	return false
}

// unseen reports whether a person let the run go on and no worker has begun.
func (w *writing) unseen() bool {
	return w.run.Status != agent.RunIsRunning && w.due() && (w.row.control == controlResume || strings.HasPrefix(w.row.control, controlStep))
}

// resumedUnseen records that a person let the run go on, if no worker did.
func (w *writing) resumedUnseen() error {
	if w.run.Status == agent.RunIsRunning || w.run.Status == agent.RunIsQueued ||
		w.row.control != controlResume && !strings.HasPrefix(w.row.control, controlStep) {
		return nil
	}
	return w.append1(agent.RunResumed{After: w.run.Steps, Reason: "goes on", By: w.row.controlBy})
}

// fulfil makes one wish true for a run that nobody works.
func (w *writing) fulfil(q unread, end End) error {
	if err := w.forget(q); err != nil {
		return err
	}
	switch q.Kind {
	case steering.WishPause:
		if w.run.Status == agent.RunIsPaused && !w.due() {
			return nil // it is
		}
		if err := w.resumedUnseen(); err != nil {
			return err
		}
		return w.append1(agent.RunPaused{By: q.By})
	case steering.WishStop:
		if err := w.resumedUnseen(); err != nil {
			return err
		}
		last, err := end(q.By)
		for _, data := range last {
			if err == nil {
				err = w.append1(data)
			}
		}
		return err
	case steering.WishResume:
		return w.goOn(q.By, controlResume)
	case steering.WishStep:
		return w.goOn(q.By, controlStep+strconv.Itoa(w.run.Steps+1))
	case steering.WishExtend:
		if err := w.extend(q.Wish); err != nil {
			return err
		}
		asked, err := w.asked()
		suspended := w.run.Status == agent.RunIsPaused || w.run.Status == agent.RunIsWaiting && asked == nil
		if err != nil || !suspended || w.due() {
			return err
		}
		return w.goOn(q.By, controlResume)
	case steering.WishNote, steering.WishAnswer:
		return w.say(q.Wish)
	}
	return fmt.Errorf("unknown wish %q", q.Kind)
}

// record puts a wish into the log of a run that ends or is suspended after it.
func (w *writing) record(q unread) error {
	if err := w.forget(q); err != nil {
		return err
	}
	switch q.Kind {
	case steering.WishNote, steering.WishAnswer:
		return w.say(q.Wish)
	case steering.WishPause:
		return w.append1(agent.RunPaused{By: q.By})
	case steering.WishExtend:
		if err := w.extend(q.Wish); err != nil {
			return err
		}
		return w.append1(agent.RunResumed{After: w.run.Steps, Reason: "goes on", By: q.By})
	case steering.WishResume, steering.WishStep:
		return w.append1(agent.RunResumed{After: w.run.Steps, Reason: "goes on", By: q.By})
	case steering.WishStop:
	}
	return nil
}

// say puts a person's words into the log.
func (w *writing) say(wish steering.Wish) error {
	if wish.Kind == steering.WishNote {
		return w.append1(agent.NoteAdded{Text: wish.Text, By: wish.By, After: w.run.Steps})
	}
	asked, err := w.asked()
	if err != nil {
		return err
	}
	answered, err := wish.Answer.Check(asked, wish.By)
	if err != nil {
		return err
	}
	return w.append1(answered)
}

// append1 adds an event after the newest one.
func (w *writing) append1(data agent.EventData) error {
	e := agent.Event{Seq: w.run.LastSeq + 1, Run: w.run.ID, At: w.s.db.now(), Data: data}
	w.added = append(w.added, e)
	return w.add(e)
}

// goOn makes the run due, as a person asked.
func (w *writing) goOn(by, control string) error {
	w.wake(0)
	w.row.control, w.row.controlBy = control, by
	_, err := w.tx.ExecContext(w.ctx, `UPDATE runs SET priority = 1, job = 0 WHERE id = ?`, w.run.ID)
	return err
}

// fence keeps a worker whose lease ran out from adding to what was decided
// without it, and forgets the job of a run that nobody is to take.
func (w *writing) fence() error {
	_, err := w.tx.ExecContext(w.ctx, `UPDATE runs SET epoch = epoch + 1, job = CASE WHEN ? = 1 THEN job ELSE 0 END WHERE id = ?`, w.row.wakeAt.Valid, w.run.ID)
	return err
}
