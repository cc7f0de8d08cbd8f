package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/llm"
	"purposeagent/internal/secrets"
	"purposeagent/models"
)

// keyFile holds the key of stored model keys, beside the database.
const keyFile = "secret.key"

// modelDesk knows the connections to model servers: what people stored, over
// what the environment gives.
type modelDesk struct {
	*llm.Resolver
	store  *models.Connections
	calls  *models.Calls
	getenv func(string) string
	prices atomic.Pointer[[]agent.Price]

	settings *models.Settings
	vectors  *models.Vectors

	mu        sync.Mutex
	seen      map[string][]string // models, by connection
	embedder  agent.Embedder      // of semantics
	semantics *agent.Semantics    // of the embedding model that is chosen; nil: none, or not looked for yet
}

// openModels opens the stored connections.
func openModels(ctx context.Context, db *models.DB, o options) (*modelDesk, error) {
	box, err := secrets.Open(filepath.Join(o.data, keyFile), o.env("PURPOSE_SECRET"))
	if err != nil {
		return nil, err
	}
	d := &modelDesk{store: db.Connections(box), calls: db.Calls(o.logger), getenv: o.env, settings: db.Settings(), vectors: db.Vectors(), seen: map[string][]string{}}
	if err := d.loadPrices(ctx); err != nil {
		return nil, err
	}
	cfg := llm.Config{Connections: d.connection, Names: d.names, Prices: func() []agent.Price { return *d.prices.Load() }, Spent: d.calls.Spent, Recorded: d.calls.OfRun, Log: d.calls}
	d.Resolver = llm.NewResolver(cfg)
	return d, nil
}

// env reads a variable; the flag --openai-base-url stands for its own.
func (o options) env(name string) string {
	if name == "OPENAI_BASE_URL" && o.openaiURL != "" {
		return o.openaiURL
	}
	if o.getenv == nil {
		return ""
	}
	value, _ := o.getenv(name)
	return value
}

func (d *modelDesk) loadPrices(ctx context.Context) error {
	list, err := d.store.Prices(ctx)
	d.prices.Store(&list)
	return err
}

// connection returns what is meant by a name, with its key.
func (d *modelDesk) connection(ctx context.Context, name string) (agent.Connection, bool, error) {
	c, err := d.store.ForUse(ctx, name)
	switch {
	case err == nil:
		if c.KeyEnv != "" {
			c.Key = strings.TrimSpace(d.getenv(c.KeyEnv))
		}
		return c, true, nil
	case agent.CodeOf(err) != agent.CodeNotFound:
		return c, false, err
	}
	c, ok := llm.Builtin(name, d.getenv)
	return c, ok, nil
}

// Connections lists the stored connections and, after them, the built-in ones
// that no stored one hides; none has its key.
func (d *modelDesk) Connections(ctx context.Context) ([]agent.Connection, error) {
	list, err := d.store.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].HasKey = list[i].HasKey || list[i].KeyEnv != "" && d.getenv(list[i].KeyEnv) != ""
	}
	for _, p := range llm.Providers {
		if slices.ContainsFunc(list, func(c agent.Connection) bool { return c.Name == p.Name }) {
			continue
		}
		c, _ := llm.Builtin(p.Name, d.getenv)
		c.HasKey, c.Key = c.Key != "", ""
		list = append(list, c)
	}
	return list, nil
}

// names lists the connections that can be used now.
func (d *modelDesk) names() []string {
	list, err := d.Connections(context.Background())
	if err != nil {
		return nil
	}
	var names []string
	for _, c := range list {
		if !c.Disabled && usable(c) {
			names = append(names, c.Name)
		}
	}
	return names
}

// usable reports whether a connection has what its provider asks for.
func usable(c agent.Connection) bool {
	if c.HasKey {
		c.Key = "there"
	}
	return !c.Builtin || llm.Ready(c)
}

// Providers lists the kinds of servers.
func (d *modelDesk) Providers() []agent.Provider { return llm.Providers }

// Address is where a connection leads.
func (d *modelDesk) Address(c agent.Connection) string { return llm.Address(c) }

// Usable reports whether a connection has what its provider asks for.
func (d *modelDesk) Usable(c agent.Connection) bool { return usable(c) }

// Known lists the models that were seen at connections since the start, as runs
// name them.
func (d *modelDesk) Known(ctx context.Context) []string {
	list, err := d.Connections(ctx)
	if err != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var refs []string
	for _, c := range list {
		if c.Disabled || !usable(c) {
			continue
		}
		refs = append(refs, c.Name+":")
		for _, m := range d.seen[c.Name] {
			refs = append(refs, c.Name+":"+m)
		}
	}
	return refs
}

func (d *modelDesk) see(name string, models []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[name] = models
}

// Connection returns one without its key. Errors: CodeNotFound.
func (d *modelDesk) Connection(ctx context.Context, name string) (agent.Connection, error) {
	list, err := d.Connections(ctx)
	if err != nil {
		return agent.Connection{}, err
	}
	i := slices.IndexFunc(list, func(c agent.Connection) bool { return c.Name == name })
	if i < 0 {
		return agent.Connection{}, agent.Errorf(agent.CodeNotFound, "there is no connection %q", agent.Clip(name, 40))
	}
	return list[i], nil
}

