package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// watchShifts adds up what moves on a page by itself, as the browser measures it.
const watchShifts = `if (!window.shifts) { window.shifts = {sum: 0, n: 0, what: []};
new PerformanceObserver(list => {
	for (const entry of list.getEntries()) {
		if (entry.hadRecentInput) continue;
		shifts.sum += entry.value;
		shifts.n++;
		shifts.what.push(entry.value.toFixed(4) + " " + entry.sources.map(s => {
			const e = s.node?.nodeType === 1 ? s.node : s.node?.parentElement, r = (q) => [q.x, q.y, q.width, q.height].map(Math.round).join(",");
			return (e?.id ? "#" + e.id : e?.tagName + "." + e?.className) + " " + r(s.previousRect) + " → " + r(s.currentRect);
		}).join("; "));
	}
}).observe({type: "layout-shift", buffered: true}); }`

// A run that is watched from its first step to its end moves nothing on the
// page but what was asked for.
func TestLiveRunMovesNothing(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"wide", 1440, 900}, {"phone", 375, 812}} {
		t.Run(size.name, func(t *testing.T) {
			id := s.launch(maze(map[string]any{"pace": 0.1, "max_steps": 60, "early_stop_phi": 10})).ID
			var sum float64
			var n int
			var what []string
			browsertest.Run(t, ctx, chromedp.EmulateViewport(size.width, size.height), chromedp.ActionFunc(func(ctx context.Context) error {
				_, err := page.AddScriptToEvaluateOnNewDocument(watchShifts).Do(ctx)
				return err
			}), chromedp.Navigate(s.url("/runs/"+id)), browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Ended")`),
				chromedp.Evaluate(`new Promise(done => setTimeout(done, 500))`, nil, awaited),
				chromedp.Evaluate(`shifts.sum`, &sum), chromedp.Evaluate(`shifts.n`, &n), chromedp.Evaluate(`shifts.what`, &what))
			t.Logf("%d shifts, sum %.4f", n, sum)
			if sum >= 0.05 {
				t.Errorf("what moved: %d times, in all %.3f, want less than 0.05:", n, sum)
				for _, line := range what {
					t.Log(line)
				}
			}
		})
	}
}

// awaited makes an evaluation wait for the promise that it is.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
