package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

func TestLabGoldenPages(t *testing.T) {
	full, empty := labSite(t, newBench(t)), labSite(t, &bench{})
	const htmx = "HX-Request"
	for _, test := range []struct {
		name    string
		site    site
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
			w := ask(test.site, http.MethodGet, test.path, "", test.headers...)
			if w.Code != test.want {
				t.Fatalf("got status %d, want %d: %.500s", w.Code, test.want, w.Body)
			}
			golden(t, test.name, w.Body.String())
		})
	}
}

// goodExperiment is a form that starts; pairs replace or add fields.
func goodExperiment(pairs ...string) string {
	v := url.Values{"environment.name": {"workshop"}, "arms": {"off", "placebo"}, "train": {"20"}, "test": {"30"}, "seed": {"1"}, "source": {"training"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// A form that is sent starts what it says, and leads to it.
func TestExperimentStarts(t *testing.T) {
	b := &bench{}
	x := labSite(t, b)
	w := ask(x, http.MethodPost, "/lab", goodExperiment("worlds", "1-3, 7", "curve", "0,10,20", "noise", "1.0", "pollution", "75",
		"leave_out", "h000005", "name", "mine", "environment.config.world", "5", "test_config", `{"size":5}`))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lab/x_1" {
		t.Fatalf("got %d to %q: %.600s", w.Code, w.Header().Get("Location"), w.Body)
	}
	got := b.asked[0]
	if got.Name != "mine" || fmt.Sprint(got.Worlds) != "[1 2 3 7]" {
		t.Errorf("got %+v", got)
	}
	s := got.Spec
	if want := "[off on placebo leave-one-out:h000005]"; fmt.Sprint(s.Arms) != want {
		t.Errorf("arms %v, want %s", s.Arms, want)
	}
	if s.Pollution != .75 || s.Models.Critic != "noisy:1.0" || fmt.Sprint(s.Curve) != "[0 10 20]" || s.Environment.Config != `{"world":5}` || s.TestConfig != `{"size":5}` || s.Train != 20 || s.Test != 30 {
		t.Errorf("got %+v", s)
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
			b := &bench{}
			x := labSite(t, b)
			pairs := []string{"name", "kept as typed", test.field, test.value}
			if strings.Contains(test.name, "model's") {
				pairs = append(pairs, "models.critic", "openai:judge")
			}
			w := ask(x, http.MethodPost, "/lab", goodExperiment(pairs...))
			if w.Code != http.StatusUnprocessableEntity || len(b.asked) > 0 {
				t.Fatalf("got status %d, %d started; want 422: %.300s", w.Code, len(b.asked), w.Body)
			}
			doc := document(t, w)
			id := fieldID(test.field)
			if test.field == "environment.name" {
				id = "f-worlds-choice"
			}
			if got := doc.Find("#" + id + "-error").Text(); !strings.Contains(got, test.want) {
				t.Errorf("beside the field: %q, want %q", got, test.want)
			}
			if got := doc.Find("#errors").Text(); !strings.Contains(got, test.want) {
				t.Errorf("in the summary: %q, want %q", got, test.want)
			}
			namedAsLabelled(t, doc, id)
			if got, _ := doc.Find("#f-name").Attr("value"); got != "kept as typed" {
				t.Errorf("the name is now %q", got)
			}
			if got, _ := doc.Find("#" + id).Attr("value"); test.field != "arms" && test.field != "environment.name" && test.field != "test_config" && got != test.value {
				t.Errorf("the field holds %q, want what was typed", got)
			}
		})
	}
}

// namedAsLabelled fails the test unless the summary calls a field as the form
// does, and what is said of it is unfolded.
func namedAsLabelled(t *testing.T, doc *goquery.Document, id string) {
	t.Helper()
	words := func(selector string) string {
		return strings.Join(strings.Fields(doc.Find(selector).First().Text()), " ")
	}
	label := words(`label[for="` + id + `"]`)
	if label == "" { // a group is labelled by its own name or by a text beside it
		label, _ = doc.Find("#" + id).Attr("aria-label")
	}
	if got := words(`#errors a[href="#` + id + `"]`); got != label || label == "" {
		t.Errorf("the summary calls the field %q, the form %q", got, label)
	}
	if folded := doc.Find("#" + id).Closest("details.folded"); folded.Length() > 0 {
		if _, open := folded.Attr("open"); !open {
			t.Error("the field is folded away with its message")
		}
	}
}

