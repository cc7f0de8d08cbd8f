package wire

import (
	"context"
	"errors"
)

// ErrOfServer is in the chain of a failure that concerns every model of a
// server: nobody answers there, or it does not accept the key.
var ErrOfServer = errors.New("it concerns the server")

// Turn is a place among the requests that a server is sent. A request holds it
// while the server works on it, and not between two attempts, so that others are
// not held up by somebody who waits.
type Turn interface {
	// Take waits for the place; it does nothing where the place is held. Its error
	// ends the request.
	Take(ctx context.Context) error
	Leave()
}

type turnKey struct{}

// WithTurn returns a context in which Retry leaves and takes the turn.
func WithTurn(ctx context.Context, t Turn) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

// turnOf returns the turn of a request; one that is always there where nobody
// gave one.
func turnOf(ctx context.Context) Turn {
	if t, ok := ctx.Value(turnKey{}).(Turn); ok {
		return t
	}
	return free{}
}

type free struct{}

func (free) Take(context.Context) error { return nil }
func (free) Leave()                     {}
