package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"purposeagent/agent"
)

// callTimeout limits one request to the serving program.
const callTimeout = 30 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 32 << 20

// call asks the API of a serving program, whose database nobody else may open,
// and decodes the answer into it. Errors are those that the API tells, and
// CodeUnavailable where nothing serves.
func call(ctx context.Context, method, server, path string, content, into any) error {
	var body io.Reader
	if content != nil {
		raw, err := json.Marshal(content)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(server, "/")+path, body)
	if err != nil {
		return &usageError{fmt.Errorf("--server: %w", err)}
	}
	if content != nil || method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return agent.Wrap(agent.CodeUnavailable, err, "nothing serves at %s; start purpose serve, or name its address with --server", server)
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	var failed struct {
		Error *struct {
			Code    agent.Code
			Message string
			Fields  map[string]string
		}
	}
	if err := json.Unmarshal(raw, &failed); err != nil {
		return agent.Errorf(agent.CodeUnavailable, "%s answered %s without JSON: is it Purpose?", server, response.Status)
	}
	if e := failed.Error; e != nil {
		return &agent.Error{Code: e.Code, Message: e.Message, Fields: e.Fields}
	}
	return json.Unmarshal(raw, into)
}
