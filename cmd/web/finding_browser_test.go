package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// Runs are found by the one grammar on the page, narrowed by facets, kept as a
// view, tagged and deleted all at once, and brought back.
func TestFindingInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	first := s.launch(map[string]any{"environment": map[string]any{"name": "workshop"}, "repeats": 60, "tags": []string{"many"}})
	s.wait(first.ID, ended)
	other := s.launch(maze(map[string]any{"memory": "off", "max_steps": 3}))
	s.wait(other.ID, ended)
	for n := 0; n < 61; {
		var page struct{ Items []launched }
		s.call(http.MethodGet, "/api/v1/runs?limit=200&q=status:finished", nil, &page)
		n = len(page.Items)
	}
	ctx := browsertest.New(t)
	total := func(text string) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`document.querySelector(".query .lab").textContent === %q`, text))
	}
	find := func(text string) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`document.readyState === "complete" && (document.querySelector("#q").value = %q, document.querySelector("#q").form.requestSubmit(), true)`, text))
	}
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs")), total("61 runs"),
		find("env:maze memory:off"), total("1 run"), browsertest.Holds(`location.search.includes("env%3Amaze")`),
		// An error says where, and keeps what was typed.
		find("env:maze phi:high"), browsertest.Holds(`document.querySelector("#query-problem").textContent.includes("At character 10") && document.querySelector("#q").value === "env:maze phi:high"`),
		// A facet narrows the list and leads back.
		find(""), total("61 runs"), chromedp.Evaluate(`[...document.querySelectorAll(".facets a")].find(a => a.textContent.startsWith("many")).click()`, nil), total("60 runs"),
		browsertest.Holds(`document.querySelector("#q").value === "tag:many"`))

	// Kept as a view, with a column hidden.
	browsertest.Run(t, ctx, browsertest.Holds(`document.readyState === "complete"`), chromedp.Evaluate(`[...document.querySelectorAll(".tick")].find(a => a.textContent.includes("Memory")).click()`, nil),
		browsertest.Holds(`getComputedStyle(document.querySelector("table th:nth-child(4)")).display === "none"`),
		chromedp.Evaluate(`document.querySelectorAll("details.menu")[1].open = true`, nil),
		browsertest.Holds(`document.readyState === "complete" && (form => (form.elements.name.value = "mine", form.requestSubmit(), true))(document.querySelector("#view-name").form)`), browsertest.Holds(`document.querySelectorAll(".views a").length === 1`),
		chromedp.Navigate(s.url("/runs")), total("61 runs"), browsertest.Holds(`document.readyState === "complete"`), chromedp.Evaluate(`document.querySelector(".views a").click()`, nil), total("60 runs"),
		browsertest.Holds(`getComputedStyle(document.querySelector("table th:nth-child(4)")).display === "none"`))

	// All that match are tagged, deleted, and brought back, by keys where there are some.
	loaded := browsertest.Holds(`document.readyState === "complete"`)
	bulk := func(action string) chromedp.Action {
		return browsertest.Holds(`document.readyState === "complete" && (click => click("tbody [data-select]") && click("[name=all]") && click(".bulk [value=` + action + `]"))(what => (document.querySelector(what)?.click(), true))`)
	}
	browsertest.Run(t, ctx, loaded, chromedp.SetValue("#bulk-tag", "Base"), bulk("tag"), browsertest.Holds(`document.querySelector(".notice")?.textContent.includes("60 runs tagged base.")`), total("60 runs"),
		bulk("delete"), browsertest.Holds(`document.querySelector(".notice")?.textContent.includes("60 runs deleted; for 7 days this can be undone.")`), total("0 runs"))
	if status := s.call(http.MethodGet, "/api/v1/runs/"+first.ID, nil, nil); status != http.StatusNotFound {
		t.Errorf("a deleted run answers %d", status)
	}
	browsertest.Run(t, ctx, loaded, chromedp.KeyEvent("u"), browsertest.Holds(`document.querySelector(".notice")?.textContent.includes("Undone: 60 runs as before.")`), total("60 runs"))

	// The palette goes anywhere.
	browsertest.Run(t, ctx, loaded, chromedp.Evaluate(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true}))`, nil),
		browsertest.Holds(`document.querySelector("#palette").open`), chromedp.SendKeys("#palette-q", other.ID),
		browsertest.Holds(fmt.Sprintf(`document.querySelector("#palette-list [aria-selected]")?.dataset.go === "/runs/%s"`, other.ID)), chromedp.KeyEvent("\r"),
		browsertest.Holds(fmt.Sprintf(`location.pathname === "/runs/%s"`, other.ID)),
		loaded, chromedp.Evaluate(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", metaKey: true, bubbles: true}))`, nil),
		chromedp.SendKeys("#palette-q", "go to lib"), browsertest.Holds(`document.querySelector("#palette-list [aria-selected]").textContent.includes("Go to Library")`),
		chromedp.KeyEvent("\r"), browsertest.Holds(`location.pathname === "/library"`))
	// Without the script the link leads to a page that finds the same.
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/find?q=mine")), browsertest.Holds(`document.querySelector("main").textContent.includes("Views")`))
}

