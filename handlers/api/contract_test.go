package api

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/packs"
)

var routeParam = regexp.MustCompile(`:([a-z]+)`)

// Every route is in the description and every described operation is a route.
func TestEveryRouteIsDescribed(t *testing.T) {
	e := mounted(t)
	described := e.described
	var routes, operations []string
	for _, r := range e.Routes() {
		if strings.HasPrefix(r.Path, "/api/v1/") && r.Method != echo.RouteNotFound {
			routes = append(routes, r.Method+" "+routeParam.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	for path, item := range described.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op != nil {
				operations = append(operations, method+" "+path)
			}
		}
	}
	slices.Sort(routes)
	slices.Sort(operations)
	if !slices.Equal(routes, operations) {
		t.Errorf("routes\n%s\ndescribed\n%s", strings.Join(routes, "\n"), strings.Join(operations, "\n"))
	}
	if len(routes) < 40 {
		t.Errorf("only %d routes", len(routes))
	}
}

// Every operation says which refusals it may answer, all in the one form.
func TestEveryRefusalIsDescribed(t *testing.T) {
	described := mounted(t).described
	for path, item := range described.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			want := []int{500, 503}
			if len(op.Parameters) > 0 || op.RequestBody != nil {
				want = append(want, 400, 422)
			}
			if strings.Contains(path, "{") {
				want = append(want, 404)
			}
			if op.Method != http.MethodGet {
				want = append(want, 403, 409, 429, 504)
			}
			if op.RequestBody != nil {
				want = append(want, 408, 413, 415)
			}
			for _, status := range want {
				response := op.Responses[strconv.Itoa(status)]
				if response == nil || response.Content[jsonType] == nil || response.Content[jsonType].Schema.Ref != "#/components/schemas/ErrorBody" {
					t.Errorf("%s %s does not describe %d in the form of all errors", op.Method, path, status)
				}
			}
		}
	}
}

// What is null in an answer may be null by its description: a run without an
// outcome, a critic without an interval.
func TestNullsAreDescribed(t *testing.T) {
	described := mounted(t).described
	schemas := described.Components.Schemas.Map()
	for _, part := range []string{"RunBody.outcome", "RunBody.result"} {
		name, field, _ := strings.Cut(part, ".")
		p := schemas[name].Properties[field]
		if p == nil || len(p.AnyOf) != 2 || p.AnyOf[1].Type != "null" {
			t.Errorf("%s is described as %+v", part, p)
		}
	}
	registry := described.Components.Schemas
	for name, s := range schemas {
		typ := registry.TypeFromRef("#/components/schemas/" + name)
		if typ == nil || typ.Kind() != reflect.Struct {
			continue
		}
		for field := range typ.Fields() {
			key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if p := s.Properties[key]; p != nil && field.Type.Kind() == reflect.Pointer && options == "" && p.Ref != "" {
				t.Errorf("%s.%s may be null and is described as %s", name, key, p.Ref)
			}
		}
	}
	if described.Paths["/api/v1/experiments/{id}/report"].Get.Responses["409"] == nil {
		t.Error("the report of an experiment that runs is a conflict, and that is not described")
	}
}

func ask(e http.Handler, method, path, kind, body string) (int, errorDetail) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	var failed errorBody
	_ = json.Unmarshal(w.Body.Bytes(), &failed)
	return w.Code, failed.Err
}

