package live

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"purposeagent/handlers/pagetest"
)

// changes counts changes of something that a page shows.
type changes struct {
	mu   sync.Mutex
	n    int64
	over bool
	next chan struct{}
}

func (c *changes) changed() (int64, bool, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n, c.over, c.next
}

func (c *changes) tell(over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.over = over
	close(c.next)
	c.next = make(chan struct{})
}

// Pages that ask for all that is new are told of each change in all three ways, and of
// the end; one that comes back is told what it missed, and one of before a restart too.
func TestWatchingChanges(t *testing.T) {
	s := newSite(t, pagetest.LiveLog(t, 1))
	c := &changes{n: 5, next: make(chan struct{})}
	e := echo.New()
	e.GET("/changes", func(ctx echo.Context) error { return s.Watch(ctx, c.changed) })
	web := httptest.NewServer(e)
	t.Cleanup(web.Close)
	socket := func(after string) *watcher {
		conn, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(web.URL, "http")+"/changes?after="+after, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		t.Cleanup(func() { _ = conn.Close() })
		at, _, _ := c.changed()
		return &watcher{t: t, conn: conn, cursor: at}
	}
	w := socket("5")
	if !w.next() || w.cursor != 5 {
		t.Fatalf("at once it is at %d", w.cursor)
	}
	c.tell(false)
	w.until(6)
	if missed := socket("900"); !missed.next() {
		t.Error("a page that has seen more than there is gets nothing")
	}
	ask := func(after string) (answer polled) {
		t.Helper()
		response := pagetest.Ask(e, http.MethodGet, "/changes?after="+after, "", "Accept", echo.MIMEApplicationJSON)
		if err := json.Unmarshal(response.Body.Bytes(), &answer); err != nil || response.Code != http.StatusOK {
			t.Fatal(response.Code, response.Body, err)
		}
		return answer
	}
	if got := ask("5"); len(got.Frames) != 1 || !strings.Contains(string(got.Frames[0]), `"to":6`) {
		t.Errorf("asked, it says %s", got.Frames)
	}
	told := make(chan polled)
	go func() { told <- ask("6") }()
	time.Sleep(20 * time.Millisecond) // it waits by now, or has not asked yet: either is right
	c.tell(true)
	if got := <-told; len(got.Frames) != 1 {
		t.Errorf("of the last change it says %s", got.Frames)
	}
	if got := ask("7"); len(got.Frames) != 0 || got.End != websocket.CloseNormalClosure {
		t.Errorf("at the end it says %s, %d", got.Frames, got.End)
	}
	if code := w.end(); code != websocket.CloseNormalClosure || w.cursor != 7 {
		t.Errorf("the socket is closed with %d at %d", code, w.cursor)
	}
	for query, want := range map[string]int{"": 422, "?after=-1": 422, "?after=" + strings.Repeat("x", 5000): 422} {
		err := s.Watch(e.NewContext(httptest.NewRequest(http.MethodGet, "/changes"+query, nil), httptest.NewRecorder()), c.changed)
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("%.20q is answered with %v, want %d", query, err, want)
		}
	}
	s.Close()
	if err := s.Watch(e.NewContext(httptest.NewRequest(http.MethodGet, "/changes?after=1", nil), httptest.NewRecorder()), c.changed); err == nil {
		t.Error("it is watched after the end")
	}
}
