package anthropic

import (
	"context"
	"net/url"
	"slices"

	"purposeagent/agent/llm/wire"
)

// maxPages bounds a list of models, of which a page holds up to 1,000.
const maxPages = 10

// Models lists what the key may use, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	var names []string
	after := ""
	for range maxPages {
		page, err := wire.Retry(ctx, c.Server, func() (page, *wire.Failure) { return c.page(ctx, after) })
		if err != nil {
			return nil, err
		}
		names = append(names, page.names...)
		if !page.HasMore || page.LastID == "" || page.LastID == after {
			break
		}
		after = page.LastID
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// page is one page of a list of models.
type page struct {
	names   []string
	HasMore bool   `json:"has_more"`
	LastID  string `json:"last_id"`
}

func (c *Client) page(ctx context.Context, after string) (p page, failed *wire.Failure) {
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
		_ = decode(raw, &p)
		p.names = names
		return nil
	})
	return p, failed
}

// Structured says how the model was found to be held to a schema.
func (c *Client) Structured() string {
	switch c.known().format {
	case formatSchema, formatPlain:
		return "json_schema"
	case formatTool:
		return "tool_call"
	case formatText:
	}
	return "text"
}
