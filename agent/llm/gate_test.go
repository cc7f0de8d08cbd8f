package llm

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

func answers(context.Context, int) (chat.Response, error) {
	return chat.Response{Text: "x", Usage: agent.Usage{TokensIn: 1, TokensOut: 1, Calls: 1}}, nil
}

// asked calls a model and returns the NoAnswer, nil for an answer.
func asked(t *testing.T, m *model) *agent.NoAnswer {
	t.Helper()
	_, err := m.Generate(agent.WithCall(t.Context(), agent.CallScope{Run: "r_1"}), chat.Request{})
	if err == nil {
		return nil
	}
	n, ok := errors.AsType[*agent.NoAnswer](err)
	if !ok || n.Model != m.Name() {
		t.Fatalf("%v is no NoAnswer of %s", err, m.Name())
	}
	return n
}

// A model that fails again and again is left alone, and the others of its
// connection are not; that nobody answers, or the key is refused, counts for all.
func TestFailuresCountForWhomTheyConcern(t *testing.T) {
	for _, tt := range []struct {
		name       string
		bad        []string // models that fail
		err        error
		good       string // asked after that
		why        agent.NoAnswerReason
		wantAnswer bool
	}{
		{"one of its models", []string{"lab:bad"}, agent.Errorf(agent.CodeUnavailable, "500"), "lab:good", agent.NoAnswerDown, true},
		{"one that breaks off", []string{"lab:bad"}, &agent.NoAnswer{Why: agent.NoAnswerCut, Err: agent.Errorf(agent.CodeUnavailable, "cut")}, "lab:good", agent.NoAnswerCut, true},
		{"one that the key may not use", []string{"lab:bad"}, agent.Errorf(agent.CodeDenied, "403"), "lab:good", agent.NoAnswerDenied, true},
		{"no connection", []string{"lab:bad"}, agent.Wrap(agent.CodeUnavailable, wire.ErrOfServer, "no connection"), "lab:good", agent.NoAnswerDown, false},
		{"a refused key", []string{"lab:bad"}, agent.Wrap(agent.CodeDenied, wire.ErrOfServer, "401"), "lab:good", agent.NoAnswerDenied, false},
		{"every model that is asked", []string{"lab:bad", "lab:worse"}, agent.Errorf(agent.CodeUnavailable, "502"), "lab:good", agent.NoAnswerDown, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := &Config{Now: time.Now}
				g := newGate(chat.Connection{Name: "lab", Provider: "openai"}, cfg)
				calls := 0
				var bad []*model
				for _, name := range tt.bad {
					bad = append(bad, through(g, cfg, name, func(context.Context, int) (chat.Response, error) { calls++; return chat.Response{}, tt.err }))
				}
				for i := range 20 {
					n := asked(t, bad[i%len(bad)])
					if n == nil || n.Why != tt.why {
						t.Fatalf("%+v, want %s", n, tt.why)
					}
					if i == 19 && (n.After <= 0 || n.After > breakFor || !strings.Contains(n.Error(), "failed 5 times in a row")) {
						t.Errorf("it says %q, after %v", n.Error(), n.After)
					}
				}
				if calls != breakAfter {
					t.Errorf("asked %d times, want %d", calls, breakAfter)
				}
				good := through(g, cfg, tt.good, answers)
				if n := asked(t, good); (n == nil) != tt.wantAnswer {
					t.Errorf("the other model: %v", n)
				}
				time.Sleep(breakFor)
				if n := asked(t, good); n != nil {
					t.Error("it does not come back:", n)
				}
			})
		})
	}
}

// A trial of one model that hangs holds up the others of a server that was away
// for no longer than the pause.
func TestTrialThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := &Config{Now: time.Now}
		g := newGate(chat.Connection{Name: "lab", Provider: "openai"}, cfg)
		away := through(g, cfg, "lab:a", func(context.Context, int) (chat.Response, error) {
			return chat.Response{}, agent.Wrap(agent.CodeUnavailable, wire.ErrOfServer, "no connection")
		})
		for range breakAfter {
			asked(t, away)
		}
		time.Sleep(breakFor)
		hang := make(chan struct{})
		hanging := through(g, cfg, "lab:hangs", func(context.Context, int) (chat.Response, error) { <-hang; return answers(t.Context(), 1) })
		var group sync.WaitGroup
		group.Go(func() { asked(t, hanging) })
		synctest.Wait()
		good := through(g, cfg, "lab:good", answers)
		if n := asked(t, good); n == nil {
			t.Error("two trials at once")
		}
		time.Sleep(breakFor)
		if n := asked(t, good); n != nil {
			t.Error("the trial that hangs starves the others:", n)
		}
		close(hang)
		group.Wait()
	})
}

