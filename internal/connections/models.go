// Package connections has the connections to model servers as people keep them:
// stored ones with sealed keys, over what the environment gives; their prices,
// and the embedding model that rules are compared by.
package connections

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/embedding"
	"purposeagent/agent/llm"
	"purposeagent/agent/llm/address"
	"purposeagent/internal/secrets"
	"purposeagent/models"
)

// KeyFile holds the key of stored model keys, beside the database.
const KeyFile = "secret.key"

// Models knows the connections to model servers: what people stored, over
// what the environment gives.
type Models struct {
	*llm.Resolver
	store  *models.Connections
	calls  *models.Calls
	getenv func(string) string
	now    func() time.Time
	// keyVariables are allowed as variables of keys, besides those that are known.
	keyVariables []string
	prices       atomic.Pointer[[]chat.Price]

	settings *models.Settings
	vectors  *models.Vectors

	mu        sync.Mutex
	seen      map[string][]string // models, by connection
	embedder  chat.Embedder       // of semantics
	semantics *embedding.Ranker   // of the embedding model that is chosen; nil: none, or not looked for yet
}

// Config says what Models work with. Data, Env, Logger and Now are required.
type Config struct {
	Data string                   // the folder of the key file
	Env  func(name string) string // of the environment
	// KeyVariables may hold keys of connections, besides those that are known.
	KeyVariables []string
	Logger       *slog.Logger
	Now          func() time.Time
}

// Open opens the stored connections.
func Open(ctx context.Context, db *models.DB, cfg Config) (*Models, error) {
	box, err := secrets.Open(filepath.Join(cfg.Data, KeyFile), cfg.Env("PURPOSE_SECRET"))
	if err != nil {
		return nil, err
	}
	d := &Models{store: db.Connections(box), calls: db.Calls(cfg.Logger), getenv: cfg.Env, now: cfg.Now, keyVariables: cfg.KeyVariables, settings: db.Settings(), vectors: db.Vectors(), seen: map[string][]string{}}
	if err := d.store.BindKeys(ctx, llm.KeyFor); err != nil {
		return nil, err
	}
	if err := d.loadPrices(ctx); err != nil {
		return nil, err
	}
	d.Resolver = llm.NewResolver(llm.Config{Connections: d.connection, Names: d.names, Prices: func() []chat.Price { return *d.prices.Load() }, Spent: d.calls.Spent, Recorded: d.calls.OfRun, Log: d.calls, Now: cfg.Now})
	return d, nil
}

func (d *Models) loadPrices(ctx context.Context) error {
	list, err := d.store.Prices(ctx)
	d.prices.Store(&list)
	return err
}

