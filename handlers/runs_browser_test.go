package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

// The list asks again while a run in it is live, keeps a selection, deletes
// what was selected after a question, and is quiet when everything has ended.
func TestRunsListInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	log := pagetest.SampleLog(t)
	s := sitetest.OfRuns(t, log)
	var asked atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.Header.Get("HX-Target"), "#runs") {
			asked.Add(1)
		}
		s.ServeHTTP(w, r)
	}))
	defer web.Close()
	run := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := browsertest.Try(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	running := `document.querySelectorAll("#runs .state.running").length`
	run("open", chromedp.Navigate(web.URL+"/runs"), browsertest.Holds(running+` === 1`))
	log.Finish("r_running", true)
	run("refreshes itself", browsertest.Holds(running+` === 0`), browsertest.Holds(`document.querySelector("#run-r_running .outcome.ok") !== null`))

	run("select and ask", chromedp.Click(`#run-r_queued .check`), browsertest.Holds(`!document.querySelector("[data-bulk]").hidden`),
		browsertest.Holds(`document.querySelector("[data-selected]").textContent === "1"`), chromedp.Click(`[data-bulk] [value=stop]`),
		chromedp.WaitVisible(`dialog#confirm[open]`), browsertest.Holds(`document.querySelector("#confirm-text").textContent.includes("for good")`))
	run("say no", chromedp.Click(`dialog#confirm [value=no]`), chromedp.WaitNotPresent(`dialog#confirm[open]`), browsertest.Holds(`document.querySelector("#run-r_queued .check").checked`))
	run("say yes", chromedp.Click(`[data-bulk] [value=stop]`), chromedp.WaitVisible(`dialog#confirm[open]`), chromedp.Click(`dialog#confirm [value=yes]`),
		browsertest.Holds(`document.readyState === "complete" && document.querySelector(".notice")?.textContent.includes("1 run told to stop.")`))
	run("delete", chromedp.Navigate(web.URL+"/runs"), chromedp.Click(`#run-r_failed .check`), chromedp.Click(`[data-bulk] [value=delete]`),
		browsertest.Holds(`document.querySelector(".notice")?.textContent.includes("1 run deleted; for 7 days this can be undone.") && !!document.querySelector(".notice [data-key=u]")`))

	for _, id := range []string{"r_waiting", "r_paused"} {
		log.Finish(id, false)
	}
	run("all ended", browsertest.Holds(`document.querySelectorAll("#runs .state.finished").length === 5 && document.querySelectorAll("#runs .state.stopped").length === 1`))
	before := asked.Load()
	run("quiet", chromedp.Evaluate(`new Promise(done => setTimeout(done, 4500))`, nil, awaited))
	if n := asked.Load() - before; n > 0 {
		t.Errorf("the list asked %d more times with nothing live", n)
	}
	run("keys", chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"), chromedp.KeyEvent("o"), browsertest.Holds(`location.pathname.startsWith("/runs/r_")`))
}
