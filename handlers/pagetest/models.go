package pagetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/handlers/ui"
)

// ModelShelf keeps connections in memory; what its servers answer is fixed.
type ModelShelf struct {
	mu     sync.Mutex
	List   []chat.Connection
	prices []chat.Price
	forgot bool
	Fail   error // of every server
}

// NewModelShelf returns connections in each state that pages treat apart.
func NewModelShelf() *ModelShelf {
	return &ModelShelf{List: []chat.Connection{
		{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3:8000/v1", HasKey: true, Concurrency: 4, DayUSD: 5},
		{Name: "ollama", Provider: "ollama", Builtin: true}, {Name: "anthropic", Provider: "anthropic", KeyEnv: "ANTHROPIC_API_KEY", Builtin: true}},
		prices: []chat.Price{{Model: "lab:*", In: .5, Out: 1.5}}}
}

func (m *ModelShelf) Providers() []chat.Provider {
	return []chat.Provider{{Name: "openai", Title: "OpenAI", BaseURL: "https://api.openai.com/v1", KeyEnv: "OPENAI_API_KEY", Help: "Make a key."},
		{Name: "ollama", Title: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Local: true, Concurrency: 2, Help: "Pull a model."},
		{Name: "anthropic", Title: "Anthropic", BaseURL: "https://api.anthropic.com", KeyEnv: "ANTHROPIC_API_KEY", NeedsKey: true, Help: "Make a key."}}
}

func (m *ModelShelf) KeyFor(c chat.Connection) string { return c.Provider + " at " + c.BaseURL }

func (m *ModelShelf) Connections(context.Context) ([]chat.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.List), nil
}

func (m *ModelShelf) Connection(_ context.Context, name string) (chat.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.List {
		if c.Name == name {
			return c, nil
		}
	}
	return chat.Connection{}, agent.Errorf(agent.CodeNotFound, "there is no connection %q", name)
}

func (m *ModelShelf) PutConnection(_ context.Context, _ string, c chat.Connection, forget bool) error {
	if err := c.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.List = append(slices.DeleteFunc(m.List, func(x chat.Connection) bool { return x.Name == c.Name }), c)
	m.forgot = forget
	return nil
}

func (m *ModelShelf) DeleteConnection(ctx context.Context, _, name string) error {
	if _, err := m.Connection(ctx, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.List = slices.DeleteFunc(m.List, func(x chat.Connection) bool { return x.Name == name })
	return nil
}

func (m *ModelShelf) Address(c chat.Connection) string {
	return ui.FirstOf(c.BaseURL, "the usual address")
}

func (m *ModelShelf) Usable(c chat.Connection) bool { return !c.Builtin || c.Provider == "ollama" }

func (m *ModelShelf) Today(_ context.Context, name string) (agent.Usage, error) {
	if name == "lab" {
		return agent.Usage{TokensIn: 12_000, TokensOut: 3_400, Calls: 31, USD: .72}, nil
	}
	return agent.Usage{}, nil
}

func (m *ModelShelf) ListModels(ctx context.Context, name string) ([]string, error) {
	if _, err := m.Connection(ctx, name); err != nil {
		return nil, err
	}
	return []string{"qwen3:1.7b", "smollm2"}, m.Fail
}

func (m *ModelShelf) ProbeModel(ctx context.Context, name, model string) (chat.ModelProbe, error) {
	if _, err := m.Connection(ctx, name); err != nil {
		return chat.ModelProbe{}, err
	}
	return chat.ModelProbe{Model: name + ":" + model, Answer: "Hello <there>.", Took: 740 * time.Millisecond, FirstText: 90 * time.Millisecond, Structured: "json_schema",
		Usage: agent.Usage{TokensIn: 30, TokensOut: 12, Calls: 2}}, m.Fail
}

func (m *ModelShelf) Local(context.Context) ([]chat.FoundServer, error) {
	return []chat.FoundServer{{Provider: m.Providers()[1], Name: "ollama", Address: "http://127.0.0.1:11434/v1", Models: []string{"qwen3:1.7b"}}}, nil
}

func (m *ModelShelf) Known(context.Context) []string { return []string{"lab:", "ollama:qwen3:1.7b"} }

func (m *ModelShelf) Prices(context.Context) ([]chat.Price, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.prices), nil
}

func (m *ModelShelf) Embedding(context.Context) (string, error) {
	return "ollama:nomic-embed-text", nil
}

func (m *ModelShelf) SetEmbedding(_ context.Context, _, ref string) error {
	if ref == "anthropic:x" {
		return agent.InvalidFields(map[string]string{"embedding": "embeddings are asked of other servers"})
	}
	return nil
}

func (m *ModelShelf) PutPrice(_ context.Context, _ string, p chat.Price) error {
	if err := p.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prices = append(m.prices, p)
	return nil
}

func (m *ModelShelf) DeletePrice(context.Context, string, string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prices = nil
	return nil
}
