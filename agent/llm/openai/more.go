package openai

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// Models lists what the server has, by name. Errors are those of Generate. Where
// the address finds no list and would with /v1 at its end, the error says so.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	return wire.Retry(ctx, c.Server, func() ([]string, *wire.Failure) {
		names, failed := c.list(ctx, "models")
		if failed == nil || failed.Why != agent.NoAnswerDown || failed.Status == 0 || strings.Contains(c.Base.Path, c.VersionPath) {
			return names, failed
		}
		if _, without := c.list(ctx, "v1/models"); without == nil {
			return nil, &wire.Failure{Why: agent.NoAnswerDown, Err: agent.Errorf(agent.CodeUnavailable,
				"%s has no list of models, but %sv1 has: set %s to %sv1", c.Where(), c.Where(), c.AddressFrom, c.Where())}
		}
		return nil, failed
	})
}

func (c *Client) list(ctx context.Context, path string) (names []string, failed *wire.Failure) {
	failed = c.Get(ctx, path, func(reply *wire.Reply) error {
		raw, err := reply.Bytes()
		if err != nil {
			return err
		}
		listed, found := wire.ModelNames(raw)
		if !found || len(listed) == 0 && wire.ErrorOf(raw).Message != "" {
			return c.noList(raw)
		}
		slices.Sort(listed)
		names = slices.Compact(listed)
		return nil
	})
	return names, failed
}

// noList is a reply of 2xx that is no list of models.
func (c *Client) noList(raw []byte) *wire.Failure {
	said := wire.ErrorOf(raw)
	switch {
	case said.Prose:
		return c.Odd(said.Message)
	case said.Message == "":
		return c.NoneGiven(wire.ServerError{Message: "it is not a list of models"})
	}
	return c.Told(raw)
}

// Structured says how the server was found to hold a model to a schema:
// json_schema, tool_call, json_object or text. It is what was learned from answers so far.
func (c *Client) Structured() string {
	switch c.learned.Known().format {
	case formatSchema, formatPlain:
		return "json_schema"
	case formatTool:
		return "tool_call"
	case formatObject:
		return "json_object"
	case formatText:
	}
	return "text"
}

// CallsTools asks the model to call a tool that gives the answer by the request's
// schema, and reports whether it did: many servers take tools and ignore them.
// Errors are those of Generate.
func (c *Client) CallsTools(ctx context.Context, request chat.Request) (bool, agent.Usage, error) {
	d := c.learned.Known()
	d.format = formatTool
	room := c.Room()
	response, err := wire.Retry(ctx, c.Server, func() (chat.Response, *wire.Failure) {
		answer, failed := c.send(ctx, d.body(c.Model, request, room), nil)
		if failed == nil {
			failed = answer.failure(c.Server)
		}
		if failed != nil {
			return chat.Response{}, failed
		}
		text, _ := answer.calledWith(request)
		return chat.Response{Text: text, Usage: answer.usage()}, nil
	})
	return err == nil && json.Valid([]byte(response.Text)), response.Usage, err
}
