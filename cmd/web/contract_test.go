package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"purposeagent/internal/commands"
)

// raw sends a request as it stands, and returns the answer's status and body.
func (s *server) raw(request string) (int, string) {
	s.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatalf("the request could not be sent: %v", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatalf("no answer: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// What the router, the middleware and the address refuse has the API's form.
func TestEveryErrorHasOneForm(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	port := s.addr[strings.LastIndex(s.addr, ":")+1:]
	get := func(host, path, more string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + more + "\r\n"
	}
	large := strings.Repeat("x", 12<<20)
	post := func(path, kind string) string { // all of it is sent before the answer is read
		return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + kind + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", len(large)) + large
	}
	chunked := "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
		fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(large), large)
	tests := []struct {
		name, request string
		status        int
		says          string
	}{
		{"host in capitals", get("LOCALHOST:"+port, "/api/v1/models", ""), 200, ""},
		{"host with a final dot", get("localhost.:"+port, "/api/v1/models", ""), 200, ""},
		{"host without a port", get("LocalHost.", "/api/v1/models", ""), 200, ""},
		{"an address of six", get("[::1]:"+port, "/api/v1/models", ""), 200, ""},
		{"another host", get("evil.example", "/api/v1/models", ""), 421, "evil.example"},
		{"no such route", get("localhost", "/api/v1/nothing", ""), 404, "/api/v1/nothing"},
		{"no such method", "PUT /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 405, "PUT"},
		{"another site's page", "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n", 403, "another site"},
		{"events without a run", get("localhost", "/api/v1/runs/r_none/events", ""), 404, "r_none"},
		{"events after a word", get("localhost", "/api/v1/runs/r_none/events?after=x", ""), 422, "whole number"},
		{"events with an odd parameter", get("localhost", "/api/v1/runs/r_none/events?since=1", ""), 422, "no such parameter"},
		{"a large body", post("/api/v1/runs", "application/json"), 413, "at most"},
		{"a large body in chunks", chunked, 413, "at most"},
		{"a large body of another type", post("/api/v1/runs", "text/csv"), 415, "Content-Type: application/json"},
		{"a large body for no route", post("/api/v1/nothing", "application/json"), 404, "/api/v1/nothing"},
		{"a large body for another method", post("/api/v1/models", "application/json"), 405, "POST"},
		{"a large body for an unknown run", post("/api/v1/runs/r_none/note", "application/json"), 413, "at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := s.raw(tt.request)
			if status != tt.status {
				t.Fatalf("answered %d %.300s, want %d", status, body, tt.status)
			}
			var failed apiError
			if status != http.StatusOK && (json.Unmarshal([]byte(body), &failed) != nil || failed.Error.Code == "" || !strings.Contains(failed.Error.Message, tt.says)) {
				t.Errorf("answered %.300s, want the form of errors with %q", body, tt.says)
			}
		})
	}
	if status, _ := s.raw(post("/runs/new", "application/x-www-form-urlencoded")); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form answered %d, want 413", status)
	}
	response, err := http.Post(s.url("/api/v1/models"), "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if allow := response.Header.Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("405 allows %q, want GET in it", allow)
	}
}

// A pack goes out and comes in again by each of the three ways, with the mark
// that an editor puts before it too.
func TestPackGoesRound(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "")
	rule := map[string]any{"environment": "maze", "tier": "strategic", "title": "Take keys first", "pattern": "a key is here", "strategy": "take the key"}
	if status := s.call(http.MethodPost, "/api/v1/heuristics", rule, nil); status != http.StatusCreated {
		t.Fatalf("teaching answered %d", status)
	}
	var pack json.RawMessage
	if status := s.call(http.MethodGet, "/api/v1/library/pack", nil, &pack); status != http.StatusOK {
		t.Fatalf("export answered %d", status)
	}
	marked := append([]byte("\xef\xbb\xbf"), pack...)
	for name, raw := range map[string][]byte{"as it came": pack, "with a byte order mark": marked} {
		var report struct{ Known map[string]string }
		if status := s.call(http.MethodPost, "/api/v1/library/pack", raw, &report); status != http.StatusOK || len(report.Known) != 1 {
			t.Errorf("%s: posting it back answered %d %+v", name, status, report)
		}
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		file, err := w.CreateFormFile("pack", "pack.json")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = file.Write(raw)
		_ = w.Close()
		response, err := http.Post(s.url("/library/import"), w.FormDataContentType(), &form)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("said the same")) {
			t.Errorf("%s: the page answered %d", name, response.StatusCode)
		}
	}
	s.stop()
	path := filepath.Join(t.TempDir(), "pack.json")
	if err := os.WriteFile(path, marked, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--check"}, nil} {
		out, err := exec.CommandContext(t.Context(), builtProgram, append(append([]string{"library", "import", "--data", data}, args...), path)...).CombinedOutput()
		if err != nil {
			t.Errorf("library import %v: %v %s", args, err, out)
		}
	}
}

// Searches with the operators of full-text search find or are refused by name;
// none of them is a fault of ours.
func TestOddSearches(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	for _, q := range []string{"don%27t", "a%22b", "%2A", "NEAR%28a", "multi-agent", "col%3Ax", "phi%3A%3ENaN", "%00", "%C3%BC%F0%9F%98%80", "-", "%28%29", "AND", "%22", "a%00b"} {
		for _, list := range []string{"runs", "heuristics", "trajectories", "experiments"} {
			if status := s.call(http.MethodGet, "/api/v1/"+list+"?q="+q, nil, nil); status != http.StatusOK && status != http.StatusUnprocessableEntity {
				t.Errorf("%s?q=%s answered %d", list, q, status)
			}
		}
	}
}

// Data folders may have the characters that mean something in a database's address.
func TestOddDataFolders(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b", "a?mode=ro", "a#b", "a%41b", "ünï", "it's"} {
		data := filepath.Join(dir, name)
		cmd := exec.CommandContext(t.Context(), builtProgram, "run", "--data", data, "-e", "maze", "-p", "Find the treasure and take it", "--seed", "3", "--max-steps", "1")
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != commands.ExitUnsolved && code != 0 {
			t.Errorf("%s: %v %s", name, err, out)
		}
		if _, err := os.Stat(filepath.Join(data, "purpose.db")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 6 {
		t.Errorf("%d folders, %v", len(entries), err)
	}
}