// PutConnection stores a connection, after a look at its fields, its provider
// and its address. Errors: CodeInvalid with a message for each field.
func (d *modelDesk) PutConnection(ctx context.Context, actor string, c agent.Connection, forget bool) error {
	if err := c.Check(); err != nil {
		return err
	}
	p, ok := llm.ProviderOf(c.Provider)
	if !ok {
		return agent.InvalidFields(map[string]string{"provider": "choose one of the known providers"})
	}
	if c.Name == agent.Reasoner || c.Name == llm.ReplayPrefix {
		return agent.InvalidFields(map[string]string{"name": "means something else already; choose another"})
	}
	trial := c
	if p.NeedsKey && trial.Key == "" {
		trial.Key = "unknown" // whether it has one is said when it is used
	}
	if _, err := d.dialable(trial); err != nil {
		return agent.InvalidFields(map[string]string{"base_url": agent.MessageOf(err)})
	}
	return d.store.Put(ctx, actor, c, forget)
}

func (d *modelDesk) dialable(c agent.Connection) (agent.LLM, error) {
	c.Disabled = false
	if c.Key == "" {
		c.Key = "unknown"
	}
	return llm.NewResolver(llm.Config{Connections: func(context.Context, string) (agent.Connection, bool, error) { return c, true, nil }}).Resolve(c.Name + ":any")
}

// DeleteConnection removes a stored connection with its key.
func (d *modelDesk) DeleteConnection(ctx context.Context, actor, name string) error {
	return d.store.Delete(ctx, actor, name)
}

// ListModels lists what the server of a connection has.
func (d *modelDesk) ListModels(ctx context.Context, name string) ([]string, error) {
	c, err := d.must(ctx, name)
	if err != nil {
		return nil, err
	}
	names, err := d.Models(ctx, c)
	if err == nil {
		d.see(name, names)
	}
	return names, err
}

// ProbeModel says hello to a model.
func (d *modelDesk) ProbeModel(ctx context.Context, name, model string) (agent.ModelProbe, error) {
	c, err := d.must(ctx, name)
	if err != nil {
		return agent.ModelProbe{}, err
	}
	return d.Probe(ctx, c, model)
}

func (d *modelDesk) must(ctx context.Context, name string) (agent.Connection, error) {
	c, ok, err := d.connection(ctx, name)
	if err == nil && !ok {
		err = agent.Errorf(agent.CodeNotFound, "there is no connection %q", agent.Clip(name, 40))
	}
	return c, err
}

// Local looks for model servers on this machine.
func (d *modelDesk) Local(ctx context.Context) ([]agent.FoundServer, error) {
	list, err := d.Connections(ctx)
	if err != nil {
		return nil, err
	}
	found := d.Discover(ctx, list)
	for _, f := range found {
		d.see(f.Name, f.Models)
	}
	return found, nil
}

// Prices returns the price table; PutPrice and DeletePrice change it.
func (d *modelDesk) Prices(context.Context) ([]agent.Price, error) { return *d.prices.Load(), nil }

// PutPrice stores a price. Errors: CodeInvalid.
func (d *modelDesk) PutPrice(ctx context.Context, actor string, p agent.Price) error {
	if err := d.store.PutPrice(ctx, actor, p); err != nil {
		return err
	}
	return d.loadPrices(ctx)
}

// DeletePrice removes a price. Errors: CodeNotFound.
func (d *modelDesk) DeletePrice(ctx context.Context, actor, model string) error {
	if err := d.store.DeletePrice(ctx, actor, model); err != nil {
		return err
	}
	return d.loadPrices(ctx)
}

// embeddingKey is the setting that names the embedding model.
const embeddingKey = "embedding_model"

type embeddingSetting struct {
	Model string `json:"model"`
}

// Embedding returns the embedding model that rules are compared by, "" for hashed
// vectors. What nobody chose is that of PURPOSE_EMBEDDING_MODEL.
func (d *modelDesk) Embedding(ctx context.Context) (string, error) {
	kept, err := d.settings.Get(ctx, embeddingKey)
	if err != nil || kept.IsEmpty() {
		return strings.TrimSpace(d.getenv("PURPOSE_EMBEDDING_MODEL")), err
	}
	var s embeddingSetting
	err = kept.Decode(&s)
	return s.Model, err
}

// SetEmbedding chooses the embedding model, after it gave a vector; "" goes back
// to hashed ones. Errors are those of clients, as a message about the field.
func (d *modelDesk) SetEmbedding(ctx context.Context, _, ref string) error {
	if ref != "" {
		client, err := d.Embedder(ref)
		if err == nil {
			_, err = client.Embed(ctx, []string{"a locked door", "a brass key"})
		}
		if err != nil {
			return agent.InvalidFields(map[string]string{"embedding": agent.MessageOf(err)})
		}
	}
	return d.settings.Set(ctx, embeddingKey, agent.MustObject(embeddingSetting{ref}))
}

// Semantics returns what compares by the embedding model that is chosen; nil
// where none is, or it can't be asked at all.
func (d *modelDesk) Semantics(ctx context.Context) *agent.Semantics {
	ref, err := d.Embedding(ctx)
	if err != nil || ref == "" {
		return nil
	}
	client, err := d.Embedder(ref)
	if err != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.semantics == nil || d.semantics.Name() != ref || d.embedder != client {
		d.semantics, d.embedder = agent.NewSemantics(ref, client, d.vectors), client
	}
	return d.semantics
}

// Today returns what the calls of a connection have spent since 00:00 UTC.
func (d *modelDesk) Today(ctx context.Context, name string) (agent.Usage, error) {
	return d.calls.Spent(ctx, name, time.Now().UTC().Truncate(24*time.Hour))
}
