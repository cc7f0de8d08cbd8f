package openai

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"purposeagent/agent"
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
		entries, found := modelEntries(raw)
		if !found {
			return c.noList(raw)
		}
		names = make([]string, 0, len(entries))
		for _, entry := range entries {
			if name := modelName(entry); name != "" && !slices.Contains(names, name) && len(names) < maxListed {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return nil
	})
	return names, failed
}

// maxListed bounds the names of a list.
const maxListed = 5000

// noList is a reply of 2xx that is no list of models.
func (c *Client) noList(raw []byte) *wire.Failure {
	said := wire.ErrorOf(raw)
	switch {
	case said.Prose:
		return c.Odd(said.Message)
	case said.Message == "":
		return c.NoneGiven(wire.ServerError{Message: "it is no list of models"})
	}
	return c.Told(raw)
}

// modelEntries finds the list of models: bare, or under the names that servers use.
func modelEntries(raw []byte) ([]json.RawMessage, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && list != nil {
		return list, true
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil, false
	}
	for _, key := range []string{"data", "models", "items", "results", "result"} {
		inner, ok := object[key]
		if !ok {
			continue
		}
		if string(inner) == "null" && !told(object["error"]) {
			return nil, true
		}
		if json.Unmarshal(inner, &list) == nil {
			return list, true
		}
	}
	return nil, false
}

// modelName is the name of an entry: itself, or under the names that servers use.
func modelName(entry json.RawMessage) string {
	var name word
	if json.Unmarshal(entry, &name) == nil && name != "" {
		return string(name)
	}
	var m struct{ ID, Model, Name, Key word }
	if json.Unmarshal(entry, &m) != nil {
		return ""
	}
	for _, name := range []word{m.ID, m.Model, m.Name, m.Key} {
		if name != "" {
			return string(name)
		}
	}
	return ""
}

// Structured says how the server was found to hold a model to a schema:
// json_schema, tool_call, json_object or text. It is what was learned from answers so far.
func (c *Client) Structured() string {
	switch c.known().format {
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
func (c *Client) CallsTools(ctx context.Context, request agent.Request) (bool, agent.Usage, error) {
	d := c.known()
	d.format = formatTool
	room := c.Room()
	response, err := wire.Retry(ctx, c.Server, func() (agent.Response, *wire.Failure) {
		answer, failed := c.send(ctx, d.body(c.Model, request, room), nil)
		if failed == nil {
			failed = answer.failure(c.Server)
		}
		if failed != nil {
			return agent.Response{}, failed
		}
		text, _ := answer.calledWith(request)
		return agent.Response{Text: text, Usage: answer.usage()}, nil
	})
	return err == nil && json.Valid([]byte(response.Text)), response.Usage, err
}
