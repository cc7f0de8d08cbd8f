package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// A run is watched through real proxies. The page finds the way that each lets
// through, and shows every step once.
func TestWatchedThroughProxies(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	for _, test := range []struct {
		name, label string
		change      func(string) string
		way         string
	}{
		{"the shortest nginx", "nginx short", nil, "event stream"},
		{"nginx with sockets", "nginx sockets", nil, "socket"},
		{"nginx that collects", "nginx short", collecting, "polling"},
		{"caddy", "caddy short", nil, "socket"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := behind(t, s, test.label, test.change)
			id := s.launch(maze(map[string]any{"pace": 0.2, "memory": "off", "max_steps": 2000, "early_stop_phi": 10})).ID
			var at int
			browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(p.url("/runs/"+id)),
				browsertest.Holds(fmt.Sprintf(`document.querySelector("[data-live]").dataset.way === %q`, test.way)),
				chromedp.Evaluate(`document.querySelectorAll("#steps li[id]").length`, &at), shows(at+3))
			if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/stop", nil, nil); status >= 300 {
				t.Fatalf("stop answers %d", status)
			}
			done := s.wait(id, ended)
			browsertest.Run(t, ctx, browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Ended")`))
			oneToN(t, ctx, done.Steps)
		})
	}
}
