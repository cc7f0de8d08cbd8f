package chat

import (
	"context"
	"encoding/json"
	"time"

	"purposeagent/agent"
)

// Call is one call of a model, word for word. A repaired answer is a call of
// its own; what a backend retries after a failure is not.
type Call struct {
	agent.CallScope
	N        int // order within the run, from 1
	Model    string
	Prompt   string // the template's label
	Messages []Message
	Schema   json.RawMessage // of the answer; nil for text
	Answer   string
	// Truncated answers were cut by MaxTokens. Error is in the words for people.
	Truncated bool
	Error     string
	Warning   string // of the response, for people
	Usage     agent.Usage
	Took      time.Duration
	FirstText time.Duration // until the first piece of the answer; 0 where it did not stream
	At        time.Time
}

// CallLog keeps calls; of one without a run, only what it has used. It is safe
// for concurrent use. What it can't keep is no error of the call.
type CallLog interface {
	Record(ctx context.Context, call Call)
}
