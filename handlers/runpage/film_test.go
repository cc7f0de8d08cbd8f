package runpage_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// Frames come by the hundred, each once, and a browser that is led to their
// address sees the page; a run that goes on has no film.
func TestFilmFrames(t *testing.T) {
	log := pagetest.LiveLog(t, 230)
	s := sitetest.OfRuns(t, log)
	if page := pagetest.Ask(s, http.MethodGet, "/runs/r_1", "").Body.String(); strings.Contains(page, "data-film") {
		t.Error("a run that goes on has a film")
	}
	log.Finish("r_1", true)
	if page := pagetest.Ask(s, http.MethodGet, "/runs/r_1", "").Body.String(); !strings.Contains(page, `data-film="/runs/r_1/film"`) || !strings.Contains(page, `data-steps="230"`) {
		t.Error("a run that has ended has no film")
	}
	var all []int
	for _, want := range []int{100, 100, 30, 0} {
		after := "0"
		if len(all) > 0 {
			after = ui.Itoa(all[len(all)-1])
		}
		w := pagetest.Ask(s, http.MethodGet, "/runs/r_1/film?after="+after, "", "Accept", "application/json")
		var got struct {
			Frames []struct {
				N                         int
				Action, State, Phi, Delta string
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != http.StatusOK || err != nil || len(got.Frames) != want {
			t.Fatalf("after %s: %d, %d frames, %v; want %d", after, w.Code, len(got.Frames), err, want)
		}
		for _, f := range got.Frames {
			if f.Action == "" || f.State == "" || f.Phi == "" || f.Delta == "" {
				t.Fatalf("frame %+v has nothing to show", f)
			}
			all = append(all, f.N)
		}
	}
	for i, n := range all {
		if n != i+1 {
			t.Fatalf("frame %d is number %d", i+1, n)
		}
	}
	if w := pagetest.Ask(s, http.MethodGet, "/runs/r_1/film", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs/r_1" {
		t.Errorf("without a script: %d to %q", w.Code, w.Header().Get("Location"))
	}
	for path, want := range map[string]int{"/runs/r_none/film": 404, "/runs/r_1/film?after=x": 404, "/runs/r_1/film?after=-1": 404} {
		if w := pagetest.Ask(s, http.MethodGet, path, "", "Accept", "application/json"); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}
