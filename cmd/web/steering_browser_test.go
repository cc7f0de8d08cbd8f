package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/internal/browsertest"
)

// asks waits until the page asks about a step.
func asks(step int) chromedp.Action {
	return browsertest.Holds(fmt.Sprintf(`document.readyState === "complete" && document.querySelector("#run-ask .ask")?.textContent.includes("Step %d waits for you")`, step))
}

// A person on a phone answers what a run asks: approves by key, loses a race
// against somebody else, rejects, and does something else instead; the server is
// killed between, and the question is still there.
func TestApprovalsInABrowser(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "")
	id := s.launch(maze(map[string]any{"approval": "every", "memory": "off", "max_steps": 4})).ID
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, emulation.SetDeviceMetricsOverride(375, 812, 1, true), chromedp.Navigate(s.url("/runs/"+id)), asks(1),
		browsertest.Holds(`document.querySelector(".rail .asks")?.textContent === "1 ask"`),
		browsertest.Holds(`document.documentElement.scrollWidth <= 375`),
		chromedp.KeyEvent("a"), asks(2), shows(1),
		chromedp.Navigate(s.url("/review")), chromedp.Click(".asking-runs a"), asks(2)) // the inbox has it too

	// Somebody else is first: the page says so, and nothing is done twice.
	browsertest.Run(t, ctx, chromedp.Evaluate(`document.querySelector('#run-ask [value="rejected"]').form.querySelector("[name=index]").value = "1"; 0`, nil),
		chromedp.Click(`#run-ask .stop`), browsertest.Holds(`document.getElementById("toasts").textContent.includes("asks about step 2")`))

	addr := s.addr
	s.kill()
	s = serve(t, data, addr)
	browsertest.Run(t, ctx, browsertest.Holds(`document.getElementById("live-chip").textContent.includes("Live")`), asks(2),
		chromedp.Reload(), asks(2),
		chromedp.SendKeys(`#run-ask [name="reason"]`, "not there"), chromedp.Click(`#run-ask .stop`),
		browsertest.Holds(`document.getElementById("run-people").textContent.includes("rejected step 2")`), asks(2))
	var instead string
	browsertest.Run(t, ctx, chromedp.Evaluate(`document.querySelector("#run-ask [name=choice]").selectedOptions[0].textContent`, &instead))
	browsertest.Run(t, ctx, chromedp.Click(`//button[contains(., "Do this instead")]`, chromedp.BySearch), asks(3), shows(2),
		browsertest.Holds(fmt.Sprintf(`document.querySelector("#s2 .act").textContent === %q`, instead)),
		chromedp.Click(`#s2 a`), browsertest.Holds(`document.getElementById("detail").textContent.includes("chose this action")`),
		chromedp.KeyEvent("a"), asks(4), chromedp.KeyEvent("a"))
	done := s.wait(id, ended)
	if done.Steps != 4 || done.Status != "finished" {
		t.Errorf("%+v", done)
	}
	checkLog(t, s.events(id))
}

// A run is paused, told something, taken on step by step and resumed, by keys.
func TestSteeringInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"pace": 0.1, "memory": "off", "max_steps": 30})).ID
	ctx := browsertest.New(t)
	stepsAre := func(n int) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`document.querySelector("#count-all").textContent === "%d" && document.querySelector("#run-status").textContent.includes("Paused")`, n))
	}
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id)), shows(2), chromedp.KeyEvent("p"))
	at := s.wait(id, func(r launched) bool { return r.Status == "paused" }).Steps
	nasty := "<img src=x onerror=alert(1)>\u202e\x1b[31m turn back"
	browsertest.Run(t, ctx, stepsAre(at), chromedp.KeyEvent("s"), stepsAre(at+1), chromedp.KeyEvent("s"), stepsAre(at+2),
		chromedp.KeyEvent("n"), chromedp.SendKeys(`#run-steer input`, "mind the <b>gap</b>"), chromedp.KeyEvent("\r"),
		browsertest.Holds(`document.getElementById("run-people").textContent.includes("mind the <b>gap</b>")`),
		browsertest.Holds(`document.querySelector("#run-steer input").value === "" || document.activeElement !== document.body`))
	if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/note", map[string]string{"text": nasty}, nil); status != http.StatusOK {
		t.Error("a note with escapes:", status)
	}
	browsertest.Run(t, ctx, browsertest.Holds(`document.getElementById("run-people").textContent.includes("turn back") && !document.querySelector("#run-people img")`))
	var problem struct{ Error struct{ Code string } }
	for path, body := range map[string]any{
		"/note":    map[string]string{"text": strings.Repeat("x", 1<<20)},
		"/approve": map[string]any{"index": 3},
		"/step":    nil,
	} {
		want := map[string]string{"/note": "invalid", "/approve": "conflict", "/step": ""}[path]
		problem.Error.Code = ""
		if s.call(http.MethodPost, "/api/v1/runs/"+id+path, body, &problem); problem.Error.Code != want {
			t.Errorf("%s answers %q, want %q", path, problem.Error.Code, want)
		}
	}
	browsertest.Run(t, ctx, stepsAre(at+3), browsertest.Holds(`!document.activeElement?.matches("input") || (document.activeElement.blur(), true)`), chromedp.KeyEvent("p"))
	s.wait(id, ended)
	checkLog(t, s.events(id))
	var steps struct{ Items []agent.Event }
	s.call(http.MethodGet, "/api/v1/runs/"+id+"/events?limit=1000", nil, &steps)
	notes := 0
	for _, e := range steps.Items {
		if n, ok := e.Data.(agent.NoteAdded); ok {
			notes++
			if n.By == "" || e.At.IsZero() {
				t.Errorf("nobody said %q at %s", n.Text, e.At)
			}
		}
	}
	if notes != 2 {
		t.Errorf("%d notes in the record, want 2", notes)
	}
}

