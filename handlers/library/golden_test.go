package library_test

import (
	"testing"

	"purposeagent/handlers/sitetest"
)

func TestGoldenPages(t *testing.T) {
	sitetest.Goldens(t, sitetest.New(t),
		sitetest.Golden{Name: "library-list", Path: "/library", Want: 200, Whole: true},
		sitetest.Golden{Name: "library-none-match", Path: "/library?q=nowhere", Want: 200},
		sitetest.Golden{Name: "library-rule", Path: "/library/h000001", Want: 200},
		sitetest.Golden{Name: "library-rule-predicate", Path: "/library/h000005", Want: 200},
		sitetest.Golden{Name: "library-teach", Path: "/library/new", Want: 200},
		sitetest.Golden{Name: "library-edit", Path: "/library/h000001/edit", Want: 200},
		sitetest.Golden{Name: "library-delete", Path: "/library/delete?ids=h000001&ids=h000004&ids=gone&return=q%3Dkey", Want: 200})
}
