package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/app"
	"purposeagent/internal/browsertest"
)

// rows returns the numbers of the steps that the run page shows.
func rows(t *testing.T, ctx context.Context) []int {
	t.Helper()
	var got []int
	browsertest.Run(t, ctx, chromedp.Evaluate(`[...document.querySelectorAll("#steps li[id]")].map(row => Number(row.id.slice(1)))`, &got))
	return got
}

// oneToN fails the test unless the page shows every step exactly once, in order.
func oneToN(t *testing.T, ctx context.Context, n int) {
	t.Helper()
	got := rows(t, ctx)
	for i, step := range got {
		if step != i+1 {
			t.Fatalf("the page shows the steps %v, want 1 to %d, each once", got, n)
		}
	}
	if len(got) != n {
		t.Fatalf("the page shows %d steps, want %d", len(got), n)
	}
}

func shows(n int) chromedp.Action {
	return browsertest.Holds(fmt.Sprintf(`document.querySelectorAll("#steps li[id]").length >= %d`, n))
}

// runOnPage returns the id of the run whose page is shown.
func runOnPage(t *testing.T, ctx context.Context) string {
	t.Helper()
	var at string
	browsertest.Run(t, ctx, browsertest.Holds(`location.pathname.startsWith("/runs/r_")`), chromedp.Evaluate(`location.pathname`, &at))
	return strings.TrimPrefix(at, "/runs/")
}

// types puts a text into a field of the form, as a person would.
func types(name, text string) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf(`(() => {
		const field = document.querySelector('[name="%s"]');
		field.value = %q;
		field.dispatchEvent(new Event("input", {bubbles: true}));
		field.dispatchEvent(new Event("change", {bubbles: true}));
	})()`, name, text), nil)
}

// A newcomer opens the page, launches a run by the form, watches it, loses the
// connection in the middle, reloads, and sees it end: each step once.
func TestLaunchWatchAndLoseTheConnection(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	line := newCutter(t, func() string { return s.addr })
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx,
		chromedp.Navigate(line.url("/")),
		chromedp.Click(`//a[contains(., "Set up my own run")]`, chromedp.BySearch),
		browsertest.Holds(`!!document.querySelector("#launch")`),
		types("purpose", ""),
		chromedp.Click(`button[form="launch"]`, chromedp.ByQuery),
		browsertest.Holds(`!!document.querySelector("#f-purpose[aria-invalid=true]")`), // said beside the field
		types("purpose", "Find the treasure and take it"),
		types("max_steps", "40"),
		types("pace", "0.15"),
		types("seed", "11"),
		chromedp.Click(`#more-settings > summary`, chromedp.ByQuery),
		chromedp.Click(`input[name="memory"][value="off"]`, chromedp.ByQuery),
		chromedp.Click(`button[form="launch"]`, chromedp.ByQuery))
	id := runOnPage(t, ctx)
	browsertest.Run(t, ctx, shows(3))
	line.cut()
	browsertest.Run(t, ctx, shows(8))
	line.block(true)
	browsertest.Run(t, ctx, browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Reconnecting")`))
	line.block(false)
	browsertest.Run(t, ctx, shows(14), chromedp.Reload(), shows(14))
	done := s.wait(id, ended)
	browsertest.Run(t, ctx, shows(done.Steps), browsertest.Holds(`document.getElementById("live-chip")?.textContent !== "Live"`))
	oneToN(t, ctx, done.Steps)
	checkLog(t, s.events(id))

	// The last inputs are kept for the next one.
	var kept string
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/runs/new")), chromedp.Value(`[name="purpose"]`, &kept, chromedp.ByQuery))
	if kept != "Find the treasure and take it" {
		t.Errorf("the form begins with %q, want the last purpose", kept)
	}
}

