package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
)

// StatusOf maps an error's code to an HTTP status: the one place that does.
func StatusOf(code agent.Code) int {
	switch code {
	case agent.CodeInvalid:
		return http.StatusUnprocessableEntity
	case agent.CodeNotFound:
		return http.StatusNotFound
	case agent.CodeConflict:
		return http.StatusConflict
	case agent.CodeUnavailable, agent.CodeStopped:
		return http.StatusServiceUnavailable
	case agent.CodeRateLimited:
		return http.StatusTooManyRequests
	case agent.CodeDenied:
		return http.StatusForbidden
	case agent.CodeTimeout:
		return http.StatusGatewayTimeout
	case agent.CodeInternal:
	}
	return http.StatusInternalServerError
}

// CodeOfStatus is the code of an error that a router or library made.
func CodeOfStatus(status int) agent.Code {
	switch status {
	case http.StatusNotFound:
		return agent.CodeNotFound
	case http.StatusForbidden, http.StatusUnauthorized:
		return agent.CodeDenied
	case http.StatusTooManyRequests:
		return agent.CodeRateLimited
	case http.StatusConflict:
		return agent.CodeConflict
	case http.StatusServiceUnavailable:
		return agent.CodeUnavailable
	}
	if status < 500 {
		return agent.CodeInvalid
	}
	return agent.CodeInternal
}

// classify turns any error into one of ours and the status to answer with.
func classify(c echo.Context, err error) (*agent.Error, int) {
	var known *agent.Error
	var http4 *echo.HTTPError
	var body *bodyError
	switch {
	case errors.As(err, &body):
		return agent.Wrap(agent.CodeInvalid, err, "%s", body.message), body.status
	case errors.As(err, &known):
		return known, StatusOf(known.Code)
	case errors.As(err, &http4):
		message := fmt.Sprint(http4.Message)
		switch http4.Code {
		case http.StatusNotFound:
			message = "there is no page at " + c.Request().URL.Path
		case http.StatusMethodNotAllowed:
			message = c.Request().Method + " is not possible at " + c.Request().URL.Path
		case http.StatusRequestEntityTooLarge:
			message = fmt.Sprintf("the request is larger than %d MB", MaxBody>>20)
		}
		return &agent.Error{Code: CodeOfStatus(http4.Code), Message: message, Err: http4.Internal}, http4.Code
	}
	code := agent.CodeOf(err)
	return agent.Wrap(code, err, "%s", agent.MessageOf(err)), StatusOf(code)
}

// handleError is the only place that logs an error and answers with one:
// JSON under /api/, a toast for htmx, a page otherwise.
func (s *Server) handleError(err error, c echo.Context) {
	ctx := c.Request().Context()
	if _, ok := errors.AsType[*bodyError](err); ok { // net/http took its end for the client's
		ctx = context.WithoutCancel(ctx)
		c.SetRequest(c.Request().WithContext(ctx))
	}
	if c.Response().Committed || errors.Is(ctx.Err(), context.Canceled) {
		return // the answer is under way, or nobody waits for it
	}
	e, status := classify(c, err)
	problem := partials.Problem{Title: titleOf(status), Text: sentence(e.Message),
		Action: partials.Link{Text: "Go to the runs", Href: templ.SafeURL(s.path("/runs"))}}
	if status >= 500 {
		problem.Reference = c.Response().Header().Get(echo.HeaderXRequestID)
		if e.Code == agent.CodeInternal {
			problem.Text = "Something went wrong inside Purpose. What is stored is safe; try again, and if it happens again, report the reference."
		}
		s.cfg.Logger.ErrorContext(ctx, "request failed", "err", err, "method", c.Request().Method,
			"path", c.Request().URL.Path, "reference", problem.Reference)
	}
	if err := s.answerError(c, status, e, problem); err != nil {
		s.cfg.Logger.ErrorContext(ctx, "error could not be shown", "err", err)
	}
}

func (s *Server) answerError(c echo.Context, status int, e *agent.Error, problem partials.Problem) error {
	path := strings.TrimPrefix(c.Request().URL.Path, s.cfg.BasePath)
	switch {
	case c.Request().Method == http.MethodHead:
		return c.NoContent(status)
	case strings.HasPrefix(path, "/api/"):
		return c.JSON(status, map[string]any{"error": apiError{e.Code, apiMessage(e, problem), e.Fields}})
	case path == "/readyz":
		return c.String(status, problem.Text+"\n")
	case isFragment(c):
		c.Response().Header().Set("HX-Retarget", "#toasts")
		c.Response().Header().Set("HX-Reswap", "beforeend")
		return s.render(c, status, partials.Toast(problem))
	}
	return s.page(c, status, layout.Frame{Title: problem.Title, Crumbs: []layout.Crumb{{Label: problem.Title}}},
		partials.ProblemPage(problem))
}

type apiError struct {
	Code    agent.Code        `json:"code"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"`
}

func apiMessage(e *agent.Error, problem partials.Problem) string {
	if problem.Reference != "" && e.Code == agent.CodeInternal {
		return "something went wrong inside Purpose (reference " + problem.Reference + ")"
	}
	return e.Message
}

func titleOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Not found"
	case http.StatusConflict:
		return "That changed in the meantime"
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "Not available right now"
	}
	if status < 500 {
		return "That did not work"
	}
	return "Something went wrong"
}

// sentence starts with a capital, where it starts with a word, and ends with a
// full stop. An address, a field or a model's name stays as it is written.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	out := text
	if first, _, _ := strings.Cut(text, " "); !strings.ContainsAny(strings.TrimRight(first, ":,"), ":/._-0123456789") {
		out = title(text)
	}
	if !strings.ContainsAny(out[len(out)-1:], ".!?") {
		out += "."
	}
	return out
}

// recoverer turns a panic into an error with its stack in the log.
func (s *Server) recoverer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if cause, ok := r.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}
