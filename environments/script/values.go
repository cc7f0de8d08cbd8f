package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"

	"purposeagent/agent"
)

// maxDepth is how deep a state may be nested: what JSON of the core may be, less
// what it is wrapped in.
const maxDepth = agent.MaxObjectDepth - 4

// encoder writes a value of a script as JSON with sorted keys.
type encoder struct {
	out  bytes.Buffer
	path []string
}

// encode returns a dict as JSON. name is what messages call it.
func encode(name string, d *starlark.Dict) (agent.Object, error) {
	e := encoder{path: []string{name}}
	if err := e.value(d, 1); err != nil {
		return "", err
	}
	return agent.ParseObject(e.out.Bytes())
}

func (e *encoder) errorf(format string, args ...any) error {
	return fmt.Errorf("%s %s", agent.Clip(strings.Join(e.path, ""), 200), fmt.Sprintf(format, args...))
}

func (e *encoder) value(v starlark.Value, depth int) error {
	if e.out.Len() > MaxStateBytes {
		return fmt.Errorf("%s is larger than %d bytes", e.path[0], MaxStateBytes)
	}
	if depth > maxDepth {
		return fmt.Errorf("%s is nested deeper than %d levels, or holds itself", e.path[0], maxDepth)
	}
	switch v := v.(type) {
	case starlark.NoneType:
		e.out.WriteString("null")
	case starlark.Bool:
		e.out.WriteString(strconv.FormatBool(bool(v)))
	case starlark.Int:
		n, ok := v.Int64()
		if !ok {
			return e.errorf("is a whole number that is too large: at most 64 bits are allowed")
		}
		e.out.WriteString(strconv.FormatInt(n, 10))
	case starlark.Float:
		return e.float(float64(v))
	case starlark.String:
		return e.text(string(v))
	case *starlark.Dict:
		return e.dict(v, depth)
	case starlark.Iterable:
		return e.list(v, depth)
	default:
		return e.errorf("is a %s; a state holds text, numbers, True, False, None, lists and dicts", v.Type())
	}
	return nil
}

func (e *encoder) float(x float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return e.errorf("is %v, which no state can hold", x)
	}
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0" // it stays a float when it is read again
	}
	e.out.WriteString(text)
	return nil
}

func (e *encoder) text(s string) error {
	if len(s) > MaxStateBytes {
		return e.errorf("is a text of %d bytes; a state can have %d", len(s), MaxStateBytes)
	}
	if !utf8.ValidString(s) {
		return e.errorf("is a text that is not valid UTF-8")
	}
	enc := json.NewEncoder(&e.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return err
	}
	e.out.Truncate(e.out.Len() - 1) // the line break
	return nil
}

func (e *encoder) dict(d *starlark.Dict, depth int) error {
	if d.Len() > MaxStateBytes/4 {
		return e.errorf("has %d keys, which no state can hold", d.Len())
	}
	items, keys := make(map[string]starlark.Value, d.Len()), make([]string, 0, d.Len())
	for _, item := range d.Items() {
		key, ok := item[0].(starlark.String)
		if !ok {
			return e.errorf("has the key %s; keys of a state are texts: write %q", short(item[0]), short(item[0]))
		}
		keys = append(keys, string(key))
		items[string(key)] = item[1]
	}
	sort.Strings(keys)
	e.out.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			e.out.WriteByte(',')
		}
		e.path = append(e.path, fmt.Sprintf("[%q]", agent.Clip(key, 60)))
		if err := e.text(key); err != nil {
			return err
		}
		e.out.WriteByte(':')
		if err := e.value(items[key], depth+1); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	e.out.WriteByte('}')
	return nil
}

func (e *encoder) list(v starlark.Iterable, depth int) error {
	if n := starlark.Len(v); n > MaxStateBytes/2 {
		return e.errorf("has %d elements, which no state can hold", n)
	}
	items := v.Iterate()
	defer items.Done()
	e.out.WriteByte('[')
	var item starlark.Value
	for i := 0; items.Next(&item); i++ {
		if i > 0 {
			e.out.WriteByte(',')
		}
		e.path = append(e.path, "["+strconv.Itoa(i)+"]")
		if err := e.value(item, depth+1); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	e.out.WriteByte(']')
	return nil
}

// short is a value in a few characters, for messages. What is large is not
// written out: it may hold itself many times over.
func short(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return strconv.Quote(agent.Clip(strings.ToValidUTF8(string(v), "\uFFFD"), 60))
	case starlark.NoneType, starlark.Bool, starlark.Float:
		return v.String()
	case starlark.Int:
		if n, ok := v.Int64(); ok {
			return strconv.FormatInt(n, 10)
		}
		return "a very large number"
	}
	return "a " + v.Type()
}

// decode makes a fresh dict of an object.
func decode(o agent.Object) (*starlark.Dict, error) {
	v, err := decodeValue(o.Map())
	if err != nil {
		return nil, err
	}
	d, ok := v.(*starlark.Dict)
	if !ok {
		return nil, errors.New("no object")
	}
	return d, nil
}

func decodeValue(v any) (starlark.Value, error) {
	switch v := v.(type) {
	case nil:
		return starlark.None, nil
	case bool:
		return starlark.Bool(v), nil
	case string:
		return starlark.String(v), nil
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return starlark.MakeInt64(n), nil
		}
		x, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("the number %s is out of range", agent.Clip(v.String(), 60))
		}
		return starlark.Float(x), nil
	case []any:
		items := make([]starlark.Value, len(v))
		for i := range v {
			var err error
			if items[i], err = decodeValue(v[i]); err != nil {
				return nil, err
			}
		}
		return starlark.NewList(items), nil
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		d := starlark.NewDict(len(keys))
		for _, key := range keys {
			item, err := decodeValue(v[key])
			if err != nil {
				return nil, err
			}
			if err := d.SetKey(starlark.String(key), item); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return nil, fmt.Errorf("a value of type %T", v)
}

// number reads a number of a script.
func number(v starlark.Value) (float64, bool) {
	switch v.(type) {
	case starlark.Int, starlark.Float:
		x, ok := starlark.AsFloat(v)
		return x, ok && !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return 0, false
}
