package remote

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// FuzzAnswer holds that no line of a program breaks the parser, and that what
// is accepted keeps every promise of a state.
func FuzzAnswer(f *testing.F) {
	hello := &hello{Name: "x", Actions: []agent.ActionSpec{{Name: "a", Params: []agent.ParamSpec{{Name: "n", Type: "integer"}}}, {Name: "b"}},
		Powers: []power{powerLegal, powerVerify, powerPotential},
		State:  announced.State{Things: "/things", Held: "/held", Place: "/place", Exits: "/exits", Vocabulary: map[string][]string{"colour": {"red"}}}}
	for _, seed := range []string{
		`{"id":7,"observation":"x","state":{"things":{"t":{"colour":"red"}},"held":["t"],"place":"p","exits":{"e":{}}},"legal":[{"name":"a","params":{"n":1}},{"name":"b"}],"judge":{"success":false,"score":0.5,"reward":-1,"phi":3}}`,
		`{"id":7,"observation":"x","done":true,"state":{"things":{},"held":[],"place":"p","exits":{}},"hidden":{"a":[1]},"judge":{"success":true,"phi":10}}`,
		`{"id":7,"protocol":1,"name":"x","description":"d","actions":[{"name":"a","params":[{"name":"p","type":"string","role":"thing","enum":["u"]}]}],"state":{"things":"/t","vocabulary":{"c":["r"]}},"powers":["legal"]}`,
		`{"id":7,"error":{"code":"invalid","message":"no"}}`, `{"id":7}`, `{}`, `null`, `5`, ``, `{"id":7,"state":{"_error":1}}`,
		`{"id":1e400}`, `{"id":7,"judge":{"phi":1e999}}`, "{\"id\":7,\"observation\":\"\\u001b[31m\\ud800\"}", strings.Repeat("[", 100),
		`{"id":7,"legal":[null],"observation":"x"}`, `{"ID":7,"Observation":"x"}`, `{"id":7,"id":8}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		whole, err := parseAnswer(line, 7)
		if err != nil {
			if !utf8.ValidString(err.Error()) || len(err.Error()) > 4000 {
				t.Errorf("a message of %d bytes that is not for people: %q", len(err.Error()), err)
			}
			return
		}
		if h, err := parseHello(whole); err == nil {
			if again, err := parseHello(agent.MustObject(h)); err != nil || !again.same(h) {
				t.Errorf("%s is announced otherwise when read again: %v", whole, err)
			}
		}
		state, m, err := hello.parseMoment(whole)
		if err != nil {
			return
		}
		if state.Summary == "" || !utf8.ValidString(state.Summary) || state.Failed() || len(state.Hidden) > MaxStateBytes {
			t.Errorf("accepted %q as %+v", line, state)
		}
		if (len(m.Legal) == 0) != m.Done || m.Judge.Success == nil || m.Judge.Phi == nil || !agent.ValidPhi(*m.Judge.Phi) {
			t.Errorf("accepted %q as %+v", line, m)
		}
		for _, l := range m.Legal {
			if err := agent.CheckAction(hello.Actions, agent.Action{Name: l.Name, Params: l.Params}); err != nil {
				t.Errorf("accepted %q: %v", line, err)
			}
		}
		var back moment
		if err := state.Hidden.Decode(&back); err != nil || agent.MustObject(back) != state.Hidden {
			t.Errorf("the bookkeeping %s does not survive storage: %v", state.Hidden, err)
		}
		if !json.Valid([]byte(state.Data.String())) {
			t.Errorf("state %q is no JSON", state.Data)
		}
	})
}
