package llm_test

import (
	"context"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm"
)

// env makes a getenv of name, value pairs.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// builtin resolves by the environment only.
func builtin(getenv func(string) string) llm.Config {
	return llm.Config{Connections: func(_ context.Context, name string) (chat.Connection, bool, error) {
		c, ok := llm.Builtin(name, getenv)
		return c, ok, nil
	}}
}

func stored(c chat.Connection) llm.Config {
	return llm.Config{Connections: func(_ context.Context, name string) (chat.Connection, bool, error) { return c, name == c.Name, nil }}
}

func TestResolve(t *testing.T) {
	local := builtin(env("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"))
	keys := builtin(env("ANTHROPIC_API_KEY", "a", "GEMINI_API_KEY", "g", "HF_TOKEN", "h"))
	for _, tt := range []struct {
		name string
		cfg  llm.Config
		ref  string
		code agent.Code
		want string // the client's name, or part of the message
	}{
		{"a model", local, "openai:gpt-test", "", "openai:gpt-test"},
		{"a model with colons", local, " openai:qwen3:1.7b ", "", "openai:qwen3:1.7b"},
		{"a local server, without any setting", builtin(env()), "ollama:qwen3:1.7b", "", "ollama:qwen3:1.7b"},
		{"Anthropic by its key", keys, "anthropic:claude-test", "", "anthropic:claude-test"},
		{"Gemini by its key", keys, "gemini:gemini-test", "", "gemini:gemini-test"},
		{"Hugging Face by its token", keys, "huggingface:org/model:provider", "", "huggingface:org/model:provider"},
		{"a connection of one's own", stored(chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3:8000/v1"}), "lab:m", "", "lab:m"},
		{"no model", local, "openai:", agent.CodeInvalid, "name a model"},
		{"another provider", local, "cohere:x", agent.CodeInvalid, "is one of ollama, lmstudio"},
		{"no provider", local, "gpt-test", agent.CodeInvalid, "CONNECTION:MODEL"},
		{"nothing", local, "", agent.CodeInvalid, "CONNECTION:MODEL"},
		{"rubbish", local, strings.Repeat("\xff", 100), agent.CodeInvalid, "CONNECTION:MODEL"},
		{"no key", builtin(env()), "openai:gpt-test", agent.CodeDenied, "OPENAI_API_KEY"},
		{"no key for Anthropic", builtin(env()), "anthropic:claude-test", agent.CodeDenied, "ANTHROPIC_API_KEY"},
		{"bad address", builtin(env("OPENAI_BASE_URL", "nonsense")), "openai:x", agent.CodeInvalid, "OPENAI_BASE_URL"},
		{"a cloud's metadata", stored(chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://169.254.169.254/v1"}), "lab:m", agent.CodeInvalid, "where clouds keep their secrets"},
		{"switched off", stored(chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3/v1", Disabled: true}), "lab:m", agent.CodeInvalid, "switched off"},
		{"of a provider that is gone", stored(chat.Connection{Name: "lab", Provider: "cohere"}), "lab:m", agent.CodeInvalid, "unknown provider"},
	} {
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

func TestPrices(t *testing.T) {
	table := []chat.Price{{Model: "*", In: 9, Out: 9}, {Model: "openai:*", In: 1, Out: 2}, {Model: "openai:gpt-*", In: 2, Cached: .5, Out: 8}, {Model: "openai:gpt-mini", In: .1, Out: .4}}
	usage := agent.Usage{TokensIn: 1_000_000, TokensCached: 400_000, TokensOut: 500_000}
	for _, tt := range []struct {
		name, model string
		usage       agent.Usage
		want        float64
	}{
		{"its own name", "openai:gpt-mini", usage, .1 + .2},
		{"the longest start, and cached tokens", "openai:gpt-big", usage, .6*2 + .4*.5 + 4},
		{"a shorter start", "openai:o9", usage, 1 + 1},
		{"any", "lab:m", usage, 9 + 4.5},
		{"more cached than there are", "openai:gpt-big", agent.Usage{TokensIn: 10, TokensCached: 1000}, 10 * .5 / 1e6},
		{"rubbish from a server", "openai:gpt-big", agent.Usage{TokensIn: -5, TokensCached: -9, TokensOut: -7}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, ok := chat.PriceOf(table, tt.model)
			if got := p.Of(tt.usage); !ok || got < tt.want-1e-9 || got > tt.want+1e-9 {
				t.Errorf("%s by %+v: %v, want %v", tt.model, p, got, tt.want)
			}
		})
	}
	if _, ok := chat.PriceOf(table[1:], "lab:m"); ok {
		t.Error("a price came from nowhere")
	}
	for _, bad := range []chat.Price{{}, {Model: "a*b"}, {Model: "x", In: -1}, {Model: "x", Out: 1e9}} {
		if agent.CodeOf(bad.Check()) != agent.CodeInvalid {
			t.Errorf("%+v is taken", bad)
		}
	}
}
