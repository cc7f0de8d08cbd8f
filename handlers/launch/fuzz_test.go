package launch

import (
	"encoding/json"
	"net/url"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
)

func FuzzLaunchForm(f *testing.F) {
	f.Add(pagetest.GoodLaunch())
	f.Add("max_steps=%ff&environment.config.=1&environment.config.size=1e309&initial_state=%7B%7D")
	schema, err := ui.ParseSchema(json.RawMessage(pagetest.MazeSchema))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			t.Skip()
		}
		spec, problems := readLaunchForm(values).withDefaults().spec(schema)
		if len(problems) > 0 {
			return
		}
		again, problems := formOfSpec(spec, schema).spec(schema)
		if len(problems) > 0 {
			t.Fatalf("the form of %+v has problems %v", spec, problems)
		}
		if spec.Check() == nil && agent.MustObject(again) != agent.MustObject(spec) {
			t.Fatalf("the form loses something:\n%s\n%s", agent.MustObject(spec), agent.MustObject(again))
		}
	})
}
