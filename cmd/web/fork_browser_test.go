package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// A person forks a run from a step by key, with another action, watches the
// fork go on from there, and jumps to where the two differ.
func TestForkAndCompareInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"memory": "off", "max_steps": 12, "early_stop_phi": 10})).ID
	done := s.wait(id, ended)
	if done.Steps < 6 {
		t.Fatalf("a run of %d steps is too short to fork", done.Steps)
	}
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id+"?step=4")), shows(done.Steps), chromedp.KeyEvent("f"),
		browsertest.Holds(`document.querySelector("h1")?.textContent.startsWith("Fork after step 4")`),
		types("action", "fly"), chromedp.Click("main form button"), browsertest.Holds(`document.getElementById("errors")?.textContent.includes("unknown action")`),
		browsertest.Holds(`document.getElementById("f-step").value === "4"`),
		types("action", "DONE"), types("note", "look back"), chromedp.Click("main form button"),
		browsertest.Holds(`document.getElementById("run-people")?.textContent.includes("look back")`))
	fork := runOnPage(t, ctx)
	s.wait(fork, ended)
	browsertest.Run(t, ctx, shows(5))
	oneToN(t, ctx, 5)
	checkLog(t, s.events(fork))
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/compare?runs="+id+","+fork)), chromedp.KeyEvent("d"), browsertest.Holds(`location.hash === "#row-5"`),
		browsertest.Holds(fmt.Sprintf(`document.querySelectorAll(".aligned tbody tr").length >= %d`, done.Steps)))
	if used := s.wait(fork, ended).Usage.TokensIn; used != 0 {
		t.Errorf("the fork cost %d tokens", used)
	}
}
