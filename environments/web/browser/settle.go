package browser

import (
	"context"
	"time"
)

// How long is waited for what a page does by itself after an action.
const (
	dataPatience  = 2 * time.Second        // for an answer that a script asked for
	begunPatience = 300 * time.Millisecond // for a navigation to begin that a page asked for
	framePatience = 100                    // milliseconds, for a frame to be drawn
)

// Begin is called before an action: what happens from then on is counted as its
// effect.
func (t *Tab) Begin() {
	t.browser.mu.Lock()
	defer t.browser.mu.Unlock()
	t.dialogs = 0
	clear(t.flights) // what was under way before, such as a long poll
}

// Settle waits until the page in front has loaded, has the answers that its
// scripts asked for, and has drawn a frame, for at most the patience. It reports whether
// the page came to rest. Errors are those of a browser that is gone and the context's.
func (b *Browser) Settle(ctx context.Context, patience time.Duration) (bool, error) {
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		t, err := b.Front(timed)
		if err != nil {
			return false, outOf(ctx, err)
		}
		if err := t.restless(timed); err != nil {
			return false, outOf(ctx, err)
		}
		t.frame(timed)
		if timed.Err() != nil || b.Gone() {
			return false, outOf(ctx, b.gone())
		}
		b.mu.Lock()
		calm := t.calm() && len(b.tabs) > 0 && b.tabs[len(b.tabs)-1] == t
		b.mu.Unlock()
		if calm {
			return true, nil
		}
	}
}

func (b *Browser) gone() error {
	if b.Gone() {
		return errGone
	}
	return nil
}

// outOf tells an error of a page that takes too long, which is none, from others.
func outOf(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == errGone: //nolint:errorlint // the very value
		return err
	}
	return nil
}

// restless waits until nothing is under way.
func (t *Tab) restless(ctx context.Context) error {
	for {
		t.browser.mu.Lock()
		calm, wait, stirred := t.calm(), t.patience(), t.browser.stirred
		t.browser.mu.Unlock()
		if calm {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-stirred:
		case <-timer.C:
		case <-t.browser.pipe.done:
		case <-ctx.Done():
		}
		timer.Stop()
		if t.browser.Gone() {
			return errGone
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// calm reports whether nothing is under way that is waited for; the lock is held.
func (t *Tab) calm() bool {
	if t.crashed {
		return true
	}
	if t.loading || !t.asked.IsZero() && time.Since(t.asked) < begunPatience {
		return false
	}
	for _, f := range t.flights {
		if f.waited() > 0 {
			return false
		}
	}
	return true
}

// patience is how long it takes until something is waited for no more; the lock
// is held.
func (t *Tab) patience() time.Duration {
	wait := dataPatience
	if !t.asked.IsZero() {
		wait = min(wait, max(time.Millisecond, begunPatience-time.Since(t.asked)))
	}
	for _, f := range t.flights {
		if rest := f.waited(); rest > 0 {
			wait = min(wait, rest)
		}
	}
	return wait
}

// waited returns how long a flight is still waited for.
func (f flight) waited() time.Duration {
	switch f.kind {
	case mainDocument, "Document", "XHR", "Fetch", "Script", "Stylesheet":
		return dataPatience - time.Since(f.since)
	}
	return 0
}

// frame waits until the page has drawn what it has, so that handlers that run with
// the next frame or task are done. A page that draws none is not waited for.
func (t *Tab) frame(ctx context.Context) {
	short, cancel := context.WithTimeout(ctx, 3*framePatience*time.Millisecond)
	defer cancel()
	var world struct {
		ID int `json:"executionContextId"`
	}
	// A world of our own: the page can't have changed what we call.
	if t.call(short, "Page.createIsolatedWorld", object{"frameId": t.target, "worldName": "purpose"}, &world) != nil {
		return
	}
	_ = t.call(short, "Runtime.evaluate", object{"contextId": world.ID, "awaitPromise": true, "returnByValue": true,
		"expression": `new Promise(done => { setTimeout(done, ` + "100" + `); requestAnimationFrame(() => setTimeout(done)); })`}, nil)
}

// Interrupt stops what a page does that does not answer: its script, its loading,
// at last its tab. A restless one, which goes from address to address, loses its
// scripts at once. Afterwards the browser answers again.
func (b *Browser) Interrupt(ctx context.Context, restless bool) error {
	t, err := b.Front(ctx)
	if err != nil {
		return err
	}
	b.tell(t.session, "Runtime.terminateExecution", nil)
	b.tell(t.session, "Page.stopLoading", nil)
	if !restless && t.answers(ctx) {
		return nil
	}
	b.mu.Lock()
	t.mute = true
	b.mu.Unlock()
	b.tell(t.session, "Emulation.setScriptExecutionDisabled", object{"value": true})
	b.tell(t.session, "Runtime.terminateExecution", nil)
	b.tell(t.session, "Page.stopLoading", nil)
	if t.answers(ctx) {
		b.mu.Lock()
		b.note("The page's scripts were stopped.")
		b.mu.Unlock()
		return nil
	}
	if err := t.Close(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	b.note("The page was closed.")
	b.mu.Unlock()
	_, err = b.Front(ctx)
	return err
}

// answers reports whether the page answers within a second.
func (t *Tab) answers(ctx context.Context) bool {
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var view struct{}
	return t.call(short, "Page.getLayoutMetrics", nil, &view) == nil && t.call(short, "DOM.getDocument", object{"depth": 0}, &view) == nil
}

// Unmute lets scripts run again in a tab where they were stopped, before another
// page is opened in it.
func (t *Tab) Unmute(ctx context.Context) error {
	t.browser.mu.Lock()
	mute := t.mute
	t.mute = false
	t.browser.mu.Unlock()
	if !mute {
		return nil
	}
	return t.call(ctx, "Emulation.setScriptExecutionDisabled", object{"value": false}, nil)
}