// What the description says is what is read: form, types, names, numbers.
func TestRequestsAreReadAsDescribed(t *testing.T) {
	const good = `{"environment":{"name":"maze"},"purpose":"x"`
	e := mounted(t)
	tests := []struct {
		name, kind, body string
		status           int
		field, says      string
	}{
		{"plain", "application/json", good + `}`, 201, "", ""},
		{"no type is JSON", "", good + `}`, 201, "", ""},
		{"type in capitals", "Application/JSON", good + `}`, 201, "", ""},
		{"type with parameters", `application/json ; Charset="UTF-8"; v=1`, good + `}`, 201, "", ""},
		{"another charset", "application/json; charset=latin1", good + `}`, 415, "", "send UTF-8"},
		{"a form", "application/x-www-form-urlencoded", "purpose=x", 415, "", "Content-Type: application/json"},
		{"a type that is none", "json?", good + `}`, 415, "", "Content-Type: application/json"},
		{"byte order mark", "application/json", "\xef\xbb\xbf" + good + "}\n", 201, "", ""},
		{"UTF-16", "application/json", "\xff\xfe{\x00}\x00", 400, "", "it is UTF-16 text; save it as UTF-8"},
		{"gzip", "application/json", "\x1f\x8b\x08\x00", 400, "", "it is compressed with gzip"},
		{"bad UTF-8", "application/json", good + "\xff}", 400, "", "not valid UTF-8 text from byte 45 on"},
		{"empty", "application/json", "", 400, "", "empty"},
		{"blank", "application/json", " \n", 400, "", "empty"},
		{"no JSON", "application/json", `{"purpose" 5}`, 400, "", "at character 12"},
		{"cut off", "application/json", good, 400, "", "ends too early"},
		{"two values", "application/json", good + `} {}`, 400, "", "from character 47 on"},
		{"a list", "application/json", `[]`, 422, "", "must be a JSON object"},
		{"null", "application/json", `null`, 422, "", "must be a JSON object"},
		{"a key in capitals", "application/json", `{"environment":{"name":"maze"},"Purpose":"x"}`, 422, "Purpose", "there is no such field"},
		{"a key in capitals within", "application/json", `{"environment":{"Name":"maze"},"purpose":"x"}`, 422, "environment.Name", "there is no such field"},
		{"a key twice", "application/json", good + `,"purpose":"y"}`, 400, "purpose", "is given twice"},
		{"a key twice, written otherwise", "application/json", good + `,"purpos\u0065":"y"}`, 400, "purpose", "is given twice"},
		{"a key twice within", "application/json", `{"environment":{"name":"maze","name":"x"},"purpose":"x"}`, 400, "environment.name", "is given twice"},
		{"a key twice in a free object", "application/json", good + `,"initial_state":{"a":[{"b":1,"b":2}]}}`, 400, "initial_state.a[0].b", "is given twice"},
		{"unknown field", "application/json", good + `,"max_step":3}`, 422, "max_step", "there is no such field"},
		{"missing field", "application/json", `{"environment":{},"purpose":"x"}`, 422, "environment.name", "is missing"},
		{"an integer as 60.0", "application/json", good + `,"max_steps":60.0,"seed":7e0,"budget":{"tokens":1.5e3}}`, 201, "", ""},
		{"half a step", "application/json", good + `,"max_steps":2.5}`, 422, "max_steps", "must be a whole number"},
		{"steps in words", "application/json", good + `,"max_steps":"60"}`, 422, "max_steps", "must be a whole number"},
		{"a seed beyond 64 bits", "application/json", good + `,"seed":1e30}`, 422, "seed", "at most 64 bits"},
		{"null is left out", "application/json", good + `,"seed":null,"models":null,"tags":null,"budget":{"usd":null},"max_steps":null}`, 201, "", ""},
		{"null where it is needed", "application/json", `{"environment":{"name":null},"purpose":"x"}`, 422, "environment.name", "must not be null"},
		{"a number for a text", "application/json", `{"environment":{"name":"maze"},"purpose":7}`, 422, "purpose", "must be a string"},
		{"a list for an object", "application/json", `{"environment":[],"purpose":"x"}`, 422, "environment", "must be a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, failed := ask(e, http.MethodPost, "/api/v1/runs", tt.kind, tt.body)
			if status != tt.status {
				t.Errorf("answered %d %+v, want %d", status, failed, tt.status)
			}
			if tt.field != "" && !strings.Contains(failed.Fields[tt.field], tt.says) || !strings.Contains(failed.Message, tt.says) && len(failed.Fields) < 2 {
				t.Errorf("got %+v, want %q for the field %q", failed, tt.says, tt.field)
			}
			for _, jargon := range []string{"unmarshal", "Go ", "struct", "invalid character", "json:"} {
				if strings.Contains(failed.Message, jargon) {
					t.Errorf("the message %q speaks of %q", failed.Message, jargon)
				}
			}
		})
	}
}

