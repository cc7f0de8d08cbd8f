package runs_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestDemoPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.WithGroups(t),
		sitetest.Golden{Name: "demo-playing", Path: "/demo/g_demo", Want: 200, Whole: true},
		sitetest.Golden{Name: "demo-over", Path: "/demo/g_done", Want: 200},
		sitetest.Golden{Name: "demo-revealed", Path: "/demo/g_done?reveal=yes", Want: 200})
}

// A demonstration is started, paced, paused and gone on with by buttons; before the
// first there is the page that offers it.
func TestDemoIsSteered(t *testing.T) {
	show := &pagetest.Show{}
	x := sitetest.WithGroups(t, func(c *handlers.Config) { c.Welcome.Demo = show })
	if w := pagetest.Ask(x, http.MethodGet, "/demo", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "one-minute demo") {
		t.Errorf("before the first: %d", w.Code)
	}
	to := func(path, body string) {
		t.Helper()
		if w := pagetest.Ask(x, http.MethodPost, path, body); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/demo/g_demo" {
			t.Fatalf("%s: %d to %q: %s", path, w.Code, w.Header().Get("Location"), w.Body)
		}
	}
	to("/demo", "")
	if show.State.Seconds != 60 {
		t.Errorf("it takes %d s, want a minute", show.State.Seconds)
	}
	if w := pagetest.Ask(x, http.MethodGet, "/demo", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/demo/g_demo" {
		t.Errorf("afterwards: %d to %q", w.Code, w.Header().Get("Location"))
	}
	to("/demo/g_demo/pace", "seconds=180")
	to("/demo/g_demo/pause", "")
	if !show.State.Paused || show.State.Seconds != 180 {
		t.Errorf("paced and paused: %+v", show.State)
	}
	doc, err := goquery.NewDocumentFromReader(pagetest.Ask(x, http.MethodGet, "/demo/g_demo", "").Body)
	if err != nil || doc.Find(`form[action="/demo/g_demo/resume"]`).Length() != 1 || doc.Find(`button[value="180"][aria-pressed="true"]`).Length() != 1 {
		t.Error("the page does not show what it is", err)
	}
	to("/demo/g_demo/resume", "")
	if show.State.Paused {
		t.Error("it does not go on")
	}
	for path, want := range map[string]int{"/demo/g_none": 404, "/demo/g_none/pause": 404, "/demo/g_demo/prove": 503} {
		method := http.MethodPost
		if strings.Count(path, "/") == 2 {
			method = http.MethodGet
		}
		if w := pagetest.Ask(x, method, path, ""); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
	if w := pagetest.Ask(x, http.MethodPost, "/demo/g_demo/pace", "seconds=soon"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a pace in words: %d", w.Code)
	}
	show.Refuse = agent.Errorf(agent.CodeUnavailable, "the database is full")
	if w := pagetest.Ask(x, http.MethodPost, "/demo", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "The database is full.") {
		t.Errorf("got %d %.300s", w.Code, w.Body)
	}
}

// Secrets stay secret while it is played; afterwards each stands beside what was
// found of it, and of nothing else.
func TestDemoReveals(t *testing.T) {
	x := sitetest.WithGroups(t)
	page := func(path string) *goquery.Document {
		doc, err := goquery.NewDocumentFromReader(pagetest.Ask(x, http.MethodGet, path, "").Body)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	if text := page("/demo/g_demo?reveal=yes").Text(); strings.Contains(text, "soak it") || strings.Contains(text, "the seed") {
		t.Error("the secrets of a demonstration that is being played are shown")
	}
	if text := page("/demo/g_done").Text(); strings.Contains(text, "soak it") {
		t.Error("the secrets are shown unasked")
	}
	doc := page("/demo/g_done?reveal=yes")
	var rows []string
	doc.Find("#secrets tbody tr").Each(func(_ int, row *goquery.Selection) {
		var cells []string
		row.Find("td").Each(func(_ int, cell *goquery.Selection) {
			cells = append(cells, strings.Join(strings.Fields(cell.Text()), " "))
		})
		rows = append(rows, strings.Join(cells, " | "))
	})
	want := []string{"To prepare ash, soak it. | ash → soak (28 of 29) | found", "To prepare horn, heat it. | horn → oil (24 of 24) | not found",
		"To make a chest, sand, then seal a prepared piece. | raw → sand (21 of 23), in trial | in trial", "To make a comb, seal a prepared piece. | nothing | not found"}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}
