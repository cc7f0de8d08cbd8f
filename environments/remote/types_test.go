package remote

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
)

// soundHello and soundMoment are answers with every field of the protocol.
const (
	soundHello = `{"id":7,"protocol":1,"name":"x","description":"d","dynamics":"w",
		"actions":[{"name":"a","description":"d","params":[{"name":"n","type":"integer","description":"d","optional":true},{"name":"t","type":"string","enum":["u"],"role":"thing"}]},{"name":"b"}],
		"state":{"things":"/things","held":"/held","place":"/place","exits":"/exits","vocabulary":{"colour":["red"]}},"powers":["legal","verify","potential"]}`
	soundMoment = `{"id":7,"observation":"x","state":{"things":{"t":{"colour":"red"}},"held":["t"],"place":"p","exits":{"e":{}}},
		"legal":[{"name":"a","params":{"n":1,"t":"u"}}],"done":false,"hidden":{"a":1},"judge":{"success":false,"score":0.5,"reward":-1,"phi":3}}`
)

// sound is what hello above announces.
func sound(t testing.TB) *hello {
	t.Helper()
	whole, err := parseAnswer([]byte(strings.ReplaceAll(soundHello, "\n", "")), 7)
	if err != nil {
		t.Fatal(err)
	}
	h, err := parseHello(whole)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// replaced returns an answer with the value at the path replaced.
func replaced(t *testing.T, answer, path, value string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(answer))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	at := tree
	steps := strings.Split(path, "/")
	for i, step := range steps {
		last := i == len(steps)-1
		switch node := at.(type) {
		case map[string]any:
			if last {
				node[step] = json.RawMessage(value)
			}
			at = node[step]
		case []any:
			var n int
			if _, err := fmt.Sscan(step, &n); err != nil {
				t.Fatal(err)
			}
			if last {
				node[n] = json.RawMessage(value)
			}
			at = node[n]
		}
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// fields are all fields of the protocol's answers, with what they must be.
var fields = []struct{ answer, path, want string }{
	{soundMoment, "id", "a whole number"}, {soundMoment, "observation", "a string"}, {soundMoment, "state", "an object"}, {soundMoment, "legal", "a list"},
	{soundMoment, "legal/0", "an object"}, {soundMoment, "legal/0/name", "a string"}, {soundMoment, "legal/0/params", "an object"}, {soundMoment, "done", "true or false"},
	{soundMoment, "hidden", "an object"}, {soundMoment, "judge", "an object"}, {soundMoment, "judge/success", "true or false"}, {soundMoment, "judge/score", "a number"},
	{soundMoment, "judge/reward", "a number"}, {soundMoment, "judge/phi", "a number"}, {soundMoment, "error", "an object"},
	{soundHello, "protocol", "a whole number"}, {soundHello, "name", "a string"}, {soundHello, "description", "a string"}, {soundHello, "dynamics", "a string"},
	{soundHello, "actions", "a list"}, {soundHello, "actions/0", "an object"}, {soundHello, "actions/0/name", "a string"}, {soundHello, "actions/0/description", "a string"},
	{soundHello, "actions/0/params", "a list"}, {soundHello, "actions/0/params/0", "an object"}, {soundHello, "actions/0/params/0/name", "a string"},
	{soundHello, "actions/0/params/0/type", "a string"}, {soundHello, "actions/0/params/0/description", "a string"}, {soundHello, "actions/0/params/0/optional", "true or false"},
	{soundHello, "actions/0/params/1/enum", "a list"}, {soundHello, "actions/0/params/1/enum/0", "a string"}, {soundHello, "actions/0/params/1/role", "a string"},
	{soundHello, "state", "an object"}, {soundHello, "state/things", "a string"}, {soundHello, "state/held", "a string"}, {soundHello, "state/place", "a string"},
	{soundHello, "state/exits", "a string"}, {soundHello, "state/vocabulary", "an object"}, {soundHello, "state/vocabulary/colour", "a list"},
	{soundHello, "state/vocabulary/colour/0", "a string"}, {soundHello, "powers", "a list"}, {soundHello, "powers/0", "a string"},
}

// TestWrongTypes gives every field every wrong type: the message names the
// field, what it must be and what came.
func TestWrongTypes(t *testing.T) {
	values := []struct{ kind, value, came string }{
		{"a string", `"odd"`, `the string "odd"`}, {"a number", `2.5`, "the number 2.5"}, {"true or false", `true`, "true"},
		{"a list", `[5]`, "a list"}, {"an object", `{"k":5}`, "an object"},
	}
	h := sound(t)
	tried := 0
	for _, field := range fields {
		for _, value := range values {
			if field.want == value.kind {
				continue
			}
			tried++
			place := strings.ReplaceAll(field.path, "/", ".")
			for _, digit := range []string{"0", "1"} {
				place = strings.ReplaceAll(place, "."+digit, "["+digit+"]")
			}
			want := fmt.Sprintf("%q must be %s, got %s", place, field.want, value.came)
			whole, err := parseAnswer([]byte(replaced(t, field.answer, field.path, value.value)), 7)
			if err == nil && field.answer == soundHello {
				_, err = parseHello(whole)
			} else if err == nil {
				_, _, err = h.parseMoment(whole)
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s = %s: got %v, want %s", field.path, value.value, err, want)
			}
		}
	}
	if tried < 160 {
		t.Errorf("only %d were tried", tried)
	}
}

// TestNumbersAreReadAsJSONSchemaDoes holds that 1.0 is an integer, and that 1
// and 0 are true and false where there is nothing else they could be.
func TestNumbersAreReadAsJSONSchemaDoes(t *testing.T) {
	h := sound(t)
	for _, test := range []struct {
		name, path, value string
		want              func(*moment) bool
	}{
		{"an integer param as 1.0", "legal/0/params/n", "1.0", func(m *moment) bool { return m.Legal[0].Params == `{"n":1,"t":"u"}` }},
		{"an integer param as 1e2", "legal/0/params/n", "1e2", func(m *moment) bool { return m.Legal[0].Params == `{"n":100,"t":"u"}` }},
		{"done 1", "done", "1", func(m *moment) bool { return m.Done }},
		{"done 0", "done", "0", func(m *moment) bool { return !m.Done }},
		{"done 0.0", "done", "0.0", func(m *moment) bool { return !m.Done }},
		{"success 1.0", "judge/success", "1.0", func(m *moment) bool { return *m.Judge.Success }},
		{"a whole phi", "judge/phi", "3", func(m *moment) bool { return *m.Judge.Phi == 3 }},
		{"the id as 7.0", "id", "7.0", func(m *moment) bool { return !m.Done }},
		{"a null judgement of reward", "judge/reward", "null", func(m *moment) bool { return m.Judge.Reward == nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			whole, err := parseAnswer([]byte(replaced(t, soundMoment, test.path, test.value)), 7)
			if err != nil {
				t.Fatal(err)
			}
			_, m, err := h.parseMoment(whole)
			if err != nil || !test.want(m) {
				t.Errorf("got %+v, %v", m, err)
			}
		})
	}
	for _, value := range []string{"2", "0.5", "-1"} {
		whole, err := parseAnswer([]byte(replaced(t, soundMoment, "done", value)), 7)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.parseMoment(whole); err == nil || !strings.Contains(err.Error(), `"done" must be true or false, got the number `+value) {
			t.Errorf("done %s: %v", value, err)
		}
	}
}

// TestOddBytes holds what else can stand on a line of standard output.
func TestOddBytes(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"a byte order mark", "\xef\xbb\xbf" + `{"id":7}`, ""},
		{"a carriage return", "{\"id\":7}\r", ""},
		{"UTF-16", "\xff\xfe{\x00\"\x00", "it is UTF-16 text; save it as UTF-8"},
		{"a banner", "Hello from the community.", "print to standard error instead"},
		{"NaN", `{"id":7,"state":{"x":NaN}}`, `it goes wrong at character 22, 'N'`},
		{"Infinity", `{"id":7,"hidden":{"x":Infinity}}`, `it goes wrong at character 23, 'I'`},
		{"half a surrogate", `{"id":7,"observation":"\ud83d"}`, ""},
		{"a key twice", `{"id":7,"done":false,"done":true}`, ""},
		{"nothing", "", `without "id"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseAnswer([]byte(test.line), 7)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestPlainParams(t *testing.T) {
	specs := []agent.ActionSpec{{Name: "a", Params: []agent.ParamSpec{{Name: "n", Type: "integer"}, {Name: "x", Type: "number"}}}}
	if got := plainParams(specs, "a", `{"n":2.0,"x":2.0}`); got != `{"n":2,"x":2.0}` {
		t.Errorf("got %s", got)
	}
	if got := plainParams(specs, "b", `{"n":2.0}`); got != `{"n":2.0}` {
		t.Errorf("an unknown action became %s", got)
	}
}