func TestIntegersKeepTheirValue(t *testing.T) {
	e := mounted(t)
	run, _ := e.run(t, "maze")
	from, err := e.app.Runs.Checkpoint(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	state := strings.Replace(string(from.Initial.Data), "{", `{"n":1.0,"big":12345678901234567890,`, 1)
	if status, failed := ask(e, http.MethodPost, "/api/v1/runs", jsonType,
		`{"environment":{"name":"maze"},"purpose":"x","max_steps":2.3e2,"seed":`+strconv.FormatInt(run.Seed, 10)+`,"initial_state":`+state+`}`); status != http.StatusCreated {
		t.Fatal(status, failed)
	}
	launched, _ := e.run(t, "maze")
	got := launched.Spec.InitialState.Map()
	if launched.ID == run.ID || launched.Spec.MaxSteps != 230 || got["big"] != json.Number("12345678901234567890") || got["n"] != json.Number("1.0") {
		t.Errorf("launched %+v, state %s", launched.Spec, launched.Spec.InitialState)
	}
	if status, failed := ask(e, http.MethodPost, "/api/v1/runs", jsonType, `{"environment":{"name":"maze"},"purpose":"x","seed":9007199254740993}`); status != http.StatusCreated {
		t.Fatal(status, failed)
	}
	if launched, _ := e.run(t, "maze"); launched.Seed != 9007199254740993 {
		t.Errorf("launched with seed %d", launched.Seed)
	}
}

// Parameters are read in one form, each once.
func TestParametersAreReadAsDescribed(t *testing.T) {
	e := mounted(t)
	for _, tt := range []struct{ name, query, field, says string }{
		{"twice", "limit=1&limit=2", "limit", "given 2 times"},
		{"empty number", "limit=", "limit", "must be a whole number"},
		{"words", "limit=many", "limit", "must be a whole number"},
		{"half", "limit=1.5", "limit", "must be a whole number"},
		{"signed", "limit=%2B5", "limit", "must be a whole number"},
		{"too large", "limit=201.0", "limit", "must be 200 or less"},
		{"unknown", "limits=1", "limits", "unknown query parameter"},
		{"empty choice", "sort=", "sort", "must not be empty"},
		{"another choice", "sort=best", "sort", "must be one of"},
		{"unreadable", "q=%zz", "", "can't be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, failed := ask(e, http.MethodGet, "/api/v1/runs?"+tt.query, "", "")
			if status != http.StatusUnprocessableEntity || !strings.Contains(failed.Message, tt.says) || tt.field != "" && failed.Fields[tt.field] == "" {
				t.Errorf("answered %d %+v, want %q", status, failed, tt.says)
			}
		})
	}
}

