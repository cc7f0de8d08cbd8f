package sandbox

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"purposeagent/agent"
)

func TestFiles(t *testing.T) {
	w := open(t, Config{Folders: []string{"/tests", "/logs/verifier"}})
	ctx := t.Context()
	for name, text := range map[string]string{"a/b.txt": "one", "/workspace/c.sh": "#!/bin/sh\necho two\n", "/tests/t": "three", "/logs/verifier/reward.txt": "1"} {
		if err := w.Write(ctx, name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		got, err := w.Read(ctx, name)
		if err != nil || string(got) != text {
			t.Errorf("%s holds %q (%v)", name, got, err)
		}
	}
	if r := sh(t, w, "./c.sh; cat a/b.txt /tests/t; ln -s a/b.txt link; mkfifo pipe; mkdir empty"); string(r.Stdout) != "two\nonethree" {
		t.Errorf("programs see %q, %s", r.Stdout, r.Stderr)
	}
	entries, err := w.List(ctx, "", true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, strings.TrimSpace(string(e.Kind)+" "+e.Name+" "+e.Target))
	}
	if diff := cmp.Diff([]string{"folder a", "file a/b.txt", "file c.sh", "folder empty", "link link a/b.txt", "other pipe"}, got); diff != "" {
		t.Error(diff)
	}
	if entries, err = w.List(ctx, "a", false); err != nil || len(entries) != 1 || entries[0].Name != "b.txt" || entries[0].Size != 3 || entries[0].Mode != 0o755 {
		t.Errorf("in a: %+v (%v)", entries, err)
	}
	if err := w.MakeFolder(ctx, "x/y"); err != nil {
		t.Error(err)
	}
	if err := errors.Join(w.Remove(ctx, "a"), w.Remove(ctx, "nothing"), w.Remove(ctx, "/tests")); err != nil {
		t.Error(err)
	}
	if r := sh(t, w, "ls; ls /tests"); string(r.Stdout) != "c.sh\nempty\nlink\npipe\nx\n" {
		t.Errorf("after it there is %q", r.Stdout)
	}
}

func TestFilesRefuse(t *testing.T) {
	w := open(t, Config{})
	sh(t, w, `ln -s /etc/passwd absolute; ln -s ../etc/passwd relative; ln -s / root; ln -s /proc/self/root proc; ln -s loop loop; mkfifo pipe
		mkdir folder; ln -s /etc/nothing dangling; truncate -s 200M sparse; truncate -s 200M sparse2; echo x > file`)
	for _, tt := range []struct {
		name string
		code agent.Code
	}{
		{"absolute", agent.CodeInvalid}, {"relative", agent.CodeInvalid}, {"root/etc/passwd", agent.CodeInvalid}, {"proc/etc/passwd", agent.CodeInvalid},
		{"loop", agent.CodeInvalid}, {"pipe", agent.CodeInvalid}, {"folder", agent.CodeInvalid}, {"sparse", agent.CodeInvalid}, {"file/x", agent.CodeInvalid},
		{"../etc/passwd", agent.CodeInvalid}, {"/etc/passwd", agent.CodeInvalid}, {"folder/../../etc/passwd", agent.CodeInvalid}, {"a\x00b", agent.CodeInvalid},
		{"nothing", agent.CodeNotFound},
	} {
		if got, err := w.Read(t.Context(), tt.name); agent.CodeOf(err) != tt.code {
			t.Errorf("read %q: %q, %v, want %s", tt.name, got, err, tt.code)
		}
	}
	for _, name := range []string{"root/x", "proc/tmp/x", "../x", "/usr/x", "file/x", "folder", "."} {
		if err := w.Write(t.Context(), name, []byte("x"), 0o644); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("write %q: %v", name, err)
		}
	}
	// A link is replaced, what it leads to is not.
	if err := w.Write(t.Context(), "absolute", []byte("mine"), 0o644); err != nil {
		t.Error(err)
	}
	if r := sh(t, w, "cat absolute; test -L absolute || echo plain"); string(r.Stdout) != "mineplain\n" {
		t.Errorf("a link that was written: %q", r.Stdout)
	}
	if err := w.Archive(t.Context(), "", io.Discard); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("an archive of 400 MB: %v", err)
	}
	if _, err := w.List(t.Context(), "file", false); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("list of a file: %v", err)
	}
}

