package handlers_test

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
	"purposeagent/internal/browsertest"
)

// lines stands between the browser and the server and can cut all connections.
type lines struct {
	listener net.Listener
	wait     sync.WaitGroup
	mu       sync.Mutex
	target   string
	open     map[net.Conn]struct{}
	sockets  int // connections that were made in all
}

func newLines(t *testing.T, target string) *lines {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &lines{listener: listener, target: target, open: map[net.Conn]struct{}{}}
	l.wait.Go(l.serve)
	t.Cleanup(func() {
		_ = listener.Close()
		l.cut()
		l.wait.Wait()
	})
	return l
}

func (l *lines) serve() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		target := l.target
		l.sockets++
		l.mu.Unlock()
		far, err := net.Dial("tcp", target)
		if err != nil {
			_ = conn.Close()
			continue
		}
		l.mu.Lock()
		l.open[conn], l.open[far] = struct{}{}, struct{}{}
		l.mu.Unlock()
		pipe := func(to, from net.Conn) {
			_, _ = to.(*net.TCPConn).ReadFrom(from)
			_, _ = to.Close(), from.Close()
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.open, to)
		}
		l.wait.Go(func() { pipe(conn, far) })
		l.wait.Go(func() { pipe(far, conn) })
	}
}

// cut resets every connection, as a network that goes away.
func (l *lines) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func (l *lines) redirect(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
}

// rowsOnPage waits until the page shows n rows and returns what they are.
func rowsOnPage(t *testing.T, ctx context.Context, n int) {
	t.Helper()
	var got []int
	err := browsertest.Try(ctx, browsertest.Holds(fmt.Sprintf(`document.querySelectorAll("#steps li[id]").length >= %d`, n)),
		chromedp.Evaluate(`[...document.querySelectorAll("#steps li[id]")].map(row => Number(row.id.slice(1)))`, &got))
	if err != nil {
		t.Fatalf("waiting for %d rows: %v", n, err)
	}
	if !slices.Equal(got, pagetest.Numbers(1, n)) {
		t.Fatalf("the page shows the steps %v, want 1 to %d, each once", got, n)
	}
}

func chipSays(text string) chromedp.Action {
	return browsertest.Holds(fmt.Sprintf(`!!document.getElementById("live-chip")?.textContent.includes(%q)`, text))
}

// awaited makes an evaluation wait for the promise that it is.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// TestLiveInABrowser goes through everything that happens to a page that is
// open for long, on one run: nothing is lost, and nothing is there twice.
func TestLiveInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	log := pagetest.LiveLog(t, 2)
	first := sitetest.OfRuns(t, log)
	web := httptest.NewServer(first)
	defer web.Close()
	l := newLines(t, web.Listener.Addr().String())
	page := "http://" + l.listener.Addr().String() + "/runs/r_1"
	must := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := browsertest.Try(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	must("open the page", network.Enable(), chromedp.Navigate(page), chipSays("Live"))
	rowsOnPage(t, ctx, 2)
	log.Take("r_1", 3)
	rowsOnPage(t, ctx, 5)

	// The network goes away in the middle, several times.
	for n := range 3 {
		l.cut()
		log.Take("r_1", 2)
		rowsOnPage(t, ctx, 7+2*n)
	}
	must("after the cuts", chipSays("Live"))

	// The program restarts: 1012, and another process at the same address.
	second := sitetest.OfRuns(t, log)
	again := httptest.NewServer(second)
	defer again.Close()
	l.redirect(again.Listener.Addr().String())
	first.Close()
	log.Take("r_1", 1)
	rowsOnPage(t, ctx, 12)

	// Offline and back.
	offline := func(off bool) chromedp.Action { return network.EmulateNetworkConditions(off, 0, -1, -1) }
	must("go offline", offline(true), chromedp.Evaluate(`dispatchEvent(new Event("offline"))`, nil), chipSays("Reconnecting"), chipSays("resumes at #15"))
	log.Take("r_1", 2)
	must("come back", offline(false), chromedp.Evaluate(`dispatchEvent(new Event("online"))`, nil), chipSays("Live"))
	rowsOnPage(t, ctx, 14)

	// The view is paused; the run goes on; the view catches up.
	must("pause the view", chromedp.Click("#live-switch"), chipSays("View paused"))
	log.Take("r_1", 4)
	must("go on", chromedp.Click("#live-switch"), chipSays("Live"))
	rowsOnPage(t, ctx, 18)

	// Another page, and back.
	must("leave", chromedp.Navigate(strings.TrimSuffix(page, "/r_1")))
	log.Take("r_1", 1)
	must("return", chromedp.Evaluate(`history.back()`, nil), chipSays("Live"))
	rowsOnPage(t, ctx, 19)

	// A chosen step stays chosen; new ones are announced.
	must("choose a step", chromedp.Click("#s3 a"), chromedp.WaitVisible(`[data-shown="3"]`))
	log.Take("r_1", 1)
	rowsOnPage(t, ctx, 20)
	must("still chosen", chromedp.WaitVisible(`[data-shown="3"]`))

	// The end is final: the page opens no further socket.
	log.Finish("r_1", true)
	must("the end", chipSays("Ended"), chromedp.WaitVisible("#run-end .verdict"))
	l.mu.Lock()
	before := l.sockets
	l.mu.Unlock()
	must("wake it", chromedp.Evaluate(`dispatchEvent(new Event("online")); document.dispatchEvent(new Event("visibilitychange")); new Promise(done => setTimeout(done, 700))`, nil, awaited))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sockets != before {
		t.Errorf("%d connections were made after the end", l.sockets-before)
	}
}

// TestRunPageKeys goes by keys alone.
func TestRunPageKeys(t *testing.T) {
	ctx := browsertest.New(t)
	log := pagetest.LiveLog(t, 6)
	s := sitetest.OfRuns(t, log)
	web := httptest.NewServer(s)
	defer web.Close()
	key := func(k string) chromedp.Action { return chromedp.KeyEvent(k) }
	shows := func(n string) chromedp.Action {
		return chromedp.WaitVisible(fmt.Sprintf(`[data-shown="%s"]`, n))
	}
	var path, tab string
	err := browsertest.Try(ctx, chromedp.Navigate(web.URL+"/runs/r_1"), shows("6"), key("k"), shows("5"), key("k"), shows("4"), key("j"), shows("5"),
		chromedp.Click(`.detail .tabs a[href*="critic"]`), chromedp.WaitVisible(".evidence"), key("k"), shows("4"),
		chromedp.Location(&path), chromedp.Text(".detail .tabs [aria-current]", &tab),
		key("?"), chromedp.WaitVisible("dialog#keys[open]"), key("\x1b"), chromedp.WaitNotPresent("dialog#keys[open]"),
		key("."), chromedp.WaitVisible("dialog#confirm[open]"), chromedp.Click("dialog#confirm [value=yes]"),
		chromedp.WaitNotPresent("dialog#confirm[open]"), browsertest.Holds(`!document.querySelector(".htmx-request")`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, "/runs/r_1/steps/4?tab=critic") || !strings.HasPrefix(tab, "Critic") {
		t.Errorf("at %s, tab %q; the tab did not stay", path, tab)
	}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if slices.Equal(log.Asked(), []string{"stop r_1 by " + ui.Person}) {
			return
		}
		if err := browsertest.Try(ctx, chromedp.Evaluate(`1`, nil)); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("the engine was asked %v", log.Asked())
}
