package openai

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"

	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// format is how the answer's shape is asked for, best first.
type format int

const (
	formatSchema format = iota // json_schema, strict
	formatPlain                // json_schema without limits on lengths and ranges
	formatTool                 // the arguments of a tool that it must call
	formatObject               // json_object, the schema in the prompt
	formatText                 // text, the schema in the prompt
)

// param is a parameter that a server may not take.
type param int

const (
	paramTemperature param = iota
	paramSeed
	paramStop
	paramMaxTokens // max_completion_tokens is sent in its place
	paramMaxCompletionTokens
	paramStream
	paramStreamOptions
	paramStrict
	paramToolChoice
)

// dialect is what a server was found not to understand.
type dialect struct {
	format     format
	missing    uint16 // a bit for each param
	shortSeed  bool   // seeds must fit into 31 bits
	noSystem   bool   // its template has no system message
	inThinking bool   // it takes the whole answer for thinking, and more room changes nothing
	mostTokens int    // the bound of an answer's bound; 0: none was met
}

func (d dialect) lacks(p param) bool { return d.missing&(1<<p) != 0 }

func (d dialect) dropping(p param) dialect {
	d.missing |= 1 << p
	return d
}

// merge returns what both have found.
func (d dialect) merge(e dialect) dialect {
	e.format = max(d.format, e.format)
	e.missing |= d.missing
	e.shortSeed, e.noSystem, e.inThinking = d.shortSeed || e.shortSeed, d.noSystem || e.noSystem, d.inThinking || e.inThinking
	if e.mostTokens == 0 || d.mostTokens > 0 && d.mostTokens < e.mostTokens {
		e.mostTokens = d.mostTokens
	}
	return e
}

// sampleFailed reports whether a server refused what its model wrote, not what was
// asked: the same may work another time.
func sampleFailed(f *wire.Failure) bool {
	return strings.Contains(strings.ToLower(f.Said.Code+" "+f.Said.Message), "json_validate_failed") ||
		strings.Contains(strings.ToLower(f.Said.Message), "failed to generate json")
}

// without reads a refusal and returns the dialect to try next; false if another
// dialect would not help. Each step gives something up, so that it ends.
func (d dialect) without(f *wire.Failure, request chat.Request, room int) (dialect, bool) {
	switch f.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotFound, http.StatusNotImplemented, http.StatusInternalServerError:
	default:
		return d, false
	}
	text := strings.ToLower(f.Said.Message)
	at := place(strings.ToLower(f.Said.Param))
	if f.Status == http.StatusBadRequest || f.Status == http.StatusUnprocessableEntity {
		if next, ok := d.withoutParam(at, text, request, room); ok {
			return next, true
		}
	}
	if !d.noSystem && noSystem.MatchString(text) {
		d.noSystem = true
		return d, true
	}
	words := aboutShape
	if f.Status == http.StatusInternalServerError {
		words = aboutShapeIn500 // what is broken there may be anything
	}
	if request.Schema == nil || d.format >= formatText || !words.MatchString(at+" "+text+" "+strings.ToLower(f.Said.Code)) {
		return d, false
	}
	return d.stepDown(request), true
}

var (
	noSystem   = regexp.MustCompile(`system (?:role|message|prompt)s? (?:is |are )?(?:not|un)|only (?:the )?user and (?:assistant|model) roles|roles must alternate|does ?n[o']t support (?:the )?(?:system|developer)`)
	aboutShape = regexp.MustCompile(`response_?format|schema|json_|\bjson (?:mode|object|output|format|response)|generate json|grammar|structured.?output|guided|\bformat\b|\btools?\b|tool_|function|no endpoints? found that (?:can|support)|requested parameters|constrained|regex`)
	// aboutShapeIn500 leaves out what servers say of broken requests of all kinds.
	aboutShapeIn500 = regexp.MustCompile(`response_?format|schema|grammar|structured.?output|guided|\bformat\b|\btools?\b|tool_|json mode|json_object|constrained`)
)

// stepDown is the next way to ask for the answer's shape; a schema that has no
// limits is not asked for without them.
func (d dialect) stepDown(request chat.Request) dialect {
	d.format++
	if d.format == formatPlain {
		var compact bytes.Buffer
		if compactInto(&compact, request.Schema) && bytes.Equal(compact.Bytes(), wire.PlainSchema(request.Schema)) {
			d.format++
		}
	}
	return d
}

