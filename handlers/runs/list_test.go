package runs_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// The list is cut by keyset: "older" goes on after the last row, "newest" back.
func TestRunsListPages(t *testing.T) {
	log := pagetest.NewRunLog()
	for i := range 60 {
		log.Add(pagetest.SampleRun(fmt.Sprintf("r_%02d", i), 20))
	}
	s := sitetest.OfRuns(t, log)
	first := pagetest.Ask(s, http.MethodGet, "/runs?q=env%3Amaze", "").Body.String()
	if got := strings.Count(first, "data-row"); got != ui.ListLimit {
		t.Errorf("got %d rows, want %d", got, ui.ListLimit)
	}
	const older = `href="/runs?cursor=r_10&amp;q=env%3Amaze"`
	if !strings.Contains(first, older) || strings.Contains(first, `rel="prev"`) {
		t.Fatalf("%s is missing, or there is something newer than the newest", older)
	}
	second := pagetest.Ask(s, http.MethodGet, "/runs?cursor=r_10&q=env%3Amaze", "").Body.String()
	if got := strings.Count(second, "data-row"); got != 10 {
		t.Errorf("got %d rows, want 10", got)
	}
	if !strings.Contains(second, `href="/runs?q=env%3Amaze"`) || strings.Contains(second, `rel="next"`) {
		t.Error("the second page does not lead back, or leads further")
	}
}
