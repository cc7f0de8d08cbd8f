package llm

import (
	"context"
	"errors"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/prompttext"
)

// model is a language model by its name. Each call asks the server that the
// connection leads to at that moment, within its limits: what it spends is
// priced, and what it is asked and answers is kept.
type model struct {
	name string
	at   func(ctx context.Context) (chat.LLM, *gate, error)
	cfg  *Config
}

var _ chat.LLM = (*model)(nil)

// Name is CONNECTION:MODEL.
func (m *model) Name() string { return m.name }

// Generate asks the model when its turn comes.
func (m *model) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	var began, first time.Time
	if told := request.OnText; told != nil {
		request.OnText = func(text string) {
			if first.IsZero() && text != "" {
				first = m.cfg.Now()
			}
			told(text)
		}
	}
	var response chat.Response
	_, gate, err := m.at(ctx)
	if err == nil {
		response, err = gate.pass(ctx, m.name, func(ctx context.Context, t *turn) (chat.Response, error) {
			began = m.cfg.Now()
			return m.ask(ctx, t, &request)
		})
	}
	err = noAnswer(err, m.name)
	if !began.IsZero() { // one that never came to its turn was no call
		m.record(ctx, &request, &response, err, began, first)
	}
	return response, err
}

// errMoved ends a request between two attempts: its connection is another now.
var errMoved = errors.New("the connection was changed")

// ask asks the server that the connection leads to now; what was changed between
// two attempts holds for the second.
func (m *model) ask(ctx context.Context, t *turn, request *chat.Request) (chat.Response, error) {
	var spent agent.Usage // before the connection was changed
	for {
		client, _, err := m.at(ctx)
		if err != nil {
			return chat.Response{Usage: spent}, err
		}
		t.again = func(ctx context.Context) error {
			now, _, err := m.at(ctx)
			if err == nil && now != client {
				err = errMoved
			}
			return err
		}
		response, err := client.Generate(ctx, *request)
		m.count(&response.Usage, request, response.Text, err)
		spent = spent.Add(response.Usage)
		response.Usage = spent
		if !errors.Is(err, errMoved) {
			return response, err
		}
	}
}

// count estimates what a server did not report, and prices it. A request that
// was refused has used nothing; an answer that broke off has.
func (m *model) count(u *agent.Usage, request *chat.Request, answer string, err error) {
	if n, failed := agent.NoAnswerOf(err); err == nil || errors.Is(err, agent.ErrUnusable) || failed && n.Why == agent.NoAnswerCut {
		if u.Calls = max(u.Calls, 1); u.TokensIn <= 0 {
			for _, message := range request.Messages {
				u.TokensIn += prompttext.EstimateTokens(message.Text)
			}
			u.Estimated = true
		}
		if u.TokensOut <= 0 && answer != "" {
			u.TokensOut, u.Estimated = prompttext.EstimateTokens(answer), true
		}
	}
	m.pay(u)
}

func (m *model) record(ctx context.Context, request *chat.Request, response *chat.Response, err error, began, first time.Time) {
	scope, known := agent.CallOf(ctx)
	switch {
	case m.cfg.Log == nil:
		return
	case !known:
		m.keep(ctx, response.Usage)
		return
	}
	call := chat.Call{CallScope: scope, Model: m.name, Prompt: request.Prompt, Messages: request.Messages, Schema: request.Schema,
		Answer: response.Text, Truncated: response.Truncated, Warning: response.Warning, Usage: response.Usage, Took: m.cfg.Now().Sub(began), At: began}
	if !first.IsZero() {
		call.FirstText = first.Sub(began)
	}
	if err != nil {
		call.Error = agent.MessageOf(err)
	}
	m.cfg.Log.Record(context.WithoutCancel(ctx), call)
}

// embedder is a model of embeddings by its name, as model is.
type embedder struct{ *model }

// Embed asks the model when its turn comes. Errors are as those of
// chat.LLM.Generate, CodeInvalid where the server has no embeddings.
func (e embedder) Embed(ctx context.Context, texts []string) (vectors [][]float32, err error) {
	_, gate, err := e.at(ctx)
	if err != nil {
		return nil, noAnswer(err, e.name)
	}
	_, err = gate.pass(ctx, e.name, func(ctx context.Context, _ *turn) (chat.Response, error) {
		client, _, err := e.at(ctx)
		if err != nil {
			return chat.Response{}, err
		}
		embeds, err := embedsOf(client)
		if err != nil {
			return chat.Response{}, err
		}
		if vectors, err = embeds.Embed(ctx, texts); err != nil {
			return chat.Response{}, err
		}
		u := agent.Usage{TokensIn: prompttext.EstimateTokens(texts...), Calls: 1, Estimated: true} // what it used is not told
		e.pay(&u)
		e.keep(ctx, u)
		return chat.Response{Usage: u}, nil
	})
	return vectors, err
}

// pay prices what was used.
func (m *model) pay(u *agent.Usage) {
	if m.cfg.Prices == nil {
		return
	}
	if price, ok := chat.PriceOf(m.cfg.Prices(), m.name); ok {
		u.USD = price.Of(*u)
	}
}

// keep keeps what a call outside any run has used as spent.
func (m *model) keep(ctx context.Context, u agent.Usage) {
	if m.cfg.Log != nil && u != (agent.Usage{}) {
		m.cfg.Log.Record(context.WithoutCancel(ctx), chat.Call{Model: m.name, Usage: u, At: m.cfg.Now()})
	}
}

func embedsOf(client chat.LLM) (chat.Embedder, error) {
	embeds, ok := client.(chat.Embedder)
	if !ok {
		return nil, agent.Errorf(agent.CodeInvalid, "embeddings come from Gemini or from a server with OpenAI's protocol, such as Ollama, vLLM or OpenAI; %s is neither", client.Name())
	}
	return embeds, nil
}
