package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/runpage"
)

// watcher is a page as the stream sees it: it keeps rows by their number and
// the last event it handled.
type watcher struct {
	t       testing.TB
	conn    *websocket.Conn
	cursor  int64
	rows    []int
	status  string
	close   int    // code of the close frame
	thought string // what stands in the place of a thought
}

// liveServer serves a run log over a real socket.
func liveServer(t testing.TB, log *pagetest.RunLog) (site, string) {
	t.Helper()
	s := newSite(t, log)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, "ws" + strings.TrimPrefix(web.URL, "http")
}

func watch(t testing.TB, address, run string, after int64) *watcher {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(fmt.Sprintf("%s/runs/%s/live?after=%d", address, run, after), nil)
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, response)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return &watcher{t: t, conn: conn, cursor: after}
}

// next handles one frame. It reports false when the stream was closed.
func (w *watcher) next() bool {
	w.t.Helper()
	if err := w.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	_, raw, err := w.conn.ReadMessage()
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		w.close = closed.Code
		return false
	}
	if err != nil {
		w.t.Fatalf("read: %v", err)
	}
	var f frameJSON
	if err := json.Unmarshal(raw, &f); err != nil {
		w.t.Fatal(err)
	}
	if f.From != w.cursor {
		w.t.Fatalf("a frame from %d came after event %d", f.From, w.cursor)
	}
	w.cursor = f.To
	for _, row := range f.Rows {
		if !strings.Contains(row.HTML, fmt.Sprintf(`id="s%d"`, row.N)) {
			w.t.Fatalf("row %d is %s", row.N, row.HTML)
		}
		w.rows = append(w.rows, row.N)
	}
	if html, ok := f.HTML["run-next"]; ok {
		w.thought = html
	}
	if f.Data != nil {
		w.status = f.Data.Status
	}
	return true
}

// until reads frames until the cursor is at seq.
func (w *watcher) until(seq int64) {
	w.t.Helper()
	for w.cursor < seq {
		if !w.next() {
			w.t.Fatalf("closed with %d at event %d", w.close, w.cursor)
		}
	}
}

// end reads until the stream is closed and returns the code.
func (w *watcher) end() int {
	w.t.Helper()
	for w.next() {
	}
	return w.close
}

// Steps that are there, steps that come, and a run that ends: each row once,
// in order, and 1000 at the end.
func TestLiveFromTheStartToTheEnd(t *testing.T) {
	log := pagetest.LiveLog(t, 3)
	_, address := liveServer(t, log)
	w := watch(t, address, "r_1", 0)
	w.until(5)
	log.Take("r_1", 20)
	w.until(11)
	log.Take("r_1", 5)
	log.Finish("r_1", true)
	if code := w.end(); code != websocket.CloseNormalClosure {
		t.Errorf("closed with %d, want 1000", code)
	}
	if !slices.Equal(w.rows, pagetest.Numbers(1, 28)) || w.status != "finished" {
		t.Errorf("got rows %v, status %s", w.rows, w.status)
	}
}

// A viewer whose connection is cut resumes at its cursor: nothing twice,
// nothing lost, whatever happened in between.
func TestLiveResumes(t *testing.T) {
	log := pagetest.LiveLog(t, 2)
	_, address := liveServer(t, log)
	w := watch(t, address, "r_1", 0)
	w.until(4)
	for range 5 {
		if err := w.conn.NetConn().(*net.TCPConn).SetLinger(0); err != nil {
			t.Fatal(err)
		}
		_ = w.conn.NetConn().Close() // cut, not closed
		log.Take("r_1", 7)
		again := watch(t, address, "r_1", w.cursor)
		again.rows = w.rows
		w = again
		run, _ := log.Get(context.Background(), "r_1")
		w.until(run.LastSeq - 3)
	}
	log.Finish("r_1", false)
	if code := w.end(); code != websocket.CloseNormalClosure {
		t.Errorf("closed with %d, want 1000", code)
	}
	if !slices.Equal(w.rows, pagetest.Numbers(1, 37)) {
		t.Errorf("got rows %v", w.rows)
	}
}

