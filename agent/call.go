package agent

import (
	"context"
	"encoding/json"
	"time"
)

// ModelRole is the part that a model plays in a run.
type ModelRole string

// The roles of models.
const (
	ActorRole     ModelRole = "actor"
	CriticRole    ModelRole = "critic"
	OptimizerRole ModelRole = "optimizer"
)

// ModelRoles lists the roles in the order in which pages show them.
var ModelRoles = []ModelRole{ActorRole, CriticRole, OptimizerRole}

// CallScope says what a model is called for. Step is 0 before the first step
// and after the last one.
type CallScope struct {
	Run  string
	Step int
	Role ModelRole
}

type callScopeKey struct{}

// WithCall returns a context in which models are called for the scope.
func WithCall(ctx context.Context, scope CallScope) context.Context {
	return context.WithValue(ctx, callScopeKey{}, scope)
}

// CallOf returns the scope of a call; false where nobody said it.
func CallOf(ctx context.Context) (CallScope, bool) {
	scope, ok := ctx.Value(callScopeKey{}).(CallScope)
	return scope, ok
}

// Call is one call of a model, word for word. A repaired answer is a call of
// its own; what a backend retries after a failure is not.
type Call struct {
	CallScope
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
	Usage     Usage
	Took      time.Duration
	FirstText time.Duration // until the first piece of the answer; 0 where it did not stream
	At        time.Time
}

// CallLog keeps calls; of one without a run, only what it has used. It is safe
// for concurrent use. What it can't keep is no error of the call.
type CallLog interface {
	Record(ctx context.Context, call Call)
}