func TestFindCommand(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"max_steps": 3, "memory": "off", "tags": []string{"a/b"}})).ID
	live := s.launch(maze(map[string]any{"approval": "every", "memory": "off", "tags": []string{"live"}})).ID
	s.wait(id, ended)
	s.wait(live, func(r launched) bool { return r.Status == "waiting" })
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"runs", "tag:a/b steps:<=3"}, 0, id},
		{[]string{"runs", "--json", "tag:a/b"}, 0, `"id":"` + id + `"`},
		{[]string{"runs", "--sort", "steps"}, 0, id},
		{[]string{"runs", "--sort", "luck"}, 2, "sort"},
		{[]string{"runs", "--limit", "0"}, 2, "--limit must be 1 to"},
		{[]string{"runs", "status:odd"}, 2, "there is no status"},
		{[]string{"runs", "tag:nowhere"}, 0, "nothing matches"},
		{[]string{"rules", "status:active"}, 0, "nothing matches"},
		{[]string{"trajectories", "solved:yes"}, 0, "nothing matches"},
		{[]string{"runs", "--do", "tag", "--tag", "x", "env:maze"}, 0, "tag: 2 runs; to undo it: purpose find undo 1"},
		{[]string{"runs", "--do", "tag", "--tag", "Not A Tag", "env:maze"}, 2, "is not a valid tag"},
		{[]string{"undo", "1"}, 0, "2 runs are as before"},
		{[]string{"undo", "1"}, 3, "undone already"},
		{[]string{"undo", "one"}, 2, "purpose find undo CHANGE"},
		{[]string{"runs", "--do", "delete", "env:maze"}, 0, "delete: 1 runs, 1 left as they are"},
		{[]string{"runs", "--do", "stop", "tag:live"}, 0, "stop: 1 runs"},
	} {
		args := append([]string{"find", test.args[0], "--server=" + s.url("")}, test.args[1:]...)
		code, stdout, stderr := purpose(t, args...)
		if code != test.code || !strings.Contains(stdout+stderr, test.says) {
			t.Errorf("%v: exit %d, %s%s; want %d and %q", test.args, code, stdout, stderr, test.code, test.says)
		}
	}
	if code, _, stderr := purpose(t, "find", "runs", "--server=http://127.0.0.1:1"); code != 3 || !strings.Contains(stderr, "nothing serves") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestViewsOfTheAPI(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	var view struct {
		ID   int64
		Name string
	}
	if status := s.call(http.MethodPost, "/api/v1/views", map[string]string{"list": "runs", "name": "mine", "query": "q=tag:mine"}, &view); status != http.StatusOK || view.ID == 0 {
		t.Fatal(status, view)
	}
	var list struct {
		Items []struct{ Name, Query string }
	}
	if s.call(http.MethodGet, "/api/v1/views?list=runs", nil, &list); len(list.Items) != 1 || list.Items[0].Query != "q=tag:mine" {
		t.Errorf("%+v", list)
	}
	at := "/api/v1/views/" + strconv.FormatInt(view.ID, 10)
	if a, b := s.call(http.MethodDelete, at, nil, nil), s.call(http.MethodDelete, at, nil, nil); a != http.StatusNoContent || b != http.StatusNotFound {
		t.Error(a, b)
	}
}
