package fork

import (
	"net/url"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
)

// FuzzForkForm holds that any form is read as a fork, or refused by its fields,
// and that what is left as it was changes nothing.
func FuzzForkForm(f *testing.F) {
	f.Add("3", "go", `{"to":"north"}`, `{"a":1}`, `{"a":1}`, "hello", "reasoner", "on", "", "60", "7")
	f.Add("-1", "", `{"to":1}`, "[]", "", "\xff", "", "maybe", "s_1", "1e9", "99999999999")
	f.Add("", "DONE", "null", "", "{", "", "openai:x", "", "now", "", "")
	f.Fuzz(func(t *testing.T, step, action, params, state, was, note, actor, memory, rules, maxSteps, draw string) {
		run := pagetest.SampleRun("r_1", 60)
		values := url.Values{ui.FieldAction: {action}, ui.FieldParams: {params}}
		form := forkForm{step: step, values: values, state: state, was: was, note: note, actor: actor, memory: memory, rules: rules, maxSteps: maxSteps, draw: draw}
		fork, problems := form.fork(run, []agent.ActionSpec{{Name: "go", Params: []agent.ParamSpec{{Name: "to", Type: "string"}}}})
		pagetest.CheckProblems(t, problems)
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
