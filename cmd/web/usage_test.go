package main

import (
	"strings"
	"testing"

	"purposeagent/internal/commands"
)

// Wrong flags are explained in words; none of Go's reach a person.
func TestFlagsInPlainWords(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		want string
	}{
		{"a fraction", []string{"run", "--max-steps", "3.0"}, nil, `--max-steps: "3.0" is not a whole number`},
		{"a word for a number", []string{"run", "--early-stop-phi", "high"}, nil, `--early-stop-phi: "high" is not a number`},
		{"too large", []string{"lab", "--train", "99999999999999999999"}, nil, `--train: "99999999999999999999" is too large`},
		{"a variable", []string{"run"}, map[string]string{"PURPOSE_WORKERS": "many"}, `PURPOSE_WORKERS, for --workers: "many" is not a whole number`},
		{"a flag that is not there", []string{"run", "--maxsteps", "3"}, nil, "there is no flag --maxsteps"},
		{"true or false", []string{"run", "--json=perhaps"}, nil, `--json: "perhaps" is neither true nor false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, complaint strings.Builder
			getenv := func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }
			if code := run(t.Context(), append([]string{"purpose"}, c.args...), getenv, &out, &complaint); code != commands.ExitWrongUse {
				t.Errorf("exit %d, want %d", code, commands.ExitWrongUse)
			}
			if got := complaint.String(); !strings.Contains(got, c.want) || strings.Contains(got, "strconv") {
				t.Errorf("it says %q, want %q", got, c.want)
			}
		})
	}
}
