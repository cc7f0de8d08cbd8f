package labpages_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent/experiments"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

func TestLabGoldenPages(t *testing.T) {
	full, empty := sitetest.WithExperiments(t), sitetest.WithLab(t)
	const htmx = "HX-Request"
	for _, test := range []struct {
		name    string
		site    sitetest.Site
		path    string
		headers []string
		want    int
	}{
		{"lab-list", full, "/lab", nil, 200},
		{"lab-list-fragment", full, "/lab?status=finished", []string{htmx, "true", "HX-Target", "div#experiments"}, 200},
		{"lab-empty", empty, "/lab", []string{htmx, "true"}, 200},
		{"lab-none-match", full, "/lab?q=nowhere", []string{htmx, "true"}, 200},
		{"lab-new", full, "/lab/new", []string{htmx, "true", "HX-History-Restore-Request", "true"}, 200},
		{"lab-new-audit", full, "/lab/new?audit=h000005", nil, 200},
		{"lab-queued", full, "/lab/x_queued", []string{htmx, "true"}, 200},
		{"lab-running", full, "/lab/x_running", nil, 200},
		{"lab-failed", full, "/lab/x_failed", []string{htmx, "true"}, 200},
		{"lab-cancelled", full, "/lab/x_cancelled", []string{htmx, "true"}, 200},
		{"lab-one-world", full, "/lab/x_one", []string{htmx, "true"}, 200},
		{"lab-worlds", full, "/lab/x_worlds?world=2", []string{htmx, "true"}, 200},
		{"lab-underpowered", full, "/lab/x_weak", []string{htmx, "true"}, 200},
		{"lab-negative-control", full, "/lab/x_negative", []string{htmx, "true"}, 200},
		{"lab-broken-arm", full, "/lab/x_broken", []string{htmx, "true"}, 200},
		{"lab-outcomes", full, "/lab/x_negative/outcomes?show=lost", []string{htmx, "true"}, 200},
		{"lab-gone", full, "/lab/x_gone", []string{htmx, "true"}, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(test.site, http.MethodGet, test.path, "", test.headers...)
			if w.Code != test.want {
				t.Fatalf("got status %d, want %d: %.500s", w.Code, test.want, w.Body)
			}
			pagetest.Golden(t, test.name, w.Body.String())
		})
	}
}

// asked returns all experiments of a site with what was asked, newest first.
func asked(t *testing.T, x sitetest.Site) (list []started) {
	t.Helper()
	all, err := x.Store.App(t).Lab.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		request, err := lab.ParseRequest(all[i].Spec)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, started{all[i].ID, request})
	}
	return list
}

type started struct {
	ID string
	lab.Request
}

// A form that is sent starts what it says, and leads to it.
func TestExperimentStarts(t *testing.T) {
	x := sitetest.WithLab(t)
	w := pagetest.Ask(x, http.MethodPost, "/lab", pagetest.GoodExperiment("worlds", "1-3, 7", "curve", "0,10,20", "noise", "1.0", "pollution", "75",
		"leave_out", "h000005", "arm_placebo", "maze", "name", "mine", "test_config", `{"draw":5}`))
	got := asked(t, x)
	if w.Code != http.StatusSeeOther || len(got) != 1 || w.Header().Get("Location") != "/lab/"+got[0].ID {
		t.Fatalf("got %d to %q, %d started: %s", w.Code, w.Header().Get("Location"), len(got), pagetest.Document(t, w).Find("#errors").Text())
	}
	if got := got[0]; got.Name != "mine" || fmt.Sprint(got.Worlds) != "[1 2 3 7]" {
		t.Errorf("got %+v", got)
	}
	s := got[0].Spec
	if want := "[off on placebo placebo:maze leave-one-out:h000005]"; fmt.Sprint(s.Arms) != want {
		t.Errorf("arms %v, want %s", s.Arms, want)
	}
	if s.Pollution != .75 || s.Models.Critic != "noisy:1.0" || fmt.Sprint(s.Curve) != "[0 10 20]" || fmt.Sprint(s.Environment.Config.Map()["world"]) != "1" || s.TestConfig != `{"draw":5}` || s.Train != 20 || s.Test != 30 {
		t.Errorf("got %+v", s)
	}
}

