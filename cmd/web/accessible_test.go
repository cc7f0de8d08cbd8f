package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// Every page keeps WCAG 2.2 AA as far as axe-core can tell: on a screen and on a
// phone, light and dark.
func TestPagesAreAccessible(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	run := s.launch(maze(map[string]any{"max_steps": 20})).ID
	asking := s.launch(maze(map[string]any{"approval": "every"})).ID
	group := s.launch(map[string]any{"environment": map[string]any{"name": "workshop", "config": map[string]any{"world": 3}}, "repeats": 12}).Group
	s.wait(run, ended)
	s.call(http.MethodPost, "/api/v1/runs/"+asking+"/note", map[string]string{"text": "mind the gap"}, nil)
	s.wait(asking, func(r launched) bool { return r.Status == "waiting" })
	var rules struct{ Items []struct{ ID string } }
	var runs struct{ Items []launched }
	for len(runs.Items) == 0 || !ended(runs.Items[0]) {
		s.call(http.MethodGet, "/api/v1/runs?q=group:"+group, nil, &runs)
	}
	for _, r := range runs.Items {
		s.wait(r.ID, ended)
	}
	s.call(http.MethodGet, "/api/v1/heuristics?limit=1", nil, &rules)
	if len(rules.Items) == 0 {
		t.Fatal("nothing was learned")
	}
	suite := s.suite(mazes)
	ctx := browsertest.New(t)
	for _, path := range []string{
		"/runs", "/runs/new", "/runs/" + run, "/runs/" + run + "/steps/2?tab=critic", "/runs/" + run + "/steps/2?tab=memory", "/runs/" + run + "/steps/2?tab=diff",
		"/runs/" + asking, "/runs/" + run + "/fork?step=2", "/compare?runs=" + run + "," + asking, "/runs/" + run + "/phi", "/groups/" + group, "/welcome",
		"/library", "/library?q=status:active,probation", "/library/" + rules.Items[0].ID, "/library/new", "/library/policy", "/library/near", "/library/import", "/replay/simulate", "/lab/critics", "/settings/prompts", "/library/changes", "/library/snapshots", "/review", "/replay", "/replay/t_" + run,
		"/lab", "/lab/new", "/suites", "/suites/new", "/suites/" + suite, "/suites/" + suite + "/run", "/suites/" + suite + "/edit", "/suites/" + suite + "/task", "/suites/" + suite + "/compare", "/settings/models", "/runs/r_none", "/find?q=deliver", "/runs?q=phi:odd",
	} {
		checkPage(t, ctx, s.url(path), path)
	}
}

// checkPage loads a page once and shows it in both ways.
func checkPage(t *testing.T, ctx context.Context, url, path string) {
	t.Helper()
	wide := 0
	for i, size := range []struct {
		name          string
		width, height int64
		theme         string
	}{{"1440 light", 1440, 900, "light"}, {"375 dark", 375, 812, "dark"}} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(size.width, size.height),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: size.theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
		if i == 0 {
			browsertest.Run(t, ctx, chromedp.Navigate(url), browsertest.Holds(`document.readyState === "complete"`))
		}
		browsertest.Run(t, ctx, chromedp.Evaluate(`document.documentElement.scrollWidth - innerWidth`, &wide))
		if wide > 0 {
			t.Errorf("%s at %s is %d px too wide", path, size.name, wide)
		}
		browsertest.Accessible(t, ctx, path+" at "+size.name)
	}
}

// What opens over a page is as accessible as the page.
func TestOverlaysAreAccessible(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	s.wait(s.launch(maze(map[string]any{"max_steps": 3})).ID, ended)
	ctx := browsertest.New(t)
	for name, open := range map[string]string{
		"palette": `document.querySelector("[data-palette]").click()`,
		"keys":    `document.querySelector("[data-open=keys]").click()`,
		"columns": `document.querySelectorAll("details.menu")[0].open = true`,
		"views":   `document.querySelectorAll("details.menu")[1].open = true`,
		"bulk":    `document.querySelector("tbody [data-select]").click()`,
	} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs")), browsertest.Holds(`document.readyState === "complete"`),
			chromedp.Evaluate(open, nil))
		if name == "palette" {
			browsertest.Run(t, ctx, browsertest.Holds(`document.querySelectorAll("#palette-list [data-go]").length > 0`))
		}
		browsertest.Accessible(t, ctx, name)
	}
}

// A person without a mouse launches a run that asks, approves its actions, and
// gets to the review: by keys alone.
func TestByKeysAlone(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	key := func(keys ...string) chromedp.Action {
		var list chromedp.Tasks
		for _, k := range keys {
			list = append(list, chromedp.KeyEvent(k))
		}
		return list
	}
	// tabTo presses Tab until what has the focus is as wanted.
	tabTo := func(selector string) chromedp.Action {
		return chromedp.ActionFunc(func(ctx context.Context) error {
			for range 120 {
				var there bool
				if err := chromedp.Evaluate(`document.activeElement.matches(`+"`"+selector+"`"+`)`, &there).Do(ctx); err != nil || there {
					return err
				}
				if err := chromedp.KeyEvent("\t").Do(ctx); err != nil {
					return err
				}
			}
			return fmt.Errorf("Tab never gets to %s", selector)
		})
	}
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/new?fresh=yes")), browsertest.Holds(`!!document.querySelector("#launch")`),
		tabTo("[name=purpose]"), chromedp.KeyEvent("Find the treasure and take it"), tabTo("#more-settings > summary"), key("\r"), tabTo("[name=max_steps]"), chromedp.Evaluate(`document.activeElement.select()`, nil), key("2"),
		tabTo("[name=approval]"), chromedp.KeyEvent("before every"), tabTo(`button[form=launch]`), key("\r"),
		asks(1), key("a"), asks(2), key("a"), browsertest.Holds(`!!document.querySelector("#run-end .verdict")`))
	done := s.wait(runOnPage(t, ctx), ended)
	if done.Steps != 2 {
		t.Errorf("%d steps were taken", done.Steps)
	}
	browsertest.Run(t, ctx, key("g", "v"), browsertest.Holds(`location.pathname === "/review" && document.readyState === "complete"`), key("?"), browsertest.Holds(`document.querySelector("dialog#keys").open`),
		key("\x1b"), browsertest.Holds(`!document.querySelector("dialog#keys").open`))
}
