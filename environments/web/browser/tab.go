package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
)

// maxDialogs is how many dialogs a page may open in one action before its scripts
// are stopped for good.
const maxDialogs = 12

// Tab is one page of a Browser.
type Tab struct {
	browser *Browser
	session string
	target  string
	popup   bool

	// What Chromium said, under the browser's lock.
	url     string
	loader  string // of the document: another one is another document
	loading bool
	asked   time.Time // when the page asked for a navigation that has not begun
	flights map[string]flight
	dialogs int // since the action began
	mute    bool
	crashed bool
	failed  string // why the document could not be loaded
}

// flight is a request under way.
type flight struct {
	kind  string
	since time.Time
}

// Place is where a tab is.
type Place struct {
	URL    string
	Loader string // identifies the document
	Target string // identifies the tab
	// Failed says why the document could not be loaded, in Chromium's words.
	Failed  string
	Crashed bool
}

// Place asks where the tab is.
func (t *Tab) Place(ctx context.Context) (Place, error) {
	t.browser.mu.Lock()
	crashed := t.crashed
	t.browser.mu.Unlock()
	var got struct {
		Tree struct {
			Frame frame `json:"frame"`
		} `json:"frameTree"`
	}
	if !crashed {
		if err := t.call(ctx, "Page.getFrameTree", nil, &got); err != nil {
			return Place{}, err
		}
	}
	t.browser.mu.Lock()
	defer t.browser.mu.Unlock()
	if !crashed {
		t.arrive(&got.Tree.Frame)
	}
	return Place{t.url, t.loader, t.target, t.failed, t.crashed}, nil
}

// frame is what Chromium says of a frame.
type frame struct {
	ID          string `json:"id"`
	Loader      string `json:"loaderId"`
	URL         string `json:"url"`
	Fragment    string `json:"urlFragment"`
	Unreachable string `json:"unreachableUrl"`
}

// arrive notes where the tab is; the lock is held.
func (t *Tab) arrive(f *frame) {
	t.url, t.loader = f.URL+f.Fragment, f.Loader
	if f.Unreachable == "" {
		t.failed = ""
		return
	}
	t.url = f.Unreachable
	if t.failed == "" {
		t.failed = "it is not reachable"
	}
}

func (t *Tab) call(ctx context.Context, method string, params, result any) error {
	return t.browser.pipe.call(ctx, t.session, method, params, result)
}

// hear takes in an event of the tab; the lock is held.
func (t *Tab) hear(e event) {
	switch e.Method {
	case "Page.frameStartedLoading", "Page.frameStoppedLoading", "Page.navigatedWithinDocument", "Page.frameRequestedNavigation":
		t.hearFrame(e)
	case "Page.frameNavigated":
		t.hearNavigated(e)
	case "Page.javascriptDialogOpening":
		t.hearDialog(e)
	case "Network.requestWillBeSent", "Network.loadingFinished", "Network.loadingFailed":
		t.hearNetwork(e)
	case "Inspector.targetCrashed":
		t.crashed, t.loading = true, false
	}
}

func (t *Tab) hearFrame(e event) {
	var p struct {
		Frame string `json:"frameId"`
		URL   string `json:"url"`
	}
	if json.Unmarshal(e.Params, &p) != nil || p.Frame != t.target { // the main frame is named as its target
		return
	}
	switch e.Method {
	case "Page.frameStartedLoading":
		t.loading, t.asked = true, time.Time{}
	case "Page.frameStoppedLoading":
		t.loading, t.asked = false, time.Time{}
	case "Page.navigatedWithinDocument":
		t.url = p.URL
	case "Page.frameRequestedNavigation":
		t.asked = time.Now()
	}
}

func (t *Tab) hearNavigated(e event) {
	var p struct {
		Frame frame `json:"frame"`
	}
	if json.Unmarshal(e.Params, &p) != nil || p.Frame.ID != t.target {
		return
	}
	t.crashed, t.asked = false, time.Time{}
	clear(t.flights)
	t.arrive(&p.Frame)
}

