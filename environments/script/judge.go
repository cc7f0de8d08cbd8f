package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"go.starlark.net/starlark"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Bounds of what is said of a state.
const (
	maxSummary = 32 << 10
	maxLegal   = 1000
)

func (e *evaluation) readSummary(state starlark.Value, m *moment) *fault {
	if e.world.functions["summary"] == nil {
		m.Summary = plainSummary(m.State)
		return nil
	}
	v, f := e.call("summary", state)
	if f != nil {
		return f
	}
	text, ok := v.(starlark.String)
	m.Summary = strings.TrimSpace(announced.Clean(string(text)))
	if !ok || m.Summary == "" || len(m.Summary) > maxSummary {
		return e.at("summary", "summary must return a text of 1 to %d bytes, got %s", maxSummary, short(v))
	}
	return nil
}

// plainSummary says a state in one line: its keys and values.
func plainSummary(data agent.Object) string {
	m := data.Map()
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	parts := make([]string, len(names))
	for i, name := range names {
		text, ok := m[name].(string)
		if !ok {
			one := agent.MustObject(map[string]any{"v": m[name]}).String()
			text = one[len(`{"v":`) : len(one)-1]
		}
		parts[i] = name + ": " + text
	}
	const shown = 600
	if text := strings.TrimSpace(announced.Clean(strings.Join(parts, ", "))); text != "" {
		return agent.Clip(text, shown)
	}
	return "nothing to see"
}

func (e *evaluation) readTerminal(state starlark.Value, m *moment) *fault {
	v, f := e.call("is_terminal", state)
	if f != nil {
		return f
	}
	done, ok := v.(starlark.Bool)
	if !ok {
		return e.at("is_terminal", "is_terminal must return True or False, got %s", short(v))
	}
	m.Done = bool(done)
	return nil
}

func (e *evaluation) readOutcome(state starlark.Value, m *moment) *fault {
	v, f := e.call("outcome", state)
	if f != nil {
		return f
	}
	wrong := func() *fault {
		return e.at("outcome", "outcome must return True or False, or that and a score from 0 to 1 such as (False, 0.5), got %s", short(v))
	}
	success, score := v, starlark.Value(nil)
	if pair, ok := v.(starlark.Tuple); ok {
		if len(pair) != 2 {
			return wrong()
		}
		success, score = pair[0], pair[1]
	}
	won, ok := success.(starlark.Bool)
	if !ok {
		return wrong()
	}
	if m.Success = bool(won); m.Success {
		m.Score = 1
	}
	if score != nil {
		if m.Score, ok = number(score); !ok || m.Score < 0 || m.Score > 1 {
			return wrong()
		}
	}
	return nil
}

func (e *evaluation) readPhi(state starlark.Value, m *moment) *fault {
	if e.world.functions["phi"] == nil {
		return nil
	}
	v, f := e.call("phi", state)
	if f != nil {
		return f
	}
	phi, ok := number(v)
	if !ok || !agent.ValidPhi(phi) {
		return e.at("phi", "phi must return a number from 0 to 10, got %s", short(v))
	}
	m.Phi = &phi
	return nil
}

func (e *evaluation) readLegal(state starlark.Value, m *moment) *fault {
	if m.Done {
		return nil
	}
	if e.world.functions["legal"] == nil {
		m.Legal = everything(e.world.hello.Actions)
		return nil
	}
	v, f := e.call("legal", state)
	if f != nil {
		return f
	}
	list, ok := v.(starlark.Sequence)
	if !ok {
		return e.at("legal", `legal must return a list of actions such as ["wait", action("go", to = "north")], got %s`, short(v))
	}
	if n := list.Len(); n == 0 || n > maxLegal {
		return e.at("legal", "legal lists %d actions in a state that is not the end; list 1 to %d", n, maxLegal)
	}
	seen := map[wireAction]bool{}
	items := list.Iterate()
	defer items.Done()
	var item starlark.Value
	for items.Next(&item) {
		one, err := readAction(item)
		if err == nil {
			err = agent.CheckAction(e.world.hello.Actions, agent.Action{Name: one.Name, Params: one.Params})
		}
		switch {
		case err != nil:
			return e.at("legal", "%s", agent.MessageOf(err))
		case one.Name == agent.Done:
			return e.at("legal", "legal lists DONE, which is always possible and never listed")
		case seen[one]:
			return e.at("legal", "legal lists %s twice", agent.Action{Name: one.Name, Params: one.Params}.Label())
		}
		seen[one] = true
		m.Legal = append(m.Legal, one)
	}
	return nil
}

// everything lists all actions where they can be listed: nil where a parameter
// has no list of values, or where they are too many.
func everything(specs []agent.ActionSpec) []wireAction {
	var out []wireAction
	for _, spec := range specs {
		all := []map[string]any{{}}
		for _, p := range spec.Params {
			values := make([]any, 0, len(p.Enum)+1)
			switch {
			case p.Optional: // it need not be there
				continue
			case p.Type == "boolean":
				values = append(values, true, false)
			case len(p.Enum) == 0:
				return nil
			}
			for _, v := range p.Enum {
				values = append(values, v)
			}
			var more []map[string]any
			for _, params := range all {
				for _, v := range values {
					next := map[string]any{p.Name: v}
					maps.Copy(next, params)
					more = append(more, next)
				}
			}
			if all = more; len(all)+len(out) > agent.MaxListed {
				return nil
			}
		}
		for _, params := range all {
			out = append(out, wireAction{spec.Name, agent.MustObject(params)})
		}
	}
	if len(out) > agent.MaxListed {
		return nil
	}
	return out
}

