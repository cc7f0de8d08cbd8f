package review_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

// reviewed is a site whose library has a rule that harms, a candidate, a
// conflict and two rules that repeat each other.
func reviewed(t *testing.T) sitetest.Site { return sitetest.Of(t, toReview.Open(t)) }

var toReview = pagetest.NewSet(func(t testing.TB, s *pagetest.Store) {
	rules := pagetest.SampleRules()
	for _, do := range []string{"go back to the last fork and take the way not tried, then look again", "never go back to the last fork and take the way not tried"} {
		h := rules[0].Clone()
		h.Strategy, h.Title = do, "Once more: "+do[:5]
		rules = append(rules, h)
	}
	rules[8].Author = agent.AuthorModel + "qwen3"
	s.LearnSamples(t, rules...)
	s.Earn(t, rules[6].Scope, pagetest.Earned{ID: "h000007", Type: "maze, 4 × 4", In: 13, Solved: 5}, pagetest.Earned{ID: "h000011", Type: "maze, 4 × 4", In: 12, Solved: 9},
		pagetest.Earned{ID: "h000012", Type: "maze, 4 × 4", In: 12, Solved: 9})
})

func TestReviewPage(t *testing.T) {
	x := reviewed(t)
	w := pagetest.Ask(x, http.MethodGet, "/review", "", "HX-Request", "true")
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	pagetest.Golden(t, "review", w.Body.String())
	w = pagetest.Ask(x, http.MethodGet, "/review?item="+url.QueryEscape("conflict:h000001:h000012"), "", "HX-Request", "true")
	pagetest.Golden(t, "review-conflict", w.Body.String())
	if w = pagetest.Ask(x, http.MethodGet, "/review?tab=deferred", ""); !strings.Contains(w.Body.String(), "Nothing is put off") {
		t.Errorf("the empty tab says %.300s", w.Body)
	}
	if !strings.Contains(pagetest.Ask(x, http.MethodGet, "/runs", "").Body.String(), "data-count=\"Review\"><i class=\"n\"") {
		t.Error("the rail does not count what is open")
	}
}

func TestReviewDecisions(t *testing.T) {
	const conflict, harm, candidate = "conflict:h000001:h000012", "harm:h000007:1", "candidate:h000009:1"
	for _, test := range []struct {
		name, key, do string
		status        int
		want          string
	}{
		{"retire what harms", harm, "retire", 303, "did=retire"},
		{"keep it", harm, "keep", 303, "back=harm"},
		{"accept a candidate on trial", candidate, "trial", 303, "did=trial"},
		{"ask later", candidate, "later", 303, "did=later"},
		{"of a conflict, keep one", conflict, "keep a", 303, "did=retire&"},
		{"of a conflict, try both", conflict, "try both", 303, "n=2"},
		{"of a conflict, both", conflict, "both right", 303, "did=both+right"},
		{"what is settled already", "harm:h000001:1", "retire", 409, "settled already"},
		{"what fits another kind", harm, "keep a", 422, "no decision"},
		{"what can't be asked for here", harm, "delete", 422, "no decision"},
		{"nothing", "", "", 409, "settled already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := reviewed(t)
			w := pagetest.Ask(x, http.MethodPost, "/review", pagetest.Form("key", test.key, "do", test.do))
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if w.Code != test.status || !strings.Contains(got, test.want) {
				t.Fatalf("got %d, want %d: %.300s", w.Code, test.status, got)
			}
		})
	}
}

// What was put off is in its own tab, and comes back by one press.
func TestReviewPutOffAndBack(t *testing.T) {
	x := reviewed(t)
	open := func(tab string) bool {
		return strings.Contains(pagetest.Ask(x, http.MethodGet, "/review?tab="+tab, "").Body.String(), "harm%3Ah000007%3A1")
	}
	pagetest.Ask(x, http.MethodPost, "/review", pagetest.Form("key", "harm:h000007:1", "do", "later"))
	if open("open") || !open("deferred") {
		t.Error("it was not put off")
	}
	w := pagetest.Ask(x, http.MethodPost, "/review/back", pagetest.Form("back", "harm:h000007:1"))
	if w.Code != http.StatusSeeOther || !open("open") || open("deferred") {
		t.Errorf("it did not come back: %d", w.Code)
	}
}

// The whole inbox by keys: look, move, decide, undo.
func TestReviewByKeys(t *testing.T) {
	ctx := browsertest.New(t)
	x := reviewed(t)
	web := httptest.NewServer(x)
	defer web.Close()
	step := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := browsertest.Try(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	rows := `document.querySelectorAll(".items li").length`
	at := func(n string) chromedp.Action {
		return browsertest.Holds(`document.readyState === "complete" && document.querySelector(".items li:nth-child(` + n + `) [aria-current]") !== null`)
	}
	var open int
	step("open", chromedp.Navigate(web.URL+"/review"), at("1"), chromedp.Evaluate(rows, &open))
	step("move", chromedp.KeyEvent("j"), at("2"), chromedp.KeyEvent("k"), at("1"))
	loaded := `document.readyState === "complete" && ` // before that keys are nobody's
	step("ask later", chromedp.KeyEvent("d"), browsertest.Holds(fmt.Sprintf(`%s%s === %d && document.querySelector(".notice") !== null`, loaded, rows, open-1)))
	step("undo", chromedp.KeyEvent("u"), browsertest.Holds(fmt.Sprintf(`%s === %d`, rows, open)), at("1"))
	step("retire", chromedp.Navigate(web.URL+"/review?item=harm:h000007:1"), browsertest.Holds(loaded+`document.querySelector("[data-key=r]") !== null`), chromedp.KeyEvent("r"),
		browsertest.Holds(`document.querySelector(".notice")?.textContent.includes("retired")`))
	if h, err := x.Store.Library().Get(t.Context(), "h000007"); err != nil || h.Status != agent.Retired {
		t.Errorf("it is %v: %v", h.Status, err)
	}
}
