// Package wire holds what the clients of all model servers share: a connection
// that stays where it was sent, bounded answers, retries, and errors that say
// what to do.
package wire

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/cenkalti/backoff/v5"

	"purposeagent/agent"
	"purposeagent/agent/llm/address"
)

// MaxBodyBytes bounds an answer's body.
const MaxBodyBytes = 10 << 20

// Config says which model of which server is asked. Provider, Model and BaseURL
// are required.
type Config struct {
	Provider string // the first part of the client's name
	Model    string
	BaseURL  string
	// Key never appears in an error; many local servers need none.
	Key string
	// AddressFrom and KeyFrom say in messages where the two are set.
	AddressFrom, KeyFrom string
	// HTTPClient replaces the default client, which refuses to connect to
	// link-local addresses. Redirects to other hosts are refused with either.
	HTTPClient *http.Client
	Patience
	// OverflowWords are further words by which this server says that a prompt is
	// too long for its model, in any case.
	OverflowWords []string
	// ThinkingTokens bounds the room that an answer's budget of tokens is given for
	// thinking, where a model spends the budget on it; default 16,384, negative none.
	ThinkingTokens int
	// VersionPath is the end that an address of this protocol usually has; it is
	// proposed where an address without it finds no models.
	VersionPath string
	// Now is the clock that dates of servers are compared with; default time.Now.
	Now func() time.Time
}

// Server is one model of one server, and how to reach it. It is safe for
// concurrent use.
type Server struct {
	Config
	Base *url.URL
	// HTTP is guarded: it stays on the host, and bounds what it reads.
	HTTP *http.Client
	// Header is sent with each request; it is not changed once the first was sent.
	Header http.Header

	room, roomLimit atomic.Int64 // for thinking; the limit is 0 until one was met
	mu              sync.Mutex
	read            readCheck
}

// NewServer checks the configuration; nothing is sent. Errors: CodeInvalid for
// a bad address or model name.
func NewServer(cfg Config) (*Server, error) {
	cfg.Model, cfg.Key = strings.TrimSpace(cfg.Model), strings.TrimSpace(cfg.Key)
	cfg.AddressFrom, cfg.KeyFrom = cmp.Or(cfg.AddressFrom, "the address"), cmp.Or(cfg.KeyFrom, "the key")
	if cfg.Model == "" || len(cfg.Model) > 200 || strings.ContainsFunc(cfg.Model, unicode.IsControl) {
		return nil, agent.Errorf(agent.CodeInvalid, "name a model of at most 200 characters, for example %s:NAME", cfg.Provider)
	}
	base, err := address.Parse(cfg.BaseURL, cfg.AddressFrom)
	if err != nil {
		return nil, err
	}
	cfg.setDefaults()
	if cfg.ThinkingTokens == 0 {
		cfg.ThinkingTokens = 16 << 10
	}
	return &Server{Config: cfg, Base: base, HTTP: guardedClient(cfg.HTTPClient), Header: http.Header{}}, nil
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// Name is PROVIDER:MODEL.
func (s *Server) Name() string { return s.Provider + ":" + s.Model }

// Retry calls attempt until it works, is refused for good, or was tried often
// enough: after a failure that may pass it waits with jittered back-off, or for
// as long as the server asks. The error is an *agent.NoAnswer, but for a context
// that ends, which gives its own code; the value is the last attempt's, which may
// tell what it spent.
func Retry[T any](ctx context.Context, s *Server, attempt func() (T, *Failure)) (T, error) {
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.Multiplier = s.RetryDelay, 2
	policy.MaxInterval = max(s.MaxRetryAfter, s.RetryDelay)
	turn := turnOf(ctx)
	var last *Failure
	var latest T
	var barred error // why no further attempt is made
	value, err := backoff.Retry(ctx, func() (T, error) {
		if barred = turn.Take(ctx); barred != nil {
			return latest, backoff.Permanent(barred)
		}
		value, failed := attempt()
		latest = value
		if failed == nil {
			return value, nil
		}
		last = failed
		switch {
		case !failed.Retry || failed.After > s.MaxRetryAfter:
			return value, backoff.Permanent(failed.Err)
		case failed.After > 0:
			return value, errors.Join(failed.Err, &backoff.RetryAfterError{Duration: failed.After})
		}
		return value, failed.Err
	}, backoff.WithBackOff(policy), backoff.WithMaxTries(uint(max(s.Retries, 0))+1), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(error, time.Duration) { turn.Leave() }))
	if err == nil {
		return value, nil
	}
	if stopped := ctx.Err(); stopped != nil {
		return latest, agent.Wrap(agent.CodeOf(stopped), stopped, "the request to %s was ended", s.Name())
	}
	if barred != nil {
		return latest, barred
	}
	if last == nil { // nothing was sent
		return latest, err
	}
	return latest, last.noAnswer(s.Name())
}
