package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/agent/milestones"
)

// A world's milestones are read with what its environment declares, decided on by
// version, and listed.
func TestMilestones(t *testing.T) {
	e := mounted(t)
	call := func(method, path, body string, into any) int {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", jsonType)
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, r)
		if into != nil {
			if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
				t.Fatal(err, rec.Body)
			}
		}
		return rec.Code
	}
	var got milestonesBody
	if code := call(http.MethodGet, "/milestones?environment=maze", "", &got); code != http.StatusOK || len(got.Declared) == 0 || got.Versions == nil || len(got.Versions) != 0 {
		t.Errorf("%d %+v", code, got)
	}
	var set milestones.Set
	if code := call(http.MethodPut, "/milestones", `{"environment":"maze","base":0,"items":["the hall is seen"],"status":"in_use"}`, nil); code != http.StatusConflict {
		t.Errorf("what the environment declares was changed: %d", code)
	}
	if code := call(http.MethodPut, "/milestones", `{"environment":"remote","base":0,"items":["1. the hall is seen"],"status":"in_use"}`, &set); code != http.StatusOK || set.Version != 1 || set.Items[0] != "the hall is seen" || !set.Reviewed {
		t.Errorf("%d %+v", code, set)
	}
	for body, want := range map[string]int{
		`{"environment":"remote","base":0,"items":[],"status":"in_use"}`:                                     http.StatusConflict,
		`{"environment":"nowhere","base":0,"items":["a"],"status":"in_use"}`:                                 http.StatusNotFound,
		`{"environment":"remote","base":1,"items":["a","A"],"status":"in_use"}`:                              http.StatusUnprocessableEntity,
		`{"environment":"remote","base":1,"items":["` + strings.Repeat("x", 161) + `"],"status":"rejected"}`: http.StatusUnprocessableEntity,
		`{"environment":"remote","world":"nowhere","base":0,"items":["a"],"status":"in_use"}`:                http.StatusNotFound,
		`{"environment":"remote","base":1,"items":null,"status":"in_use"}`:                                   http.StatusUnprocessableEntity,
		`{"environment":"remote","base":1,"items":["a"],"status":"waiting"}`:                                 http.StatusUnprocessableEntity,
	} {
		if code := call(http.MethodPut, "/milestones", body, nil); code != want {
			t.Errorf("%s: %d, want %d", body, code, want)
		}
	}
	var all struct{ Items []milestones.Set }
	if code := call(http.MethodGet, "/milestones/worlds", "", &all); code != http.StatusOK || len(all.Items) != 1 || all.Items[0].Environment != "remote" {
		t.Errorf("%d %+v", code, all)
	}
	if code := call(http.MethodGet, "/milestones?environment=nowhere", "", nil); code != http.StatusNotFound {
		t.Errorf("an unknown environment: %d", code)
	}
}
