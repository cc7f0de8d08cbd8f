package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// sse reads a run's server-sent events after a number, to their end.
func (s *server) sse(id string, after int64) []event {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url(fmt.Sprintf("/api/v1/runs/%s/events?after=%d", id, after)), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var all []event
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if raw, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var e event
			if err := json.Unmarshal([]byte(raw), &e); err != nil {
				s.t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}

// socket reads a run's websocket after a number, until it is closed.
func (s *server) socket(id string, after int64) (all []event, code int) {
	s.t.Helper()
	conn, response, err := websocket.DefaultDialer.DialContext(s.t.Context(), "ws://"+s.addr+fmt.Sprintf("/api/v1/runs/%s/events?after=%d", id, after), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = response.Body.Close()
	defer func() { _ = conn.Close() }()
	for {
		var e event
		err := conn.ReadJSON(&e)
		var closed *websocket.CloseError
		switch {
		case err == nil:
			all = append(all, e)
			continue
		case asClose(err, &closed):
			return all, closed.Code
		}
		s.t.Fatal(err)
	}
}

func asClose(err error, into **websocket.CloseError) bool {
	c, ok := err.(*websocket.CloseError)
	*into = c
	return ok
}

// The log is the same by JSON, server-sent events and websocket, live and
// afterwards, from the start and after any number.
func TestEventsThreeWays(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"pace": 0.02, "max_steps": 25})).ID
	live, code := s.socket(id, 0)
	checkLog(t, live)
	if code != websocket.CloseNormalClosure {
		t.Errorf("the socket of a finished run closed with %d, want 1000", code)
	}
	same := func(name string, got, want []event) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %d events, want %d", name, len(got), len(want))
		}
		for i := range want {
			if got[i].Seq != want[i].Seq || got[i].Kind != want[i].Kind || !bytes.Equal(got[i].Data, want[i].Data) {
				t.Fatalf("%s: event %d is %+v, want %+v", name, i, got[i], want[i])
			}
		}
	}
	same("JSON", s.events(id), live)
	same("server-sent events", s.sse(id, 0), live)
	for _, after := range []int64{1, 7, int64(len(live)) - 1, int64(len(live))} {
		rest, code := s.socket(id, after)
		same(fmt.Sprint("socket after ", after), rest, live[after:])
		same(fmt.Sprint("server-sent events after ", after), s.sse(id, after), live[after:])
		if code != websocket.CloseNormalClosure {
			t.Errorf("after %d the socket closed with %d, want 1000", after, code)
		}
	}
}

func TestSocketsCloseWith1012OnShutdown(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"pace": 0.05})).ID
	s.wait(id, func(r launched) bool { return r.Steps >= 2 })
	codes := make(chan int, 2)
	for _, path := range []string{"/api/v1/runs/" + id + "/events", "/runs/" + id + "/live?after=0"} {
		conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+s.addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		defer func() { _ = conn.Close() }()
		if _, _, err := conn.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				_, _, err := conn.ReadMessage()
				var closed *websocket.CloseError
				if asClose(err, &closed) {
					codes <- closed.Code
					return
				}
				if err != nil {
					codes <- -1
					return
				}
			}
		}()
	}
	s.stop()
	for range 2 {
		if code := <-codes; code != websocket.CloseServiceRestart {
			t.Errorf("a socket closed with %d, want 1012", code)
		}
	}
}

func TestOtherHostNamesAreRefused(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url("/runs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "rebound.example"
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host name answers %d, want 421", response.StatusCode)
	}
}
