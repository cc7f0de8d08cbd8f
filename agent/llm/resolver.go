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
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/anthropic"
	"purposeagent/agent/llm/gemini"
	"purposeagent/agent/llm/openai"
	"purposeagent/agent/llm/wire"
)

// Config holds what clients need. Connections is required.
type Config struct {
	// Connections returns the connection of a name; false where there is none.
	Connections func(ctx context.Context, name string) (chat.Connection, bool, error)
	// Names lists the connections that can be used now, for messages; may be nil.
	Names func() []string
	// Prices is the table of prices; nil: nothing has one. It must be fast.
	Prices func() []chat.Price
	// Log keeps the calls of runs; nil: nobody does.
	Log chat.CallLog
	// Recorded returns the calls of a run, for replay:RUN; nil: nothing is recorded.
	Recorded func(ctx context.Context, run string) ([]chat.Call, error)
	// Spent is what calls of a connection have spent since a time; nil: nothing.
	Spent func(ctx context.Context, connection string, since time.Time) (agent.Usage, error)

	HTTPClient *http.Client
	Now        func() time.Time
	wire.Patience
}

// Resolver makes models by name. It owns the clients: whoever holds a model asks
// the server that its connection leads to at the moment of each call, with the key
// of that moment. It is safe for concurrent use.
type Resolver struct {
	cfg Config

	mu    sync.Mutex
	links map[string]*link  // by connection
	named map[string]*model // by reference, so that a name is one model
}

// link is a connection as it was last seen.
type link struct {
	connection chat.Connection
	version    int // counts where it leads and by which key
	gate       *gate
	clients    map[string]chat.LLM // by the server's name of the model
}

// NewResolver returns a resolver; it connects to nothing.
func NewResolver(cfg Config) *Resolver {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Resolver{cfg: cfg, links: map[string]*link{}, named: map[string]*model{}}
}

// maxClients bounds the clients that are kept, since names come from outside.
const maxClients = 256

