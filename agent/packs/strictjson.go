package packs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// asWhole writes a JSON number that is an integer as Go's decoder reads it;
// everything else stays as it is.
func asWhole(raw json.RawMessage) json.RawMessage {
	if n, ok := agent.WholeNumber(string(raw)); ok {
		return strconv.AppendInt(nil, n, 10)
	}
	return raw
}

// decodeStrict reads exactly one JSON value and refuses unknown fields, and
// fields whose name is written otherwise.
func decodeStrict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows after the end")
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return err
	}
	if name := misspelt(tree, reflect.TypeOf(into)); name != "" {
		return fmt.Errorf("json: unknown field %q", name)
	}
	return nil
}

// misspelt returns the first key that a type has no field for, letter by
// letter: Go's decoder takes "Title" for "title".
func misspelt(tree any, t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch node := tree.(type) {
	case map[string]any:
		return misspeltField(node, t)
	case []any:
		if t.Kind() != reflect.Slice {
			return ""
		}
		for _, v := range node {
			if name := misspelt(v, t.Elem()); name != "" {
				return name
			}
		}
	}
	return ""
}

func misspeltField(object map[string]any, t reflect.Type) string {
	fields := map[string]reflect.Type{}
	switch t.Kind() { //nolint:exhaustive // no other kind has fields
	case reflect.Map:
		for key := range object {
			fields[key] = t.Elem()
		}
	case reflect.Struct:
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields[name] = f.Type
		}
	default:
		return ""
	}
	for key, v := range object {
		if fields[key] == nil {
			return key
		}
		if name := misspelt(v, fields[key]); name != "" {
			return name
		}
	}
	return ""
}
