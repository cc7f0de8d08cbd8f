package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"purposeagent/agent"
)

// underlying is huma's request; the other name leaves its method Context alone.
type underlying = huma.Context

// checked is a request whose parameters and body were checked before huma
// reads them: each parameter given once and in its own form, the body one JSON
// value in UTF-8 without a key that is given twice.
type checked struct {
	underlying
	params map[string]string // integers in their plain form, by place and name
	body   []byte
	read   bool
}

func (r *checked) Param(name string) string {
	if text, ok := r.params["path."+name]; ok {
		return text
	}
	return r.underlying.Param(name)
}

func (r *checked) Query(name string) string {
	if text, ok := r.params["query."+name]; ok {
		return text
	}
	return r.underlying.Query(name)
}

func (r *checked) Header(name string) string {
	if r.read && strings.EqualFold(name, "Content-Type") {
		return jsonType
	}
	return r.underlying.Header(name)
}

func (r *checked) BodyReader() io.Reader {
	if r.read {
		return bytes.NewReader(r.body)
	}
	return r.underlying.BodyReader()
}

const jsonType = "application/json"

// strict is the one place that looks at a request's form before its meaning.
func (s *server) strict(ctx huma.Context, next func(huma.Context)) {
	op, u := ctx.Operation(), ctx.URL()
	r := &checked{underlying: ctx}
	status := http.StatusUnprocessableEntity
	var problems []error
	r.params, problems = checkParams(op.Parameters, &u, ctx.Param)
	if op.RequestBody != nil && len(problems) == 0 {
		status, problems = r.readBody(op, s.api.OpenAPI().Components.Schemas)
	}
	if len(problems) > 0 {
		_ = huma.WriteErr(s.api, ctx, status, refusedWords(status), problems...)
		return
	}
	next(r)
}

func refusedWords(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return "the body is too large"
	case http.StatusUnsupportedMediaType:
		return "the body has a type that is not accepted here"
	case http.StatusRequestTimeout:
		return "the body did not come in time"
	case http.StatusBadRequest:
		return "the request can't be read"
	}
	return "the request was refused"
}

// checkParams checks the form of parameters, and returns the integers and
// booleans as huma reads them. JSON Schema's integer includes 50.0.
func checkParams(params []*huma.Param, u *url.URL, path func(string) string) (map[string]string, []error) {
	plain := map[string]string{}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, []error{&huma.ErrorDetail{Location: "query", Message: "the query of the address can't be read; write % as %25 and & as %26 within a value"}}
	}
	var problems []error
	for _, p := range params {
		where, values := p.In+"."+p.Name, query[p.Name]
		if p.In == "path" {
			values = []string{path(p.Name)}
		} else if p.In != "query" || len(values) == 0 {
			continue
		}
		text, problem := plainParam(p.Schema, values[0])
		if len(values) > 1 {
			problem = fmt.Sprintf("is given %d times; give it once", len(values))
		}
		if problem != "" {
			problems = append(problems, &huma.ErrorDetail{Location: where, Message: problem})
		}
		plain[where] = text
	}
	return plain, problems
}

func plainParam(schema *huma.Schema, text string) (plain, problem string) {
	switch {
	case schema == nil:
	case schema.Type == huma.TypeInteger:
		n, ok := agent.WholeNumber(text)
		if !ok {
			return text, "must be a whole number"
		}
		return strconv.FormatInt(n, 10), ""
	case schema.Type == huma.TypeBoolean && text != "true" && text != "false":
		return text, "must be true or false"
	case schema.Type == huma.TypeNumber:
		if f, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return text, "must be a number"
		}
	case text == "" && len(schema.Enum) > 0:
		return text, "must not be empty; leave it out for the default"
	}
	return text, ""
}

// readBody reads the body and checks that it is what the operation takes.
func (r *checked) readBody(op *huma.Operation, schemas huma.Registry) (int, []error) {
	kind, problem := mediaType(r.underlying.Header("Content-Type"), op)
	if problem != "" {
		return http.StatusUnsupportedMediaType, []error{errors.New(problem)}
	}
	if encoding := r.underlying.Header("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return http.StatusUnsupportedMediaType, []error{fmt.Errorf("the content encoding %q is not accepted here; send the body as it is", agent.Clip(encoding, 60))}
	}
	if status, problem := r.fetchBody(op); problem != nil {
		return status, []error{problem}
	}
	if len(r.body) == 0 && !op.RequestBody.Required {
		return 0, nil
	}
	if op.SkipValidateBody && len(r.body) == 0 {
		return http.StatusUnprocessableEntity, []error{errors.New("the file is empty")}
	}
	if op.SkipValidateBody && kind != jsonType { // a file, which its reader checks
		return 0, nil
	}
	text, err := agent.FileText(r.body)
	if err != nil {
		return http.StatusBadRequest, []error{fmt.Errorf("the body can't be read: %s", agent.MessageOf(err))}
	}
	r.body = text
	if op.SkipValidateBody {
		return 0, nil
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return http.StatusBadRequest, []error{errors.New("the body is empty; send a JSON object")}
	}
	if problem := jsonProblem(text); problem != nil {
		return http.StatusBadRequest, []error{problem}
	}
	if bytes.Contains(text, []byte("null")) {
		var tree any
		if json.Unmarshal(text, &tree) == nil { // what is too large for a number is huma's to say
			return http.StatusUnprocessableEntity, needlessNulls(schemas, op.RequestBody.Content[jsonType].Schema, tree, "body")
		}
	}
	return 0, nil
}