// The server is killed while a run is watched; it comes back on the same
// address, the run goes on, and the page that stayed open shows each step once.
func TestServerKilledWhileWatched(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := serve(t, data, "")
	addr := s.addr
	id := s.launch(maze(map[string]any{"pace": 0.15, "memory": "off", "max_steps": 30})).ID
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/runs/"+id)), shows(4))
	s.kill()
	browsertest.Run(t, ctx, browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Reconnecting")`))
	s = serve(t, data, addr)
	done := s.wait(id, ended)
	browsertest.Run(t, ctx, shows(done.Steps))
	oneToN(t, ctx, done.Steps)
	checkLog(t, s.events(id))
}

type stepsPage struct {
	Items []struct {
		Memory []struct {
			ID  string `json:"id"`
			Use string `json:"use"`
		} `json:"memory"`
	} `json:"items"`
}

// used returns the rules that a run's steps had before them.
func (s *server) used(id string) map[string]bool {
	s.t.Helper()
	var page stepsPage
	s.call(http.MethodGet, "/api/v1/runs/"+id+"/steps?limit=1000", nil, &page)
	rules := map[string]bool{}
	for _, step := range page.Items {
		for _, m := range step.Memory {
			rules[m.ID] = true
		}
	}
	return rules
}

// A rule that a person deletes in the library is gone from the next run's
// memory, and is not learned again.
func TestPrunedRuleIsGoneFromTheNextRun(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	workshop := func(seed, repeats int) launched {
		return s.launch(map[string]any{"environment": map[string]any{"name": "workshop"}, "seed": seed, "max_steps": 40, "repeats": repeats})
	}
	last := workshop(1, 12)
	for _, id := range last.Runs {
		s.wait(id, ended)
	}
	// One task in ten is done without the learned set, drawn at random: such a run
	// recalls nothing and says nothing.
	recalled := func() map[string]bool {
		for range 8 {
			probe := workshop(3, 1)
			s.wait(probe.ID, ended)
			if used := s.used(probe.ID); len(used) > 0 {
				return used
			}
		}
		t.Fatal("no rule is recalled")
		return nil
	}
	before := recalled()
	var standing struct{ Items []struct{ ID string } }
	s.call(http.MethodGet, "/api/v1/heuristics?q=status:active,probation&limit=500", nil, &standing)
	victim := ""
	for _, h := range standing.Items {
		if before[h.ID] {
			victim = h.ID
		}
	}
	if victim == "" {
		t.Fatal("no recalled rule is in use any more")
	}
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx,
		chromedp.Navigate(s.url("/library/"+victim)),
		chromedp.Click(`//a[contains(., "Delete")]`, chromedp.BySearch),
		browsertest.Holds(`location.pathname === "/library/delete"`), // what will go is said first
		chromedp.Click(`main form button.danger`, chromedp.ByQuery),
		browsertest.Holds(`location.pathname === "/library"`))
	if status := s.call(http.MethodGet, "/api/v1/heuristics/"+victim, nil, nil); status != http.StatusNotFound {
		t.Fatalf("the deleted rule answers %d", status)
	}
	if recalled()[victim] {
		t.Errorf("rule %s is still recalled after it was deleted", victim)
	}
}

