package anthropic

import (
	"context"
	"net/url"

	"purposeagent/agent/llm/wire"
)

// Models lists what the key may use, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	return wire.AllPages(ctx, c.Server, func(after string) (wire.Page, *wire.Failure) { return c.page(ctx, after) })
}

func (c *Client) page(ctx context.Context, after string) (page wire.Page, failed *wire.Failure) {
	query := url.Values{"limit": {"1000"}}
	if after != "" {
		query.Set("after_id", after)
	}
	failed = c.Get(ctx, c.version+"models?"+query.Encode(), func(reply *wire.Reply) error {
		raw, err := reply.Bytes()
		if err != nil {
			return err
		}
		names, ok := wire.ModelNames(raw)
		if !ok {
			return c.Told(raw)
		}
		var more struct {
			HasMore bool   `json:"has_more"`
			LastID  string `json:"last_id"`
		}
		_ = wire.DecodeFitting(raw, &more) // a list by itself has no more
		page = wire.Page{Names: names}
		if more.HasMore {
			page.Next = more.LastID
		}
		return nil
	})
	return page, failed
}

// Structured says how the model was found to be held to a schema.
func (c *Client) Structured() string {
	switch c.learned.Known().format {
	case formatSchema, formatPlain:
		return "json_schema"
	case formatTool:
		return "tool_call"
	case formatText:
	}
	return "text"
}
