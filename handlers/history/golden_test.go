package history_test

import (
	"testing"

	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.New(t),
		sitetest.Golden{Name: "library-merge", Path: "/library/merge?ids=h000001&ids=h000002", Want: 200})
}
