package api

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
)

// errorBody is the one shape of every error: {"error":{code,message,fields}}.
type errorBody struct { //nolint:errname // the API's description names its schema after it
	Err    errorDetail `json:"error"`
	status int
}

type errorDetail struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty" doc:"what is wrong, by field"`
}

func (e *errorBody) Error() string  { return e.Err.Message }
func (e *errorBody) GetStatus() int { return e.status }

// failure classifies an error for the client. What is our own fault is logged
// with a reference number, and only the number is shown.
func (s *server) failure(ctx context.Context, err error) *errorBody {
	code := agent.CodeOf(err)
	body := &errorBody{status: ui.StatusOf(code), Err: errorDetail{Code: string(code), Message: agent.MessageOf(err)}}
	if e, ok := errors.AsType[*agent.Error](err); ok {
		body.Err.Fields = e.Fields
	}
	if code == agent.CodeInternal {
		reference := rand.Text()[:8]
		s.Logger.ErrorContext(ctx, "api request failed", "ref", reference, "err", err)
		body.Err.Message = "something went wrong inside Purpose; the log has it under " + reference
	}
	return body
}

// errorFormat makes huma speak our error shape. It is huma's one setting for
// the whole program; setting it again changes nothing.
func errorFormat() {
	huma.NewError = newError
	huma.NewErrorWithContext = func(_ huma.Context, status int, message string, errs ...error) huma.StatusError {
		return newError(status, message, errs...)
	}
}

// maxFields bounds how many wrong fields an answer names.
const maxFields = 40

func newError(status int, message string, errs ...error) huma.StatusError {
	body := &errorBody{status: status, Err: errorDetail{Code: string(ui.CodeOfStatus(status)), Message: message}}
	for _, err := range errs {
		detail, ok := err.(huma.ErrorDetailer)
		if !ok {
			if err != nil && status < 500 {
				body.Err.Message += ": " + err.Error()
			}
			continue
		}
		d := detail.ErrorDetail()
		field := fieldIn(d.Location)
		if missing, ok := strings.CutSuffix(d.Message, " is missing"); ok { // huma names the object around it
			field, d = strings.TrimPrefix(strings.TrimPrefix(field+".", "body.")+missing, "."), &huma.ErrorDetail{Message: "is missing"}
		}
		if name, words, ok := strings.Cut(d.Message, ": "); ok && field == "body" && !strings.Contains(name, " ") { // readJSON names it so
			field, d = name, &huma.ErrorDetail{Message: words}
		}
		if field == "" || field == "body" || field == "query" {
			body.Err.Message += ": " + d.Message
			continue
		}
		if body.Err.Fields == nil {
			body.Err.Fields = map[string]string{}
		}
		if len(body.Err.Fields) < maxFields {
			body.Err.Fields[agent.Clip(field, 200)] = agent.Clip(d.Message, 500)
		}
	}
	if len(body.Err.Fields) == 1 {
		for field, text := range body.Err.Fields {
			body.Err.Message = field + ": " + text
		}
	}
	return body
}

// fieldIn is a field's name for people: without the part of the request it is in.
func fieldIn(location string) string {
	for _, part := range []string{"body.", "query.", "path."} {
		if rest, ok := strings.CutPrefix(location, part); ok {
			return rest
		}
	}
	return location
}
