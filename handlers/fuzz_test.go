package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/learning"
	"purposeagent/internal/lab"
)

// checkProblems holds that each problem of a form has words for people.
func checkProblems(t *testing.T, problems map[string]string) {
	t.Helper()
	for field, text := range problems {
		if text == "" || len(text) > 2000 || !utf8.ValidString(text) {
			t.Errorf("the field %q has the message %q", field, text)
		}
		for _, jargon := range []string{"strconv", "unmarshal", "invalid character", "json:"} {
			if strings.Contains(text, jargon) && !strings.Contains(text, "\"") {
				t.Errorf("the field %q has the message %q", field, text)
			}
		}
	}
}

// FuzzForkForm holds that any form is read as a fork, or refused by its fields,
// and that what is left as it was changes nothing.
func FuzzForkForm(f *testing.F) {
	f.Add("3", "go", `{"to":"north"}`, `{"a":1}`, `{"a":1}`, "hello", "reasoner", "on", "", "60", "7")
	f.Add("-1", "", `{"to":1}`, "[]", "", "\xff", "", "maybe", "s_1", "1e9", "99999999999")
	f.Add("", "DONE", "null", "", "{", "", "openai:x", "", "now", "", "")
	f.Fuzz(func(t *testing.T, step, action, params, state, was, note, actor, memory, rules, maxSteps, draw string) {
		run := sampleRun("r_1", 60)
		values := url.Values{fieldAction: {action}, fieldParams: {params}}
		form := forkForm{step: step, values: values, state: state, was: was, note: note, actor: actor, memory: memory, rules: rules, maxSteps: maxSteps, draw: draw}
		fork, problems := form.fork(run, []agent.ActionSpec{{Name: "go", Params: []agent.ParamSpec{{Name: "to", Type: "string"}}}})
		checkProblems(t, problems)
		if len(problems) > 0 {
			return
		}
		if fork.Step < 0 || fork.Step > agent.MaxMaxSteps || fork.MaxSteps < 0 || fork.Draw < 0 {
			t.Errorf("read %+v", fork)
		}
		if state == was && fork.State != nil {
			t.Errorf("a state that stayed became %s", *fork.State)
		}
		if fork.Action != nil && fork.Action.Name == "" {
			t.Error("read an action without a name")
		}
	})
}

// FuzzLabForm holds that any form is read as a request, or refused by its
// fields, and that the form of what was read is read again.
func FuzzLabForm(f *testing.F) {
	f.Add("environment.name=maze&train=200&test=100&arms=off&arms=on&worlds=1-3,7&curve=10,20&seed=1&draws=1000&pollution=12.5")
	f.Add("environment.name=maze&worlds=0-99,0-99,0-99&noise=1e309&models.critic=x&limit_factor=-1&test_config=%7B")
	f.Add("train=%ff&environment.config.size=1e309&source=training&irrelevant=-0&noise=nan")
	schema, err := parseSchema(json.RawMessage(mazeSchema))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			t.Skip()
		}
		ask, problems := readLabForm(values).withDefaults().request(schema)
		checkProblems(t, problems)
		if len(ask.Worlds) > lab.MaxWorlds {
			t.Errorf("read %d worlds", len(ask.Worlds))
		}
		if len(problems) > 0 {
			return
		}
		if _, problems := formOfRequest(ask, schema).request(schema); len(problems) > 0 {
			t.Errorf("the form of %+v has problems %v", ask, problems)
		}
	})
}

// FuzzRuleForm holds that any form is read as a rule or refused by its fields,
// and that the form of a sound rule gives the same rule.
func FuzzRuleForm(f *testing.F) {
	f.Add("tier=strategic&title=a&pattern=b&strategy=c&steps=one%0Atwo%0D%0A&action=go")
	f.Add("tier=vip&title=%ff&pattern=%00&steps=%0A%0A&avoid=<script>")
	f.Add("tier=procedural&title=a&pattern=b&steps=+look+%0A+&because=%E2%80%AE")
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			t.Skip()
		}
		var h agent.Heuristic
		form := readRuleForm(values)
		form.apply(&h)
		h.Kind, h.Author, h.Status = agent.KindRule, agent.AuthorHuman, agent.Active
		if err := learning.CheckHeuristic(&h); err != nil {
			checkProblems(t, problemsOf(err))
			return
		}
		again := agent.Heuristic{Kind: h.Kind, Author: h.Author, Status: h.Status}
		formOfRule(&h).apply(&again)
		if agent.MustObject(again) != agent.MustObject(h) || !slices.Equal(form.lines(), h.Steps) {
			t.Errorf("the form loses something:\n%s\n%s", agent.MustObject(h), agent.MustObject(again))
		}
	})
}

// FuzzWorlds holds that world numbers are read within their bounds, and that
// what is written of them is read again.
func FuzzWorlds(f *testing.F) {
	for _, seed := range []string{"1-10,15", "3", "", "5-1", "1–4", "0-999999", "1,,2", strings.Repeat("0-99,", 50), "-", "9223372036854775807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		numbers, problem := parseWorlds(text)
		if problem != "" {
			checkProblems(t, map[string]string{"worlds": problem})
			return
		}
		if len(numbers) > lab.MaxWorlds {
			t.Fatalf("read %d worlds", len(numbers))
		}
		if again, problem := parseWorlds(worldsText(numbers)); problem != "" || !slices.Equal(again, numbers) {
			t.Errorf("%v became %v, %s", numbers, again, problem)
		}
	})
}

// FuzzSavedView holds that no list, name or query of a view is a fault of ours.
func FuzzSavedView(f *testing.F) {
	f.Add("runs", "failed", "q=status%3Afailed&sort=phi")
	f.Add("lists", "\xff", "%zz")
	f.Add("library", "", "cursor=x&q=\x00")
	x := newSite(f)
	f.Fuzz(func(t *testing.T, list, name, query string) {
		holds(t, x, http.MethodPost, "/views", url.Values{"list": {list}, "name": {name}, "query": {query}})
	})
}

// FuzzPanel holds that no name of a panel or index of a step is a fault of ours.
func FuzzPanel(f *testing.F) {
	for _, seed := range []string{"prompt", "state", "", "..", "score%2F", "\xff", "rules?x=1"} {
		f.Add("3", seed)
	}
	f.Add("-1", "state")
	f.Add("99999999999999999999", "state")
	x := newSite(f)
	f.Fuzz(func(t *testing.T, step, panel string) {
		holds(t, x, http.MethodGet, "/runs/r_7Q1C/steps/"+url.PathEscape(step)+"?panel="+url.QueryEscape(panel), nil)
		holds(t, x, http.MethodGet, "/runs/r_7Q1C/steps/"+url.PathEscape(step)+"/"+url.PathEscape(panel), nil)
	})
}

// holds asks the site and fails for an answer that says it is our fault.
func holds(t *testing.T, x site, method, path string, values url.Values) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%s %s answered %d", method, path, w.Code)
	}
}
