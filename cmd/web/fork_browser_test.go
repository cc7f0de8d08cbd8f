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

// Steps are searched while a run goes on: what was found stays, errors say where,
// and what was typed is kept.
func TestSearchStepsInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"memory": "off", "max_steps": 40, "early_stop_phi": 10, "pace": 0.1})).ID
	ctx := browsertest.New(t)
	rowsAre := func(condition string) chromedp.Action {
		return browsertest.Holds(`(rows => rows.length && ` + condition + `)([...document.querySelectorAll("#steps li[id^=s]")])`)
	}
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id)), shows(4), chromedp.SendKeys(".find input", "step:2..3"),
		rowsAre(`rows.length === 2 && rows[0].id === "s2"`), browsertest.Holds(`document.getElementById("later").textContent.includes("2 steps found")`))
	s.wait(id, func(r launched) bool { return r.Steps >= 8 })
	browsertest.Run(t, ctx, rowsAre(`rows.length === 2`), chromedp.KeyEvent(" delta:<<1"),
		browsertest.Holds(`document.getElementById("toasts").textContent.includes("delta")`), browsertest.Holds(`document.querySelector(".find input").value === "step:2..3 delta:<<1"`))
	s.wait(id, ended)
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/runs/"+id+"/steps?find=action%3Ago+delta%3A%3C0")), rowsAre(`rows.every(r => r.classList.contains("worse") && r.textContent.includes("go"))`),
		chromedp.Click("#later a"), shows(40))
}

// A rule is taught from a step in two presses, and has that step as evidence.
func TestTeachFromAStep(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"memory": "off", "max_steps": 6, "early_stop_phi": 10})).ID
	s.wait(id, ended)
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id+"?step=2")), shows(6),
		chromedp.Click(`#detail [data-key="t"]`), browsertest.Holds(`document.querySelector("h1")?.textContent === "Teach a rule" && document.readyState === "complete"`),
		chromedp.Click(`main form button.go`), browsertest.Holds(`location.pathname.startsWith("/library/h")`))
	var rules struct {
		Items []struct {
			Evidence []struct {
				Run  string
				Step int
			}
		}
	}
	s.call("GET", "/api/v1/heuristics", nil, &rules)
	if len(rules.Items) != 1 || len(rules.Items[0].Evidence) != 1 || rules.Items[0].Evidence[0].Run != id || rules.Items[0].Evidence[0].Step != 2 {
		t.Errorf("the library has %+v", rules.Items)
	}
	if status := s.call("GET", "/library/new?run=r_none&step=1", nil, nil); status != 404 {
		t.Errorf("a rule from a run that is not there: %d", status)
	}
}
