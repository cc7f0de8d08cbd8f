package ui

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestDiffStates(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		same                int
		want                string
	}{
		{"equal", `{"a":1,"b":[1,2]}`, `{"b":[1,2],"a":1}`, 3, ""},
		{"changed", `{"a":{"room":"r1"}}`, `{"a":{"room":"r2"}}`, 0, `changed /a/room "r1" "r2"`},
		{"added and removed", `{"a":1}`, `{"b":2}`, 0, `removed /a 1  ; added /b  2`},
		{"taken from the middle of a list", `{"l":["a","b","c"]}`, `{"l":["a","c"]}`, 2, `removed /l/1 "b" `},
		{"put at the end", `{"l":["a"]}`, `{"l":["a","b"]}`, 1, `added /l/1  "b"`},
		{"within a list", `{"l":[{"x":1,"y":2}]}`, `{"l":[{"x":1,"y":3}]}`, 1, `changed /l/0/y 2 3`},
		{"another type", `{"a":[1]}`, `{"a":{"b":1}}`, 0, `changed /a 1 b: 1`},
		{"an object in words", `{}`, `{"door":{"colour":"green","ways":["north",{"to":2}],"lock":{},"name":""}}`, 0, `added /door  colour: green, lock: (empty), name: "", ways: (north, (to: 2))`},
		{"names with slashes", `{"a/b~c":1}`, `{"a/b~c":2}`, 0, `changed /a~1b~0c 1 2`},
		{"null is a value", `{"a":null}`, `{}`, 0, `removed /a null `},
		{"numbers keep their digits", `{"a":12345678901234567890}`, `{"a":12345678901234567891}`, 0, `changed /a 12345678901234567890 12345678901234567891`},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, err := agent.ParseObject([]byte(test.before))
			if err != nil {
				t.Fatal(err)
			}
			after, err := agent.ParseObject([]byte(test.after))
			if err != nil {
				t.Fatal(err)
			}
			changes, same := DiffStates(before, after)
			var got []string
			for _, c := range changes {
				got = append(got, fmt.Sprintf("%s %s %s %s", c.Op, c.Pointer, c.Was, c.Is))
			}
			if text := strings.Join(got, " ; "); text != test.want {
				t.Errorf("got %q, want %q", text, test.want)
			}
			if same != test.same {
				t.Errorf("got %d unchanged, want %d", same, test.same)
			}
		})
	}
}

func TestDiffPanelIsBounded(t *testing.T) {
	big := map[string]int{}
	for i := range 1000 {
		big[fmt.Sprint("k", i)] = i
	}
	p := DiffPanel(agent.Step{After: agent.State{Data: agent.MustObject(big)}})
	if len(p.Lines) != MaxDiffLines || !strings.Contains(p.Lead, "1000 of 1,000") || !strings.Contains(p.Note, "all of them are in Raw") {
		t.Errorf("got %d lines, %q, %q", len(p.Lines), p.Lead, p.Note)
	}
}
