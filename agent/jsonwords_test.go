package agent_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent"
)

func TestJSONFault(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"sound", `{"a":[1,{"b":"é"}],"b":{"a":1}}`, ""},
		{"the same key in other objects", `[{"a":1},{"a":{"a":2}}]`, ""},
		{"nothing", " \n", "it is empty"},
		{"a stray character", `{"é":x}`, `it goes wrong at character 6, 'x'`},
		{"a trailing comma", `{"a":1,}`, `it goes wrong at character 8, '}'`},
		{"cut off", `{"a":[1,2`, "it ends too early, after character 9"},
		{"text after", `{"a":1} b`, "there is text after its end, from character 9 on"},
		{"a key twice", `{"a":1,"a":2}`, "a is given twice; give it once"},
		{"a key twice in a list", `{"rules":[{},{"title":"x","when":{"k":1,"k":2}}]}`, "rules[1].when.k is given twice; give it once"},
		{"a key twice by escapes", `{"ab":1,"\u0061b":2}`, "ab is given twice; give it once"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := agent.JSONFault([]byte(test.text)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWholeNumber(t *testing.T) {
	for text, want := range map[string]int64{"230": 230, "230.0": 230, "2.3e2": 230, "-0.0": 0, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63, "1E3": 1000} {
		if got, ok := agent.WholeNumber(text); !ok || got != want {
			t.Errorf("%s is %d, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "1.5", "1e-1", "9223372036854775808", "1e30", "NaN", "Inf", "0x10", "1_000", "+5", " 5", "5 ", "true"} {
		if got, ok := agent.WholeNumber(text); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestFileText(t *testing.T) {
	for _, test := range []struct{ name, raw, want, says string }{
		{"plain", "{}", "{}", ""},
		{"byte order mark", "\xef\xbb\xbf{}\r\n", "{}\r\n", ""},
		{"UTF-16 little", "\xff\xfe{\x00", "", "it is UTF-16 text; save it as UTF-8"},
		{"UTF-16 big", "\xfe\xff\x00{", "", "it is UTF-16 text"},
		{"UTF-32", "\xff\xfe\x00\x00{\x00\x00\x00", "", "it is UTF-32 text"},
		{"gzip", "\x1f\x8b\x08", "", "it is compressed with gzip; unpack it first"},
		{"zip", "PK\x03\x04", "", "it is a zip archive; unpack it first"},
		{"Latin-1", "{\"caf\xe9\"}", "", "not valid UTF-8 text from byte 6 on"},
		{"Latin-1 after a mark", "\xef\xbb\xbfcaf\xe9", "", "from byte 7 on"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := agent.FileText([]byte(test.raw))
			if string(got) != test.want || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// Config files and states are read with a byte order mark too.
func TestParseObjectWithMark(t *testing.T) {
	if got, err := agent.ParseObject([]byte("\xef\xbb\xbf{\"size\":7}\n")); err != nil || got != `{"size":7}` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := agent.ParseObject([]byte("\xff\xfe{\x00")); err == nil || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("got %v", err)
	}
}

// FuzzJSONFault holds that it finds a fault exactly where there is one, in
// words that can be shown.
func FuzzJSONFault(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":1,"a":2}`, `[`, `{"a":[{"b":1,"b":2}]}`, "", "nul", `{"\u0061":1,"a":2}`, `1 2`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fault := agent.JSONFault(text)
		if !utf8.ValidString(fault) && utf8.Valid(text) || len(fault) > 400 {
			t.Errorf("a message of %d bytes: %q", len(fault), fault)
		}
		if _, err := agent.ParseObject(text); err == nil && fault != "" && !strings.Contains(fault, "twice") && !strings.Contains(fault, "empty") && !strings.HasPrefix(string(text), "\xef\xbb\xbf") {
			t.Errorf("%q is read as an object, yet %s", text, fault)
		}
	})
}
