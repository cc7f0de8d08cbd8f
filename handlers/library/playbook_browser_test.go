package library_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

// The library opens on its playbook; a line shows its rules, all of them are pinned at
// once, and that is undone at once. From a rule one gets back to its line.
func TestPlaybookInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	web := httptest.NewServer(sitetest.New(t, withPlaybook))
	defer web.Close()
	line := `document.getElementById("rule-h000005").closest("li")`
	browsertest.Run(t, ctx, chromedp.Navigate(web.URL+"/library"), browsertest.Holds(`document.querySelector(".playbook h2") !== null`),
		browsertest.Holds(`[...document.querySelectorAll(".playbook h2")].map(h => h.firstChild.data.trim()).join() === "Facts,Procedures,Strategies,Pitfalls"`),
		chromedp.Evaluate(line+`.querySelector("summary").click()`, nil), browsertest.Holds(line+`.querySelector("details").open`),
		chromedp.Evaluate(line+`.querySelector("button[value=pin]").click()`, nil),
		browsertest.Holds(`document.readyState === "complete" && location.pathname === "/library" && document.querySelector(".playbook .notice")?.textContent.includes("2 rules")`),
		browsertest.Holds(`document.querySelector(".playbook .notice [data-key=u]") !== null`))
	for _, width := range []int64{1440, 375} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(web.URL+"/library"), browsertest.Holds(`document.readyState === "complete"`),
			browsertest.Holds(`document.documentElement.scrollWidth <= innerWidth`))
		browsertest.Accessible(t, ctx, "the playbook")
	}
	browsertest.Run(t, ctx, chromedp.Navigate(web.URL+"/library/h000001"), chromedp.Evaluate(`document.querySelector('a[href*="#rule-h000001"]').click()`, nil),
		browsertest.Holds(`location.hash === "#rule-h000001" && document.getElementById("rule-h000001") !== null`))
	var text string
	browsertest.Run(t, ctx, chromedp.Navigate(web.URL+"/library"), chromedp.Evaluate(`document.querySelector(".tabs a:nth-child(2)").click()`, nil), browsertest.Holds(`document.querySelector(".rulelist") !== null`),
		chromedp.Text("main", &text))
	if strings.Contains(text, "What it is worth") {
		t.Error("the rules are shown below the playbook")
	}
}
