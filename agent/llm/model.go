package llm

import (
	"context"
	"time"

	"purposeagent/agent"
)

// model is a client within its limits: what it spends is priced, and what it is
// asked and answers is kept.
type model struct {
	agent.LLM
	gate *gate
	cfg  *Config
}

// Generate asks the model when its turn comes.
func (m *model) Generate(ctx context.Context, request agent.Request) (agent.Response, error) {
	var began, first time.Time
	if told := request.OnText; told != nil {
		request.OnText = func(text string) {
			if first.IsZero() && text != "" {
				first = m.cfg.Now()
			}
			told(text)
		}
	}
	asked := m.cfg.Now()
	response, err := m.gate.pass(ctx, func() (agent.Response, error) {
		began = m.cfg.Now()
		response, err := m.LLM.Generate(ctx, request)
		if price, ok := m.price(); ok {
			response.Usage.USD = price.Of(response.Usage)
		}
		return response, err
	})
	if began.IsZero() {
		began = asked // it never came to its turn
	}
	m.record(ctx, &request, &response, err, began, first)
	return response, err
}

func (m *model) price() (agent.Price, bool) {
	if m.cfg.Prices == nil {
		return agent.Price{}, false
	}
	return agent.PriceOf(m.cfg.Prices(), m.Name())
}

func (m *model) record(ctx context.Context, request *agent.Request, response *agent.Response, err error, began, first time.Time) {
	scope, known := agent.CallOf(ctx)
	if !known || m.cfg.Log == nil {
		return
	}
	call := agent.Call{CallScope: scope, Model: m.Name(), Prompt: request.Prompt, Messages: request.Messages, Schema: request.Schema,
		Answer: response.Text, Truncated: response.Truncated, Warning: response.Warning, Usage: response.Usage, Took: m.cfg.Now().Sub(began), At: began}
	if !first.IsZero() {
		call.FirstText = first.Sub(began)
	}
	if err != nil {
		call.Error = agent.MessageOf(err)
	}
	m.cfg.Log.Record(context.WithoutCancel(ctx), call)
}
