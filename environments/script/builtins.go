package script

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"purposeagent/agent"
)

// refusal is the error of fail: the script says that something can't be done.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// fail(text…) refuses: an action that can't be done here, or a task.
func fail(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) > 0 {
		return nil, errors.New("fail takes texts only")
	}
	words := make([]string, len(args))
	for i, v := range args {
		text, ok := v.(starlark.String)
		if words[i] = string(text); !ok {
			words[i] = short(v)
		}
	}
	text := strings.TrimSpace(strings.ToValidUTF8(strings.Join(words, " "), "\uFFFD"))
	if text == "" {
		text = "that can't be done"
	}
	return nil, &refusal{agent.Clip(text, maxMessage)}
}

// random() is a number from 0 up to 1, random(n) a whole number from 0 up to n,
// random(list) an element.
func random(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var of starlark.Value
	if err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, 0, &of); err != nil {
		return nil, err
	}
	draws, _ := thread.Local(localDraws).(*rand.Rand)
	if draws == nil {
		return nil, errors.New("random is there in purpose, reset and execute only: what is said of a state follows from the state alone")
	}
	switch v := of.(type) {
	case nil:
		return starlark.Float(draws.Float64()), nil
	case starlark.Int:
		n, ok := v.Int64()
		if !ok || n < 1 {
			return nil, fmt.Errorf("random(n) needs a whole number of at least 1, got %s", short(v))
		}
		return starlark.MakeInt64(draws.Int64N(n)), nil
	case starlark.Indexable:
		if v.Len() == 0 {
			return nil, errors.New("random can't choose from nothing")
		}
		return v.Index(draws.IntN(v.Len())), nil
	}
	return nil, fmt.Errorf("random takes nothing, a whole number or a list, got %s", short(of))
}

// makeAction is action(name, param = value, …).
func makeAction(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	if err := starlark.UnpackPositionalArgs(b.Name(), args, nil, 1, &name); err != nil {
		return nil, err
	}
	params := starlark.NewDict(len(kwargs))
	for _, pair := range kwargs {
		if err := params.SetKey(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return actionValue(name, params), nil
}

// actionValue is an action as scripts see it: action.name, action.params["to"].
func actionValue(name string, params *starlark.Dict) starlark.Value {
	return starlarkstruct.FromStringDict(starlark.String("action"), starlark.StringDict{"name": starlark.String(name), "params": params})
}

// readAction reads an action of a script: a name, or what action made.
func readAction(v starlark.Value) (wireAction, error) {
	if name, ok := v.(starlark.String); ok {
		return wireAction{Name: string(name)}, nil
	}
	s, ok := v.(*starlarkstruct.Struct)
	if !ok {
		return wireAction{}, agent.Errorf(agent.CodeInvalid, `an action is a name or action("go", to = "north"), got %s`, short(v))
	}
	nameValue, err := s.Attr("name")
	name, isText := nameValue.(starlark.String)
	paramsValue, errParams := s.Attr("params")
	params, isDict := paramsValue.(*starlark.Dict)
	if err != nil || errParams != nil || !isText || !isDict {
		return wireAction{}, agent.Errorf(agent.CodeInvalid, `an action is a name or action("go", to = "north"), got another struct`)
	}
	o, err := encode("params", params)
	if err != nil {
		return wireAction{}, agent.Errorf(agent.CodeInvalid, "action %s: %v", short(name), err)
	}
	return wireAction{Name: string(name), Params: o}, nil
}
