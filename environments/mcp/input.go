package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// inputSchema is the schema of a tool's arguments, and how the parameters of an
// action become them.
type inputSchema struct {
	compiled *jsonschema.Schema
	params   []param
	whole    bool // one parameter has all arguments, as JSON
}

// param is one parameter.
type param struct {
	spec agent.ParamSpec
	name string // of the argument
	json bool   // its value is JSON text
}

// wholeParam is the parameter that has all arguments.
const wholeParam = "arguments"

// Limits of parameters.
const (
	maxParams     = 16
	maxEnumValues = 200
	maxEnumBytes  = 100
	schemaShown   = 600 // bytes of a part of a schema that a description shows
	hintShown     = 200
)

// parseInput reads the schema of a tool's arguments. The error says why no
// action can be made of it.
func parseInput(schema any) (*inputSchema, error) {
	if schema == nil {
		return nil, errors.New("has no schema of its arguments")
	}
	raw, err := json.Marshal(schema)
	if err != nil || len(raw) > maxSchemaBytes {
		return nil, fmt.Errorf("has a schema of %d bytes; at most %d are allowed", len(raw), maxSchemaBytes)
	}
	if _, err := agent.ParseObject(raw); err != nil {
		return nil, fmt.Errorf("has a schema that can't be read: %s", agent.MessageOf(err))
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("has a schema that can't be read: %w", err)
	}
	root, ok := doc.(map[string]any)
	if kind, given := root["type"]; !ok || given && kind != "object" {
		return nil, errors.New(`has a schema that is not of "type": "object"`)
	}
	in := &inputSchema{}
	if in.compiled, err = compile(doc); err != nil {
		return nil, fmt.Errorf("has a schema that is not valid: %s", agent.Clip(announced.Clean(err.Error()), hintShown))
	}
	in.read(root)
	return in, nil
}

// closed refuses to load what a schema refers to.
type closed struct{}

func (closed) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %s, and has to be complete in itself", agent.Clip(announced.Clean(url), 100))
}

func compile(doc any) (compiled *jsonschema.Schema, err error) {
	const location = "urn:purpose:tool" // a name only; nothing is fetched
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(location, doc); err != nil {
		return nil, err
	}
	return c.Compile(location)
}

