package wire

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// all reads the data of all events, with names before them.
func all(e *Events) (got []string, err error) {
	for {
		event, err := e.Next()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		text := string(event.Data)
		if event.Name != "" {
			text = event.Name + " " + text
		}
		got = append(got, text)
	}
}

func TestEvents(t *testing.T) {
	for _, test := range []struct {
		name, stream string
		want         []string
		done         bool
		stray        string
		err          error
	}{
		{"as the standard has it", "data: {\"a\":1}\n\ndata: {\"a\":2}\n\ndata: [DONE]\n\n", []string{`{"a":1}`, `{"a":2}`}, true, "", nil},
		{"CR LF", "data: {\"a\":1}\r\n\r\ndata: [DONE]\r\n\r\n", []string{`{"a":1}`}, true, "", nil},
		{"CR", "data: {\"a\":1}\r\rdata: {\"a\":2}\r\r", []string{`{"a":1}`, `{"a":2}`}, false, "", nil},
		{"single newlines", "data: {\"a\":1}\ndata: {\"a\":2}\ndata: [DONE]\n", []string{`{"a":1}`, `{"a":2}`}, true, "", nil},
		{"single newlines with names", "event: x\ndata: {}\nevent: y\ndata: {}\n", []string{"x {}", "y {}"}, false, "", nil},
		{"no blank line after the last", "data: {\"a\":1}\n\ndata: {\"a\":2}", []string{`{"a":1}`, `{"a":2}`}, false, "", nil},
		{"no space, no newline at all", "data:{\"a\":1}data:{\"a\":2}", []string{`{"a":1}`, `{"a":2}`}, false, "", nil},
		{"heartbeats", ": ping\n\n: OPENROUTER PROCESSING\n\nevent: ping\ndata:\n\ndata\n\nid: 7\nretry: 100\ndata: {\"a\":1}\n\n", []string{`{"a":1}`}, false, "", nil},
		{"a byte order mark", "\ufeffdata: {\"a\":1}\n\n", []string{`{"a":1}`}, false, "", nil},
		{"a value over lines", "data: {\ndata: \"a\":\ndata: 1}\n\n", []string{"{\n\"a\":\n1}"}, false, "", nil},
		{"a value over bare lines", "data: {\n  \"data\": 1,\n  \"a\": 1\n}\n\n", []string{"{\n  \"data\": 1,\n  \"a\": 1\n}"}, false, "", nil},
		{"data: twice", "data: data: {\"a\":1}\n\n", []string{`{"a":1}`}, false, "", nil},
		{"names in capitals", "Data: {\"a\":1}\n\n", []string{`{"a":1}`}, false, "", nil},
		{"brackets within strings", `data: {"a":"}\"]{","b":"\\"}` + "\n\n", []string{`{"a":"}\"]{","b":"\\"}`}, false, "", nil},
		{"lines of JSON", "{\"a\":1}\n{\"a\":2}\n[DONE]\n", []string{`{"a":1}`, `{"a":2}`}, true, "", nil},
		{"JSON without lines", `{"a":1}{"a":2}`, []string{`{"a":1}`, `{"a":2}`}, false, "", nil},
		{"one answer over lines", "\n\n{\n\n  \"a\": {\"b\": []}\n}\n", []string{"{\n  \"a\": {\"b\": []}\n}"}, false, "", nil},
		{"an error after events", "data: {\"a\":1}\n\n{\"error\":\"x\"}\n", []string{`{"a":1}`, `{"error":"x"}`}, false, "", nil},
		{"a page", "<html>\n<h1>Bad gateway</h1>", nil, false, "<html>\n<h1>Bad gateway</h1>\n", nil},
		{"words after data:", "data: too many requests\n\n", nil, false, "too many requests\n", nil},
		{"nothing", "", nil, false, "", nil},
		{"cut in a value", "data: {\"a\":1}\n\ndata: {\"a\":", []string{`{"a":1}`}, false, "", ErrCut},
		{"a value that ends nowhere", "data: {\"a\":\n\ndata: {\"a\":2}\n\n", []string{"{\"a\":\n", `{"a":2}`}, false, "", nil},
		{"what stands after [DONE] is not read", "data: [DONE]\n\ndata: {\"a\":1}\n\n", nil, true, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for way, r := range map[string]io.Reader{"at once": strings.NewReader(test.stream), "byte by byte": iotest.OneByteReader(strings.NewReader(test.stream))} {
				e := NewEvents(r)
				got, err := all(e)
				if !slices.Equal(got, test.want) || !errors.Is(err, test.err) || e.Done() != test.done || e.Stray() != test.stray {
					t.Errorf("%s: got %q, %v, done %v, stray %q", way, got, err, e.Done(), e.Stray())
				}
			}
		})
	}
}

// A line without end is refused at the bound of a body.
func TestEventsAreBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`data: {"a":"`), neverEnding('x'))
	if _, err := NewEvents(endless).Next(); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

func FuzzEvents(f *testing.F) {
	for _, seed := range []string{"data: {\"a\":1}\n\ndata: [DONE]\n\n", "\ufeffdata: {\r\n\"a\":1}\r\n", "{\"a\":1}{\"b\":[]}\n[DONE]", "event: x\ndata: {\"a\":\"\\\"}\"}\n", ": c\rdata:x\r\r", "[{},\n{}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		whole, err := all(NewEvents(strings.NewReader(stream)))
		pieces, err2 := all(NewEvents(iotest.OneByteReader(strings.NewReader(stream))))
		if !slices.Equal(whole, pieces) || (err == nil) != (err2 == nil) {
			t.Errorf("%q %v at once, %q %v byte by byte", whole, err, pieces, err2)
		}
		length := 0
		for _, data := range whole {
			length += len(data)
		}
		if length > 2*len(stream)+2 {
			t.Errorf("%d bytes of events from %d", length, len(stream))
		}
	})
}
