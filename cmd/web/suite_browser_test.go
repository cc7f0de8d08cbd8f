package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// suite imports a suite, does it twice, and returns its id.
func (s *server) suite(text string) string {
	s.t.Helper()
	var info struct{ ID string }
	s.call(http.MethodPost, "/api/v1/suites", json.RawMessage(text), &info)
	for range 2 {
		s.call(http.MethodPost, "/api/v1/suites/"+info.ID+"/runs", map[string]any{"tries": 2, "memory": "off"}, nil)
	}
	var runs struct {
		Items []struct{ Summary struct{ Tries, Known int } }
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		s.call(http.MethodGet, "/api/v1/suites/"+info.ID+"/runs", nil, &runs)
		done := len(runs.Items) == 2
		for _, r := range runs.Items {
			done = done && r.Summary.Known == r.Summary.Tries
		}
		if done {
			return info.ID
		}
		if time.Now().After(end) {
			s.t.Fatalf("the runs of the suite don't end: %+v", runs)
		}
	}
}

// Somebody imports a suite, runs it, changes a task, runs it again and compares: all
// of it by hand, and the page follows the runs.
func TestSuiteInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	at := browsertest.Holds
	done := func(n string) chromedp.Action {
		return at(`document.querySelectorAll("#suite-part section:first-child tbody tr").length === ` + n + ` && document.querySelector("#suite-part").getAttribute("hx-get") === null`)
	}
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/suites")), chromedp.Click(`//a[contains(., "Import a suite")]`, chromedp.BySearch),
		at(`location.pathname === "/suites/new"`), chromedp.SetValue("#f-text", mazes), chromedp.Click("#import button.go"),
		at(`/^\/suites\/t_/.test(location.pathname) && document.querySelector("h1").textContent === "Small mazes"`),
		chromedp.Click(`//main//a[contains(., "Run it")]`, chromedp.BySearch), at(`location.pathname.endsWith("/run")`),
		chromedp.SetValue("#f-tries", ""), chromedp.SendKeys("#f-tries", "2"), chromedp.Click(`input[name=memory][value=off] + span`),
		at(`document.querySelector("#start").textContent.includes("Start 4 runs") && document.querySelector("#cli").textContent.includes("--memory off")`),
		chromedp.Click("#start"), done("1"), at(`document.querySelector("#suite-part").textContent.includes("2 tasks, 2 tries")`),
		// one step is too few
		chromedp.Click(`//th//a[text()="two"]`, chromedp.BySearch), at(`document.querySelector("#f-max_steps")?.value === "400"`),
		chromedp.SetValue("#f-max_steps", "1"), chromedp.Click(`//button[contains(., "Check and keep")]`, chromedp.BySearch), at(`document.querySelector("main").textContent.includes("task two changed")`),
		chromedp.Click(`//main//a[contains(., "Run it")]`, chromedp.BySearch), at(`document.querySelector("#f-tries")?.value === "2" && document.querySelector("[name=memory]:checked").value === "off"`),
		chromedp.Click("#start"), done("2"), at(`document.querySelector(".suitetasks td.cell.bad") !== null`),
		chromedp.Click(`//button[contains(., "Compare")]`, chromedp.BySearch), at(`location.pathname.endsWith("/compare") && document.querySelector(".sub").textContent.startsWith("1 task compared; 1 not done alike in both")`))
	for _, width := range []int64{1440, 375} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(width, 812), at(`document.documentElement.scrollWidth <= innerWidth`))
	}
}
