package review_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"purposeagent/agent/inbox"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestReviewOfASet(t *testing.T) {
	x := sitetest.WithSets(t)
	ledgers, err := x.Store.Library().Ledgers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key := inbox.Sets(ledgers)[0].Key
	pagetest.Golden(t, "review-set", pagetest.Ask(x, http.MethodGet, "/review?item="+url.QueryEscape(key), "", "HX-Request", "true").Body.String())
	if w := pagetest.Ask(x, http.MethodPost, "/review", pagetest.Form("key", key, "do", "retire")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("what fits a rule only answers %d", w.Code)
	}
	w := pagetest.Ask(x, http.MethodPost, "/review", pagetest.Form("key", key, "do", "lift"))
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "did=lift") || x.Store.Ledger(t, pagetest.SuspendedSet).Suspended != nil {
		t.Errorf("lifting answers %d to %s: %+v", w.Code, w.Header().Get("Location"), x.Store.Ledger(t, pagetest.SuspendedSet).Suspended)
	}
}
