package gemini

import (
	"context"
	"net/url"
	"strings"

	"purposeagent/agent/llm/wire"
)

// Models lists what the key may use, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	return wire.AllPages(ctx, c.Server, func(token string) (wire.Page, *wire.Failure) { return c.page(ctx, token) })
}

func (c *Client) page(ctx context.Context, token string) (page wire.Page, failed *wire.Failure) {
	query := url.Values{"pageSize": {"1000"}}
	if token != "" {
		query.Set("pageToken", token)
	}
	failed = c.Get(ctx, c.version+"models?"+query.Encode(), func(reply *wire.Reply) error {
		raw, err := reply.Bytes()
		if err != nil {
			return err
		}
		names, ok := wire.ModelNames(raw)
		if !ok && strings.TrimSpace(string(raw)) != "{}" { // what the API sends for an empty list
			return c.Told(raw)
		}
		for i, name := range names {
			names[i] = strings.TrimPrefix(name, "models/")
		}
		var more struct {
			NextPageToken string `json:"nextPageToken"`
		}
		_ = wire.DecodeFitting(raw, &more) // a list by itself has no more
		page = wire.Page{Names: names, Next: more.NextPageToken}
		return nil
	})
	return page, failed
}

// Structured says how the model was found to be held to a schema.
func (c *Client) Structured() string {
	switch c.learned.Known().format {
	case formatSchema, formatPlain:
		return "json_schema"
	case formatObject:
		return "json_object"
	case formatText:
	}
	return "text"
}
