package ui_test

import (
	"net/url"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
)

func TestActionBySchema(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []string // of push, but for "name"
		want   string   // the action as JSON
		field  string   // of the message, where it is refused
		says   string
	}{
		{"every type", []string{"thing", "crate", "to", "south", "times", "3", "force", "2.5", "gently", "true", "note", "slowly"}, `push {"force":2.5,"gently":true,"note":"slowly","thing":"crate","times":3,"to":"south"}`, "", ""},
		{"what is optional is left out", []string{"thing", "crate", "to", "north", "times", "1"}, `push {"gently":false,"thing":"crate","times":1,"to":"north"}`, "", ""},
		{"an empty text that must be there", []string{"to", "north", "times", "1"}, `push {"gently":false,"thing":"","times":1,"to":"north"}`, "", ""},
		{"a text that looks like JSON stays one", []string{"thing", `{"a":1}`, "to", "north", "times", "1"}, `push {"gently":false,"thing":"{\"a\":1}","times":1,"to":"north"}`, "", ""},
		{"a whole number with a point", []string{"thing", "x", "to", "north", "times", " 3.0 "}, `push {"gently":false,"thing":"x","times":3,"to":"north"}`, "", ""},
		{"a number as people write it", []string{"thing", "x", "to", "north", "times", "1", "force", " .5 "}, `push {"force":0.5,"gently":false,"thing":"x","times":1,"to":"north"}`, "", ""},
		{"a fraction where none may be", []string{"thing", "x", "times", "1.5"}, "", "param.push.times", "times of push must be a whole number"},
		{"a word for a number", []string{"thing", "x", "times", "1", "force", "strong"}, "", "param.push.force", "force of push must be a number"},
		{"no number that JSON has", []string{"thing", "x", "times", "1", "force", "NaN"}, "", "param.push.force", "force of push must be a number"},
		{"without parameters", []string{"name", "wait", "times", "three"}, "wait {}", "", ""},
		{"DONE", []string{"name", "DONE"}, "DONE {}", "", ""},
		{"of no such action the world speaks", []string{"name", "fly"}, "fly {}", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := url.Values{"name": {"push"}}
			for i := 0; i+1 < len(test.values); i += 2 {
				if name := test.values[i]; name == "name" {
					values.Set(name, test.values[i+1])
				} else {
					values.Set(ui.ParamField("push", name), test.values[i+1])
				}
			}
			a, err := ui.ChosenAction(values, pagetest.Moves())
			if test.says != "" {
				problem, ok := err.(*agent.Error)
				if !ok || problem.Code != agent.CodeInvalid || problem.Message != test.says || problem.Fields[test.field] == "" {
					t.Fatalf("got %v, want %q at %s", err, test.says, test.field)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Name + " " + ui.FirstOf(a.Params.String(), "{}"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// The form that is filled with a proposed action sends this very action back.
func TestChooserSendsBackWhatIsProposed(t *testing.T) {
	for _, proposed := range []agent.Action{
		{Name: "push", Params: agent.MustObject(map[string]any{"thing": `a "b" <c>`, "to": "south", "times": 3, "force": 0.25, "gently": true, "note": "n"})},
		{Name: "push", Params: agent.MustObject(map[string]any{"thing": "x", "to": "north", "times": -1, "gently": false})},
		{Name: "wait", Params: "{}"},
	} {
		v := ui.ChooserView("ask", pagetest.Moves(), nil, &proposed, nil, nil)
		values := url.Values{}
		for _, action := range v.Actions {
			if action.Open {
				values.Set(ui.FieldName, action.Name)
			}
			for _, field := range action.Fields {
				switch {
				case field.Kind == "checkbox" && !field.Checked:
				case field.Kind == "checkbox":
					values.Set(field.Name, "true")
				case field.Kind == "select":
					for _, o := range field.Options {
						if o.Selected {
							values.Set(field.Name, o.Value)
						}
					}
				default:
					values.Set(field.Name, field.Value)
				}
			}
		}
		got, err := ui.ChosenAction(values, pagetest.Moves())
		if err != nil || got.Key() != proposed.Key() {
			t.Errorf("%s came back as %+v, %v", proposed.Key(), got, err)
		}
	}
}
