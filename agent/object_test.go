package agent_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestParseObject(t *testing.T) {
	tests := []struct {
		name, in, want string
		wantErr        string
	}{
		{"sorts keys and drops space", "{ \"b\": 1, \"a\": [1, {\"d\":2,\"c\":1}] }", `{"a":[1,{"c":1,"d":2}],"b":1}`, ""},
		{"keeps digits", `{"n":12345678901234567890.10}`, `{"n":12345678901234567890.10}`, ""},
		{"unescapes", `{"a":"\u0041<b>"}`, `{"a":"A<b>"}`, ""},
		{"empty", ` {} `, `{}`, ""},
		{"null is empty", `null`, `{}`, ""},
		{"last key wins", `{"a":1,"a":2}`, `{"a":2}`, ""},
		{"array", `[1]`, "", "expected a JSON object"},
		{"rubbish", `{"a":}`, "", "not a valid JSON object"},
		{"text after", `{} x`, "", "text after"},
		{"text after members", `{"a":1} {"b":1}`, "", "text after"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "", "UTF-8"},
		{"deep", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), "", "nested deeper"},
		{"huge", `{"a":"` + strings.Repeat("x", agent.MaxObjectBytes) + `"}`, "", "at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := agent.ParseObject([]byte(tt.in))
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) || agent.CodeOf(err) != agent.CodeInvalid {
					t.Errorf("error %v, want invalid with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// What is accepted has the same form however it came in: canonical text is its
// own canonical form, whether or not it took the fast path.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"b":1,"a":2}`, `{"a":{"x":[1,"2",null,true]},"b":"c d"}`, `{"a":"\n"}`, `{"a":"<"}`, `{"":[[]]}`, `{"a!":1,"a":2}`, "{\"a\":\"\u2028\"}",
		`{"a":"\ud800\u00e9\"","\n":[{},[],false,-0.5e+3,1E9,0]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := agent.ParseObject(raw)
		if err != nil {
			return
		}
		again, err := agent.ParseObject([]byte(o.String()))
		if err != nil || again != o {
			t.Fatalf("%q parses to %q, which parses to %q, %v", raw, o, again, err)
		}
		want := map[string]any{}
		d := json.NewDecoder(strings.NewReader(o.String()))
		d.UseNumber()
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(o.Map(), want) {
			t.Fatalf("%q is read as %v, want %v, %v", o, o.Map(), want, err)
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(o.Map()); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSpace(b.String()); o.String() != want {
			t.Fatalf("%q parses to %q, want %q", raw, o, want)
		}
	})
}

// Text that is no object makes an empty map, as it always did.
func TestMapOfNoObject(t *testing.T) {
	for _, text := range []string{`{`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":tru}`, `{"a":"x}`, "{\"a\":\"\n\"}", `{"a":"\x"}`, `{"a":[1 2]}`, `[]`, `1`} {
		if m := agent.Object(text).Map(); m == nil || len(m) > 0 {
			t.Errorf("%s is read as %v", text, m)
		}
	}
}

func TestLookup(t *testing.T) {
	tree := any(agent.MustObject(map[string]any{"a/b": []any{map[string]any{"~": 1}}}).Map())
	if v, ok := agent.Lookup(tree, "/a~1b/0/~0"); !ok || v != json.Number("1") {
		t.Errorf("got %v, %v", v, ok)
	}
	for _, pointer := range []string{"a", "/x", "/a~1b/1", "/a~1b/-1", "/a~1b/00", "/a~1b/0/~0/z"} {
		if _, ok := agent.Lookup(tree, pointer); ok {
			t.Errorf("%q was found", pointer)
		}
	}
}

func BenchmarkNewObject(b *testing.B) {
	v := map[string]any{"things": map[string]any{"piece1": map[string]string{"colour": "red", "material": "oak", "place": "shelf"}}, "held": []string{"piece1"}}
	for b.Loop() {
		agent.MustObject(v)
	}
}
