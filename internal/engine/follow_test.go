package engine_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/models"
)

func TestFollowersLoseAndDoubleNothing(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	e := start(t, newEngine(t, db, &world{atStep: g.at(20)}, nil))
	s := spec(600)
	s.Environment.Name = "counter"
	run := launch(t, e, s)
	<-g.came
	var followers sync.WaitGroup
	failures := make(chan string, 200)
	for i := range 100 {
		after := int64(i % 25)
		followers.Go(func() {
			want := after
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			terminal := false
			for event, err := range e.Follow(ctx, run.ID, after) {
				want++
				if err != nil || event.Seq != want {
					failures <- fmt.Sprintf("follower %d got event %d (%v), want %d", i, event.Seq, err, want)
					return
				}
				terminal = event.Terminal()
			}
			if !terminal {
				failures <- fmt.Sprintf("follower %d ended at event %d", i, want)
			}
		})
	}
	close(g.open)
	followers.Wait()
	close(failures)
	for f := range failures {
		t.Error(f)
	}
}

func TestFollowEnds(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	e := start(t, newEngine(t, db, &world{target: 3, atStep: g.at(2)}, nil))
	for _, err := range e.Follow(t.Context(), "r_none", 0) {
		if agent.CodeOf(err) != agent.CodeNotFound {
			t.Error("an unknown run:", err)
		}
	}
	run := launch(t, e, spec(5))
	<-g.came
	ctx, cancel := context.WithCancel(t.Context())
	for event, err := range e.Follow(ctx, run.ID, 0) {
		if err != nil {
			t.Error(err)
		}
		if event.Data.Kind() == "step" {
			cancel() // while it waits for the next one
		}
	}
	cancel()
	close(g.open)
	follow(t, e, run.ID, nil)
}

// Runs that another process works are followed through the log.
func TestFollowAcrossProcesses(t *testing.T) {
	path := newPlace(t)
	here, there := openDB(t, at(path, true)), openDB(t, at(path, true))
	idle := &world{}
	watcher := newEngine(t, here, idle, nil)
	g := newGate()
	worker := start(t, newEngine(t, there, &world{target: 5, atStep: g.at(3)}, nil))
	run := launch(t, worker, spec(20))
	<-g.came
	// The watcher has no workers of its own while it is not started, but its
	// followers need its upkeep: start it once the other one holds the run.
	start(t, watcher)
	done := make(chan []agent.Event)
	go func() { done <- follow(t, watcher, run.ID, nil) }()
	if err := watcher.PauseRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	follow(t, worker, run.ID, ofKind("run_paused", 1))
	close(g.open)
	if err := worker.ResumeRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	checkLog(t, <-done, 5, "run_finished")
}