// A trial that somebody stops says nothing: the next may try at once.
func TestTrialThatIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := &Config{Now: time.Now}
		g := newGate(chat.Connection{Name: "lab", Provider: "openai"}, cfg)
		down := true
		m := through(g, cfg, "lab:m", func(ctx context.Context, call int) (chat.Response, error) {
			if call == breakAfter+1 {
				<-ctx.Done()
				return chat.Response{}, agent.Wrap(agent.CodeStopped, ctx.Err(), "ended")
			}
			if down {
				return chat.Response{}, agent.Errorf(agent.CodeUnavailable, "500")
			}
			return answers(ctx, call)
		})
		for range breakAfter {
			asked(t, m)
		}
		time.Sleep(breakFor)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Generate(ctx, chat.Request{}); err == nil {
			t.Fatal("it answered")
		}
		down = false
		if n := asked(t, m); n != nil {
			t.Error(n)
		}
	})
}

// One that asks to be left alone is not asked before, says so, and holds up no other.
func TestWaitsAsTold(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		says  string
	}{
		{"an hour", time.Hour, "asks to wait until 01:00 UTC; it is not asked before"},
		{"three days", 72 * time.Hour, "asks to wait until 00:00 UTC on 4 January; it is not asked before"},
		{"half a minute", 30 * time.Second, "asks to wait until 00:00:30 UTC; it is not asked before"},
		{"for ever", 1 << 62, "asks to wait until 00:00 UTC on 1 February; it is not asked before"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // it begins at 2000-01-01 00:00 UTC
				log := &calls{}
				cfg := &Config{Now: time.Now, Log: log}
				g := newGate(chat.Connection{Name: "lab", Provider: "openai", Concurrency: 1}, cfg)
				calls := 0
				m := through(g, cfg, "lab:m", func(ctx context.Context, call int) (chat.Response, error) {
					if calls++; calls == 1 {
						return chat.Response{}, &agent.NoAnswer{Why: agent.NoAnswerLimited, After: tt.after, Err: agent.Errorf(agent.CodeRateLimited, "slow down")}
					}
					return answers(ctx, call)
				})
				told := min(tt.after, maxWait)
				if n := asked(t, m); n.After != told || !strings.Contains(strings.ToLower(n.Error()), tt.says) && !strings.Contains(n.Error(), strings.TrimPrefix(tt.says, "asks")) {
					t.Errorf("%v %q", n.After, n)
				}
				time.Sleep(told / 2)
				for range 3 {
					if n := asked(t, m); n == nil || n.Why != agent.NoAnswerLimited || n.After != told-told/2 || !strings.Contains(n.Error(), "lab:m asks to wait until") {
						t.Errorf("%+v", n)
					}
				}
				if n := asked(t, through(g, cfg, "lab:other", answers)); n != nil {
					t.Error("another model:", n)
				}
				if calls != 1 || len(log.list) != 2 { // and that of the other
					t.Errorf("asked %d times in between, and %d calls were kept", calls-1, len(log.list))
				}
				time.Sleep(told - told/2)
				if n := asked(t, m); n != nil {
					t.Error(n)
				}
			})
		})
	}
}

// A request that waits for its turn when the model asks to be left alone is not
// sent any more.
func TestWaitHoldsForWhoStandsInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		m := limited(Config{}, chat.Connection{Name: "lab", Provider: "openai", Concurrency: 1}, func(context.Context, int) (chat.Response, error) {
			calls++
			time.Sleep(time.Second)
			return chat.Response{}, &agent.NoAnswer{Why: agent.NoAnswerLimited, After: time.Hour, Err: agent.Errorf(agent.CodeRateLimited, "slow down")}
		})
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { asked(t, m) })
		}
		group.Wait()
		if calls != 1 {
			t.Errorf("asked %d times", calls)
		}
	})
}

// A model that holds places for long, or fails, leaves one to the others.
func TestPlacesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := &Config{Now: time.Now}
		g := newGate(chat.Connection{Name: "lab", Provider: "openai", Concurrency: 2}, cfg)
		slow := through(g, cfg, "lab:slow", func(ctx context.Context, call int) (chat.Response, error) {
			time.Sleep(time.Minute)
			return answers(ctx, call)
		})
		quick := through(g, cfg, "lab:quick", answers)
		asked(t, quick)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { asked(t, slow) })
		}
		synctest.Wait()
		began := time.Now()
		if n := asked(t, quick); n != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", n, time.Since(began))
		}
		group.Wait()
		time.Sleep(otherWithin)
		began = time.Now()
		for range 4 { // alone, it has every place again
			group.Go(func() { asked(t, slow) })
		}
		group.Wait()
		if took := time.Since(began); took != 2*time.Minute {
			t.Error(took)
		}
	})
}

