package openenv

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Bounds of an action's schema.
const (
	maxSchema     = 256 << 10
	maxEnumerated = 200 // actions that are listed one by one
)

// schema is how actions from here become those of a server.
type schema struct {
	specs    []agent.ActionSpec
	variants []variant // of the same index
}

// variant is one form of a server's action.
type variant struct {
	fixed  map[string]any // properties with one value
	params []param
}

// param is a property as a parameter.
type param struct {
	name string
	json bool // its value is JSON text here, and anything there
	low  *float64
	high *float64
}

// property is what is read of a property's schema.
type property struct {
	Type        any               `json:"type"`
	Description string            `json:"description"`
	Enum        []any             `json:"enum"`
	Const       any               `json:"const"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	AnyOf       []json.RawMessage `json:"anyOf"`
	Ref         string            `json:"$ref"`
}

// object is the schema of one form of the action.
type object struct {
	Title       string                     `json:"title"`
	Description string                     `json:"description"`
	Properties  map[string]json.RawMessage `json:"properties"`
	Required    []string                   `json:"required"`
	OneOf       []json.RawMessage          `json:"oneOf"`
	AnyOf       []json.RawMessage          `json:"anyOf"`
	Ref         string                     `json:"$ref"`
	Defs        map[string]json.RawMessage `json:"$defs"`
}

// parseSchema reads the JSON Schema of a server's action: one object, or one of
// several.
func parseSchema(raw json.RawMessage) (*schema, error) {
	if len(raw) > maxSchema {
		return nil, fmt.Errorf("its schema has %d bytes; at most %d are read", len(raw), maxSchema)
	}
	var root object
	if err := json.Unmarshal(raw, &root); err != nil {
		return nil, fmt.Errorf("its schema can't be read: %w", err)
	}
	forms := []object{root}
	if list := append(slices.Clone(root.OneOf), root.AnyOf...); len(list) > 0 {
		forms = nil
		for _, one := range list {
			form, err := resolved(one, root.Defs)
			if err != nil {
				return nil, err
			}
			forms = append(forms, form)
		}
	}
	s := &schema{}
	for _, form := range forms {
		if err := s.add(form, root.Defs); err != nil {
			return nil, err
		}
	}
	return s, announced.Actions(s.specs)
}

// resolved follows one reference into the schema's own definitions.
func resolved(raw json.RawMessage, defs map[string]json.RawMessage) (object, error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return o, fmt.Errorf("a form of it can't be read: %w", err)
	}
	if o.Ref == "" {
		return o, nil
	}
	def, ok := defs[strings.TrimPrefix(o.Ref, "#/$defs/")]
	if !ok {
		return o, fmt.Errorf("its schema refers to %s, which is not there", announced.Quoted([]byte(o.Ref)))
	}
	o = object{}
	if err := json.Unmarshal(def, &o); err != nil {
		return o, fmt.Errorf("a form of it can't be read: %w", err)
	}
	return o, nil
}

// add makes an action of one form.
func (s *schema) add(form object, defs map[string]json.RawMessage) error {
	v := variant{fixed: map[string]any{}}
	spec := agent.ActionSpec{Description: agent.Clip(form.Description, 1000)}
	for _, name := range slices.Sorted(maps.Keys(form.Properties)) {
		var p property
		if err := json.Unmarshal(form.Properties[name], &p); err != nil {
			return fmt.Errorf("its property %s can't be read: %w", announced.Quoted([]byte(name)), err)
		}
		if p.Ref != "" {
			if def, ok := defs[strings.TrimPrefix(p.Ref, "#/$defs/")]; ok {
				if err := json.Unmarshal(def, &p); err != nil {
					return fmt.Errorf("its property %s can't be read: %w", announced.Quoted([]byte(name)), err)
				}
			}
		}
		required := slices.Contains(form.Required, name)
		switch {
		case p.Const != nil:
			v.fixed[name] = p.Const
			continue
		case name == "metadata" && !required: // every action has one, for whoever sends it
			continue
		}
		known, asJSON := p.spec(name, required)
		spec.Params = append(spec.Params, known)
		v.params = append(v.params, param{name, asJSON, p.Minimum, p.Maximum})
	}
	spec.Name = s.nameOf(form, v)
	s.specs, s.variants = append(s.specs, spec), append(s.variants, v)
	return nil
}

// spec is a property as a parameter: words and numbers as they are, anything else
// as JSON text.
func (p *property) spec(name string, required bool) (spec agent.ParamSpec, asJSON bool) {
	spec = agent.ParamSpec{Name: name, Description: agent.Clip(p.Description, 500), Optional: !required}
	kind, _ := p.Type.(string)
	if kind == "" && len(p.AnyOf) > 0 { // "text or null"
		var first property
		if err := json.Unmarshal(p.AnyOf[0], &first); err == nil {
			kind, _ = first.Type.(string)
		}
	}
	switch kind {
	case "string":
		spec.Type = kind
		for _, v := range p.Enum {
			if text, ok := v.(string); ok {
				spec.Enum = append(spec.Enum, text)
			}
		}
		return spec, false
	case "integer", "number", "boolean":
		spec.Type = kind
		return spec, false
	}
	spec.Type = "string"
	spec.Description = strings.TrimSpace(spec.Description + " (as JSON)")
	return spec, true
}

// nameOf names an action by the one value that tells its form from others, else by
// the schema's title.
func (s *schema) nameOf(form object, v variant) string {
	name := ""
	for _, key := range slices.Sorted(maps.Keys(v.fixed)) {
		if text, ok := v.fixed[key].(string); ok {
			name = text
			break
		}
	}
	if name == "" {
		name = strings.ToLower(strings.TrimSuffix(form.Title, "Action"))
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, name), "_-.")
	if name == "" || name[0] >= '0' && name[0] <= '9' || name == agent.Done || name == agent.NoAction {
		name = "act_" + name
	}
	name = strings.TrimSuffix(name[:min(len(name), 90)], "_")
	for i := 2; slices.ContainsFunc(s.specs, func(a agent.ActionSpec) bool { return a.Name == name }); i++ {
		name = fmt.Sprintf("%.90s_%d", name, i)
	}
	return name
}

// data is an action as the server wants it.
func (s *schema) data(a agent.Action) (json.RawMessage, error) {
	at := slices.IndexFunc(s.specs, func(spec agent.ActionSpec) bool { return spec.Name == a.Name })
	if at < 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "there is no action %q", a.Name)
	}
	v := s.variants[at]
	given, out := a.Params.Map(), maps.Clone(v.fixed)
	for _, p := range v.params {
		value, ok := given[p.name]
		if !ok {
			continue
		}
		if text, isText := value.(string); p.json && isText {
			var parsed any
			if err := json.Unmarshal([]byte(text), &parsed); err != nil {
				return nil, agent.Errorf(agent.CodeInvalid, "%s must be JSON: %v", p.name, err)
			}
			value = parsed
		}
		out[p.name] = value
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "the action can't be sent")
	}
	return raw, nil
}

// legal lists the actions that an observation names in "legal_actions", else those
// of the schema where each parameter has few values; nil where they can't be listed.
func (s *schema) legal(state agent.State) []agent.Action {
	if len(s.specs) == 1 && len(s.specs[0].Params) == 1 {
		if list, ok := state.Data.Map()["legal_actions"].([]any); ok && len(list) <= maxEnumerated {
			var out []agent.Action
			for _, v := range list {
				a := agent.Action{Name: s.specs[0].Name, Params: agent.MustObject(map[string]any{s.specs[0].Params[0].Name: v})}
				if agent.CheckAction(s.specs, a) == nil {
					out = append(out, a)
				}
			}
			return out
		}
	}
	var out []agent.Action
	for i, spec := range s.specs {
		some, err := enumerated(spec, s.variants[i])
		if err != nil || len(out)+len(some) > maxEnumerated {
			return nil
		}
		out = append(out, some...)
	}
	return out
}

var errMany = errors.New("there are too many values")

// enumerated lists the actions of one form.
func enumerated(spec agent.ActionSpec, v variant) ([]agent.Action, error) {
	all := []map[string]any{{}}
	for i, p := range spec.Params {
		var values []any
		switch {
		case p.Optional:
			continue
		case len(p.Enum) > 0:
			for _, text := range p.Enum {
				values = append(values, text)
			}
		case p.Type == "boolean":
			values = []any{false, true}
		case p.Type == "integer" && v.params[i].low != nil && v.params[i].high != nil && *v.params[i].high-*v.params[i].low < maxEnumerated:
			for n := int64(*v.params[i].low); n <= int64(*v.params[i].high); n++ {
				values = append(values, n)
			}
		default:
			return nil, errMany
		}
		if len(all)*len(values) > maxEnumerated {
			return nil, errMany
		}
		var next []map[string]any
		for _, before := range all {
			for _, value := range values {
				more := maps.Clone(before)
				more[p.Name] = value
				next = append(next, more)
			}
		}
		all = next
	}
	out := make([]agent.Action, len(all))
	for i, params := range all {
		out[i] = agent.Action{Name: spec.Name, Params: agent.MustObject(params)}
	}
	return out, nil
}
