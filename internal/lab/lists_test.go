package lab_test

import (
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

func TestParseWorlds(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []int64 // nil: it is refused
	}{
		{"1-3, 7", []int64{1, 2, 3, 7}}, {"4–5", []int64{4, 5}}, {"0", []int64{0}}, {" 2 - 3 ,,", []int64{2, 3}},
		{"one", nil}, {"3-1", nil}, {"-1", nil}, {"1-", nil}, {"1-2000000000", nil}, {"1-150,201-300", nil}, {"99999999999999999999", nil},
	} {
		got, err := lab.ParseWorlds(tt.text)
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) || err != nil && (agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), "1-10")) {
			t.Errorf("%q gives %v, %v; want %v", tt.text, got, err, tt.want)
		}
	}
}
