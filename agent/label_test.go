package agent_test

import (
	"testing"

	"purposeagent/agent"
)

// A label is the name and the values in the order of their names, however the
// parameters are written.
func TestLabel(t *testing.T) {
	for params, want := range map[string]string{
		``: "do", `{}`: "do", `{"b":"2","a":"1"}`: "do 1 2", `{"a":""}`: "do", `{"a":"","b":"x y"}`: "do x y", `{"a":1,"b":true,"c":"z"}`: "do 1 true z",
		`{"a":"say \"hi\""}`: `do say "hi"`, `{"a":{"b":"c"},"d":"e"}`: "do e", `{"a":["x"],"b":"y"}`: "do y", `{"a":null,"b":"y"}`: "do y",
		`{"a:\":\"":"x"}`: "do x", `{"a":"b,c}","d":"{"}`: "do b,c} {", `{"größe":"klein"}`: "do klein",
	} {
		o, err := agent.ParseObject([]byte(params))
		if params != "" && err != nil {
			t.Fatal(err)
		}
		if got := (agent.Action{Name: "do", Params: o}).Label(); got != want {
			t.Errorf("%s: %q, want %q", params, got, want)
		}
	}
}
