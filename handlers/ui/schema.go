package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// ConfigPrefix is what a config field is called in forms and in the error
// fields of a registry's Check.
const ConfigPrefix = "environment.config."

// ConfigSchema is the part of a JSON Schema (draft 2020-12) that a form can
// draw: one flat object with a property per input.
type ConfigSchema struct {
	Properties map[string]property `json:"properties"`
	Order      []string            `json:"x-order"`
}

// property is one input's schema.
type property struct {
	Type        string            `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Default     json.RawMessage   `json:"default"`
	Enum        []json.RawMessage `json:"enum"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	MaxLength   *int              `json:"maxLength"`
}

// ParseSchema reads a config schema. An empty one has no inputs.
func ParseSchema(raw json.RawMessage) (ConfigSchema, error) {
	var s ConfigSchema
	if len(bytes.TrimSpace(raw)) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read config schema: %w", err)
	}
	return s, nil
}

// names returns the properties in the announced order; those that it leaves
// out follow by name.
func (s ConfigSchema) names() []string {
	var names []string
	for _, name := range s.Order {
		if _, ok := s.Properties[name]; ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var rest []string
	for name := range s.Properties {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	sort.Strings(rest)
	return append(names, rest...)
}

// Inputs draws the inputs with the given values and messages.
func (s ConfigSchema) Inputs(values, problems map[string]string) []pages.Input {
	var out []pages.Input
	for _, name := range s.names() {
		value, given := values[name]
		if !given {
			value = jsonText(s.Properties[name].Default)
		}
		in := s.Properties[name].input(name, value)
		in.Error = problems[ConfigPrefix+name]
		out = append(out, in)
	}
	return out
}

func (p property) input(name, value string) pages.Input {
	f := partials.Field{
		Name: ConfigPrefix + name, ID: FieldID(ConfigPrefix + name), Label: p.Title, Hint: p.Description,
		Kind: "text", Value: value,
	}
	if f.Label == "" {
		f.Label = Title(strings.ReplaceAll(name, "_", " "))
	}
	width := "w2"
	switch {
	case len(p.Enum) > 0:
		f.Kind = "select"
		for _, raw := range p.Enum {
			text := jsonText(raw)
			f.Options = append(f.Options, partials.Option{Value: text, Text: text, Selected: text == value})
		}
	case p.Type == "integer", p.Type == "number":
		f.Kind, f.Min, f.Max, f.Step = "number", bound(p.Minimum), bound(p.Maximum), "any"
		if p.Type == "integer" {
			f.Step = "1"
		}
	case p.Type == "boolean":
		f.Kind, f.Checked = "checkbox", value == "true"
	case p.Type == "object", p.Type == "array":
		f.Kind, width = "json", ""
	}
	return pages.Input{Field: f, Width: width}
}

// Config reads typed values from the texts of a form. What a person left
// empty is left out, so that the environment's default applies. A text that
// can't be of its type is reported under its field name.
func (s ConfigSchema) Config(values map[string]string) (agent.Object, map[string]string) {
	typed, problems := map[string]any{}, map[string]string{}
	for _, name := range s.names() {
		text, given := values[name]
		if !given || text == "" {
			continue
		}
		v, err := s.Properties[name].value(text)
		if err != "" {
			problems[ConfigPrefix+name] = err
			continue
		}
		typed[name] = v
	}
	config, err := agent.NewObject(typed)
	if err != nil {
		problems["environment.config"] = agent.MessageOf(err)
	}
	return config, problems
}

// value returns the text as a value of the property's type, or what is wrong.
func (p property) value(text string) (any, string) {
	for _, raw := range p.Enum {
		if jsonText(raw) == text {
			return raw, ""
		}
	}
	switch p.Type {
	case "integer":
		n, ok := wholeNumber(text)
		if !ok {
			return nil, "must be a whole number"
		}
		return n, ""
	case "number":
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, "must be a number"
		}
		return x, ""
	case "boolean":
		return text == "true", ""
	case "object", "array":
		if !json.Valid([]byte(text)) || len(text) > agent.MaxObjectBytes {
			return nil, "must be valid JSON"
		}
		return json.RawMessage(text), ""
	}
	return text, ""
}

// Values returns the texts that show a config in a form.
func (s ConfigSchema) Values(config agent.Object) map[string]string {
	out := map[string]string{}
	var raw map[string]json.RawMessage
	if err := config.Decode(&raw); err != nil {
		return out // an Object is valid by construction
	}
	for name := range s.Properties {
		if v, ok := raw[name]; ok {
			out[name] = jsonText(v)
		}
	}
	return out
}

// jsonText returns a JSON value as a person would type it.
func jsonText(raw json.RawMessage) string {
	var text string
	if err := json.Unmarshal(raw, &text); err == nil {
		return text
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

func bound(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}

// FieldID returns the HTML id of a form field.
func FieldID(name string) string {
	return "f-" + strings.NewReplacer(".", "-", "_", "-", " ", "-").Replace(name)
}

// Without returns the schema with fewer properties.
func (s ConfigSchema) Without(names ...string) ConfigSchema {
	out := ConfigSchema{Properties: map[string]property{}, Order: s.Order}
	for name, p := range s.Properties {
		if !slices.Contains(names, name) {
			out.Properties[name] = p
		}
	}
	return out
}
