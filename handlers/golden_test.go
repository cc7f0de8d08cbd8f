package handlers_test

import (
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.OfRuns(t, pagetest.SampleLog(t)),
		sitetest.Golden{Name: "not-found", Path: "/runs/r_gone", Want: 404, Whole: true},
		sitetest.Golden{Name: "not-found-fragment", Path: "/runs/r_gone", Want: 404})
}