// A person corrects the critic on a step's page; a run that meets the state
// again has the person's Φ.
func TestPhiIsCorrectedInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	spec := maze(map[string]any{"memory": "off", "max_steps": 5, "early_stop_phi": 10})
	id := s.launch(spec).ID
	s.wait(id, ended)
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id+"/steps/2?tab=critic")), chromedp.Click(`//summary[contains(., "Say what")]`, chromedp.BySearch),
		types("phi", "6.5"), types("reason", "the key is near"), chromedp.Click(`//button[contains(., "Correct the critic")]`, chromedp.BySearch),
		browsertest.Holds(`document.getElementById("detail")?.textContent.includes("says Φ is 6.5 here")`))
	again := s.launch(spec).ID
	s.wait(again, ended)
	var steps struct {
		Items []struct {
			Score struct {
				PhiAfter float64 `json:"phi_after"`
				Critic   string
				Flags    []string
			}
		}
	}
	s.call(http.MethodGet, "/api/v1/runs/"+again+"/steps", nil, &steps)
	if got := steps.Items[1].Score; got.PhiAfter != 6.5 || got.Critic != agent.PersonCritic || len(got.Flags) != 1 {
		t.Errorf("the same state again: %+v", got)
	}
	if got := steps.Items[0].Score; got.Critic == agent.PersonCritic {
		t.Errorf("another state: %+v", got)
	}
}

func TestSteerCommand(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"approval": "actions:go,take,unlock", "memory": "off", "max_steps": 3})).ID
	asks := func(r launched) bool { return r.Status == "waiting" }
	s.wait(id, asks)
	at := "--server=" + s.url("")
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"note", at, id, "go", "north"}, 0, "is waiting after step 0"},
		{[]string{"approve", at, id}, 2, "name the step"},
		{[]string{"approve", at, id, "2"}, 3, "asks about step 1"},
		{[]string{"approve", at, "--action", "fly", id, "1"}, 2, "unknown action"},
		{[]string{"approve", at, "--reject", "--reason", "no", id, "1"}, 0, "after step 0"},
		{[]string{"pause", "--server=http://127.0.0.1:1", id}, 3, "nothing serves"},
		{[]string{"step", at}, 2, "purpose steer step RUN"},
		{[]string{"phi", at, id, "1", "11", "too", "high"}, 2, "from 0 to 10"},
		{[]string{"phi", at, id, "1", "5", "near"}, 2, "no step 1"},
		{[]string{"fork", at, id, "0"}, 0, "after step 0"},
		{[]string{"fork", at, "--params", "{", "--action", "go", id, "0"}, 2, "--params"},
		{[]string{"stop", at, id}, 0, "is stopped after step 0: stopped by api"},
		{[]string{"pause", at, id}, 3, "has ended: it is stopped"},
		{[]string{"resume", at, id}, 3, "has ended: it is stopped; fork it to go on from one of its steps"},
		{[]string{"step", at, id}, 3, "has ended: it is stopped; fork it"},
	} {
		if test.args[0] == "stop" { // after the rejection the actor thinks again, and then asks again
			s.wait(id, asks)
		}
		code, stdout, stderr := purpose(t, append([]string{"steer"}, test.args...)...)
		if code != test.code || !strings.Contains(stdout+stderr, test.says) {
			t.Errorf("%v: exit %d, %s%s; want %d and %q", test.args, code, stdout, stderr, test.code, test.says)
		}
	}
	var refused struct {
		Error struct{ Fields map[string]string }
	}
	for _, policy := range []string{"actions:fly", "sometimes", "unsure:2", "stuck:0"} {
		if s.call(http.MethodPost, "/api/v1/runs", maze(map[string]any{"approval": policy}), &refused); refused.Error.Fields["approval"] == "" {
			t.Errorf("%s was not refused: %v", policy, refused)
		}
	}
}
