package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/engine"
)

// stage is the store and the engine that a demonstration is played with, in memory.
type stage struct {
	mu       sync.Mutex
	settings map[string]agent.Object
	group    string
	held     []string
	working  map[string]chan agent.Event // nobody works them: a test ends them
	refuse   error                       // of each question about runs
	asked    int
	launched func() // called while runs are launched
}

func newStage() *stage {
	return &stage{settings: map[string]agent.Object{}, working: map[string]chan agent.Event{}}
}

func (s *stage) Get(ctx context.Context, key string) (agent.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings[key], ctx.Err()
}

func (s *stage) Set(ctx context.Context, key string, value agent.Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil {
		s.settings[key] = value
	}
	return ctx.Err()
}

func (s *stage) HeldGroups(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) == 0 {
		return nil, nil
	}
	return []string{s.group}, nil
}

func (s *stage) Held(context.Context, string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.held...), s.refuse
}

func (s *stage) AtWork(context.Context, string) (map[string]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	working := map[string]int64{}
	for run := range s.working {
		working[run] = 1
	}
	return working, s.refuse
}

func (s *stage) Unended(context.Context, string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held) + len(s.working), s.refuse
}

func (s *stage) CreateHeld(ctx context.Context, plan []engine.Planned) ([]agent.Run, error) {
	if s.launched != nil {
		s.launched()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.group = "g_1"
	for i := range plan {
		s.held = append(s.held, fmt.Sprintf("r_%d", i))
	}
	return []agent.Run{{Group: s.group}}, ctx.Err()
}

func (s *stage) LetGo(_ context.Context, runs []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = s.held[len(runs):]
	for _, run := range runs {
		s.working[run] = make(chan agent.Event, 1)
	}
	return nil
}

func (s *stage) Follow(ctx context.Context, run string, _ int64) iter.Seq2[agent.Event, error] {
	s.mu.Lock()
	events := s.working[run]
	s.mu.Unlock()
	return func(yield func(agent.Event, error) bool) {
		select {
		case e := <-events:
			yield(e, nil)
		case <-ctx.Done():
		}
	}
}

// end ends a run.
func (s *stage) end(run string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.working[run]
	delete(s.working, run)
	events <- agent.Event{Data: agent.RunFinished{}}
}

func (s *stage) count() (held, working, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held), len(s.working), s.asked
}

func (s *stage) play(t *testing.T, tasks int, logs *bytes.Buffer) *Demos {
	t.Helper()
	d := New(Config{Settings: s, Runs: s, Engine: s, Tasks: tasks, Logger: slog.New(slog.NewTextHandler(logs, nil)),
		Plan: func(int, int) ([]engine.Planned, error) { return make([]engine.Planned, 2*tasks), nil }})
	d.Work()
	t.Cleanup(d.Stop)
	return d
}

// While pairs are at work nobody asks for them again and again: the next one goes as
// soon as a run has told its end, and pages are told each time.
func TestPairsGoWhenRunsTellTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		d := s.play(t, 3, &bytes.Buffer{})
		n, _, next := d.Changed("g_1")
		if _, err := d.Start(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		held, working, asked := s.count()
		if held != 2 || working != 4 {
			t.Fatalf("%d are held and %d at work, want two pairs at work and one held", held, working)
		}
		select {
		case <-next:
		default:
			t.Error("pages were not told of the start")
		}
		if now, _, _ := d.Changed("g_1"); now <= n {
			t.Errorf("the number of changes went from %d to %d", n, now)
		}
		time.Sleep(4 * time.Second)
		if _, _, again := s.count(); again != asked {
			t.Errorf("it was asked %d times for runs that work", again-asked)
		}
		time.Sleep(time.Minute)
		if _, _, again := s.count(); again-asked > 30 {
			t.Errorf("it was asked %d times in a minute for runs that work", again-asked)
		}
		for i := range 4 {
			before, over, _ := d.Changed("g_1")
			s.end(fmt.Sprintf("r_%d", i))
			synctest.Wait()
			if now, _, _ := d.Changed("g_1"); now == before || over {
				t.Errorf("pages were not told that run %d ended, or that all have: %v", i, over)
			}
		}
		if held, working, _ := s.count(); held != 0 || working != 2 {
			t.Errorf("%d are held and %d at work, want the last pair at work", held, working)
		}
		s.end("r_4")
		s.end("r_5")
		synctest.Wait()
		if _, over, _ := d.Changed("g_1"); !over {
			t.Error("all have ended, and nobody says so")
		}
	})
}

// A demonstration whose runs are launched is one, whatever becomes of who asked for it.
func TestAStartOutlivesItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		ctx, cancel := context.WithCancel(t.Context())
		s.launched = cancel
		d := s.play(t, 3, &bytes.Buffer{})
		if _, err := d.Start(ctx, 60); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if last, found, err := d.Last(t.Context()); err != nil || !found || last.Group != "g_1" {
			t.Errorf("the demonstration is %+v, %v, %v", last, found, err)
		}
		if _, working, _ := s.count(); working != 2 {
			t.Errorf("%d runs are at work, want a pair", working)
		}
	})
}

// What keeps it from going on is said once, however long it lasts, and that it is over.
func TestTroubleIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		var logs bytes.Buffer
		d := s.play(t, 3, &logs)
		if _, err := d.Start(t.Context(), 60); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		refuse := func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refuse = err
		}
		refuse(errors.New("the disk is full"))
		time.Sleep(10 * time.Minute)
		_, _, before := s.count()
		time.Sleep(10 * time.Minute)
		if _, _, asked := s.count(); asked-before > 11 {
			t.Errorf("it was tried %d times in ten minutes", asked-before)
		}
		synctest.Wait()
		if got := strings.Count(logs.String(), "the disk is full"); got != 1 {
			t.Errorf("it is said %d times:\n%s", got, logs.String())
		}
		refuse(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !strings.Contains(logs.String(), "the demonstration goes on") {
			t.Errorf("that it goes on is not said:\n%s", logs.String())
		}
		s.mu.Lock()
		for run := range s.working {
			s.working[run] <- agent.Event{Data: agent.RunFinished{}}
		}
		clear(s.working)
		s.mu.Unlock()
	})
}
