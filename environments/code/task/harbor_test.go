package task_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"purposeagent/environments/code/task"
)

// folder is a task folder that is whole, with some files changed; an empty text
// takes a file away.
func folder(changed map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range map[string]string{
		"task.toml":              "schema_version = \"1.4\"\n[task]\nname = \"a/b\"\n[verifier]\ntimeout_sec = 2.5\nenv = { MODE = \"x\" }\n[environment]\nmemory_mb = 256\n",
		"instruction.md":         "Make it work.\n",
		"environment/Dockerfile": "FROM python:3.12\n",
		"environment/src/a.py":   "A = 1\n",
		"tests/test.sh":          "echo 1 > /logs/verifier/reward.txt\n",
		"solution/solve.sh":      "the secret\n",
	} {
		out[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o755}
	}
	for name, text := range changed {
		if text == "" {
			delete(out, name)
			continue
		}
		out[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return out
}

func TestHarborReadsAFolder(t *testing.T) {
	got, err := task.Harbor("x", folder(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != "Make it work.\n" || got.Limit != 2500*time.Millisecond || got.MemoryMB != 256 || got.Env["MODE"] != "x" || len(got.Verify.Command) == 0 {
		t.Errorf("%+v", got)
	}
	if len(got.Files) != 1 || got.Files[0].Path != "src/a.py" || !got.Files[0].Exec {
		t.Errorf("files %+v", got.Files)
	}
	if len(got.Hidden) != 1 || got.Hidden[0].Path != "test.sh" {
		t.Errorf("hidden %+v", got.Hidden)
	}
	if len(got.Left) != 1 || !strings.HasPrefix(got.Left[0], "environment/Dockerfile: no image") {
		t.Errorf("left %q", got.Left)
	}
}

func TestHarborNamesWhatItCannotDo(t *testing.T) {
	got, err := task.Harbor("x", folder(map[string]string{
		"task.toml":                       "version = \"1.0\"\nartifacts = [\"a\"]\n[verifier]\nuser = \"root\"\n[environment]\ndocker_image = \"debian\"\nallow_internet = true\n",
		"environment/docker-compose.yaml": "services:\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(got.Left, "\n")
	for _, want := range []string{"Dockerfile", "docker-compose.yaml", `docker_image "debian"`, "network", "verifier.user", "artifacts"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s isn't named in %q", want, got.Left)
		}
	}
	if len(got.Files) != 1 {
		t.Errorf("files %+v", got.Files)
	}
}

func TestHarborSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no settings":    {"task.toml", "", "task.toml is missing"},
		"no TOML":        {"task.toml", "= 1", "task.toml: "},
		"other schema":   {"task.toml", `schema_version = "2.0"`, `schema "2.0"`},
		"several steps":  {"task.toml", "[[steps]]\nname = \"a\"", "several steps"},
		"endless":        {"task.toml", "[verifier]\ntimeout_sec = inf", "verifier.timeout_sec must lie"},
		"not a number":   {"task.toml", "[verifier]\ntimeout_sec = nan", "verifier.timeout_sec must lie"},
		"memory":         {"task.toml", "[environment]\nmemory_mb = -1", "environment.memory_mb must lie"},
		"variable":       {"task.toml", "[verifier.env]\n\"A=B\" = \"c\"", "isn't the name of a variable"},
		"no instruction": {"instruction.md", "", "instruction.md is missing"},
		"blank":          {"instruction.md", " \n", "instruction.md is empty"},
		"no test":        {"tests/test.sh", "", "tests/test.sh is missing"},
		"large":          {"tests/data", strings.Repeat("x", 2<<20), "tests/data holds more than"},
	} {
		if _, err := task.Harbor("x", folder(map[string]string{c.file: c.text})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestHarborFollowsNoLink(t *testing.T) {
	for _, link := range []string{"instruction.md", "environment/secret", "tests", "environment"} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, folder(nil)); err != nil {
			t.Fatal(err)
		}
		outside := filepath.Join(t.TempDir(), "outside")
		if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(dir, link)
		if err := os.RemoveAll(at); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, at); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := task.Harbor("x", root.FS()); err == nil {
			t.Errorf("%s is a link to outside: %+v", link, got)
		}
		if err := root.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzHarbor(f *testing.F) {
	f.Add("schema_version = \"1.4\"\n[verifier]\ntimeout_sec = 1", "Do it.")
	f.Fuzz(func(t *testing.T, settings, text string) {
		got, err := task.Harbor("x", folder(map[string]string{"task.toml": settings, "instruction.md": text}))
		if err == nil && (got.Text == "" || got.Limit < 0 || got.MemoryMB < 0 || len(got.Hidden) == 0) {
			t.Fatalf("%+v", got)
		}
	})
}
