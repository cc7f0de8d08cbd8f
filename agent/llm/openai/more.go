package openai

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
)

var _ agent.Embedder = (*Client)(nil)

// Models lists what the server has, by name. Errors are those of Generate.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	service := sdk.NewModelService(options(c.Server)...)
	return wire.Retry(ctx, c.Server, func() ([]string, *wire.Failure) {
		attempt, cancel := context.WithTimeout(ctx, c.Timeout)
		defer cancel()
		var reply *http.Response
		page, err := service.List(attempt, option.WithResponseInto(&reply))
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

// Structured says how the server was found to hold a model to a schema:
// json_schema, tool_call, json_object or text. It is what was learned from answers so far.
func (c *Client) Structured() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.dialect.format {
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
	c.mu.Lock()
	d := c.dialect
	c.mu.Unlock()
	d.format = formatTool
	response, err := wire.Retry(ctx, c.Server, func() (agent.Response, *wire.Failure) {
		completion, failed := c.send(ctx, params(c.Model, request, d))
		if failed != nil {
			return agent.Response{}, failed
		}
		return c.response(completion, d, request)
	})
	return err == nil && json.Valid([]byte(response.Text)), response.Usage, err
}

// maxEmbedded bounds the texts of one request.
const maxEmbedded = 64

// Embed asks the model, one of embeddings, for the vectors of texts. Errors are
// those of Generate.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	service := sdk.NewEmbeddingService(options(c.Server)...)
	vectors := make([][]float32, 0, len(texts))
	for part := range slices.Chunk(texts, maxEmbedded) {
		some, err := wire.Retry(ctx, c.Server, func() ([][]float32, *wire.Failure) { return c.embed(ctx, service, part) })
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, some...)
	}
	return vectors, nil
}

func (c *Client) embed(ctx context.Context, service sdk.EmbeddingService, texts []string) ([][]float32, *wire.Failure) {
	attempt, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	var reply *http.Response
	answer, err := service.New(attempt, sdk.EmbeddingNewParams{Model: c.Model, Input: sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
		EncodingFormat: sdk.EmbeddingNewParamsEncodingFormatFloat}, option.WithResponseInto(&reply))
	if failed := c.refusal(reply); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, c.Broken(ctx, attempt, err)
	}
	odd := &wire.Failure{Err: agent.Errorf(agent.CodeInvalid, "%s gave no vectors for the model %s: is it a model of embeddings?", c.Where(), c.Model)}
	if len(answer.Data) != len(texts) {
		return nil, odd
	}
	vectors := make([][]float32, len(texts))
	for _, e := range answer.Data {
		if e.Index < 0 || e.Index >= int64(len(texts)) || vectors[e.Index] != nil || len(e.Embedding) == 0 {
			return nil, odd
		}
		v := make([]float32, len(e.Embedding))
		for i, x := range e.Embedding {
			v[i] = float32(x)
		}
		vectors[e.Index] = v
	}
	for _, v := range vectors {
		if len(v) != len(vectors[0]) {
			return nil, odd
		}
	}
	return vectors, nil
}