// hearDialog answers a dialog at once: until then the page stands still.
func (t *Tab) hearDialog(e event) {
	var p struct {
		Kind    string `json:"type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(e.Params, &p) != nil {
		return
	}
	accept := !t.browser.options.ConfirmNo || p.Kind == "alert" || p.Kind == "beforeunload"
	t.dialogs++
	switch {
	case t.mute:
	case t.dialogs > maxDialogs:
		t.mute = true
		t.browser.note("The page opened dialogs without end; its scripts were stopped.")
	case t.dialogs <= 3 && p.Kind != "beforeunload":
		answer := "closed"
		if p.Kind != "alert" {
			answer = "answered with " + map[bool]string{true: "OK", false: "Cancel"}[accept]
		}
		t.browser.note(fmt.Sprintf("The page showed the %s %q, which was %s.", map[bool]string{true: "message", false: "question"}[p.Kind == "alert"],
			strings.Join(strings.Fields(agent.Clip(p.Message, 300)), " "), answer))
	}
	if t.dialogs == maxDialogs+1 { // before the answer, with which the script goes on
		t.browser.tell(t.session, "Emulation.setScriptExecutionDisabled", object{"value": true})
		t.browser.tell(t.session, "Runtime.terminateExecution", nil)
	}
	t.browser.tell(t.session, "Page.handleJavaScriptDialog", object{"accept": accept})
}

func (t *Tab) hearNetwork(e event) {
	var p struct {
		ID       string `json:"requestId"`
		Loader   string `json:"loaderId"`
		Kind     string `json:"type"`
		Frame    string `json:"frameId"`
		Error    string `json:"errorText"`
		Canceled bool   `json:"canceled"`
	}
	if json.Unmarshal(e.Params, &p) != nil {
		return
	}
	if e.Method == "Network.requestWillBeSent" {
		kind := p.Kind
		if kind == "Document" && p.Frame == t.target {
			kind, t.failed = mainDocument, ""
		}
		t.flights[p.ID] = flight{kind, time.Now()}
		return
	}
	if t.flights[p.ID].kind == mainDocument && p.Error != "" && !p.Canceled {
		t.failed = strings.TrimPrefix(p.Error, "net::")
	}
	delete(t.flights, p.ID)
}

// mainDocument is the kind of a flight that brings the page itself.
const mainDocument = "main"

// Open goes to an address. What can't be loaded is no error; Place says it.
func (t *Tab) Open(ctx context.Context, url string) error {
	var went struct {
		Error  string `json:"errorText"`
		Loader string `json:"loaderId"`
	}
	if err := t.call(ctx, "Page.navigate", object{"url": url}, &went); err != nil {
		return err
	}
	if went.Error != "" {
		t.browser.mu.Lock()
		t.failed = strings.TrimPrefix(went.Error, "net::")
		t.browser.mu.Unlock()
	}
	return nil
}

// Back goes back in the history, or closes a popup that has none. It reports
// whether there was anywhere to go.
func (t *Tab) Back(ctx context.Context) (bool, error) {
	var history struct {
		Current int `json:"currentIndex"`
		Entries []struct {
			ID  int    `json:"id"`
			URL string `json:"url"`
		} `json:"entries"`
	}
	if err := t.call(ctx, "Page.getNavigationHistory", nil, &history); err != nil {
		return false, err
	}
	to := history.Current - 1
	switch {
	case to >= 0 && to < len(history.Entries) && history.Entries[to].URL != "about:blank":
		return true, t.call(ctx, "Page.navigateToHistoryEntry", object{"entryId": history.Entries[to].ID}, nil)
	case t.browser.Tabs() > 1:
		return true, t.Close(ctx)
	}
	return false, nil
}

// Close closes the tab and waits until it is gone.
func (t *Tab) Close(ctx context.Context) error {
	if err := t.browser.call(ctx, "Target.closeTarget", object{"targetId": t.target}, nil); err != nil {
		return err
	}
	return t.browser.until(ctx, func() bool {
		return !slices.Contains(t.browser.tabs, t)
	})
}

// Evaluate returns the value of an expression in the page, as JSON. What the page
// throws is a *ThrownError.
func (t *Tab) Evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	var got evaluated
	err := t.call(ctx, "Runtime.evaluate", object{"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": false}, &got)
	if err != nil {
		return nil, err
	}
	return got.value()
}

type evaluated struct {
	Result struct {
		Value json.RawMessage `json:"value"`
	} `json:"result"`
	Exception *struct {
		Text      string `json:"text"`
		Exception struct {
			Description string `json:"description"`
		} `json:"exception"`
	} `json:"exceptionDetails"`
}

// ThrownError is what an expression threw.
type ThrownError struct{ Text string }

func (e *ThrownError) Error() string { return e.Text }

func (e *evaluated) value() (json.RawMessage, error) {
	if x := e.Exception; x != nil {
		text := x.Exception.Description
		if text == "" {
			text = x.Text
		}
		text, _, _ = strings.Cut(text, "\n")
		return nil, &ThrownError{agent.Clip(text, 200)}
	}
	return e.Result.Value, nil
}

// Snapshot returns the page as Chromium's DOMSnapshot.captureSnapshot tells it,
// with the computed styles named.
func (t *Tab) Snapshot(ctx context.Context, styles []string) (json.RawMessage, error) {
	var raw json.RawMessage
	err := t.call(ctx, "DOMSnapshot.captureSnapshot", object{"computedStyles": styles}, &raw)
	return raw, err
}

// Larger reports whether the pages of the tab's process have more nodes than a limit,
// those of earlier pages not counted.
func (t *Tab) Larger(ctx context.Context, limit int) (bool, int, error) {
	for _, collect := range []bool{false, true} {
		if collect {
			if err := t.call(ctx, "HeapProfiler.collectGarbage", nil, nil); err != nil {
				return false, 0, err
			}
		}
		var got struct {
			Nodes int `json:"nodes"`
		}
		if err := t.call(ctx, "Memory.getDOMCounters", nil, &got); err != nil || got.Nodes <= limit {
			return false, got.Nodes, err
		} else if collect {
			return true, got.Nodes, nil
		}
	}
	return false, 0, nil
}

// Screenshot returns what the window shows as a JPEG, and where on the page that
// begins.
func (t *Tab) Screenshot(ctx context.Context, quality int) (picture []byte, x, y float64, err error) {
	x, y, err = t.scrolled(ctx)
	if err != nil {
		return nil, 0, 0, err
	}
	var got struct {
		Data []byte `json:"data"`
	}
	err = t.call(ctx, "Page.captureScreenshot", object{"format": "jpeg", "quality": quality, "optimizeForSpeed": true}, &got)
	return got.Data, x, y, err
}

// scrolled returns which point of the page is at the upper left of the window.
func (t *Tab) scrolled(ctx context.Context) (x, y float64, err error) {
	var view struct {
		Visual struct {
			X float64 `json:"pageX"`
			Y float64 `json:"pageY"`
		} `json:"cssVisualViewport"`
	}
	err = t.call(ctx, "Page.getLayoutMetrics", nil, &view)
	return view.Visual.X, view.Visual.Y, err
}

// refusal returns what Chromium refused with, or "".
func refusal(err error) string {
	if p, ok := errors.AsType[*protocolError](err); ok {
		return p.Message
	}
	return ""
}