// A pack that was exported is taken in, under whatever type it is sent.
func TestPackIsPostedBack(t *testing.T) {
	raw, err := packs.New("doors", []*agent.Heuristic{{ID: "h1", Tier: agent.Strategic, Title: "Take keys first", Pattern: "a key is here", Strategy: "take the key"}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, kind string
		raw        []byte
		status     int
		says       string
	}{
		{"JSON", "application/json", raw, 200, ""},
		{"JSON with its charset", "application/json; charset=utf-8", raw, 200, ""},
		{"a file", "application/octet-stream", raw, 200, ""},
		{"text", "text/plain; charset=utf-8", raw, 200, ""},
		{"no type", "", raw, 200, ""},
		{"saved with a byte order mark", "application/json", append([]byte("\xef\xbb\xbf"), raw...), 200, ""},
		{"a file with a byte order mark", "application/octet-stream", append([]byte("\xef\xbb\xbf"), raw...), 200, ""},
		{"UTF-16", "application/octet-stream", []byte("\xff\xfe{\x00"), 422, "UTF-16"},
		{"an empty file", "text/plain", nil, 422, "the file is empty"},
		{"a picture", "image/png", raw, 415, "Content-Type"},
		{"a rule without a title", "application/json", bytes.Replace(raw, []byte("Take keys first"), nil, 1), 422, "rules[0].title"},
		{"a count as 3.0", "application/json", bytes.Replace(raw, []byte(`"title"`), []byte(`"good":3.0,"title"`), 1), 200, ""},
		{"a key twice", "application/json", bytes.Replace(raw, []byte(`"title"`), []byte(`"title":"x","title"`), 1), 422, "rules[0].title is given twice"},
		{"a key in capitals", "application/json", bytes.Replace(raw, []byte(`"title"`), []byte(`"Title"`), 1), 422, `no field "Title"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := mounted(t)
			status, failed := ask(e, http.MethodPost, "/api/v1/library/pack", tt.kind, string(tt.raw))
			said, _ := json.Marshal(failed)
			if status != tt.status || !strings.Contains(strings.ReplaceAll(string(said), `\"`, `"`), tt.says) {
				t.Errorf("answered %d %s, want %d %q", status, said, tt.status, tt.says)
			}
			took, err := e.app.Library.List(t.Context(), catalog.HeuristicQuery{Text: "Take keys first"})
			if err != nil || (status == http.StatusOK) != (len(took.Items) == 1) {
				t.Errorf("answered %d and has %d such rules, %v", status, len(took.Items), err)
			}
		})
	}
}

// An entry that a rule's history does not have is refused by its field; 404 is
// a rule that is not there.
func TestRevertToNoEntry(t *testing.T) {
	e := mounted(t)
	if status, failed := ask(e, http.MethodPost, "/api/v1/heuristics/h000001/revert", jsonType, `{"entry":99}`); status != http.StatusUnprocessableEntity || failed.Fields["entry"] == "" {
		t.Errorf("answered %d %+v", status, failed)
	}
	if status, failed := ask(e, http.MethodPost, "/api/v1/heuristics/h_none/revert", jsonType, `{"entry":99}`); status != http.StatusNotFound {
		t.Errorf("answered %d %+v", status, failed)
	}
}

// A moment of the library that is not there is a parameter that is refused.
func TestDiffFromNoSnapshot(t *testing.T) {
	e := mounted(t)
	if status, failed := ask(e, http.MethodGet, "/api/v1/library/diff?from=s_none", "", ""); status != http.StatusUnprocessableEntity || failed.Fields["from"] == "" {
		t.Errorf("answered %d %+v", status, failed)
	}
}

// What is needed in an object must not be null there, whether or not the object
// itself is needed.
func TestNeededInWhatMayBeLeftOut(t *testing.T) {
	e := mounted(t)
	run, _ := e.run(t, "maze")
	if status, failed := ask(e, http.MethodPost, "/api/v1/runs/"+run.ID+"/fork", jsonType, `{"step":1,"action":{"name":null}}`); status != http.StatusUnprocessableEntity || failed.Fields["action.name"] != "must not be null" {
		t.Errorf("answered %d %+v", status, failed)
	}
	if status, failed := ask(e, http.MethodPost, "/api/v1/runs/"+run.ID+"/fork", jsonType, `{"step":1,"action":null}`); status != http.StatusCreated {
		t.Errorf("answered %d %+v", status, failed)
	}
}

// No bound is described that floating point can't hold to.
func TestDescribedBoundsAreHeld(t *testing.T) {
	described := mounted(t).described
	for name, s := range described.Components.Schemas.Map() {
		for field, p := range s.Properties {
			for _, bound := range []*float64{p.Minimum, p.Maximum} {
				if bound != nil && math.Abs(*bound) >= 1<<53 {
					t.Errorf("%s.%s is bounded by %g", name, field, *bound)
				}
			}
		}
	}
}

// A body that is too large is refused, announced or not.
func TestBodyTooLarge(t *testing.T) {
	e := mounted(t)
	large := `{"purpose":"` + strings.Repeat("x", maxBody) + `"}`
	for _, reader := range []io.Reader{strings.NewReader(large), io.MultiReader(strings.NewReader(large))} { // the second has no length
		r := httptest.NewRequest(http.MethodPost, "/api/v1/runs", reader)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), `{"error":{"code":"invalid","message":"the body is too large: at most `) {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	}
}
