package agent_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"purposeagent/agent"
)

// FuzzParseTags holds that tags are read in their one form or refused in words.
func FuzzParseTags(f *testing.F) {
	for _, seed := range []string{"a b,c", "A a", "", "ü", strings.Repeat("x", 50), strings.Repeat("a,b,c,d,e,f,g,h,i,j,k,l,m", 2), "\xff", "a\u00a0b", "-_./"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tags, err := agent.ParseTags(text)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeInvalid || len(agent.MessageOf(err)) > 300 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := agent.ParseTags(strings.Join(tags, " ")); err != nil || !slices.Equal(again, tags) {
			t.Errorf("%v became %v, %v", tags, again, err)
		}
	})
}

// FuzzEvent holds that what is read as an event is written and read again as
// the same, and that a run folds it without harm.
func FuzzEvent(f *testing.F) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, data := range []agent.EventData{agent.RunQueued{}, agent.RunStarted{}, agent.StepTaken{}, agent.NoteAdded{}, agent.ApprovalAsked{},
		agent.ApprovalAnswered{}, agent.Learned{}, agent.RunWaiting{}, agent.RunPaused{}, agent.RunResumed{}, agent.ActionStarted{}, agent.RunFinished{}, agent.RunStopped{}, agent.RunFailed{}} {
		raw, err := json.Marshal(agent.Event{Seq: 3, Run: "r", At: at, Data: data})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, seed := range []string{`{}`, `null`, `{"kind":"step"}`, `{"kind":"step","data":null}`, `{"kind":"step","data":{"step":{"index":-1,"after":null}}}`, `{"kind":"learned","data":{"changes":[{}]}}`, `{"seq":1e99}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var event agent.Event
		if err := json.Unmarshal(raw, &event); err != nil {
			if !utf8.ValidString(agent.MessageOf(err)) && utf8.Valid(raw) {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if event.Data == nil {
			return // JSON's null leaves an event as it was
		}
		first, err := json.Marshal(event)
		if err != nil {
			return // a number or time that JSON can't hold
		}
		var again agent.Event
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s can't be read again: %v", first, err)
		}
		second, err := json.Marshal(again)
		if err != nil || string(first) != string(second) {
			t.Errorf("%s became %s, %v", first, second, err)
		}
		run := agent.Run{ID: "r", LastSeq: event.Seq - 1}
		run.Fold(event)
	})
}
