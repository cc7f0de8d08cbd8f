package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"purposeagent/agent"
)

// Failure is one failed attempt.
type Failure struct { //nolint:errname // a client has failures, which are errors only on their way through a reader
	Err      error                // an *agent.Error
	Why      agent.NoAnswerReason // "" is what the code of Err says
	Retry    bool
	After    time.Duration // how long the server asks to wait; 0: it did not say
	Status   int           // of HTTP, or that the body of a 2xx names
	Overflow bool          // the prompt is too long for the model
	Said     ServerError
}

// Error is what happened, in the words for people.
func (f *Failure) Error() string { return f.Err.Error() }

// noAnswer is the failure as a client returns it.
func (f *Failure) noAnswer(model string) *agent.NoAnswer {
	n := &agent.NoAnswer{Why: f.Why, Model: model, After: f.After, Err: f.Err}
	if n.Why == "" {
		n.Why = agent.NoAnswerDown
		if known, ok := agent.NoAnswerOf(f.Err); ok {
			n.Why = known.Why
		}
	}
	return n
}

// ErrCut is a stream or a body that ended before the answer did.
var ErrCut = errors.New("the stream ended before the answer did")

// Told classifies an error that came with a status of 2xx, in place of an answer
// or in the middle of it. A status that it names counts as that status.
func (s *Server) Told(raw []byte) *Failure {
	said := ErrorOf(raw)
	if strings.Contains(said.words(), "unexpected endpoint") {
		return s.classify(http.StatusNotFound, nil, said)
	}
	if status := said.Status(); status != 0 {
		return s.classify(status, nil, said)
	}
	if s.overflows(said.words()) {
		return s.classify(http.StatusBadRequest, nil, said)
	}
	return s.NoneGiven(said)
}

// NoneGiven is a reply that holds no answer, with what it holds instead.
func (s *Server) NoneGiven(said ServerError) *Failure {
	text := s.Clean(said.Message)
	if text == "" {
		text = "its reply is empty"
	}
	return &Failure{Retry: true, Why: agent.NoAnswerDown, Status: http.StatusOK, Said: said,
		Err: agent.Errorf(agent.CodeUnavailable, "%s gave no answer: %s", s.Where(), text)}
}

// Odd is a reply of 2xx that is a page or plain words.
func (s *Server) Odd(text string) *Failure {
	said := ErrorOf([]byte(text))
	words := said.words()
	switch {
	case contains(words, limitWords...):
		return s.classify(http.StatusTooManyRequests, nil, said)
	case s.overflows(words):
		return s.classify(http.StatusBadRequest, nil, said)
	}
	return &Failure{Retry: true, Why: agent.NoAnswerDown, Status: http.StatusOK, Said: said, Err: agent.Errorf(agent.CodeUnavailable,
		"the answer of %s can't be read: is it a model server? It says: %s", s.Where(), s.Clean(said.Message))}
}

// Refused classifies a reply with a status other than 2xx.
func (s *Server) Refused(status int, header http.Header, raw []byte) *Failure {
	return s.classify(status, header, ErrorOf(raw))
}

// words is all that the error says, in small letters.
func (e *ServerError) words() string {
	return strings.ToLower(e.Message + " " + e.Type + " " + e.Code + " " + e.Param)
}

var (
	keyWords    = []string{"api key not valid", "invalid api key", "incorrect api key", "invalid_api_key", "no auth credentials", "api_key_invalid"}
	creditWords = []string{"insufficient_quota", "credit balance", "insufficient balance", "insufficient credit", "insufficient funds", "not enough credit",
		"out of credit", "no credit", "check your plan and billing", "billing hard limit", "billing_hard_limit", "payment required", "prepayment"}
	limitWords = []string{"usage limit", "rate limit", "rate_limit", "too many requests", "quota exceeded", "exceeded your quota", "regain access", "spending limit", "daily limit"}
)

