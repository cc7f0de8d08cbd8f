package anthropic

import (
	"context"
	"net/http"
	"slices"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"purposeagent/agent/llm/wire"
)

// Models lists what the key may use, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	service := sdk.NewModelService(options(c.Server)...)
	return wire.Retry(ctx, c.Server, func() ([]string, *wire.Failure) {
		attempt, cancel := context.WithTimeout(ctx, c.Timeout)
		defer cancel()
		var reply *http.Response
		page, err := service.List(attempt, sdk.ModelListParams{Limit: sdk.Int(100)}, option.WithResponseInto(&reply))
		if failed := c.refusal(reply); failed != nil {
			return nil, failed
		}
		if err != nil {
			return nil, c.Broken(ctx, attempt, err)
		}
		names := make([]string, 0, len(page.Data))
		for _, m := range page.Data {
			names = append(names, m.ID)
		}
		slices.Sort(names)
		return names, nil
	})
}

// Structured says how the model was found to be held to a schema.
func (c *Client) Structured() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.dialect.format {
	case formatSchema, formatPlain:
		return "json_schema"
	case formatTool:
		return "tool_call"
	case formatText:
	}
	return "text"
}
