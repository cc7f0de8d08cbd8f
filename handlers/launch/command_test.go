package launch

import (
	"encoding/json"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
)

// The commands are what the form says: the body is accepted as it stands, and
// quotes can't break out.
func TestLaunchCommands(t *testing.T) {
	purpose := "Don't stop; $(rm -rf /) `id` \"x\"\nsecond line"
	spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze", Config: `{"size":6}`}, Purpose: purpose, Seed: 7, Budget: agent.Budget{Tokens: 5}}.WithDefaults()
	curl, err := launchCurl(spec, "http://127.0.0.1:8080/api/v1/runs")
	if err != nil {
		t.Fatal(err)
	}
	_, quoted, _ := strings.Cut(curl, "-d ")
	var back agent.RunSpec
	if err := json.Unmarshal([]byte(unquoted(quoted)), &back); err != nil {
		t.Fatalf("%v in %s", err, quoted)
	}
	if got, want := agent.MustObject(back.WithDefaults()), agent.MustObject(spec); got != want {
		t.Errorf("the body says\n%s\nwant\n%s", got, want)
	}
	want := "purpose run --environment maze \\\n  --config '{\"size\":6}' \\\n  --purpose " + ui.ShellQuote(purpose) +
		" \\\n  --max-steps 20 \\\n  --early-stop-phi 9.0 \\\n  --seed 7 \\\n  --model reasoner \\\n  --memory on"
	if got := launchCLI(spec); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// What a form can say and one run can mean is in the command.
	spec.Description, spec.Rules, spec.Models.Critic, spec.Tags = "by the door", "s_1", "mine:m", []string{"a", "b"}
	for _, want := range []string{"--description 'by the door'", "--rules s_1", "--critic mine:m", "--tags a,b"} {
		if got := launchCLI(spec); !strings.Contains(got, want) || strings.Contains(got, "--optimizer") {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

// unquoted is what a POSIX shell makes of one quoted word.
func unquoted(word string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(word, "'"), "'"), `'\''`, "'")
}
