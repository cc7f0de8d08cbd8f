package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
)

// MaxTabs bounds the tabs of a browser. A page that opens one more has it closed
// at once.
const MaxTabs = 8

// maxNotes bounds what is told of one action.
const maxNotes = 8

// Browser is a running Chromium with one browsing context: cookies, storage and
// cache of one episode. It needs Close. Its methods are for one goroutine at a
// time.
type Browser struct {
	options Options
	process *process
	pipe    *pipe

	mu      sync.Mutex
	stirred chan struct{} // closed and renewed with each event
	context string        // of the episode
	tabs    []*Tab        // the last one is in front
	notes   []string
	unsaid  int // notes beyond maxNotes
}

// Launch starts a Chromium. Errors are CodeUnavailable and say what to do.
func Launch(ctx context.Context, o Options) (*Browser, error) {
	p, out, in, err := start(ctx, &o)
	if err != nil {
		return nil, err
	}
	b := &Browser{options: o, process: p, stirred: make(chan struct{})}
	b.pipe = newPipe(out, in, b.hear)
	timed, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = b.call(timed, "Target.setAutoAttach", object{"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true,
		"filter": []object{{"type": "page"}}}, nil)
	if err == nil {
		return b, nil
	}
	if ctx.Err() == nil {
		select {
		case <-p.run.Ended(): // what it said is complete now
		case <-time.After(200 * time.Millisecond):
		}
		err = p.refused(&o, err)
	}
	b.Close()
	return nil, err
}

// object is a JSON object of the protocol.
type object = map[string]any

// Close ends Chromium with all its processes and removes its folder.
func (b *Browser) Close() {
	b.process.end()
	b.pipe.close()
}

// Gone reports whether Chromium has ended.
func (b *Browser) Gone() bool {
	select {
	case <-b.pipe.done:
		return true
	default:
		return false
	}
}

func (b *Browser) call(ctx context.Context, method string, params, result any) error {
	return b.pipe.call(ctx, "", method, params, result)
}

// Fresh closes all tabs and opens one in a new browsing context, in which nothing
// of the one before is known.
func (b *Browser) Fresh(ctx context.Context) error {
	b.mu.Lock()
	old := b.context
	b.context, b.tabs, b.notes, b.unsaid = "", nil, nil, 0
	b.mu.Unlock()
	if old != "" {
		if err := b.call(ctx, "Target.disposeBrowserContext", object{"browserContextId": old}, nil); err != nil {
			return err
		}
	}
	var made struct {
		ID string `json:"browserContextId"`
	}
	if err := b.call(ctx, "Target.createBrowserContext", object{"disposeOnDetach": true}, &made); err != nil {
		return err
	}
	b.mu.Lock()
	b.context = made.ID
	b.mu.Unlock()
	if err := b.call(ctx, "Browser.setDownloadBehavior", object{"behavior": "deny", "browserContextId": made.ID, "eventsEnabled": true}, nil); err != nil {
		return err
	}
	return b.newTab(ctx)
}

// newTab opens an empty tab, and waits until it is ready.
func (b *Browser) newTab(ctx context.Context) error {
	err := b.call(ctx, "Target.createTarget", object{"url": "about:blank", "browserContextId": b.context, "width": b.options.Width, "height": b.options.Height}, nil)
	if err != nil {
		return err
	}
	var tab *Tab
	err = b.until(ctx, func() bool {
		if len(b.tabs) > 0 {
			tab = b.tabs[len(b.tabs)-1]
		}
		return tab != nil
	})
	if err != nil {
		return err
	}
	// What it was told when it came is done with the answer to this.
	_, err = tab.Evaluate(ctx, "0")
	return err
}

// until waits until something holds, which is asked with the lock held whenever
// Chromium said something.
func (b *Browser) until(ctx context.Context, holds func() bool) error {
	for {
		b.mu.Lock()
		ok, stirred := holds(), b.stirred
		b.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-stirred:
		case <-b.pipe.done:
			return errGone
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Front returns the tab in front: the one opened last. Where all were closed, it
// opens an empty one.
func (b *Browser) Front(ctx context.Context) (*Tab, error) {
	b.mu.Lock()
	var front *Tab
	if len(b.tabs) > 0 {
		front = b.tabs[len(b.tabs)-1]
	}
	b.mu.Unlock()
	if front != nil {
		return front, nil
	}
	if err := b.newTab(ctx); err != nil {
		return nil, err
	}
	return b.Front(ctx)
}

// Tabs returns how many tabs there are.
func (b *Browser) Tabs() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.tabs)
}

