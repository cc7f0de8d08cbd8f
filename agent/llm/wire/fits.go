package wire

import (
	"encoding/json"
	"strings"
)

// Fits reports whether a text is one JSON object, and has what a schema requires
// of it at its top.
func Fits(schema json.RawMessage, text string) bool {
	var object map[string]json.RawMessage
	if text = strings.TrimSpace(text); !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &object) != nil {
		return false
	}
	var wanted struct {
		Required []string `json:"required"`
	}
	_ = json.Unmarshal(schema, &wanted)
	for _, name := range wanted.Required {
		if _, ok := object[name]; !ok {
			return false
		}
	}
	return true
}