func (s *Server) classify(status int, header http.Header, said ServerError) *Failure {
	f := &Failure{Status: status, Said: said, After: waitOf(header, &said, s.now())}
	words := said.words()
	text := s.Clean(said.Message)
	says := ""
	if text != "" {
		says = ": " + text
	}
	fail := func(why agent.NoAnswerReason, code agent.Code, text string, args ...any) *Failure {
		f.Why, f.Err = why, agent.Errorf(code, text, args...)
		return f
	}
	switch {
	case status == http.StatusUnauthorized && s.Key == "":
		return fail(agent.NoAnswerDenied, agent.CodeDenied, "%s asks for a key: set %s%s", s.Where(), s.KeyFrom, says)
	case status == http.StatusUnauthorized, status < 500 && contains(words, keyWords...):
		f.Why, f.Err = agent.NoAnswerDenied, agent.Wrap(agent.CodeDenied, ErrOfServer, "%s does not accept the key: check %s%s", s.Where(), s.KeyFrom, says)
		return f
	case status == http.StatusPaymentRequired, status < 500 && f.After == 0 && contains(words, creditWords...):
		return fail(agent.NoAnswerDenied, agent.CodeDenied, "the account at %s has no credit left%s", s.Where(), says)
	case status == http.StatusForbidden:
		return fail(agent.NoAnswerDenied, agent.CodeDenied, "the key may not use the model %s at %s%s", s.Model, s.Where(), says)
	case status == http.StatusRequestEntityTooLarge, status == http.StatusTooManyRequests && tooLargeAlone(words), status != http.StatusTooManyRequests && s.overflows(words):
		f.Overflow, f.After, f.Why = true, 0, agent.NoAnswerRefused
		f.Err = agent.Wrap(agent.CodeInvalid, agent.ErrContextOverflow, "the prompt is too long for %s: choose a model with a larger context, or a smaller prompt budget%s", s.Model, says)
		return f
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return s.notFound(f, words, says)
	case status == http.StatusTooManyRequests, status < 500 && contains(words, limitWords...):
		f.Retry = true
		return fail(agent.NoAnswerLimited, agent.CodeRateLimited, "%s asks to slow down%s", s.Where(), says)
	case status == http.StatusNotImplemented:
		return fail(agent.NoAnswerRefused, agent.CodeUnavailable, "%s does not support this%s", s.Where(), says)
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooEarly || status >= 500:
		f.Retry = true
		return fail(agent.NoAnswerDown, agent.CodeUnavailable, "%s answered %d%s", s.Where(), status, says)
	case status >= 300 && status < 400:
		return fail(agent.NoAnswerDown, agent.CodeUnavailable, "%s redirects elsewhere%s: set %s to the final address", s.Where(), target(header), s.AddressFrom)
	}
	return fail(agent.NoAnswerRefused, agent.CodeInvalid, "%s refused the request (%d)%s", s.Where(), status, says)
}

// notFound tells a model that is not there, a request that nobody serves, and an
// address where no model server is apart.
func (s *Server) notFound(f *Failure, words, says string) *Failure {
	message := strings.ToLower(f.Said.Message)
	switch {
	case contains(words, "no endpoint", "no provider", "no allowed provider", "data policy", "guardrail"):
		f.Why = agent.NoAnswerRefused
		f.Err = agent.Errorf(agent.CodeInvalid, "%s can't serve this request to the model %s%s", s.Where(), s.Model, says)
	case contains(words, "model") && !contains(message, "unexpected endpoint") && !f.Said.Prose:
		f.Why = agent.NoAnswerDown
		f.Err = agent.Errorf(agent.CodeUnavailable, "%s has no model %q: check the name, or install it there%s", s.Where(), s.Model, says)
	default:
		f.Why = agent.NoAnswerDown
		f.Err = agent.Errorf(agent.CodeUnavailable, "%s does not answer requests for models: check %s%s%s", s.Where(), s.AddressFrom, s.versionHint(), says)
	}
	return f
}

var versioned = regexp.MustCompile(`/v\d`)

// versionHint proposes /v1 where the address has no such end.
func (s *Server) versionHint() string {
	if s.VersionPath == "" || versioned.MatchString(s.Base.Path) {
		return ""
	}
	return ", which may have to end in " + s.VersionPath
}

// target is the host that a redirect points to; its path may hold secrets.
func target(header http.Header) string {
	if u, err := url.Parse(header.Get("Location")); err == nil && u.Host != "" {
		return " (to " + u.Host + ")"
	}
	return ""
}

