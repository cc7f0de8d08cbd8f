package history_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestSnapshotGoldenPages(t *testing.T) {
	x := sitetest.New(t)
	for _, test := range []struct{ name, path string }{
		{"snapshots", "/library/snapshots"},
		{"packs", "/library/import"},
		{"snapshots-at", "/library/snapshots/at?moment=s00001"},
		{"snapshots-diff", "/library/snapshots/diff?from=s00001"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodGet, test.path, "", "HX-Request", "true")
			if w.Code != http.StatusOK {
				t.Fatalf("got %d: %s", w.Code, w.Body)
			}
			pagetest.Golden(t, test.name, w.Body.String())
		})
	}
}

func TestSnapshotAnswers(t *testing.T) {
	x := sitetest.New(t)
	numbered := x.Store.Numbered(t)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"by a change", "GET", "/library/snapshots/at?moment=3", "", 200, "9 rules"},
		{"by a time", "GET", "/library/snapshots/at?moment=2026-11-22T09:00", "", 200, "9 rules"},
		{"by a day", "GET", "/library/snapshots/at?moment=2026-11-22", "", 200, "9 rules"},
		{"now", "GET", "/library/snapshots/at", "", 200, "10 rules"},
		{"before everything", "GET", "/library/snapshots/at?moment=0", "", 200, "no rule at this moment"},
		{"no moment", "GET", "/library/snapshots/at?moment=yesterday", "", 422, "is not a moment"},
		{"no such snapshot", "GET", "/library/snapshots/at?moment=s99999", "", 404, "There is no snapshot"},
		{"nothing differs", "GET", "/library/snapshots/diff?from={-2}&to=s00002", "", 200, "Nothing differs"},
		{"compare with nonsense", "GET", "/library/snapshots/diff?from={-2}&to=x", "", 422, "is not a moment"},
		{"take", "POST", "/library/snapshots", "name=Before+the+demo", 303, "/library/snapshots/at?moment=s00003"},
		{"take without a name", "POST", "/library/snapshots", "name=", 422, "give the snapshot a name"},
		{"restore", "POST", "/library/snapshots/restore", "moment=s00001", 303, "/library/snapshots?change={1}&did=snapshot&n=3"},
		{"and the notice offers to undo", "GET", "/library/snapshots?change={1}&did=snapshot&n=3", "", 200, "/library/changes/{1}/undo"},
		{"restore which", "POST", "/library/snapshots/restore", "", 422, "which moment"},
		{"forget", "POST", "/library/snapshots/s00001/delete", "", 303, "/library/snapshots"},
		{"forget again", "POST", "/library/snapshots/s00001/delete", "", 404, "There is no snapshot"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, test.method, numbered(test.path), test.body)
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if w.Code != test.status || !strings.Contains(got, numbered(test.want)) {
				t.Fatalf("got %d, want %d: %.300s, want %q in it", w.Code, test.status, got, numbered(test.want))
			}
		})
	}
}
