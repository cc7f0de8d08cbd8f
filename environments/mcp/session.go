package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// link is the way to a server.
type link interface {
	mcp.Transport
	end()               // breaks everything off at once
	why() string        // what is known against the server, or ""
	complaints() string // what else may help to understand a failure
}

// session is a connection to a server. Its methods are called by one goroutine
// at a time.
type session struct {
	*mcp.ClientSession
	link  link
	name  string
	hide  *secrets
	limit time.Duration // for an answer
	grace time.Duration // for ending

	toolsChanged, resourcesChanged atomic.Bool // since they were last listed

	progress chan struct{} // gets a value when the server told of progress
	mu       sync.Mutex
	told     string // the last progress
}

// patience is how many times the limit a call may take that tells of progress.
const patience = 10

// open connects to the server of a configuration by a revision of the
// protocol. Errors are CodeInvalid with Fields for what can't be started,
// CodeUnavailable, CodeTimeout.
func open(ctx context.Context, c *config, o *Options, protocol string, limit time.Duration) (*session, error) {
	hidden := map[string]string{}
	env, err := fill("env", c.Env, o.Secret, hidden)
	if err != nil {
		return nil, err
	}
	headers, err := fill("headers", c.Headers, o.Secret, hidden)
	if err != nil {
		return nil, err
	}
	s := &session{name: c.name(), hide: newSecrets(hidden), limit: o.AnswerTimeout, grace: o.CloseTimeout, progress: make(chan struct{}, 1)}
	if c.URL != "" {
		s.link, err = openWeb(c, headers)
	} else {
		variables := append([]string{}, o.Env...)
		for name, value := range env {
			variables = append(variables, name+"="+value)
		}
		s.link, err = startProgram(c, o, variables, s.hide)
	}
	if err != nil {
		return nil, err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "purpose", Version: o.Version}, &mcp.ClientOptions{
		Capabilities:                &mcp.ClientCapabilities{},
		MultiRoundTrip:              &mcp.MultiRoundTripOptions{Disabled: true},
		ToolListChangedHandler:      func(context.Context, *mcp.ToolListChangedRequest) { s.toolsChanged.Store(true) },
		ResourceListChangedHandler:  func(context.Context, *mcp.ResourceListChangedRequest) { s.resourcesChanged.Store(true) },
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) { s.progressed(r.Params) },
	})
	err = s.within(ctx, "connect", limit, limit, func(ctx context.Context) error {
		var err error
		s.ClientSession, err = client.Connect(ctx, s.link, &mcp.ClientSessionOptions{ProtocolVersion: protocol})
		return err
	})
	if err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// progressed notes what the server told of a call that goes on.
func (s *session) progressed(p *mcp.ProgressNotificationParams) {
	if p == nil {
		return
	}
	told := fmt.Sprintf("%g", p.Progress)
	if p.Total > 0 {
		told += fmt.Sprintf(" of %g", p.Total)
	}
	if p.Message != "" {
		told += ": " + s.text(p.Message, 200)
	}
	s.mu.Lock()
	s.told = told
	s.mu.Unlock()
	select {
	case s.progress <- struct{}{}:
	default:
	}
}

// within asks the server something that is to take no longer than the limit
// without progress, and no longer than most in all. The errors of f come back
// as people can read them; all but the server's own refusals mean that the
// session is of no further use.
func (s *session) within(ctx context.Context, what string, limit, most time.Duration, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	s.told = ""
	s.mu.Unlock()
	timed, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(timed) }()
	quiet := time.NewTimer(limit)
	defer quiet.Stop()
	for {
		select {
		case err := <-done:
			return s.failed(ctx, timed, what, err)
		case <-s.progress:
			quiet.Reset(limit)
		case <-quiet.C:
			cancel()
			s.link.end()                   // whatever waits for the server ends now
			if err := <-done; err == nil { // it was answered in the last moment
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			return s.late(what, limit)
		}
	}
}

func (s *session) late(what string, limit time.Duration) error {
	s.mu.Lock()
	told := s.told
	s.mu.Unlock()
	if told != "" {
		told = " The last that it told of was " + told + "."
	}
	return agent.Errorf(agent.CodeTimeout, "the server %s did not answer within %v when it was asked to %s, and the connection was ended; whether it was done is not known.%s%s", s.name, limit, what, told, s.link.complaints())
}

// refusal is the server's own word that something was not done: the session
// goes on.
type refusal struct{ err *agent.Error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// Codes that the SDK itself uses for a connection that is gone.
const (
	firstLocalCode = -32005
	lastLocalCode  = -32003
)

// failed says what went wrong: the server's refusal, what is known against it,
// or the error itself.
func (s *session) failed(ctx, timed context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if timed.Err() != nil {
		return s.late(what, s.limit*patience)
	}
	var said *jsonrpc.Error
	if errors.As(err, &said) && (said.Code < firstLocalCode || said.Code > lastLocalCode) && !errors.Is(err, mcp.ErrConnectionClosed) {
		code := agent.CodeUnavailable
		if said.Code == jsonrpc.CodeInvalidParams || said.Code == jsonrpc.CodeMethodNotFound || said.Code == jsonrpc.CodeInvalidRequest {
			code = agent.CodeInvalid
		}
		return &refusal{&agent.Error{Code: code, Message: fmt.Sprintf("the server %s refused to %s: %s", s.name, what, s.text(said.Message, maxMessage))}}
	}
	if why := s.link.why(); why != "" {
		return agent.Errorf(agent.CodeUnavailable, "the server %s %s. It was asked to %s; whether that was done is not known", s.name, why, what)
	}
	if errors.Is(err, mcp.ErrSessionMissing) {
		return agent.Errorf(agent.CodeUnavailable, "the server %s has forgotten the session, and was asked to %s: that was not done", s.name, what)
	}
	return agent.Errorf(agent.CodeUnavailable, "the server %s failed when it was asked to %s: %s%s", s.name, what, s.text(err.Error(), maxMessage), s.link.complaints())
}

// maxMessage bounds a server's own error message, in bytes.
const maxMessage = 2000

// text makes a server's text fit to be shown.
func (s *session) text(text string, limit int) string {
	return strings.TrimSpace(agent.Clip(s.hide.mask(announced.Clean(text)), limit))
}

// end ends the session and the program behind it at once.
func (s *session) end() {
	s.link.end()
	if s.ClientSession != nil {
		_ = s.Close()
	}
}

// close says good-bye, and ends what does not go by itself.
func (s *session) close() {
	timer := time.AfterFunc(2*s.grace, s.link.end)
	defer timer.Stop()
	_ = s.Close()
	s.link.end()
}
