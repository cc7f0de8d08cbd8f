package remote

import (
	"context"
	"time"
)

// peer answers requests, one at a time: a program that was started, or a session
// with a server.
type peer interface {
	// ask sends a request and returns the answer. After an error it can't be asked
	// again. Errors: CodeUnavailable, CodeTimeout, or the context's.
	ask(ctx context.Context, what string, request []byte, limit time.Duration) ([]byte, error)
	// number counts a request.
	number() int64
	// session names the conversation in every request; "" where nothing has to.
	session() string
	// parked makes it ready for somebody else, and reports whether that can be.
	parked() bool
	// fresh forgets what was said for others.
	fresh()
	// End ends it at once.
	End()
	// Close says farewell, waits until it is gone or the grace is over, and reports
	// whether it went by itself.
	Close(farewell []byte, grace time.Duration) bool
}

// open starts the program, or prepares a session with the server.
func (e *Env) open() (peer, error) {
	if e.config.URL != "" {
		return newSession(&e.config, &e.options)
	}
	return start(&e.config, &e.options)
}

// farewell is the last request to a peer.
func farewell(p peer) []byte {
	line, err := (&request{ID: p.number(), Session: p.session(), Command: "close"}).line()
	if err != nil {
		return nil // that nothing more is asked says the same
	}
	return line
}
