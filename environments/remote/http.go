package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/announced"
	"purposeagent/environments/web/gate"
)

// session is a conversation with a server over HTTP. Each request is a POST of its
// own. What was not answered is asked again with the same number, and the server
// answers it as before instead of doing it twice.
type session struct {
	id      string
	address string
	shown   string // the address as people are told it
	headers http.Header
	hide    *strings.Replacer // of secrets in messages
	base    *http.Transport
	client  *http.Client

	next int64
}

// How often a request is sent, and how long is waited before it is sent again: the
// first time, then three times as long each time.
const (
	maxTries   = 4
	firstPause = 50 * time.Millisecond
)

// newSession prepares a conversation; nothing is sent yet. Errors are CodeInvalid
// with Fields "url" or "headers".
func newSession(c *config, o *Options) (*session, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, agent.InvalidFields(map[string]string{"url": "is no address: " + err.Error()})
	}
	s := &session{id: rand.Text(), address: c.URL, shown: shownAddress(c.URL)}
	if s.headers, s.hide, err = filled(c.Headers, o.Secret); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return allowed(u.Hostname(), address, o.AllowPrivate)
	}}
	s.base = &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, DisableCompression: true}
	s.client = &http.Client{Transport: s.base, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s, nil
}

// shownAddress is an address without what may be secret in it.
func shownAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "with an odd address"
	}
	return announced.Clean(u.Scheme + "://" + u.Host + u.Path)
}

// allowed refuses a connection to an address that this configuration must not reach:
// those of this machine are as near as the programs that may be started, those of
// private networks need a permission of their own, and metadata of clouds has none.
func allowed(host, address string, private bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &addressError{fmt.Sprintf("%s leads to %s, which is no address", host, agent.Clip(address, 100))}
	}
	ip := at.Addr().Unmap().WithZone("")
	switch what := gate.Special(ip); {
	case what == "" || ip.IsLoopback():
		return nil
	case gate.Forbidden(ip):
		return &addressError{fmt.Sprintf("%s leads to %s, which is %s", host, ip, what)}
	case !private:
		return &addressError{fmt.Sprintf("%s leads to %s, which is %s; whoever starts Purpose must allow that: --allow-private-hosts", host, ip, what)}
	}
	return nil
}

// addressError is an address that must not be reached.
type addressError struct{ text string }

func (r *addressError) Error() string { return r.text }

var secretMark = regexp.MustCompile(`\$\{([^{}]*)\}`)

// filled puts stored secrets into headers in place of their marks ${NAME}, and
// returns what hides them again.
func filled(headers map[string]string, secret func(string) (string, error)) (http.Header, *strings.Replacer, error) {
	out, hide := http.Header{}, []string{}
	for name, text := range headers {
		var failed error
		out.Set(name, secretMark.ReplaceAllStringFunc(text, func(mark string) string {
			key := secretMark.FindStringSubmatch(mark)[1]
			if secret == nil {
				failed = errors.Join(failed, agent.Errorf(agent.CodeNotFound, "no secrets are kept here"))
				return ""
			}
			value, err := secret(key)
			if err != nil {
				failed = errors.Join(failed, err)
			} else if value != "" {
				hide = append(hide, value, "[secret "+key+"]")
			}
			return value
		}))
		if failed != nil {
			return nil, nil, agent.InvalidFields(map[string]string{"headers": fmt.Sprintf("%s names a secret that can't be used: %s", agent.Clip(name, 40), plain(failed))})
		}
	}
	return out, strings.NewReplacer(hide...), nil
}

func (s *session) number() int64   { s.next++; return s.next }
func (s *session) session() string { return s.id }
func (s *session) parked() bool    { return false } // another session costs nothing
func (s *session) fresh()          {}

// End forgets the session. The server drops one that nobody uses.
func (s *session) End() { s.base.CloseIdleConnections() }

// Close tells the server that the session is over.
func (s *session) Close(farewell []byte, grace time.Duration) bool {
	defer s.End()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	_, _, err := s.post(ctx, "close", farewell)
	return err == nil
}

// ask sends a request, and sends it again where no answer came.
func (s *session) ask(ctx context.Context, what string, request []byte, limit time.Duration) ([]byte, error) {
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	pause := firstPause
	for try := 1; ; try++ {
		raw, again, err := s.post(timed, what, request)
		switch {
		case err == nil:
			return raw, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case timed.Err() != nil:
			return nil, agent.Errorf(agent.CodeTimeout, "%s did not answer %q within %v (timeout_seconds)", s.called(), what, limit)
		case !again || try == maxTries:
			return nil, err
		}
		select {
		case <-time.After(pause):
			pause *= 3
		case <-timed.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, err
		}
	}
}

func (s *session) called() string { return "the server " + s.shown }

// post sends a request once. again says whether an answer may be had by sending it
// once more.
func (s *session) post(ctx context.Context, what string, body []byte) (raw []byte, again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address, bytes.NewReader(body))
	if err != nil {
		return nil, false, agent.InvalidFields(map[string]string{"url": "is no address: " + err.Error()})
	}
	r.Header = s.headers.Clone()
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.client.Do(r)
	if no, ok := errors.AsType[*addressError](err); ok {
		return nil, false, s.fault("can't be asked: %s", no.text)
	}
	if err != nil {
		return nil, true, agent.Wrap(agent.CodeUnavailable, err, "%s can't be reached (%s); start it, or mend the address", s.called(), s.clean(reason(err)))
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err = io.ReadAll(io.LimitReader(answer.Body, MaxLineBytes+1))
	switch {
	case len(raw) > MaxLineBytes:
		return nil, false, s.fault("answered %q with more than %d bytes; send less in one answer", what, MaxLineBytes)
	case err != nil:
		return nil, true, s.fault("broke off its answer to %q: %s", what, reason(err))
	case answer.StatusCode == http.StatusOK:
		return s.object(what, raw)
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		return nil, false, s.fault("sends us on to %s, which is not followed: give that address as url if you trust it", announced.Quoted([]byte(answer.Header.Get("Location"))))
	case answer.StatusCode == http.StatusBadGateway, answer.StatusCode == http.StatusServiceUnavailable, answer.StatusCode == http.StatusGatewayTimeout, answer.StatusCode == http.StatusTooManyRequests:
		return nil, true, s.fault("answered %q with the status %d: %s", what, answer.StatusCode, announced.Quoted(raw))
	}
	return nil, false, s.fault("answered %q with the status %d instead of 200: %s; is protocol 1 spoken at this path?", what, answer.StatusCode, announced.Quoted(raw))
}

// object is an answer without what surrounds it, where it may be an object.
func (s *session) object(what string, raw []byte) ([]byte, bool, error) {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, false, s.fault("answered %q with %s, which is no JSON object", what, announced.Quoted(raw))
	}
	return raw, false, nil
}

// reason is why a request failed, without its address.
func reason(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return err.Error()
}

func (s *session) clean(text string) string { return s.hide.Replace(announced.Clean(text)) }

func (s *session) fault(format string, args ...any) error {
	return agent.Errorf(agent.CodeUnavailable, "%s %s", s.called(), s.clean(fmt.Sprintf(format, args...)))
}
