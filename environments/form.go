package environments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
)

// form is a compiled schema and what is said about a property that is wrong.
type form struct {
	schema     *jsonschema.Schema
	properties map[string]configschema.Property
	order      []string
}

// has reports whether the schema has a property.
func (f *form) has(name string) bool {
	_, ok := f.properties[name]
	return ok
}

// newForm compiles a schema. It reads nothing from files or the network.
// Errors are CodeInvalid.
func newForm(schema json.RawMessage) (*form, error) {
	head, err := configschema.Parse(schema)
	if err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "its schema is not JSON that can be read")
	}
	if head.Type != "object" {
		return nil, agent.Errorf(agent.CodeInvalid, `its schema must be of "type": "object"`)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "its schema is not JSON that can be read")
	}
	const location = "urn:purpose:environment" // a name only; nothing is fetched
	c := jsonschema.NewCompiler()
	c.UseLoader(closedLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(location, doc); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "its schema is not a valid JSON Schema")
	}
	compiled, err := c.Compile(location)
	if err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "its schema is not a valid JSON Schema")
	}
	for _, name := range head.Order {
		if _, ok := head.Properties[name]; !ok {
			return nil, agent.Errorf(agent.CodeInvalid, "its x-order names %q, which is not a property", name)
		}
	}
	f := &form{schema: compiled, properties: head.Properties, order: head.Names()}
	for name, p := range f.properties {
		if !p.HasDefault() {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(p.Default))
		if err == nil {
			err = compiled.Properties[name].Validate(value)
		}
		if err != nil {
			return nil, agent.Wrap(agent.CodeInvalid, err, "the default of its property %q does not fit", name)
		}
	}
	return f, nil
}

// closedLoader refuses to load what a schema refers to.
type closedLoader struct{}

func (closedLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %s; schemas must be complete in themselves", url)
}

// fill returns the configuration with defaults for what is left out.
func (f *form) fill(config agent.Object) (agent.Object, error) {
	values := config.Map()
	for name, p := range f.properties {
		if _, given := values[name]; !given && p.HasDefault() {
			values[name] = p.Default
		}
	}
	for name, v := range values {
		values[name] = plainNumber(v, f.properties[name])
	}
	return agent.NewObject(values)
}

// plainNumber writes a whole number of an integer property in digits: 4.0 and
// 4e0 are integers to JSON Schema and to nobody who decodes them.
func plainNumber(v any, p configschema.Property) any {
	n, ok := v.(json.Number)
	if !ok || !p.Is("integer") {
		return v
	}
	if x, err := n.Float64(); err == nil && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return int64(x)
	}
	return v
}

// check returns the configuration with defaults filled in, or CodeInvalid with
// a message per property.
func (f *form) check(config agent.Object) (agent.Object, error) {
	fields, values := map[string]string{}, config.Map()
	for name, v := range values {
		if text := tooLong(v); text != "" { // before the validator, which would compute 1e999999999
			fields[configschema.FieldPrefix+shorten(name)] = text
		}
	}
	if len(fields) > 0 {
		return "", agent.InvalidFields(fields)
	}
	err := f.schema.Validate(values)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return f.fill(config)
	case errors.As(err, &invalid):
		f.explain(invalid, values, fields)
		return "", agent.InvalidFields(fields)
	}
	return "", agent.Wrap(agent.CodeInternal, err, "check the environment's configuration")
}

// tooLong finds a number that no setting can need.
func tooLong(v any) string {
	switch v := v.(type) {
	case json.Number:
		if x, err := strconv.ParseFloat(v.String(), 64); err != nil || len(v) > 40 || x != 0 && math.Abs(x) < 1e-100 || math.Abs(x) > 1e100 {
			return "is a number out of all bounds"
		}
		if _, exponent, ok := strings.Cut(strings.ToLower(v.String()), "e"); ok && len(exponent) > 4 {
			return "is a number out of all bounds"
		}
	case []any:
		for _, item := range v {
			if text := tooLong(item); text != "" {
				return text
			}
		}
	case map[string]any:
		for _, item := range v {
			if text := tooLong(item); text != "" {
				return text
			}
		}
	}
	return ""
}

// explain puts a sentence for each thing that is wrong under its field.
func (f *form) explain(e *jsonschema.ValidationError, values map[string]any, fields map[string]string) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			f.explain(cause, values, fields)
		}
		return
	}
	at := strings.Join(e.InstanceLocation, ".")
	put := func(name, text string) {
		name = strings.TrimSuffix(configschema.FieldPrefix+name, ".")
		if _, said := fields[name]; !said { // the first thing wrong is enough
			fields[name] = text
		}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			put(strings.TrimPrefix(at+"."+shorten(name), "."), f.notASetting(name, at))
		}
	case *kind.Required:
		for _, name := range k.Missing {
			put(strings.TrimPrefix(at+"."+name, "."), "is needed")
		}
	case *kind.Type:
		got := article(k.Got)
		if n, ok := values[at].(json.Number); ok {
			got = n.String() // 2.5 where a whole number is wanted
		}
		put(at, "must be "+f.wanted(at, orWords(k.Want))+", got "+got)
	case *kind.Enum:
		put(at, fmt.Sprintf("must be one of %s, got %s", listed(k.Want), shown(k.Got))+suggest(fmt.Sprint(k.Got), texts(k.Want)))
	case *kind.Minimum:
		put(at, "must be "+f.wanted(at, "at least "+decimal(k.Want))+", got "+decimal(k.Got))
	case *kind.Maximum:
		put(at, "must be "+f.wanted(at, "at most "+decimal(k.Want))+", got "+decimal(k.Got))
	default:
		put(at, k.LocalizedString(message.NewPrinter(language.English)))
	}
}

// wanted says what a top-level property takes, or otherwise.
func (f *form) wanted(name, otherwise string) string {
	p, ok := f.properties[name]
	whole := ""
	switch {
	case !ok || p.Minimum == nil || p.Maximum == nil:
		return otherwise
	case p.Is("integer"):
		whole = "a whole number from "
	case p.Is("number"):
		whole = "a number from "
	}
	return whole + p.Minimum.String() + " to " + p.Maximum.String()
}

func (f *form) notASetting(name, at string) string {
	if at != "" || len(f.order) == 0 {
		return "is not a setting"
	}
	return "is not a setting; the settings are " + strings.Join(f.order, ", ") + suggest(name, f.order)
}