func TestArchiveAndUnpack(t *testing.T) {
	w := open(t, Config{})
	sh(t, w, `mkdir -p a/b locked; echo one > a/b/c; printf '#!/bin/sh\necho ran\n' > run; chmod 750 run; ln -s a/b/c link; ln -s /etc/passwd out; mkfifo pipe
		echo secret > hidden; chmod 000 hidden; echo in > locked/x; chmod 500 locked; mkdir nothing; chmod 000 nothing; printf x > "$(printf 'bad\377name')"`)
	var first, second, third bytes.Buffer
	if err := errors.Join(w.Archive(t.Context(), "", &first), w.Archive(t.Context(), "", &second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same files give other bytes")
	}
	v := open(t, Config{})
	if err := v.Unpack(t.Context(), "", bytes.NewReader(first.Bytes())); err != nil {
		t.Fatal(err)
	}
	if r := sh(t, v, "./run; cat link; readlink out; stat -c '%a %n' run hidden locked; test -e pipe || echo none; ls | wc -l"); string(r.Stdout) != "ran\none\n/etc/passwd\n750 run\n0 hidden\n500 locked\nnone\n8\n" {
		t.Errorf("after unpacking: %s%s", r.Stdout, r.Stderr)
	}
	if err := v.Archive(t.Context(), "", &third); err != nil || !bytes.Equal(first.Bytes(), third.Bytes()) {
		t.Errorf("the copy gives other bytes (%v)", err)
	}
	if err := v.Archive(t.Context(), "missing", io.Discard); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("an archive of nothing: %v", err)
	}
}

