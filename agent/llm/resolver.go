// Package llm turns the name of a language model into a client for it, within
// the limits and prices that people set.
package llm

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/llm/anthropic"
	"purposeagent/agent/llm/gemini"
	"purposeagent/agent/llm/openai"
	"purposeagent/agent/llm/wire"
)

// Config holds what clients need. Connections is required.
type Config struct {
	// Connections returns the connection of a name; false where there is none.
	Connections func(ctx context.Context, name string) (agent.Connection, bool, error)
	// Names lists the connections that can be used now, for messages; may be nil.
	Names func() []string
	// Prices is the table of prices; nil: nothing has one. It must be fast.
	Prices func() []agent.Price
	// Log keeps the calls of runs; nil: nobody does.
	Log agent.CallLog
	// Recorded returns the calls of a run, for replay:RUN; nil: nothing is recorded.
	Recorded func(ctx context.Context, run string) ([]agent.Call, error)
	// Spent is what calls of a connection have spent since a time; nil: nothing.
	Spent func(ctx context.Context, connection string, since time.Time) (agent.Usage, error)

	HTTPClient *http.Client
	Timeout    time.Duration // of one request; default 3 minutes
	Retries    int           // default 2, negative none
	RetryDelay time.Duration // default 500 ms
	Now        func() time.Time
}

// Resolver makes clients by name, one for each model. It is safe for concurrent use.
type Resolver struct {
	cfg Config

	mu      sync.Mutex
	clients map[string]resolved // by reference
	gates   map[string]gated    // by connection
}

type resolved struct {
	connection agent.Connection
	client     agent.LLM
}

type gated struct {
	connection agent.Connection
	gate       *gate
}

// NewResolver returns a resolver; it connects to nothing.
func NewResolver(cfg Config) *Resolver {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Resolver{cfg: cfg, clients: map[string]resolved{}, gates: map[string]gated{}}
}

// maxClients bounds the clients that are kept, since names come from outside.
const maxClients = 256

// Resolve returns the client for CONNECTION:MODEL. A connection that was changed
// meanwhile gives a new client. Errors: CodeInvalid for an unknown or disabled
// connection or a bad name, saying what is known; CodeDenied where a key is missing.
func (r *Resolver) Resolve(ref string) (agent.LLM, error) {
	ref = strings.TrimSpace(ref)
	name, modelName, ok := strings.Cut(ref, ":")
	if ok && name == ReplayPrefix && r.cfg.Recorded != nil {
		return r.recording(ref, modelName)
	}
	var c agent.Connection
	var err error
	if ok {
		c, ok, err = r.cfg.Connections(context.Background(), name)
	}
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, agent.Errorf(agent.CodeInvalid, "unknown model %q; write CONNECTION:MODEL, where the connection is one of %s, or one that you add in Settings → Models",
			agent.Clip(strings.ToValidUTF8(ref, ""), 60), strings.Join(r.names(), ", "))
	case c.Disabled:
		return nil, agent.Errorf(agent.CodeInvalid, "the connection %s is switched off in Settings → Models", c.Name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.clients[ref]; ok && known.connection == c {
		return known.client, nil
	}
	client, err := r.dial(c, modelName)
	if err != nil {
		return nil, err
	}
	if len(r.clients) >= maxClients {
		clear(r.clients)
	}
	wrapped := &model{LLM: client, gate: r.gateOf(c), cfg: &r.cfg}
	r.clients[ref] = resolved{c, wrapped}
	return wrapped, nil
}

// Embedder returns the client for a model of embeddings, CONNECTION:MODEL, within
// the limits of its connection. Errors are those of Resolve, and CodeInvalid for
// a provider of which none can be asked here.
func (r *Resolver) Embedder(ref string) (agent.Embedder, error) {
	client, err := r.Resolve(ref)
	if err != nil {
		return nil, err
	}
	wrapped, ok := client.(*model)
	if !ok {
		return nil, agent.Errorf(agent.CodeInternal, "the client for %s is none of ours", ref)
	}
	embeds, ok := wrapped.LLM.(agent.Embedder)
	if !ok {
		return nil, agent.Errorf(agent.CodeInvalid, "embeddings are asked of Gemini and of servers that speak as OpenAI does, such as Ollama, vLLM or OpenAI; %s is none", client.Name())
	}
	return embedder{embeds, wrapped.gate}, nil
}

// embedder is a client of embeddings within its limits.
type embedder struct {
	agent.Embedder
	gate *gate
}

// Embed asks the model when its turn comes.
func (e embedder) Embed(ctx context.Context, texts []string) (vectors [][]float32, err error) {
	_, err = e.gate.pass(ctx, func() (agent.Response, error) {
		vectors, err = e.Embedder.Embed(ctx, texts)
		return agent.Response{}, err
	})
	return vectors, err
}

// recording is a model of a run's calls. It is made anew each time: its answers
// are used up. Its own calls are recorded as those of any model.
func (r *Resolver) recording(ref, run string) (agent.LLM, error) {
	calls, err := r.cfg.Recorded(context.Background(), run)
	if err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "there are no recorded calls of a run %q; write replay:RUN with the id of a run by a language model", agent.Clip(run, 60))
	}
	return &model{LLM: NewRecording(ref, calls), gate: newGate(agent.Connection{Name: ReplayPrefix, Provider: ReplayPrefix}, &r.cfg), cfg: &r.cfg}, nil
}

func (r *Resolver) names() []string {
	if r.cfg.Names != nil {
		if names := r.cfg.Names(); len(names) > 0 {
			return names
		}
	}
	names := make([]string, len(Providers))
	for i, p := range Providers {
		names[i] = p.Name
	}
	return names
}

// gateOf returns what the connection's models share. r.mu is held.
func (r *Resolver) gateOf(c agent.Connection) *gate {
	if known, ok := r.gates[c.Name]; ok && known.connection == c {
		return known.gate
	}
	g := newGate(c, &r.cfg)
	r.gates[c.Name] = gated{c, g}
	return g
}

// server is the wire configuration of a connection's model.
func (r *Resolver) server(c agent.Connection, name string) wire.Config {
	p, _ := ProviderOf(c.Provider)
	cfg := wire.Config{Provider: c.Name, Model: name, BaseURL: Address(c), Key: c.Key, HTTPClient: r.cfg.HTTPClient,
		Timeout: r.cfg.Timeout, Retries: r.cfg.Retries, RetryDelay: r.cfg.RetryDelay,
		AddressFrom: "the address of " + c.Name + " in Settings", KeyFrom: "the key of " + c.Name + " in Settings"}
	if c.Builtin {
		cfg.AddressFrom = p.AddressEnv
	}
	if c.KeyEnv != "" {
		cfg.KeyFrom = c.KeyEnv
	}
	return cfg
}

// dial makes a client without limits.
func (r *Resolver) dial(c agent.Connection, name string) (agent.LLM, error) {
	p, ok := ProviderOf(c.Provider)
	if !ok {
		return nil, agent.Errorf(agent.CodeInvalid, "the connection %s is of the unknown provider %q", c.Name, c.Provider)
	}
	cfg := r.server(c, name)
	if p.NeedsKey && strings.TrimSpace(c.Key) == "" {
		return nil, agent.Errorf(agent.CodeDenied, "%s asks for a key: set %s, or store one in Settings → Models", p.Title, cfg.KeyFrom)
	}
	switch p.Protocol {
	case agent.ProtocolAnthropic:
		return anthropic.New(cfg)
	case agent.ProtocolGemini:
		return gemini.New(cfg)
	case agent.ProtocolOpenAI:
	}
	return openai.New(cfg)
}
