package agent

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Limits on JSON that comes from outside.
const (
	MaxObjectBytes = 8 << 20 // 8 MiB
	MaxObjectDepth = 64
)

// Object is a JSON object in canonical form: compact, keys sorted, valid
// UTF-8. It is a string, so it is immutable, comparable and a map key; before
// and after can never alias. The zero value is the empty object.
type Object string

// NewObject returns v, which must marshal to a JSON object, as an Object.
// Struct field order does not matter: keys are sorted. Errors are CodeInvalid.
func NewObject(v any) (Object, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", Errorf(CodeInvalid, "encode JSON object: %w", err)
	}
	return ParseObject(b.Bytes())
}

// MustObject is NewObject for values that are known to marshal; it panics otherwise.
func MustObject(v any) Object {
	o, err := NewObject(v)
	if err != nil {
		panic(err)
	}
	return o
}

// ParseObject checks and canonicalises JSON text from outside: an object of at
// most MaxObjectBytes and MaxObjectDepth levels, valid UTF-8, nothing after
// it. Numbers keep their digits. Errors are CodeInvalid and say what to mend.
func ParseObject(raw []byte) (Object, error) {
	if len(raw) > MaxObjectBytes {
		return "", Errorf(CodeInvalid, "JSON is %d bytes; at most %d are allowed", len(raw), MaxObjectBytes)
	}
	raw, err := FileText(raw)
	if err != nil {
		return "", Errorf(CodeInvalid, "this is not JSON: %s", MessageOf(err))
	}
	if depth := nesting(raw); depth > MaxObjectDepth {
		return "", Errorf(CodeInvalid, "JSON is nested deeper than %d levels", MaxObjectDepth)
	}
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) == 0 || bytes.Equal(trimmed, []byte("{}")) || bytes.Equal(trimmed, []byte("null")) {
		return "", nil
	}
	if trimmed[0] != '{' {
		return "", Errorf(CodeInvalid, "expected a JSON object like {\"key\": \"value\"}")
	}
	if !json.Valid(trimmed) {
		return "", Errorf(CodeInvalid, "not a valid JSON object: %s", JSONFault(trimmed))
	}
	if isCanonical(trimmed) {
		return Object(trimmed), nil
	}
	m, ok := readTree(string(trimmed))
	if !ok {
		return "", Errorf(CodeInvalid, "not a valid JSON object: %s", JSONFault(trimmed))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return "", Errorf(CodeInvalid, "encode JSON object: %w", err)
	}
	out := strings.TrimSuffix(b.String(), "\n")
	if out == "{}" {
		return "", nil
	}
	return Object(out), nil
}

// nesting returns the deepest level of brackets outside strings.
func nesting(raw []byte) int {
	deepest, depth := 0, 0
	inString, escaped := false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case inString:
			switch c {
			case '\\':
				escaped = true
			case '"':
				inString = false
			}
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// String returns the JSON text.
func (o Object) String() string {
	if o == "" {
		return "{}"
	}
	return string(o)
}

// IsEmpty reports whether the object has no keys.
func (o Object) IsEmpty() bool { return o == "" || o == "{}" }

// Decode unmarshals the object into v.
func (o Object) Decode(v any) error {
	if err := json.Unmarshal([]byte(o.String()), v); err != nil {
		return &undecoded{err}
	}
	return nil
}

// undecoded is an error of Decode in words for people.
type undecoded struct{ err error }

func (e *undecoded) Error() string { return JSONProblem(e.err) }
func (e *undecoded) Unwrap() error { return e.err }

// Map returns a fresh copy of the object as a map; numbers are json.Number.
func (o Object) Map() map[string]any {
	m, ok := readTree(o.String())
	if !ok {
		return map[string]any{} // an Object is valid by construction
	}
	return m
}

// MarshalJSON writes the object itself.
func (o Object) MarshalJSON() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalJSON reads and canonicalises a JSON object.
func (o *Object) UnmarshalJSON(raw []byte) error {
	parsed, err := ParseObject(raw)
	if err != nil {
		return err
	}
	*o = parsed
	return nil
}

// pointerUnescape reads a part of a JSON pointer.
var pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")

// Lookup returns the value at an RFC 6901 JSON pointer in a tree made by
// Object.Map, and whether it exists.
func Lookup(tree any, pointer string) (any, bool) {
	if pointer == "" {
		return tree, true
	}
	if !strings.HasPrefix(pointer, "/") {
		return nil, false
	}
	for part := range strings.SplitSeq(pointer[1:], "/") {
		part = pointerUnescape.Replace(part)
		switch node := tree.(type) {
		case map[string]any:
			v, ok := node[part]
			if !ok {
				return nil, false
			}
			tree = v
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(node) || strconv.Itoa(i) != part {
				return nil, false
			}
			tree = node[i]
		default:
			return nil, false
		}
	}
	return tree, true
}
