package pagetest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

var assetHash = regexp.MustCompile(`/static/[0-9a-f]{12}/`)

// Golden compares HTML with testdata/golden/<name>/page.html. It is written
// one tag a line, so that a change is a readable diff.
func Golden(t *testing.T, name, html string) {
	t.Helper()
	got := assetHash.ReplaceAllString(strings.ReplaceAll(html, "><", ">\n<"), "/static/HASH/") + "\n"
	path := filepath.Join("testdata", "golden", name, "page.html")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range gotLines {
		if i >= len(wantLines) || gotLines[i] != wantLines[i] {
			before := ""
			if i < len(wantLines) {
				before = wantLines[i]
			}
			t.Fatalf("%s differs at line %d\n got: %s\nwant: %s\n(-update takes the new page; look at the diff)", path, i+1, gotLines[i], before)
		}
	}
	t.Fatalf("%s is shorter than the golden file", name)
}
