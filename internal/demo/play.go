package demo

import (
	"context"
	"time"

	"purposeagent/agent"
)

// play lets pairs go one after the other, each when its time has come and there is
// room for it.
func (d *Demos) play(ctx context.Context) {
	d.mu.Lock()
	err := d.adopt(ctx)
	d.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		d.cfg.Logger.Error("demonstrations that were cut off are not looked for", "err", err)
	}
	var t trouble
	for {
		wait, err := d.step(ctx)
		if ctx.Err() != nil {
			return
		}
		switch again := t.met(err); {
		case again > 0:
			wait = again
			if t.isNew {
				d.cfg.Logger.Error("the demonstration does not go on", "err", err)
			}
		case t.isNew:
			d.cfg.Logger.Info("the demonstration goes on")
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// trouble is what keeps a demonstration from going on. It is said once, however often
// it is met, and is met the more rarely the longer it lasts.
type trouble struct {
	said  string
	wait  time.Duration
	isNew bool // what was met last was not met before, or is over since
}

// The first and the longest wait for an end of trouble.
const (
	firstWait   = time.Second
	longestWait = time.Minute
)

// met notes how a step went and returns how long to wait before the next one, 0 where
// it went well.
func (t *trouble) met(err error) time.Duration {
	if err == nil {
		*t = trouble{isNew: t.said != ""}
		return 0
	}
	t.isNew = err.Error() != t.said
	t.said = err.Error()
	t.wait = min(max(2*t.wait, firstWait), longestWait)
	return t.wait
}

// nothingToDo is how long to wait where only a person can change something.
const nothingToDo = time.Hour

// step lets the next pair go, if it is time, and says when to look again.
func (d *Demos) step(ctx context.Context) (time.Duration, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, found, err := d.last(ctx)
	if err != nil || !found {
		return nothingToDo, err
	}
	working, err := d.awaitRuns(ctx, st.Group)
	if err != nil {
		return 0, err
	}
	held, err := d.cfg.Runs.Held(ctx, st.Group)
	if err != nil {
		return 0, err
	}
	open, err := d.cfg.Runs.Unended(ctx, st.Group)
	if err != nil {
		return 0, err
	}
	d.look(glance{st.Group, len(held), working, open})
	now := d.cfg.Now()
	switch wait := d.next.Sub(now); {
	case open == 0:
		return nothingToDo, nil
	case len(held) == 0 || st.Paused:
		return lookAgain, nil // others may stop or delete its runs meanwhile
	case wait > 0:
		return min(wait, lookAgain), nil
	}
	if working > 2*(pairsAtWork-1) {
		return lookAgain, nil // or as soon as one of them ends
	}
	if err := d.cfg.Engine.LetGo(ctx, held[:min(2, len(held))]); err != nil {
		return 0, err
	}
	if _, err := d.awaitRuns(ctx, st.Group); err != nil {
		return 0, err
	}
	d.tell("")
	pause := time.Duration(st.Seconds) * time.Second / time.Duration(max(st.Tasks, 1))
	if d.next.IsZero() || now.Sub(d.next) > pause { // late: time that is gone is not caught up with
		d.next = now
	}
	d.next = d.next.Add(pause)
	return max(d.next.Sub(now), 0), nil
}

// glance is how the runs of a group stand.
type glance struct {
	group               string
	held, working, open int
}

// look tells what is not as it was when it was looked at last. mu is held.
func (d *Demos) look(now glance) {
	if now == d.seen {
		return
	}
	d.seen = now
	over := ""
	if now.open == 0 {
		over = now.group
	}
	d.tell(over)
}

// awaitRuns has the end of each run at work told, and returns how many there are.
func (d *Demos) awaitRuns(ctx context.Context, group string) (int, error) {
	working, err := d.cfg.Runs.AtWork(ctx, group)
	if err != nil {
		return 0, err
	}
	d.telling.Lock()
	defer d.telling.Unlock()
	for run, last := range working {
		if !d.following[run] {
			d.following[run] = true
			d.done.Go(func() { d.await(d.base, run, last) })
		}
	}
	return len(working), nil
}

// await follows a run until it has ended or waits for somebody, and tells so.
func (d *Demos) await(ctx context.Context, run string, after int64) {
	var failed error
	for event, err := range d.cfg.Engine.Follow(ctx, run, after) {
		if failed = err; err != nil || event.Suspends() {
			break
		}
	}
	d.telling.Lock()
	delete(d.following, run)
	d.telling.Unlock()
	if failed == nil || agent.CodeOf(failed) == agent.CodeNotFound { // else it is followed again after a while
		d.tell("")
	}
}

// tell notes that something changed that pages show, and has the player look at once.
// over names a group whose runs have all ended.
func (d *Demos) tell(over string) {
	d.telling.Lock()
	d.changes++
	if over != "" {
		d.over = over
	}
	close(d.changed)
	d.changed = make(chan struct{})
	d.telling.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Changed returns a number that grows with each change that the page of a demonstration
// shows, whether all of its runs have ended, and a channel that is closed with the next
// change.
func (d *Demos) Changed(group string) (n int64, over bool, next <-chan struct{}) {
	d.telling.Lock()
	defer d.telling.Unlock()
	return d.changes, d.over == group, d.changed
}
