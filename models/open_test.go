package models

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	write := func(t *testing.T, path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, dir string) (path string)
		code    agent.Code
		want    string
	}{
		{"no path", func(*testing.T, string) string { return "" }, agent.CodeInvalid, "name a file"},
		{"a folder", func(_ *testing.T, dir string) string { return dir }, agent.CodeInvalid, "is a folder"},
		{"a file where the folder should be", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "data"), nil)
			return filepath.Join(dir, "data", "purpose.db")
		}, agent.CodeUnavailable, "choose another data folder"},
		{"a folder that can't be written", func(t *testing.T, dir string) string {
			if os.Geteuid() == 0 {
				return "/proc/purpose.db" // permissions do not bind root; this folder does
			}
			if err := os.Chmod(dir, 0o500); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // for the removal; the test has its verdict
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, "can't be written"},
		{"another file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "purpose.db"), []byte("dear diary, this is no database"))
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, ".recover"},
		{"a short file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "purpose.db"), []byte("SQL"))
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, ".recover"},
		{"a damaged file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "purpose.db"), append([]byte("SQLite format 3\x00"), make([]byte, 20_000)...))
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, ".recover"},
		{"a newer schema", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "purpose.db")
			db, err := Open(t.Context(), Config{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.writer.Exec(`INSERT INTO schema_version (version_id, is_applied) VALUES (99999, 1)`)
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			return path
		}, agent.CodeUnavailable, "newer Purpose"},
		{"a file cut to nothing beside its log", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "purpose.db"), nil)
			write(t, filepath.Join(dir, "purpose.db-wal"), []byte("a log"))
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, "purpose.db-wal beside it shows that it was in use"},
		{"a file cut to nothing beside a key", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "purpose.db"), nil)
			write(t, filepath.Join(dir, "witness"), []byte("a key"))
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, "move witness away"},
		{"a lost file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "witness"), []byte("a key"))
			return filepath.Join(dir, "purpose.db")
		}, agent.CodeUnavailable, "Put a backup of the database back"},
		{"a file in use", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "purpose.db")
			open(t, path)
			return path
		}, agent.CodeConflict, fmt.Sprintf("process %d", os.Getpid())},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := test.prepare(t, t.TempDir())
			before, missing := os.ReadFile(path) // there may be none
			db, err := Open(t.Context(), Config{Path: path, Witness: filepath.Join(filepath.Dir(path), "witness")})
			if db != nil {
				t.Error("opened:", db.Close())
			}
			if agent.CodeOf(err) != test.code || !strings.Contains(agent.MessageOf(err), test.want) {
				t.Errorf("%s: %v", agent.CodeOf(err), err)
			}
			if after, err := os.ReadFile(path); string(after) != string(before) || (err == nil) != (missing == nil) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenAgainFindsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%.db")
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	epoch := newRun(t, db, "r", nil)
	events := play(t, "r", agenttest.Add(5))
	trajectory := agenttest.TestTrajectory(1, "bring the number up", true)
	err = errors.Join(db.Runs().Append(t.Context(), "r", epoch, events...), db.Replay(0).Add(t.Context(), trajectory),
		db.Settings().Set(t.Context(), "form", agent.MustObject(map[string]int{"size": 4})))
	saved, failure := db.Library().Save(t.Context(), agent.Batch{Trajectory: trajectory.ID, Rules: []*agent.Heuristic{agenttest.TestRule("go up")}})
	if err := errors.Join(err, failure, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("the file has another name:", err)
	}
	db = open(t, path)
	if run, err := db.Runs().Get(t.Context(), "r"); err != nil || run.Status != agent.RunIsFinished || run.Steps != 2 {
		t.Error(run, err)
	}
	if got, err := db.Replay(0).Get(t.Context(), trajectory.ID); err != nil || !equal(trajectory, got) {
		t.Error(diff(trajectory, got), err)
	}
	if got, err := db.Library().Get(t.Context(), saved[0].ID); err != nil || !equal(saved[0], got) {
		t.Error(diff(saved[0], got), err)
	}
	if again, err := db.Library().Distilled(t.Context(), trajectory.ID); !again || err != nil {
		t.Error("the trajectory would be distilled again:", err)
	}
	if o, err := db.Settings().Get(t.Context(), "form"); err != nil || o != `{"size":4}` {
		t.Error(o, err)
	}
	if db.Ping(t.Context()) != nil || !db.Exclusive() {
		t.Error("not open for itself")
	}
}

