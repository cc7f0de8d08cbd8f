// Package client asks the API of a serving program, for commands that run beside it.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent"
)

// callTimeout limits one request to the serving program.
const callTimeout = 30 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 32 << 20

// Call asks the API of a serving program, whose database nobody else may open,
// and decodes the answer into it. Errors are those that the API tells, and
// CodeUnavailable where nothing serves.
func Call(ctx context.Context, method, server, path string, content, into any) error {
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
		return agent.Errorf(agent.CodeInvalid, "%s is no address of a server: %v; name one with --server", server, err)
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

// MaxListed bounds what one List returns.
const MaxListed = 10_000

// List reads a list of the API page by page: what a query finds, sorted, at most
// limit items, which is 1 to MaxListed. Errors are as for Call.
func List(ctx context.Context, server, path, query, sort string, limit int) ([]json.RawMessage, error) {
	values := url.Values{"q": {query}}
	if sort != "" {
		values.Set("sort", sort)
	}
	var items []json.RawMessage
	for {
		values.Set("limit", strconv.Itoa(min(limit-len(items), 200)))
		var page struct {
			Items []json.RawMessage
			Next  string `json:"next_cursor"`
		}
		if err := Call(ctx, http.MethodGet, server, path+"?"+values.Encode(), nil, &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Next == "" || len(items) >= limit {
			return items, nil
		}
		values.Set("cursor", page.Next)
	}
}

// Decode decodes the items of a list.
func Decode[T any](items []json.RawMessage) ([]T, error) {
	rows := make([]T, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &rows[i]); err != nil {
			return nil, agent.Wrap(agent.CodeUnavailable, err, "the server's list can't be read: is it of another version?")
		}
	}
	return rows, nil
}
