package console_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/internal/console"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counter counts up to a goal, and does as badly as its actions say.
type counter struct {
	goal   int
	closed atomic.Int32
	hang   chan struct{} // "hang" waits for it, whatever its context says
}

type count struct {
	N int `json:"n"`
}

func (c *counter) state(n int) agent.State {
	s, err := agent.NewState(count{n}, "n is "+strings.Repeat("I", n))
	if err != nil {
		panic(err)
	}
	s.Hidden = agent.MustObject(map[string]string{"secret": "the goal is near"})
	return s
}

func (c *counter) Actions() []agent.ActionSpec {
	return []agent.ActionSpec{{Name: "add", Params: []agent.ParamSpec{{Name: "k", Type: "integer"}}},
		{Name: "fail"}, {Name: "panic"}, {Name: "hang"}, {Name: "wait"}, {Name: "show"}}
}

func (c *counter) Reset(_ context.Context, t agent.Task) (agent.State, error) {
	if t.Purpose == "none" {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "there is no such task")
	}
	return c.state(0), nil
}

func (c *counter) Execute(ctx context.Context, a agent.Action, s agent.State) (agent.State, error) {
	var at count
	if err := s.Data.Decode(&at); err != nil {
		return s, err
	}
	switch a.Name {
	case "fail":
		return s, errors.New("the lever broke")
	case "panic":
		panic("out of order")
	case "hang":
		<-c.hang
	case "wait":
		<-ctx.Done()
		return s, ctx.Err()
	case "show":
		return s, files.Attach(ctx, files.File{Name: "seen.txt", Type: "text/plain"}, []byte("seen"))
	case "add":
		var p struct{ K int }
		if err := a.Params.Decode(&p); err != nil {
			return s, err
		}
		return c.state(at.N + p.K), nil
	}
	return s, nil
}

func (c *counter) n(s agent.State) int {
	var at count
	if err := s.Data.Decode(&at); err != nil {
		panic(err)
	}
	return at.N
}

func (c *counter) IsTerminal(s agent.State) bool            { return c.n(s) >= c.goal }
func (c *counter) Potential(s agent.State) (float64, error) { return float64(c.n(s)), nil }
func (c *counter) Picture(s agent.State) (string, error)    { return "<svg>" + s.Summary + "</svg>", nil }
func (c *counter) LegalActions(agent.State) []agent.Action  { return []agent.Action{{Name: "fail"}} }
func (c *counter) Close() error                             { c.closed.Add(1); return nil }
func (c *counter) Verify(_ context.Context, s agent.State) (agent.Verdict, error) {
	return agent.Verdict{Success: c.n(s) >= c.goal, Score: min(1, float64(c.n(s))/float64(c.goal))}, nil
}

// world is a desk over counters, and those that it opened.
type world struct {
	*console.Desk
	opened []*counter
}

func newWorld(t *testing.T, change func(*console.Config)) *world {
	t.Helper()
	w := &world{}
	cfg := console.Config{Open: func(context.Context, agent.EnvironmentRef) (agent.Environment, error) {
		c := &counter{goal: 5, hang: make(chan struct{})}
		w.opened = append(w.opened, c)
		return c, nil
	}}
	if change != nil {
		change(&cfg)
	}
	w.Desk = console.New(cfg)
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
		for i, c := range w.opened {
			if c.closed.Load() != 1 {
				t.Errorf("environment %d was closed %d times", i, c.closed.Load())
			}
		}
	})
	return w
}