// The one-click demo on an empty database: first and latest attempt play side by
// side, what was learned is told, it can be paused and hurried, a killed server goes
// on with it on the page that stayed open, and at the end memory on has solved more
// than off, the secrets stand beside what was found, and one press proves it.
func TestDemo(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "")
	addr := s.addr
	ctx := browsertest.New(t)
	done := func(condition string) chromedp.Action {
		return browsertest.Holds(`(n => ` + condition + `)(parseInt(document.querySelector("#demo-head strong").textContent))`)
	}
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/")),
		chromedp.Click(`//button[contains(., "demo")]`, chromedp.BySearch),
		browsertest.Holds(`location.pathname.startsWith("/demo/g_")`),
		browsertest.Holds(`document.querySelector("#demo-head button[aria-pressed=true]").textContent === "1 minute"`),
		browsertest.Holds(`document.querySelector("#film-first [data-film-picture]").src.includes("/picture.svg") && document.querySelector("#film-latest [data-film-picture]").src.includes("/picture.svg")`),
		browsertest.Holds(`Number(document.querySelector("#film-latest [data-film-at]").value) > 2`), // it plays by itself
		browsertest.Holds(`document.querySelectorAll(".ticker li").length > 2 && document.querySelectorAll(".curve .event").length > 0`),
		chromedp.Click(`#demo-head button[data-key="p"]`, chromedp.ByQuery), browsertest.Holds(`document.querySelector("#demo-head").textContent.includes("Paused")`))
	var at string
	browsertest.Run(t, ctx, chromedp.Evaluate(`location.pathname`, &at))
	group := strings.TrimPrefix(at, "/demo/")
	s.kill()
	s = serve(t, data, addr)
	browsertest.Run(t, ctx, chromedp.Reload(), done(`n < 60`), browsertest.Holds(`document.querySelector("#demo-head").textContent.includes("Paused")`),
		browsertest.Holds(`document.readyState === "complete"`), chromedp.Click(`//button[contains(., "As fast as it can")]`, chromedp.BySearch), browsertest.Holds(`document.querySelector("#demo-head button[aria-pressed=true]").textContent === "As fast as it can"`),
		chromedp.KeyEvent("p"), browsertest.Holds(`document.querySelector("#demo-head").textContent.includes("Playing")`), done(`n > 60`))
	solved := map[string][]bool{}
	deadline := time.Now().Add(4 * time.Minute) // bounds the test, not the product
	for {
		clear(solved)
		running := 0
		cursor := ""
		for {
			var page struct {
				Items []struct {
					Status  string
					Spec    struct{ Memory string }
					Outcome *struct{ Success bool }
				}
				Next string `json:"next_cursor"`
			}
			s.call(http.MethodGet, "/api/v1/runs?limit=200&q=group:"+group+"&cursor="+cursor, nil, &page)
			for _, r := range slices.Backward(page.Items) {
				if r.Outcome == nil {
					running++
					continue
				}
				solved[r.Spec.Memory] = append(solved[r.Spec.Memory], r.Outcome.Success)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if running == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d runs of the demo have not ended", running)
		}
		time.Sleep(200 * time.Millisecond)
	}
	browsertest.Run(t, ctx, done(`n === 100`), browsertest.Holds(`!!document.querySelector("#secrets")`), chromedp.Click(`//a[contains(., "Reveal")]`, chromedp.BySearch),
		browsertest.Holds(`document.querySelectorAll("#secrets tbody tr").length > 10 && (([n, of]) => 2 * n > of)(document.querySelector("#secrets p").textContent.match(/\d+/g).map(Number))`))
	checkPage(t, ctx, s.url(at+"?reveal=yes"), "the end of the demo")
	browsertest.Run(t, ctx, browsertest.Holds(`document.readyState === "complete"`), chromedp.Click(`//button[contains(., "Prove it")]`, chromedp.BySearch), browsertest.Holds(`location.pathname.startsWith("/lab/")`), chromedp.Evaluate(`location.pathname`, &at))
	if x := s.experiment(strings.TrimPrefix(at, "/lab/"), kept.final); x.Status != "finished" {
		t.Errorf("the proof is %s", x.Status)
	}
	// From any page, by the palette.
	browsertest.Run(t, ctx, browsertest.Holds(`document.readyState === "complete"`), chromedp.Evaluate(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true}))`, nil),
		chromedp.SendKeys("#palette-q", "demonstr"), browsertest.Holds(`document.querySelector("#palette-list [aria-selected]")?.textContent.includes("Demonstration")`), chromedp.KeyEvent("\r"),
		browsertest.Holds(`location.pathname === "/demo/`+group+`"`), chromedp.Navigate(s.url("/groups/"+group)), browsertest.Holds(`document.body.textContent.includes("200 of 200 done")`))
	on, off := solved["on"], solved["off"]
	if len(on) != app.DemoTasks || len(off) != app.DemoTasks {
		t.Fatalf("%d and %d runs, want %d of each arm", len(on), len(off), app.DemoTasks)
	}
	// With p = .2 at most for off, and two thirds or more for a learner at the
	// end of 100 tasks, 25 tasks tell them apart with near certainty.
	if late, none := count(on[75:]), count(off[75:]); late < none+8 {
		t.Errorf("memory on solved %d of the last 25, off %d: no visible improvement", late, none)
	}
}

// An experiment from the form: started, watched, cut off by a kill of the
// server, finished on the page that stayed open, exported and recomputed.
func TestExperimentOnThePage(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "")
	addr := s.addr
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx,
		chromedp.Navigate(s.url("/lab")),
		chromedp.Click(`//a[contains(., "New experiment")]`, chromedp.BySearch),
		browsertest.Holds(`!!document.querySelector("#experiment-form")`),
		types("worlds", ""), types("curve", ""), types("train", "120"), types("test", "1"),
		chromedp.Click(`//button[contains(., "Start the experiment")]`, chromedp.BySearch),
		browsertest.Holds(`!!document.querySelector("#f-test[aria-invalid=true]")`), // said beside the field
		types("test", "40"),
		chromedp.Click(`//button[contains(., "Start the experiment")]`, chromedp.BySearch),
		browsertest.Holds(`/^\/lab\/(?!new)./.test(location.pathname)`))
	var at string
	browsertest.Run(t, ctx, chromedp.Evaluate(`location.pathname`, &at))
	id := strings.TrimPrefix(at, "/lab/")
	s.experiment(id, func(e kept) bool { return e.Progress.Phase == "training" && e.Progress.Done >= 3 })
	browsertest.Run(t, ctx, browsertest.Holds(`document.querySelector("#experiment progress, #experiment [role=progressbar]") !== null`))
	s.kill()
	s = serve(t, data, addr)
	done := s.experiment(id, kept.final)
	if done.Status != "finished" {
		t.Fatalf("%+v", done)
	}
	var report string
	browsertest.Run(t, ctx,
		browsertest.Holds(`!!document.querySelector("#arms-title")`), // by itself, without a reload
		browsertest.Holds(`document.querySelector("#experiment h1").textContent.trim() !== ""`),
		chromedp.Evaluate(`fetch(document.querySelector('a[href$="report.json"]').href).then(answer => answer.text())`, &report,
			func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
		chromedp.Navigate(s.url("/lab")),
		browsertest.Holds(`!!document.querySelector('a[href="/lab/`+id+`"]')`))
	if !strings.Contains(report, done.ConfigHash) {
		t.Errorf("the export is not of the configuration %s that was fixed before the start", done.ConfigHash)
	}
	recomputes(t, report)
}

func count(solved []bool) int {
	n := 0
	for _, s := range solved {
		if s {
			n++
		}
	}
	return n
}
