package llm_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`(Test[A-Za-z0-9]+)(?:/([^`]+))?`")

// TestMatrixOfServers holds that each test which the table of servers names is there.
func TestMatrixOfServers(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "models.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{} // the files that hold a test
	err = filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			tests[m[1]] += string(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.SplitSeq(string(doc), "\n") {
		named := namedTest.FindAllStringSubmatch(line, -1)
		for _, m := range named {
			source, ok := tests[m[1]]
			if !ok || m[2] != "" && !strings.Contains(source, `"`+m[2]+`"`) {
				t.Errorf("docs/models.md names %s, which is not there", m[0])
			}
		}
		if strings.HasPrefix(line, "| ") && len(named) == 4 {
			rows++
		}
	}
	if rows < 12 {
		t.Errorf("%d servers with a test in each cell", rows)
	}
}
