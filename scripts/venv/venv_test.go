package venv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// snake puts a python3 first that notes what its environments are asked, or
// complains.
func snake(t *testing.T, script string) (asked string) {
	t.Helper()
	folder := t.TempDir()
	asked = filepath.Join(folder, "asked")
	text := "#!/bin/sh\n" + strings.ReplaceAll(script, "ASKED", asked)
	if err := os.WriteFile(filepath.Join(folder, "python3"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return asked
}

const makes = `mkdir -p "$4/bin" && printf '#!/bin/sh\necho "$@" >> ASKED\n' > "$4/bin/python" && chmod 700 "$4/bin/python"` + "\n"

func TestPythonInstallsOnceForEachList(t *testing.T) {
	asked := snake(t, makes)
	cache := t.TempDir()
	var pythons []string
	for _, list := range []string{"a==1\n", "a==1\n", "a==2\n"} {
		python, err := Python(t.Context(), cache, "x", []byte(list))
		if err != nil {
			t.Fatal(err)
		}
		pythons = append(pythons, python)
	}
	if pythons[0] != pythons[1] || pythons[0] == pythons[2] || !strings.HasPrefix(pythons[0], cache) {
		t.Errorf("the environments are %q", pythons)
	}
	raw, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(raw), "-m pip install"); n != 2 {
		t.Errorf("%d times something was installed, not 2:\n%s", n, raw)
	}
}

// What failed is not taken for installed the next time.
func TestPythonTellsWhatFailed(t *testing.T) {
	cache := t.TempDir()
	snake(t, "echo first >&2; echo no module named venv >&2; exit 3\n")
	for range 2 {
		if _, err := Python(t.Context(), cache, "x", []byte("a==1\n")); err == nil || !strings.Contains(err.Error(), "no module named venv") {
			t.Fatalf("got %v", err)
		}
	}
	snake(t, makes)
	if _, err := Python(t.Context(), cache, "x", []byte("a==1\n")); err != nil {
		t.Error(err)
	}
}
