package findjson

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

var moveSchema = json.RawMessage(`{"type":"object","properties":{"thought":{"type":"string","maxLength":60},"action":{"type":"string","enum":["north","south"]}},"required":["thought","action"],"additionalProperties":false}`)

func TestFindObject(t *testing.T) {
	const north = `{"action":"north","thought":"t"}`
	for _, test := range []struct {
		name, text string
		want       string // "" where it can't be used
	}{
		{"alone", north, north},
		{"in a fence", "Sure:\n```json\n" + north + "\n```\nHope it helps.", north},
		{"braces before", "I could use {go} or {take}.\n" + north, north},
		{"braces after a fence", "```json\n" + north + "\n```\nHope it helps {smile}.", north},
		{"another object before", `For {"a":1} I choose ` + north, north},
		{"the same twice", north + "\n" + `{"thought":"t", "action":"north"}`, north},
		{"two answers", north + ` or {"action":"south","thought":"t"}`, ""},
		{"an example that is no answer, and the answer", `The form is {"action":"...","thought":"..."}. ` + north, north},
		{"in a list", "[" + north + "]", north},
		{"two in a list", "[" + north + `,{"action":"south","thought":"t"}]`, ""},
		{"in another object", `{"answer":` + north + `}`, north},
		{"as a tool's arguments", `{"name":"act","arguments":` + north + `}`, north},
		{"as a tool's arguments in a string", `{"name":"act","arguments":"{\"action\":\"north\",\"thought\":\"t\"}"}`, north},
		{"encoded twice", `"{\"action\":\"north\",\"thought\":\"t\"}"`, north},
		{"encoded twice in a fence", "```json\n" + `"{\"action\":\"north\",\"thought\":\"t\"}"` + "\n```", north},
		{"encoded three times", `"\"{\\\"action\\\":\\\"north\\\"}\""`, ""},
		{"a comma at the end", `{"action":"north","thought":"t",}`, north},
		{"commas in lists", `{"action":"north","thought":"t","rules":["a",],}`, `{"action":"north","rules":["a"],"thought":"t"}`},
		{"comments", "{ // the way\n\"action\":\"north\", /* why */ \"thought\":\"t\"}", north},
		{"single quotes", `{'action': 'north', 'thought': 'it\'s "t", isn't it'}`, `{"action":"north","thought":"it's \"t\", isn't it"}`},
		{"curly quotes", `{“action”: “north”, “thought”: “t”}`, north},
		{"names without quotes", `{action: "north", thought: "t"}`, north},
		{"Python's words", `{"action":"north","thought":"t","a":True,"b":None}`, `{"a":true,"action":"north","b":null,"thought":"t"}`},
		{"no number", `{"action":"north","thought":"t","expected_delta":NaN}`, `{"action":"north","expected_delta":null,"thought":"t"}`},
		{"a plus", `{"action":"north","thought":"t","expected_delta":+1.5}`, `{"action":"north","expected_delta":1.5,"thought":"t"}`},
		{"a line end in a string", "{\"action\":\"north\",\"thought\":\"a\nb\"}", `{"action":"north","thought":"a\nb"}`},
		{"an escape that is none", `{"action":"north","thought":"\_t"}`, `{"action":"north","thought":"\\_t"}`},
		{"cut off", `{"action":"north","thought":"t`, ""},
		{"cut off around an object", `{"answer":{"a":1},"thought":"t`, `{"a":1}`},
		{"no comma between", `{"action":"north" "thought":"t"}`, ""},
		{"words as values", `{action: north}`, ""},
		{"no object", "I go north.", ""},
		{"braces only", "{go}", ""},
		{"nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Object(test.text, moveSchema)
			if test.want == "" {
				if err == nil {
					t.Errorf("got %v", got)
				}
				return
			}
			if err != nil || agent.MustObject(got) != agent.Object(test.want) {
				t.Errorf("got %v, %v; want %s", got, err, test.want)
			}
		})
	}
}

// Hostile answers cost no more than their length.
func TestObjectIsLinear(t *testing.T) {
	for name, piece := range map[string]string{"open": `{"a":`, "braces": "{", "pairs": "{}", "quotes": `{"`, "single quotes": `{'a':'`, "comments": `{/*`, "lists": `{"a":[`, "lines": "{//\n", "closed": `{"a":1} `} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, _ = Object(strings.Repeat(piece, (1<<20)/len(piece)), moveSchema)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{"action":"north","thought":"t"}`, `{'a':'b',}`, "{“a”:1}", `"{\"a\":1}"`, `{a:+1,b:NaN,/**/}`, "{//\n}", `{"a":"\_"}`, "[{}]{", "{\"a\":\"\x00\n\"}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, schema := range []json.RawMessage{nil, moveSchema} {
			object, err := Object(text, schema)
			if err != nil {
				continue
			}
			if _, err := agent.NewObject(object); err != nil {
				t.Errorf("%q gave %v: %v", text, object, err)
			}
			if !strings.Contains(text, "{") {
				t.Errorf("%q has no object, and gave %v", text, object)
			}
		}
		if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") && json.Valid([]byte(trimmed)) {
			want, err := agent.ParseObject([]byte(trimmed))
			got, err2 := Object(text, nil)
			if err == nil && (err2 != nil || agent.MustObject(got) != want) {
				t.Errorf("%q was read as %v, %v", text, got, err2)
			}
		}
	})
}
