package gemini

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"purposeagent/agent/llm/wire"
)

// maxPages bounds a list of models, of which a page holds up to 1,000.
const maxPages = 10

// Models lists what the key may use, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	var names []string
	token := ""
	for range maxPages {
		page, err := wire.Retry(ctx, c.Server, func() (page, *wire.Failure) { return c.page(ctx, token) })
		if err != nil {
			return nil, err
		}
		for _, name := range page.names {
			names = append(names, strings.TrimPrefix(name, "models/"))
		}
		if page.NextPageToken == "" || page.NextPageToken == token {
			break
		}
		token = page.NextPageToken
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// page is one page of a list of models.
type page struct {
	names         []string
	NextPageToken string `json:"nextPageToken"`
}

func (c *Client) page(ctx context.Context, token string) (p page, failed *wire.Failure) {
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
	case formatObject:
		return "json_object"
	case formatText:
	}
	return "text"
}
