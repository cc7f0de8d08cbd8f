package launch_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// Every wrong input has its message beside its field and in the summary, and
// nothing is launched.
func TestLaunchRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for _, test := range []struct {
		name, field, value, want string
	}{
		{"no purpose", "purpose", "", "say in a sentence"},
		{"long purpose", "purpose", strings.Repeat("a", 5000), "at most 4000 are allowed"},
		{"purpose that is not UTF-8", "purpose", "\xff\xfe", "not valid UTF-8"},
		{"long description", "task_description", strings.Repeat("a", 40_000), "at most 32000"},
		{"max steps 0", "max_steps", "0", "must be above 0"},
		{"max steps negative", "max_steps", "-1", "must be 1 to 100000, got -1"},
		{"max steps 10⁹", "max_steps", "1000000000", "must be 1 to 100000"},
		{"max steps 1e9", "max_steps", "1e9", "must be 1 to 100000"},
		{"max steps 3.5", "max_steps", "3.5", "whole number"},
		{"max steps beyond int64", "max_steps", "99999999999999999999999", "whole number"},
		{"max steps in words", "max_steps", "many", "whole number"},
		{"Φ 11", "early_stop_phi", "11", "at most 10"},
		{"Φ NaN", "early_stop_phi", "NaN", "must be a number"},
		{"Φ 0", "early_stop_phi", "0", "must be above 0"},
		{"repeats 0", "repeats", "0", "must be above 0"},
		{"repeats 5000", "repeats", "5000", "must be 1 to 1000"},
		{"seed in words", "seed", "lucky", "whole number"},
		{"negative budget", "budget.tokens", "-5", "must not be negative"},
		{"infinite budget", "budget.seconds", "Inf", "must be a number"},
		{"memory maybe", "memory", "maybe", "must be &#34;on&#34; or &#34;off&#34;"},
		{"state that is no JSON", "initial_state", "{", "not a valid JSON object"},
		{"state that is a list", "initial_state", "[1]", "expected a JSON object"},
		{"deep state", "initial_state", deep, "nested deeper than 64"},
		{"two states", "initial_state", "{}{}x", "text after its end"},
		{"unknown environment", "environment.name", "mars", "no environment of this name"},
		{"config of another type", "environment.config.size", "big", "must be a whole number"},
		{"config out of range", "environment.config.size", "99", "must be 2 to 12, got 99"},
		{"config not finite", "environment.config.loops", "+Inf", "must be a number"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := sitetest.New(t)
			w := pagetest.Ask(x, http.MethodPost, "/runs", pagetest.GoodLaunch(test.field, test.value))
			if w.Code != http.StatusUnprocessableEntity {
				t.Fatalf("got status %d, want 422: %.300s", w.Code, w.Body)
			}
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
			if err != nil {
				t.Fatal(err)
			}
			id := ui.FieldID(test.field)
			if test.field == "environment.name" {
				id = "f-worlds"
			}
			html, _ := doc.Find("#" + id + "-error").Html()
			if !strings.Contains(html, test.want) {
				t.Errorf("beside the field: %q, want %q", html, test.want)
			}
			if got, _ := doc.Find("#" + id).Attr("aria-invalid"); got != "true" {
				t.Errorf("the field is not marked as invalid")
			}
			if doc.Find(`#errors a[href="#`+id+`"]`).Length() != 1 {
				t.Errorf("the summary does not lead to the field")
			}
			if test.field != "memory" { // whose label is a text beside a group
				pagetest.NamedAsLabelled(t, doc, id)
			}
			if len(x.Launcher.Specs) > 0 {
				t.Errorf("launched %+v", x.Launcher.Specs)
			}
		})
	}
}

