package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Whole reads the body of an answer that nobody wants piece by piece: one JSON
// value as its only event, or the events that a server sends all the same.
func (r *Reply) Whole() (*Events, error) {
	raw, err := r.Bytes()
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, byteOrderMark))
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		var first json.RawMessage
		if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&first); errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, ErrCut
		} else if err != nil {
			return nil, err
		}
	}
	return NewEvents(bytes.NewReader(raw)), nil
}

// ModelNames reads a list of models in the forms that servers use: under data or
// models, or by itself, of objects with an id or a name, or of names. It reports
// whether it is such a list, which may be empty.
func ModelNames(raw []byte) (names []string, ok bool) {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, byteOrderMark))
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return nil, false
		}
		found := false
		for _, key := range []string{"data", "models"} {
			if value, has := object[key]; has && json.Unmarshal(value, &list) == nil {
				found = true
				break
			}
		}
		if !found {
			return nil, false
		}
	}
	for _, one := range list {
		var name string
		if json.Unmarshal(one, &name) != nil {
			var fields map[string]json.RawMessage
			_ = json.Unmarshal(one, &fields)
			for _, key := range []string{"id", "name", "model"} {
				if json.Unmarshal(fields[key], &name) == nil && name != "" {
					break
				}
			}
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names, true
}

// HasError reports whether the error field of an answer holds one: good answers have it
// too, and nothing in it.
func HasError(field json.RawMessage) bool {
	switch string(field) {
	case "", "null", "false", `""`, "{}", "[]", "0":
		return false
	}
	return true
}
