package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// LLM runs the conformance suite of chat.LLM. fresh returns a model that can
// answer several requests; one with a schema must be answered by JSON of that
// schema (ColourSchema is asked).
func LLM(t *testing.T, fresh func() chat.LLM) {
	runChecks(t, func(*testing.T) chat.LLM { return fresh() }, llmChecks)
}

var llmChecks = []check[chat.LLM]{
	{"its name is provider:model, always the same", checkLLMName},
	{"it answers text with usage", checkLLMText},
	{"it answers a schema with JSON that fits", checkLLMSchema},
	{"it does not change the request", checkLLMRequest},
	{"what it tells while it answers ends in the answer", checkLLMStream},
	{"a cancelled context is answered by its code", checkLLMCancelled},
	{"concurrent use", checkLLMConcurrent},
}

// ColourSchema is the schema that the LLM suite asks for: one colour of two.
var ColourSchema = json.RawMessage(`{"type":"object","properties":{"colour":{"type":"string","enum":["red","blue"]}},"required":["colour"],"additionalProperties":false}`)

func colourRequest() chat.Request {
	return chat.Request{Messages: []chat.Message{
		{Role: chat.RoleSystem, Text: "Answer with JSON only."},
		{Role: chat.RoleUser, Text: `Choose a colour, red or blue. Answer like {"colour": "red"}.`}},
		Schema: ColourSchema, SchemaName: "colour", Seed: 7, MaxTokens: 200}
}

func textRequest() chat.Request {
	return chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Text: "Say hello in one word."}}, Seed: 7, MaxTokens: 200}
}

func checkLLMName(m chat.LLM) error {
	provider, model, found := strings.Cut(m.Name(), ":")
	if !found || provider == "" || model == "" {
		return fmt.Errorf("name %q is not provider:model", m.Name())
	}
	return mismatch("name", m.Name(), m.Name())
}

func checkAnswer(r chat.Response, err error) error {
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(r.Text) == "":
		return errors.New("the answer is empty")
	case strings.Contains(r.Text, "<think>"):
		return errors.New("the answer holds a <think> block")
	case r.Usage.TokensIn < 0 || r.Usage.TokensOut < 0 || r.Usage.Calls < 1:
		return fmt.Errorf("usage is %+v, want at least one call", r.Usage)
	case r.Model == "":
		return errors.New("the answer names no model")
	}
	return nil
}

func checkLLMText(m chat.LLM) error {
	return checkAnswer(m.Generate(context.Background(), textRequest()))
}

func checkLLMSchema(m chat.LLM) error {
	r, err := m.Generate(context.Background(), colourRequest())
	if err := checkAnswer(r, err); err != nil {
		return err
	}
	if r.Truncated {
		return errors.New("the answer was cut off")
	}
	d := json.NewDecoder(strings.NewReader(r.Text))
	d.DisallowUnknownFields()
	var answer struct {
		Colour string `json:"colour"`
	}
	if err := d.Decode(&answer); err != nil {
		return fmt.Errorf("answer %q does not fit the schema: %w", r.Text, err)
	}
	if answer.Colour != "red" && answer.Colour != "blue" {
		return fmt.Errorf("answer %q does not fit the schema: the colour is neither red nor blue", r.Text)
	}
	return nil
}

func checkLLMStream(m chat.LLM) error {
	var told []string
	request := colourRequest()
	request.OnText = func(text string) { told = append(told, text) }
	r, err := m.Generate(context.Background(), request)
	if err := checkAnswer(r, err); err != nil {
		return err
	}
	if n := len(told); n > 0 && strings.TrimSpace(told[n-1]) != r.Text {
		return fmt.Errorf("the last of %d texts told was %q, the answer %q", n, told[n-1], r.Text)
	}
	return nil
}

func checkLLMRequest(m chat.LLM) error {
	request := colourRequest()
	_, err := m.Generate(context.Background(), request)
	return first(err, mismatch("request", request, colourRequest()))
}

func checkLLMCancelled(m chat.LLM) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := m.Generate(ctx, textRequest())
	if err := wantCode("Generate", err, agent.CodeStopped); err != nil {
		return err
	}
	late, cancel := context.WithDeadlineCause(context.Background(), time.Unix(0, 0), nil)
	defer cancel()
	_, err = m.Generate(late, textRequest())
	return wantCode("Generate beyond the deadline", err, agent.CodeTimeout)
}

func checkLLMConcurrent(m chat.LLM) error {
	const workers = 4
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() { errs[w] = checkLLMSchema(m) })
	}
	group.Wait()
	return errors.Join(errs...)
}
