package code_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/environments/code"
)

// episode opens an environment, writes a file, runs it and closes.
func episode(ctx context.Context, config string, steps int) error {
	env, err := code.New(agent.Object(config))
	if err != nil {
		return err
	}
	ctx = files.NewDesk(&files.Memory{}).With(ctx)
	state, err := env.Reset(ctx, agent.Task{Purpose: "x", Seed: 1}.WithDefaults())
	for i := 0; i < steps && err == nil; i++ {
		state, err = env.Execute(ctx, agent.NewAction("write", "path", "a.py", "content", fmt.Sprintf("print(%d)\n", i)), state)
		if err == nil {
			state, err = env.Execute(ctx, agent.NewAction("run", "command", "a.py"), state)
		}
	}
	if closed := env.(io.Closer).Close(); err == nil {
		err = closed
	}
	return err
}

// BenchmarkStart is the beginning of an episode, of a task that was begun before.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if err := episode(b.Context(), `{"task":"roman"}`, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStep is a change of a file with the visible tests, and a run of it.
func BenchmarkStep(b *testing.B) {
	env, err := code.New(`{"task":"roman"}`)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = env.(io.Closer).Close() }()
	ctx := files.NewDesk(&files.Memory{}).With(b.Context())
	state, err := env.Reset(ctx, agent.Task{Purpose: "x", Seed: 1}.WithDefaults())
	i := 0
	for b.Loop() {
		if err == nil {
			state, err = env.Execute(ctx, agent.NewAction("write", "path", "a.py", "content", fmt.Sprintf("print(%d)\n", i)), state)
		}
		if err == nil {
			state, err = env.Execute(ctx, agent.NewAction("run", "command", "a.py"), state)
		}
		if err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// TestManyAtOnce plays episodes side by side and holds that they leave no process
// and no file open.
func TestManyAtOnce(t *testing.T) {
	rounds := 1
	if n, err := strconv.Atoi(os.Getenv("EPISODES")); err == nil {
		rounds = n / 20
	}
	play := func() {
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := episode(t.Context(), `{"tasks":"none"}`, 1); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	play()
	processes, open := children(t), openFiles(t)
	for range rounds {
		play()
	}
	if more := children(t) - processes; more > 0 {
		t.Errorf("%d processes are left", more)
	}
	if more := openFiles(t) - open; more > 0 {
		t.Errorf("%d files are left open", more)
	}
}

// children are the processes of this one.
func children(t *testing.T) int {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, list := range lists {
		raw, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that has ended
		}
		n += len(strings.Fields(string(raw)))
	}
	return n
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
