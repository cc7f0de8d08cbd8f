package suites_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent/suites"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// open returns a site whose suites are those of the application.
func open(t *testing.T) sitetest.Site {
	t.Helper()
	store := sitetest.New(t).Store
	kept := store.App(t).Suites
	return sitetest.Of(t, store, func(c *handlers.Config) { c.Lab.Suites = kept })
}

const text = `{"format":"purpose.suite/1","name":"Two <b>things</b>","tasks":[
  {"id":"maze","environment":"maze","config":{"size":3},"purpose":"Find the treasure","seed":1,"split":"train"},
  {"id":"order","environment":"workshop","seed":2}]}`

// post sends a form and returns where it leads.
func post(t *testing.T, s http.Handler, path string, want int, pairs ...string) (location, body string) {
	t.Helper()
	w := pagetest.Ask(s, http.MethodPost, path, pagetest.Form(pairs...))
	if w.Code != want {
		t.Fatalf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
	}
	return w.Header().Get("Location"), w.Body.String()
}

func page(t *testing.T, s http.Handler, path string, want int) *goquery.Document {
	t.Helper()
	w := pagetest.Ask(s, http.MethodGet, path, "")
	if w.Code != want {
		t.Fatalf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
	}
	return pagetest.Document(t, w)
}

func has(t *testing.T, doc *goquery.Document, words ...string) {
	t.Helper()
	all := strings.Join(strings.Fields(doc.Find("main").Text()), " ")
	for _, want := range words {
		if !strings.Contains(all, want) {
			t.Errorf("the page does not say %q: %s", want, all)
		}
	}
}

// A suite is imported, changed as text and as a form, frozen and copied.
func TestSuiteByHand(t *testing.T) {
	s := open(t)
	a := s.Store.App(t)
	has(t, page(t, s, "/suites", http.StatusOK), "No suite yet")
	page(t, s, "/suites/new", http.StatusOK)
	_, body := post(t, s, "/suites", http.StatusUnprocessableEntity, "text", strings.ReplaceAll(text, "maze", "mars"))
	if !strings.Contains(body, "task 1 (mars)") || !strings.Contains(body, "&#34;mars&#34;") {
		t.Error("the problem is not said, or the text is gone:", body)
	}
	post(t, s, "/suites", http.StatusUnprocessableEntity)
	post(t, s, "/suites", http.StatusUnprocessableEntity, "path", "/etc/passwd")
	at, _ := post(t, s, "/suites", http.StatusSeeOther, "text", text)
	here, _, _ := strings.Cut(at, "?")
	post(t, s, "/suites", http.StatusConflict, "text", text)
	has(t, page(t, s, at, http.StatusOK), "The suite is kept", "Two <b>things</b>", "version 1", "Find the treasure", "drawn from the seed", "Not run yet")
	has(t, page(t, s, "/suites", http.StatusOK), "Two <b>things</b>", "Workshop")

	// as text
	form := page(t, s, here+"/edit", http.StatusOK)
	shown := form.Find("textarea[name=text]").Text()
	at, _ = post(t, s, here+"/edit", http.StatusSeeOther, "text", shown, "base", "1")
	has(t, page(t, s, at, http.StatusOK), "there is no new version")
	post(t, s, here+"/edit", http.StatusUnprocessableEntity, "text", strings.Replace(shown, `"seed": 2`, `"seed": NaN`, 1), "base", "1")
	post(t, s, here+"/edit", http.StatusConflict, "text", strings.Replace(shown, `"seed": 2`, `"seed": 3`, 1), "base", "9")
	at, _ = post(t, s, here+"/edit", http.StatusSeeOther, "text", strings.Replace(shown, `"seed": 2`, `"seed": 3`, 1), "base", "1", "note", "another order")
	has(t, page(t, s, at, http.StatusOK), "version 2", "another order")
	has(t, page(t, s, here+"?version=1", http.StatusOK), "These are the tasks of version 1")

	// as a form: a task that said nothing of its split still says nothing
	form = page(t, s, here+"/task?task=order", http.StatusOK)
	if got, _ := form.Find("[name=seed]").Attr("value"); got != "3" {
		t.Errorf("the form has seed %q", got)
	}
	post(t, s, here+"/task", http.StatusUnprocessableEntity, "was", "order", "base", "2", "id", "order", "environment", "workshop", "seed", "x", "config", "[1]")
	post(t, s, here+"/task", http.StatusSeeOther, "was", "order", "base", "2", "id", "order", "environment", "workshop", "seed", "4", "split", "test")
	post(t, s, here+"/task", http.StatusSeeOther, "was", "", "base", "3", "id", "more", "environment", "maze", "purpose", "Find it", "seed", "9", "split", "test", "config", `{"size":4}`)
	post(t, s, here+"/task", http.StatusUnprocessableEntity, "was", "", "base", "4", "id", "more", "environment", "maze", "purpose", "Find it", "seed", "9")
	post(t, s, here+"/task/remove", http.StatusSeeOther, "was", "maze", "base", "4")
	info, err := a.Suites.Get(t.Context(), "two <b>things</b>")
	if err != nil {
		t.Fatal(err)
	}
	version, err := a.Suites.Version(t.Context(), info.ID, 0)
	if err != nil || version.Number != 5 || len(version.Tasks) != 2 || version.Tasks[0].Seed != 4 || version.Tasks[0].Split != "" || version.Tasks[1].Split != suites.Test {
		t.Errorf("%+v, %v", version, err)
	}
	page(t, s, here+"/task?task=maze", http.StatusNotFound)

	for form, kind := range map[string]string{"json": "application/json", "csv": "text/csv; charset=utf-8"} {
		w := pagetest.Ask(s, http.MethodGet, here+"/export?form="+form, "")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %v", form, w.Code, w.Header())
		}
	}
	at, _ = post(t, s, here+"/freeze", http.StatusSeeOther)
	if frozen := page(t, s, at, http.StatusOK); frozen.Find(`a[href$="/edit"]`).Length() != 0 || frozen.Find(`a[href*="/task"]`).Length() != 0 {
		t.Error("a frozen suite offers to be changed")
	}
	post(t, s, here+"/edit", http.StatusConflict, "text", text, "base", "5")
	at, _ = post(t, s, here+"/copy", http.StatusSeeOther, "name", "Copy")
	has(t, page(t, s, at, http.StatusOK), "This is the copy", "copied from")
	at, _ = post(t, s, here+"/delete", http.StatusSeeOther)
	has(t, page(t, s, at, http.StatusOK), "The suite is deleted")
	page(t, s, here, http.StatusNotFound)
	for _, path := range []string{"/suites/none", "/suites/none/edit", "/suites/none/run", "/suites/none/task", "/suites/none/compare", "/suites/none/export"} {
		page(t, s, path, http.StatusNotFound)
	}
}

