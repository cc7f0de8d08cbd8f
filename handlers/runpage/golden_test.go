package runpage_test

import (
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.OfRuns(t, pagetest.SampleLog(t)),
		sitetest.Golden{Name: "run-running", Path: "/runs/r_running", Want: 200, Whole: true},
		sitetest.Golden{Name: "run-queued", Path: "/runs/r_queued", Want: 200},
		sitetest.Golden{Name: "run-waiting", Path: "/runs/r_waiting", Want: 200},
		sitetest.Golden{Name: "run-paused", Path: "/runs/r_paused", Want: 200},
		sitetest.Golden{Name: "run-failed", Path: "/runs/r_failed", Want: 200},
		sitetest.Golden{Name: "run-solved-step", Path: "/runs/r_solved?step=9", Want: 200},
		sitetest.Golden{Name: "step-detail", Path: "/runs/r_solved/steps/9", Want: 200},
		sitetest.Golden{Name: "step-failed", Path: "/runs/r_solved/steps/11", Want: 200},
		sitetest.Golden{Name: "step-diff", Path: "/runs/r_solved/steps/9?tab=diff", Want: 200},
		sitetest.Golden{Name: "step-memory", Path: "/runs/r_solved/steps/9?tab=memory", Want: 200},
		sitetest.Golden{Name: "step-critic", Path: "/runs/r_solved/steps/6?tab=critic", Want: 200},
		sitetest.Golden{Name: "step-raw", Path: "/runs/r_solved/steps/1?tab=raw", Want: 200},
		sitetest.Golden{Name: "phi-table", Path: "/runs/r_solved/phi", Want: 200})
}
