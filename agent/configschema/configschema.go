// Package configschema reads the schema of an environment's settings: the flat part
// of a JSON Schema (draft 2020-12) that a form can draw and a message can explain.
package configschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// FieldPrefix is what a setting is called with in forms and in the fields of errors.
const FieldPrefix = "environment.config."

// Schema is one flat object with a property per setting.
type Schema struct {
	Type       string              `json:"type"`
	Properties map[string]Property `json:"properties"`
	Order      []string            `json:"x-order"`
}

// Property is what a schema says of one setting.
type Property struct {
	Type        any               `json:"type"` // a name, or a list of names
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Default     json.RawMessage   `json:"default"`
	Enum        []json.RawMessage `json:"enum"`
	Minimum     *json.Number      `json:"minimum"`
	Maximum     *json.Number      `json:"maximum"`
	// Content is the type of what a text is written in, such as "text/x-starlark".
	Content string `json:"contentMediaType"`
}

// Parse reads a schema, which need not be a valid one. An empty text has no
// properties.
func Parse(raw json.RawMessage) (Schema, error) {
	var s Schema
	if len(bytes.TrimSpace(raw)) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("read config schema: %w", err)
	}
	return s, nil
}

// Names returns the properties in the announced order; those that it leaves out
// follow by name.
func (s Schema) Names() []string {
	var names, rest []string
	for _, name := range s.Order {
		if _, ok := s.Properties[name]; ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for name := range s.Properties {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}

// Without returns the schema with fewer properties.
func (s Schema) Without(names ...string) Schema {
	out := Schema{Type: s.Type, Properties: map[string]Property{}, Order: s.Order}
	for name, p := range s.Properties {
		if !slices.Contains(names, name) {
			out.Properties[name] = p
		}
	}
	return out
}

// HasCode reports whether one of the properties is a program.
func (s Schema) HasCode() bool {
	for _, p := range s.Properties {
		if p.Code() {
			return true
		}
	}
	return false
}

// Is reports whether the property is of one of these types, and of no other.
func (p Property) Is(types ...string) bool {
	name, ok := p.Type.(string)
	return ok && slices.Contains(types, name)
}

// Code reports whether the property is a text of many lines in a language for
// programs.
func (p Property) Code() bool { return p.Is("string") && strings.HasPrefix(p.Content, "text/x-") }

// HasDefault reports whether a value is given for what is left out.
func (p Property) HasDefault() bool {
	text := strings.TrimSpace(string(p.Default))
	return text != "" && text != "null"
}
