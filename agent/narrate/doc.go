// Package narrate says states, steps and tasks in plain lines, as the prompts of
// language models and the pages about them show them: what a state holds once,
// what a step changed, and what of a long task is worth telling.
package narrate

import (
	"encoding/json"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// Reader says what happened in one world. The zero value reads any world, from
// the form of its states alone. It is not changed by use and safe for concurrent use.
type Reader struct {
	// State announces where things, exits and the place stand.
	State agent.StateSpec
	// Actions announces which parameters of an action name things.
	Actions []agent.ActionSpec
}

// ForWorld returns the reader of an environment's states.
func ForWorld(world agent.Description, actions []agent.ActionSpec) Reader {
	return Reader{State: world.State, Actions: actions}
}

// object returns the id of the thing that an action is about, the first one
// among its parameters, and "" where there is none.
func (r Reader) object(tree map[string]any, a agent.Action) string {
	values := a.Params.Map()
	for _, name := range sortedKeys(values) {
		id, ok := values[name].(string)
		if !ok || id == "" {
			continue
		}
		if r.roleOf(a.Name, name) == agent.RoleThing || r.attributes(tree, id) != nil {
			return id
		}
	}
	return ""
}

// passage returns the way that an action takes, "" where it takes none.
func (r Reader) passage(a agent.Action) string {
	for i := range r.Actions {
		if r.Actions[i].Name != a.Name {
			continue
		}
		for _, p := range r.Actions[i].Params {
			if p.Role == agent.RolePassage {
				return a.Param(p.Name)
			}
		}
	}
	return ""
}

func (r Reader) roleOf(action, param string) agent.ParamRole {
	for i := range r.Actions {
		if r.Actions[i].Name != action {
			continue
		}
		for _, p := range r.Actions[i].Params {
			if p.Name == param {
				return p.Role
			}
		}
	}
	return agent.RoleConstant
}

// attributes returns what a state says of a thing, nil where it says nothing.
func (r Reader) attributes(tree map[string]any, id string) map[string]any {
	if r.State.Things != "" {
		things, _ := agent.Lookup(tree, r.State.Things)
		all, _ := things.(map[string]any)
		found, _ := all[id].(map[string]any)
		return found
	}
	for _, v := range tree { // one level down is where worlds keep what they list by id
		if all, ok := v.(map[string]any); ok {
			if found, ok := all[id].(map[string]any); ok {
				return found
			}
		}
	}
	return nil
}

// textAt returns the scalar at a pointer, "" where there is none.
func textAt(tree map[string]any, pointer string) string {
	if pointer == "" {
		return ""
	}
	v, _ := agent.Lookup(tree, pointer)
	text, _ := scalar(v)
	return text
}

// scalar says a value that is no list and no object.
func scalar(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		if x == "" {
			return `""`, true
		}
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		if x {
			return "true", true
		}
		return "false", true
	case nil:
		return "null", true
	}
	return "", false
}

// inline says any value on one line of at most n characters.
func inline(v any, n int) string {
	var b strings.Builder
	writeInline(&b, v, 0)
	return prompttext.Cut(prompttext.OneLine(b.String()), n)
}

func writeInline(b *strings.Builder, v any, depth int) {
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			b.WriteString("none")
			return
		}
		if depth > 0 {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, name := range sortedKeys(x) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(name)
			b.WriteByte(' ')
			writeInline(b, x[name], depth+1)
		}
	case []any:
		if len(x) == 0 {
			b.WriteString("none")
			return
		}
		if depth > 0 {
			b.WriteByte('[')
			defer b.WriteByte(']')
		}
		for i, item := range x {
			if i > 0 {
				b.WriteString(", ")
			}
			writeInline(b, item, depth+1)
		}
	default:
		text, _ := scalar(v)
		if depth > 0 && strings.ContainsAny(text, ",;()[]\n") {
			text = `"` + text + `"`
		}
		b.WriteString(text)
	}
}

func sortedKeys(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