// The world that a form names is the one that is worked, from its first task to
// the report that the page shows.
func TestExperimentIsWorked(t *testing.T) {
	x := sitetest.WithLab(t)
	w := pagetest.Ask(x, http.MethodPost, "/lab", pagetest.GoodExperiment("train", "6", "test", "4", "environment.config.world", "5"))
	page := w.Header().Get("Location")
	shown := func() *goquery.Document { return pagetest.Document(t, pagetest.Ask(x, http.MethodGet, page, "")) }
	if text := shown().Find("main").Text(); w.Code != http.StatusSeeOther || !strings.Contains(text, "Waits for its turn") {
		t.Fatalf("got %d, and the page says %.600s", w.Code, text)
	}
	var begun string
	done, err := x.Store.App(t).Lab.Run(t.Context(), strings.TrimPrefix(page, "/lab/"), func(lab.Progress) {
		if begun == "" {
			begun = shown().Find("main").Text()
		}
	})
	if err != nil || done.Status != experiments.ExperimentFinished {
		t.Fatalf("%s %s, %v", done.Status, done.Reason, err)
	}
	if !strings.Contains(begun, "Running") || !strings.Contains(begun, "Nothing is concluded before the end") {
		t.Errorf("while it is worked the page says %.600s", begun)
	}
	report, _, err := lab.ParseReport(done.Report)
	if err != nil || report.Spec.Environment.Config.Map()["world"] != json.Number("5") || report.Arms[lab.On].N != 4 {
		t.Fatalf("%+v, %v", report, err)
	}
	if text := shown().Find("main").Text(); !strings.Contains(text, report.Verdict) {
		t.Errorf("after the end the page does not say %q: %.900s", report.Verdict, text)
	}
}

// Each wrong input has its message beside its field and in the summary;
// nothing is started and nothing that was typed is lost.
func TestExperimentRefuses(t *testing.T) {
	for _, test := range []struct{ name, field, value, want string }{
		{"one task", "test", "1", "must be 2 to 100000"},
		{"no training", "train", "0", "must be 1 to 100000"},
		{"training in words", "train", "many", "whole number"},
		{"overlapping seeds", "test_from", "5", "what was trained on proves nothing"},
		{"unknown arm", "arms", "magic", "there is no arm"},
		{"world in words", "worlds", "some", "neither a world nor a range"},
		{"world range turned round", "worlds", "9-1", "neither a world nor a range"},
		{"curve beyond the training", "curve", "0,500", "rising numbers"},
		{"curve in words", "curve", "0,x", "whole number"},
		{"seed 0", "seed", "0", "must be above 0"},
		{"draws 0", "draws", "0", "must be above 0"},
		{"noise in words", "noise", "loud", "must be a number"},
		{"noise too large", "noise", "11", "from 0 to 10"},
		{"noise on a model's critic", "noise", "1", "offline critic only"},
		{"negative limit", "limit_factor", "-1", "must be 0 to 1000"},
		{"test config that is no JSON", "test_config", "{", "not a valid JSON object"},
		{"unknown environment", "environment.name", "mars", "no environment of this name"},
		{"config of another type", "environment.config.world", "first", "whole number"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := sitetest.WithLab(t)
			pairs := []string{"name", "kept as typed", test.field, test.value}
			if strings.Contains(test.name, "model's") {
				pairs = append(pairs, "models.critic", "openai:judge")
			}
			w := pagetest.Ask(x, http.MethodPost, "/lab", pagetest.GoodExperiment(pairs...))
			if w.Code != http.StatusUnprocessableEntity || len(asked(t, x)) > 0 {
				t.Fatalf("got status %d, %d started; want 422: %.300s", w.Code, len(asked(t, x)), w.Body)
			}
			doc := pagetest.Document(t, w)
			id := ui.FieldID(test.field)
			if test.field == "environment.name" {
				id = "f-worlds-choice"
			}
			if got := doc.Find("#" + id + "-error").Text(); !strings.Contains(got, test.want) {
				t.Errorf("beside the field: %q, want %q", got, test.want)
			}
			if got := doc.Find("#errors").Text(); !strings.Contains(got, test.want) {
				t.Errorf("in the summary: %q, want %q", got, test.want)
			}
			pagetest.NamedAsLabelled(t, doc, id)
			if got, _ := doc.Find("#f-name").Attr("value"); got != "kept as typed" {
				t.Errorf("the name is now %q", got)
			}
			if got, _ := doc.Find("#" + id).Attr("value"); test.field != "arms" && test.field != "environment.name" && test.field != "test_config" && got != test.value {
				t.Errorf("the field holds %q, want what was typed", got)
			}
		})
	}
}

