package llm

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// lister is a client that can say what its server has.
type lister interface {
	Models(ctx context.Context) ([]string, error)
	Structured() string
}

// toolCaller is a client that may ask for an answer by a tool call.
type toolCaller interface {
	CallsTools(ctx context.Context, request chat.Request) (bool, agent.Usage, error)
}

// Times of a look at a server: people wait for it.
const (
	listTime     = 10 * time.Second
	probeTime    = 60 * time.Second
	discoverTime = 400 * time.Millisecond
)

// MaxListed bounds the models that are listed of one server.
const MaxListed = 500

// hasty is the resolver for somebody who waits for the answer: once, and not
// for long.
func (r *Resolver) hasty(timeout time.Duration) *Resolver {
	cfg := r.cfg
	cfg.Timeout, cfg.Whole, cfg.Retries = timeout, timeout, -1
	return NewResolver(cfg)
}

// Models lists what the server of a connection has. Errors: CodeInvalid,
// CodeDenied, CodeUnavailable and the others of clients, with what to do.
func (r *Resolver) Models(ctx context.Context, c chat.Connection) ([]string, error) {
	client, err := r.hasty(listTime).dial(c, "any")
	if err != nil {
		return nil, err
	}
	names, err := client.(lister).Models(ctx) //nolint:forcetypeassert // all clients of dial can
	return names[:min(len(names), MaxListed)], err
}

// Probe says hello to a model and asks it for an answer by a schema, as the
// actor does, and by a tool call where that is a way to ask it. Errors are those of clients, with what to do.
func (r *Resolver) Probe(ctx context.Context, c chat.Connection, name string) (chat.ModelProbe, error) {
	client, err := r.hasty(probeTime).dial(c, name)
	if err != nil {
		return chat.ModelProbe{}, err
	}
	p := chat.ModelProbe{Model: client.Name()}
	defer func() { r.spend(c.Name, p.Usage) }()
	// Who looks at a server is let through where runs have to wait.
	open := newGate(chat.Connection{}, &r.cfg)
	asked := &model{name: client.Name(), cfg: &r.cfg, at: func(context.Context) (chat.LLM, *gate, error) { return client, open, nil }}
	began := time.Now()
	hello, err := asked.Generate(ctx, chat.Request{MaxTokens: 200, Messages: []chat.Message{{Role: chat.RoleUser, Text: "Say hello in one short sentence."}},
		OnText: func(text string) {
			if p.FirstText == 0 && text != "" {
				p.FirstText = time.Since(began)
			}
		}})
	if err != nil {
		return p, err
	}
	p.Answer, p.Took, p.Usage = agent.Clip(hello.Text, 300), time.Since(began), hello.Usage
	question := chat.Request{MaxTokens: 200, Schema: probeSchema, SchemaName: "probe", Messages: []chat.Message{
		{Role: chat.RoleSystem, Text: "Answer with one JSON object: colour: red or blue."}, {Role: chat.RoleUser, Text: "What colour is the sky by day?"}}}
	fit, err := asked.Generate(ctx, question)
	p.Usage = p.Usage.Add(fit.Usage)
	var answer struct {
		Colour string `json:"colour"`
	}
	switch {
	case err != nil:
		p.Problem = agent.MessageOf(err)
	case json.Unmarshal([]byte(fit.Text), &answer) != nil || answer.Colour != "red" && answer.Colour != "blue":
		p.Problem = "asked for JSON by a schema, it answered: " + agent.Clip(fit.Text, 200)
	default:
		p.Structured = client.(lister).Structured() //nolint:forcetypeassert // all clients of dial can
	}
	if caller, ok := client.(toolCaller); ok {
		called, usage, err := caller.CallsTools(ctx, question)
		asked.pay(&usage)
		asked.keep(ctx, usage)
		p.Usage = p.Usage.Add(usage)
		switch {
		case called:
			p.Tools = "yes"
		case err != nil:
			p.Tools = "no: " + agent.MessageOf(err)
		default:
			p.Tools = "no: it took the tool and answered without calling it"
		}
	}
	return p, nil
}

// probeSchema is a small schema with an enumeration, as actors ask for.
var probeSchema = json.RawMessage(`{"type":"object","properties":{"colour":{"type":"string","enum":["red","blue"]}},"required":["colour"],"additionalProperties":false}`)

// Discover looks for the local servers among the connections, at once and for
// no longer than a blink: what does not answer is not there.
func (r *Resolver) Discover(ctx context.Context, connections []chat.Connection) []chat.FoundServer {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found := make([]*chat.FoundServer, len(connections))
	var group sync.WaitGroup
	for i, c := range connections {
		p, ok := ProviderOf(c.Provider)
		if !ok || !p.Local || c.Disabled || !listens(ctx, Address(c)) {
			continue
		}
		group.Go(func() {
			if names, err := r.Models(ctx, c); err == nil {
				found[i] = &chat.FoundServer{Provider: p, Name: c.Name, Address: Address(c), Models: names}
			}
		})
	}
	group.Wait()
	list := []chat.FoundServer{}
	for _, f := range slices.DeleteFunc(found, func(f *chat.FoundServer) bool { return f == nil }) {
		list = append(list, *f)
	}
	return list
}

// listens reports whether something takes connections at an address.
func listens(ctx context.Context, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	dialer := net.Dialer{Timeout: discoverTime}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