func (w *world) start(t *testing.T) console.View {
	t.Helper()
	v, err := w.Start(t.Context(), agent.EnvironmentRef{Name: "counter"}, agent.Task{Purpose: "count to five"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func add(k int) agent.Action {
	return agent.Action{Name: "add", Params: agent.MustObject(map[string]int{"k": k})}
}

func (w *world) act(t *testing.T, v console.View, a agent.Action) console.View {
	t.Helper()
	v, err := w.Act(t.Context(), v.ID, v.Turn, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWalk(t *testing.T) {
	w := newWorld(t, nil)
	v := w.start(t)
	if v.State.Hidden != "" || v.Verdict != nil || !v.Phi.Known || len(v.Legal) != 1 || !v.Powers.Phi || v.Powers.Restores {
		t.Errorf("the first state is %+v", v)
	}
	v = w.act(t, v, add(2))
	if d := v.Done[0]; v.State.Data != `{"n":2}` || d.Delta == nil || *d.Delta != 2 || v.Verdict != nil {
		t.Errorf("after an action: %+v", v)
	}
	if svg, err := w.Picture(v.ID, v.Turn); svg != "<svg>n is II</svg>" || err != nil {
		t.Errorf("the picture is %s, %v", svg, err)
	}
	v = w.act(t, v, agent.Action{Name: "fail"})
	if v.Done[1].Error != "the lever broke" || !v.State.Failed() || v.State.Hidden != "" || v.End != "" {
		t.Errorf("after a failure: %+v", v)
	}
	v = w.act(t, v, agent.Action{Name: "fly"})
	if !strings.Contains(v.Done[2].Error, "unknown action") {
		t.Errorf("an unknown action: %+v", v.Done[2])
	}
	v = w.act(t, v, agent.Action{Name: "panic"})
	if !strings.Contains(v.Done[3].Error, "out of order") || v.End != "" {
		t.Errorf("a panic: %+v", v.Done[3])
	}
	v = w.act(t, v, add(3)) // from the last state that the environment made
	if v.End != console.ByEnvironment || v.Verdict == nil || !v.Verdict.Success || v.State.Data != `{"n":5}` || v.Legal != nil {
		t.Errorf("at the end: %+v", v)
	}
	if _, err := w.Act(t.Context(), v.ID, v.Turn, add(1)); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("an action after the end: %v", err)
	}
	v, err := w.Restart(t.Context(), v.ID, v.Turn)
	if err != nil || v.End != "" || v.Verdict != nil || len(v.Done) != 0 || v.State.Data != `{"n":0}` {
		t.Errorf("started over: %+v, %v", v, err)
	}
	if v, err = w.End(t.Context(), v.ID, v.Turn); err != nil || v.End != console.ByPerson || v.Verdict == nil || v.Verdict.Success {
		t.Errorf("ended: %+v, %v", v, err)
	}
}

func TestAnActionIsDoneOnce(t *testing.T) {
	w := newWorld(t, nil)
	v := w.start(t)
	after := w.act(t, v, add(1))
	again, err := w.Act(t.Context(), v.ID, v.Turn, add(1))
	if agent.CodeOf(err) != agent.CodeConflict || again.State.Data != after.State.Data || again.Turn != after.Turn {
		t.Errorf("pressed twice: %+v, %v", again, err)
	}
	if _, err := w.Picture(v.ID, v.Turn); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("the picture of a turn that is over: %v", err)
	}
}

func TestFiles(t *testing.T) {
	w := newWorld(t, nil)
	v := w.act(t, w.start(t), agent.Action{Name: "show"})
	if len(v.Files) != 1 {
		t.Fatalf("the files are %v", v.Files)
	}
	if _, content, err := w.File(v.ID, "seen.txt"); string(content) != "seen" || err != nil {
		t.Errorf("the file holds %q, %v", content, err)
	}
	if _, _, err := w.File(v.ID, "../secret"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("another file: %v", err)
	}
}

func TestTaskThatDoesNotFit(t *testing.T) {
	w := newWorld(t, nil)
	if _, err := w.Start(t.Context(), agent.EnvironmentRef{}, agent.Task{Purpose: "none"}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	if _, err := w.Look("nobody"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}

func TestActionsAreBounded(t *testing.T) {
	w := newWorld(t, func(c *console.Config) { c.Steps = 2 })
	v := w.act(t, w.act(t, w.start(t), agent.Action{Name: "fail"}), agent.Action{Name: "fail"})
	if v.End != console.BySteps || v.Verdict == nil {
		t.Errorf("after the last action: %+v", v)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *console.Config) { c.Sessions = 2 })
		first, second := w.start(t), w.start(t)
		if _, err := w.Start(t.Context(), agent.EnvironmentRef{}, agent.Task{}); agent.CodeOf(err) != agent.CodeUnavailable {
			t.Fatalf("a third one: %v", err)
		}
		time.Sleep(2 * time.Minute)
		w.act(t, second, add(1))
		w.start(t) // in the place of the first
		if _, err := w.Look(first.ID); agent.CodeOf(err) != agent.CodeNotFound || w.opened[0].closed.Load() != 1 {
			t.Errorf("the one that was not used: %v", err)
		}
		time.Sleep(console.DefaultIdle - time.Second)
		if _, err := w.Look(second.ID); err != nil {
			t.Errorf("it was used within its time: %v", err)
		}
		time.Sleep(console.DefaultIdle + time.Second)
		synctest.Wait()
		if _, err := w.Look(second.ID); agent.CodeOf(err) != agent.CodeNotFound || w.opened[1].closed.Load() != 1 {
			t.Errorf("nobody used it: %v", err)
		}
	})
}

func TestSlowEnvironments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		v := w.act(t, w.start(t), agent.Action{Name: "wait"})
		if v.End != "" || !strings.Contains(v.Done[0].Error, "longer than 30s") {
			t.Errorf("one that obeys: %+v", v)
		}
		v = w.act(t, v, agent.Action{Name: "hang"})
		if v.End != console.Lost || v.Why == "" || w.opened[0].closed.Load() != 0 {
			t.Errorf("one that hangs: %+v", v)
		}
		v, err := w.Restart(t.Context(), v.ID, v.Turn)
		if err != nil || v.End != "" || len(w.opened) != 2 {
			t.Errorf("started over: %+v, %v", v, err)
		}
		close(w.opened[0].hang)
		synctest.Wait()
		if n := w.opened[0].closed.Load(); n != 1 {
			t.Errorf("the one that came back was closed %d times", n)
		}
	})
}

func TestEnvironmentsThatHangAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *console.Config) { c.Sessions = 2 })
		for range 2 {
			w.act(t, w.start(t), agent.Action{Name: "hang"})
		}
		if _, err := w.Start(t.Context(), agent.EnvironmentRef{}, agent.Task{}); agent.CodeOf(err) != agent.CodeUnavailable {
			t.Errorf("a third one: %v", err)
		}
		for _, c := range w.opened {
			close(c.hang)
		}
		synctest.Wait()
		w.start(t)
	})
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counter{goal: 5, hang: make(chan struct{})}
		d := console.New(console.Config{Open: func(context.Context, agent.EnvironmentRef) (agent.Environment, error) { return c, nil }})
		v, err := d.Start(t.Context(), agent.EnvironmentRef{}, agent.Task{})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = d.Act(context.Background(), v.ID, v.Turn, agent.Action{Name: "hang"}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.Close(ctx); agent.CodeOf(err) != agent.CodeTimeout {
			t.Errorf("closed with %v", err)
		}
		if _, err := d.Start(t.Context(), agent.EnvironmentRef{}, agent.Task{}); agent.CodeOf(err) != agent.CodeUnavailable {
			t.Errorf("started after the close: %v", err)
		}
		close(c.hang)
		synctest.Wait()
		if n := c.closed.Load(); n != 1 {
			t.Errorf("it was closed %d times", n)
		}
	})
}
