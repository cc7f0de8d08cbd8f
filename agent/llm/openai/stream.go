package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
)

// stream does one request, tells onText the answer as it grows, and returns the
// whole of it in the form of an answer that was not streamed. A server that
// does not stream and answers at once is fine.
func (c *Client) stream(ctx context.Context, body sdk.ChatCompletionNewParams, onText func(string)) (*sdk.ChatCompletion, *wire.Failure) {
	attempt, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	var reply *http.Response
	chunks := c.service.NewStreaming(attempt, body, option.WithResponseInto(&reply))
	defer func() { _ = chunks.Close() }()
	if failed := c.refusal(reply); failed != nil {
		return nil, failed
	}
	if err := chunks.Err(); err != nil {
		return nil, c.Broken(ctx, attempt, err)
	}
	if kind, _, _ := mime.ParseMediaType(reply.Header.Get("Content-Type")); kind != "text/event-stream" {
		return c.whole(ctx, attempt, reply.Body, onText)
	}
	answer := &sdk.ChatCompletion{Choices: make([]sdk.ChatCompletionChoice, 1)}
	choice := &answer.Choices[0]
	text, arguments := wire.NewGrowing(onText), wire.NewGrowing(onText)
	var tool strings.Builder
	var refusal strings.Builder
	for chunks.Next() {
		chunk := chunks.Current()
		if chunk.Model != "" {
			answer.Model = chunk.Model
		}
		if chunk.Usage.PromptTokens > 0 || chunk.Usage.CompletionTokens > 0 {
			answer.Usage = chunk.Usage
		}
		if len(chunk.Choices) == 0 {
			continue
		}
		piece := &chunk.Choices[0]
		if piece.FinishReason != "" {
			choice.FinishReason = piece.FinishReason
		}
		refusal.WriteString(piece.Delta.Refusal)
		text.Add(piece.Delta.Content)
		for _, call := range piece.Delta.ToolCalls {
			if call.Index == 0 { // one answer was asked for
				tool.WriteString(call.Function.Name)
				arguments.Add(call.Function.Arguments)
			}
		}
	}
	if err := chunks.Err(); err != nil {
		if told, ok := errors.AsType[*ssestream.StreamError](err); ok {
			said := wire.ErrorOf(told.Event.Data).Message
			return nil, &wire.Failure{Retry: true, Err: agent.Errorf(agent.CodeUnavailable, "%s broke off its answer: %s", c.Where(), c.Clean(said))}
		}
		return nil, c.Broken(ctx, attempt, err)
	}
	if choice.FinishReason == "" {
		return nil, c.Broken(ctx, attempt, wire.ErrCut)
	}
	choice.Message.Content, choice.Message.Refusal = text.String(), refusal.String()
	if tool.Len() > 0 {
		choice.Message.ToolCalls = []sdk.ChatCompletionMessageToolCallUnion{{Type: "function",
			Function: sdk.ChatCompletionMessageFunctionToolCallFunction{Name: tool.String(), Arguments: arguments.String()}}}
	}
	return answer, nil
}

// whole reads an answer that was not streamed.
func (c *Client) whole(ctx, attempt context.Context, body io.Reader, onText func(string)) (*sdk.ChatCompletion, *wire.Failure) {
	raw, err := io.ReadAll(body)
	var answer sdk.ChatCompletion
	if err == nil {
		err = json.Unmarshal(raw, &answer)
	}
	if err != nil {
		return nil, c.Broken(ctx, attempt, err)
	}
	if len(answer.Choices) > 0 {
		onText(wire.WithoutThinking(answer.Choices[0].Message.Content))
	}
	return &answer, nil
}