// readActions reads the global actions: a list of names and dicts.
func readActions(v starlark.Value) ([]agent.ActionSpec, error) {
	list, ok := v.(starlark.Sequence)
	if _, isText := v.(starlark.String); !ok || isText {
		return nil, fmt.Errorf(`actions must be a list such as ["wait", {"name": "go", "params": {"to": ["north", "south"]}}], got %s`, short(v))
	}
	var specs []agent.ActionSpec
	items := list.Iterate()
	defer items.Done()
	var item starlark.Value
	for items.Next(&item) {
		spec, err := readSpec(item)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

func readSpec(v starlark.Value) (agent.ActionSpec, error) {
	if name, ok := v.(starlark.String); ok {
		return agent.ActionSpec{Name: string(name)}, nil
	}
	d, ok := v.(*starlark.Dict)
	if !ok {
		return agent.ActionSpec{}, fmt.Errorf(`an action is announced by a name, or by a dict such as {"name": "go", "params": {"to": ["north", "south"]}}, got %s`, short(v))
	}
	var spec agent.ActionSpec
	for _, item := range d.Items() {
		switch key := short(item[0]); key {
		case `"name"`, `"description"`:
			text, ok := item[1].(starlark.String)
			if !ok {
				return spec, fmt.Errorf("the %s of an action must be a text, got %s", strings.Trim(key, `"`), short(item[1]))
			}
			if key == `"name"` {
				spec.Name = string(text)
			} else {
				spec.Description = string(text)
			}
		case `"params"`:
			params, ok := item[1].(*starlark.Dict)
			if !ok {
				return spec, fmt.Errorf(`params must be a dict such as {"to": ["north", "south"], "fast": "boolean"}, got %s`, short(item[1]))
			}
			for _, p := range params.Items() {
				one, err := readParam(p[0], p[1])
				if err != nil {
					return spec, err
				}
				spec.Params = append(spec.Params, one)
			}
		default:
			return spec, fmt.Errorf("an action has no %s; it has name, description and params", key)
		}
	}
	return spec, nil
}

// readParam reads a parameter: a type, a list of values, or a dict.
func readParam(key, v starlark.Value) (agent.ParamSpec, error) {
	name, ok := key.(starlark.String)
	if !ok {
		return agent.ParamSpec{}, fmt.Errorf("the name of a parameter must be a text, got %s", short(key))
	}
	p := agent.ParamSpec{Name: string(name), Type: "string"}
	switch v := v.(type) {
	case starlark.String:
		p.Type = string(v)
		return p, nil
	case *starlark.List, starlark.Tuple:
		enum, err := texts(v)
		p.Enum = enum
		if err != nil {
			return p, fmt.Errorf("parameter %q: %w", p.Name, err)
		}
		return p, nil
	case *starlark.Dict:
		return p, readParamDict(v, &p)
	}
	return p, fmt.Errorf(`parameter %q must be a type ("string", "integer", "number" or "boolean"), a list of values or a dict, got %s`, p.Name, short(v))
}

func readParamDict(d *starlark.Dict, p *agent.ParamSpec) error {
	for _, item := range d.Items() {
		key := strings.Trim(short(item[0]), `"`)
		text, isText := item[1].(starlark.String)
		flag, isFlag := item[1].(starlark.Bool)
		switch {
		case key == "type" && isText:
			p.Type = string(text)
		case key == "description" && isText:
			p.Description = string(text)
		case key == "role" && isText:
			p.Role = agent.ParamRole(text)
		case key == "optional" && isFlag:
			p.Optional = bool(flag)
		case key == "enum":
			enum, err := texts(item[1])
			if err != nil {
				return fmt.Errorf("parameter %q: %w", p.Name, err)
			}
			p.Enum = enum
		case slices.Contains([]string{"type", "description", "role", "optional"}, key):
			return fmt.Errorf("parameter %q: its %s can't be %s", p.Name, key, short(item[1]))
		default:
			return fmt.Errorf("parameter %q has no %q; it has type, description, enum, role and optional", p.Name, key)
		}
	}
	return nil
}

func texts(v starlark.Value) ([]string, error) {
	list, ok := v.(starlark.Sequence)
	if !ok {
		return nil, fmt.Errorf("its values must be a list of texts, got %s", short(v))
	}
	items := list.Iterate()
	defer items.Done()
	var out []string
	var item starlark.Value
	for items.Next(&item) {
		text, ok := item.(starlark.String)
		if !ok {
			return nil, fmt.Errorf("its values must be texts, got %s", short(item))
		}
		out = append(out, string(text))
	}
	if len(out) == 0 {
		return nil, errors.New("its list of values is empty")
	}
	return out, nil
}

// readDescription reads describe: a text, or a dict.
func readDescription(v starlark.Value, h *hello) error {
	if text, ok := v.(starlark.String); ok {
		h.Text = string(text)
		return nil
	}
	d, ok := v.(*starlark.Dict)
	if !ok {
		return fmt.Errorf("describe must be a text or a dict, got %s", short(v))
	}
	known := []string{"text", "dynamics", "milestones", "things", "held", "place", "exits", "vocabulary", "phrases"}
	for _, key := range d.Keys() {
		if text, ok := key.(starlark.String); !ok || !slices.Contains(known, string(text)) {
			return fmt.Errorf("describe has no %s; it has %s", short(key), strings.Join(known, ", "))
		}
	}
	o, err := encode("describe", d)
	if err != nil {
		return err
	}
	var read struct {
		Text       string   `json:"text"`
		Dynamics   string   `json:"dynamics"`
		Milestones []string `json:"milestones"`
		announced.State
	}
	read.Text = h.Text
	if err := o.Decode(&read); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	h.Text, h.Dynamics, h.Milestones, h.State = read.Text, read.Dynamics, read.Milestones, read.State
	return nil
}
