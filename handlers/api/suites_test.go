package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/agent/suites"
)

// sent asks with a body of a type, decodes the answer where it is wanted, and holds
// the status.
func (m mount) sent(t *testing.T, want int, method, path, kind, text string, into any) string {
	t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(text))
	if text != "" {
		r.Header.Set("Content-Type", kind)
	}
	rec := httptest.NewRecorder()
	m.ServeHTTP(rec, r)
	if rec.Code != want {
		t.Fatalf("%s %s: %d %s, want %d", method, path, rec.Code, rec.Body, want)
	}
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	return rec.Body.String()
}

const suiteText = `{"format":"purpose.suite/1","name":"Mine","tasks":[{"id":"a","environment":"maze","config":{"size":3},"purpose":"Find the treasure","seed":1}]}`

func TestSuites(t *testing.T) {
	m := mounted(t)
	var info suites.Info
	m.sent(t, http.StatusCreated, http.MethodPost, "/suites", jsonType, suiteText, &info)
	if info.ID == "" || info.Version != 1 || info.Tasks != 1 {
		t.Fatalf("%+v", info)
	}
	m.sent(t, http.StatusCreated, http.MethodPost, "/suites?name=Table", "text/csv", "id,environment,seed\nb,workshop,3\n", nil)
	if text := m.sent(t, http.StatusConflict, http.MethodPost, "/suites", "application/octet-stream", suiteText, nil); !strings.Contains(text, "already a suite called") {
		t.Error(text)
	}
	var all struct {
		Items []suites.Info
	}
	if m.sent(t, http.StatusOK, http.MethodGet, "/suites", "", "", &all); len(all.Items) != 2 {
		t.Errorf("%+v", all)
	}
	file := m.sent(t, http.StatusOK, http.MethodGet, "/suites/mine/file", "", "", nil)
	changed := strings.Replace(file, `"seed":1`, `"seed":2`, 1)
	m.sent(t, http.StatusUnprocessableEntity, http.MethodPut, "/suites/mine/file", jsonType, changed, nil) // without its base
	if m.sent(t, http.StatusOK, http.MethodPut, "/suites/mine/file?base=1", jsonType, changed, &info); info.Version != 2 {
		t.Errorf("%+v", info)
	}
	m.sent(t, http.StatusConflict, http.MethodPut, "/suites/mine/file?base=1", jsonType, file, nil)
	var detail struct{ Versions []suites.Version }
	if m.sent(t, http.StatusOK, http.MethodGet, "/suites/"+info.ID, "", "", &detail); len(detail.Versions) != 2 {
		t.Errorf("%+v", detail)
	}
	var first, second suites.Run
	m.sent(t, http.StatusCreated, http.MethodPost, "/suites/mine/runs", jsonType, `{"tries":2,"memory":"off","version":1}`, &first)
	m.sent(t, http.StatusCreated, http.MethodPost, "/suites/mine/runs", jsonType, `{}`, &second)
	if first.Version != 1 || first.Tries != 2 || second.Version != 2 || second.Memory != "on" {
		t.Errorf("%+v, %+v", first, second)
	}
	var run struct {
		Run     suites.Run
		Summary suites.Summary
		Tries   []suites.Try
	}
	if m.sent(t, http.StatusOK, http.MethodGet, "/suites/mine/runs/"+first.ID, "", "", &run); len(run.Tries) != 2 || run.Summary.Open != 2 || run.Tries[0].Status != "queued" {
		t.Errorf("%+v", run)
	}
	m.sent(t, http.StatusNotFound, http.MethodGet, "/suites/table/runs/"+first.ID, "", "", nil)
	var comparison suites.Comparison
	if m.sent(t, http.StatusOK, http.MethodGet, "/suites/mine/compare?before="+first.ID+"&after="+second.ID, "", "", &comparison); comparison.N != 0 || comparison.Other != 1 {
		t.Errorf("%+v", comparison)
	}
	m.sent(t, http.StatusOK, http.MethodGet, "/suites/mine/runs", "", "", nil)
	m.sent(t, http.StatusOK, http.MethodPost, "/suites/mine/freeze", "", "", nil)
	m.sent(t, http.StatusConflict, http.MethodPut, "/suites/mine/file?base=2", jsonType, file, nil)
	m.sent(t, http.StatusCreated, http.MethodPost, "/suites/mine/copy", jsonType, `{"name":"Copy"}`, nil)
	m.sent(t, http.StatusNoContent, http.MethodDelete, "/suites/mine", "", "", nil)
	m.sent(t, http.StatusNotFound, http.MethodGet, "/suites/mine", "", "", nil)
	m.sent(t, http.StatusUnprocessableEntity, http.MethodPost, "/suites/from-path", jsonType, `{"path":"/etc/passwd"}`, nil)
}

