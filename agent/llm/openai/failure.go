package openai

import (
	"context"
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

// failure is one failed attempt.
type failure struct {
	err      error
	retry    bool
	after    time.Duration // the server's Retry-After
	status   int
	overflow bool
	server   serverError
}

// serverError is an error in the forms that servers use: {"error": {…}},
// {"error": "text"}, {"message": …}, {"detail": …}. A code is text or a number.
type serverError struct {
	Message string
	Type    string
	Code    string
	Param   string
}

func errorOf(raw []byte) serverError {
	var body map[string]any
	if json.Unmarshal(raw, &body) != nil {
		return serverError{}
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
	e := serverError{Message: text("message"), Type: text("type"), Code: text("code"), Param: text("param")}
	for _, name := range []string{"error", "detail"} {
		if e.Message == "" {
			e.Message = text(name)
		}
	}
	return e
}

// refused classifies a status other than 2xx.
func (c *Client) refused(reply *http.Response, raw []byte) *failure {
	status := reply.StatusCode
	f := &failure{status: status, server: errorOf(raw)}
	said := strings.ToLower(f.server.Message + " " + f.server.Type + " " + f.server.Code)
	says := c.clean(f.server.Message)
	if says != "" {
		says = ": " + says
	}
	f.overflow = contains(said, "context_length_exceeded", "exceed_context_size", "context length", "context size", "context window", "maximum context", "prompt is too long")
	fail := func(code agent.Code, text string, args ...any) *failure {
		f.err = agent.Errorf(code, text, args...)
		return f
	}
	switch {
	case status == http.StatusUnauthorized && c.cfg.Key == "":
		return fail(agent.CodeDenied, "%s asks for a key: set OPENAI_API_KEY", c.where())
	case status == http.StatusUnauthorized:
		return fail(agent.CodeDenied, "%s does not accept the key: check OPENAI_API_KEY", c.where())
	case status == http.StatusForbidden:
		return fail(agent.CodeDenied, "the key may not use the model %s at %s%s", c.cfg.Model, c.where(), says)
	case status == http.StatusPaymentRequired || contains(said, "insufficient_quota"):
		return fail(agent.CodeDenied, "the account at %s has no credit left%s", c.where(), says)
	case status == http.StatusNotFound && contains(said, "model"):
		return fail(agent.CodeUnavailable, "%s has no model %q: check the name, or install it there%s", c.where(), c.cfg.Model, says)
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return fail(agent.CodeUnavailable, "there are no chat completions at %s: check OPENAI_BASE_URL, which usually ends in /v1", c.where())
	case status == http.StatusTooManyRequests:
		f.retry, f.after = true, retryAfter(reply.Header)
		return fail(agent.CodeRateLimited, "%s asks to slow down%s", c.where(), says)
	case status == http.StatusNotImplemented:
		return fail(agent.CodeUnavailable, "%s does not support this%s", c.where(), says)
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status >= 500:
		f.retry, f.after = true, retryAfter(reply.Header)
		return fail(agent.CodeUnavailable, "%s answered %d%s", c.where(), status, says)
	case status >= 300 && status < 400:
		return fail(agent.CodeUnavailable, "%s redirects elsewhere%s: set OPENAI_BASE_URL to the final address", c.where(), target(reply))
	case f.overflow || status == http.StatusRequestEntityTooLarge:
		f.overflow = true
		f.err = agent.Wrap(agent.CodeInvalid, agent.ErrContextOverflow, "the prompt is too long for %s: choose a model with a larger context, or a smaller prompt budget%s", c.cfg.Model, says)
		return f
	}
	return fail(agent.CodeInvalid, "%s refused the request (%d)%s", c.where(), status, says)
}

// target is the host that a redirect points to; its path may hold secrets.
func target(reply *http.Response) string {
	if u, err := reply.Location(); err == nil && u.Host != "" {
		return " (to " + u.Host + ")"
	}
	return ""
}

// broken classifies an attempt without a usable reply.
func (c *Client) broken(ctx, attempt context.Context, err error) *failure {
	var network *net.OpError
	var dns *net.DNSError
	var transport *url.Error
	fail := func(retry bool, code agent.Code, text string, args ...any) *failure {
		cause := errors.New(c.clean(err.Error()))
		return &failure{retry: retry, err: agent.Wrap(code, cause, text, args...)}
	}
	switch {
	case ctx.Err() != nil:
		return fail(false, agent.CodeOf(ctx.Err()), "the request to %s was ended", c.Name())
	case errors.Is(attempt.Err(), context.DeadlineExceeded):
		return fail(false, agent.CodeTimeout, "%s did not answer within %v", c.where(), c.cfg.Timeout)
	case errors.Is(err, errForbiddenAddress):
		return fail(false, agent.CodeInvalid, "%s is a link-local address, where clouds keep their secrets: it is refused", c.where())
	case errors.Is(err, errBodyTooLarge):
		return fail(false, agent.CodeUnavailable, "the answer of %s is larger than %d MB: is it a model server?", c.where(), MaxBodyBytes>>20)
	case errors.As(err, &dns):
		return fail(true, agent.CodeUnavailable, "the host of %s is not known: check OPENAI_BASE_URL and the network", c.where())
	case errors.As(err, &network) && network.Op == "dial":
		return fail(true, agent.CodeUnavailable, "no connection to %s: is the model server running?", c.where())
	case errors.As(err, &network), errors.As(err, &transport):
		return fail(true, agent.CodeUnavailable, "the connection to %s broke", c.where())
	}
	return fail(true, agent.CodeUnavailable, "the answer of %s can't be read: is it a model server?", c.where())
}

// where names the server, without credentials or a query.
func (c *Client) where() string { return c.base.Scheme + "://" + c.base.Host + c.base.Path }

// clean makes a server's text fit for people: one short line without the key.
func (c *Client) clean(text string) string {
	if c.cfg.Key != "" {
		text = strings.ReplaceAll(text, c.cfg.Key, "[key]")
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
	if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
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
