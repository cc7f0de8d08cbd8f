package handlers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// worldNames are kinds of environments whose names are no words of pages otherwise.
var worldNames = regexp.MustCompile(`(?i)\b(workshop|maze|household)\b`)

// No page names an environment: what is particular to one, it declares (environments.Kind).
func TestNoPageNamesAnEnvironment(t *testing.T) {
	looked := 0
	for _, root := range []string{".", filepath.Join("..", "views")} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir():
				if name := d.Name(); name == "testdata" || strings.HasSuffix(name, "test") { // sample worlds
					return filepath.SkipDir
				}
			case strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go"):
			case strings.HasSuffix(path, ".templ"):
				looked++
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				for line := range strings.SplitSeq(string(text), "\n") {
					if !strings.HasPrefix(strings.TrimSpace(line), "//") && worldNames.MatchString(line) {
						t.Errorf("%s: %s", path, strings.TrimSpace(line))
					}
				}
			case strings.HasSuffix(path, ".go"):
				looked++
				return namedIn(t, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if looked < 100 {
		t.Errorf("only %d files were looked at", looked)
	}
}

// namedIn looks at what a file says; comments and the examples in tags name no world to
// a page.
func namedIn(t *testing.T, path string) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		return err
	}
	tags := map[*ast.BasicLit]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			tags[n.Tag] = true
		case *ast.BasicLit:
			if n.Kind == token.STRING && !tags[n] && worldNames.MatchString(n.Value) {
				t.Errorf("%s: %s", files.Position(n.Pos()), n.Value)
			}
		}
		return true
	})
	return nil
}
