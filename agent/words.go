package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Because joins what happened with why: "the run failed: the disk is full".
// Where nobody said why, it is what happened alone, never a text that ends in a
// colon.
func Because(what, why string) string {
	if why = strings.TrimSpace(why); why == "" {
		return untailed(what)
	}
	return what + ": " + why
}

// untailed cuts off the colon of a message whose reason turned out empty.
func untailed(message string) string {
	trimmed := strings.TrimRight(message, " \t\n")
	if strings.HasSuffix(trimmed, ":") {
		return strings.TrimRight(trimmed, ": \t\n")
	}
	return message
}

// JSONProblem says in words for people what is wrong with JSON that did not
// decode: which field it is in, what was expected there and what came. The
// words of other errors are left as they are.
func JSONProblem(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return "it is empty"
	case errors.As(err, &kind):
		return fmt.Sprintf("%s must be %s, got %s", nonEmpty(kind.Field, "it"), expected(kind.Type), came(kind.Value))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err.Error() == "unexpected end of JSON input":
		return "it ends too early; is a bracket or a quotation mark missing?"
	case errors.As(err, &syntax):
		return fmt.Sprintf("%s, at character %d", strings.TrimSuffix(strings.Replace(syntax.Error(), "invalid character", "unexpected", 1), " in string literal"), syntax.Offset)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// expected names a Go type as JSON does.
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
		return "a text in quotation marks"
	case reflect.Slice, reflect.Array:
		return "a list in [ ]"
	}
	return "an object in { }"
}

// came names what stood there: encoding/json writes "number 3.5", "string" and
// so on.
func came(value string) string {
	kind, literal, _ := strings.Cut(value, " ")
	switch kind {
	case "number":
		return nonEmpty(literal, "a number")
	case "string":
		return "a text"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	}
	return "an " + kind
}
