package web

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
)

// episodes is how many runs the test of leaks does: some in make test, more in make
// soak.
func episodes(t *testing.T) int {
	t.Helper()
	n := 20
	if text := os.Getenv("EPISODES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestManyAtOnce holds that after many runs, several at a time and some cut off,
// there is no process, no profile and no descriptor more than before. Goroutines are
// counted by TestMain.
func TestManyAtOnce(t *testing.T) {
	s := site(t)
	o := options(t)
	begin(t, o, s.URL, nil) // what is set up once
	before := left(t)
	var group sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i := range episodes(t) {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			once(t, o, s.URL, i)
		})
	}
	group.Wait()
	s.CloseClientConnections()
	for range 100 { // the kernel takes a moment to forget what was killed
		if left(t) == before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	if after := left(t); after != before {
		t.Errorf("there are %+v, and were %+v", after, before)
	}
}

// remains are what a run could leave.
type remains struct{ processes, folders, files int }

func left(t *testing.T) remains {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), "purpose-web-*"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return remains{processes(t), len(folders), len(files)}
}

func once(t *testing.T, o Options, address string, i int) {
	path := []string{"/", "/popup", "/dynamic", "/busy"}[i%4]
	env, err := New(agent.MustObject(map[string]any{"start": address + path, "timeout_seconds": 20}), o)
	if err != nil {
		t.Error(err)
		return
	}
	e, ok := env.(*Env)
	if !ok {
		t.Error("it is no Env")
		return
	}
	defer func() { _ = e.Close() }()
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "look", Seed: int64(i)})
	if err != nil {
		t.Errorf("run %d: %v", i, err)
		return
	}
	if i%5 == 4 {
		e.browser.Kill() // as if it had crashed
		return
	}
	for n := 1; n <= 2 && path != "/busy"; n++ {
		if state, err = env.Execute(t.Context(), agent.Action{Name: click, Params: agent.MustObject(map[string]any{"element": n})}, state); err != nil {
			t.Errorf("run %d: %v", i, err)
		}
	}
}
