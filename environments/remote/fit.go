package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

var objectType = reflect.TypeFor[agent.Object]()

// read decodes an answer. Numbers are read as JSON Schema sees them: 1.0 is an
// integer; 1 and 0 are read as true and false, since libraries of numbers have
// no other truth. What does not fit is named with what came and what is wanted.
func read[T any](whole agent.Object) (T, error) {
	var v T
	if whole.Decode(&v) == nil {
		return v, nil
	}
	fitted, err := fit(whole.Map(), reflect.TypeFor[T](), "")
	if err != nil {
		return v, err
	}
	again, err := agent.NewObject(fitted)
	if err == nil {
		err = again.Decode(&v)
	}
	if err != nil {
		return v, fmt.Errorf("it can't be read: %w", err)
	}
	return v, nil
}

// fit returns a decoded value as the type's decoder reads it, or what is wrong
// with it. Fields that the type does not have are left out.
func fit(v any, t reflect.Type, place string) (any, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if v == nil { // null means left out
		return nil, nil
	}
	number, isNumber := v.(json.Number)
	switch t.Kind() { //nolint:exhaustive // answers are read into no other kinds
	case reflect.Bool:
		if whole, ok := agent.WholeNumber(number.String()); isNumber && ok && (whole == 0 || whole == 1) {
			return whole == 1, nil
		}
		_, ok := v.(bool)
		return v, wanted(ok, place, "true or false", v)
	case reflect.Int, reflect.Int64:
		whole, ok := int64(0), isNumber
		if ok {
			whole, ok = agent.WholeNumber(number.String())
		}
		return json.Number(strconv.FormatInt(whole, 10)), wanted(ok, place, "a whole number", v)
	case reflect.Float64:
		ok := isNumber
		if ok {
			_, err := number.Float64()
			ok = err == nil
		}
		return v, wanted(ok, place, "a number", v)
	case reflect.String:
		if t == objectType {
			_, ok := v.(map[string]any)
			return v, wanted(ok, place, "an object", v)
		}
		_, ok := v.(string)
		return v, wanted(ok, place, "a string", v)
	case reflect.Slice:
		list, ok := v.([]any)
		out := make([]any, len(list))
		for i := range list {
			var err error
			if out[i], err = fit(list[i], t.Elem(), fmt.Sprintf("%s[%d]", place, i)); err != nil {
				return nil, err
			}
		}
		return out, wanted(ok, place, "a list", v)
	case reflect.Map, reflect.Struct:
		return fitObject(v, t, place)
	}
	return v, nil
}

func fitObject(v any, t reflect.Type, place string) (any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, wanted(false, place, "an object", v)
	}
	within := func(name string) string { return strings.TrimPrefix(place+"."+name, ".") }
	out := make(map[string]any, len(object))
	var err error
	if t.Kind() == reflect.Map {
		for name, one := range object {
			if out[name], err = fit(one, t.Elem(), within(name)); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		one, there := object[name]
		if !there || name == "-" {
			continue
		}
		if out[name], err = fit(one, field.Type, within(name)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// wanted says what a field must be and what came, unless it is well.
func wanted(well bool, place, want string, v any) error {
	if well {
		return nil
	}
	came := ""
	switch v := v.(type) {
	case string:
		came = "the string " + announced.Quoted([]byte(v))
	case json.Number:
		came = "the number " + agent.Clip(v.String(), 40)
	case bool:
		came = strconv.FormatBool(v)
	case []any:
		came = "a list"
	case map[string]any:
		came = "an object"
	}
	if place == "" {
		return errors.New("it must be " + want + ", got " + came)
	}
	return fmt.Errorf("%q must be %s, got %s", place, want, came)
}

// plainParams writes the params of an action as its announcement wants them:
// an integer as an integer, however its number was written.
func plainParams(specs []agent.ActionSpec, name string, params agent.Object) agent.Object {
	for _, spec := range specs {
		if spec.Name != name {
			continue
		}
		values, changed := params.Map(), false
		for _, p := range spec.Params {
			number, ok := values[p.Name].(json.Number)
			if !ok || p.Type != "integer" {
				continue
			}
			if whole, ok := agent.WholeNumber(number.String()); ok && strconv.FormatInt(whole, 10) != number.String() {
				values[p.Name], changed = json.Number(strconv.FormatInt(whole, 10)), true
			}
		}
		if changed {
			return agent.MustObject(values)
		}
	}
	return params
}
