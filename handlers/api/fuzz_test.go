package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent"
)

// refusal fails unless an answer is a success or a refusal in the one form.
func refusal(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code < 300 {
		return
	}
	var failed errorBody
	if err := json.Unmarshal(w.Body.Bytes(), &failed); err != nil || failed.Err.Code == "" || failed.Err.Message == "" || w.Code >= 500 || w.Code < 400 {
		t.Errorf("answered %d %.300s", w.Code, w.Body)
	}
	if !utf8.Valid(w.Body.Bytes()) || w.Body.Len() > 20_000 {
		t.Errorf("answered %d bytes that are not for people", w.Body.Len())
	}
}

// FuzzLaunchBody holds that any body is read as described or refused in the one
// form, and that what is read means the same when it is written again.
func FuzzLaunchBody(f *testing.F) {
	for _, seed := range []string{`{"environment":{"name":"maze"},"purpose":"x"}`, `{"environment":{"name":"maze"},"max_steps":2.3e2,"seed":null}`,
		`{"environment":{"name":"maze","config":{"size":7}},"initial_state":{"a":[1,{"b":1.0}]},"tags":["a"],"budget":{"usd":1e-3}}`,
		`{"environment":{"name":"m","name":"n"}}`, "\xef\xbb\xbf{}", "[]", "null", `{"purpose":"\ud800"}`, `{"seed":1e400}`, "", `{"Environment":{}}`} {
		f.Add("application/json", []byte(seed))
	}
	f.Add("Application/JSON; charset=\"utf-8\"", []byte("{}"))
	f.Add("text/plain; =", []byte("\xff\xfe"))
	e := mounted(f)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		before := e.newest(t)
		r := httptest.NewRequest(http.MethodPost, "/api/v1/runs", strings.NewReader(string(body)))
		r.Header["Content-Type"] = []string{kind}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		refusal(t, w)
		launched := e.newest(t) != before
		if (w.Code == http.StatusCreated) != launched {
			t.Errorf("answered %d, launched %v", w.Code, launched)
		}
		if launched && agent.JSONFault([]byte(strings.TrimPrefix(string(body), "\xef\xbb\xbf"))) != "" {
			t.Errorf("launched from %q", body)
		}
	})
}

// FuzzForkBody holds the same of the request that forks a run.
func FuzzForkBody(f *testing.F) {
	for _, seed := range []string{`{"step":3}`, `{"step":3.0,"action":{"name":"go","params":{"to":"north"}},"state":{"a":1},"models":{"actor":"reasoner"},"memory":"off","draw":7}`,
		`{"step":-1}`, `{"step":1e5,"max_steps":null}`, `{"action":null}`, `{"step":1,"state":[]}`, `{"step":1,"memory":""}`} {
		f.Add([]byte(seed))
	}
	e := mounted(f)
	parent, steps := e.run(f, "maze")
	f.Fuzz(func(t *testing.T, body []byte) {
		before := e.newest(t)
		r := httptest.NewRequest(http.MethodPost, "/api/v1/runs/"+parent.ID+"/fork", strings.NewReader(string(body)))
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		refusal(t, w)
		forked := e.newest(t)
		if (w.Code == http.StatusCreated) != (forked != before) {
			t.Errorf("answered %d, forked %v", w.Code, forked != before)
		}
		if forked == before {
			return
		}
		run, err := e.app.Runs.Get(t.Context(), forked)
		if at := run.Spec.Origin; err != nil || at == nil || at.Run != parent.ID || at.Step < 0 || at.Step > len(steps) || !at.State && run.Spec.MaxSteps <= at.Step || run.Spec.MaxSteps > agent.MaxMaxSteps {
			t.Errorf("forked %+v from %q, %v", run.Spec, body, err)
		}
	})
}

// FuzzQuery holds that any query of a list is read or refused in the one form.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"limit=5", "limit=5&limit=6", "q=%zz", "cursor=abc", "sort=phi&q=status%3Afailed", "limit=5.0", "=", "a;b", "limit=%00"} {
		f.Add(seed)
	}
	e := mounted(f)
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/runs", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		refusal(t, w)
	})
}
