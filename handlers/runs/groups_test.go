package runs_test

import (
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// A live page asks again; it gets nothing while nothing changed, and stops
// asking when all runs have ended.
func TestGroupPolls(t *testing.T) {
	x := sitetest.WithGroups(t)
	page := func(path string, headers ...string) *goquery.Document {
		w := pagetest.Ask(x, http.MethodGet, path, "", headers...)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: got %d", path, w.Code)
		}
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	poll, ok := page("/groups/g_demo").Find("[hx-trigger='every 1s']").Attr("hx-get")
	if !ok {
		t.Fatal("the live page does not ask again")
	}
	if w := pagetest.Ask(x, http.MethodGet, poll, "", "HX-Request", "true"); w.Code != http.StatusNoContent {
		t.Errorf("nothing changed: got %d, want 204", w.Code)
	}
	x.Log.Emit("r_on28", pagetest.Noon, agent.StepTaken{Step: pagetest.SampleStep(8, 2)})
	doc := page(poll, "HX-Request", "true")
	if doc.Find("html head link").Length() > 0 || doc.Find("#group").Length() != 1 || doc.Find("#group-table[hx-swap-oob]").Length() != 1 {
		t.Error("the update is not the live part and the table")
	}
	if again, _ := doc.Find("[hx-trigger='every 1s']").Attr("hx-get"); again == "" || again == poll {
		t.Errorf("the update asks for %q, want another version than %q", again, poll)
	}
	done := page("/groups/g_done")
	if done.Find("[hx-trigger]").Length() > 0 {
		t.Error("a group that has ended still asks")
	}
	if got := done.Find("#group-table tbody tr").Length(); got != 24 {
		t.Errorf("the table has %d rows, want 24", got)
	}
}

func TestGroupStops(t *testing.T) {
	x := sitetest.WithGroups(t)
	w := pagetest.Ask(x, http.MethodPost, "/groups/g_demo/stop", "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/groups/g_demo?did=stop&n=8" {
		t.Errorf("got %d to %q, want the 8 open runs stopped", w.Code, w.Header().Get("Location"))
	}
	if len(x.Log.Asked()) != 8 || x.Log.Asked()[0] != "stop r_on27 by human" {
		t.Errorf("the engine was told %v", x.Log.Asked())
	}
	x = sitetest.WithGroups(t)
	x.Log.Refuse(agent.Errorf(agent.CodeConflict, "the run has ended"))
	if w := pagetest.Ask(x, http.MethodPost, "/groups/g_demo/stop", ""); w.Code != http.StatusSeeOther {
		t.Errorf("runs that ended meanwhile: got %d", w.Code)
	}
	x.Log.Refuse(agent.Errorf(agent.CodeUnavailable, "the engine is shutting down"))
	if w := pagetest.Ask(x, http.MethodPost, "/groups/g_demo/stop", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("an engine that is down: got %d", w.Code)
	}
}

// BenchmarkGroupPoll is what a live page asks each second, where nothing changed.
func BenchmarkGroupPoll(b *testing.B) {
	x := sitetest.New(b)
	x.Log.AddGroup("g_bench", "br_", 100, 90)
	poll, ok := pagetest.Document(b, pagetest.Ask(x, http.MethodGet, "/groups/g_bench", "")).Find("[hx-trigger='every 1s']").Attr("hx-get")
	if !ok {
		b.Fatal("the page does not ask again")
	}
	b.ResetTimer()
	for b.Loop() {
		if w := pagetest.Ask(x, http.MethodGet, poll, "", "HX-Request", "true"); w.Code != http.StatusNoContent {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkGroupPageOf200Runs(b *testing.B) {
	x := sitetest.New(b)
	x.Log.AddGroup("g_bench", "br_", 100, 100)
	b.ResetTimer()
	for b.Loop() {
		if w := pagetest.Ask(x, http.MethodGet, "/groups/g_bench", "", "HX-Request", "true"); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
