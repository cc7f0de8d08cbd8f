package ui

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// ConfigSchema is the schema of an environment's settings as a form shows it: an
// input per property.
type ConfigSchema struct{ configschema.Schema }

// ParseSchema reads a config schema. An empty one has no inputs.
func ParseSchema(raw json.RawMessage) (ConfigSchema, error) {
	s, err := configschema.Parse(raw)
	return ConfigSchema{s}, err
}

// Inputs draws the inputs with the given values and messages.
func (s ConfigSchema) Inputs(values, problems map[string]string) []pages.Input {
	var out []pages.Input
	for _, name := range s.Names() {
		value, given := values[name]
		if !given {
			value = jsonText(s.Properties[name].Default)
		}
		in := inputOf(s.Properties[name], name, value)
		in.Error = problems[configschema.FieldPrefix+name]
		out = append(out, in)
	}
	return out
}

func inputOf(p configschema.Property, name, value string) pages.Input {
	f := partials.Field{
		Name: configschema.FieldPrefix + name, ID: FieldID(configschema.FieldPrefix + name), Label: p.Title, Hint: p.Description,
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
	case p.Is("integer", "number"):
		f.Kind, f.Min, f.Max, f.Step = "number", bound(p.Minimum), bound(p.Maximum), "any"
		if p.Is("integer") {
			f.Step = "1"
		}
	case p.Is("boolean"):
		f.Kind, f.Checked = "checkbox", value == "true"
	case p.Is("object", "array"):
		f.Kind, width = "json", ""
	case p.Code():
		f.Kind, f.Rows, width = "code", "24", ""
	}
	return pages.Input{Field: f, Width: width}
}

// Config reads typed values from the texts of a form. What a person left
// empty is left out, so that the environment's default applies. A text that
// can't be of its type is reported under its field name.
func (s ConfigSchema) Config(values map[string]string) (agent.Object, map[string]string) {
	config, problems := map[string]any{}, map[string]string{}
	for _, name := range s.Names() {
		text, given := values[name]
		if !given || text == "" {
			continue
		}
		v, err := typed(s.Properties[name], text)
		if err != "" {
			problems[configschema.FieldPrefix+name] = err
			continue
		}
		config[name] = v
	}
	object, err := agent.NewObject(config)
	if err != nil {
		problems["environment.config"] = agent.MessageOf(err)
	}
	return object, problems
}

// typed returns the text as a value of the property's type, or what is wrong.
func typed(p configschema.Property, text string) (any, string) {
	for _, raw := range p.Enum {
		if jsonText(raw) == text {
			return raw, ""
		}
	}
	switch {
	case p.Is("integer"):
		n, ok := wholeNumber(text)
		if !ok {
			return nil, "must be a whole number"
		}
		return n, ""
	case p.Is("number"):
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, "must be a number"
		}
		return x, ""
	case p.Is("boolean"):
		return text == "true", ""
	case p.Is("object", "array"):
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

// bound writes a bound without an exponent, as inputs take it.
func bound(n *json.Number) string {
	if n == nil {
		return ""
	}
	x, err := n.Float64()
	if err != nil {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// FieldID returns the HTML id of a form field.
func FieldID(name string) string {
	return "f-" + strings.NewReplacer(".", "-", "_", "-", " ", "-").Replace(name)
}

// Without returns the schema with fewer properties.
func (s ConfigSchema) Without(names ...string) ConfigSchema {
	return ConfigSchema{s.Schema.Without(names...)}
}
