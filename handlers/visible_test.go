package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent"
)

// hostileText has what a terminal obeys, what turns text around, and markup.
const hostileText = "a\x1b[31mred\x07\x9b2J\u202etxt.exe\u2066x\u2069\u200f\r# not a heading\u2028[x](javascript:y) https://evil.example <b>&amp;"

func TestVisible(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain", "Grüße, Φ ▲\n\tx", "Grüße, Φ ▲\n\tx"},
		{"escape", "\x1b[31m", "␛[31m"},
		{"delete", "\x7f", "␡"},
		{"C1", "\u009b2J", "⟨U+009B⟩2J"},
		{"bidi", "a\u202eb\u2066c\u061c", "a⟨U+202E⟩b⟨U+2066⟩c⟨U+061C⟩"},
		{"line ends", "a\r\nb\rc", "a\nb\nc"},
		{"tags", "x\U000e0041", "x⟨U+E0041⟩"},
		{"a family", "👩\u200d👧", "👩\u200d👧"},
	} {
		if got := visible(test.in); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add(hostileText)
	f.Add("\xff\U000e0041")
	f.Fuzz(func(t *testing.T, text string) {
		if got := visible(text); strings.IndexFunc(got, invisible) >= 0 || visible(got) != got {
			t.Errorf("%q becomes %q", text, got)
		}
		if !utf8.ValidString(text) {
			return
		}
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		escaped, back := visibleJSON(raw), ""
		if err := json.Unmarshal(escaped, &back); err != nil || back != text || bytes.IndexFunc(escaped, invisible) >= 0 {
			t.Errorf("%q is written as %s and read as %q: %v", text, escaped, back, err)
		}
	})
}

// No export holds a sign that acts on what shows it, and none loses what was said.
func TestExportsHoldNothingThatActs(t *testing.T) {
	log := newRunLog()
	run := sampleRun("r_hostile", 20)
	run.Spec.Purpose, run.Spec.Models.Actor, run.Label = hostileText, "m\u202eodel", "l\x1babel"
	log.add(run)
	log.emit("r_hostile", noon, sampleStart())
	step := sampleStep(1, 1)
	step.Action.Name, step.Action.Thought, step.After.Summary, step.Error, step.Score.Reasoning = hostileText, hostileText, hostileText, hostileText, hostileText
	step.Memory = []agent.RuleUse{{ID: "h_1", Version: 1, Title: hostileText, Use: agent.UseCited}}
	log.emit("r_hostile", noon, agent.StepTaken{Step: step}, agent.NoteAdded{By: hostileText, Text: hostileText})
	s := runsServer(t, log)
	for format := range exportFormats {
		w := ask(s, http.MethodGet, "/runs/r_hostile/export."+format, "")
		body := w.Body.String()
		if at := strings.IndexFunc(body, invisible); w.Code != http.StatusOK || at >= 0 {
			t.Errorf("%s: %d, and at %d stands %q", format, w.Code, at, body[max(at, 0):][:40])
		}
		if strings.Contains(body, "\r") {
			t.Errorf("%s has a carriage return", format)
		}
		switch format {
		case "md":
			for line := range strings.Lines(strings.ReplaceAll(body, `\]`, "")) {
				if strings.HasPrefix(line, "# not") || strings.Contains(line, "](javascript") && !strings.HasPrefix(line, "    ") || strings.Contains(line, " https://") && !strings.HasPrefix(line, "    ") {
					t.Errorf("this acts: %q", line)
				}
			}
		case "jsonl":
			if !strings.Contains(body, `\u202etxt`) {
				t.Error("the words were lost")
			}
		}
	}
}
