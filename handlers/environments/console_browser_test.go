package environments_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// press presses the first button of an action that can be done now.
func press(label string) chromedp.Action {
	return chromedp.Click(`//div[@role="group"]/button[starts-with(normalize-space(.), "`+label+`")]`, chromedp.BySearch)
}

// did holds once n actions are listed, the newest with these words.
func did(n, words string) chromedp.Action {
	return browsertest.Holds(`(row => row?.cells[0].textContent === "` + n + `" && row.textContent.includes("` + words + `"))(document.querySelector("#console tbody tr"))`)
}

// A walk by hand: a preset, a reset, actions by button and by form, one that fails,
// the end with the verdict, and over again; on a screen and on a phone.
func TestWalkInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	web := httptest.NewServer(open(t))
	defer web.Close()
	at := browsertest.Holds
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(web.URL+"/environments"), chromedp.Click(`//a[contains(., "Try it")]`, chromedp.BySearch),
		at(`location.pathname === "/environments/maze" && location.hash === "#try"`), chromedp.SetValue("#f-seed", "5"), chromedp.Click("#try button.go"),
		at(`location.pathname.startsWith("/environments/maze/console/") && document.querySelector(".doable button") !== null`),
		at(`document.querySelector("img.picture").naturalWidth > 0`),
		press("go "), did("1", "You are in"), at(`document.activeElement.closest(".doable") !== null || document.activeElement === document.body`),
		// any action, by its form: a door where there is none
		chromedp.Click("#any > summary"), chromedp.Click(`#any input[value="unlock"]`), chromedp.Click(`#any form button.go`), did("2", "failed"),
		at(`document.querySelector("#any").open && document.querySelector('[role=status]').textContent.startsWith("Error:")`),
		press("go "), did("3", "You are in"),
		at(`document.querySelector("img.picture").naturalWidth > 0 && /^\d+\.\d$/.test(document.querySelector(".phi-now b").textContent)`),
		chromedp.Click(`//button[contains(., "End")]`, chromedp.BySearch), at(`document.querySelector(".note").textContent.includes("was not reached") && document.querySelector(".doable") === null`),
		chromedp.Click(`//button[contains(., "Start over")]`, chromedp.BySearch), at(`document.querySelector(".doable") !== null && document.querySelector("tbody") === null`))
	for _, width := range []int64{1440, 375} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(width, 812), at(`document.documentElement.scrollWidth <= innerWidth`))
		browsertest.Accessible(t, ctx, "the console")
	}
	// What somebody else did in the same console is shown, and nothing is done twice.
	browsertest.Run(t, ctx, chromedp.Evaluate(`document.querySelector(".doable [name=choice]").form.turn.value = "1"`, nil), press("go "),
		at(`document.querySelector("[role=alert]")?.textContent.includes("your action was not done")`), press("go "), did("1", "You are in"), at(`document.querySelector("#console [role=alert]") === null`))
}

// A world that draws its tasks, with secrets: the order comes from the seed.
func TestOrderInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	web := httptest.NewServer(open(t))
	defer web.Close()
	at := browsertest.Holds
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(web.URL+"/environments/workshop"), chromedp.SetValue("#f-seed", "7"), chromedp.Click("#try button.go"),
		at(`document.querySelector("h1")?.textContent.startsWith("deliver")`), press("take piece1"), did("1", "piece1"),
		press("prepare heat"), did("2", "piece1"), chromedp.EmulateViewport(375, 812), at(`document.documentElement.scrollWidth <= innerWidth`), chromedp.EmulateViewport(1440, 900),
		chromedp.Click(`//a[contains(., "Launch a run of this task")]`, chromedp.BySearch),
		at(`location.pathname === "/runs/new" && document.querySelector("[name=purpose]").value.startsWith("deliver") && document.querySelector("[name=seed]").value === "7"`))
}

// The same without a script.
func TestWalkWithoutScript(t *testing.T) {
	ctx := browsertest.New(t)
	web := httptest.NewServer(open(t))
	defer web.Close()
	at := browsertest.Holds
	browsertest.Run(t, ctx, chromedp.EmulateViewport(1440, 900), emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(web.URL+"/environments/maze"),
		chromedp.Click("#try button.go"), at(`document.querySelector(".doable button") !== null`), press("go "), did("1", "You are in"), press("go "), did("2", "You are in"),
		chromedp.Click(`//button[contains(., "End")]`, chromedp.BySearch), at(`document.querySelector(".note")?.textContent.includes("You ended it.")`))
}
