package llm

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// ReplayPrefix is the connection whose models are recorded runs: replay:RUN
// answers what the models of that run answered, without a server and for nothing.
const ReplayPrefix = "replay"

// Recording is a model that answers from recorded calls, word for word: the same
// request gets the answer that it got, the n-th time the n-th one and the last
// again and again. It is safe for concurrent use.
type Recording struct {
	name string

	mu      sync.Mutex
	answers map[[sha256.Size]byte][]chat.Call
}

var _ chat.LLM = (*Recording)(nil)

// NewRecording returns a model of calls, which are in their order; those that
// failed are left out.
func NewRecording(name string, calls []chat.Call) *Recording {
	r := &Recording{name: name, answers: map[[sha256.Size]byte][]chat.Call{}}
	for _, c := range calls {
		if c.Error == "" {
			key := requestKey(c.Messages, c.Schema)
			r.answers[key] = append(r.answers[key], c)
		}
	}
	return r
}

// requestKey identifies what was asked. Schemas are compared as JSON without
// spaces.
func requestKey(messages []chat.Message, schema json.RawMessage) [sha256.Size]byte {
	raw, err := json.Marshal(struct {
		Messages []chat.Message
		Schema   json.RawMessage `json:",omitempty"`
	}{messages, schema})
	if err != nil {
		raw = []byte(err.Error()) // a schema that is no JSON is like no other
	}
	return sha256.Sum256(raw)
}

// Name is replay:RUN.
func (r *Recording) Name() string { return r.name }

// Generate answers from the recording. A request that was not recorded is
// CodeInvalid: the run went another way, or asks in other words.
func (r *Recording) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	if err := ctx.Err(); err != nil {
		return chat.Response{}, agent.Wrap(agent.CodeOf(err), err, "the request to %s was ended", r.name)
	}
	key := requestKey(request.Messages, request.Schema)
	r.mu.Lock()
	list := r.answers[key]
	if len(list) > 1 {
		r.answers[key] = list[1:]
	}
	r.mu.Unlock()
	if len(list) == 0 {
		return chat.Response{}, agent.Errorf(agent.CodeInvalid, "%s holds no answer to this: the recorded run was asked something else here; the same task, seed, rules and prompts ask the same", r.name)
	}
	c := list[0]
	if request.OnText != nil {
		request.OnText(c.Answer)
	}
	usage := c.Usage
	usage.USD, usage.Calls = 0, 1 // nobody is paid again
	return chat.Response{Text: c.Answer, Model: c.Model, Truncated: c.Truncated, Usage: usage}, nil
}
