package llm_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/llm"
)

func TestResolve(t *testing.T) {
	local := llm.Config{OpenAIBaseURL: "http://127.0.0.1:1/v1"}
	tests := []struct {
		name string
		cfg  llm.Config
		ref  string
		code agent.Code
		want string // the client's name, or part of the message
	}{
		{"a model", local, "openai:gpt-test", "", "openai:gpt-test"},
		{"a model with colons", local, " openai:qwen3:1.7b ", "", "openai:qwen3:1.7b"},
		{"no model", local, "openai:", agent.CodeInvalid, "name a model"},
		{"another provider", local, "cohere:x", agent.CodeInvalid, "known are openai:NAME"},
		{"no provider", local, "gpt-test", agent.CodeInvalid, "known are openai:NAME"},
		{"nothing", local, "", agent.CodeInvalid, "known are openai:NAME"},
		{"rubbish", local, strings.Repeat("\xff", 100), agent.CodeInvalid, "known are openai:NAME"},
		{"no key", llm.Config{}, "openai:gpt-test", agent.CodeDenied, "OPENAI_API_KEY"},
		{"bad address", llm.Config{OpenAIBaseURL: "nonsense"}, "openai:x", agent.CodeInvalid, "OPENAI_BASE_URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := llm.NewResolver(tt.cfg)
			model, err := r.Resolve(tt.ref)
			if tt.code != "" {
				if agent.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %s …%s…", err, tt.code, tt.want)
				}
				return
			}
			if err != nil || model.Name() != tt.want {
				t.Fatalf("got %v, %v; want %s", model, err, tt.want)
			}
			if again, _ := r.Resolve(tt.ref); again != model {
				t.Error("the same name gave another client")
			}
		})
	}
}
