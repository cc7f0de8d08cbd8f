package runs_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// The list is cut by keyset: "older" goes on after the last row, "newest" back.
func TestRunsListPages(t *testing.T) {
	log := pagetest.NewRunLog(t)
	for i := range 60 {
		log.Add(pagetest.SampleRun(fmt.Sprintf("r_%02d", i), 20))
	}
	s := sitetest.OfRuns(t, log)
	answer := pagetest.Ask(s, http.MethodGet, "/runs?q=env%3Amaze", "")
	first := answer.Body.String()
	if got := strings.Count(first, "data-row"); got != ui.ListLimit {
		t.Errorf("got %d rows, want %d", got, ui.ListLimit)
	}
	older, _ := pagetest.Document(t, answer).Find("a[rel=next]").Attr("href")
	if !strings.HasPrefix(older, "/runs?cursor=") || !strings.HasSuffix(older, "&q=env%3Amaze") || strings.Contains(first, `rel="prev"`) {
		t.Fatalf("the way to older runs is %q, or there is something newer than the newest", older)
	}
	second := pagetest.Ask(s, http.MethodGet, older, "").Body.String()
	if !strings.Contains(second, `id="run-r_09"`) || strings.Contains(second, `id="run-r_10"`) {
		t.Error("the second page does not begin after the last row of the first")
	}
	if got := strings.Count(second, "data-row"); got != 10 {
		t.Errorf("got %d rows, want 10", got)
	}
	if !strings.Contains(second, `href="/runs?q=env%3Amaze"`) || strings.Contains(second, `rel="next"`) {
		t.Error("the second page does not lead back, or leads further")
	}
}

// The runs of one launch are one row, which leads to them, stands for all of them
// in a selection, and gives way to its runs where somebody asks for each.
func TestGroupIsOneRow(t *testing.T) {
	x := sitetest.WithGroups(t) // two groups of 60 and 48 runs, and two runs
	page := func(path string) *goquery.Document {
		doc, err := goquery.NewDocumentFromReader(pagetest.Ask(x, http.MethodGet, path, "").Body)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	doc := page("/runs")
	if got := doc.Find("tbody tr").Length(); got != 4 {
		t.Errorf("got %d rows, want the two runs and a row of each group", got)
	}
	row := doc.Find("#run-g_done")
	if href := row.Find("a[data-row]").AttrOr("href", ""); href != "/groups/g_done" {
		t.Errorf("the row leads to %q", href)
	}
	each := row.Find("small a").AttrOr("href", "")
	if got := row.Find("small a").Text(); got != "48 runs" || each != "/runs?q=group%3Ag_done" {
		t.Errorf("its runs are %q at %q", got, each)
	}
	if n := page(each).Find("tbody tr").Length(); n != 48 {
		t.Errorf("each of its runs: got %d rows, want 48", n)
	}
	if n := page("/runs?sort=each").Find("tbody tr").Length(); n != ui.ListLimit {
		t.Errorf("each run: got %d rows, want %d", n, ui.ListLimit)
	}
	if box := row.Find("input[name=group]"); box.AttrOr("value", "") != "g_done" || box.AttrOr("data-n", "") != "48" {
		t.Error("the box does not stand for the 48 runs")
	}
	w := pagetest.Ask(x, http.MethodPost, "/runs/bulk", "action=tag&tag=ours&group=g_done&id=r_7Q1C&return=q%3Denv%253Aworkshop")
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.Contains(to, "n=49") {
		t.Errorf("tagging a group and a run: %d to %q, want 49 runs", w.Code, to)
	}
	if w := pagetest.Ask(x, http.MethodPost, "/runs/bulk", "action=tag&tag=ours&group=g_done&return=q%3Dphi%253Aodd"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a group of a list that can't be read: %d, want 422", w.Code)
	}
}
