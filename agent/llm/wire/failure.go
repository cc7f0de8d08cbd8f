package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"purposeagent/agent"
)

// Failure is one failed attempt.
type Failure struct {
	Err      error
	Retry    bool
	After    time.Duration // the server's Retry-After
	Status   int
	Overflow bool // the prompt is too long for the model
	Said     ServerError
}

// ErrCut is a stream that ended before the answer did.
var ErrCut = errors.New("the stream ended before the answer did")

// ServerError is an error in the forms that servers use: {"error": {…}},
// {"error": "text"}, {"message": …}, {"detail": …}, [{"error": …}]. A code is
// text or a number.
type ServerError struct {
	Message string
	Type    string
	Code    string
	Param   string
}

// Error is what the server said.
func (e *ServerError) Error() string { return e.Message }

// ErrorOf reads a server's error; what is none is empty.
func ErrorOf(raw []byte) ServerError {
	var body map[string]any
	var list []map[string]any
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		body = list[0]
	} else if json.Unmarshal(raw, &body) != nil {
		return ServerError{}
	}
	object, ok := body["error"].(map[string]any)
	if !ok {
		object = body
	}
	text := func(name string) string {
		switch v := object[name].(type) {
		case string:
			return v
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return ""
	}
	e := ServerError{Message: text("message"), Type: cmp.Or(text("type"), text("status")), Code: text("code"), Param: text("param")}
	for _, name := range []string{"error", "detail"} {
		if e.Message == "" {
			e.Message = text(name)
		}
	}
	return e
}

// Refused classifies a status other than 2xx.
func (s *Server) Refused(reply *http.Response, raw []byte) *Failure {
	status := reply.StatusCode
	f := &Failure{Status: status, Said: ErrorOf(raw)}
	said := strings.ToLower(f.Said.Message + " " + f.Said.Type + " " + f.Said.Code)
	says := s.Clean(f.Said.Message)
	if says != "" {
		says = ": " + says
	}
	f.Overflow = contains(said, "context_length_exceeded", "exceed_context_size", "context length", "context size", "context window", "maximum context", "prompt is too long", "input token count")
	fail := func(code agent.Code, text string, args ...any) *Failure {
		f.Err = agent.Errorf(code, text, args...)
		return f
	}
	switch {
	case status == http.StatusUnauthorized && s.Key == "":
		return fail(agent.CodeDenied, "%s asks for a key: set %s", s.Where(), s.KeyFrom)
	case status == http.StatusUnauthorized, contains(said, "api key not valid", "invalid api key"):
		return fail(agent.CodeDenied, "%s does not accept the key: check %s", s.Where(), s.KeyFrom)
	case status == http.StatusForbidden:
		return fail(agent.CodeDenied, "the key may not use the model %s at %s%s", s.Model, s.Where(), says)
	case status == http.StatusPaymentRequired || contains(said, "insufficient_quota"):
		return fail(agent.CodeDenied, "the account at %s has no credit left%s", s.Where(), says)
	case status == http.StatusNotFound && contains(said, "model"):
		return fail(agent.CodeUnavailable, "%s has no model %q: check the name, or install it there%s", s.Where(), s.Model, says)
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return fail(agent.CodeUnavailable, "%s does not answer requests for models: check %s", s.Where(), s.AddressFrom)
	case status == http.StatusTooManyRequests:
		f.Retry, f.After = true, retryAfter(reply.Header)
		return fail(agent.CodeRateLimited, "%s asks to slow down%s", s.Where(), says)
	case status == http.StatusNotImplemented:
		return fail(agent.CodeUnavailable, "%s does not support this%s", s.Where(), says)
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status >= 500:
		f.Retry, f.After = true, retryAfter(reply.Header)
		return fail(agent.CodeUnavailable, "%s answered %d%s", s.Where(), status, says)
	case status >= 300 && status < 400:
		return fail(agent.CodeUnavailable, "%s redirects elsewhere%s: set %s to the final address", s.Where(), target(reply), s.AddressFrom)
	case f.Overflow || status == http.StatusRequestEntityTooLarge:
		f.Overflow = true
		f.Err = agent.Wrap(agent.CodeInvalid, agent.ErrContextOverflow, "the prompt is too long for %s: choose a model with a larger context, or a smaller prompt budget%s", s.Model, says)
		return f
	}
	return fail(agent.CodeInvalid, "%s refused the request (%d)%s", s.Where(), status, says)
}

// target is the host that a redirect points to; its path may hold secrets.
func target(reply *http.Response) string {
	if u, err := reply.Location(); err == nil && u.Host != "" {
		return " (to " + u.Host + ")"
	}
	return ""
}

// Broken classifies an attempt without a usable reply.
func (s *Server) Broken(ctx, attempt context.Context, err error) *Failure {
	var network *net.OpError
	var dns *net.DNSError
	var transport *url.Error
	var certificate *tls.CertificateVerificationError
	fail := func(retry bool, code agent.Code, text string, args ...any) *Failure {
		cause := errors.New(s.Clean(err.Error()))
		return &Failure{Retry: retry, Err: agent.Wrap(code, cause, text, args...)}
	}
	switch {
	case ctx.Err() != nil:
		return fail(false, agent.CodeOf(ctx.Err()), "the request to %s was ended", s.Name())
	case errors.Is(attempt.Err(), context.DeadlineExceeded):
		return fail(false, agent.CodeTimeout, "%s did not answer within %v", s.Where(), s.Timeout)
	case errors.Is(err, errForbiddenAddress):
		return fail(false, agent.CodeInvalid, "%s is a link-local address, where clouds keep their secrets: it is refused", s.Where())
	case errors.Is(err, errBodyTooLarge):
		return fail(false, agent.CodeUnavailable, "the answer of %s is larger than %d MB: is it a model server?", s.Where(), MaxBodyBytes>>20)
	case errors.As(err, &certificate):
		return fail(false, agent.CodeUnavailable, "the certificate of %s is not trusted: check %s, or the certificates of this machine", s.Where(), s.AddressFrom)
	case errors.Is(err, http.ErrSchemeMismatch):
		return fail(false, agent.CodeUnavailable, "%s does not speak HTTPS: check %s, which may have to begin with http://", s.Where(), s.AddressFrom)
	case errors.As(err, &dns):
		return fail(true, agent.CodeUnavailable, "the host of %s is not known: check %s and the network", s.Where(), s.AddressFrom)
	case errors.As(err, &network) && network.Op == "dial":
		return fail(true, agent.CodeUnavailable, "no connection to %s: is the model server running?", s.Where())
	case errors.Is(err, ErrCut):
		return fail(true, agent.CodeUnavailable, "%s broke off in the middle of an answer", s.Where())
	case errors.As(err, &network), errors.As(err, &transport):
		return fail(true, agent.CodeUnavailable, "the connection to %s broke", s.Where())
	}
	return fail(true, agent.CodeUnavailable, "the answer of %s can't be read: is it a model server?", s.Where())
}

// Where names the server, without credentials or a query.
func (s *Server) Where() string { return s.Base.Scheme + "://" + s.Base.Host + s.Base.Path }

// Clean makes a server's text fit for people: one short line without the key.
func (s *Server) Clean(text string) string {
	if s.Key != "" {
		text = strings.ReplaceAll(text, s.Key, "[key]")
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

// retryAfter reads Retry-After-Ms and Retry-After, in seconds or as a date.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

func contains(text string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}