// Between two attempts a request holds no place.
func TestWaitBetweenAttemptsHoldsNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := &Config{Now: time.Now}
		g := newGate(chat.Connection{Name: "lab", Provider: "openai", Concurrency: 1}, cfg)
		server, err := wire.NewServer(wire.Config{Provider: "lab", Model: "slow", BaseURL: "http://127.0.0.1:1/v1", Patience: wire.Patience{Retries: 1}})
		if err != nil {
			t.Fatal(err)
		}
		slow := through(g, cfg, "lab:slow", func(ctx context.Context, call int) (chat.Response, error) {
			tries := 0
			return wire.Retry(ctx, server, func() (chat.Response, *wire.Failure) {
				if tries++; tries == 1 {
					return chat.Response{}, &wire.Failure{Err: agent.Errorf(agent.CodeRateLimited, "slow down"), Retry: true, After: 20 * time.Second}
				}
				r, _ := answers(ctx, call)
				return r, nil
			})
		})
		var group sync.WaitGroup
		group.Go(func() {
			if n := asked(t, slow); n != nil {
				t.Error(n)
			}
		})
		synctest.Wait()
		began := time.Now()
		if n := asked(t, through(g, cfg, "lab:quick", answers)); n != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", n, time.Since(began))
		}
		group.Wait()
	})
}

// What a server does not report is estimated, said to be so, and counts.
func TestEstimate(t *testing.T) {
	say := func(u agent.Usage, err error) func(context.Context, int) (chat.Response, error) {
		return func(context.Context, int) (chat.Response, error) {
			return chat.Response{Text: strings.Repeat("word ", 80), Usage: u}, err
		}
	}
	request := chat.Request{Messages: []chat.Message{{Role: chat.RoleSystem, Text: strings.Repeat("rule ", 80)}, {Role: chat.RoleUser, Text: strings.Repeat("room ", 80)}}}
	for _, tt := range []struct {
		name string
		told agent.Usage
		want agent.Usage
	}{
		{"all of it", agent.Usage{}, agent.Usage{TokensIn: 200, TokensOut: 100, Calls: 1, USD: 300, Estimated: true}},
		{"the prompt", agent.Usage{TokensOut: 7, Calls: 1}, agent.Usage{TokensIn: 200, TokensOut: 7, Calls: 1, USD: 207, Estimated: true}},
		{"the answer", agent.Usage{TokensIn: 5, Calls: 1}, agent.Usage{TokensIn: 5, TokensOut: 100, Calls: 1, USD: 105, Estimated: true}},
		{"nothing", agent.Usage{TokensIn: 5, TokensOut: 7, Calls: 1}, agent.Usage{TokensIn: 5, TokensOut: 7, Calls: 1, USD: 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &model{name: "lab:m", cfg: &Config{Prices: func() []chat.Price { return []chat.Price{{Model: "lab:m", In: 1e6, Out: 1e6}} }}}
			r, err := say(tt.told, nil)(t.Context(), 1)
			m.count(&r.Usage, &request, r.Text, err)
			if r.Usage != tt.want {
				t.Errorf("got %+v, want %+v", r.Usage, tt.want)
			}
			if sum := r.Usage.Add(agent.Usage{TokensIn: 1}); sum.Estimated != tt.want.Estimated || agent.Usage.Add(agent.Usage{}, r.Usage).Estimated != tt.want.Estimated {
				t.Error("the mark is lost in a sum")
			}
		})
	}
	t.Run("the day's budget", func(t *testing.T) {
		log := &calls{}
		m := limited(Config{Log: log}, chat.Connection{Name: "lab", Provider: "openai", DayTokens: 500}, func(context.Context, int) (chat.Response, error) {
			return chat.Response{Text: strings.Repeat("word ", 80), Usage: agent.Usage{TokensIn: -1}}, nil
		})
		ctx := agent.WithCall(t.Context(), agent.CallScope{Run: "r_1"})
		var err error
		n := 0
		for ; err == nil && n < 10; n++ {
			_, err = m.Generate(ctx, request)
		}
		if no, ok := errors.AsType[*agent.NoAnswer](err); n != 3 || !ok || no.Why != agent.NoAnswerLimited || !strings.Contains(err.Error(), "estimate") || no.After <= 0 || no.After > 24*time.Hour {
			t.Errorf("after %d calls: %v", n, err)
		}
		if !log.list[0].Usage.Estimated {
			t.Error("the call is not marked")
		}
	})
	t.Run("what was refused has used nothing", func(t *testing.T) {
		m := limited(Config{}, chat.Connection{}, func(context.Context, int) (chat.Response, error) {
			return chat.Response{}, agent.Errorf(agent.CodeInvalid, "no")
		})
		if r, err := m.Generate(t.Context(), request); err == nil || r.Usage != (agent.Usage{}) {
			t.Error(r, err)
		}
	})
}
