package roles

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/findjson"
	"purposeagent/agent/prompttext"
)

// property is one property of an object schema. Models write an answer in the
// order of its schema, so that the order is part of the prompt: a thought must
// come before the action that follows from it.
type property struct {
	name   string
	schema json.RawMessage
}

// objectSchema returns the JSON Schema of an object that has exactly these
// properties, in this order.
func objectSchema(properties ...property) json.RawMessage {
	var b bytes.Buffer
	b.WriteString(`{"type":"object","properties":{`)
	for i, p := range properties {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsonOf(p.name))
		b.WriteByte(':')
		b.Write(p.schema)
	}
	b.WriteString(`},"required":[`)
	for i, p := range properties {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsonOf(p.name))
	}
	b.WriteString(`],"additionalProperties":false}`)
	return b.Bytes()
}

// jsonOf is a value in JSON: schemaJSON without its cost for the scalars that most
// are.
func jsonOf(v any) string {
	switch x := v.(type) {
	case string:
		if isPlain(x) {
			return `"` + x + `"`
		}
	case json.Number:
		if x != "" {
			return string(x)
		}
	case bool:
		return strconv.FormatBool(x)
	case nil:
		return "null"
	}
	return string(schemaJSON(v))
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func schemaJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // schemas are made of maps, slices and strings
	}
	return bytes.TrimSpace(b.Bytes())
}

// atMost is how many characters of a text to ask for: what is wanted, or less
// where the answer's budget of tokens is small, so that it is not cut off.
func atMost(want, budget, parts int) int { return min(want, max(budget/parts, 24)) }

// stringSchema is a string of at most limit characters.
func stringSchema(limit int) json.RawMessage {
	return json.RawMessage(`{"maxLength":` + strconv.Itoa(limit) + `,"type":"string"}`)
}

func enumSchema(values []string) json.RawMessage {
	return json.RawMessage(`{"enum":` + string(schemaJSON(values)) + `,"type":"string"}`)
}

func arraySchema(items json.RawMessage, limit int) json.RawMessage {
	return json.RawMessage(`{"items":` + string(items) + `,"maxItems":` + strconv.Itoa(limit) + `,"type":"array"}`)
}

func numberSchema(low, high int) json.RawMessage {
	return json.RawMessage(`{"maximum":` + strconv.Itoa(high) + `,"minimum":` + strconv.Itoa(low) + `,"type":"number"}`)
}

// number returns a finite JSON number. A number written as text, such as
// "8/10", is none.
func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	x, err := n.Float64()
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

// textOf returns a JSON string as one line of at most n characters.
func textOf(v any, n int) string {
	text, _ := v.(string)
	return prompttext.Cut(prompttext.OneLine(text), n)
}

// textsOf returns the strings of a JSON array, at most limit; a single string
// counts as an array of one.
func textsOf(v any, limit, n int) []string {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	var texts []string
	for _, item := range items {
		if text := textOf(item, n); text != "" && len(texts) < limit {
			texts = append(texts, text)
		}
	}
	return texts
}

// answered is a model's parsed answer.
type answered[T any] struct {
	value    T
	repaired bool
	usage    agent.Usage
}

// ask sends the request and parses the answer. An answer that can't be used
// gets one repair retry that says what was wrong; after that the error is
// ErrUnusable (CodeInvalid). The usage counts also when there is an error.
func ask[T any](ctx context.Context, llm chat.LLM, request chat.Request, parse func(map[string]any) (T, error)) (answered[T], error) {
	var a answered[T]
	var problem error
	for attempt := range 2 {
		response, err := llm.Generate(ctx, request)
		a.usage = a.usage.Add(response.Usage)
		if err != nil {
			return a, err
		}
		a.value, problem = read(response, request.Schema, parse)
		if problem == nil {
			a.repaired = attempt > 0
			return a, nil
		}
		request = repairRequest(request, response.Text, problem)
	}
	return a, agent.Wrap(agent.CodeInvalid, agent.ErrUnusable, "the model %s gave no usable answer twice: %s", llm.Name(), problem.Error())
}

func read[T any](response chat.Response, schema json.RawMessage, parse func(map[string]any) (T, error)) (T, error) {
	var zero T
	if response.Truncated {
		return zero, errors.New("it was cut off before its end; write less")
	}
	object, err := findjson.Object(response.Text, schema)
	if err != nil {
		return zero, err
	}
	return parse(object)
}

// repairRequest continues the conversation with what was wrong. The seed moves,
// so that a deterministic model isn't asked for the same answer again.
func repairRequest(request chat.Request, text string, problem error) chat.Request {
	if text = prompttext.Clip(prompttext.AsData(text), 100); text == "" {
		text = "{}" // some servers refuse an empty message
	}
	request.Messages = append(slices.Clone(request.Messages),
		chat.Message{Role: chat.RoleAssistant, Text: text},
		chat.Message{Role: chat.RoleUser, Text: repairPrompt.render("user", struct{ Problem string }{prompttext.Clip(prompttext.OneLine(problem.Error()), 120)})})
	request.Seed++
	return request
}

// scaled is the answer's budget when the prompt's had to shrink: servers count
// both against the context.
func scaled(answer, budget, full int) int { return max(answer*budget/full, 64) }

// shrinking calls f with the token budget, and with less and less of it while
// the model's context overflows.
func shrinking[T any](budget int, f func(budget int) (T, error)) (T, error) {
	for {
		v, err := f(budget)
		if err == nil || !errors.Is(err, agent.ErrContextOverflow) || budget < 300 {
			return v, err
		}
		budget /= 2
	}
}