// What the form of a run says is what is launched, and what is on the page before.
func TestRunForm(t *testing.T) {
	s := open(t)
	a := s.Store.App(t)
	at, _ := post(t, s, "/suites", http.StatusSeeOther, "text", text)
	here, _, _ := strings.Cut(at, "?")
	has(t, page(t, s, here+"/run", http.StatusOK), "Start 2 runs", "purpose suite run")
	_, preview := post(t, s, here+"/run/preview", http.StatusOK, "tries", "3", "memory", "on", "split", "test")
	for _, want := range []string{"Start 3 runs", "a later try knows", `--tries 3`, `&#34;split&#34;: &#34;test&#34;`} {
		if !strings.Contains(preview, want) {
			t.Errorf("the preview does not say %q: %s", want, preview)
		}
	}
	for name, pairs := range map[string][]string{"no tries": {"tries", "0"}, "many": {"tries", "21"}, "nobody": {"models.actor", "nobody:m"}, "memory": {"memory", "maybe"}, "a tag": {"tags", "A b!"}, "a budget": {"budget.usd", "NaN"}} {
		_, body := post(t, s, here+"/run", http.StatusUnprocessableEntity, pairs...)
		if !strings.Contains(body, `id="errors"`) {
			t.Errorf("%s: nothing says what is wrong", name)
		}
	}
	at, _ = post(t, s, here+"/run", http.StatusSeeOther, "tries", "2", "memory", "off", "tags", "nightly")
	doc := page(t, s, at, http.StatusOK)
	has(t, doc, "The tasks are launched", "4 not ended", "2 tasks, 2 tries", "…")
	if _, polls := doc.Find("#suite-part").Attr("hx-get"); !polls {
		t.Error("the page does not follow its runs")
	}
	id, err := url.PathUnescape(strings.TrimPrefix(here, "/suites/"))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := a.Suites.Runs(t.Context(), id, 10)
	if err != nil || len(runs) != 1 || runs[0].Tries != 2 || runs[0].Memory != "off" || runs[0].By != ui.Person {
		t.Errorf("%+v, %v", runs, err)
	}
	// the group says which suite it is of
	has(t, page(t, s, "/groups/"+runs[0].Group, http.StatusOK), "The suite", "0 of 4 done")
	// the next form begins with what was asked
	if got, _ := page(t, s, here+"/run", http.StatusOK).Find("[name=tries]").Attr("value"); got != "2" {
		t.Errorf("the next form has %q tries", got)
	}
	page(t, s, here+"/compare", http.StatusUnprocessableEntity)
	post(t, s, here+"/run", http.StatusSeeOther, "tries", "1")
	has(t, page(t, s, here+"/compare", http.StatusOK), "Nothing to compare")
	page(t, s, here+"/compare?before=none&after=none", http.StatusNotFound)
}
