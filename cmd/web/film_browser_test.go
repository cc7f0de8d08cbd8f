package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// A run that has ended is played like a film: by the button and the keys, faster,
// back and forth, with a picture of each state, asking for no more frames than are
// about to be shown. Who wants less motion is not played to unasked.
func TestARunAsAFilm(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"memory": "off", "max_steps": 400, "seed": 5, "environment": map[string]any{"name": "maze", "config": map[string]any{"size": 8}}})).ID
	steps := s.wait(id, ended).Steps
	if steps < 250 {
		t.Fatalf("the run has %d steps; it must be long enough for three windows of frames", steps)
	}
	ctx := browsertest.New(t)
	at := func(condition string) chromedp.Action {
		return browsertest.Holds(`(n => ` + condition + `)(Number(document.querySelector("[data-film-at]").value))`)
	}
	key := func(name string) chromedp.Action {
		return chromedp.Evaluate(fmt.Sprintf(`document.querySelector("[data-film-play]").dispatchEvent(new KeyboardEvent("keydown", {key: %q, bubbles: true, cancelable: true}))`, name), nil)
	}
	label := func(text string) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`document.querySelector("[data-film-play]").getAttribute("aria-label") === %q`, text))
	}
	asked := func(n int) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`performance.getEntriesByType("resource").filter(e => e.name.includes("/film?")).length === %d`, n))
	}
	var page string
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id)), asked(0),
		chromedp.Click(`[data-open="film"]`, chromedp.ByQuery), browsertest.Holds(`document.getElementById("film").open`),
		at(`n >= 2`), label("Pause"), asked(1),
		browsertest.Holds(`document.querySelector("[data-film-picture]").naturalWidth > 0 && document.querySelector("[data-film-picture]").src.includes("/steps/")`),
		browsertest.Holds(`document.querySelector("[data-film-action]").textContent.length > 1 && /^[0-9.]+$/.test(document.querySelector("[data-film-phi]").textContent)`),
		key(" "), label("Play"), key("Home"), at(`n === 0`), key("ArrowRight"), at(`n === 1`), key("ArrowRight"), at(`n === 2`), key("ArrowLeft"), at(`n === 1`),
		// Scrubbed into another window, which alone is asked for.
		chromedp.Evaluate(fmt.Sprintf(`(range => { range.value = %d; range.dispatchEvent(new Event("input", {bubbles: true})) })(document.querySelector("[data-film-at]"))`, steps-2), nil),
		browsertest.Holds(fmt.Sprintf(`document.querySelector("[data-film-n]").textContent === "%d of %d"`, steps-2, steps)), asked(2),
		key("4"), browsertest.Holds(`document.querySelector('[data-film-speed="4"]').getAttribute("aria-pressed") === "true"`),
		key(" "), label("Play"), at(fmt.Sprintf(`n === %d`, steps)), browsertest.Holds(`document.querySelector(".film").classList.contains("ended")`),
		key(" "), at(`n === 0 || n === 1`), chromedp.Evaluate(`document.getElementById("film").close()`, nil), label("Play"),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}),
		chromedp.Navigate(s.url("/runs/"+id+"?film=yes")), browsertest.Holds(`document.getElementById("film").open && document.querySelector("[data-film-picture]").naturalWidth > 0`), label("Play"), at(`n === 0`),
		chromedp.OuterHTML("#film", &page, chromedp.ByQuery))
	browsertest.Accessible(t, ctx, "the film")
}
