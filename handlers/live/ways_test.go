package live

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
)

// line is one answer of the live address, by one of the ways without a socket.
func line(t *testing.T, address, accept, query string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(address, "ws")+"/runs/r_1/live?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// handled is what a page makes of frames, whichever way they came.
type handled struct {
	cursor int64
	rows   []int
}

func (h *handled) take(t *testing.T, raw []byte) {
	t.Helper()
	var f frameJSON
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if f.From > h.cursor {
		t.Fatalf("a frame from %d came after event %d", f.From, h.cursor)
	}
	for _, row := range f.Rows {
		if !slices.Contains(h.rows, row.N) {
			h.rows = append(h.rows, row.N)
		}
	}
	h.cursor = max(h.cursor, f.To)
}

// A page goes from a socket to an event stream to polling with one cursor: each
// row once, in order, and the end is told in each.
func TestLiveThreeWays(t *testing.T) {
	log := pagetest.LiveLog(t, 3)
	_, address := liveServer(t, log)
	w := watch(t, address, "r_1", 0)
	w.until(5)
	page := handled{w.cursor, w.rows}
	_ = w.conn.Close()

	log.Take("r_1", 5)
	stream := line(t, address, EventStream, fmt.Sprint("after=", page.cursor))
	for name, want := range map[string]string{"Content-Type": EventStream, "X-Accel-Buffering": "no", "Cache-Control": "no-store, no-transform"} {
		if got := stream.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	lines := bufio.NewScanner(stream.Body)
	lines.Buffer(nil, 1<<20)
	for page.cursor < 10 && lines.Scan() {
		if raw, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			page.take(t, []byte(raw))
		}
	}
	_ = stream.Body.Close()

	log.Take("r_1", 300) // more than a frame holds
	ask := func(more string) (end int) {
		var got polled
		if err := json.NewDecoder(line(t, address, "application/json", fmt.Sprint("after=", page.cursor, more)).Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		for _, raw := range got.Frames {
			page.take(t, raw)
		}
		return got.End
	}
	for page.cursor < 310 {
		if ask("&first=1") != 0 {
			t.Fatal("it has ended too early")
		}
	}
	waiting := make(chan int)
	go func() { waiting <- ask("") }() // a question that waits for something new
	log.Finish("r_1", true)
	end := <-waiting
	for end == 0 {
		end = ask("")
	}
	if end != 1000 || !slices.Equal(page.rows, pagetest.Numbers(1, 308)) {
		t.Errorf("ended with %d, %d rows", end, len(page.rows))
	}
	last := line(t, address, EventStream, "after=5")
	lines = bufio.NewScanner(last.Body)
	lines.Buffer(nil, 1<<20)
	ended := false
	for lines.Scan() {
		ended = ended || strings.HasPrefix(lines.Text(), "event: end")
		if raw, ok := strings.CutPrefix(lines.Text(), "data: "); ok && ended && !strings.Contains(raw, `"code":1000`) {
			t.Errorf("the stream ends with %s", raw)
		}
	}
	if !ended {
		t.Error("the stream does not tell its end")
	}
}

// A websocket whose upgrade a proxy took out is refused at once, so that the
// page need not wait; a stream and a question are told of a restart.
func TestLiveRefusals(t *testing.T) {
	s, address := liveServer(t, pagetest.LiveLog(t, 3))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(address, "ws")+"/runs/r_1/live?after=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-WebSocket-Key", "x")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("answers %d, want 426", response.StatusCode)
	}
	stream := line(t, address, EventStream, "after=0")
	s.Close()
	lines, told := bufio.NewScanner(stream.Body), false
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		told = told || strings.Contains(lines.Text(), `"code":1012`)
	}
	if !told {
		t.Error("the stream is not told of the restart")
	}
	if again := line(t, address, "application/json", "after=0"); again.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a question during a stop answers %d, want 503", again.StatusCode)
	}
}
