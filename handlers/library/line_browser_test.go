package library_test

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

// A line is edited, seen beforehand and undone; a rule says while it is typed whether
// it can be read; all of it at both widths.
func TestLinesInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	site, rules := twoRules(t)
	web := httptest.NewServer(site)
	defer web.Close()
	red := rules[0].ID
	line := web.URL + "/library/line?" + url.Values{"ids": {red, rules[1].ID}, "title": {"Open by hue"}, "return": {"environment=boxes"}}.Encode()
	field := `document.getElementById("f-` + red + `-constant-way")`
	for _, width := range []int64{1440, 375} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(line), browsertest.Holds(`document.readyState === "complete"`),
			chromedp.Evaluate(field+`.value = "pull"; document.querySelector("button[value=look]").click()`, nil),
			browsertest.Holds(`document.readyState === "complete" && document.querySelector(".linerule .note") !== null`), browsertest.Holds(field+`.value === "pull"`),
			browsertest.Holds(`document.documentElement.scrollWidth <= innerWidth`))
		browsertest.Accessible(t, ctx, "the form of a line")
		browsertest.Run(t, ctx, chromedp.Navigate(web.URL+"/library/new?env=maze"), browsertest.Holds(`document.readyState === "complete"`),
			chromedp.SendKeys("#f-action", "open"), chromedp.SendKeys("#f-pattern", "when it looks dull"), browsertest.Holds(`document.getElementById("reading").textContent.includes("it looks dull")`),
			chromedp.Evaluate(`document.getElementById("f-pattern").value = "hue is red"; document.getElementById("f-strategy").value = "open push"`, nil),
			chromedp.SendKeys("#f-title", "Mine"), browsertest.Holds(`document.getElementById("reading").textContent.includes("reads it as: Open push when hue is red")`),
			browsertest.Holds(`document.querySelectorAll("#conditions option").length > 3 && document.getElementById("f-more").list.id === "conditions"`),
			chromedp.SendKeys("#f-more", "box hue is as asked"), chromedp.Evaluate(`document.querySelector("button[value=add]").click()`, nil),
			browsertest.Holds(`document.getElementById("f-pattern").value === "hue is red, box hue is as asked" && document.getElementById("f-title").value === "Mine"`),
			browsertest.Holds(`document.documentElement.scrollWidth <= innerWidth`))
		browsertest.Accessible(t, ctx, "the form of a rule")
	}
	browsertest.Run(t, ctx, chromedp.Navigate(line), browsertest.Holds(`document.readyState === "complete"`),
		chromedp.Evaluate(field+`.value = "pull"; document.querySelector("button[value=save]").click()`, nil),
		browsertest.Holds(`document.readyState === "complete" && location.pathname === "/library" && document.querySelector(".notice [data-key=u]") !== null`))
}