// connection returns what is meant by a name, with its key.
func (d *Models) connection(ctx context.Context, name string) (chat.Connection, bool, error) {
	c, err := d.store.ForUse(ctx, name)
	switch {
	case err == nil && (c.Key != "" || c.KeyEnv != "") && c.KeyFor != llm.KeyFor(c):
		return c, true, agent.Errorf(agent.CodeDenied, "the key of %s was given for %s, and the connection now leads to %s: give the key again in Settings → Models", name, c.KeyFor, llm.KeyFor(c))
	case err == nil:
		if c.KeyEnv != "" {
			if err := d.mayRead(c.KeyEnv); err != nil {
				return c, true, err
			}
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
func (d *Models) Connections(ctx context.Context) ([]chat.Connection, error) {
	list, err := d.store.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		c := &list[i]
		c.HasKey = c.HasKey || c.KeyEnv != "" && d.mayRead(c.KeyEnv) == nil && d.getenv(c.KeyEnv) != ""
	}
	for _, p := range llm.Providers {
		if slices.ContainsFunc(list, func(c chat.Connection) bool { return c.Name == p.Name }) {
			continue
		}
		c, _ := llm.Builtin(p.Name, d.getenv)
		c.HasKey, c.Key, c.KeyFor = c.Key != "", "", llm.KeyFor(c)
		list = append(list, c)
	}
	return list, nil
}

// names lists the connections that can be used now.
func (d *Models) names() []string {
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
func usable(c chat.Connection) bool {
	if c.HasKey {
		c.Key = "there"
	}
	return !c.Builtin || llm.Ready(c)
}

// Providers lists the kinds of servers.
func (d *Models) Providers() []chat.Provider { return llm.Providers }

// Address is where a connection leads.
func (d *Models) Address(c chat.Connection) string { return llm.Address(c) }

// Usable reports whether a connection has what its provider asks for.
func (d *Models) Usable(c chat.Connection) bool { return usable(c) }

// Known lists the models that were seen at connections since the start, as runs
// name them.
func (d *Models) Known(ctx context.Context) []string {
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

// Offer is a connection whose models can take a role.
type Offer struct{ Ref, Text string }

// Offered lists the connections that can be used now, as runs name their models;
// none where the stored ones can't be read.
func (d *Models) Offered(ctx context.Context) []Offer {
	var list []Offer
	connections, err := d.Connections(ctx)
	if err != nil {
		return nil // the reasoner is always there
	}
	for _, c := range connections {
		if !c.Disabled && usable(c) {
			p, _ := llm.ProviderOf(c.Provider)
			list = append(list, Offer{c.Name + ":NAME", "a model of " + p.Title + " at " + llm.Address(c)})
		}
	}
	return list
}

func (d *Models) see(name string, models []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen[name] = models; len(models) == 0 {
		delete(d.seen, name)
	}
}

// Connection returns one without its key. Errors: CodeNotFound.
func (d *Models) Connection(ctx context.Context, name string) (chat.Connection, error) {
	list, err := d.Connections(ctx)
	if err != nil {
		return chat.Connection{}, err
	}
	i := slices.IndexFunc(list, func(c chat.Connection) bool { return c.Name == name })
	if i < 0 {
		return chat.Connection{}, agent.Errorf(agent.CodeNotFound, "there is no connection %q", agent.Clip(name, 40))
	}
	return list[i], nil
}

// PutConnection stores a connection, after a look at its fields, its provider
// and its address. Errors: CodeInvalid with a message for each field.
func (d *Models) PutConnection(ctx context.Context, actor string, c chat.Connection, forget bool) error {
	if err := c.Check(); err != nil {
		return err
	}
	if _, ok := llm.ProviderOf(c.Provider); !ok {
		return agent.InvalidFields(map[string]string{"provider": "choose one of the known providers"})
	}
	if c.Name == agent.Reasoner || c.Name == llm.ReplayPrefix {
		return agent.InvalidFields(map[string]string{"name": "means something else already; choose another"})
	}
	if c.BaseURL = strings.TrimSpace(c.BaseURL); c.BaseURL != "" {
		address, err := address.Clean(c.BaseURL, "it")
		if err != nil {
			return agent.InvalidFields(map[string]string{"base_url": agent.MessageOf(err)})
		}
		c.BaseURL = address
	}
	if err := d.bind(ctx, &c); err != nil {
		return err
	}
	if err := d.store.Put(ctx, actor, c, forget); err != nil {
		return err
	}
	d.see(c.Name, nil) // its server may be another
	return nil
}

// bind notes for whom the key of a connection is. A variable that was named for
// another server has to be named again, as a key has to be typed again: c.KeyFor
// says for whom it was.
func (d *Models) bind(ctx context.Context, c *chat.Connection) error {
	named := c.KeyFor
	c.KeyFor = llm.KeyFor(*c)
	if c.KeyEnv == "" {
		return nil
	}
	if err := d.mayRead(c.KeyEnv); err != nil {
		return agent.InvalidFields(map[string]string{"key_env": agent.MessageOf(err)})
	}
	before, err := d.Connection(ctx, c.Name)
	if agent.CodeOf(err) == agent.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if before.KeyEnv == c.KeyEnv && before.KeyFor != c.KeyFor && named != c.KeyFor {
		return agent.InvalidFields(map[string]string{"key_env": "name the variable again: what it holds was for " + before.KeyFor + ", and would be sent to " + c.KeyFor})
	}
	return nil
}

// mayRead refuses variables that hold no key of a model server.
func (d *Models) mayRead(variable string) error {
	if llm.KeyVariable(variable, d.keyVariables) {
		return nil
	}
	if llm.OwnVariable(variable) {
		return agent.Errorf(agent.CodeDenied, "%s is this program's own, and sent to no model server: use one of a provider, or one that ends in _API_KEY", variable)
	}
	return agent.Errorf(agent.CodeDenied, "%s is not known as a variable of a key: use one of a provider, or one that ends in _API_KEY, or start the program with --key-env %s", variable, variable)
}

// KeyFor names for whom the key of a connection is.
func (d *Models) KeyFor(c chat.Connection) string { return llm.KeyFor(c) }

// DeleteConnection removes a stored connection with its key.
func (d *Models) DeleteConnection(ctx context.Context, actor, name string) error {
	d.see(name, nil)
	return d.store.Delete(ctx, actor, name)
}

// ListModels lists what the server of a connection has.
func (d *Models) ListModels(ctx context.Context, name string) ([]string, error) {
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
func (d *Models) ProbeModel(ctx context.Context, name, model string) (chat.ModelProbe, error) {
	c, err := d.must(ctx, name)
	if err != nil {
		return chat.ModelProbe{}, err
	}
	return d.Probe(ctx, c, model)
}

func (d *Models) must(ctx context.Context, name string) (chat.Connection, error) {
	c, ok, err := d.connection(ctx, name)
	if err == nil && !ok {
		err = agent.Errorf(agent.CodeNotFound, "there is no connection %q", agent.Clip(name, 40))
	}
	return c, err
}

// Local looks for model servers on this machine.
func (d *Models) Local(ctx context.Context) ([]chat.FoundServer, error) {
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
func (d *Models) Prices(context.Context) ([]chat.Price, error) { return *d.prices.Load(), nil }

// PutPrice stores a price. Errors: CodeInvalid.
func (d *Models) PutPrice(ctx context.Context, actor string, p chat.Price) error {
	if err := d.store.PutPrice(ctx, actor, p); err != nil {
		return err
	}
	return d.loadPrices(ctx)
}

// DeletePrice removes a price. Errors: CodeNotFound.
func (d *Models) DeletePrice(ctx context.Context, actor, model string) error {
	if err := d.store.DeletePrice(ctx, actor, model); err != nil {
		return err
	}
	return d.loadPrices(ctx)
}

// Today returns what the calls of a connection have spent since 00:00 UTC.
func (d *Models) Today(ctx context.Context, name string) (agent.Usage, error) {
	return d.calls.Spent(ctx, name, d.now().UTC().Truncate(24*time.Hour))
}

// Calls returns what models were asked and answered at a step of a run.
func (d *Models) Calls(ctx context.Context, run string, step int) ([]chat.Call, error) {
	return d.calls.Of(ctx, run, step)
}
