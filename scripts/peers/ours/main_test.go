package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/scripts/peers/work"
)

// Each kind of work is done as many times as it says, and what is not done is an
// error.
func TestWork(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(raw), "where to?") {
			http.Error(w, "nobody asked", http.StatusBadRequest)
			return
		}
		if strings.Contains(string(raw), `"stream":true`) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"north\"},\"finish_reason\":\"stop\"}],\"model\":\"m\"}\n\ndata: [DONE]\n\n")
			return
		}
		fmt.Fprint(w, `{"object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"north"},"finish_reason":"stop"}]}`)
	}))
	defer s.Close()
	talk := work.Input{Messages: []work.Message{{Role: "user", Content: "where to?"}}, Answer: "north"}
	other := talk
	other.Answer = "south"
	var rules []work.Rule
	for i := range 60 {
		rules = append(rules, work.Rule{ID: fmt.Sprint("h", i), Title: fmt.Sprintf("take the key of room %d", i), Pattern: fmt.Sprintf("a key is on table %d and the door is locked", i), Strategy: fmt.Sprintf("take it, then open door %d", i), Action: "take"})
	}
	find := work.Input{Rules: rules, Purpose: "open the locked door", State: "A key is on the table. The door is locked.", Actions: []string{"take"}}
	few := find
	few.Rules = rules[:2]
	tests := map[string]struct {
		job    work.Job
		units  int
		failed string
	}{
		"core":           {work.Job{Work: "core", Steps: 30}, 30, ""},
		"durable":        {work.Job{Work: "durable", Steps: 7, Folder: t.TempDir(), Input: work.Input{Words: []string{"key", "door"}}}, 7, ""},
		"call":           {work.Job{Work: "call", Server: s.URL, Input: talk}, 1, ""},
		"stream":         {work.Job{Work: "stream", Server: s.URL, Input: talk}, 1, ""},
		"prompt":         {work.Job{Work: "prompt", Server: s.URL, Input: talk}, 1, ""},
		"net/http":       {work.Job{Work: "call", Form: "net/http", Server: s.URL, Input: talk}, 1, ""},
		"rules":          {work.Job{Work: "rules", Input: find}, 1, ""},
		"another answer": {work.Job{Work: "call", Server: s.URL, Input: other}, 0, `the answer is "north"`},
		"a refusal":      {work.Job{Work: "call", Form: "net/http", Server: s.URL}, 0, "400"},
		"few rules":      {work.Job{Work: "rules", Input: few}, 0, "of 2 rules 2 were found, not 9"},
		"unknown":        {work.Job{Work: "chess"}, 0, `no work "chess"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			operation, closing, err := begin(t.Context(), tt.job)
			if closing != nil {
				defer closing()
			}
			for range 2 {
				units := 0
				if err == nil {
					units, err = operation()
				}
				switch {
				case tt.failed != "" && (err == nil || !strings.Contains(err.Error(), tt.failed)):
					t.Fatalf("got %v, want %q", err, tt.failed)
				case tt.failed == "" && (err != nil || units != tt.units):
					t.Fatalf("got %d units, %v", units, err)
				}
			}
		})
	}
}