func TestLiveOfAnEndedRun(t *testing.T) {
	log := pagetest.LiveLog(t, 600)
	log.Finish("r_1", true)
	_, address := liveServer(t, log)
	for _, test := range []struct {
		name  string
		after int64
		want  []int
	}{
		{"all of it", 0, pagetest.Numbers(1, 600)},
		{"the last steps", 591, pagetest.Numbers(590, 600)},
		{"nothing new", 604, nil},
		{"from a future that never was", 9999, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := watch(t, address, "r_1", test.after)
			w.cursor = min(test.after, 604)
			if code := w.end(); code != websocket.CloseNormalClosure || !slices.Equal(w.rows, test.want) || w.status != "finished" {
				t.Errorf("got code %d, %d rows, status %q; want 1000, %d rows, finished", code, len(w.rows), w.status, len(test.want))
			}
		})
	}
}

// Many watch, some come late and some leave; all see the same.
func TestLiveManyViewers(t *testing.T) {
	log := pagetest.LiveLog(t, 1)
	s, address := liveServer(t, log)
	var group sync.WaitGroup
	got := make([][]int, 40)
	for i := range got {
		w := watch(t, address, "r_1", 0)
		group.Go(func() {
			if w.end() == websocket.CloseNormalClosure {
				got[i] = w.rows
			}
		})
		log.Take("r_1", 1)
		if i%10 == 5 {
			leaver := watch(t, address, "r_1", 0)
			leaver.until(2)
			_ = leaver.conn.Close()
		}
	}
	log.Finish("r_1", true)
	group.Wait()
	for i, rows := range got {
		if !slices.Equal(rows, pagetest.Numbers(1, 41)) {
			t.Errorf("viewer %d saw %v", i, rows)
		}
	}
	s.Close()
	if n := len(s.live.byRun); n != 0 {
		t.Errorf("%d broadcasters are left", n)
	}
}

// One who does not read holds up nobody and nothing.
func TestLiveStalledViewerSlowsNobody(t *testing.T) {
	log := pagetest.LiveLog(t, 1)
	s, address := liveServer(t, log)
	stalled := watch(t, address, "r_1", 0)
	w := watch(t, address, "r_1", 0)
	for n := range 20 {
		log.Take("r_1", 100)
		w.until(int64(3 + 100*(n+1)))
	}
	s.bounded(t)
	log.Finish("r_1", true)
	if code := w.end(); code != websocket.CloseNormalClosure || len(w.rows) != 2001 {
		t.Errorf("got code %d, %d rows", code, len(w.rows))
	}
	_ = stalled.conn.Close()
}

func TestLiveClosesOnShutdown(t *testing.T) {
	log := pagetest.LiveLog(t, 1)
	s, address := liveServer(t, log)
	w := watch(t, address, "r_1", 0)
	w.until(3)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Close()
	}()
	if code := w.end(); code != websocket.CloseServiceRestart {
		t.Errorf("closed with %d, want 1012", code)
	}
	<-done
	_, response, err := websocket.DefaultDialer.Dial(address+"/runs/r_1/live?after=0", nil)
	if err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new viewer got %v, %v; want 503", response, err)
	}
	_ = response.Body.Close()
}

// A page of another site may not listen.
func TestLiveRefusesOtherOrigins(t *testing.T) {
	_, address := liveServer(t, pagetest.LiveLog(t, 1))
	_, response, err := websocket.DefaultDialer.Dial(address+"/runs/r_1/live?after=0", http.Header{"Origin": {"http://elsewhere.example"}})
	if err == nil || response.StatusCode != http.StatusForbidden {
		t.Fatalf("got %v, %v; want 403", response, err)
	}
	_ = response.Body.Close()
}