// needlessNulls names the fields that are needed and null. Huma lets them pass
// within an object that may itself be null.
func needlessNulls(schemas huma.Registry, s *huma.Schema, v any, place string) (problems []error) {
	for s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	switch node := v.(type) {
	case map[string]any:
		for name, p := range s.Properties {
			one, there := node[name]
			if there && one == nil && slices.Contains(s.Required, name) && !p.Nullable {
				problems = append(problems, &huma.ErrorDetail{Location: place + "." + name, Message: "must not be null"})
				continue
			}
			problems = append(problems, needlessNulls(schemas, p, one, place+"."+name)...)
		}
	case []any:
		for i := range node {
			if s.Items != nil {
				problems = append(problems, needlessNulls(schemas, s.Items, node[i], fmt.Sprintf("%s[%d]", place, i))...)
			}
		}
	}
	return problems
}

// fetchBody reads the body as far as the operation's limit allows.
func (r *checked) fetchBody(op *huma.Operation) (int, error) {
	tooLarge := fmt.Errorf("at most %d bytes are accepted here", op.MaxBodyBytes-1)
	if announced, err := strconv.ParseInt(r.underlying.Header("Content-Length"), 10, 64); err == nil && announced >= op.MaxBodyBytes {
		return http.StatusRequestEntityTooLarge, tooLarge
	}
	body := &bytes.Buffer{}
	if reader := r.underlying.BodyReader(); reader != nil {
		n, err := io.Copy(body, io.LimitReader(reader, op.MaxBodyBytes))
		var cut net.Error
		switch {
		case n == op.MaxBodyBytes:
			return http.StatusRequestEntityTooLarge, tooLarge
		case errors.As(err, &cut) && cut.Timeout():
			return http.StatusRequestTimeout, errors.New("it must come at 4 KB a second after 15 s of grace")
		case err != nil:
			return http.StatusBadRequest, errors.New("the body broke off")
		}
	}
	r.body, r.read = body.Bytes(), true
	return 0, nil
}

// mediaType returns the type of a body, without parameters and in small
// letters, or says which types are read here. Without a type it is JSON.
func mediaType(header string, op *huma.Operation) (kind, problem string) {
	if strings.TrimSpace(header) == "" {
		return jsonType, ""
	}
	kind, params, err := mime.ParseMediaType(header)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		kind = ""
	}
	if op.RequestBody.Content[kind] == nil {
		return "", fmt.Sprintf("send it with the header Content-Type: %s, not %q", jsonType, agent.Clip(header, 100))
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return "", fmt.Sprintf("the charset %q is not accepted here; send UTF-8", agent.Clip(charset, 60))
	}
	return kind, ""
}

// jsonProblem says what keeps a text from being one JSON value, by its place.
func jsonProblem(text []byte) error {
	err := json.Unmarshal(text, new(jsontext.Value))
	if err == nil {
		return nil
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return errors.New("the body is not JSON")
	}
	place := fieldOf(syntax.JSONPointer)
	if errors.Is(syntax, jsontext.ErrDuplicateName) {
		return &huma.ErrorDetail{Location: "body." + place, Message: "is given twice; give it once"}
	}
	if place != "" {
		place = ", in " + agent.Clip(place, 100)
	}
	fault := agent.JSONFault(text)
	if fault == "" { // half of a surrogate pair: JSON to encoding/json
		before := text[:min(int(syntax.ByteOffset), len(text))]
		fault = fmt.Sprintf("it goes wrong at character %d", utf8.RuneCount(before)+1)
	}
	return fmt.Errorf("the body is not JSON: %s%s", fault, place)
}

// fieldOf writes a JSON pointer as fields are named in errors: a.b[2].c.
func fieldOf(pointer jsontext.Pointer) string {
	var b strings.Builder
	for token := range pointer.Tokens() {
		switch _, err := strconv.ParseUint(token, 10, 31); {
		case err == nil && b.Len() > 0:
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	return b.String()
}

// readJSON decodes a body: names as they are written in the description, every
// number that is an integer for an integer.
func readJSON(data []byte, v any) error {
	err := json.Unmarshal(data, v, readOptions)
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*agent.Error](err); ok {
		return errors.New(known.Message)
	}
	var meaning *json.SemanticError
	if errors.As(err, &meaning) && meaning.JSONPointer != "" {
		if errors.Is(meaning, errNotWhole) {
			return fmt.Errorf("%s: %w", fieldOf(meaning.JSONPointer), errNotWhole)
		}
		return fmt.Errorf("%s has the wrong form", fieldOf(meaning.JSONPointer))
	}
	return errors.New("a value of the body has the wrong form")
}

var errNotWhole = errors.New("must be a whole number of at most 64 bits")

var readOptions = json.JoinOptions(json.RejectUnknownMembers(true), json.WithUnmarshalers(json.JoinUnmarshalers(
	json.UnmarshalFromFunc(readWhole[int]), json.UnmarshalFromFunc(readWhole[int64]))))

func readWhole[T int | int64](d *jsontext.Decoder, v *T) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported // null and what is no number: as usual
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	n, ok := agent.WholeNumber(token.String())
	if !ok {
		return errNotWhole
	}
	*v = T(n)
	return nil
}
