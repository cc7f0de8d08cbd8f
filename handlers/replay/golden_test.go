package replay_test

import (
	"testing"

	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.New(t),
		sitetest.Golden{Name: "replay-list", Path: "/replay", Want: 200},
		sitetest.Golden{Name: "replay-trajectory", Path: "/replay/t_A", Want: 200},
		sitetest.Golden{Name: "replay-prune", Path: "/replay/prune?ids=t_A&ids=t_B", Want: 200})
}
