// Package llm turns the name of a language model into a client for it.
package llm

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/llm/openai"
)

// Config holds what the providers need; all of it may be empty.
type Config struct {
	OpenAIBaseURL string // default OpenAI's own
	OpenAIKey     string
	HTTPClient    *http.Client
	Timeout       time.Duration // of one request; default 3 minutes
	Retries       int           // default 2, negative none
	RetryDelay    time.Duration // default 500 ms
}

// Resolver makes clients by name, one for each model. It is safe for concurrent use.
type Resolver struct {
	cfg Config

	mu      sync.Mutex
	clients map[string]agent.LLM
}

// NewResolver returns a resolver; it connects to nothing.
func NewResolver(cfg Config) *Resolver {
	return &Resolver{cfg: cfg, clients: map[string]agent.LLM{}}
}

// maxClients bounds the clients that are kept, since names come from outside.
const maxClients = 256

// Providers lists the forms of names that Resolve knows, for messages and help.
func (r *Resolver) Providers() []string { return []string{"openai:NAME"} }

// Resolve returns the client for provider:model. Errors: CodeInvalid for an
// unknown provider or a bad name, saying what is known; CodeDenied where a key
// is missing.
func (r *Resolver) Resolve(ref string) (agent.LLM, error) {
	ref = strings.TrimSpace(ref)
	provider, model, ok := strings.Cut(ref, ":")
	if !ok || provider != "openai" {
		if len(ref) > 60 {
			ref = strings.ToValidUTF8(ref[:60], "") + "…"
		}
		return nil, agent.Errorf(agent.CodeInvalid, "unknown model %q; known are %s, where NAME is a model of the server at OPENAI_BASE_URL",
			ref, strings.Join(r.Providers(), ", "))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if client, ok := r.clients[ref]; ok {
		return client, nil
	}
	client, err := openai.New(openai.Config{Model: model, BaseURL: r.cfg.OpenAIBaseURL, Key: r.cfg.OpenAIKey,
		HTTPClient: r.cfg.HTTPClient, Timeout: r.cfg.Timeout, Retries: r.cfg.Retries, RetryDelay: r.cfg.RetryDelay})
	if err != nil {
		return nil, err
	}
	if len(r.clients) >= maxClients {
		clear(r.clients)
	}
	r.clients[ref] = client
	return client, nil
}
