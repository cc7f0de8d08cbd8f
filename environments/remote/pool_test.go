package remote_test

import (
	"cmp"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/remote"
)

// pooled is a pool with programs that show the number of their process.
type pooled struct {
	pool    *remote.Pool
	config  map[string]any
	options remote.Options
	seen    map[int]bool // processes, by number
}

func newPooled(t *testing.T, kind string, size int, idle time.Duration) *pooled {
	t.Helper()
	raw, o := program(t, kind)
	p := &pooled{pool: remote.NewPool(size, idle), config: raw.Map(), options: o, seen: map[int]bool{}}
	p.options.Env = append(p.options.Env, numberVariable+"=1")
	p.options.Pool = p.pool
	t.Cleanup(func() {
		if err := p.pool.Close(); err != nil {
			t.Error(err)
		}
		for number := range p.seen {
			gone(t, number)
		}
	})
	return p
}

// open makes an environment, begins an episode and returns the process's number.
func (p *pooled) open(t *testing.T, changes map[string]any) (agent.Environment, agent.State, int) {
	t.Helper()
	config := maps.Clone(p.config)
	maps.Copy(config, changes)
	env, err := remote.New(agent.MustObject(config), p.options)
	if err != nil {
		t.Fatal(err)
	}
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "count", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if state.Summary != "The counter is at 0." {
		t.Errorf("an episode begins with %q", state.Summary)
	}
	var shown struct{ Process int }
	if err := state.Data.Decode(&shown); err != nil || shown.Process == 0 {
		t.Fatalf("the state %s shows no process (%v)", state.Data, err)
	}
	p.seen[shown.Process] = true
	return env, state, shown.Process
}

func leave(t *testing.T, env agent.Environment) {
	t.Helper()
	if err := env.(io.Closer).Close(); err != nil {
		t.Error(err)
	}
}

// gone waits until the process has ended.
func gone(t *testing.T, number int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); syscall.Kill(number, 0) == nil && !zombie(number); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("process %d was left behind", number)
		}
	}
}

// TestPool holds when the next environment gets the program of the one before.
func TestPool(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.txt")
	write := func(t *testing.T, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "one")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		kind    string
		changes map[string]any // of the second configuration
		between func(t *testing.T, p *pooled, env agent.Environment, state agent.State, number int)
		same    bool
	}{
		{name: "after a whole episode", same: true},
		{name: "for another purpose, which it is not told", changes: map[string]any{"purpose": "count on"}, same: true},
		{name: "in mid-episode", same: true, between: func(t *testing.T, _ *pooled, env agent.Environment, state agent.State, _ int) {
			if _, err := env.Execute(t.Context(), add, state); err != nil {
				t.Error(err)
			}
		}},
		{name: "not for another world", changes: map[string]any{"world": 2}},
		{name: "not for another split", changes: map[string]any{"split": "test"}},
		{name: "not for other options", changes: map[string]any{"options": map[string]any{"size": 3}}},
		{name: "not with other arguments", changes: map[string]any{"command": []string{self, "again"}}},
		{name: "not after its file has changed", between: func(t *testing.T, _ *pooled, _ agent.Environment, _ agent.State, _ int) { write(t, "two, longer") }},
		{name: "not after it misbehaved", kind: "prints junk", between: func(t *testing.T, _ *pooled, env agent.Environment, state agent.State, _ int) {
			state, err := env.Execute(t.Context(), add, state)
			if err != nil {
				t.Error(err)
			}
			if _, err := env.Execute(t.Context(), add, state); err == nil {
				t.Error("junk was taken for an answer")
			}
		}},
		{name: "not with another hello", kind: "another each hello"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPooled(t, cmp.Or(test.kind, "plain"), 4, time.Minute)
			p.config["command"] = []string{self, file}
			env, state, first := p.open(t, nil)
			if test.between != nil {
				test.between(t, p, env, state, first)
			}
			leave(t, env)
			env, _, second := p.open(t, test.changes)
			defer leave(t, env)
			if (first == second) != test.same {
				t.Errorf("processes %d and %d, want the same: %v", first, second, test.same)
			}
		})
	}
}

// TestPoolEndsPrograms holds that no idle program stays for ever.
func TestPoolEndsPrograms(t *testing.T) {
	t.Run("after it was idle for long", func(t *testing.T) {
		p := newPooled(t, "plain", 4, 30*time.Millisecond)
		env, _, number := p.open(t, nil)
		leave(t, env)
		gone(t, number)
	})
	t.Run("when there are too many", func(t *testing.T) {
		p := newPooled(t, "plain", 1, time.Minute)
		one, _, first := p.open(t, nil)
		two, _, second := p.open(t, nil)
		if first == second {
			t.Fatal("one program serves two environments at once")
		}
		leave(t, one)
		leave(t, two)
		gone(t, first)
		env, _, third := p.open(t, nil)
		defer leave(t, env)
		if third != second {
			t.Errorf("got process %d, want the one that came back last, %d", third, second)
		}
	})
	t.Run("when the pool is closed", func(t *testing.T) {
		p := newPooled(t, "plain", 4, time.Minute)
		idle, _, first := p.open(t, nil)
		busy, _, second := p.open(t, nil)
		leave(t, idle)
		if err := p.pool.Close(); err != nil {
			t.Error(err)
		}
		gone(t, first)
		leave(t, busy)
		gone(t, second)
	})
	t.Run("that died while idle", func(t *testing.T) {
		p := newPooled(t, "plain", 4, time.Minute)
		env, _, first := p.open(t, nil)
		leave(t, env)
		if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		gone(t, first)
		env, _, second := p.open(t, nil)
		leave(t, env)
		if first == second {
			t.Error("the dead program was handed out")
		}
	})
}

// TestPoolDrawsPurposes holds that drawing many purposes starts one program.
func TestPoolDrawsPurposes(t *testing.T) {
	p := newPooled(t, "powers purpose,verify", 4, time.Minute)
	env, _, first := p.open(t, nil)
	leave(t, env)
	for seed := range int64(20) {
		purpose, err := remote.DrawPurpose(agent.MustObject(p.config), p.options, seed)
		if want := "reach " + strconv.FormatInt(seed, 10); err != nil || purpose != want {
			t.Fatalf("got %q, %v, want %q", purpose, err, want)
		}
	}
	env, _, last := p.open(t, nil)
	leave(t, env)
	if first != last {
		t.Errorf("processes %d and %d: another one was started meanwhile", first, last)
	}
}

// TestPoolAtOnce holds that a program serves one environment at a time, however
// many ask at once.
func TestPoolAtOnce(t *testing.T) {
	p := newPooled(t, "plain", 3, time.Minute)
	var (
		mu    sync.Mutex
		busy  = map[int]bool{}
		group sync.WaitGroup
	)
	for range 4 {
		group.Go(func() {
			for range 5 {
				mu.Lock()
				one := &pooled{pool: p.pool, config: p.config, options: p.options, seen: map[int]bool{}}
				mu.Unlock()
				env, state, number := one.open(t, nil)
				mu.Lock()
				p.seen[number] = true
				if busy[number] {
					t.Errorf("process %d serves two", number)
				}
				busy[number] = true
				mu.Unlock()
				if _, err := env.Execute(t.Context(), add, state); err != nil {
					t.Error(err)
				}
				mu.Lock()
				busy[number] = false
				mu.Unlock()
				leave(t, env)
			}
		})
	}
	group.Wait()
	if len(p.seen) > 12 {
		t.Errorf("%d programs were started for 20 environments, 4 at once and 3 kept", len(p.seen))
	}
}
