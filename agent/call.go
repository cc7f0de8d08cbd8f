package agent

import (
	"context"
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
