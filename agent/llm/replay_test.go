package llm_test

import (
	"context"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/llm"
)

func TestRecording(t *testing.T) {
	ask := func(text string) []chat.Message { return []chat.Message{{Role: chat.RoleUser, Text: text}} }
	call := func(text, answer, failed string) chat.Call {
		return chat.Call{Messages: ask(text), Answer: answer, Error: failed, Model: "lab:m", Usage: agent.Usage{TokensIn: 5, TokensOut: 2, Calls: 1, USD: .5}}
	}
	r := llm.NewRecording("replay:r_1", []chat.Call{call("go", "", "no connection"), call("go", "north", ""), call("go", "east", ""), call("look", "a door", "")})
	for i, want := range []string{"north", "east", "east"} {
		told := ""
		got, err := r.Generate(t.Context(), chat.Request{Messages: ask("go"), OnText: func(text string) { told = text }})
		if err != nil || got.Text != want || told != want || got.Usage.USD != 0 || got.Usage.TokensIn != 5 {
			t.Errorf("%d: %+v %v", i, got, err)
		}
	}
	if _, err := r.Generate(t.Context(), chat.Request{Messages: ask("jump")}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	if _, err := r.Generate(t.Context(), chat.Request{Messages: ask("look"), Schema: conformance.ColourSchema}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error("another schema is another question:", err)
	}
	resolver := llm.NewResolver(llm.Config{Recorded: func(_ context.Context, run string) ([]chat.Call, error) {
		if run != "r_1" {
			return nil, nil
		}
		return []chat.Call{call("go", "north", "")}, nil
	}})
	for range 2 { // each run begins at the beginning
		m, err := resolver.Resolve("replay:r_1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Generate(t.Context(), chat.Request{Messages: ask("go")}); err != nil || got.Text != "north" {
			t.Error(got, err)
		}
	}
	if _, err := resolver.Resolve("replay:r_2"); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
}
