package mcp_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments/mcp"
)

// recorded are conversations with servers that nobody here wrote, one of each
// revision: as they were said, in testdata, and replayed byte for byte. To record
// one again, with the server's command in a variable:
//
//	MCP_RECORD_EVERYTHING='["node", "…/server-everything/dist/index.js"]' go test -run TestRecorded ./environments/mcp
//
// everything-2025-11-25 is @modelcontextprotocol/server-everything 2026.8.31 of
// npm; sdk-2026-07-28 is examples/server/everything of the Go SDK 1.8.0.
var recorded = []struct {
	name, protocol, variable string
	steps                    []step
}{
	{"everything-2025-11-25", "2025-11-25", "MCP_RECORD_EVERYTHING", []step{
		{"echo", `{"message":"hello"}`, "echo hello answered: Echo: hello", ""},
		{"get-sum", `{"a":2,"b":3.5}`, "The sum of 2 and 3.5 is 5.5.", ""},
		{"get-structured-content", `{"location":"Chicago"}`, `answered: {"conditions":"Light rain / drizzle","humidity":82,"temperature":36}`, ""},
		{"get-annotated-message", `{"messageType":"error","includeImage":false}`, "Error: Operation failed", ""},
		{"get-tiny-image", `{}`, "[image image/png, ", ""},
		{"get-resource-links", `{"count":2}`, "[resource demo://resource/dynamic/blob/1", ""},
		{"get-resource-links", `{"count":20}`, "", "count: maximum: got 20, want 10"}, // never asked: the schema says it
		{"trigger-long-running-operation", `{"duration":1,"steps":4}`, "Long running operation completed", ""},
		{"read_resource", `{"uri":"demo://resource/static/document/nowhere.md"}`, "", "refused to read demo://resource/static/document/nowhere.md"},
	}},
	{"sdk-2026-07-28", "2026-07-28", "MCP_RECORD_SDK", []step{
		{"greet", `{"name":"Ada"}`, "greet Ada answered: Hi Ada", ""},
		{"greet_structured", `{"name":"Ada"}`, `greet_structured Ada answered: {"message":"Hi Ada"}`, ""},
		{"greet_content_with_ResourceLink", `{"name":"Ada"}`, "[resource ", ""},
		{"elicit_form", `{}`, "", "eliciting failed"},
		{"read_resource", `{"uri":"embedded:info"}`, "This is the hello example server.", ""},
		{"read_resource", `{"uri":"embedded:nothing"}`, "", "refused to read embedded:nothing"},
	}},
}

type step struct{ action, params, want, refused string }

func TestRecorded(t *testing.T) {
	for _, r := range recorded {
		t.Run(r.name, func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join("testdata", r.name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			kind := "replay " + file
			if command := os.Getenv(r.variable); command != "" {
				var words []string
				if err := json.Unmarshal([]byte(command), &words); err != nil {
					t.Fatal(err)
				}
				kind = "record " + strings.Join(append([]string{file}, words...), "\x1f")
			}
			config, o := program(t, kind, map[string]any{"protocol": r.protocol})
			env := open(t, config, o)
			state := begin(t, env)
			for _, s := range r.steps {
				params, err := agent.ParseObject([]byte(s.params))
				if err != nil {
					t.Fatal(err)
				}
				after, err := env.Execute(t.Context(), agent.Action{Name: s.action, Params: params}, state)
				if s.refused != "" {
					if err == nil || !strings.Contains(agent.MessageOf(err), s.refused) {
						t.Errorf("%s: got %v, want %q", s.action, err, s.refused)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s: %v", s.action, err)
				}
				state = after
				contains(t, state.Summary, s.want)
			}
		})
	}
}

// TestRecordedIsExact holds that the replay is one: another question than the one
// that was recorded ends it.
func TestRecordedIsExact(t *testing.T) {
	file, err := filepath.Abs("testdata/everything-2025-11-25.txt")
	if err != nil {
		t.Fatal(err)
	}
	config, o := program(t, "replay "+file, map[string]any{"protocol": "2025-11-25"})
	env := open(t, config, o)
	refused(t, env, begin(t, env), agent.CodeUnavailable, "ended (exit status 8)", "echo", map[string]any{"message": "good-bye"})
	if _, err := mcp.New(config, mcp.Options{Env: o.Env, Version: "other"}); err == nil || !strings.Contains(err.Error(), `"version":"dev"`) {
		t.Errorf("another introduction: %v", err)
	}
}