func archive(t *testing.T, entries ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&e); err != nil {
			t.Fatal(err)
		}
		if e.Size > 0 {
			if _, err := w.Write(make([]byte, e.Size)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestUnpackRefuses(t *testing.T) {
	w := open(t, Config{Limits: Limits{Disk: 4 << 20}})
	for _, tt := range []struct {
		name    string
		entries []tar.Header
		code    agent.Code
	}{
		{"a name with ..", []tar.Header{{Name: "../x", Typeflag: tar.TypeReg}}, agent.CodeInvalid},
		{"a name from /", []tar.Header{{Name: "/etc/x", Typeflag: tar.TypeReg}}, agent.CodeInvalid},
		{"through a link of its own", []tar.Header{{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}, {Name: "l/x", Typeflag: tar.TypeReg}}, agent.CodeInvalid},
		{"a hard link", []tar.Header{{Name: "h", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}}, agent.CodeInvalid},
		{"a device", []tar.Header{{Name: "d", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 1}}, agent.CodeInvalid},
		{"a full disk", []tar.Header{{Name: "big", Typeflag: tar.TypeReg, Size: 5 << 20}}, agent.CodeConflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := w.Unpack(t.Context(), "", archive(t, tt.entries...)); agent.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
	if err := w.Unpack(t.Context(), "", strings.NewReader(strings.Repeat("no tar", 1000))); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("what is no archive: %v", err)
	}
	if r := sh(t, w, "ls /tmp; echo x > file && echo on"); string(r.Stdout) != "on\n" {
		t.Errorf("after refusals: %+v", r)
	}
	broken := errors.New("the disk of the host")
	if err := w.Unpack(t.Context(), "", io.MultiReader(strings.NewReader("x"), &failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a source that fails: %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestCopyIn(t *testing.T) {
	host := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	for name, mode := range map[string]os.FileMode{"task/tests/test.sh": 0o755, "task/data.txt": 0o640} {
		if err := errors.Join(os.MkdirAll(filepath.Join(host, filepath.Dir(name)), 0o755), os.WriteFile(filepath.Join(host, name), []byte(name), mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(outside, []byte("secret"), 0o644), os.Symlink(outside, filepath.Join(host, "task/link"))); err != nil {
		t.Fatal(err)
	}
	w := open(t, Config{})
	if err := w.CopyIn(t.Context(), filepath.Join(host, "task"), "in"); err != nil {
		t.Fatal(err)
	}
	if r := sh(t, w, "cd in && cat data.txt tests/test.sh; stat -c %a data.txt tests/test.sh; readlink link; cat link"); string(r.Stdout) != "task/data.txttask/tests/test.sh640\n755\n"+outside+"\n" {
		t.Errorf("what was copied: %s%s", r.Stdout, r.Stderr)
	}
	if err := w.CopyIn(t.Context(), filepath.Join(host, "none"), "in"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("no folder: %v", err)
	}
	big, err := os.Create(filepath.Join(host, "task/big"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(big.Truncate(1<<40), big.Close()); err != nil {
		t.Fatal(err)
	}
	if err := w.CopyIn(t.Context(), filepath.Join(host, "task"), "in"); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a folder of 1 TB: %v", err)
	}
	if r := sh(t, w, "echo on"); string(r.Stdout) != "on\n" {
		t.Errorf("after a refusal: %+v", r)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, cfg := range []Config{
		{Limits: Limits{Memory: 1}}, {Limits: Limits{Disk: -1}}, {Limits: Limits{Processes: 1 << 30}},
		{Folders: []string{"tests"}}, {Folders: []string{"/usr/x"}}, {Folders: []string{"/workspace/x"}}, {Folders: []string{"/a/../etc"}}, {Folders: []string{"/a", "/a/b"}}, {Folders: []string{"/"}},
		{Show: []string{"x"}}, {Show: []string{"/tmp/x"}}, {Hide: []string{"/a/"}},
	} {
		if w, err := Open(t.Context(), cfg); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%+v: %v", cfg, err)
			if err == nil {
				w.Close()
			}
		}
	}
}

func TestShowAndHide(t *testing.T) {
	shown, err := os.MkdirTemp("/var/tmp", "shown") //nolint:usetesting // a workspace has its own /tmp
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(shown) })
	if err := errors.Join(os.Chmod(shown, 0o755), os.Mkdir(filepath.Join(shown, "data"), 0o755), os.WriteFile(filepath.Join(shown, "tool"), []byte("#!/bin/sh\necho tool\n"), 0o755),
		os.WriteFile(filepath.Join(shown, "data/key"), []byte("secret"), 0o644)); err != nil {
		t.Fatal(err)
	}
	w := open(t, Config{Show: []string{shown}, Hide: []string{filepath.Join(shown, "data"), "/nowhere"}})
	r := sh(t, w, shown+"/tool; ls "+shown+"/data; touch "+shown+"/x "+shown+"/data/x 2>/dev/null || echo read-only")
	if string(r.Stdout) != "tool\nread-only\n" {
		t.Errorf("got %s%s", r.Stdout, r.Stderr)
	}
	names, err := os.ReadDir(shown)
	if err != nil || slices.ContainsFunc(names, func(e os.DirEntry) bool { return e.Name() == "x" }) {
		t.Errorf("the host has %v (%v)", names, err)
	}
}

func TestLargeFolders(t *testing.T) {
	w := open(t, Config{})
	// Names that JSON writes six times as long.
	r, err := w.Run(t.Context(), Command{Argv: []string{"python3", "-c", `
import os
for i in range(9000): open("/workspace/" + chr(1) * 20 + "%05d" % i, "w").close()`}})
	if err != nil || r.ExitCode != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if list, err := w.List(t.Context(), "", true); err != nil || len(list) != 9000 {
		t.Errorf("%d entries, %v", len(list), err)
	}
	if r, err = w.Run(t.Context(), Command{Argv: []string{"python3", "-c", `
import os
for i in range(1001): open("/workspace/%05d" % i, "w").close()`}}); err != nil || r.ExitCode != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := w.List(t.Context(), "", false); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("more entries than are listed: %v", err)
	}
	if err := w.Remove(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if r, err = w.Run(t.Context(), Command{Argv: []string{"python3", "-c", `
import os
for i in range(3000): os.mkdir("d"); os.chdir("d")`}}); err != nil || r.ExitCode != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := w.List(t.Context(), "", true); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("deep folders are listed: %v", err)
	}
	if err := w.Archive(t.Context(), "", io.Discard); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("deep folders are archived: %v", err)
	}
	if err := w.Remove(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if list, err := w.List(t.Context(), "", true); err != nil || len(list) != 0 {
		t.Errorf("after removing all: %d entries, %v", len(list), err)
	}
}
