package review_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/agent/playbook"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

var boxes = agent.Scope{Environment: "boxes", Dynamics: "w1", Schema: "s"}

// thin is a rule in use that rests on very little.
func thin(hue, way string) *agent.Heuristic {
	return &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindRule, Title: "Open " + way + " when hue is " + hue, Pattern: "when hue is " + hue, Strategy: "open " + way, Action: "open", Scope: boxes,
		Predicate: &agent.Predicate{Action: "open", Params: map[string]string{"way": way}, When: []agent.Condition{{Feature: "box hue is " + hue, Holds: true}}, Prior: .4},
		Good:      2, Author: agent.AuthorDistiller, Status: agent.Probation}
}

// lineToReview is a site with one line of three rules, of which two are worth a look.
func lineToReview(t *testing.T) (site sitetest.Site, ids []string) {
	t.Helper()
	store := pagetest.Open(t)
	for _, h := range store.Learn(t, thin("red", "push"), thin("blue", "pull"), thin("teal", "pull")) {
		ids = append(ids, h.ID)
	}
	store.Earn(t, boxes, pagetest.Earned{ID: ids[0], Type: "boxes", In: 6, Solved: 4}, pagetest.Earned{ID: ids[1], Type: "boxes", In: 4, Solved: 2})
	return sitetest.Of(t, store, func(c *handlers.Config) {
		c.Library.Playbooks = func(_ context.Context, asked playbook.Asked) (playbook.Page, error) {
			p := playbook.Page{Scope: boxes}
			if asked.Environment == boxes.Environment {
				p.Lines = []agent.PlaybookLine{{Kind: agent.LineFact, Tier: agent.Tool, Title: "Open by hue", Text: "red → push (2 of 2) · blue → pull (2 of 2) · teal → pull (2 of 2)", Status: agent.Probation, Rules: ids, Good: 6}}
			}
			return p, nil
		}
	}), ids
}

func statuses(t *testing.T, site sitetest.Site, ids []string) string {
	t.Helper()
	var out []string
	for _, id := range ids {
		h, err := site.Store.Library().Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(h.Status))
	}
	return strings.Join(out, " ")
}

// What is to be reviewed stands by the line that says it: with its rules, those with a
// reason ticked; a decision is one change of what is ticked.
func TestReviewByLines(t *testing.T) {
	site, ids := lineToReview(t)
	page := pagetest.Ask(site, "GET", "/review", "").Body.String()
	for _, want := range []string{"Open by hue", "2 rules of it", "red → push (2 of 2)", "2 rules of this line are worth a look", "Show every rule by itself", "little evidence"} {
		if !strings.Contains(page, want) {
			t.Errorf("the inbox does not say %q", want)
		}
	}
	form := pagetest.FormOf(t, page, "/review")
	slices.Sort(form["ids"])
	if !slices.Equal(form["ids"], ids[:2]) {
		t.Fatalf("ticked are %v, want %v", form["ids"], ids[:2])
	}
	decide := func(do string, ticked ...string) (int, string) {
		f := url.Values{"key": form["key"], "do": {do}, "ids": ticked}
		rec := pagetest.Ask(site, "POST", "/review", f.Encode())
		return rec.Code, rec.Header().Get("Location")
	}
	for _, refused := range [][]string{nil, {"h999999"}, {ids[0], "h999999"}} {
		if code, _ := decide("retire", refused...); code < 400 {
			t.Errorf("%v: %d", refused, code)
		}
	}
	code, location := decide("retire", form["ids"]...)
	if code != http.StatusSeeOther || statuses(t, site, ids) != "retired retired probation" {
		t.Fatalf("%d, they are %s", code, statuses(t, site, ids))
	}
	u, _ := url.Parse(location)
	if rec := pagetest.Ask(site, "POST", "/library/changes/"+u.Query().Get("change")+"/undo", "back=/review"); rec.Code != http.StatusSeeOther || statuses(t, site, ids) != "probation probation probation" {
		t.Fatalf("undone: %d, they are %s", rec.Code, statuses(t, site, ids))
	}
	if code, location = decide("keep"); code != http.StatusSeeOther {
		t.Fatal(code, location)
	}
	if page := pagetest.Ask(site, "GET", "/review", "").Body.String(); strings.Contains(page, "Open by hue") {
		t.Error("what was kept is still open")
	}
	u, _ = url.Parse(location)
	if rec := pagetest.Ask(site, "POST", "/review/back", url.Values{"back": {u.Query().Get("back")}}.Encode()); rec.Code != http.StatusSeeOther {
		t.Error(rec.Code)
	}
	if page := pagetest.Ask(site, "GET", "/review", "").Body.String(); !strings.Contains(page, "2 rules of it") {
		t.Error("it is not back as it was")
	}
}

// Every rule can still be looked at by itself, and decided about.
func TestReviewRuleByRule(t *testing.T) {
	site, ids := lineToReview(t)
	page := pagetest.Ask(site, "GET", "/review?by=rule", "").Body.String()
	if strings.Contains(page, "Open by hue") || !strings.Contains(page, "Open push when hue is red") || !strings.Contains(page, "Open pull when hue is blue") {
		t.Fatal("the rules are not by themselves")
	}
	form := pagetest.FormOf(t, page, "/review")
	form.Set("do", "retire")
	rec := pagetest.Ask(site, "POST", "/review", form.Encode())
	if rec.Code != http.StatusSeeOther || !strings.Contains(rec.Header().Get("Location"), "by=rule") || strings.Count(statuses(t, site, ids), "retired") != 1 {
		t.Errorf("%d %s, they are %s", rec.Code, rec.Header().Get("Location"), statuses(t, site, ids))
	}
}

// The keys decide about a line as about a rule, and the page holds at both widths.
func TestReviewByLinesInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	site, ids := lineToReview(t)
	web := httptest.NewServer(site)
	defer web.Close()
	for _, width := range []int64{375, 1440} {
		browsertest.Run(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(web.URL+"/review"), browsertest.Holds(`document.readyState === "complete"`),
			browsertest.Holds(`document.querySelectorAll('input[name=ids]:checked').length === 2`), browsertest.Holds(`document.documentElement.scrollWidth <= innerWidth`))
		browsertest.Accessible(t, ctx, "a line in the inbox")
	}
	browsertest.Run(t, ctx, chromedp.Evaluate(`document.getElementById("tick-`+ids[1]+`").click()`, nil), chromedp.KeyEvent("r"),
		browsertest.Holds(`document.readyState === "complete" && document.querySelector(".notice [data-key=u]") !== null`))
	if got := statuses(t, site, ids); got != "retired probation probation" {
		t.Errorf("they are %s", got)
	}
}