// read finds the parameters.
func (in *inputSchema) read(root map[string]any) {
	properties, _ := root["properties"].(map[string]any)
	required := texts(root["required"])
	open := len(properties) == 0 && root["additionalProperties"] != nil && root["additionalProperties"] != false
	if len(properties) > maxParams || open || root["oneOf"] != nil || root["anyOf"] != nil || root["$ref"] != nil || root["allOf"] != nil {
		in.whole = true
		in.params = []param{{name: wholeParam, json: true, spec: agent.ParamSpec{Name: wholeParam, Type: "string", Optional: len(required) == 0,
			Description: "All arguments as a JSON object, by this schema: " + shown(root)}}}
		return
	}
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { // those that are needed first
		if x, y := slices.Contains(required, a), slices.Contains(required, b); x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	taken := map[string]bool{}
	for _, name := range names {
		p := newParam(root, name, properties[name])
		p.spec.Optional = !slices.Contains(required, name)
		for base, i := p.spec.Name, 2; taken[p.spec.Name]; i++ {
			p.spec.Name = fmt.Sprintf("%s_%d", base, i)
		}
		taken[p.spec.Name] = true
		in.params = append(in.params, p)
	}
}

// newParam makes a parameter of a property.
func newParam(root map[string]any, name string, property any) param {
	p := param{name: name, spec: agent.ParamSpec{Name: plainName(name, "param"), Type: "string"}}
	schema, _ := property.(map[string]any)
	schema = resolved(root, schema)
	text, _ := schema["description"].(string)
	hints := []string{}
	if text != "" {
		hints = append(hints, agent.Clip(strings.TrimSpace(text), maxDescription/2))
	}
	switch kind := typeOf(schema); kind {
	case "integer", "number", "boolean":
		p.spec.Type = kind
		if list, ok := schema["enum"].([]any); ok {
			hints = append(hints, "One of "+shown(list)+".")
		}
	case "string":
		if words, ok := wordsOf(schema); ok {
			p.spec.Enum = words
		} else if list, ok := schema["enum"].([]any); ok {
			hints = append(hints, "One of "+shown(list)+".")
		}
	default: // an object, a list, or several types
		p.json = true
		hints = append(hints, "As JSON, by this schema: "+shown(withoutText(schema)))
	}
	if value, ok := schema["default"]; ok && value != nil {
		hints = append(hints, "By default "+agent.Clip(shown(value), hintShown)+".")
	}
	for _, limit := range []string{"minimum", "maximum", "pattern", "format", "minLength", "maxLength"} {
		if value, ok := schema[limit]; ok && !p.json {
			hints = append(hints, fmt.Sprintf("%s %s.", limit, agent.Clip(shown(value), hintShown)))
		}
	}
	p.spec.Description = strings.Join(hints, " ")
	return p
}

// resolved follows a reference into the schema itself, and leaves out that a
// value may also be null: what is null is left out.
func resolved(root, schema map[string]any) map[string]any {
	for range 3 {
		next, ok := target(root, schema)
		if !ok {
			next, ok = notNull(schema)
		}
		if !ok {
			return schema
		}
		merged := map[string]any{}
		maps.Copy(merged, next)
		for _, k := range []string{"description", "default", "title"} { // what stands nearer counts
			if v, given := schema[k]; given {
				merged[k] = v
			}
		}
		schema = merged
	}
	return schema
}

func target(root, schema map[string]any) (map[string]any, bool) {
	ref, ok := schema["$ref"].(string)
	pointer, local := strings.CutPrefix(ref, "#")
	if !ok || !local {
		return nil, false
	}
	node, found := agent.Lookup(root, pointer)
	found2, ok := node.(map[string]any)
	return found2, found && ok
}

func notNull(schema map[string]any) (map[string]any, bool) {
	for _, key := range []string{"anyOf", "oneOf"} {
		list, ok := schema[key].([]any)
		if !ok || len(list) != 2 {
			continue
		}
		for i := range list {
			one, _ := list[i].(map[string]any)
			other, _ := list[1-i].(map[string]any)
			if one != nil && other != nil && one["type"] == "null" {
				return other, true
			}
		}
	}
	return nil, false
}

// typeOf is the one type of a schema, null aside; "" for several, or none.
func typeOf(schema map[string]any) string {
	switch t := schema["type"].(type) {
	case string:
		return t
	case []any:
		kinds := slices.DeleteFunc(texts(t), func(kind string) bool { return kind == "null" })
		if len(kinds) == 1 {
			return kinds[0]
		}
	case nil:
		if _, ok := wordsOf(schema); ok {
			return "string"
		}
	}
	return ""
}

// wordsOf are the values of an enumeration of plain words.
func wordsOf(schema map[string]any) ([]string, bool) {
	list, ok := schema["enum"].([]any)
	if value, is := schema["const"]; is && !ok {
		list, ok = []any{value}, true
	}
	if !ok || len(list) == 0 || len(list) > maxEnumValues {
		return nil, false
	}
	var words []string
	for _, value := range list {
		word, isText := value.(string)
		if value == nil {
			continue
		}
		if !isText || word == "" || len(word) > maxEnumBytes || announced.Clean(word) != word || slices.Contains(words, word) {
			return nil, false
		}
		words = append(words, word)
	}
	return words, len(words) > 0
}

func texts(list any) []string {
	var out []string
	values, _ := list.([]any)
	for _, v := range values {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// withoutText leaves out what the description of a parameter says already.
func withoutText(schema map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range schema {
		if k != "description" && k != "title" && k != "default" {
			out[k] = v
		}
	}
	return out
}

func shown(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return agent.Clip(string(raw), schemaShown)
}

func (in *inputSchema) specs() []agent.ParamSpec {
	specs := make([]agent.ParamSpec, len(in.params))
	for i := range in.params {
		specs[i] = in.params[i].spec
	}
	return specs
}

// arguments makes a tool's arguments of an action's parameters, which fit the
// action's specs. Errors are CodeInvalid and say what the schema wants.
func (in *inputSchema) arguments(action agent.Action) (map[string]any, error) {
	given, out := action.Params.Map(), map[string]any{}
	for _, p := range in.params {
		value, ok := given[p.spec.Name]
		if !ok {
			continue
		}
		if number, is := value.(json.Number); is && p.spec.Type == "integer" {
			if n, whole := agent.WholeNumber(number.String()); whole {
				value = json.Number(strconv.FormatInt(n, 10))
			}
		}
		if p.json {
			text, _ := value.(string)
			if text == "" && p.spec.Optional {
				continue
			}
			var err error
			if value, err = parseJSON(text); err != nil {
				return nil, agent.Errorf(agent.CodeInvalid, "action %s: the parameter %q must be JSON: %s", action.Name, p.spec.Name, err)
			}
		}
		if in.whole {
			all, isObject := value.(map[string]any)
			if !isObject {
				return nil, agent.Errorf(agent.CodeInvalid, "action %s: the parameter %q must be a JSON object", action.Name, p.spec.Name)
			}
			out = all
			break
		}
		out[p.name] = value
	}
	if err := in.compiled.Validate(out); err != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "action %s: %s", action.Name, problem(err))
	}
	return out, nil
}

// parseJSON reads the text of a parameter.
func parseJSON(text string) (any, error) {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, errors.New(agent.Clip(agent.JSONProblem(err), hintShown))
	}
	return value, nil
}

// problem says what of the arguments does not fit their schema.
func problem(err error) string {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return agent.Clip(err.Error(), maxMessage)
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	at := strings.Join(invalid.InstanceLocation, ".")
	if at == "" {
		at = "the arguments"
	}
	return agent.Clip(at+": "+announced.Clean(invalid.ErrorKind.LocalizedString(message.NewPrinter(language.English))), maxMessage)
}
