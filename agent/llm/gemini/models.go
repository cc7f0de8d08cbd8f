package gemini

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/genai"

	"purposeagent/agent/llm/wire"
)

// Models lists what the key may use, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	return wire.Retry(ctx, c.Server, func() ([]string, *wire.Failure) {
		limited, cancel := context.WithTimeout(ctx, c.Timeout)
		defer cancel()
		kept := &wire.Kept{}
		page, err := c.models.List(wire.Keeping(limited, kept), &genai.ListModelsConfig{PageSize: 200})
		switch {
		case kept.Reply != nil:
			return nil, c.Refused(kept.Reply.StatusCode, kept.Reply.Header, kept.Raw)
		case err != nil:
			return nil, c.Broken(ctx, limited, err)
		}
		var names []string
		for _, m := range page.Items {
			names = append(names, strings.TrimPrefix(m.Name, "models/"))
		}
		slices.Sort(names)
		return names, nil
	})
}

// Structured says that the API holds models to a schema.
func (c *Client) Structured() string { return "json_schema" }
