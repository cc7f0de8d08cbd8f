package openai

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

var _ chat.Embedder = (*Client)(nil)

// maxEmbedded bounds the texts of one request.
const maxEmbedded = 64

// Embed asks the model, one of embeddings, for the vectors of texts: finite, of
// one length, none of them zero. Errors are those of Generate.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, 0, len(texts))
	for part := range slices.Chunk(texts, maxEmbedded) {
		some, err := wire.Retry(ctx, c.Server, func() ([][]float32, *wire.Failure) { return c.embed(ctx, part) })
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, some...)
	}
	for _, v := range vectors {
		if len(v) != len(vectors[0]) {
			return nil, c.noVectors("they differ in length")
		}
	}
	return vectors, nil
}

type embedRequest struct {
	Model    string   `json:"model"`
	Input    []string `json:"input"`
	Encoding string   `json:"encoding_format,omitempty"`
}

func (c *Client) embed(ctx context.Context, texts []string) (vectors [][]float32, failed *wire.Failure) {
	request := embedRequest{Model: c.Model, Input: texts, Encoding: "float"}
	read := func(reply *wire.Reply) error {
		raw, err := reply.Bytes()
		if err == nil {
			vectors, err = c.vectors(raw, len(texts))
		}
		return err
	}
	failed = c.Post(ctx, "embeddings", request, read)
	if failed != nil && (failed.Status == 400 || failed.Status == 422) && strings.Contains(failed.Said.Param+failed.Said.Message, "encoding_format") {
		request.Encoding = ""
		failed = c.Post(ctx, "embeddings", request, read)
	}
	return vectors, failed
}

func (c *Client) noVectors(why string) *agent.NoAnswer {
	return &agent.NoAnswer{Why: agent.NoAnswerRefused, Model: c.Name(), Err: agent.Errorf(agent.CodeInvalid,
		"%s gave no vectors for the model %s (%s): is it a model of embeddings?", c.Where(), c.Model, why)}
}

// vectors reads the vectors of n texts, in their order: by index, or by position
// where an entry has none.
func (c *Client) vectors(raw []byte, n int) ([][]float32, error) {
	odd := func(why string) error { return &wire.Failure{Why: agent.NoAnswerRefused, Err: c.noVectors(why).Err} }
	var whole map[string]json.RawMessage
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		if err := wire.Decode(raw, &whole); err != nil {
			return nil, err
		}
		for _, key := range []string{"data", "embeddings"} {
			if json.Unmarshal(whole[key], &entries) == nil && len(entries) > 0 {
				break
			}
		}
		if told(whole["error"]) || len(entries) == 0 && wire.ErrorOf(raw).Message != "" {
			return nil, c.Told(raw)
		}
	}
	if len(entries) != n {
		return nil, odd("it gave " + counted(len(entries)) + " for " + counted(n))
	}
	vectors := make([][]float32, n)
	for i, entry := range entries {
		at, value := i, entry
		if len(entry) > 0 && entry[0] == '{' {
			var e struct {
				Index     *int
				Embedding json.RawMessage
			}
			if json.Unmarshal(entry, &e) != nil {
				return nil, odd("an entry can't be read")
			}
			value = e.Embedding
			if e.Index != nil {
				at = *e.Index
			}
		}
		if at < 0 || at >= n || vectors[at] != nil {
			return nil, odd("their numbers are wrong")
		}
		v, why := vector(value, 0)
		if why != "" {
			return nil, odd(why)
		}
		vectors[at] = v
	}
	return vectors, nil
}

func counted(n int) string {
	if n == 1 {
		return "1 vector"
	}
	return strconv.Itoa(n) + " vectors"
}

// vector reads one: numbers, a list of one such list, or base64 of little-endian
// numbers of 32 bits. It returns what is wrong with it.
func vector(raw json.RawMessage, depth int) ([]float32, string) {
	var v []float32
	var text string
	var nested []json.RawMessage
	switch {
	case json.Unmarshal(raw, &text) == nil && text != "":
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b)%4 != 0 {
			return nil, "one is neither a list of numbers nor base64 of them"
		}
		v = make([]float32, len(b)/4)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case json.Unmarshal(raw, &nested) == nil && len(nested) == 1 && len(nested[0]) > 0 && nested[0][0] == '[' && depth == 0:
		return vector(nested[0], 1)
	default:
		var numbers []*float64
		if json.Unmarshal(raw, &numbers) != nil {
			return nil, "one is not a list of numbers"
		}
		v = make([]float32, len(numbers))
		for i, x := range numbers {
			if x == nil {
				return nil, "one has holes"
			}
			v[i] = float32(*x)
		}
	}
	zero := true
	for _, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, "one holds something that is not a number"
		}
		zero = zero && x == 0
	}
	if zero {
		return nil, "one is empty or nothing but zeros"
	}
	return v, ""
}
