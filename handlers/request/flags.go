package request

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// Flag is a field of a request that a command line can give. It has the methods of
// flag.Getter; what is set stands in the request at once.
type Flag struct {
	Name    string
	Aliases []string
	Usage   string
	field   reflect.StructField
	target  func(set bool) reflect.Value // of the field; invalid where nothing is set and it is in no request yet
}

// Flags lists the flags of a request, which is a pointer to a Run, a Fork or an
// Answer, in the order of its fields.
func Flags(request any) []Flag {
	v := reflect.ValueOf(request).Elem()
	return flagsOf(v.Type(), func(bool) reflect.Value { return v })
}

func flagsOf(t reflect.Type, parent func(set bool) reflect.Value) (flags []Flag) {
	for i := range t.NumField() {
		field := t.Field(i)
		target := func(set bool) reflect.Value {
			if v := parent(set); v.IsValid() {
				return v.Field(i)
			}
			return reflect.Value{}
		}
		names := strings.Split(field.Tag.Get("flag"), ",")
		switch inner := field.Type; {
		case names[0] != "":
			flags = append(flags, Flag{names[0], names[1:], cmp.Or(field.Tag.Get("usage"), field.Tag.Get("doc")), field, target})
		case inner.Kind() == reflect.Struct:
			flags = append(flags, flagsOf(inner, target)...)
		case inner.Kind() == reflect.Pointer && inner.Elem().Kind() == reflect.Struct:
			flags = append(flags, flagsOf(inner.Elem(), func(set bool) reflect.Value { return pointed(target(set), set) })...)
		}
	}
	return flags
}

// pointed returns what a pointer leads to. Where it leads nowhere, set makes it.
func pointed(pointer reflect.Value, set bool) reflect.Value {
	if pointer.IsValid() && pointer.IsNil() && set {
		pointer.Set(reflect.New(pointer.Type().Elem()))
	}
	if !pointer.IsValid() || pointer.IsNil() {
		return reflect.Value{}
	}
	return pointer.Elem()
}

// Set reads a value. An explicit zero is refused where zero would mean the default.
func (f Flag) Set(text string) error {
	v := f.target(true)
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = text
	case *int:
		n, err := strconv.ParseInt(text, 10, 0)
		if err != nil {
			return err
		}
		*p = int(n)
	case *int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		*p = n
	case *float64:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		*p = x
	case *agent.Object:
		return object(p, text)
	case **agent.Object:
		*p = new(agent.Object)
		return object(*p, text)
	case *[]string:
		tags, err := agent.ParseTags(text)
		if err != nil {
			return plain(err)
		}
		*p = tags
	default:
		return fmt.Errorf("a flag can't be a %s", v.Type())
	}
	return f.zero(v)
}

func object(into *agent.Object, text string) (err error) {
	*into, err = agent.ParseObject([]byte(text))
	return plain(err)
}

// plain is the message of an error without what it wraps.
func plain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s", agent.MessageOf(err))
}

// zero refuses a number that was given as zero where that is none of the values.
func (f Flag) zero(v reflect.Value) error {
	if !v.IsZero() || !v.CanInt() && !v.CanFloat() {
		return nil
	}
	tag := f.field.Tag
	if tag.Get("exclusiveMinimum") == "0" {
		return fmt.Errorf("must be above 0 and at most %s, got 0", tag.Get("maximum"))
	}
	if least := tag.Get("minimum"); least != "" && least != "0" {
		return fmt.Errorf("must be %s to %s, got 0", least, tag.Get("maximum"))
	}
	return nil
}

// String is the value as Set reads it, "" for zero.
func (f Flag) String() string {
	if f.target == nil { // as package flag asks
		return ""
	}
	v := f.target(false)
	if !v.IsValid() || v.IsZero() {
		return ""
	}
	switch x := v.Interface().(type) {
	case *agent.Object:
		return x.String()
	case agent.Object:
		if x.IsEmpty() {
			return ""
		}
		return x.String()
	case []string:
		return strings.Join(x, ",")
	case float64:
		text := strconv.FormatFloat(x, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	default:
		return fmt.Sprint(x)
	}
}

// Numeric reports whether the value is a number.
func (f Flag) Numeric() bool {
	kind := f.field.Type.Kind()
	return kind == reflect.Int || kind == reflect.Int64 || kind == reflect.Float64
}

// Get returns the value; nil where it is not set.
func (f Flag) Get() any {
	if v := f.target(false); v.IsValid() {
		return v.Interface()
	}
	return nil
}
