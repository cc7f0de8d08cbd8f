package review_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"purposeagent/agent/learning"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestReviewOfASet(t *testing.T) {
	x, law := sitetest.WithSets(t)
	key := learning.ReviewSets(law.Sets)[0].Key
	pagetest.Golden(t, "review-set", pagetest.Ask(x, http.MethodGet, "/review?item="+url.QueryEscape(key), "", "HX-Request", "true").Body.String())
	if w := pagetest.Ask(x, http.MethodPost, "/review", pagetest.Form("key", key, "do", "retire")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("what fits a rule only answers %d", w.Code)
	}
	w := pagetest.Ask(x, http.MethodPost, "/review", pagetest.Form("key", key, "do", "lift"))
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "did=lift") || law.Sets[1].Ledger.Suspended != nil {
		t.Errorf("lifting answers %d to %s: %+v", w.Code, w.Header().Get("Location"), law.Sets[1].Ledger.Suspended)
	}
}
