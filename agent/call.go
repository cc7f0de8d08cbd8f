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
	return &callContext{ctx, scope}
}

// callContext carries a scope: one value where context.WithValue makes two.
type callContext struct {
	context.Context //nolint:containedctx // it is one

	scope CallScope
}

func (c *callContext) Value(key any) any {
	if key == (callScopeKey{}) {
		return &c.scope
	}
	return c.Context.Value(key)
}

// CallOf returns the scope of a call; false where nobody said it.
func CallOf(ctx context.Context) (CallScope, bool) {
	scope, ok := ctx.Value(callScopeKey{}).(*CallScope)
	if !ok {
		return CallScope{}, false
	}
	return *scope, true
}