// Notes returns what happened unasked since it was called last, such as a dialog
// that was answered.
func (b *Browser) Notes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	notes := b.notes
	if b.unsaid > 0 {
		notes = append(notes, fmt.Sprintf("… and %d more", b.unsaid))
	}
	b.notes, b.unsaid = nil, 0
	return notes
}

// note keeps a note; the lock is held.
func (b *Browser) note(text string) {
	switch {
	case len(b.notes) >= maxNotes:
		b.unsaid++
	case !slices.Contains(b.notes, text):
		b.notes = append(b.notes, text)
	}
}

// tell sends what nobody waits for.
func (b *Browser) tell(session, method string, params any) {
	if _, _, err := b.pipe.send(session, method, params); err != nil {
		return // a browser that is gone is noticed by whoever waits for it
	}
}

// hear takes in an event. It runs on the reader, and waits for nothing.
func (b *Browser) hear(e event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Session == "" {
		b.hearBrowser(e)
	} else if i := slices.IndexFunc(b.tabs, func(t *Tab) bool { return t.session == e.Session }); i >= 0 {
		b.tabs[i].hear(e)
	}
	close(b.stirred)
	b.stirred = make(chan struct{})
}

func (b *Browser) hearBrowser(e event) {
	switch e.Method {
	case "Target.attachedToTarget":
		var p struct {
			Session string `json:"sessionId"`
			Target  struct {
				ID      string `json:"targetId"`
				Type    string `json:"type"`
				Context string `json:"browserContextId"`
				Opener  string `json:"openerId"`
			} `json:"targetInfo"`
		}
		if json.Unmarshal(e.Params, &p) != nil || p.Target.Type != "page" {
			return
		}
		b.attach(&Tab{browser: b, session: p.Session, target: p.Target.ID, popup: p.Target.Opener != ""}, p.Target.Context)
	case "Target.detachedFromTarget":
		var p struct {
			Session string `json:"sessionId"`
		}
		if json.Unmarshal(e.Params, &p) == nil {
			b.tabs = slices.DeleteFunc(b.tabs, func(t *Tab) bool { return t.session == p.Session })
		}
	case "Browser.downloadWillBegin":
		var p struct {
			Name string `json:"suggestedFilename"`
		}
		if json.Unmarshal(e.Params, &p) == nil {
			b.note(fmt.Sprintf("The file %q was not downloaded: downloads are not allowed.", agent.Clip(p.Name, 80)))
		}
	}
}

// attach takes in a new tab, or closes it where there are too many.
func (b *Browser) attach(t *Tab, in string) {
	if in != b.context || len(b.tabs) >= MaxTabs {
		if in == b.context {
			b.note(fmt.Sprintf("A further window was not opened: there are %d already.", MaxTabs))
		}
		b.tell("", "Target.closeTarget", object{"targetId": t.target})
		return
	}
	t.flights = map[string]flight{}
	for _, method := range []string{"Page.enable", "Inspector.enable"} {
		b.tell(t.session, method, nil)
	}
	b.tell(t.session, "Network.enable", object{"maxTotalBufferSize": 0, "maxResourceBufferSize": 0})
	b.tell(t.session, "Emulation.setFocusEmulationEnabled", object{"enabled": true})
	b.tell(t.session, "Page.setInterceptFileChooserDialog", object{"enabled": true})
	b.tell(t.session, "Runtime.runIfWaitingForDebugger", nil)
	b.tabs = append(b.tabs, t)
	if t.popup {
		b.note("A new window was opened and is in front; back closes it.")
	}
}

// Kill ends Chromium as a crash would. Close is still to be called.
func (b *Browser) Kill() {
	b.process.run.Kill()
	<-b.pipe.done
}
