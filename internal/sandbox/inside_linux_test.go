package sandbox

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"purposeagent/agent"
)

// inside is a workspace of which the test plays the inside: what it answers is
// all that the outside hears, however wrong it is.
func inside(t testing.TB, says []byte) *Workspace {
	t.Helper()
	ours, theirs, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	b := &box{conn: ours, grace: grace, kills: make(chan struct{}), closed: make(chan struct{})}
	close(b.closed)
	var all sync.WaitGroup
	all.Go(func() {
		var writing sync.WaitGroup
		writing.Go(func() {
			_, _ = theirs.Write(says)
			_ = unix.Shutdown(int(theirs.Fd()), unix.SHUT_WR) // no more comes
		})
		_, _ = io.Copy(io.Discard, theirs) // until the workspace is closed
		writing.Wait()
		_ = theirs.Close()
	})
	cfg, err := Config{}.check()
	if err != nil {
		t.Fatal(err)
	}
	w := &Workspace{cfg: cfg, box: b, turn: make(chan struct{}, 1), gone: make(chan struct{})}
	t.Cleanup(func() { w.Close(); all.Wait() })
	return w
}

func said(t testing.TB, frames ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, f := range frames {
		if err := writeFrame(&b, f[0], []byte(f[1:])); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestInsideThatLies(t *testing.T) {
	big := "d" + strings.Repeat("x", 4<<20)
	for name, says := range map[string][]byte{
		"nothing": nil, "no frame": []byte("HTTP/1.1 200 OK\r\n\r\n"), "a length of 4 GB": []byte("f\xff\xff\xff\xff"), "half a frame": []byte("f\x00\x00\x00\x09{"),
		"no JSON": said(t, "fno"), "another type": said(t, `f{"exit":"x"}`), "a kind of ours": said(t, "qx"),
		"a file that is too long": said(t, big, big, big, big, big, "f{}"), "output": said(t, "ox", "f{}"),
	} {
		t.Run(name, func(t *testing.T) {
			w := inside(t, says)
			if b, err := w.Read(t.Context(), "x"); agent.CodeOf(err) != agent.CodeConflict {
				t.Errorf("read %d bytes, %v", len(b), err)
			}
			if _, err := w.Run(t.Context(), Command{Argv: []string{"true"}}); agent.CodeOf(err) != agent.CodeConflict {
				t.Errorf("a command after it: %v", err)
			}
		})
	}
	for _, name := range []string{"../x", "/etc/passwd", "", "a/../../b"} {
		w := inside(t, said(t, `f{"entries":[{"name":"`+name+`","kind":"file"}]}`))
		if list, err := w.List(t.Context(), "", false); agent.CodeOf(err) != agent.CodeConflict {
			t.Errorf("an entry %q: %v, %v", name, list, err)
		}
	}
	w := inside(t, said(t, `f{"exit":7,"signal":99999,"cpu":-5,"pid":1}`))
	if r, err := w.Run(t.Context(), Command{Argv: []string{"true"}}); err != nil || r.CPU != 0 || r.ExitCode != 7 || r.Signal != "" {
		t.Errorf("numbers that can't be: %+v, %v", r, err)
	}
	w = inside(t, said(t, `f{"code":"internal","message":"`+strings.Repeat("x", 5000)+`"}`))
	if _, err := w.Read(t.Context(), "x"); agent.CodeOf(err) != agent.CodeUnavailable || len(err.Error()) > 500 {
		t.Errorf("an error that is no one's: %v", err)
	}
}

// FuzzInside reads whatever an inside may say as the answer to each request.
func FuzzInside(f *testing.F) {
	f.Add([]byte("f\x00\x00\x00\x02{}"))
	f.Add([]byte("o\x00\x00\x00\x01xf\x00\x00\x00\x0a{\"exit\":1}"))
	f.Add([]byte(`f` + "\x00\x00\x00\x1c" + `{"entries":[{"name":"../x"}]}`))
	f.Fuzz(func(t *testing.T, says []byte) {
		for _, ask := range []func(w *Workspace) error{
			func(w *Workspace) error {
				_, err := w.Run(context.Background(), Command{Argv: []string{"true"}})
				return err
			},
			func(w *Workspace) error { _, err := w.Read(context.Background(), "x"); return err },
			func(w *Workspace) error { _, err := w.List(context.Background(), "", true); return err },
			func(w *Workspace) error { return w.Archive(context.Background(), "", io.Discard) },
			func(w *Workspace) error { return w.Write(context.Background(), "x", []byte("y"), 0o600) },
		} {
			w := inside(t, says)
			if err := ask(w); err != nil && agent.CodeOf(err) == agent.CodeInternal {
				t.Errorf("%v has no code", err)
			}
		}
	})
}

func FuzzWatch(f *testing.F) {
	f.Add("Name:\tx\nThreads:\t3\nRssAnon:\t 12 kB\n", "7 (a) b) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "7f00-7f10 rw-s 00000000 00:01 77 /dev/zero (deleted)\n")
	f.Fuzz(func(t *testing.T, status, stat, maps string) {
		if h := parseStatus(status); h.held < 0 || h.reserved < 0 || h.threads < 0 {
			t.Errorf("%+v in %q", h, status)
		}
		if all, ended := processor(stat, false), processor(stat, true); ended > all {
			t.Errorf("%v of %v ended in %q", ended, all, stat)
		}
		if n := sharedMaps(strings.NewReader(maps), map[string]bool{}); n < 0 || n > tooMuch {
			t.Errorf("%d bytes in %q", n, maps)
		}
	})
}

func TestWatchReads(t *testing.T) {
	h := parseStatus("Name:\tRssAnon:\\n\nThreads:\t3\nVmSize:\t  1000 kB\nVmData:\t 100 kB\nRssAnon:\t 12 kB\nRssShmem:\t 3 kB\nVmPTE:\t 1 kB\n")
	if h.threads != 3 || h.held != 16<<10 || h.reserved != 900<<10 {
		t.Errorf("status: %+v", h)
	}
	stat := "7 (x) y) R" + strings.Repeat(" 0", 10) + " 1 2 3 4 5 6"
	if all, ended := processor(stat, false), processor(stat, true); all != 100e6 || ended != 70e6 {
		t.Errorf("stat: %v, %v", all, ended)
	}
	seen := map[string]bool{}
	maps := "1000-3000 rw-s 00000000 00:01 77 /dev/zero (deleted)\n4000-5000 rw-p 00000000 00:01 78 /dev/zero\n5000-7000 rw-s 00000000 00:01 77 /dev/zero (deleted)\n"
	if n := sharedMaps(strings.NewReader(maps), seen); n != 0x2000 {
		t.Errorf("maps: %d", n)
	}
	if n := sharedMaps(strings.NewReader(strings.Repeat("x\n", maxMaps+1)), seen); n < 1<<40 {
		t.Errorf("too many maps: %d", n)
	}
}

// TestManyWorkspaces opens and closes many, some at once, and counts what is left.
func TestManyWorkspaces(t *testing.T) {
	files := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	open(t, Config{}).Close()
	before := files()
	for range 5 {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				w, err := Open(t.Context(), Config{Limits: small})
				if err != nil {
					t.Error(err)
					return
				}
				defer w.Close()
				for range 2 { // at the same time: they wait for their turn
					all.Go(func() { _, _ = w.Run(t.Context(), Command{Argv: []string{"true"}}) })
				}
				if r, err := w.Run(t.Context(), Command{Argv: []string{"sh", "-c", "sleep 1000 & echo on"}}); err != nil || string(r.Stdout) != "on\n" {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		all.Wait()
	}
	if after := files(); after > before {
		t.Errorf("%d files were open before, %d after", before, after)
	}
}
