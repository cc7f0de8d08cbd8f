package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
)

// classify turns any error into one of ours and the status to answer with.
func classify(c echo.Context, err error) (*agent.Error, int) {
	var known *agent.Error
	var http4 *echo.HTTPError
	var body *bodyError
	switch {
	case errors.As(err, &body):
		return agent.Wrap(agent.CodeInvalid, err, "%s", body.message), body.status
	case errors.As(err, &known):
		return known, ui.StatusOf(known.Code)
	case errors.As(err, &http4):
		message := fmt.Sprint(http4.Message)
		switch http4.Code {
		case http.StatusNotFound:
			message = "there is no page at " + c.Request().URL.Path
		case http.StatusMethodNotAllowed:
			message = c.Request().Method + " is not possible at " + c.Request().URL.Path
		case http.StatusRequestEntityTooLarge:
			message = fmt.Sprintf("the request is larger than %d MB", ui.MaxBody>>20)
		}
		return &agent.Error{Code: ui.CodeOfStatus(http4.Code), Message: message, Err: http4.Internal}, http4.Code
	}
	code := agent.CodeOf(err)
	return agent.Wrap(code, err, "%s", agent.MessageOf(err)), ui.StatusOf(code)
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
	problem := partials.Problem{Title: titleOf(status), Text: ui.Sentence(e.Message),
		Action: partials.Link{Text: "Go to the runs", Href: templ.SafeURL(s.Path("/runs"))}}
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
	case ui.IsFragment(c):
		c.Response().Header().Set("HX-Retarget", "#toasts")
		c.Response().Header().Set("HX-Reswap", "beforeend")
		return s.Render(c, status, partials.Toast(problem))
	}
	return s.Page(c, status, layout.Frame{Title: problem.Title, Crumbs: []layout.Crumb{{Label: problem.Title}}},
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
