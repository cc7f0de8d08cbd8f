package main

import (
	"fmt"
	"net/http"
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

// A run is repeated with the rules of a snapshot, after the library has lost
// them: it uses those, and teaches nothing.
func TestForkWithTheRulesOfASnapshot(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	first := s.launch(map[string]any{"environment": map[string]any{"name": "workshop"}, "repeats": 25, "seed": 1})
	for n := 0; n < 25; {
		var page struct{ Items []launched }
		s.call(http.MethodGet, "/api/v1/runs?limit=200&q=status:finished", nil, &page)
		n = len(page.Items)
	}
	var snapshot struct {
		ID    string
		Rules int
	}
	s.call(http.MethodPost, "/api/v1/snapshots", map[string]string{"name": "trained"}, &snapshot)
	if snapshot.Rules == 0 {
		t.Fatal("nothing was learned")
	}
	if status := s.call(http.MethodPost, "/api/v1/heuristics/bulk", map[string]any{"op": "archive", "q": ""}, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	// used returns how many rules the steps of a run were shown.
	used := func(id string) int {
		s.wait(id, ended)
		var steps struct {
			Items []struct{ Memory []struct{ Use string } }
		}
		s.call(http.MethodGet, "/api/v1/runs/"+id+"/steps", nil, &steps)
		n := 0
		for _, step := range steps.Items {
			for _, m := range step.Memory {
				if m.Use == "shown" || m.Use == "cited" {
					n++
				}
			}
		}
		return n
	}
	fork := func(rules string) string {
		t.Helper()
		var made launched
		if status := s.call(http.MethodPost, "/api/v1/runs/"+first.ID+"/fork", map[string]any{"step": 0, "rules": rules}, &made); status != http.StatusCreated && status != http.StatusOK {
			t.Fatal(rules, status)
		}
		return made.ID
	}
	if n := used(fork("now")); n != 0 {
		t.Errorf("%d rules of an empty library were used", n)
	}
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+first.ID+"/fork?step=0")), browsertest.Holds(`document.readyState === "complete"`),
		chromedp.Evaluate(`(rules => rules.value = [...rules.options].find(o => o.text.startsWith("trained")).value)(document.querySelector("[name=rules]"))`, nil), chromedp.Click("main form button"),
		browsertest.Holds(`document.querySelector("main")?.textContent.includes("rules of trained")`))
	with := runOnPage(t, ctx)
	if n := used(with); n == 0 {
		t.Error("no rule of the snapshot was used")
	}
	var rules struct{ Items []struct{ ID string } }
	if s.call(http.MethodGet, "/api/v1/heuristics?limit=1&q=status:active,probation,candidate", nil, &rules); len(rules.Items) != 0 {
		t.Errorf("the fork taught the library %v", rules.Items)
	}
	var refused struct {
		Error struct{ Fields map[string]string }
	}
	if s.call(http.MethodPost, "/api/v1/runs/"+first.ID+"/fork", map[string]any{"step": 0, "rules": "s_none"}, &refused); refused.Error.Fields["rules"] == "" {
		t.Errorf("an unknown snapshot: %+v", refused)
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