// place is the name of a parameter in a path such as body.messages[0].
func place(path string) string {
	path = strings.TrimPrefix(path, "body.")
	if name, _, ok := strings.Cut(path, "["); ok {
		path = name
	}
	return path
}

// parameters are those that may be left out, with their names. One whose name
// begins with another's stands before it.
var parameters = []struct {
	param param
	name  string
	names *regexp.Regexp
}{
	{paramTemperature, "temperature", named("temperature")},
	{paramSeed, "seed", named("seed")},
	{paramStop, "stop", named("stop(?:_sequences)?")},
	{paramStreamOptions, "stream_options", named("stream_options|include_usage")},
	{paramStream, "stream", named("stream(?:ing)?")},
	{paramStrict, "strict", named("strict")},
	{paramToolChoice, "tool_choice", named("tool_choice")},
}

// named finds a parameter that is said to be at fault: an ordinary word such as
// stop must stand in quotes, or beside what is said of parameters.
func named(name string) *regexp.Regexp {
	const about = `parameters?|params?|arguments?|fields?|propert(?:y|ies)|options?|keys?|unsupported|unknown|unrecogni[sz]ed|unexpected|unpermitted|extra|invalid|supports?|supporting`
	return regexp.MustCompile(`['"` + "`" + `‘“./](?:` + name + `)['"` + "`" + `’”\]]|\b(?:` + about + `)(?: value| type)?(?: for| of| named| at)?\W{1,3}(?:` + name + `)\b|\b(?:` + name + `)\b\W{1,3}(?:` + about +
		`|is |are |was |not |must |should |does |cannot |can't |only |has to |needs? )`)
}

func (d dialect) sent(p param, request chat.Request) bool {
	if d.lacks(p) {
		return false
	}
	switch p {
	case paramStop:
		return len(request.Stop) > 0
	case paramStream:
		return request.OnText != nil
	case paramStreamOptions:
		return request.OnText != nil && !d.lacks(paramStream)
	case paramStrict:
		return request.Schema != nil && d.format <= formatPlain
	case paramToolChoice:
		return request.Schema != nil && d.format == formatTool
	case paramTemperature, paramSeed, paramMaxTokens, paramMaxCompletionTokens:
	}
	return true
}

// withoutParam leaves out the parameter that the server names, by place or in
// words.
func (d dialect) withoutParam(at, text string, request chat.Request, room int) (dialect, bool) {
	if next, ok := d.withTokens(at, text, request, room); ok {
		return next, true
	}
	at = strings.TrimPrefix(at, "response_format.json_schema.")
	for _, p := range parameters {
		if !d.sent(p.param, request) || at != p.name && !p.names.MatchString(text) {
			continue
		}
		if p.param == paramSeed && request.Seed > maxSeed32 && !d.shortSeed && !refusesName.MatchString(text) {
			d.shortSeed = true // it takes seeds, but no large ones
			return d, true
		}
		return d.dropping(p.param), true
	}
	return d, false
}

var refusesName = regexp.MustCompile(`unsupported parameter|unknown (?:parameter|field|name)|unrecogni[sz]ed|not (?:supported|permitted|allowed)|extra `)

// withTokens mends the bound of the answer: by its other name, by the largest
// number that is allowed, or by none.
func (d dialect) withTokens(at, text string, request chat.Request, room int) (dialect, bool) {
	sent := d.tokens(request, room)
	if sent == 0 || at != "max_tokens" && at != "max_completion_tokens" && !namesTokens.MatchString(text) {
		return d, false
	}
	most := wire.LimitBelow(text, sent)
	switch {
	case most > 0 && !refusesName.MatchString(text):
		d.mostTokens = most
	case !d.lacks(paramMaxTokens):
		return d.dropping(paramMaxTokens), true
	default:
		return d.dropping(paramMaxCompletionTokens), true
	}
	return d, true
}

var namesTokens = regexp.MustCompile(`max_tokens|max_completion_tokens|max_new_tokens`)

// unheeded looks for what a server took and did not do, which some say nothing of:
// words where a schema was to hold the model, no call of the tool that it must
// call. It returns the dialect to ask again in; false where the answer will do.
func (d dialect) unheeded(a *answer, text string, request chat.Request) (dialect, bool) {
	if request.Schema == nil {
		return d, false
	}
	switch d.format {
	case formatSchema, formatPlain:
		if !a.truncated && text != "" && !strings.Contains(text, "{") {
			d.format = formatTool
			return d, true
		}
	case formatTool:
		if text == "" {
			d.format = formatObject
			return d, true
		}
	case formatObject, formatText:
	}
	return d, false
}
