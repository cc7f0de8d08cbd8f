package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"purposeagent/scripts/peers/work"
)

func TestRead(t *testing.T) {
	got, err := read([]byte("{\"units\": 3, \"cpu_ns\": 2.5e3, \"wall_ns\": 4000, \"written\": 0, \"kept\": 1.5}\n"))
	if want := (work.Result{Units: 3, CPU: 2500, Wall: 4000, Kept: 1.5}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, text := range map[string]string{
		"nothing":        "",
		"no JSON":        "Traceback",
		"no units":       `{"units": 0, "cpu_ns": 1, "wall_ns": 1}`,
		"no time":        `{"units": 1, "cpu_ns": 0, "wall_ns": 1}`,
		"a wrong field":  `{"units": 1, "cpu_ns": 1, "wall_ns": 1, "cpu": 3}`,
		"something more": `{"units": 1, "cpu_ns": 1, "wall_ns": 1} done`,
		"less than none": `{"units": 1, "cpu_ns": 1, "wall_ns": 1, "kept": -1}`,
	} {
		if got, err := read([]byte(text)); err == nil {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

// The table has medians, the least, and ratios to ours; where the peer needs less
// it says so in bold.
func TestMarkdown(t *testing.T) {
	w := piece{title: "a step", files: true, programs: []program{ours, langOne, einoGraph}}
	m := table{}
	for _, us := range []float64{10, 30, 20} {
		m.add(w, ours, work.Result{CPU: us * 1e3, Wall: us * 2e3, Written: 40_000, Kept: 1_000})
		m.add(w, langOne, work.Result{CPU: us * 1e4, Wall: us * 1e3, Written: 50_000, Kept: 2_000})
		m.add(w, einoGraph, work.Result{CPU: us * 5e2, Wall: us * 2e3})
	}
	got := m.markdown([]piece{w})
	want := `| **a step** | | | | | | | | |
| Purpose | 1 | 1 | 20.0 | 10.0 | 40.0 | 20.0 | 40.0 | 1.0 |
| LangGraph, one node | 10.0 | **0.50** | 200 | 100 | 20.0 | 10.0 | 50.0 | 2.0 |
| eino, graph of one node | **0.50** | 1.0 | 10.0 | 5.0 | 40.0 | 20.0 | – | – |
`
	if _, rows, _ := strings.Cut(got, "|---|---|---|---|---|---|---|---|---|\n"); rows != want {
		t.Errorf("got\n%s\nwant\n%s", rows, want)
	}
	w.files = false
	if got := m.markdown([]piece{w}); !strings.Contains(got, "| Purpose | 1 | 1 | 20.0 | 10.0 | 40.0 | 20.0 |  |  |\n") {
		t.Errorf("bytes of work without files are told:\n%s", got)
	}
	m.add(w, ours, work.Result{CPU: 50e3, Wall: 1})
	if got := median(m[w.title][ours.title], cpu); got != 25e3 {
		t.Errorf("the median of 10, 20, 30 and 50 is %v", got)
	}
}

func TestBetween(t *testing.T) {
	page := "before\n" + opening + "\n\nold\n\n" + closing + "\nafter\n"
	got, err := between(page, "\nnew\n")
	if want := "before\n" + opening + "\n\nnew\n\n" + closing + "\nafter\n"; err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if again, err := between(got, "new"); err != nil || again != got {
		t.Errorf("a second time it is %q, %v", again, err)
	}
	for _, page := range []string{"", opening, closing + opening} {
		if _, err := between(page, "new"); err == nil {
			t.Errorf("%q has a place", page)
		}
	}
}

func TestChoose(t *testing.T) {
	if all, err := choose(""); err != nil || len(all) != len(works) {
		t.Errorf("got %d, %v", len(all), err)
	}
	if some, err := choose("rules, core-20"); err != nil || len(some) != 4 || some[3].name() != "core-20" {
		t.Errorf("got %v, %v", some, err)
	}
	if _, err := choose("chess"); err == nil || !strings.Contains(err.Error(), `no work "chess"`) {
		t.Errorf("got %v", err)
	}
}

// All programs of a piece of work have names of their own, and ours is the first:
// the table goes by them.
func TestWorks(t *testing.T) {
	names := map[string]bool{}
	for _, w := range works {
		if names[w.name()] || names[w.title] {
			t.Errorf("%s or %q is there twice", w.name(), w.title)
		}
		names[w.name()], names[w.title] = true, true
		titles := map[string]bool{}
		for _, p := range w.programs {
			if titles[p.title] {
				t.Errorf("%s: %q is there twice", w.name(), p.title)
			}
			titles[p.title] = true
		}
		if w.programs[0] != ours || len(w.programs) < 2 {
			t.Errorf("%s: ours is not compared with anything", w.name())
		}
	}
}

func TestLoad(t *testing.T) {
	for text, want := range map[string]string{"15.81 14.58 14.94 9/412 8\n": "15.8", "0.04 0.01 0.05 1/80 2\n": "0.04", "": "unknown", "none\n": "unknown"} {
		if got := firstOf(text); got != want {
			t.Errorf("of %q the load is %q, not %q", text, got, want)
		}
	}
}

// The page has the place for the table, with what is measured and with the
// versions that are installed.
func TestPage(t *testing.T) {
	raw, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), opening)
	text, _, found := strings.Cut(rest, closing)
	if !found {
		t.Fatalf("%s has no place for the table", page)
	}
	for _, w := range works {
		if !strings.Contains(text, "**"+w.title+"**") {
			t.Errorf("%q is not in the table: measure it anew with -write", w.title)
		}
		for _, p := range w.programs {
			if !strings.Contains(text, "| "+p.title+" |") {
				t.Errorf("%q is not in the table: measure it anew with -write", p.title)
			}
		}
	}
	module, err := os.ReadFile("testdata/eino/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	versions := pinned(string(requirements), "langgraph", "langgraph-checkpoint-sqlite", "purpose-agent", "openai")
	for _, m := range einoModules {
		for line := range strings.Lines(string(module)) {
			if strings.HasPrefix(strings.TrimSpace(line), m+" ") {
				versions = append(versions, strings.TrimSpace(line))
			}
		}
	}
	if len(versions) != 6 {
		t.Errorf("the versions are %q", versions)
	}
	for _, v := range versions {
		if !strings.Contains(text, v+",") && !strings.Contains(text, v+";") {
			t.Errorf("the table is not of %s: measure it anew with -write", v)
		}
	}
}

// The server gives the same answer, whole and in pieces.
func TestServe(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(serve))
	defer s.Close()
	ask := func(path, body string) (int, []byte) {
		reply, err := http.Post(s.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		raw, _ := io.ReadAll(reply.Body)
		return reply.StatusCode, raw
	}
	if status, _ := ask("/v1/models", "{}"); status != http.StatusNotFound {
		t.Errorf("another path gives %d", status)
	}
	var one struct {
		Choices []struct {
			Message, Delta struct{ Content string }
		}
	}
	_, raw := ask("/v1/chat/completions", `{"model":"m"}`)
	if err := json.Unmarshal(raw, &one); err != nil || one.Choices[0].Message.Content != answer {
		t.Errorf("got %s, %v", raw, err)
	}
	_, raw = ask("/v1/chat/completions", `{"model":"m","stream":true}`)
	var text strings.Builder
	for event := range bytes.SplitSeq(bytes.TrimSpace(raw), []byte("\n\n")) {
		data := bytes.TrimPrefix(event, []byte("data: "))
		if string(data) == "[DONE]" {
			break
		}
		one.Choices = nil
		if err := json.Unmarshal(data, &one); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		text.WriteString(one.Choices[0].Delta.Content)
	}
	if text.String() != answer {
		t.Errorf("in pieces it is %q", text.String())
	}
}

// What programs work on grows as it is said to, and is the same each time.
func TestInputs(t *testing.T) {
	if in := conversation(20); len(in.Messages) != 42 || in.Answer != answer {
		t.Errorf("%d messages", len(in.Messages))
	}
	if all, one := conversation(20).Messages, prompt(20).Messages; len(one) != 2 || !strings.HasSuffix(one[1].Content, all[41].Content+"\n") || !strings.Contains(one[1].Content, all[7].Content) {
		t.Errorf("in one message it is %q", one)
	}
	if a, b := library(1000), library(1000); len(a.Rules) != 1000 || a.Rules[999] != b.Rules[999] || a.Rules[998].Pattern == a.Rules[999].Pattern {
		t.Errorf("%d rules, the last %+v and %+v", len(a.Rules), a.Rules[999], b.Rules[999])
	}
	if n := len(states(0).Words); n < 50 {
		t.Errorf("%d words", n)
	}
}
