package runs_test

import (
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.OfRuns(t, pagetest.SampleLog(t)),
		sitetest.Golden{Name: "runs-list", Path: "/runs", Want: 200, Whole: true},
		sitetest.Golden{Name: "runs-list-fragment", Path: "/runs?q=status:finished", Want: 200, Target: "div#runs"},
		sitetest.Golden{Name: "runs-none-match", Path: "/runs?q=nowhere", Want: 200, Target: "div#runs"})
	sitetest.Goldens(t, sitetest.WithGroups(t),
		sitetest.Golden{Name: "runs-list-groups", Path: "/runs", Want: 200, Target: "div#runs"},
		sitetest.Golden{Name: "group-live", Path: "/groups/g_demo", Want: 200, Whole: true},
		sitetest.Golden{Name: "group-done", Path: "/groups/g_done", Want: 200, Whole: true},
		sitetest.Golden{Name: "group-gone", Path: "/groups/g_gone", Want: 404, Whole: true})
}
