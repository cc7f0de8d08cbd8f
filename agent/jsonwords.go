package agent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSONFault says in plain words, with its place, what keeps text from being
// exactly one JSON value in which no object has a key twice; "" if nothing does.
func JSONFault(text []byte) string {
	if len(bytes.TrimSpace(text)) == 0 {
		return "it is empty"
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		if syntax.Offset >= int64(len(text)) && strings.Contains(syntax.Error(), "end of JSON") {
			return fmt.Sprintf("it ends too early, after character %d", utf8.RuneCount(text))
		}
		at := min(max(int(syntax.Offset)-1, 0), len(text)-1)
		if json.Valid(text[:at]) {
			return fmt.Sprintf("there is text after its end, from character %d on", utf8.RuneCount(text[:at])+1)
		}
		odd, _ := utf8.DecodeRune(text[at:])
		return fmt.Sprintf("it goes wrong at character %d, %s", utf8.RuneCount(text[:at])+1, strconv.QuoteRune(odd))
	}
	return doubledKey(text)
}

// doubledKey names the first key that an object has twice. The text is JSON.
func doubledKey(text []byte) string {
	var path []level
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil { // the end: the text is JSON
			return ""
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			path = path[:len(path)-1]
			continue
		}
		if n := len(path); n > 0 && path[n-1].twice(token) {
			return Clip(pathText(path), 200) + " is given twice; give it once"
		}
		switch token {
		case json.Delim('{'):
			path = append(path, level{keys: map[string]bool{}, want: true})
		case json.Delim('['):
			path = append(path, level{})
		}
	}
}

// level is an object or a list that is being read.
type level struct {
	keys map[string]bool // nil: a list
	key  string
	n    int
	want bool // a key comes next
}

// twice takes the next token, and reports whether it is a key that was there.
func (l *level) twice(token json.Token) bool {
	if key, ok := token.(string); ok && l.want {
		l.key, l.want = key, false
		was := l.keys[key]
		l.keys[key] = true
		return was
	}
	l.want, l.n = l.keys != nil, l.n+1
	return false
}

// pathText writes where a path leads: rules[1].when.k.
func pathText(path []level) string {
	var place strings.Builder
	for _, l := range path {
		switch {
		case l.keys == nil:
			fmt.Fprintf(&place, "[%d]", l.n-1)
			continue
		case place.Len() > 0:
			place.WriteByte('.')
		}
		place.WriteString(l.key)
	}
	return place.String()
}

// WholeNumber reads the text of a JSON number that is an integer of 64 bits,
// however it is written: 230, 230.0 and 2.3e2 are one number to JSON Schema.
func WholeNumber(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '+' {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 || !json.Valid([]byte(text)) {
		return 0, false
	}
	return int64(f), true
}

// JSONProblem says in words for people what is wrong with JSON that did not
// decode: which field it is in, what was expected there and what came. Text
// that is no JSON is JSONFault's to describe. The words of other errors are
// left as they are.
func JSONProblem(err error) string {
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return "it is empty"
	case errors.As(err, &kind):
		return fmt.Sprintf("%s must be %s, got %s", cmp.Or(kind.Field, "it"), expected(kind.Type), came(kind.Value))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Message
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// expected names a Go type as JSON's readers know it.
func expected(t reflect.Type) string {
	switch t.Kind() { //nolint:exhaustive // what JSON can't hold is never decoded into
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0 up"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "an object"
}

// came names what stood there: encoding/json writes "number 3.5", "string" and
// so on.
func came(value string) string {
	kind, literal, _ := strings.Cut(value, " ")
	switch kind {
	case "number":
		return strings.TrimSpace("the number " + literal)
	case "string":
		return "a string"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	}
	return "an " + kind
}