// The preview names what is wrong as the form does, whatever the lab calls it.
func TestPreviewNamesFieldsAsTheForm(t *testing.T) {
	x := labSite(t, &bench{})
	for _, test := range []struct{ name, field, value, want string }{
		{"a curve beyond the training", "curve", "0,500", "Test after must be rising numbers"},
		{"seeds that overlap", "test_from", "5", "First test seed the test seeds"},
		{"too few tasks", "test", "1", "Test tasks must be 2"},
		{"an arm that is not there", "arms", "magic", "Arms there is no arm"},
		{"steps", "train_max_steps", "9999999", "Steps of a training task must be"},
		{"draws", "draws", "1", "Draws of a bootstrap must be"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := ask(x, http.MethodPost, "/lab/new/preview", goodExperiment(test.field, test.value))
			got := strings.Join(strings.Fields(document(t, w).Find(".note").Text()), " ")
			if !strings.Contains(got, test.want) {
				t.Errorf("the preview says %q, want %q", got, test.want)
			}
		})
	}
}

func document(t *testing.T, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// What the lab refuses has its message at the form's field, whatever the lab
// calls it.
func TestLabMessagesFindTheirFields(t *testing.T) {
	for lab, want := range map[string]string{"model": "models.actor", "critic": "models.critic", "test-from": "test_from", "config.world": "environment.config.world",
		"environment.config.world": "environment.config.world", "environment": "environment.name", "worlds": "worlds", "train-max-steps": "train_max_steps"} {
		got := labFieldNames(map[string]string{lab: "x"})
		if got[want] != "x" {
			t.Errorf("%s became %v, want %s", lab, got, want)
		}
	}
}

// The form of a request asks for the same again.
func TestLabFormKeepsTheRequest(t *testing.T) {
	schema, err := parseSchema(json.RawMessage(workshopSchema))
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]lab.Request{
		"training": {Name: "n", Worlds: []int64{1, 2, 3, 9}, Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: `{"world":4}`}, Purpose: "p",
			Models: agent.ModelRefs{Actor: "reasoner", Critic: "noisy:0.5", Optimizer: "reasoner"}, Arms: []lab.Arm{"off", "on", "explorer", "leave-one-out:h_1", "model:openai:a", "critic:openai:b"},
			Seed: 3, Train: 10, Test: 20, MaxSteps: 7, TrainMaxSteps: 9, LimitFactor: 2.5, Pollution: .75, Irrelevant: 1000, Curve: []int{0, 5}, Draws: 500, TestConfig: `{"size":5}`}},
		"seeds of its own": {Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: "{}"}, Models: agent.ModelRefs{Actor: "reasoner"}, Arms: []lab.Arm{"on"}, Seed: 2, Train: 5, Test: 9,
			TrainFrom: 7, TestFrom: 9_000_000_000}},
		"library": {Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: "{}"}, Source: lab.SourceLibrary, Models: agent.ModelRefs{Actor: "reasoner"}, Arms: []lab.Arm{"on"}, Seed: 1, Test: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			again, problems := formOfRequest(ask, schema).request(schema)
			if len(problems) > 0 || agent.MustObject(again) != agent.MustObject(ask) {
				t.Errorf("got\n%s\nwant\n%s\n%v", agent.MustObject(again), agent.MustObject(ask), problems)
			}
		})
	}
}

