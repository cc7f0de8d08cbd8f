package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"purposeagent/internal/browsertest"
)

// focused is the id of the element that has the focus.
func focused(t *testing.T, ctx context.Context) string {
	t.Helper()
	var id string
	browsertest.Run(t, ctx, chromedp.Evaluate(`document.activeElement?.id ?? ""`, &id))
	return id
}

// tabsTo presses Tab until the element has the focus, and fails after too many.
func tabsTo(t *testing.T, ctx context.Context, id string, most int) {
	t.Helper()
	var passed []string
	for range most {
		browsertest.Run(t, ctx, chromedp.KeyEvent(kb.Tab))
		at := focused(t, ctx)
		if at == id {
			return
		}
		passed = append(passed, at)
	}
	t.Fatalf("%s has no focus after %d Tabs, which passed %q", id, most, passed)
}

// previewed waits until what the form said last is on the page.
func previewed(words string) chromedp.Action {
	return browsertest.Holds(fmt.Sprintf(`document.getElementById("commands").textContent.includes(%q)`, words))
}

const onRun, onExperiment = `location.pathname.startsWith("/runs/r_")`, `/^\/lab\/[^/]+$/.test(location.pathname) && location.pathname !== "/lab/new"`

// People start a run and an experiment without touching a mouse: they type, go
// on with Tab, and press Enter. The button keeps the focus while the page says
// anew what would start.
func TestFormsByKeyboard(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	lab := "/lab/new?environment.name=maze&arms=off&train=2&test=3&seed=1"
	for _, c := range []struct {
		name, path, field, types, says string
		tabs                           int
		ends                           string
	}{
		{"a run", "/runs/new?fresh=yes", "f-purpose", " at once", "at once", 4, onRun},
		{"an experiment", lab, "f-test", "0", `"test": 30`, 6, onExperiment},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := browsertest.New(t)
			browsertest.Run(t, ctx, chromedp.Navigate(s.url(c.path)), chromedp.Focus("#"+c.field, chromedp.ByQuery), chromedp.KeyEvent(kb.End),
				chromedp.KeyEvent(c.types))
			tabsTo(t, ctx, "start", c.tabs)
			browsertest.Run(t, ctx, previewed(c.says), chromedp.Sleep(100*time.Millisecond))
			if at := focused(t, ctx); at != "start" {
				t.Fatalf("the focus went to %q while the page said what would start", at)
			}
			browsertest.Run(t, ctx, chromedp.KeyEvent(kb.Enter), browsertest.Holds(c.ends))
		})
	}
}

// Enter in a small field starts, and Ctrl+Enter in a large one.
func TestEnterStarts(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	lab := "/lab/new?environment.name=maze&arms=off&train=2&test=3&seed=1"
	for _, c := range []struct {
		name, path, open, field string
		keys                    chromedp.Action
		ends                    string
	}{
		{"a small field of a run", "/runs/new?fresh=yes", "more-settings", "f-seed", chromedp.KeyEvent("7" + kb.Enter), onRun},
		{"a large field of a run", "/runs/new?fresh=yes", "", "f-purpose", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(input.ModifierCtrl)), onRun},
		{"a small field of an experiment", lab, "", "f-train", chromedp.KeyEvent(kb.Enter), onExperiment},
		{"a large field of an experiment", lab, "world-settings", "f-purpose", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(input.ModifierCtrl)), onExperiment},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := browsertest.New(t)
			browsertest.Run(t, ctx, chromedp.Navigate(s.url(c.path)))
			if c.open != "" {
				browsertest.Run(t, ctx, chromedp.Click("#"+c.open+" > summary", chromedp.ByQuery))
			}
			browsertest.Run(t, ctx, chromedp.Focus("#"+c.field, chromedp.ByQuery), c.keys, browsertest.Holds(c.ends))
		})
	}
}

// slowly makes the page's own requests take longer than people type.
const slowly = `(() => { const at = window.fetch; window.fetch = (...all) => at(...all).then(answer => new Promise(done => setTimeout(done, 700, answer))); })()`

