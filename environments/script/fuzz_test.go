package script

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"go.starlark.net/starlark"

	"purposeagent/agent"
)

// FuzzAnswer holds that nothing a child says breaks who reads it, and that what is
// accepted can be used.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"moment":{"state":{"n":1},"summary":"n: 1","hidden":{"x":[1]},"done":true,"success":true,"score":1,"phi":10,"legal":[{"name":"go","params":{"to":"north"}}]}}`,
		`{"hello":{"actions":[{"name":"go","params":[{"name":"to","type":"string","enum":["north"],"role":"passage"}]}],"text":"a world","state":{"place":"/at","vocabulary":{"c":["r"]}},"has":{"phi":true}}}`,
		`{"fault":{"cause":"script","line":3,"in":"reset","text":"floored division by zero"}}`, `{"fault":{"cause":"time","text":""},"spent":true}`,
		`{"fault":{}}`, `{"text":"a purpose"}`, `{}`, `null`, `5`, ``, `{"moment":{}}`, `{"moment":{"state":{"_error":1},"summary":"x"}}`, `{"moment":{"state":{},"summary":"x","score":2}}`,
		`{"moment":{"state":{},"summary":"x","phi":1e999}}`, `{"moment":{"state":{},"summary":"\u001b[31m","legal":[{}]}}`, `{"hello":{"actions":[]}}`, strings.Repeat("[", 200),
		`{"moment":{"state":[],"summary":"x"}}`, `{"fault":{"cause":"script","line":-1,"text":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, do := range []what{doLoad, doPurpose, doReset, doStep, doLook, doPicture} {
			a, err := parseAnswer(do, raw)
			if err != nil {
				continue
			}
			switch {
			case a.Fault != nil:
				if text := a.Fault.Error(); text == "" || !utf8.ValidString(text) || len(text) > 2*maxMessage {
					t.Errorf("%s: accepted the fault %q", do, text)
				}
			case do == doLoad:
				if len(a.Hello.Actions) == 0 || a.Hello.Text == "" {
					t.Errorf("accepted %q", raw)
				}
			case do == doPurpose || do == doPicture:
				if !utf8.ValidString(*a.Text) {
					t.Errorf("accepted %q", raw)
				}
			default:
				m := a.Moment
				state, err := arrived(m, 1, 2)
				if err != nil || state.Summary == "" || state.Failed() || m.Score < 0 || m.Score > 1 || m.Phi != nil && !agent.ValidPhi(*m.Phi) {
					t.Errorf("accepted %q: %v, %v", raw, state, err)
				}
				var b bookkeeping
				if err := state.Hidden.Decode(&b); err != nil || agent.MustObject(b) != state.Hidden {
					t.Errorf("the bookkeeping %s does not survive storage: %v", state.Hidden, err)
				}
			}
		}
	})
}

// FuzzValues holds that a state which goes through a script comes out as it was.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,-2.5,true,null,"x"],"b":{"c":{}}}`, `{"é":"\u0000\"\\"}`, `{"n":9223372036854775807,"m":1e-7,"k":1.0}`, `{"<":"&>"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := agent.ParseObject(raw)
		if err != nil || len(raw) > 10_000 {
			return
		}
		d, err := decode(o)
		if err != nil {
			return // a number out of range
		}
		once, err := encode("state", d)
		if err != nil {
			return // too deep
		}
		if !json.Valid([]byte(once.String())) {
			t.Fatalf("%s became %s", o, once)
		}
		again, err := decode(once)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := encode("state", again)
		same, errSame := starlark.EqualDepth(d, again, 100)
		if err != nil || twice != once || errSame != nil || !same {
			t.Errorf("%s became %s and then %s, %v", o, once, twice, err)
		}
	})
}
