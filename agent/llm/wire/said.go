package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ServerError is what a server said in place of an answer.
type ServerError struct {
	Message string
	Type    string
	Code    string
	// Param is the part of the request that is at fault, where the server named it.
	Param string
	// Prose is true where it was no JSON but text or a page.
	Prose bool

	status int
	wait   string // how long to wait, as the body told it
}

// Error is what the server said.
func (e *ServerError) Error() string { return e.Message }

// Mentions reports whether the server named one of these parts of a request, or
// used one of these words; they are in lower case.
func (e *ServerError) Mentions(words ...string) bool {
	text := strings.ToLower(e.Param + " " + e.Message)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// ErrorOf reads a server's error in the forms that servers use: an object or a
// list, under error, errors, detail, message or by itself, in text within the
// JSON, as a page or as plain words. Empty bytes are an empty error.
func ErrorOf(raw []byte) ServerError {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, byteOrderMark))
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[' || raw[0] == '"') {
		var v any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if d.Decode(&v) == nil {
			var e ServerError
			e.read(v, 0)
			return e
		}
	}
	return ServerError{Message: prose(string(raw)), Prose: true}
}

// Bounds of where an error is looked for: how deep, and among how many. Google's
// wait stands behind three or four details.
const (
	maxErrorDepth = 8
	maxErrors     = 8
)

// read takes what v tells and the error does not know yet; what is further in
// tells more exactly what is wrong, and comes first.
func (e *ServerError) read(v any, depth int) {
	if depth > maxErrorDepth {
		return
	}
	switch v := v.(type) {
	case string:
		e.text(v, depth)
	case []any:
		for _, item := range v[:min(len(v), maxErrors)] {
			var one ServerError
			one.read(item, depth+1)
			if e.Message != "" && one.Message != "" {
				one.Message = e.Message + "; " + one.Message
			}
			e.Message, e.Param = cmp.Or(one.Message, e.Message), cmp.Or(e.Param, one.Param)
			e.fill(one)
		}
	case map[string]any:
		e.object(v, depth)
	}
}

// text takes words, or JSON that was put into a string.
func (e *ServerError) text(text string, depth int) {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		var inner ServerError
		if v, ok := decodeAny(trimmed); ok {
			inner.read(v, depth+1)
		}
		if inner.Message != "" {
			e.fill(inner)
			return
		}
	}
	e.Message = cmp.Or(e.Message, prose(trimmed))
}

func decodeAny(text string) (any, bool) {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

func (e *ServerError) object(object map[string]any, depth int) {
	for _, name := range []string{"error", "errors", "message", "msg", "error_message", "errorMessage", "description", "detail", "details", "reason", "raw", "metadata"} {
		inner, ok := object[name]
		if !ok || inner == nil || inner == "" {
			continue
		}
		var one ServerError
		one.read(inner, depth+1)
		if name == "metadata" || name == "raw" || name == "details" || name == "detail" { // what the server behind this one said
			if e.Message != "" && one.Message != "" && !strings.Contains(e.Message, one.Message) {
				e.Message += ": " + one.Message
			}
		}
		e.fill(one)
	}
	one := ServerError{Type: cmp.Or(scalar(object["type"]), scalar(object["status"]), scalar(object["error_type"]), scalar(object["__type"])),
		Code: scalar(object["code"]), Param: cmp.Or(scalar(object["param"]), place(object["loc"]))}
	for _, name := range []string{"code", "status", "status_code", "statusCode", "http_status"} {
		if n, err := strconv.Atoi(scalar(object[name])); err == nil && n >= 400 && n <= 599 && one.status == 0 {
			one.status = n
		}
	}
	if one.status == 0 {
		one.status = one.Status()
	}
	for _, name := range waitFields {
		if wait := scalar(object[name]); wait != "" {
			one.wait = wait + unitOf(name)
			break
		}
	}
	if headers, ok := object["headers"].(map[string]any); ok {
		for name, v := range headers {
			if wait := scalar(v); wait != "" && slices.ContainsFunc(waitHeaders, func(h string) bool { return strings.EqualFold(h, name) }) {
				one.wait = wait
			}
		}
	}
	if loc := place(object["loc"]); loc != "" && e.Message != "" && !strings.Contains(e.Message, loc) {
		e.Message = loc + ": " + e.Message
	}
	e.fill(one)
}

// fill takes from other what e does not know.
func (e *ServerError) fill(other ServerError) {
	e.Message, e.Type = cmp.Or(e.Message, other.Message), cmp.Or(e.Type, other.Type)
	e.Code, e.Param = cmp.Or(e.Code, other.Code), cmp.Or(e.Param, other.Param)
	e.status, e.wait = cmp.Or(e.status, other.status), cmp.Or(e.wait, other.wait)
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// place is the last name in a list of names and indexes: ["body", "seed"].
func place(v any) string {
	list, _ := v.([]any)
	for _, part := range slices.Backward(list) {
		if name, ok := part.(string); ok && name != "body" {
			return name
		}
	}
	return ""
}

// Status is the HTTP status that the body names, by a number or by a known word;
// 0 where it names none.
func (e *ServerError) Status() int {
	if e.status != 0 {
		return e.status
	}
	for _, word := range []string{e.Code, e.Type} {
		if status, ok := statusOf[strings.ToLower(word)]; ok {
			return status
		}
	}
	return 0
}

// statusOf are the names of errors that servers use in place of a status.
var statusOf = map[string]int{
	"authentication_error": 401, "invalid_api_key": 401, "unauthenticated": 401, "unauthorized": 401,
	"permission_error": 403, "permission_denied": 403, "insufficient_quota": 402, "billing_error": 402,
	"not_found_error": 404, "not_found": 404, "model_not_found": 404, "notfounderror": 404,
	"request_too_large": 413, "rate_limit_error": 429, "rate_limit_exceeded": 429, "rate_limited": 429, "resource_exhausted": 429,
	"overloaded_error": 529, "overloaded": 529, "api_error": 500, "server_error": 500, "internal": 500, "internal_server_error": 500,
	"unavailable": 503, "service_unavailable": 503, "timeout_error": 504, "deadline_exceeded": 504,
	"invalid_request_error": 400, "badrequesterror": 400, "invalid_argument": 400, "validation": 422, "failed_precondition": 400,
}

var (
	hiddenMarkup = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(?:script|style|head)>`)
	titleMarkup  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	anyMarkup    = regexp.MustCompile(`<[^<>]{0,1000}>`)
)

// prose is the text of a page, or text as it is.
func prose(text string) string {
	if len(text) > maxStray {
		text = text[:maxStray]
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "<") {
		return strings.TrimSpace(text)
	}
	title := titleMarkup.FindStringSubmatch(text)
	text = strings.TrimSpace(anyMarkup.ReplaceAllString(hiddenMarkup.ReplaceAllString(text, " "), " "))
	if title != nil && strings.TrimSpace(title[1]) != "" {
		return strings.TrimSpace(title[1])
	}
	return text
}
