// Package gemini talks to Google's Gemini API.
package gemini

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"

	"google.golang.org/genai"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
)

// DefaultBaseURL is Google's own server, without the version.
const DefaultBaseURL = "https://generativelanguage.googleapis.com"

// Client is an agent.LLM. It is safe for concurrent use.
type Client struct {
	*wire.Server
	models *genai.Models
}

var _ agent.LLM = (*Client)(nil)

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad address
// or model name.
func New(cfg wire.Config) (*Client, error) {
	cfg.Provider, cfg.BaseURL = cmp.Or(cfg.Provider, "gemini"), cmp.Or(cfg.BaseURL, DefaultBaseURL)
	server, err := wire.NewServer(cfg)
	if err != nil {
		return nil, err
	}
	guarded := *server.HTTP
	guarded.Transport = wire.KeepRefusals(guarded.Transport)
	client, err := genai.NewClient(context.Background(), &genai.ClientConfig{APIKey: cmp.Or(server.Key, "none"), Backend: genai.BackendGeminiAPI,
		HTTPClient: &guarded, HTTPOptions: genai.HTTPOptions{BaseURL: server.Base.String(), APIVersion: "v1beta"}})
	if err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, errors.New(server.Clean(err.Error())), "the client for %s can't be made", server.Where())
	}
	return &Client{Server: server, models: client.Models}, nil
}

// Generate asks the model, with the errors and retries of wire.Retry.
func (c *Client) Generate(ctx context.Context, request agent.Request) (agent.Response, error) {
	return wire.Retry(ctx, c.Server, func() (agent.Response, *wire.Failure) { return c.attempt(ctx, request) })
}

func (c *Client) attempt(ctx context.Context, request agent.Request) (agent.Response, *wire.Failure) {
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	kept := &wire.Kept{}
	attempt := wire.Keeping(limited, kept)
	contents, config := params(request)
	var answer *genai.GenerateContentResponse
	var err error
	if request.OnText == nil {
		answer, err = c.models.GenerateContent(attempt, c.Model, contents, config)
	} else {
		answer, err = c.stream(attempt, contents, config, request.OnText)
	}
	switch {
	case kept.Reply != nil:
		return agent.Response{}, c.Refused(kept.Reply.StatusCode, kept.Reply.Header, kept.Raw)
	case err != nil:
		var told genai.APIError
		if errors.As(err, &told) && told.Message != "" { // in mid-stream
			return agent.Response{}, &wire.Failure{Retry: true, Err: agent.Errorf(agent.CodeUnavailable, "%s broke off its answer: %s", c.Where(), c.Clean(told.Message))}
		}
		return agent.Response{}, c.Broken(ctx, limited, err)
	}
	return c.response(answer)
}

// stream folds the parts of a streamed answer to one.
func (c *Client) stream(ctx context.Context, contents []*genai.Content, config *genai.GenerateContentConfig, onText func(string)) (*genai.GenerateContentResponse, error) {
	whole := &genai.GenerateContentResponse{Candidates: []*genai.Candidate{{Content: &genai.Content{}}}}
	text := wire.NewGrowing(onText)
	for part, err := range c.models.GenerateContentStream(ctx, c.Model, contents, config) {
		if err != nil {
			return nil, err
		}
		whole.ModelVersion = cmp.Or(part.ModelVersion, whole.ModelVersion)
		if part.UsageMetadata != nil {
			whole.UsageMetadata = part.UsageMetadata
		}
		if part.PromptFeedback != nil {
			whole.PromptFeedback = part.PromptFeedback
		}
		if len(part.Candidates) == 0 {
			continue
		}
		if reason := part.Candidates[0].FinishReason; reason != "" {
			whole.Candidates[0].FinishReason = reason
		}
		text.Add(textOf(part))
	}
	if whole.Candidates[0].FinishReason == "" && whole.PromptFeedback == nil {
		return nil, wire.ErrCut
	}
	whole.Candidates[0].Content.Parts = []*genai.Part{{Text: text.String()}}
	return whole, nil
}

