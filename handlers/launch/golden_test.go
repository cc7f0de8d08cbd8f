package launch_test

import (
	"testing"

	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.New(t),
		sitetest.Golden{Name: "launch-new", Path: "/runs/new?fresh=yes", Want: 200, Whole: true},
		sitetest.Golden{Name: "launch-welcome", Path: "/welcome", Want: 200})
}