// The preview names what is wrong as the form does, whatever the lab calls it.
func TestPreviewNamesFieldsAsTheForm(t *testing.T) {
	x := sitetest.WithLab(t)
	for _, test := range []struct{ name, field, value, want string }{
		{"a curve beyond the training", "curve", "0,500", "Test after must be rising numbers"},
		{"seeds that overlap", "test_from", "5", "First test seed the test seeds"},
		{"too few tasks", "test", "1", "Test tasks must be 2"},
		{"an arm that is not there", "arms", "magic", "Arms there is no arm"},
		{"steps", "train_max_steps", "9999999", "Steps of a training task must be"},
		{"draws", "draws", "1", "Draws of a bootstrap must be"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodPost, "/lab/new/preview", pagetest.GoodExperiment(test.field, test.value))
			got := strings.Join(strings.Fields(pagetest.Document(t, w).Find(".note").Text()), " ")
			if !strings.Contains(got, test.want) {
				t.Errorf("the preview says %q, want %q", got, test.want)
			}
		})
	}
}

// The preview says what could be shown, and what is wrong before it starts.
func TestExperimentPreview(t *testing.T) {
	x := sitetest.WithLab(t)
	for _, test := range []struct{ name, body, want string }{
		{"power", pagetest.GoodExperiment(), "smallest difference that can be shown"},
		{"overlap", pagetest.GoodExperiment("test_from", "5"), "overlap with the training seeds"},
		{"no control", pagetest.GoodExperiment("arms", "off"), "any library might do as well"},
		{"no off", pagetest.GoodExperiment("arms", "placebo"), "nothing can be said of what memory is worth"},
		{"wrong input", pagetest.GoodExperiment("train", "many"), "Correct the marked fields"},
		{"the library has no command line", pagetest.GoodExperiment("source", "library"), "the command line trains its own"},
		{"quotes can't break out", pagetest.GoodExperiment("purpose", "it's; $(rm)"), `&#39;it&#39;\&#39;&#39;s; $(rm)&#39;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodPost, "/lab/new/preview", test.body, "HX-Request", "true")
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d %.3000s, want %q", w.Code, w.Body, test.want)
			}
		})
	}
}

func TestExperimentFormStarts(t *testing.T) {
	x := sitetest.WithExperiments(t)
	for _, test := range []struct{ name, query, field, want string }{
		{"by default the proof", "", "#f-worlds", "1-10"},
		{"the control", "?preset=negative", "#f-curve", ""},
		{"mazes", "?preset=maze", "#f-models-critic", "outcome"},
		{"an experiment again", "?from=x_one", "#f-train", "60"},
		{"worlds again", "?from=x_worlds", "#f-worlds", "1-3"},
		{"a rule's audit", "?audit=h000005", "#f-leave-out", "work: a comb of bone wants the rasp"},
		{"a link", "?environment.name=maze&environment.config.size=6", "#f-environment-config-size", "6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodGet, "/lab/new"+test.query, "")
			if got, _ := pagetest.Document(t, w).Find(test.field).Attr("value"); w.Code != http.StatusOK || got != test.want {
				t.Errorf("got %d, %s holds %q, want %q", w.Code, test.field, got, test.want)
			}
		})
	}
	for _, query := range []string{"?preset=odd", "?from=x_gone", "?audit=h_gone"} {
		if w := pagetest.Ask(x, http.MethodGet, "/lab/new"+query, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", query, w.Code)
		}
	}
}

// A page that is live asks with the version it shows: nothing while nothing
// changed, and the whole report after the end, which asks no more.
func TestExperimentIsLiveUntilItsEnd(t *testing.T) {
	x := sitetest.WithExperiments(t)
	poll := func() string {
		link, _ := pagetest.Document(t, pagetest.Ask(x, http.MethodGet, "/lab/x_running", "")).Find("[hx-get^='/lab/x_running?v=']").Attr("hx-get")
		return link
	}
	first := poll()
	if first == "" {
		t.Fatal("a running experiment does not ask again")
	}
	if w := pagetest.Ask(x, http.MethodGet, first, "", "HX-Request", "true"); w.Code != http.StatusNoContent {
		t.Errorf("nothing changed: got %d, want 204", w.Code)
	}
	worker := x.Store.WorkOn(t, "x_running")
	progress := pagetest.SampleExperiments(t)[0].Progress
	progress.Done++
	worker.Progress(progress)
	w := pagetest.Ask(x, http.MethodGet, first, "", "HX-Request", "true")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "241 of 400") || strings.Contains(w.Body.String(), "<main") {
		t.Errorf("after a task: got %d %.300s", w.Code, w.Body)
	}
	done := pagetest.SampleExperiment(t, "x_running", "one", nil)
	worker.End(experiments.ExperimentEnd{Status: done.Status, Verdict: done.Verdict, Effect: done.Effect, Report: done.Report})
	w = pagetest.Ask(x, http.MethodGet, first, "", "HX-Request", "true")
	for _, want := range []string{"Memory helps.", "more tasks in 100", "Can the critic be trusted?"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("after the end %q is missing", want)
		}
	}
	if strings.Contains(w.Body.String(), "every 1s") || poll() != "" {
		t.Error("it still asks after its end")
	}
}

func TestExperimentSteering(t *testing.T) {
	x := sitetest.WithExperiments(t)
	worker := x.Store.WorkOn(t, "x_running")
	changes := func() (list []string) {
		all, err := x.Store.Audit(t.Context(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			list = append(list, c.Action+" "+c.Subject+" by "+c.Actor)
		}
		return list
	}
	for _, test := range []struct {
		path, want string
		status     int
	}{
		{"/lab/x_running/cancel", "cancel experiment x_running by human", 303},
		{"/lab/x_failed/resume", "resume experiment x_failed by human", 303},
		{"/lab/x_one/cancel", "", 409},
		{"/lab/x_running/resume", "", 409},
		{"/lab/x_gone/cancel", "", 404},
	} {
		before := len(changes())
		w := pagetest.Ask(x, http.MethodPost, test.path, "")
		done := changes()
		if done = done[:len(done)-before]; w.Code != test.status || strings.Join(done, "") != test.want {
			t.Errorf("%s: got %d %v", test.path, w.Code, done)
		}
	}
	if by := worker.Progress(experiments.ExperimentProgress{}); by != ui.Person {
		t.Errorf("the worker is asked to cancel by %q", by)
	}
	if again, err := x.Store.Experiments().Get(t.Context(), "x_failed"); err != nil || again.Status != experiments.ExperimentQueued {
		t.Errorf("resumed: %s, %v", again.Status, err)
	}
	w := pagetest.Ask(x, http.MethodPost, "/lab/delete", "id=x_one&id=x_weak&id=x_gone")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lab?did=delete&n=2" || len(asked(t, x)) != 7 {
		t.Errorf("delete: got %d to %q, %d left", w.Code, w.Header().Get("Location"), len(asked(t, x)))
	}
	if w := pagetest.Ask(x, http.MethodPost, "/lab/delete", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("delete nothing: got %d", w.Code)
	}
}

func TestExperimentExport(t *testing.T) {
	x := sitetest.WithExperiments(t)
	w := pagetest.Ask(x, http.MethodGet, "/lab/x_one/report.json", "")
	if w.Code != http.StatusOK || w.Body.String() != string(pagetest.SampleExperiments(t)[2].Report) || w.Header().Get("Content-Disposition") != `attachment; filename="purpose-lab-x_one.json"` {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if w := pagetest.Ask(x, http.MethodGet, "/lab/x_running/report.json", ""); w.Code != http.StatusConflict {
		t.Errorf("before the end: got %d, want 409", w.Code)
	}
}

// The list keeps its filter, goes on by cursor, and says what is not allowed.
func TestExperimentList(t *testing.T) {
	all := pagetest.SampleExperiments(t)
	one := all[2]
	for i := range 120 {
		x := one
		x.ID, x.Report = fmt.Sprintf("x_more%03d", i), "{}"
		all = append(all, x)
	}
	x := sitetest.WithLab(t, all...)
	seen := map[string]bool{}
	path := "/lab?status=finished&env=workshop"
	for path != "" {
		doc := pagetest.Document(t, pagetest.Ask(x, http.MethodGet, path, ""))
		for _, row := range doc.Find("tr[id]").EachIter() {
			id, _ := row.Attr("id")
			if seen[id] {
				t.Fatalf("%s is shown twice", id)
			}
			seen[id] = true
		}
		path, _ = doc.Find("a[rel=next]").Attr("href")
	}
	if len(seen) != 124 {
		t.Errorf("saw %d experiments, want 124", len(seen))
	}
	if w := pagetest.Ask(x, http.MethodGet, "/lab?status=odd", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown state: got %d, want 422", w.Code)
	}
	if w := pagetest.Ask(x, http.MethodGet, "/lab?q=%ff", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("broken text: got %d, want 422", w.Code)
	}
}

// The pages keep to the policy that they are served with, whatever an
// experiment is called.
func TestLabPagesHoldNothingInline(t *testing.T) {
	all := pagetest.SampleExperiments(t)
	hostile := `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	for i := range all {
		all[i].Name, all[i].Reason = hostile, hostile
	}
	x := sitetest.WithLab(t, all...)
	for _, path := range []string{"/lab", "/lab/x_one", "/lab/x_failed", "/lab/x_running", "/lab/new?from=x_one"} {
		w := pagetest.Ask(x, http.MethodGet, path, "")
		if strings.Contains(w.Body.String(), hostile) || strings.Contains(w.Body.String(), " style=") {
			t.Errorf("%s holds something inline", path)
		}
	}
}
