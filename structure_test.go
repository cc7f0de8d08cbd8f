package purposeagent

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Bounds that keep packages small enough to be read as a whole. Who meets one
// makes a package, or a struct, of what belongs together.
const (
	maxMethods      = 60    // of a struct
	maxConfigFields = 12    // of a struct called Config
	maxCoreTypes    = 130   // exported by the root of agent
	maxCoreFiles    = 50    // in the root of agent
	maxPageFiles    = 25    // in handlers and in views/pages
	maxMainLines    = 1_600 // of package main of the program
)

// structure is what the bounds are about, counted over all code but tests and
// generated files.
type structure struct {
	methods, configFields, files, types map[string]int // by folder, or by folder and type
	mainLines                           int
}

func (s *structure) add(folder string, set *token.FileSet, f *ast.File) {
	s.files[folder]++
	if folder == "cmd/web" {
		s.mainLines += set.Position(f.FileEnd).Line
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil {
				s.methods[folder+"."+receiver(d.Recv.List[0].Type)]++
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					s.addType(folder, t)
				}
			}
		}
	}
}

func (s *structure) addType(folder string, t *ast.TypeSpec) {
	if t.Name.IsExported() {
		s.types[folder]++
	}
	fields, ok := t.Type.(*ast.StructType)
	if !ok || t.Name.Name != "Config" {
		return
	}
	for _, field := range fields.Fields.List {
		s.configFields[folder] += max(len(field.Names), 1)
	}
}

// receiver is the name of the type that a method is of.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

func TestStructure(t *testing.T) {
	s := structure{methods: map[string]int{}, configFields: map[string]int{}, files: map[string]int{}, types: map[string]int{}}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch hidden := name != "." && strings.HasPrefix(d.Name(), "."); {
		case err != nil:
			return err
		case d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "scripts"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go"):
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err == nil {
			s.add(path.Dir(filepath.ToSlash(name)), set, f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	within := func(what string, n, limit int) {
		if n > limit {
			t.Errorf("%s: %d, at most %d", what, n, limit)
		}
		if n == 0 {
			t.Errorf("%s: nothing was found to count", what)
		}
	}
	for name, n := range s.methods {
		within("methods of "+name, n, maxMethods)
	}
	for folder, n := range s.configFields {
		within("fields of "+folder+".Config", n, maxConfigFields)
	}
	within("exported types of agent", s.types["agent"], maxCoreTypes)
	within("files of agent", s.files["agent"], maxCoreFiles)
	for _, folder := range []string{"handlers", "views/pages"} {
		within("files of "+folder, s.files[folder], maxPageFiles)
	}
	within("lines of package main", s.mainLines, maxMainLines)
}