// gaveUp is an attempt that was ended for want of patience: it is not repeated,
// since the next one would take as long.
func (s *Server) gaveUp(why error, midway bool) *Failure {
	f := &Failure{Why: agent.NoAnswerDown}
	switch {
	case errors.Is(why, errEndless):
		f.Why, f.Err = agent.NoAnswerCut, agent.Wrap(agent.CodeTimeout, why, "the answer of %s had not come to its end after %v and was cut off", s.Where(), s.Whole)
	case midway:
		f.Why, f.Err = agent.NoAnswerCut, agent.Wrap(agent.CodeTimeout, why, "%s fell silent for %v in the middle of an answer", s.Where(), s.Timeout)
	default:
		f.Err = agent.Wrap(agent.CodeTimeout, why, "%s did not answer within %v", s.Where(), s.Timeout)
	}
	return f
}

// Broken classifies an attempt without a usable reply.
func (s *Server) Broken(ctx context.Context, err error) *Failure {
	var network *net.OpError
	var dns *net.DNSError
	var transport *url.Error
	var certificate *tls.CertificateVerificationError
	fail := func(why agent.NoAnswerReason, retry bool, code agent.Code, text string, args ...any) *Failure {
		cause := errors.New(s.Clean(err.Error()))
		if errors.As(err, &certificate) || errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &dns) || errors.As(err, &network) && network.Op == "dial" {
			cause = errors.Join(cause, ErrOfServer)
		}
		return &Failure{Why: why, Retry: retry, Err: agent.Wrap(code, cause, text, args...)}
	}
	const down = agent.NoAnswerDown
	switch {
	case ctx.Err() != nil:
		return fail(down, false, agent.CodeOf(ctx.Err()), "the request to %s was ended", s.Name())
	case errors.Is(err, errForbiddenAddress):
		return fail(agent.NoAnswerRefused, false, agent.CodeInvalid, "%s is a link-local address, where clouds keep their secrets: it is refused", s.Where())
	case errors.Is(err, ErrTooLarge):
		return fail(down, false, agent.CodeUnavailable, "the answer of %s is larger than %d MB: is it a model server?", s.Where(), MaxBodyBytes>>20)
	case errors.As(err, &certificate):
		return fail(down, false, agent.CodeUnavailable, "the certificate of %s is not trusted: check %s, or the certificates of this machine", s.Where(), s.AddressFrom)
	case errors.Is(err, http.ErrSchemeMismatch):
		return fail(down, false, agent.CodeUnavailable, "%s does not speak HTTPS: check %s, which may have to begin with http://", s.Where(), s.AddressFrom)
	case errors.As(err, &dns):
		return fail(down, true, agent.CodeUnavailable, "the host of %s is not known: check %s and the network", s.Where(), s.AddressFrom)
	case errors.As(err, &network) && network.Op == "dial":
		return fail(down, true, agent.CodeUnavailable, "no connection to %s: is the model server running?", s.Where())
	case errors.Is(err, ErrCut):
		return fail(agent.NoAnswerCut, true, agent.CodeUnavailable, "%s broke off in the middle of an answer", s.Where())
	case errors.As(err, &network), errors.As(err, &transport):
		return fail(agent.NoAnswerCut, true, agent.CodeUnavailable, "the connection to %s broke", s.Where())
	}
	return fail(agent.NoAnswerCut, true, agent.CodeUnavailable, "the answer of %s can't be read: is it a model server?", s.Where())
}

// Where names the server, without credentials or a query.
func (s *Server) Where() string { return s.Base.Scheme + "://" + s.Base.Host + s.Base.Path }

// leastKey is the length of a key that hides something, in bytes. People give local
// servers an "x", which is in half of all words.
const leastKey = 4

// Clean makes a server's text fit for people: one short line without the key.
func (s *Server) Clean(text string) string {
	if len(s.Key) >= leastKey {
		text = strings.ReplaceAll(text, s.Key, "[key]")
	}
	if len(text) > maxStray {
		text = text[:maxStray]
	}
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // marks that turn the direction of text
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}

func contains(text string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}
