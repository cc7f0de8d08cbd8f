package remote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Protocol is the version of the protocol that is spoken here.
const Protocol = 1

// request is one line to the program. Fields that a command does not have are
// left out.
type request struct {
	ID       int64  `json:"id"`
	Session  string `json:"session,omitempty"` // over HTTP only
	Command  string `json:"cmd"`
	Protocol int    `json:"protocol,omitempty"`

	// hello
	World   int64         `json:"world,omitempty"`
	Split   string        `json:"split,omitempty"`
	Options *agent.Object `json:"options,omitempty"`

	// reset, restore, purpose
	Purpose     string `json:"purpose,omitempty"`
	Description string `json:"description,omitempty"`
	Seed        *int64 `json:"seed,omitempty"`

	// step
	Action *wireAction `json:"action,omitempty"`

	// step, restore, picture, judge
	State  *agent.Object `json:"state,omitempty"`
	Hidden *agent.Object `json:"hidden,omitempty"`
}

type wireAction struct {
	Name   string       `json:"name"`
	Params agent.Object `json:"params"`
}

func (r *request) line() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, agent.Wrap(agent.CodeInternal, err, "encode a request to a remote program")
	}
	if b.Len() > MaxLineBytes {
		return nil, agent.Errorf(agent.CodeInvalid, "the request %q would be a line of %d bytes; at most %d are allowed: keep the state smaller", r.Command, b.Len(), MaxLineBytes)
	}
	return b.Bytes(), nil
}

// refusal is a program's own error: it has understood the request and has not
// moved.
type refusal struct{ err *agent.Error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// answerHead is what every answer has.
type answerHead struct {
	ID    *int64 `json:"id"`
	Error *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// noSession is the code of a server that does not know the session of a request.
const noSession = "no_session"

// maxMessageBytes bounds a program's own error message.
const maxMessageBytes = 2000

// parseAnswer checks a line and reads what every answer has. It returns the
// whole answer, a *refusal, or what is wrong with it.
func parseAnswer(line []byte, id int64) (agent.Object, error) {
	whole, err := agent.ParseObject(line)
	if err != nil {
		if _, odd := agent.FileText(line); odd != nil {
			return "", fmt.Errorf("answered %s: %s; write one JSON object in one line, in UTF-8", announced.Quoted(line), agent.MessageOf(odd))
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) == 0 || trimmed[0] != '{' {
			return "", fmt.Errorf("wrote %s to standard output, which is for answers only; print to standard error instead", announced.Quoted(line))
		}
		return "", fmt.Errorf("answered %s: %s; write one JSON object in one line", announced.Quoted(line), agent.MessageOf(err))
	}
	head, err := read[answerHead](whole)
	if err != nil {
		return "", fmt.Errorf("answered %s: %w", announced.Quoted(line), err)
	}
	switch {
	case head.ID == nil:
		return "", fmt.Errorf(`answered %s without "id"; repeat the request's id in the answer`, announced.Quoted(line))
	case *head.ID != id:
		return "", fmt.Errorf("answered with the id %d to request %d; write exactly one line for each request", *head.ID, id)
	case head.Error == nil:
		return whole, nil
	}
	text := agent.Clip(strings.TrimSpace(announced.Clean(head.Error.Message)), maxMessageBytes)
	if text == "" {
		text = "the program refused without a reason"
	}
	if head.Error.Code == noSession {
		return "", fmt.Errorf("the session is over there: %s", text)
	}
	code := agent.CodeUnavailable
	if head.Error.Code == string(agent.CodeInvalid) {
		code = agent.CodeInvalid
	}
	return "", &refusal{&agent.Error{Code: code, Message: text}}
}
