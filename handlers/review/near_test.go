package review_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestNearPage(t *testing.T) {
	x := sitetest.New(t)
	for _, do := range []string{"go back to the last fork and take the way not tried, then look again", "never go back to the last fork and take the way not tried"} {
		h := pagetest.SampleRules()[0]
		h.Strategy, h.Title = do, "Once more: "+do[:5]
		x.Store.Learn(t, h)
	}
	w := pagetest.Ask(x, http.MethodGet, "/library/near", "", "HX-Request", "true")
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	pagetest.Golden(t, "library-near", w.Body.String())
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"keep one", pagetest.Form("a", "h000001", "b", "h000012", "do", "keep a"), 303, "did=retire&n=1"},
		{"let the hold-out decide", pagetest.Form("a", "h000001", "b", "h000012", "do", "try both"), 303, "did=trial&n=2"},
		{"both right", pagetest.Form("a", "h000001", "b", "h000012", "do", "both right"), 303, "/library/near"},
		{"of a rule that is gone", pagetest.Form("a", "h000001", "b", "gone", "do", "both right"), 404, "There is no rule"},
		{"no decision", pagetest.Form("a", "h000001", "b", "h000012", "do", "shrug"), 422, "no decision"},
		{"one rule only", pagetest.Form("a", "h000001", "b", "h000001", "do", "keep a"), 422, "does not name two rules"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodPost, "/library/near", test.body)
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if w.Code != test.status || !strings.Contains(got, test.want) {
				t.Errorf("got %d, want %d: %.300s", w.Code, test.status, got)
			}
		})
	}
}
