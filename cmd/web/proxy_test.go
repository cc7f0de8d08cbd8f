package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// asks makes a request to the proxy as a browser's page there would.
func (p proxy) asks(method, path, body string, headers ...string) (int, string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.url(path), bytes.NewReader([]byte(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if at := response.Header.Get("Location"); at != "" {
		raw = []byte(at)
	}
	return response.StatusCode, string(raw)
}

// passesSocket reports whether a websocket opens through the proxy.
func (p proxy) passesSocket(path string) bool {
	p.t.Helper()
	conn, response, err := websocket.DefaultDialer.DialContext(p.t.Context(), "ws://"+p.addr+path, http.Header{"Origin": {"http://" + p.addr}})
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	_, _, err = conn.ReadMessage()
	_ = conn.Close()
	return err == nil
}

// passesEvents reports whether two frames, the second of them small, come
// through the proxy while the stream is open.
func (p proxy) passesEvents(path string, within time.Duration) bool {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url(path), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	lines, frames := bufio.NewReaderSize(response.Body, 1<<20), 0
	for frames < 2 {
		line, err := lines.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.HasPrefix(line, "data: {") {
			frames++
		}
	}
	return true
}

// Every configuration of docs/proxy.md, with the real proxy: what passes it,
// pages and their links, what changes something, and who is refused.
func TestProxies(t *testing.T) {
	strip := func(config string) string { // takes the prefix away
		return strings.Replace(config, "proxy_pass http://127.0.0.1:8080;", "proxy_pass http://127.0.0.1:8080/;", 1)
	}
	for _, test := range []struct {
		name, label    string
		change         func(string) string
		base           string
		socket, events bool
	}{
		{"nginx, the shortest", "nginx short", nil, "", false, true},
		{"nginx with sockets", "nginx sockets", nil, "", true, true},
		{"nginx that collects", "nginx short", collecting, "", false, false},
		{"nginx below a path", "nginx prefix", nil, "/purpose", true, true},
		{"nginx that takes the path away", "nginx prefix", strip, "/purpose", true, true},
		{"caddy", "caddy short", nil, "", true, true},
		{"caddy below a path", "caddy prefix", nil, "/purpose", true, true},
		{"apache", "apache sockets", nil, "", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			flags := []string{}
			if test.base != "" {
				flags = append(flags, "--base-path", test.base)
			}
			port := freePort(t)
			s := serve(t, t.TempDir(), "127.0.0.1:"+port, append(flags, "--host", "purpose.example:8443")...)
			p := behind(t, s, test.label, test.change)

			// A page, its style sheet, and the way from the front door.
			status, page := p.asks("GET", test.base+"/runs/new", "")
			if status != http.StatusOK || !strings.Contains(page, `action="`+test.base+`/runs`) {
				t.Fatalf("the form answers %d: %.300s", status, page)
			}
			_, sheet, _ := strings.Cut(page, `rel="stylesheet" href="`)
			sheet, _, _ = strings.Cut(sheet, `"`)
			if status, _ := p.asks("GET", sheet, ""); status != http.StatusOK {
				t.Errorf("the style sheet at %s answers %d", sheet, status)
			}
			if status, to := p.asks("GET", test.base+"/", ""); status != http.StatusSeeOther || !strings.HasSuffix(to, test.base+"/runs") {
				t.Errorf("the front door answers %d to %s", status, to)
			}

			// A page of the proxy's address may launch, over HTTPS and over HTTP; others may not.
			spec := `{"environment":{"name":"maze","config":{"size":8}},"purpose":"Find the treasure and take it","seed":3,"max_steps":400,"early_stop_phi":10,"pace":0.05,"memory":"off"}`
			launch := func(headers ...string) (int, string) {
				return p.asks("POST", test.base+"/api/v1/runs", spec, append([]string{"Content-Type", "application/json"}, headers...)...)
			}
			status, body := launch("Origin", "http://"+p.addr, "Sec-Fetch-Site", "same-origin")
			if status != http.StatusCreated {
				t.Fatalf("a launch from the page answers %d: %s", status, body)
			}
			var run struct{ ID string }
			if err := json.Unmarshal([]byte(body), &run); err != nil {
				t.Fatal(err)
			}
			for _, origin := range []string{"http://purpose.example:8443", "https://PURPOSE.example.:8443"} {
				if status, body := launch("Origin", origin); status != http.StatusCreated {
					t.Errorf("a launch from %s answers %d: %s", origin, status, body)
				}
			}
			for _, origin := range []string{"http://elsewhere.example", "https://purpose.example:9999", "null"} {
				if status, body := launch("Origin", origin); status != http.StatusForbidden {
					t.Errorf("a launch from %s answers %d: %s", origin, status, body)
				}
			}

			live := test.base + "/runs/" + run.ID + "/live?after=0"
			if got := p.passesSocket(live); got != test.socket {
				t.Errorf("a socket passes: %v, want %v", got, test.socket)
			}
			patience := 20 * time.Second
			if !test.events {
				patience = 3 * time.Second
			}
			if got := p.passesEvents(live, patience); got != test.events {
				t.Errorf("an event stream passes: %v, want %v", got, test.events)
			}
			status, body = p.asks("GET", live+"&first=1", "", "Accept", "application/json")
			if status != http.StatusOK || !strings.Contains(body, `"frames":[{"from":0`) {
				t.Errorf("a poll answers %d: %.200s", status, body)
			}
			status, body = p.asks("GET", test.base+"/api/openapi.json", "")
			if status != http.StatusOK || test.base != "" && !strings.Contains(body, `"servers":[{"url":"`+test.base+`"}]`) {
				t.Errorf("the API's description answers %d and does not name %q", status, test.base)
			}
		})
	}
}