func TestSuitesRefuse(t *testing.T) {
	m := mounted(t)
	for _, tt := range []struct {
		name, kind, text, want string
		status                 int
	}{
		{"50 MB", "application/octet-stream", strings.Repeat("x", 50<<20), "", http.StatusRequestEntityTooLarge},
		{"an unknown environment", jsonType, strings.Replace(suiteText, `"maze"`, `"mars"`, 1), "mars", http.StatusUnprocessableEntity},
		{"NaN", "application/octet-stream", strings.Replace(suiteText, `"seed":1`, `"seed":NaN`, 1), "not valid JSON", http.StatusUnprocessableEntity},
		{"a field twice", "text/plain", strings.Replace(suiteText, `"seed":1`, `"seed":1,"seed":2`, 1), "twice", http.StatusUnprocessableEntity},
		{"a file of this machine", jsonType, strings.Replace(suiteText, `"environment":"maze","config":{"size":3},"purpose":"Find the treasure"`, `"environment":"code","config":{"tasks":"/etc"}`, 1), "--allow-programs", http.StatusUnprocessableEntity},
	} {
		if text := m.sent(t, tt.status, http.MethodPost, "/suites", tt.kind, tt.text, nil); !strings.Contains(text, tt.want) {
			t.Errorf("%s: %s, want %q", tt.name, text, tt.want)
		}
	}
	m.sent(t, http.StatusNotFound, http.MethodGet, "/suites/none", "", "", nil)
	m.sent(t, http.StatusNotFound, http.MethodPost, "/suites/none/runs", jsonType, `{}`, nil)
}

// An experiment takes its tasks from a suite, and tries each as often as it is asked.
func TestExperimentOfASuite(t *testing.T) {
	m := mounted(t)
	text := `{"format":"purpose.suite/1","name":"For the Lab","tasks":[{"id":"a","environment":"maze","config":{"size":3},"purpose":"Find the treasure","seed":1,"split":"train"},
		{"id":"b","environment":"maze","config":{"size":3},"purpose":"Find the treasure","seed":2},{"id":"c","environment":"maze","config":{"size":3},"purpose":"Find the treasure","seed":3}]}`
	m.sent(t, http.StatusCreated, http.MethodPost, "/suites", jsonType, text, nil)
	var made struct {
		Request struct {
			Spec struct {
				Train, Test, Tries int
				Suite              struct {
					Name string
					Test []suites.Task
				}
			}
		}
	}
	m.sent(t, http.StatusCreated, http.MethodPost, "/experiments", jsonType, `{"environment":{"name":"maze"},"suite":"for the lab","tries":3,"arms":["on","off"]}`, &made)
	if s := made.Request.Spec; s.Train != 1 || s.Test != 2 || s.Tries != 3 || s.Suite.Name != "For the Lab" || len(s.Suite.Test) != 2 {
		t.Errorf("%+v", s)
	}
	for _, body := range []string{`{"environment":{"name":"maze"},"suite":"none"}`, `{"environment":{"name":"workshop"},"suite":"for the lab"}`, `{"environment":{"name":"maze"},"suite":"for the lab","train":3}`,
		`{"environment":{"name":"maze"},"tries":21}`} {
		m.sent(t, http.StatusUnprocessableEntity, http.MethodPost, "/experiments", jsonType, body, nil)
	}
}