func TestFullDisk(t *testing.T) {
	db := open(t, inFile(t))
	epoch := newRun(t, db, "r", nil)
	events := play(t, "r", agenttest.Add(5), agenttest.Add(1), agenttest.Add(1))
	if err := db.Runs().Append(t.Context(), "r", epoch, events[:2]...); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := db.writer.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := db.writer.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	big := events[2]
	step := big.Data.(agent.StepTaken)
	step.Step.After.Data = agent.MustObject(map[string]string{"text": strings.Repeat("long ", 200_000)})
	big.Data = step
	err := db.Runs().Append(t.Context(), "r", epoch, big)
	if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), "disk is full") {
		t.Fatal(err)
	}
	if run, err := db.Runs().Get(t.Context(), "r"); err != nil || run.LastSeq != 3 {
		t.Error("what was stored before is gone:", run.LastSeq, err)
	}
	limit(1 << 20) // there is space again
	if err := db.Runs().Append(t.Context(), "r", epoch, events[2:]...); err != nil {
		t.Error("the run can't go on:", err)
	}
}

func TestErrorsAreClassified(t *testing.T) {
	if failed(nil, "x") != nil {
		t.Error("nil became an error")
	}
	plain := errors.New("odd")
	if err := failed(plain, "load %s", "x"); !errors.Is(err, plain) || agent.CodeOf(err) != agent.CodeInternal {
		t.Error(err)
	}
	if err := failed(sql.ErrNoRows, "load"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	db := open(t, "")
	if _, err := db.reader.Exec(`DELETE FROM settings`); err == nil {
		t.Error("a reader wrote")
	} else if err := failed(err, "write"); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	db := open(t, "")
	s := db.Settings()
	if o, err := s.Get(t.Context(), "none"); !o.IsEmpty() || err != nil {
		t.Error(o, err)
	}
	var callers sync.WaitGroup
	got := make([]agent.Object, 8)
	for i := range got {
		callers.Go(func() {
			o, err := s.Setdefault(t.Context(), "install", agent.MustObject(map[string]int{"seed": i + 1}))
			if err != nil {
				t.Error(err)
			}
			got[i] = o
		})
	}
	callers.Wait()
	for _, o := range got {
		if o != got[0] || o.IsEmpty() {
			t.Errorf("two callers got %s and %s", got[0], o)
		}
	}
	for _, want := range []agent.Object{`{"a":1}`, "", `{"a":2}`} {
		if err := s.Set(t.Context(), "form", want); err != nil {
			t.Fatal(err)
		}
		if o, err := s.Get(t.Context(), "form"); o != want || err != nil {
			t.Error(o, err)
		}
	}
}

// Many writers and readers at once get neither "database is locked" nor gaps.
func TestConcurrentUse(t *testing.T) {
	db := open(t, "")
	var all sync.WaitGroup
	for n := range 8 {
		id := fmt.Sprint("r", n)
		epoch := newRun(t, db, id, nil)
		events := play(t, id, agenttest.Add(5), agenttest.Sub(1), agenttest.Add(5), agenttest.Sub(1), agenttest.Add(1))
		all.Go(func() {
			for _, e := range events {
				if err := db.Runs().Append(t.Context(), id, epoch, e); err != nil {
					t.Error(err)
				}
			}
			if _, err := db.Library().Save(t.Context(), agent.Batch{Trajectory: id, Rules: []*agent.Heuristic{agenttest.TestRule("rule " + id)}}); err != nil {
				t.Error(err)
			}
			if err := db.Replay(5).Add(t.Context(), agenttest.TestTrajectory(n, "task "+id, n%2 == 0)); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			for range 20 {
				_, err := db.Runs().List(t.Context(), catalog.RunQuery{})
				_, second := db.Runs().Events(t.Context(), id, 0, 100)
				_, third := db.Replay(5).Retrieve(t.Context(), agent.Scope{}, agent.Task{Purpose: "task"}, 3)
				_, fourth := db.Library().Usable(t.Context(), agenttest.TestRule("x").Scope)
				if err := errors.Join(err, second, third, fourth); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	rules, err := db.Library().Usable(t.Context(), agenttest.TestRule("x").Scope)
	if err != nil || len(rules.Rules) != 8 {
		t.Error(len(rules.Rules), err)
	}
	// What a rule was learned from stays beside the five.
	if stats, err := db.Replay(5).Stats(t.Context()); err != nil || stats.Count < 5 || stats.Count-stats.Evidence > 5 {
		t.Error(stats, err)
	}
}

// TestManyMakeOneFile lets processes that share a new file open it at once. Their
// locks are those of open files, so two of one process exclude each other as well.
func TestManyMakeOneFile(t *testing.T) {
	for round := range 5 {
		path := filepath.Join(t.TempDir(), "purpose.db")
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				db, err := Open(t.Context(), Config{Path: path, Shared: true})
				if err == nil {
					err = db.Close()
				}
				if err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		group.Wait()
	}
}

// A second process on the same file sees what the first one changed.
func TestSharedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	share := func() *DB {
		db, err := Open(t.Context(), Config{Path: path, Shared: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() }) // the test is over
		return db
	}
	one, two := share(), share()
	rule := agenttest.TestRule("go up")
	scope := rule.Scope
	for _, db := range []*DB{one, two} {
		if set, err := db.Library().Usable(t.Context(), scope); err != nil || len(set.Rules) != 0 {
			t.Fatal(set, err)
		}
		if stats, err := db.Replay(5).Stats(t.Context()); err != nil || stats.Count != 0 {
			t.Fatal(stats, err)
		}
	}
	if _, err := one.Library().Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{rule}}); err != nil {
		t.Fatal(err)
	}
	if err := one.Replay(5).Add(t.Context(), agenttest.TestTrajectory(1, "go up", true)); err != nil {
		t.Fatal(err)
	}
	if set, err := two.Library().Usable(t.Context(), scope); err != nil || len(set.Rules) != 1 {
		t.Error("the other process does not see the rule:", set, err)
	}
	if stats, err := two.Replay(5).Stats(t.Context()); err != nil || stats.Count != 1 {
		t.Error("the other process does not see the trajectory:", stats, err)
	}
}

// A full disk at the first start is called full, and the message says what to
// do; SQLite itself speaks of an I/O error there.
func TestFirstStartOnFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "purpose.db")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		err  error
	}{
		{"making the folder", unwritable(&fs.PathError{Op: "mkdir", Path: path, Err: syscall.ENOSPC}, path, "the folder can't be made")},
		{"writing the lock", unwritable(&fs.PathError{Op: "write", Path: path, Err: syscall.EDQUOT}, path, "the lock can't be written")},
		{"laying the file out", openFailed(fmt.Errorf("lay out: %w", syscall.ENOSPC), path)},
	} {
		t.Run(c.name, func(t *testing.T) {
			message := agent.MessageOf(c.err)
			if !strings.Contains(message, "disk of "+filepath.Dir(path)+" is full") || !strings.Contains(message, "free some space") {
				t.Error(message)
			}
		})
	}
	if err := noSpace(errors.New("disk I/O error"), path); err != nil {
		t.Error("a disk with room is called full:", err)
	}

	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "none", dir).Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must be able to mount a small disk:", err)
		}
		t.Skip("no right to mount a small disk:", err)
	}
	defer exec.Command("umount", dir).Run()
	db, err := Open(t.Context(), Config{Path: filepath.Join(dir, "purpose.db")})
	if err == nil {
		t.Fatal("it opened on a disk of 64 kB", db.Close())
	}
	if message := agent.MessageOf(err); !strings.Contains(message, "is full") || strings.Contains(message, "does not answer") {
		t.Error(message)
	}
}
