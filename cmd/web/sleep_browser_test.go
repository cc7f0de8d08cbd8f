package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// A tab is put behind another, a laptop sleeps, and the network goes away while
// a run goes on: each time the page comes back by itself and shows every step once.
func TestSleepingTab(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	id := s.launch(maze(map[string]any{"pace": 0.05, "memory": "off", "max_steps": 160, "early_stop_phi": 10})).ID
	at := func(n int) int { return s.wait(id, func(r launched) bool { return r.Steps >= n }).Steps }
	count := func(n int) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`Number(document.getElementById("count-all").textContent) >= %d`, n))
	}
	live := browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Live")`)
	// On a busy machine the run may be over before the tab is back.
	back := browsertest.Holds(`/Live|Ended/.test(document.getElementById("live-chip").textContent)`)
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id)), shows(3), live)

	// Another tab in front.
	other, stop := chromedp.NewContext(ctx)
	browsertest.Run(t, other, chromedp.Navigate("about:blank"), page.BringToFront())
	n := at(25)
	browsertest.Run(t, ctx, page.BringToFront(), count(n))
	stop()

	// Frozen, as by a laptop that sleeps: nothing runs in the tab.
	lifecycle := func(state page.SetWebLifecycleStateState) chromedp.Action {
		return chromedp.ActionFunc(func(ctx context.Context) error { return page.SetWebLifecycleState(state).Do(ctx) })
	}
	browsertest.Run(t, ctx, lifecycle(page.SetWebLifecycleStateStateFrozen))
	n = at(55)
	browsertest.Run(t, ctx, lifecycle(page.SetWebLifecycleStateStateActive), count(n), back)

	// Offline, longer than a reconnection takes.
	offline := func(on bool) chromedp.Action {
		return network.EmulateNetworkConditions(on, 0, -1, -1)
	}
	browsertest.Run(t, ctx, network.Enable(), offline(true), browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Reconnecting")`))
	time.Sleep(time.Second)
	n = at(100)
	browsertest.Run(t, ctx, offline(false), count(n), back)

	done := s.wait(id, ended)
	browsertest.Run(t, ctx, count(done.Steps), shows(done.Steps))
	oneToN(t, ctx, done.Steps)
	checkLog(t, s.events(id))
}
