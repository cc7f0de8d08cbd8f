package labpages

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// FuzzLabForm holds that any form is read as a request, or refused by its
// fields, and that the form of what was read is read again.
func FuzzLabForm(f *testing.F) {
	f.Add("environment.name=maze&train=200&test=100&arms=off&arms=on&worlds=1-3,7&curve=10,20&seed=1&draws=1000&pollution=12.5")
	f.Add("environment.name=maze&worlds=0-99,0-99,0-99&noise=1e309&models.critic=x&limit_factor=-1&test_config=%7B")
	f.Add("train=%ff&environment.config.size=1e309&source=training&irrelevant=-0&noise=nan")
	schema, err := ui.ParseSchema(json.RawMessage(pagetest.MazeSchema))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			t.Skip()
		}
		ask, problems := readLabForm(values).withDefaults().request(schema)
		pagetest.CheckProblems(t, problems)
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

// FuzzWorlds holds that world numbers are read within their bounds, and that
// what is written of them is read again.
func FuzzWorlds(f *testing.F) {
	for _, seed := range []string{"1-10,15", "3", "", "5-1", "1–4", "0-999999", "1,,2", strings.Repeat("0-99,", 50), "-", "9223372036854775807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		numbers, err := lab.ParseWorlds(text)
		if err != nil {
			pagetest.CheckProblems(t, ui.ProblemsOf(err))
			return
		}
		if len(numbers) > lab.MaxWorlds {
			t.Fatalf("read %d worlds", len(numbers))
		}
		if again, err := lab.ParseWorlds(worldsText(numbers)); err != nil || !slices.Equal(again, numbers) {
			t.Errorf("%v became %v, %v", numbers, again, err)
		}
	})
}