// What a person types while the page waits for the server stays, with the
// cursor, whatever the answer was made of; and what they unfolded stays open.
func TestTypingWhileTheServerIsSlow(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	for _, c := range []struct{ name, path, purpose string }{
		{"a run", "/runs/new?fresh=yes", ""},
		{"an experiment", "/lab/new?environment.name=maze&arms=off&train=2&test=3&seed=1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := browsertest.New(t)
			const wanted = "Deliver a red oak comb"
			browsertest.Run(t, ctx, chromedp.Navigate(s.url(c.path)), chromedp.Evaluate(slowly, nil),
				chromedp.Click("#world-settings > summary", chromedp.ByQuery),
				chromedp.Click(`input[name="environment.name"][value="workshop"] ~ span`, chromedp.ByQuery),
				chromedp.Focus("#f-purpose", chromedp.ByQuery), chromedp.Evaluate(`document.activeElement.select()`, nil))
			for _, letter := range wanted {
				browsertest.Run(t, ctx, chromedp.KeyEvent(string(letter)), chromedp.Sleep(20*time.Millisecond))
			}
			browsertest.Run(t, ctx, browsertest.Holds(`!!document.querySelector("[name='environment.config.level']")`), chromedp.Sleep(200*time.Millisecond),
				chromedp.KeyEvent("!"))
			var got struct {
				Value, Focus string
				At           int
				Open         bool
			}
			browsertest.Run(t, ctx, chromedp.Evaluate(`({Value: document.getElementById("f-purpose").value, Focus: document.activeElement.id,
				At: document.getElementById("f-purpose").selectionStart, Open: document.getElementById("world-settings").open})`, &got))
			if got.Value != wanted+"!" || got.Focus != "f-purpose" || got.At != len(wanted)+1 || !got.Open {
				t.Errorf("the field holds %+v, want %q with the focus, the cursor at its end, and the part still open", got, wanted+"!")
			}
		})
	}
}

// A launch does not bring back what concerned the last one only, and the
// button says what it starts.
func TestLaunchForgetsRepeatsAndApproval(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	var says, repeats, approval, purpose string
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/runs/new?fresh=yes")),
		types("repeats", "3"), types("approval", "every"),
		browsertest.Holds(`document.getElementById("start-says").textContent === "Start 3 runs, each asks before every action"`),
		chromedp.Click("#start", chromedp.ByQuery), browsertest.Holds(`location.pathname.startsWith("/groups/")`),
		browsertest.Holds(`document.getElementById("group").textContent.includes("3 runs wait for a person to approve an action")`),
		browsertest.Holds(`!document.getElementById("group").textContent.includes("under way")`),
		chromedp.Navigate(s.url("/runs/new")),
		chromedp.Text("#start-says", &says, chromedp.ByQuery), chromedp.Value("#f-repeats", &repeats, chromedp.ByID),
		chromedp.Value("#f-approval", &approval, chromedp.ByID), chromedp.Value("#f-purpose", &purpose, chromedp.ByID))
	if says != "Start the run" || repeats != "1" || approval != "" || !strings.Contains(purpose, "treasure") {
		t.Errorf("the next form says %q with %s repeats, asks %q, for %q", says, repeats, approval, purpose)
	}
}

// Few Tabs lead to what people change most in a launch, from the top of the
// page, however many settings there are.
func TestFewTabsToAskAPerson(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/runs/new?fresh=yes")), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter),
		browsertest.Holds(`document.activeElement.id === "main"`)) // the link that skips the menu
	tabs := 1
	for _, there := range []string{`document.activeElement.matches("#more-settings > summary")`, `document.activeElement.id === "f-approval"`} {
		for found := false; !found; tabs++ {
			if tabs > 12 {
				t.Fatalf("after %d Tabs it does not hold that %s", tabs, there)
			}
			browsertest.Run(t, ctx, chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(there, &found))
		}
		browsertest.Run(t, ctx, chromedp.KeyEvent(kb.Enter)) // opens what is folded
	}
	t.Logf("%d Tabs", tabs)
}

// Start stays where it is while the preview beside it grows and shrinks, so that
// it is hit by whoever was about to press it.
func TestStartStaysInPlace(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	top := func() (y float64) {
		browsertest.Run(t, ctx, chromedp.Evaluate(`document.getElementById("start").getBoundingClientRect().top`, &y))
		return y
	}
	const height = `document.getElementById("preview").offsetHeight`
	var before float64
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/lab/new")), browsertest.Holds(`document.readyState === "complete" && !!window.htmx`),
		chromedp.Evaluate(`document.querySelectorAll("main details").forEach(d => d.open = true)`, nil), chromedp.Evaluate(height, &before))
	at := top()
	browsertest.Run(t, ctx, types("worlds", "some"), browsertest.Holds(fmt.Sprintf(`%s !== %v`, height, before)))
	if now := top(); now != at {
		t.Errorf("Start went from %v to %v", at, now)
	}
}