// textOf joins the text of the first candidate, without its thoughts.
func textOf(r *genai.GenerateContentResponse) string {
	if len(r.Candidates) == 0 || r.Candidates[0].Content == nil {
		return ""
	}
	var b strings.Builder
	for _, p := range r.Candidates[0].Content.Parts {
		if p != nil && !p.Thought {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// params builds the request.
func params(request agent.Request) ([]*genai.Content, *genai.GenerateContentConfig) {
	config := &genai.GenerateContentConfig{Temperature: new(float32(request.Temperature)), Seed: new(int32(request.Seed & math.MaxInt32)),
		StopSequences: request.Stop, MaxOutputTokens: int32(min(max(request.MaxTokens, 0), math.MaxInt32))}
	var contents []*genai.Content
	var system []string
	for _, m := range request.Messages {
		switch m.Role {
		case agent.RoleSystem:
			system = append(system, m.Text)
		case agent.RoleAssistant:
			contents = append(contents, genai.NewContentFromText(m.Text, genai.RoleModel))
		case agent.RoleUser:
			contents = append(contents, genai.NewContentFromText(m.Text, genai.RoleUser))
		}
	}
	if len(system) > 0 {
		config.SystemInstruction = &genai.Content{Parts: []*genai.Part{{Text: strings.Join(system, "\n\n")}}}
	}
	if request.Schema != nil {
		config.ResponseMIMEType = "application/json"
		schema := request.Schema
		// Not by the typed field: its map would lose the order of the properties.
		config.HTTPOptions = &genai.HTTPOptions{ExtrasRequestProvider: func(body map[string]any) map[string]any { return withSchema(body, schema) }}
	}
	return contents, config
}

func withSchema(body map[string]any, schema json.RawMessage) map[string]any {
	generation, ok := body["generationConfig"].(map[string]any)
	if !ok {
		generation = map[string]any{}
		body["generationConfig"] = generation
	}
	generation["responseMimeType"], generation["responseJsonSchema"] = "application/json", schema
	return body
}

// response reads an answer.
func (c *Client) response(r *genai.GenerateContentResponse) (agent.Response, *wire.Failure) {
	usage := agent.Usage{Calls: 1}
	if u := r.UsageMetadata; u != nil {
		usage.TokensIn, usage.TokensCached = int64(max(u.PromptTokenCount, 0)), int64(max(u.CachedContentTokenCount, 0))
		usage.TokensOut = int64(max(u.CandidatesTokenCount, 0)) + int64(max(u.ThoughtsTokenCount, 0))
	}
	if f := r.PromptFeedback; f != nil && f.BlockReason != "" {
		return agent.Response{}, refused(c, string(f.BlockReason)+" "+f.BlockReasonMessage)
	}
	text := textOf(r)
	reason := genai.FinishReason("")
	if len(r.Candidates) > 0 {
		reason = r.Candidates[0].FinishReason
	}
	if slices.Contains(refusals, reason) {
		return agent.Response{}, refused(c, string(reason))
	}
	if reason == "" && text == "" {
		return agent.Response{}, &wire.Failure{Retry: true, Err: agent.Errorf(agent.CodeUnavailable, "%s gave no answer", c.Where())}
	}
	return agent.Response{Text: wire.WithoutThinking(text), Model: cmp.Or(r.ModelVersion, c.Model),
		Truncated: reason == genai.FinishReasonMaxTokens, Usage: usage}, nil
}

// refusals are the reasons to finish that are none of the answer's.
var refusals = []genai.FinishReason{genai.FinishReasonSafety, genai.FinishReasonRecitation, genai.FinishReasonBlocklist,
	genai.FinishReasonProhibitedContent, genai.FinishReasonSPII}

func refused(c *Client, why string) *wire.Failure {
	return &wire.Failure{Err: agent.Errorf(agent.CodeInvalid, "the model %s refused to answer: %s", c.Model, c.Clean(why))}
}
