package labpages_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent/calibration"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestCriticsPage(t *testing.T) {
	x := sitetest.New(t, func(c *handlers.Config) { c.Lab.Critics = pagetest.JudgedCritics(t) })
	page := sitetest.Body(t, x, "/lab/critics", http.StatusOK)
	pagetest.Golden(t, "critics", page)
	for _, want := range []string{"1 lost", "Alarm: in 1 case", "gives no credit", "may give credit", "unproven", "not enough data · n 10",
		"Rules are learned from outcomes only.", "Φ goes up and success does not", `role="img" aria-label="Reliability diagram: predicted`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	empty := sitetest.Body(t, sitetest.New(t, func(c *handlers.Config) { c.Lab.Critics = calibration.NewCriticLog() }), "/lab/critics", http.StatusOK)
	if !strings.Contains(empty, "No task with a known outcome has ended yet") {
		t.Error("nothing is said where nothing is known")
	}
	sitetest.Body(t, sitetest.New(t), "/lab/critics", http.StatusNotFound)
}
