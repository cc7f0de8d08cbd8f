package lab_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

func TestParseReport(t *testing.T) {
	for _, tt := range []struct {
		name         string
		report       agent.Object
		code         agent.Code
		one, several bool
	}{
		{"none yet", "", "", false, false},
		{"one world", agent.MustObject(lab.Report{Format: lab.Format}), "", true, false},
		{"several worlds", agent.MustObject(lab.WorldsReport{Format: lab.WorldsFormat}), "", false, true},
		{"another program's", `{"format":"lab-9"}`, agent.CodeInvalid, false, false},
		{"no form", `{"verdict":"better"}`, agent.CodeInvalid, false, false},
		{"a form that is no text", `{"format":1}`, agent.CodeInvalid, false, false},
		{"wrong inside", `{"format":"purpose-lab/1","outcomes":7}`, agent.CodeInvalid, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			one, several, err := lab.ParseReport(tt.report)
			if err != nil {
				if agent.CodeOf(err) != tt.code {
					t.Errorf("error %v, want %q", err, tt.code)
				}
				return
			}
			if tt.code != "" || (one != nil) != tt.one || (several != nil) != tt.several {
				t.Errorf("%v, %v", one, several)
			}
		})
	}
}
