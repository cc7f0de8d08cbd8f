package script

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"purposeagent/agent"
)

// parentVariable makes the test binary a program that has a child.
const parentVariable = "SCRIPT_TEST_PARENT"

func TestMain(m *testing.M) {
	if code, is := Child(); is {
		os.Exit(code)
	}
	if at := os.Getenv(parentVariable); at != "" {
		parent(at)
	}
	goleak.VerifyTestMain(m)
}

// parent starts a child, says its number and waits to be killed.
func parent(at string) {
	pool := NewPool()
	env, err := New(written(body("while True:", "    pass"), map[string]any{"steps": maxSteps, "timeout_seconds": 2}), pool)
	if err != nil {
		panic(err)
	}
	pid := pool.idle[0].child.cmd.Process.Pid
	if at == "work" {
		go func() {
			state, err := env.Reset(context.Background(), agent.Task{Purpose: "go", Seed: 1})
			if err == nil {
				time.AfterFunc(50*time.Millisecond, func() { fmt.Println(pid) })
				_, _ = env.Execute(context.Background(), agent.Action{Name: "go"}, state)
			}
		}()
	} else {
		fmt.Println(pid)
	}
	time.Sleep(time.Hour)
}
