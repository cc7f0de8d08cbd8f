package fork_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// Actions are drawn by their schemas where the possible ones are not named, or
// are too many to be listed; and what is wrong stands beside its field.
func TestForkDrawsActionsBySchema(t *testing.T) {
	many := make([]agent.Action, ui.MaxOffered+1)
	for i := range many {
		many[i] = agent.Action{Name: "push", Params: agent.MustObject(map[string]any{"times": i})}
	}
	for _, test := range []struct {
		name  string
		legal []agent.Action
		list  bool
	}{{"none are named", nil, false}, {"too many are possible", many, false}, {"a few are possible", many[:3], true}} {
		t.Run(test.name, func(t *testing.T) {
			log := pagetest.SampleLog(t)
			s := sitetest.OfRuns(t, log, func(c *handlers.Config) {
				c.Runs.Possible = func(context.Context, agent.Run, int) ([]agent.ActionSpec, []agent.Action, error) {
					return pagetest.Moves(), test.legal, nil
				}
			})
			page := pagetest.Document(t, pagetest.Ask(s, http.MethodGet, "/runs/r_solved/fork?step=2", ""))
			if list := page.Find("select[name=choice]").Length() == 1; list != test.list {
				t.Fatalf("a list is shown: %t, want %t", list, test.list)
			}
			if test.list {
				return
			}
			for _, field := range []string{"textarea[name='param.push.thing']", "select[name='param.push.to']", "input[type=number][name='param.push.times']", "input[type=checkbox][name='param.push.gently']",
				"input[type=radio][name=name][value=DONE]"} {
				if page.Find(field).Length() != 1 {
					t.Errorf("the form has no %s", field)
				}
			}
			w := pagetest.Ask(s, http.MethodPost, "/runs/r_solved/fork", pagetest.Form("step", "2", "name", "push", "param.push.thing", "crate", "param.push.times", "often", "state", "{}", "was", "{}"))
			page = pagetest.Document(t, w)
			beside, summary := page.Find("#f-push-times-error").Text(), page.Find("a[href$='#f-push-times']").Text()
			thing := page.Find("[name='param.push.thing']").Text()
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(beside, "must be a whole number") || !strings.Contains(summary, "push, times") || thing != "crate" {
				t.Errorf("got %d, %q beside the field, %q in the summary, and %q is kept", w.Code, beside, summary, thing)
			}
			if _, chosen := page.Find("input[type=radio][value=push]").Attr("checked"); !chosen {
				t.Error("the chosen action is not chosen any more")
			}
		})
	}
}

func TestForkPage(t *testing.T) {
	log := pagetest.LiveLog(t, 6)
	child := pagetest.SampleRun("r_2", 60)
	child.Spec.Origin = &agent.Origin{Run: "r_1", Step: 3}
	log.Add(child)
	s := sitetest.OfRuns(t, log)
	page := pagetest.Ask(s, http.MethodGet, "/runs/r_1/fork?step=3", "").Body.String()
	for _, want := range []string{"Fork after step 3 of 6", "r_2", "after step 3", "/compare?runs=r_1%2Cr_2"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if w := pagetest.Ask(s, http.MethodGet, "/runs/r_1/fork?step=7", ""); w.Code != http.StatusNotFound {
		t.Errorf("beyond the end: %d", w.Code)
	}
	send := func(pairs ...string) (int, string) {
		w := pagetest.Ask(s, http.MethodPost, "/runs/r_1/fork", pagetest.Form(append(pairs, "state", "{}", "was", "{}", "models.actor", "reasoner")...))
		return w.Code, w.Body.String()
	}
	if code, _ := send("step", "3", "action", "go", "params", `{"direction":"north"}`); code != http.StatusSeeOther || !slices.Contains(log.Asked(), "fork at 3 with go north r_1 by "+ui.Person) {
		t.Errorf("%d; the engine was asked %v", code, log.Asked())
	}
	for name, pairs := range map[string][]string{"params": {"step", "3", "action", "go", "params", "{"}, "state": {"step", "3", "state", "["}, "draw": {"step", "1", "draw", "x"}} {
		if code, body := send(pairs...); code != http.StatusUnprocessableEntity || !strings.Contains(body, fmt.Sprintf(`id="f-%s-error"`, name)) {
			t.Errorf("%s: %d, and no word beside the field", name, code)
		}
	}
	log.Refuse(agent.InvalidFields(map[string]string{"step": "too far"}))
	if code, body := send("step", "5"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "too far") {
		t.Errorf("a refused fork: %d", code)
	}
}
