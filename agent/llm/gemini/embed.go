package gemini

import (
	"context"
	"encoding/json"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
)

// maxEmbedded bounds the texts of one request; the API takes 100.
const maxEmbedded = 64

type embedding struct {
	Model   string  `json:"model"`
	Content content `json:"content"`
}

// Embed asks the model, one of embeddings, for the vectors of texts, which come in
// the order of the texts. Errors are those of Generate.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, 0, len(texts))
	for part := range slices.Chunk(texts, maxEmbedded) {
		some, err := wire.Retry(ctx, c.Server, func() ([][]float32, *wire.Failure) { return c.embed(ctx, part) })
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, some...)
	}
	return vectors, nil
}

func (c *Client) embed(ctx context.Context, texts []string) (vectors [][]float32, failed *wire.Failure) {
	var asked struct {
		Requests []embedding `json:"requests"`
	}
	for _, text := range texts {
		asked.Requests = append(asked.Requests, embedding{c.resource(), content{Parts: []part{{Text: text}}}})
	}
	failed = c.Post(ctx, c.path("batchEmbedContents"), asked, func(reply *wire.Reply) error {
		raw, err := reply.Bytes()
		if err != nil {
			return err
		}
		var answer struct {
			Embeddings []struct {
				Values []*float32 `json:"values"`
			} `json:"embeddings"`
			Error json.RawMessage `json:"error"`
		}
		switch err := wire.Decode(raw, &answer); {
		case wire.HasError(answer.Error):
			return c.Told(raw)
		case err != nil:
			return err
		}
		for _, e := range answer.Embeddings {
			v := make([]float32, 0, len(e.Values))
			for _, x := range e.Values {
				if x == nil {
					v = nil
					break
				}
				v = append(v, *x)
			}
			vectors = append(vectors, v)
		}
		if problem := badVectors(vectors, len(texts)); problem != "" {
			return &wire.Failure{Why: agent.NoAnswerRefused, Err: agent.Errorf(agent.CodeInvalid,
				"%s gave no vectors for the model %s (%s): is it a model of embeddings?", c.Where(), c.Model, problem)}
		}
		return nil
	})
	return vectors, failed
}

// badVectors says what is wrong with the vectors of so many texts; "" for nothing.
func badVectors(vectors [][]float32, texts int) string {
	if len(vectors) != texts {
		return "there are not as many as there are texts"
	}
	for _, v := range vectors {
		switch {
		case len(v) == 0:
			return "one is empty, or holds something that is not a number"
		case len(v) != len(vectors[0]):
			return "they are of different lengths"
		case !slices.ContainsFunc(v, func(x float32) bool { return x != 0 }):
			return "one is all zeros"
		}
	}
	return ""
}