// A live page and a reloaded page show the same: what the frames put in their
// places is what the page itself is made of.
func TestLiveIsWhatTheReloadedPageShows(t *testing.T) {
	log := pagetest.LiveLog(t, 1)
	s, address := liveServer(t, log)
	w := watch(t, address, "r_1", 0)
	log.Take("r_1", 9)
	log.Finish("r_1", true)
	shown := map[string]string{}
	for {
		_, raw, err := w.conn.ReadMessage()
		if err != nil {
			break
		}
		var f frameJSON
		if err := json.Unmarshal(raw, &f); err != nil {
			t.Fatal(err)
		}
		maps.Copy(shown, f.HTML)
	}
	page := pagetest.Ask(s, http.MethodGet, "/runs/r_1", "").Body.String()
	if len(shown) < 10 {
		t.Fatalf("the frames carried %d parts", len(shown))
	}
	for id, html := range shown {
		if !strings.Contains(page, html) {
			t.Errorf("%s differs: %s", id, html)
		}
	}
}

func BenchmarkLiveFrame(b *testing.B) {
	log := pagetest.LiveLog(b, 60)
	s := newSite(b, log)
	run, _ := log.Get(context.Background(), "r_1")
	points, _ := log.PhiLine(context.Background(), "r_1")
	steps := log.StepsOf("r_1")[59:]
	for b.Loop() {
		html, err := s.singletons(context.Background(), run, points, runpage.Ending{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.newFrame(context.Background(), "r_1", 60, 61, steps, html, dataOf(run)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLive100Viewers measures from a step in the log to the frame at
// every one of 100 viewers of one run.
func BenchmarkLive100Viewers(b *testing.B) {
	log := pagetest.NewRunLog(b)
	log.Add(pagetest.SampleRun("r_1", 100_000))
	log.Emit("r_1", pagetest.Noon, pagetest.SampleStart())
	_, address := liveServer(b, log)
	const viewers = 100
	arrived := make(chan time.Time, viewers)
	var group sync.WaitGroup
	for range viewers {
		w := watch(b, address, "r_1", 0)
		w.until(2)
		group.Go(func() {
			for {
				_, raw, err := w.conn.ReadMessage()
				if err != nil {
					return
				}
				if strings.Contains(string(raw), `"rows":[`) {
					arrived <- time.Now()
				}
			}
		})
	}
	var delays []time.Duration
	for b.Loop() {
		start := time.Now()
		log.Take("r_1", 1)
		for range viewers {
			delays = append(delays, (<-arrived).Sub(start))
		}
	}
	log.Finish("r_1", true)
	group.Wait()
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(delays[len(delays)*95/100].Microseconds())/1000, "ms-p95")
}

// What the actor is thinking is shown while it thinks, moves no cursor, and is
// gone with its step.
func TestLiveThought(t *testing.T) {
	log := pagetest.LiveLog(t, 3)
	var thinking engineThinking
	s := newSite(t, log, func(c *Config) { c.Thinking = thinking.look })
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	w := watch(t, "ws"+strings.TrimPrefix(web.URL, "http"), "r_1", 0)
	w.until(5)
	thinking.note(4, "I should <go> ea")
	for !strings.Contains(w.thought, "I should &lt;go&gt; ea") {
		if !w.next() {
			t.Fatal("closed")
		}
	}
	if w.cursor != 5 || !strings.Contains(w.thought, "Thinking about step 4") {
		t.Errorf("at %d: %s", w.cursor, w.thought)
	}
	thinking.note(9, "of another step")
	log.Take("r_1", 1)
	w.until(6)
	if strings.Contains(w.thought, "of another step") || strings.Contains(w.thought, "I should") {
		t.Errorf("after its step it is still %s", w.thought)
	}
	log.Finish("r_1", true)
	if code := w.end(); code != websocket.CloseNormalClosure {
		t.Errorf("closed with %d, want 1000", code)
	}
}

// engineThinking is one run's thought.
type engineThinking struct {
	mu      sync.Mutex
	step    int
	text    string
	changed chan struct{}
}

func (e *engineThinking) note(step int, text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.step, e.text = step, text
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

func (e *engineThinking) look(string) (int, string, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return e.step, e.text, e.changed
}
