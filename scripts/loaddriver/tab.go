package main

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// tab opens a browser's tab, or nothing where there is no browser.
func tab(ctx context.Context) (context.Context, func()) {
	path := browsertest.Path()
	if path == "" {
		fmt.Println("no Chromium found, so no figures of a browser; scripts/setup-tests.sh installs it")
		return nil, func() {}
	}
	allocated, cancel := chromedp.NewExecAllocator(ctx, browsertest.Options(path)...)
	t, stop := chromedp.NewContext(allocated, chromedp.WithErrorf(func(string, ...any) {}))
	return t, func() { stop(); cancel() }
}

// firstRow measures when the first row of a long run is on the screen.
func (s *target) firstRow(ctx context.Context) error {
	t, stop := tab(ctx)
	defer stop()
	if t == nil {
		return nil
	}
	for _, n := range longRuns {
		best := 0.0
		for i := range 5 {
			var painted, rows float64
			err := chromedp.Run(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.base+"/runs/"+longRun(n)), chromedp.Sleep(300*time.Millisecond),
				chromedp.Evaluate(`performance.getEntriesByName("first-contentful-paint")[0].startTime`, &painted),
				chromedp.Evaluate(`document.querySelectorAll("#steps li[id^=s]").length`, &rows))
			if err != nil {
				return err
			}
			if rows == 0 {
				return fmt.Errorf("the page of %s has no rows", longRun(n))
			}
			if i == 0 || painted < best { // the first fills the browser's cache
				best = painted
			}
		}
		fmt.Printf("first row on screen, %6d steps  %8.0f ms   budget 300\n", n, best)
	}
	return nil
}

// following measures the memory of a tab that follows a run live.
func (s *target) following(ctx context.Context, steps int) error {
	t, stop := tab(ctx)
	defer stop()
	if t == nil {
		return nil
	}
	r, err := s.launch(ctx, map[string]any{
		"environment": map[string]any{"name": "maze", "config": map[string]any{"size": 12}},
		"purpose":     "Find the treasure and take it", "seed": 3, "max_steps": steps, "early_stop_phi": 10, "pace": 0.01, "memory": "off"})
	if err != nil {
		return err
	}
	if err := chromedp.Run(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.base+"/runs/"+r.ID), performance.Enable()); err != nil {
		return err
	}
	for _, at := range []int{steps / 4, steps / 2, steps} {
		var shown, rows int
		for shown < at {
			if err := chromedp.Run(t, chromedp.Sleep(200*time.Millisecond), chromedp.Evaluate(`Number(document.getElementById("count-all").textContent.replace(/\D/g, ""))`, &shown),
				chromedp.Evaluate(`document.querySelectorAll("#steps li").length`, &rows)); err != nil {
				return err
			}
		}
		var heap, nodes float64
		err := chromedp.Run(t, heapprofiler.CollectGarbage(), chromedp.ActionFunc(func(ctx context.Context) error {
			metrics, err := performance.GetMetrics().Do(ctx)
			for _, m := range metrics {
				switch m.Name {
				case "JSHeapUsedSize":
					heap = m.Value / (1 << 20)
				case "Nodes":
					nodes = m.Value
				}
			}
			return err
		}))
		if err != nil {
			return err
		}
		fmt.Printf("tab that follows, at %5d steps    %8.1f MB   %6.0f nodes, %d rows\n", shown, heap, nodes, rows)
	}
	return nil
}
