package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// The line is looked at more closely by key, by a link and by drawing over it;
// the address keeps the look, and frames of a live run leave it alone.
func TestZoomInABrowser(t *testing.T) {
	s := serve(t, t.TempDir(), "")
	id := s.launch(maze(map[string]any{"memory": "off", "max_steps": 100, "early_stop_phi": 10, "pace": 0.05})).ID
	s.wait(id, func(r launched) bool { return r.Steps >= 50 })
	ctx := browsertest.New(t)
	drawn := func(before, slots int) chromedp.Action {
		return browsertest.Holds(fmt.Sprintf(`(p => p.before === "%d" && p.slots === "%d")(document.getElementById("spine-plot").dataset)`, before, slots))
	}
	var left, top, width float64
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(s.url("/runs/"+id+"/steps/30?from=21&to=40")), browsertest.Holds(`document.readyState === "complete"`), drawn(20, 20),
		browsertest.Holds(`document.getElementById("spine-zoom").textContent.includes("steps 21 to 40")`),
		browsertest.Holds(`document.getElementById("spine-marker").firstElementChild.getAttribute("x") === "47.5%" || document.getElementById("spine-marker").firstElementChild.getAttribute("x") === "47.50%"`),
		chromedp.KeyEvent("]"), drawn(30, 20), browsertest.Holds(`location.search === "?from=31&to=50" && document.getElementById("spine-marker").hasAttribute("hidden")`),
		chromedp.KeyEvent("["), drawn(20, 20), chromedp.KeyEvent("+"), drawn(24, 10), chromedp.KeyEvent("-"), drawn(19, 20))
	now := s.wait(id, func(r launched) bool { return r.Steps >= 70 }).Steps
	browsertest.Run(t, ctx, shows(1), browsertest.Holds(fmt.Sprintf(`Number(document.getElementById("count-all").textContent) >= %d`, now)), drawn(19, 20))
	s.wait(id, ended)
	browsertest.Run(t, ctx, chromedp.KeyEvent("0"), drawn(0, 100), browsertest.Holds(`location.search === ""`),
		chromedp.Evaluate(`document.querySelector(".plot").getBoundingClientRect().left`, &left), chromedp.Evaluate(`document.querySelector(".plot").getBoundingClientRect().top`, &top),
		chromedp.Evaluate(`document.querySelector(".plot").getBoundingClientRect().width`, &width))
	at := func(kind input.MouseType, share float64) chromedp.Action {
		return input.DispatchMouseEvent(kind, left+share*width, top+60).WithButton(input.Left).WithClickCount(1)
	}
	browsertest.Run(t, ctx, at(input.MousePressed, .4), at(input.MouseMoved, .5), at(input.MouseMoved, .7), browsertest.Holds(`!!document.querySelector(".rubber")`), at(input.MouseReleased, .7),
		drawn(40, 30), browsertest.Holds(`!document.querySelector(".rubber") && location.pathname.endsWith("/steps/30")`))
	// Drawing is no click; a click still chooses a step.
	browsertest.Run(t, ctx, chromedp.MouseClickXY(left+.5*width, top+60), browsertest.Holds(`/\/steps\/(5[4-7])$/.test(location.pathname)`), drawn(40, 30))
	for _, query := range []string{"from=x", "from=9&to=3", "from=1000"} {
		if code := s.call(http.MethodGet, "/runs/"+id+"?"+query, nil, nil); code != 422 && code != 404 {
			t.Errorf("%s answers %d", query, code)
		}
	}
}