// The seeds that a plan has filled in follow the experiment's seed when that is
// changed; those that a person gave stay.
func TestLabFormOfAPlanFollowsItsSeed(t *testing.T) {
	planned := lab.Request{Spec: lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop", Config: "{}"}, Arms: []lab.Arm{"on"}, Seed: 3, Train: 5, Test: 9, TestFrom: 77}.WithDefaults()}
	f := formOfRequest(planned, configSchema{})
	if f.TrainFrom != "" || f.TestFrom != "77" {
		t.Errorf("the form has the training seeds from %q and the test seeds from %q", f.TrainFrom, f.TestFrom)
	}
	same, problems := f.request(configSchema{})
	if got := same.Spec.WithDefaults(); len(problems) > 0 || agent.MustObject(got) != agent.MustObject(planned.Spec) {
		t.Errorf("got\n%s\nwant\n%s\n%v", agent.MustObject(got), agent.MustObject(planned.Spec), problems)
	}
}

func TestPowerNotes(t *testing.T) {
	spec := func(test, arms int) lab.Request {
		return lab.Request{Spec: lab.Spec{Test: test, Arms: lab.Arms[:arms]}}
	}
	for _, test := range []struct {
		name string
		ask  lab.Request
		want string
	}{
		{"a hundred tasks", spec(100, 2), "about 8 points if memory never loses a task, and 16 if the arms disagree"},
		{"several arms", spec(100, 4), "Correcting for 3 comparisons"},
		{"two tasks", spec(2, 2), "no difference can be shown"},
		{"ten worlds", lab.Request{Worlds: make([]int64, 10), Spec: lab.Spec{Arms: lab.Arms[:4]}}, "can reach p = .006"},
		{"four worlds", lab.Request{Worlds: make([]int64, 4), Spec: lab.Spec{Arms: lab.Arms[:4]}}, "no p can come below .375: nothing could be shown, whatever the effect. Take 7 worlds"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := powerNotes(test.ask)[0].Text; !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The preview says what could be shown, and what is wrong before it starts.
func TestExperimentPreview(t *testing.T) {
	x := labSite(t, &bench{})
	for _, test := range []struct{ name, body, want string }{
		{"power", goodExperiment(), "smallest difference that can be shown"},
		{"overlap", goodExperiment("test_from", "5"), "overlap with the training seeds"},
		{"no control", goodExperiment("arms", "off"), "any library might do as well"},
		{"no off", goodExperiment("arms", "placebo"), "nothing can be said of what memory is worth"},
		{"wrong input", goodExperiment("train", "many"), "Correct the marked fields"},
		{"the library has no command line", goodExperiment("source", "library"), "the command line trains its own"},
		{"quotes can't break out", goodExperiment("purpose", "it's; $(rm)"), `&#39;it&#39;\&#39;&#39;s; $(rm)&#39;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := ask(x, http.MethodPost, "/lab/new/preview", test.body, "HX-Request", "true")
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d %.3000s, want %q", w.Code, w.Body, test.want)
			}
		})
	}
}

func TestExperimentFormStarts(t *testing.T) {
	x := labSite(t, newBench(t))
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
			w := ask(x, http.MethodGet, "/lab/new"+test.query, "")
			if got, _ := document(t, w).Find(test.field).Attr("value"); w.Code != http.StatusOK || got != test.want {
				t.Errorf("got %d, %s holds %q, want %q", w.Code, test.field, got, test.want)
			}
		})
	}
	for _, query := range []string{"?preset=odd", "?from=x_gone", "?audit=h_gone"} {
		if w := ask(x, http.MethodGet, "/lab/new"+query, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", query, w.Code)
		}
	}
}

// A page that is live asks with the version it shows: nothing while nothing
// changed, and the whole report after the end, which asks no more.
func TestExperimentIsLiveUntilItsEnd(t *testing.T) {
	b := newBench(t)
	x := labSite(t, b)
	poll := func() string {
		link, _ := document(t, ask(x, http.MethodGet, "/lab/x_running", "")).Find("[hx-get^='/lab/x_running?v=']").Attr("hx-get")
		return link
	}
	first := poll()
	if first == "" {
		t.Fatal("a running experiment does not ask again")
	}
	if w := ask(x, http.MethodGet, first, "", "HX-Request", "true"); w.Code != http.StatusNoContent {
		t.Errorf("nothing changed: got %d, want 204", w.Code)
	}
	b.all[0].Progress.Done++
	w := ask(x, http.MethodGet, first, "", "HX-Request", "true")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "241 of 400") || strings.Contains(w.Body.String(), "<main") {
		t.Errorf("after a task: got %d %.300s", w.Code, w.Body)
	}
	done := sampleExperiment(t, "x_running", "one", nil)
	b.all[0] = done
	w = ask(x, http.MethodGet, first, "", "HX-Request", "true")
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
	b := newBench(t)
	x := labSite(t, b)
	for _, test := range []struct {
		path, want string
		status     int
	}{
		{"/lab/x_running/cancel", "cancel by human x_running", 303},
		{"/lab/x_failed/resume", "resume by human x_failed", 303},
		{"/lab/x_one/cancel", "", 409},
		{"/lab/x_running/resume", "", 409},
		{"/lab/x_gone/cancel", "", 404},
	} {
		b.steered = nil
		w := ask(x, http.MethodPost, test.path, "")
		if w.Code != test.status || strings.Join(b.steered, "") != test.want {
			t.Errorf("%s: got %d %v", test.path, w.Code, b.steered)
		}
	}
	w := ask(x, http.MethodPost, "/lab/delete", "id=x_one&id=x_weak&id=x_gone")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lab?did=delete&n=2" || len(b.all) != 7 {
		t.Errorf("delete: got %d to %q, %d left", w.Code, w.Header().Get("Location"), len(b.all))
	}
	if w := ask(x, http.MethodPost, "/lab/delete", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("delete nothing: got %d", w.Code)
	}
}

func TestExperimentExport(t *testing.T) {
	b := newBench(t)
	x := labSite(t, b)
	w := ask(x, http.MethodGet, "/lab/x_one/report.json", "")
	if w.Code != http.StatusOK || w.Body.String() != string(b.all[2].Report) || w.Header().Get("Content-Disposition") != `attachment; filename="purpose-lab-x_one.json"` {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if w := ask(x, http.MethodGet, "/lab/x_running/report.json", ""); w.Code != http.StatusConflict {
		t.Errorf("before the end: got %d, want 409", w.Code)
	}
}

// The list keeps its filter, goes on by cursor, and says what is not allowed.
func TestExperimentList(t *testing.T) {
	b := newBench(t)
	for i := range 120 {
		x := b.all[2]
		x.ID = fmt.Sprintf("x_more%03d", i)
		b.all = append(b.all, x)
	}
	x := labSite(t, b)
	seen := map[string]bool{}
	path := "/lab?status=finished&env=workshop"
	for path != "" {
		doc := document(t, ask(x, http.MethodGet, path, ""))
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
	if w := ask(x, http.MethodGet, "/lab?status=odd", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown state: got %d, want 422", w.Code)
	}
	if w := ask(x, http.MethodGet, "/lab?q=%ff", ""); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("broken text: got %d, want 422", w.Code)
	}
}

// The tasks are a window of 100, each task once with all arms, also through
// the tabs.
func TestOutcomeWindows(t *testing.T) {
	r := &lab.Report{Spec: lab.Spec{Arms: []lab.Arm{lab.Off, lab.On}}, Arms: map[lab.Arm]*lab.ArmReport{lab.Off: {N: 250}, lab.On: {N: 250}}}
	for i := range 250 {
		for _, a := range r.Spec.Arms {
			r.Outcomes = append(r.Outcomes, lab.Outcome{Arm: a, Seed: int64(1000 + i), Success: a == lab.On && i%5 > 0})
		}
	}
	s := labSite(t, &bench{})
	seen := map[string]int{}
	for _, w := range []outcomeWindow{{}, {from: 100}, {from: 200}} {
		v := s.outcomeTable("x_1", r, w, s.ruleTitles(t.Context()))
		if len(v.Rows) > outcomesPerWindow || (w.from > 0) != (v.Earlier != "") || (w.from < 200) != (v.Later != "") {
			t.Errorf("window at %d has %d rows, earlier %q, later %q", w.from, len(v.Rows), v.Earlier, v.Later)
		}
		for _, row := range v.Rows {
			seen[row.Seed]++
		}
	}
	if len(seen) != 250 {
		t.Errorf("the windows show %d tasks, want 250", len(seen))
	}
	if v := s.outcomeTable("x_1", r, outcomeWindow{show: "neither"}, s.ruleTitles(t.Context())); len(v.Rows) != 50 || v.Rows[0].Class != "neither" {
		t.Errorf("neither: %d rows", len(v.Rows))
	}
	if v := s.outcomeTable("x_1", r, outcomeWindow{from: 9999}, s.ruleTitles(t.Context())); len(v.Rows) != 1 {
		t.Errorf("beyond the end: %d rows, want the last", len(v.Rows))
	}
	w := ask(s, http.MethodGet, "/lab/x_1/outcomes?show=won&from=101", "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lab/x_1?from=101&show=won#outcomes" {
		t.Errorf("without htmx: got %d to %q", w.Code, w.Header().Get("Location"))
	}
}

// Labels at the right end never lie on each other, and stay in the plot.
func TestChartLabelsStandApart(t *testing.T) {
	for _, test := range []struct {
		name string
		at   []float64
		want string
	}{
		{"far apart", []float64{50, 150}, "[50.0 150.0]"},
		{"two on one", []float64{100, 100}, "[92.5 107.5]"},
		{"three, one alone", []float64{100, 102, 170}, "[93.5 108.5 170.0]"},
		{"a chain", []float64{100, 110, 120, 130}, "[92.5 107.5 122.5 137.5]"},
		{"at the bottom", []float64{184, 186}, "[171.0 186.0]"},
		{"in another order", []float64{102, 100}, "[108.5 93.5]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			curves := chartCurves(test.at)
			groupPlot.separateLabels(curves)
			var got []string
			for _, c := range curves {
				got = append(got, c.LabelY)
			}
			if fmt.Sprint(got) != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

// The pages keep to the policy that they are served with, whatever an
// experiment is called.
func TestLabPagesHoldNothingInline(t *testing.T) {
	b := newBench(t)
	hostile := `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	for i := range b.all {
		b.all[i].Name, b.all[i].Reason = hostile, hostile
	}
	x := labSite(t, b)
	for _, path := range []string{"/lab", "/lab/x_one", "/lab/x_failed", "/lab/x_running", "/lab/new?from=x_one"} {
		w := ask(x, http.MethodGet, path, "")
		if strings.Contains(w.Body.String(), hostile) || strings.Contains(w.Body.String(), " style=") {
			t.Errorf("%s holds something inline", path)
		}
	}
}

// The first sentence is the report's own, with its figure in words; one that is
// not shown has no figure that stands out.
func TestExperimentVerdicts(t *testing.T) {
	comparison := func(against lab.Arm, d, low, high, holm float64) lab.Comparison {
		return lab.Comparison{Against: against, N: 50, Difference: d, Low: low, High: high, Holm: holm}
	}
	few := func(against lab.Arm, d, low, high, holm float64, n int) lab.Comparison {
		c := comparison(against, d, low, high, holm)
		c.N, c.Won = n, n
		return c
	}
	needed := 120
	for _, test := range []struct {
		name, says string
		all        []lab.Comparison
		want       string
		stands     string
	}{
		{"helps", "Memory helps: on − off is …", []lab.Comparison{comparison(lab.Off, .31, .2, .42, .001), comparison(lab.Placebo, .3, .2, .4, .001), comparison(lab.Append, .12, .02, .2, .031)},
			"Memory helps. It solves 31 more tasks in 100 than without, between 20 and 42 (95 %, 50 tasks), and beats placebo and append successes.", "31 more tasks in 100"},
		{"hurts", "Memory hurts: on − off is …", []lab.Comparison{comparison(lab.Off, -.2, -.3, -.1, .001)},
			"Memory hurts. It solves 20 fewer tasks in 100 than without, between −30 and −10 (95 %, 50 tasks).", "20 fewer tasks in 100"},
		{"nothing shown", "No effect was shown: on − off is …", []lab.Comparison{comparison(lab.Off, .05, -.1, .2, .4)},
			"No effect was shown. With it 5 more tasks in 100 were solved, between −10 and +20 (95 %, 50 tasks).", ""},
		{"too few", "", []lab.Comparison{few(lab.Off, .68, .4, .9, .25, 3)},
			"Too few tasks to say. With it 68 more tasks in 100 were solved, in all 3 tasks. Take 6 tasks or more.", ""},
		{"large and open", "", []lab.Comparison{{Against: lab.Off, N: 50, Won: 20, Lost: 10, Difference: .2, Low: -.01, High: .4, Holm: .1, Needed: &needed}},
			"Too few tasks to say. With it 20 more tasks in 100 were solved, better in 20 and worse in 10 of 50 tasks. Take 120 tasks or more.", ""},
		{"no baseline", "Nothing was compared with memory off; with memory 4 of 9 tasks were solved.", nil, "Nothing was compared with memory off; with memory 4 of 9 tasks were solved.", ""},
		{"an audit", "No effect was shown: …", []lab.Comparison{comparison(lab.Off, .31, .2, .42, .001), comparison("leave-one-out:h_7", .1, .04, .16, .01)},
			"The rule “Heat clay first” helps. It solves 10 more tasks in 100 than without it, between 4 and 16 (95 %, 50 tasks).", "10 more tasks in 100"},
	} {
		t.Run(test.name, func(t *testing.T) {
			called := func(string) string { return "Heat clay first" }
			r := &lab.Report{Verdict: test.says, Arms: map[lab.Arm]*lab.ArmReport{lab.On: {N: 9, Successes: 4}}, Comparisons: map[string]lab.Comparison{}}
			for _, c := range test.all {
				r.Arms[c.Against], r.Comparisons[comparisonKey(c.Against)] = &lab.ArmReport{N: 50}, c
			}
			v := verdictOf(r, called)
			if got := v.Lead + v.Point + v.Rest + v.More; got != test.want || v.Point != test.stands {
				t.Errorf("got %q with %q,\nwant %q with %q", got, v.Point, test.want, test.stands)
			}
		})
	}
}
