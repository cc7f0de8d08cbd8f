package agenttest

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// Answer is one entry of a script: a response, or an error instead of one.
type Answer struct {
	Response chat.Response
	Err      error
}

// Say returns an answer with the text. Its usage is one token for each started
// four bytes, so that budgets can be tested.
func Say(text string) Answer {
	return Answer{Response: chat.Response{Text: text, Usage: agent.Usage{TokensOut: tokens(text), Calls: 1}}}
}

// SayJSON returns an answer with v as JSON text; it panics if v does not marshal.
func SayJSON(v any) Answer {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return Say(string(raw))
}

// Fail returns an answer that is the error.
func Fail(err error) Answer { return Answer{Err: err} }

func tokens(text string) int64 { return int64(len(text)+3) / 4 }

// ScriptedModel is a chat.LLM that answers from a script, or by a function,
// and records what it was asked. It is safe for concurrent use: answers are
// given in the order of the calls.
type ScriptedModel struct {
	name    string
	respond func(ctx context.Context, request chat.Request, call int) Answer

	mu       sync.Mutex
	requests []chat.Request
}

var _ chat.LLM = (*ScriptedModel)(nil)

// NewScriptedModel returns a model that gives the answers in order. A call
// beyond the script is CodeInvalid, so that a test notices it.
func NewScriptedModel(name string, answers ...Answer) *ScriptedModel {
	return NewModelFunc(name, func(_ context.Context, _ chat.Request, call int) Answer {
		if call > len(answers) {
			return Fail(agent.Errorf(agent.CodeInvalid, "script of %s has %d answers; this is call %d", name, len(answers), call))
		}
		return answers[call-1]
	})
}

// NewModelFunc returns a model that answers by the function. call counts from
// 1; the function may be called concurrently.
func NewModelFunc(name string, respond func(ctx context.Context, request chat.Request, call int) Answer) *ScriptedModel {
	return &ScriptedModel{name: name, respond: respond}
}

// Name returns the name given.
func (m *ScriptedModel) Name() string { return m.name }

// Generate records the request and answers it. A cancelled context is its
// error and takes no answer from the script.
func (m *ScriptedModel) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	if err := ctx.Err(); err != nil {
		return chat.Response{}, agent.Wrap(agent.CodeOf(err), err, "model %s was not asked", m.name)
	}
	m.mu.Lock()
	request.Messages = slices.Clone(request.Messages)
	request.Schema = slices.Clone(request.Schema)
	request.Stop = slices.Clone(request.Stop)
	m.requests = append(m.requests, request)
	call := len(m.requests)
	m.mu.Unlock()
	answer := m.respond(ctx, request, call)
	if answer.Err != nil {
		return chat.Response{}, answer.Err
	}
	response := answer.Response
	if request.OnText != nil {
		request.OnText(response.Text[:len(response.Text)/2])
		request.OnText(response.Text)
	}
	if response.Model == "" {
		response.Model = m.name
	}
	if response.Usage == (agent.Usage{}) {
		response.Usage = agent.Usage{TokensOut: tokens(response.Text), Calls: 1}
	}
	if response.Usage.TokensIn == 0 {
		for _, message := range request.Messages {
			response.Usage.TokensIn += tokens(message.Text)
		}
	}
	return response, nil
}

// Requests returns what the model was asked so far, oldest first.
func (m *ScriptedModel) Requests() []chat.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.requests)
}

// Calls returns how often the model was asked.
func (m *ScriptedModel) Calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.requests)
}
