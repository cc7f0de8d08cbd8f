package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

// TestDetailFollowsSlowly lets steps come faster than their details load: each
// load that was begun is finished, the next one takes the newest step, and at the
// end the last step is shown.
func TestDetailFollowsSlowly(t *testing.T) {
	ctx := browsertest.New(t)
	log := pagetest.LiveLog(t, 1)
	s := sitetest.OfRuns(t, log)
	const delay = 300 * time.Millisecond
	var begun, broken atomic.Int64
	details := regexp.MustCompile(`^/runs/r_1/steps/\d+$`)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if details.MatchString(r.URL.Path) && r.Header.Get("HX-Request") != "" {
			begun.Add(1)
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
				broken.Add(1)
				return
			}
		}
		s.ServeHTTP(w, r)
	}))
	defer web.Close()
	browsertest.Run(t, ctx, chromedp.Navigate(web.URL+"/runs/r_1"), chipSays("Live"), chromedp.WaitVisible(`[data-shown="1"]`),
		chromedp.Evaluate(`window.shown = new Set(); new MutationObserver(() => {
			const step = document.querySelector("[data-shown]")?.dataset.shown;
			if (step) shown.add(Number(step));
		}).observe(document.getElementById("detail"), {childList: true, subtree: true})`, nil))
	const steps = 31
	for n := range steps - 1 { // a step every 80 ms: three or four come while one loads
		log.Take("r_1", 1)
		if n == steps/2 {
			rowsOnPage(t, ctx, n+2)
		}
		time.Sleep(80 * time.Millisecond)
	}
	var shown []int
	browsertest.Run(t, ctx, browsertest.Holds(`document.querySelector("[data-shown]")?.dataset.shown === "31"`), chromedp.Evaluate(`[...shown]`, &shown))
	if n := broken.Load(); n > 0 {
		t.Errorf("%d of %d loads of a detail were given up half-way", n, begun.Load())
	}
	if len(shown) < 3 || begun.Load() > steps {
		t.Errorf("while %d steps came, the details of %v were shown, in %d loads", steps, shown, begun.Load())
	}
}

// TestRailInABrowser reads the numbers beside Runs on a page that stays open: each
// number stands there once, and they go on and off with the runs, without a reload.
func TestRailInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	log := pagetest.LiveLog(t, 2)
	web := httptest.NewServer(sitetest.OfRuns(t, log))
	defer web.Close()
	const entry = `document.querySelector('[data-count="Runs"]').closest("a").innerText.replace(/\s+/g, " ").trim()`
	says := func(want string) chromedp.Action { return browsertest.Holds(entry + ` === ` + "`" + want + "`") }
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(web.URL+"/runs/r_1"), chipSays("Live"), says("Runs 1"))
	var all string
	browsertest.Run(t, ctx, chromedp.Evaluate(`document.querySelector('[data-count="Runs"]').closest("a").outerHTML`, &all))
	if strings.Count(all, ">1<") != 1 {
		t.Errorf("the number is there more than once: %s", all)
	}
	log.Finish("r_1", true)
	browsertest.Run(t, ctx, chipSays("Ended"), says("Runs"))
}