// All messages come at once, and what was typed stays.
func TestLaunchKeepsInputs(t *testing.T) {
	x := sitetest.New(t)
	w := pagetest.Ask(x, http.MethodPost, "/runs", pagetest.GoodLaunch("purpose", "", "max_steps", "many", "environment.config.size", "big",
		"environment.config.fog", "true", "environment.config.goal", "carry", "task_description", "kept <words>", "seed", "77"))
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Find("#errors li").Length(); got != 3 {
		t.Errorf("%d messages, want 3: %s", got, doc.Find("#errors").Text())
	}
	for _, test := range []struct{ name, selector, want string }{
		{"number", "#f-max-steps", "many"}, {"config", "#f-environment-config-size", "big"}, {"seed", "#f-seed", "77"},
	} {
		if got, _ := doc.Find(test.selector).Attr("value"); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := doc.Find("#f-task-description").Text(); got != "kept <words>" {
		t.Errorf("description became %q", got)
	}
	if _, ok := doc.Find("#f-environment-config-fog").Attr("checked"); !ok {
		t.Error("the ticked box is not ticked any more")
	}
	if got, _ := doc.Find("#f-environment-config-goal option[selected]").Attr("value"); got != "carry" {
		t.Errorf("the choice became %q", got)
	}
}

func TestLaunch(t *testing.T) {
	for _, test := range []struct {
		name, body, leads string
		want              agent.RunSpec
	}{
		{"defaults", pagetest.GoodLaunch(), "/runs/r_1", agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "Find the treasure"}},
		{"everything", pagetest.GoodLaunch("environment.config.size", "6", "environment.config.loops", "0.5", "environment.config.fog", "true", "environment.config.goal", "carry",
			"task_description", "slowly", "initial_state", `{"room": "a"}`, "max_steps", "1,000", "early_stop_phi", "9.5", "models.actor", "openai:m", "models.critic", "reasoner",
			"seed", "4117", "memory", "off", "repeats", "5", "budget.tokens", "200000", "budget.seconds", "1.5"), "/groups/g_1",
			agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze", Config: `{"fog":true,"goal":"carry","loops":0.5,"size":6}`}, Purpose: "Find the treasure", Description: "slowly",
				InitialState: objectOf(`{"room":"a"}`), MaxSteps: 1000, EarlyStopPhi: 9.5, Seed: 4117, Models: agent.ModelRefs{Actor: "openai:m", Critic: "reasoner"},
				Memory: "off", Repeats: 5, Budget: agent.Budget{Tokens: 200_000, Seconds: 1.5}}},
		{"purpose drawn by the world", pagetest.GoodLaunch("environment.name", "workshop", "purpose", ""), "/runs/r_1", agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop"}}},
		{"unticked box", pagetest.GoodLaunch("environment.config.fog", "false"), "/runs/r_1", agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze", Config: `{"fog":false}`}, Purpose: "Find the treasure"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := sitetest.New(t)
			w := pagetest.Ask(x, http.MethodPost, "/runs", test.body)
			if w.Code != http.StatusSeeOther || w.Header().Get("Location") != test.leads {
				t.Fatalf("got %d to %q, want 303 to %q: %.500s", w.Code, w.Header().Get("Location"), test.leads, w.Body)
			}
			got, want := agent.MustObject(x.Launcher.Specs[0]), agent.MustObject(test.want.WithDefaults())
			if got != want {
				t.Errorf("launched\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func objectOf(text string) *agent.Object {
	o, err := agent.ParseObject([]byte(text))
	if err != nil {
		panic(err)
	}
	return &o
}

// A launch that the engine refuses says so in the form; a failure of the
// engine is an error page, with nothing lost but the click.
func TestLaunchRefusedByTheEngine(t *testing.T) {
	x := sitetest.New(t)
	x.Launcher.Refuse = agent.InvalidFields(map[string]string{"models.actor": "there is no model server; set OPENAI_BASE_URL"})
	w := pagetest.Ask(x, http.MethodPost, "/runs", pagetest.GoodLaunch("models.actor", "openai:m"))
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="f-models-actor-error"`) || !strings.Contains(w.Body.String(), "set OPENAI_BASE_URL") {
		t.Errorf("got %d %.300s", w.Code, w.Body)
	}
	x.Launcher.Refuse = agent.Wrap(agent.CodeUnavailable, errors.New("disk full"), "the run could not be stored")
	if w := pagetest.Ask(x, http.MethodPost, "/runs", pagetest.GoodLaunch()); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk full") {
		t.Errorf("got %d %.300s", w.Code, w.Body)
	}
	if w := pagetest.Ask(x, http.MethodPost, "/runs", pagetest.GoodLaunch("purpose", strings.Repeat("a", 10<<20))); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a purpose of 10 MB: got %d", w.Code)
	}
}

// The form comes back as it was launched last, as a run was, or as a preset.
func TestLaunchStartsFrom(t *testing.T) {
	x := sitetest.New(t)
	if w := pagetest.Ask(x, http.MethodPost, "/runs", pagetest.GoodLaunch("purpose", "The last one", "environment.config.size", "7")); w.Code != http.StatusSeeOther {
		t.Fatalf("got %d", w.Code)
	}
	run := pagetest.SampleRun("r_from", 33)
	run.Spec.Environment.Config, run.Seed = `{"size":9}`, 4242
	x.Log.Add(run)
	for _, test := range []struct {
		name, query, purpose, size, steps, seed string
	}{
		{"last inputs", "", "The last one", "7", "20", ""},
		{"a run", "?from=r_from", "Find the treasure and carry it to the gate", "9", "33", "4242"},
		{"a preset", "?environment.name=maze&preset=large", "Find the treasure and carry it to the gate", "9", "200", ""},
		{"a link", "?environment.name=maze&purpose=Linked&environment.config.size=5", "Linked", "5", "20", ""},
		{"nothing", "?fresh=yes", "Find the treasure", "4", "40", ""}, // the first preset
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, err := goquery.NewDocumentFromReader(pagetest.Ask(x, http.MethodGet, "/runs/new"+test.query, "").Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.Find("#f-purpose").Text(); got != test.purpose {
				t.Errorf("purpose %q, want %q", got, test.purpose)
			}
			for selector, want := range map[string]string{"#f-environment-config-size": test.size, "#f-max-steps": test.steps, "#f-seed": test.seed} {
				if got, _ := doc.Find(selector).Attr("value"); got != want {
					t.Errorf("%s %q, want %q", selector, got, want)
				}
			}
		})
	}
	if w := pagetest.Ask(x, http.MethodGet, "/runs/new?from=r_gone", ""); w.Code != http.StatusNotFound {
		t.Errorf("from a run that is gone: got %d", w.Code)
	}
	if w := pagetest.Ask(x, http.MethodGet, "/runs/new?environment.name=maze&preset=odd", ""); w.Code != http.StatusNotFound {
		t.Errorf("from an unknown preset: got %d", w.Code)
	}
}

// htmx gets the fields of another world, with what was typed elsewhere kept.
func TestLaunchFollowsTheWorld(t *testing.T) {
	x := sitetest.New(t)
	w := pagetest.Ask(x, http.MethodGet, "/runs/new?"+pagetest.GoodLaunch("environment.name", "workshop", "purpose", "kept"), "", "HX-Request", "true")
	body := w.Body.String()
	for _, want := range []string{"environment.config.world", "drawn from the seed", "kept"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, not := range []string{"<html", "environment.config.size", "max_steps"} {
		if strings.Contains(body, not) {
			t.Errorf("%q is there", not)
		}
	}
}

func TestLaunchPreview(t *testing.T) {
	x := sitetest.New(t)
	for _, test := range []struct{ name, body, want string }{
		{"several", pagetest.GoodLaunch("repeats", "12"), "Start 12 runs"},
		{"wrong input", pagetest.GoodLaunch("max_steps", "many"), "Correct the marked fields"},
		{"drawn seed", pagetest.GoodLaunch(), "drawn for each run"},
		{"rules of this world", pagetest.GoodLaunch(), "5 usable rules for this environment"},
		{"rules of another world", pagetest.GoodLaunch("environment.name", "workshop"), "3 usable rules for this environment"},
		{"commands", pagetest.GoodLaunch("purpose", "<b>"), "--purpose &#39;&lt;b&gt;&#39;"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodPost, "/runs/new/preview", test.body, "HX-Request", "true")
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d %.2000s, want %q", w.Code, w.Body, test.want)
			}
		})
	}
}

func TestWelcomeWithoutADemo(t *testing.T) {
	without := sitetest.New(t, func(c *handlers.Config) { c.Welcome.Demo, c.Welcome.Sealed = nil, "" })
	if w := pagetest.Ask(without, http.MethodGet, "/welcome", ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "one-minute demo") || strings.Contains(w.Body.String(), "sealed") {
		t.Errorf("without a demo: got %d", w.Code)
	}
	if w := pagetest.Ask(without, http.MethodPost, "/demo", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a demo: got %d", w.Code)
	}
}
