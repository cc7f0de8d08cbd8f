package remote_test

import (
	"strings"
	"testing"
	"time"

	"purposeagent/environments/remote"
)

func TestExamine(t *testing.T) {
	tests := []struct {
		name, kind string
		broken     string // the promise that is reported as broken, "" for none
	}{
		{"a good one", "powers legal,verify,stateless,purpose", ""},
		{"one that restores", "powers legal,verify,restore,purpose", ""},
		{"dies at once", "dies at once", "it starts and says hello"},
		{"dies in a step", "dies", "an episode keeps the protocol"},
		{"another each time", "another each time", "another start says the same hello"},
		{"another each hello", "another each hello", "it serves another run, beginning with hello"},
		{"draws no purpose", "powers legal", "it draws a purpose"},
		{"never ends", "never ends", "it ends when it is told to close"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, o := program(t, test.kind)
			if test.kind == "never ends" {
				o.CloseTimeout = 300 * time.Millisecond
			}
			purpose := "count"
			if strings.Contains(test.kind, "powers") {
				purpose = ""
			}
			broken := ""
			sound := remote.Examine(t.Context(), config, o, purpose, 1, func(f remote.Finding) {
				if f.Err != nil && broken == "" {
					broken = f.Promise
				}
				t.Log(f)
			})
			if sound != (test.broken == "") || broken != test.broken {
				t.Errorf("sound %v, broken %q, want %q", sound, broken, test.broken)
			}
		})
	}
}
