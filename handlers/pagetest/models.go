package pagetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/handlers/ui"
	"purposeagent/models"
)

// ModelDesk are the store's connections and prices, over what the environment
// gives, and servers whose answers are fixed.
type ModelDesk struct {
	kept *models.Connections
	Fail error // of every server
}

// builtin are the connections that the environment gives.
var builtin = []chat.Connection{{Name: "ollama", Provider: "ollama", Builtin: true}, {Name: "anthropic", Provider: "anthropic", KeyEnv: "ANTHROPIC_API_KEY", Builtin: true}}

// Desk puts a connection with a key and a price into the store, beside those that
// the environment gives.
func (s *Store) Desk(t testing.TB) *ModelDesk {
	t.Helper()
	m := &ModelDesk{kept: s.Connections(unsealed{})}
	lab := chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3:8000/v1", Key: "sk-lab", Concurrency: 4, DayUSD: 5}
	lab.KeyFor = m.KeyFor(lab)
	if err := errors.Join(m.kept.Put(t.Context(), "you", lab, false), m.kept.PutPrice(t.Context(), "you", chat.Price{Model: "lab:*", In: .5, Out: 1.5})); err != nil {
		t.Fatal(err)
	}
	return m
}

// unsealed keeps keys as they are: sealing is tried where it is done.
type unsealed struct{}

func (unsealed) Seal(plain []byte) ([]byte, error)  { return plain, nil }
func (unsealed) Open(sealed []byte) ([]byte, error) { return sealed, nil }

func (m *ModelDesk) Providers() []chat.Provider {
	return []chat.Provider{{Name: "openai", Title: "OpenAI", BaseURL: "https://api.openai.com/v1", KeyEnv: "OPENAI_API_KEY", Help: "Make a key."},
		{Name: "ollama", Title: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Local: true, Concurrency: 2, Help: "Pull a model."},
		{Name: "anthropic", Title: "Anthropic", BaseURL: "https://api.anthropic.com", KeyEnv: "ANTHROPIC_API_KEY", NeedsKey: true, Help: "Make a key."}}
}

func (m *ModelDesk) KeyFor(c chat.Connection) string { return c.Provider + " at " + c.BaseURL }

func (m *ModelDesk) Connections(ctx context.Context) ([]chat.Connection, error) {
	list, err := m.kept.List(ctx)
	for _, c := range builtin {
		if !slices.ContainsFunc(list, func(x chat.Connection) bool { return x.Name == c.Name }) {
			list = append(list, c)
		}
	}
	return list, err
}

func (m *ModelDesk) Connection(ctx context.Context, name string) (chat.Connection, error) {
	kept, err := m.kept.Get(ctx, name)
	if i := slices.IndexFunc(builtin, func(c chat.Connection) bool { return c.Name == name }); i >= 0 && agent.CodeOf(err) == agent.CodeNotFound {
		return builtin[i], nil
	}
	return kept, err
}

func (m *ModelDesk) PutConnection(ctx context.Context, actor string, c chat.Connection, forget bool) error {
	c.KeyFor = m.KeyFor(c)
	return m.kept.Put(ctx, actor, c, forget)
}

func (m *ModelDesk) DeleteConnection(ctx context.Context, actor, name string) error {
	return m.kept.Delete(ctx, actor, name)
}

func (m *ModelDesk) Address(c chat.Connection) string {
	return ui.FirstOf(c.BaseURL, "the usual address")
}

func (m *ModelDesk) Usable(c chat.Connection) bool { return !c.Builtin || c.Provider == "ollama" }

func (m *ModelDesk) Today(_ context.Context, name string) (agent.Usage, error) {
	if name == "lab" {
		return agent.Usage{TokensIn: 12_000, TokensOut: 3_400, Calls: 31, USD: .72}, nil
	}
	return agent.Usage{}, nil
}

func (m *ModelDesk) ListModels(ctx context.Context, name string) ([]string, error) {
	if _, err := m.Connection(ctx, name); err != nil {
		return nil, err
	}
	return []string{"qwen3:1.7b", "smollm2"}, m.Fail
}

func (m *ModelDesk) ProbeModel(ctx context.Context, name, model string) (chat.ModelProbe, error) {
	if _, err := m.Connection(ctx, name); err != nil {
		return chat.ModelProbe{}, err
	}
	return chat.ModelProbe{Model: name + ":" + model, Answer: "Hello <there>.", Took: 740 * time.Millisecond, FirstText: 90 * time.Millisecond, Structured: "json_schema",
		Usage: agent.Usage{TokensIn: 30, TokensOut: 12, Calls: 2}}, m.Fail
}

func (m *ModelDesk) Local(context.Context) ([]chat.FoundServer, error) {
	return []chat.FoundServer{{Provider: m.Providers()[1], Name: "ollama", Address: "http://127.0.0.1:11434/v1", Models: []string{"qwen3:1.7b"}}}, nil
}

func (m *ModelDesk) Known(context.Context) []string { return []string{"lab:", "ollama:qwen3:1.7b"} }

func (m *ModelDesk) Prices(ctx context.Context) ([]chat.Price, error) { return m.kept.Prices(ctx) }

func (m *ModelDesk) PutPrice(ctx context.Context, actor string, p chat.Price) error {
	return m.kept.PutPrice(ctx, actor, p)
}

func (m *ModelDesk) DeletePrice(ctx context.Context, actor, model string) error {
	return m.kept.DeletePrice(ctx, actor, model)
}

func (m *ModelDesk) Embedding(context.Context) (string, error) {
	return "ollama:nomic-embed-text", nil
}

func (m *ModelDesk) SetEmbedding(_ context.Context, _, ref string) error {
	if ref == "anthropic:x" {
		return agent.InvalidFields(map[string]string{"embedding": "embeddings are asked of other servers"})
	}
	return nil
}
