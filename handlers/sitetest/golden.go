package sitetest

import (
	"net/http"
	"testing"

	"purposeagent/handlers/pagetest"
)

// Golden is a page that is compared with a stored one.
type Golden struct {
	Name, Path string
	Want       int    // the status
	Whole      bool   // within the frame; else the body alone, as htmx gets it
	Target     string // the element that htmx asks for, "" for the page's body
}

// Goldens compares pages with testdata/golden of the test's package.
func Goldens(t *testing.T, s http.Handler, pages ...Golden) {
	t.Helper()
	for _, page := range pages {
		t.Run(page.Name, func(t *testing.T) {
			headers := []string{"HX-Request", "true"}
			if page.Whole {
				headers = nil
			}
			if page.Target != "" {
				headers = append(headers, "HX-Target", page.Target)
			}
			w := pagetest.Ask(s, http.MethodGet, page.Path, "", headers...)
			if w.Code != page.Want {
				t.Fatalf("got status %d, want %d: %s", w.Code, page.Want, w.Body)
			}
			pagetest.Golden(t, page.Name, w.Body.String())
		})
	}
}
