package llm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
)

// calls is a log in memory.
type calls struct {
	mu   sync.Mutex
	list []chat.Call
}

func (c *calls) Record(_ context.Context, call chat.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, call)
}

func limited(cfg Config, c chat.Connection, respond func(ctx context.Context, call int) (chat.Response, error)) *model {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if c.Name == "" {
		c.Name, c.Provider = "lab", "openai"
	}
	return through(newGate(c, &cfg), &cfg, "lab:m", respond)
}

// through is a model that answers by a function, behind a gate.
func through(g *gate, cfg *Config, name string, respond func(ctx context.Context, call int) (chat.Response, error)) *model {
	scripted := agenttest.NewModelFunc(name, func(ctx context.Context, _ chat.Request, call int) agenttest.Answer {
		r, err := respond(ctx, call)
		return agenttest.Answer{Response: r, Err: err}
	})
	return &model{name: name, cfg: cfg, at: func(context.Context) (chat.LLM, *gate, error) { return scripted, g, nil }}
}

func TestConcurrencyIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		m := limited(Config{}, chat.Connection{Name: "lab", Provider: "openai", Concurrency: 3}, func(context.Context, int) (chat.Response, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for {
				if old := most.Load(); n <= old || most.CompareAndSwap(old, n) {
					break
				}
			}
			time.Sleep(time.Second)
			return chat.Response{Text: "x"}, nil
		})
		began := time.Now()
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if _, err := m.Generate(t.Context(), chat.Request{}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if took := time.Since(began); most.Load() != 3 || took != 34*time.Second {
			t.Errorf("at most %d at once, in %v", most.Load(), took)
		}
	})
}

func TestWaitingForATurnCanBeEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := limited(Config{}, chat.Connection{Name: "lab", Provider: "openai", Concurrency: 1}, func(ctx context.Context, _ int) (chat.Response, error) {
			<-ctx.Done()
			return chat.Response{}, agent.Wrap(agent.CodeStopped, ctx.Err(), "ended")
		})
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				if _, err := m.Generate(ctx, chat.Request{}); agent.CodeOf(err) != agent.CodeStopped {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		cancel()
		group.Wait()
	})
}

func TestPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := limited(Config{}, chat.Connection{Name: "lab", Provider: "openai", PerMinute: 60}, func(context.Context, int) (chat.Response, error) {
			return chat.Response{Text: "x"}, nil
		})
		began := time.Now()
		for range 66 { // the first six at once
			if _, err := m.Generate(t.Context(), chat.Request{}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 59*time.Second || took > 61*time.Second {
			t.Error(took)
		}
	})
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down, refused := true, false
		asked := 0
		m := limited(Config{}, chat.Connection{}, func(context.Context, int) (chat.Response, error) {
			asked++
			if refused {
				return chat.Response{}, agent.Errorf(agent.CodeInvalid, "no")
			}
			if down {
				return chat.Response{}, agent.Errorf(agent.CodeUnavailable, "no connection")
			}
			return chat.Response{Text: "x"}, nil
		})
		for range breakAfter + 10 {
			if _, err := m.Generate(t.Context(), chat.Request{}); agent.CodeOf(err) != agent.CodeUnavailable {
				t.Fatal(err)
			}
		}
		if asked != breakAfter {
			t.Errorf("asked %d times, want %d", asked, breakAfter)
		}
		down = false
		time.Sleep(breakFor + time.Second)
		if _, err := m.Generate(t.Context(), chat.Request{}); err != nil {
			t.Error("it does not come back:", err)
		}
		for range breakAfter + 1 { // what is the request's fault does not open it
			refused = true
			if _, err := m.Generate(t.Context(), chat.Request{}); agent.CodeOf(err) != agent.CodeInvalid {
				t.Error(err)
			}
		}
	})
}

func TestDayBudget(t *testing.T) {
	now := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC)
	before := agent.Usage{TokensIn: 900, USD: .5}
	cfg := Config{Now: func() time.Time { return now }, Prices: func() []chat.Price { return []chat.Price{{Model: "lab:m", In: 1000, Out: 1000}} },
		Spent: func(_ context.Context, name string, since time.Time) (agent.Usage, error) {
			if name != "lab" || !since.Equal(now.Truncate(24*time.Hour)) {
				t.Error(name, since)
			}
			return before, nil
		}}
	answer := func(context.Context, int) (chat.Response, error) {
		return chat.Response{Text: "x", Usage: agent.Usage{TokensIn: 100, TokensOut: 100, Calls: 1}}, nil
	}
	m := limited(cfg, chat.Connection{Name: "lab", Provider: "openai", DayTokens: 1000}, answer)
	r, err := m.Generate(t.Context(), chat.Request{})
	if err != nil || r.Usage.USD != .2 {
		t.Fatal(r, err)
	}
	if _, err := m.Generate(t.Context(), chat.Request{}); agent.CodeOf(err) != agent.CodeRateLimited || !strings.Contains(agent.MessageOf(err), "00:00 UTC") {
		t.Error(err)
	}
	now, before = now.Add(2*time.Hour), agent.Usage{} // the next day
	if _, err := m.Generate(t.Context(), chat.Request{}); err != nil {
		t.Error(err)
	}
	before = agent.Usage{USD: 5}
	dollars := limited(cfg, chat.Connection{Name: "lab", Provider: "openai", DayUSD: 5}, answer)
	if _, err := dollars.Generate(t.Context(), chat.Request{}); agent.CodeOf(err) != agent.CodeRateLimited {
		t.Error(err)
	}
}

func TestCallsAreKept(t *testing.T) {
	log := &calls{}
	fail := false
	m := limited(Config{Log: log}, chat.Connection{}, func(context.Context, int) (chat.Response, error) {
		if fail {
			return chat.Response{}, agent.Wrap(agent.CodeUnavailable, errors.New("secret detail"), "no connection")
		}
		return chat.Response{Text: "hello", Usage: agent.Usage{TokensIn: 1, TokensOut: 2, Calls: 1}}, nil
	})
	scope := agent.CallScope{Run: "r_1", Step: 3, Role: agent.ActorRole}
	ctx := agent.WithCall(t.Context(), scope)
	request := chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Text: "hi"}}, Prompt: "actor.v1 abc", OnText: func(string) {}}
	if _, err := m.Generate(ctx, request); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Generate(t.Context(), request); err != nil { // outside a run
		t.Fatal(err)
	}
	fail = true
	if _, err := m.Generate(ctx, request); err == nil {
		t.Fatal("it did not fail")
	}
	if len(log.list) != 3 {
		t.Fatalf("%d calls were kept", len(log.list))
	}
	if c := log.list[1]; c.Run != "" || c.Answer != "" || c.Messages != nil || c.Usage.TokensOut != 2 {
		t.Errorf("of a call outside a run, more than what it used is kept: %+v", c)
	}
	log.list = slices.Delete(log.list, 1, 2)
	if c := log.list[0]; c.CallScope != scope || c.Answer != "hello" || c.Prompt != "actor.v1 abc" || c.Messages[0].Text != "hi" || c.Usage.TokensOut != 2 || c.Model != "lab:m" {
		t.Errorf("%+v", c)
	}
	if c := log.list[1]; c.Error != "no connection" || c.Answer != "" {
		t.Errorf("%+v", c)
	}
}