// Resolve returns the model CONNECTION:MODEL. It follows its connection: what is
// changed in Settings holds from its next call on, and what is deleted or switched
// off is not asked again. Errors: CodeInvalid for an unknown or disabled connection
// or a bad name, saying what is known; CodeDenied where a key is missing.
func (r *Resolver) Resolve(ref string) (chat.LLM, error) {
	m, err := r.resolve(context.Background(), ref)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (r *Resolver) resolve(ctx context.Context, ref string) (*model, error) {
	ref = strings.TrimSpace(ref)
	connection, name, ok := strings.Cut(ref, ":")
	if ok && connection == ReplayPrefix && r.cfg.Recorded != nil {
		return r.recording(ctx, ref, name)
	}
	var c chat.Connection
	var err error
	if ok {
		c, ok, err = r.cfg.Connections(ctx, connection)
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
	client, _, err := r.clientOf(c, name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.named[ref]; known != nil {
		return known, nil
	}
	if len(r.named) >= maxClients {
		clear(r.named)
	}
	r.named[ref] = &model{name: client.Name(), cfg: &r.cfg, at: func(ctx context.Context) (chat.LLM, *gate, error) { return r.client(ctx, connection, name) }}
	return r.named[ref], nil
}

// Version counts the changes of where a model's connection leads, and by which
// key: what was answered under another one may be another model's. It is 0 for a
// model that was not resolved.
func (r *Resolver) Version(ref string) int {
	connection, _, _ := strings.Cut(strings.TrimSpace(ref), ":")
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.links[connection]; l != nil {
		return l.version
	}
	return 0
}

// client returns what a model of a connection is asked by now. A run that is
// under way waits where its connection is gone or off: both can be undone.
func (r *Resolver) client(ctx context.Context, connection, name string) (chat.LLM, *gate, error) {
	c, ok, err := r.cfg.Connections(ctx, connection)
	switch {
	case err != nil:
		return nil, nil, err
	case !ok:
		return nil, nil, agent.Errorf(agent.CodeDenied, "the connection %s was deleted: add it again in Settings → Models, or stop the runs that use it", connection)
	case c.Disabled:
		return nil, nil, agent.Errorf(agent.CodeUnavailable, "the connection %s is switched off in Settings → Models", c.Name)
	}
	return r.clientOf(c, name)
}

func (r *Resolver) clientOf(c chat.Connection, name string) (chat.LLM, *gate, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.follow(c)
	if client := l.clients[name]; client != nil {
		return client, l.gate, nil
	}
	client, err := r.dial(c, name)
	if err != nil {
		return nil, nil, err
	}
	if len(l.clients) >= maxClients {
		clear(l.clients)
	}
	l.clients[name] = client
	return client, l.gate, nil
}

// follow returns the link of a connection as it is now. r.mu is held.
func (r *Resolver) follow(c chat.Connection) *link {
	l := r.links[c.Name]
	switch {
	case l == nil:
		l = &link{connection: c, gate: newGate(c, &r.cfg), clients: map[string]chat.LLM{}}
		r.links[c.Name] = l
	case !l.connection.Same(c):
		if was := l.connection; was.Provider != c.Provider || Address(was) != Address(c) || was.Key != c.Key {
			l.version++
			l.gate.renew()
		}
		l.gate.limit(c)
		l.connection = c
		clear(l.clients)
	}
	return l
}

// spend counts what was asked outside the limits of a connection.
func (r *Resolver) spend(connection string, u agent.Usage) {
	r.mu.Lock()
	l := r.links[connection]
	r.mu.Unlock()
	if l != nil {
		l.gate.spend(u)
	}
}

// Embedder returns the model of embeddings CONNECTION:MODEL, within the limits of
// its connection, which it follows. Errors are those of Resolve, and CodeInvalid
// for a provider of which none can be asked here.
func (r *Resolver) Embedder(ref string) (chat.Embedder, error) {
	m, err := r.resolve(context.Background(), ref)
	if err != nil {
		return nil, err
	}
	client, _, err := m.at(context.Background())
	if err != nil {
		return nil, err
	}
	if _, err := embedsOf(client); err != nil {
		return nil, err
	}
	return embedder{m}, nil
}

// recording is a model of a run's calls. It is made anew each time: its answers
// are used up. Its own calls are recorded as those of any model.
func (r *Resolver) recording(ctx context.Context, ref, run string) (*model, error) {
	calls, err := r.cfg.Recorded(ctx, run)
	if err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "there are no recorded calls of a run %q; write replay:RUN with the id of a run by a language model", agent.Clip(run, 60))
	}
	answers, open := NewRecording(ref, calls), newGate(chat.Connection{Name: ReplayPrefix, Provider: ReplayPrefix}, &r.cfg)
	return &model{name: ref, at: func(context.Context) (chat.LLM, *gate, error) { return answers, open, nil }, cfg: &r.cfg}, nil
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

// server is the wire configuration of a connection's model.
func (r *Resolver) server(c chat.Connection, name string) wire.Config {
	p, _ := ProviderOf(c.Provider)
	cfg := wire.Config{Provider: c.Name, Model: name, BaseURL: Address(c), Key: c.Key, HTTPClient: r.cfg.HTTPClient,
		Patience:       r.cfg.Patience,
		ThinkingTokens: c.ThinkingTokens, OverflowWords: c.OverflowWords,
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
func (r *Resolver) dial(c chat.Connection, name string) (chat.LLM, error) {
	p, ok := ProviderOf(c.Provider)
	if !ok {
		return nil, agent.Errorf(agent.CodeInvalid, "the connection %s has the unknown provider %q", c.Name, c.Provider)
	}
	cfg := r.server(c, name)
	if p.NeedsKey && strings.TrimSpace(c.Key) == "" {
		return nil, agent.Errorf(agent.CodeDenied, "%s asks for a key: set %s, or store one in Settings → Models", p.Title, cfg.KeyFrom)
	}
	switch p.Protocol {
	case chat.ProtocolAnthropic:
		return anthropic.New(cfg)
	case chat.ProtocolGemini:
		return gemini.New(cfg)
	case chat.ProtocolOpenAI:
	}
	return openai.New(cfg)
}
