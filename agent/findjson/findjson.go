// Package findjson finds the JSON object in what a model wrote, and mends slips whose
// meaning is clear.
package findjson

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"purposeagent/agent"
)

var (
	errNoObject   = errors.New("there is no JSON object in it")
	errBadObject  = errors.New("the JSON in it is not valid")
	errTwoObjects = errors.New("there is more than one JSON object in it")
	errLongAnswer = errors.New("it is too long")
)

// maxCandidates bounds the objects that are looked at in one answer.
const maxCandidates = 64

// Object returns the one JSON object in a model's answer that its schema asks
// for: all of it, or all but prose, code fences and other braces around it. The
// object may stand in another as its only fit, or be encoded once more as a
// string. Slips whose meaning is clear are mended (see mend). Two different
// objects that fit alike are ambiguous and refused. A nil schema fits any object.
func Object(text string, schema json.RawMessage) (map[string]any, error) {
	text = strings.TrimSpace(text)
	if len(text) > agent.MaxObjectBytes {
		return nil, errLongAnswer
	}
	candidates, braces := objectsIn(text)
	if len(candidates) == 0 {
		if inner, ok := encodedObject(text); ok {
			candidates, _ = objectsIn(inner)
		}
	}
	if len(candidates) == 0 {
		if braces {
			return nil, errBadObject
		}
		return nil, errNoObject
	}
	found, err := bestObject(candidates, schema)
	if err != nil {
		return nil, err
	}
	return found.Map(), nil
}

// objectsIn returns the different objects of a text that stand in no other one,
// and reports whether there were braces at all. The work is linear in the text:
// where braces never close, the look ends.
func objectsIn(text string) (found []agent.Object, braces bool) {
	work := 4*len(text) + 4096 // bytes that may be looked at
	for at := 0; at < len(text) && work > 0 && len(found) < maxCandidates; {
		start := strings.IndexByte(text[at:], '{')
		if start < 0 {
			break
		}
		braces = true
		at += start
		raw, length, looked := objectAt(text[at:])
		work -= looked
		if length == 0 {
			at++
			continue
		}
		at += length
		if object, err := agent.ParseObject(raw); err == nil && !slices.Contains(found, object) {
			found = append(found, object)
		}
	}
	return found, braces
}

// objectAt reads the object at the start of a text, as it is or mended; length is
// 0 where there is none, looked how much was read.
func objectAt(text string) (raw []byte, length, looked int) {
	if end := objectEnd(text); end > 0 && json.Valid([]byte(text[:end])) {
		return []byte(text[:end]), end, end
	} else if end == 0 {
		looked = len(text)
	} else {
		looked = end
	}
	raw, length, read := mend(text)
	return raw, length, looked + read
}

// objectEnd is where the brackets that open a text are closed; 0 where they are not.
func objectEnd(text string) int {
	depth := 0
	inString := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// encodedObject decodes the first JSON string that holds an object.
func encodedObject(text string) (string, bool) {
	start := strings.Index(text, `"{`)
	if start < 0 {
		return "", false
	}
	var inner string
	if json.NewDecoder(strings.NewReader(text[start:])).Decode(&inner) != nil {
		return "", false
	}
	return inner, true
}

// bestObject chooses the object that fits a schema; one alone is taken as it is,
// for the reader to say what it lacks.
func bestObject(candidates []agent.Object, schema json.RawMessage) (agent.Object, error) {
	var shape answerShape
	if schema == nil || json.Unmarshal(schema, &shape) != nil || len(shape.Required) == 0 {
		if len(candidates) > 1 {
			return "", errTwoObjects
		}
		return candidates[0], nil
	}
	for _, fits := range []func(map[string]any) bool{
		func(m map[string]any) bool { return shape.has(m) == len(shape.Required) && shape.conforms(m) },
		func(m map[string]any) bool { return shape.has(m) == len(shape.Required) },
	} {
		switch found := fitting(candidates, fits); len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return "", errTwoObjects
		}
	}
	inner := []agent.Object{}
	for _, c := range candidates {
		for _, o := range wrapped(c.Map()) {
			if shape.has(o.Map()) == len(shape.Required) && !slices.Contains(inner, o) {
				inner = append(inner, o)
			}
		}
	}
	partly := fitting(candidates, func(m map[string]any) bool { return shape.has(m) > 0 })
	switch {
	case len(inner) == 1 && len(partly) == 0:
		return inner[0], nil
	case len(inner) > 1:
		return "", errTwoObjects
	case len(partly) == 1:
		return partly[0], nil
	case len(candidates) > 1:
		return "", errTwoObjects
	}
	return candidates[0], nil
}

func fitting(candidates []agent.Object, fits func(map[string]any) bool) (found []agent.Object) {
	for _, c := range candidates {
		if fits(c.Map()) {
			found = append(found, c)
		}
	}
	return found
}

// wrapped are the objects that stand as values in another: as they are, or encoded
// as a string, as the arguments of a tool are.
func wrapped(outer map[string]any) (inner []agent.Object) {
	for _, v := range outer {
		switch v := v.(type) {
		case map[string]any:
			if o, err := agent.NewObject(v); err == nil {
				inner = append(inner, o)
			}
		case string:
			if trimmed := strings.TrimSpace(v); strings.HasPrefix(trimmed, "{") {
				if o, err := agent.ParseObject([]byte(trimmed)); err == nil {
					inner = append(inner, o)
				}
			}
		}
	}
	return inner
}

// answerShape is what is read of a schema to tell objects apart.
type answerShape struct {
	Required   []string
	Properties map[string]struct {
		Type any
		Enum []any
	}
}

// has is how many of the required properties are there.
func (s *answerShape) has(m map[string]any) int {
	n := 0
	for _, name := range s.Required {
		if _, ok := m[name]; ok {
			n++
		}
	}
	return n
}

// conforms reports whether the properties are of their types and enumerations.
func (s *answerShape) conforms(m map[string]any) bool {
	for name, v := range m {
		p, known := s.Properties[name]
		if !known {
			return false
		}
		if kind, ok := p.Type.(string); ok && kind != kindOf(v) && (kind != "integer" || kindOf(v) != "number") {
			return false
		}
		if text, ok := v.(string); ok && len(p.Enum) > 0 && !containsAny(p.Enum, text) {
			return false
		}
	}
	return true
}

func containsAny(list []any, text string) bool {
	for _, v := range list {
		if v == text {
			return true
		}
	}
	return false
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return "null"
}
