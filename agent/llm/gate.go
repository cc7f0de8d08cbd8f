package llm

import (
	"context"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"purposeagent/agent"
)

// The breaker of a connection: after so many failures in a row nothing is sent
// for a while, then one request tries.
const (
	breakAfter = 5
	breakFor   = 15 * time.Second
)

// gate is what all models of one connection share: how many requests at once,
// how many a minute, what a day may spend, and whether the server is up. It is
// safe for concurrent use.
type gate struct {
	name    string
	slots   *semaphore.Weighted // nil: no limit
	rate    *rate.Limiter       // nil: no limit
	breaker *gobreaker.CircuitBreaker[agent.Response]
	now     func() time.Time
	spent   func(ctx context.Context, connection string, since time.Time) (agent.Usage, error)

	mu     sync.Mutex
	limits agent.Connection // those of the day
	day    time.Time        // that today counts
	today  agent.Usage
}

func newGate(c agent.Connection, cfg *Config) *gate {
	p, _ := ProviderOf(c.Provider)
	g := &gate{name: c.Name, limits: c, now: cfg.Now, spent: cfg.Spent}
	if n := firstPositive(c.Concurrency, p.Concurrency); n > 0 {
		g.slots = semaphore.NewWeighted(int64(n))
	}
	if c.PerMinute > 0 {
		g.rate = rate.NewLimiter(rate.Every(time.Minute/time.Duration(c.PerMinute)), max(1, c.PerMinute/10))
	}
	g.breaker = gobreaker.NewCircuitBreaker[agent.Response](gobreaker.Settings{
		Name: c.Name, MaxRequests: 1, Timeout: breakFor,
		ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= breakAfter },
		IsSuccessful: func(err error) bool {
			code := agent.CodeOf(err)
			return err == nil || code != agent.CodeUnavailable && code != agent.CodeTimeout
		},
	})
	return g
}

func firstPositive(values ...int) int {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}

// pass calls f when it may. Waiting for a turn counts against ctx. Errors of
// its own: CodeRateLimited where the day's budget is used up, CodeUnavailable
// while the breaker is open.
func (g *gate) pass(ctx context.Context, f func() (agent.Response, error)) (agent.Response, error) {
	if err := g.afford(ctx); err != nil {
		return agent.Response{}, err
	}
	if g.slots != nil {
		if err := g.slots.Acquire(ctx, 1); err != nil {
			return agent.Response{}, agent.Wrap(agent.CodeOf(err), err, "the request was ended while it waited for its turn at %s", g.name)
		}
		defer g.slots.Release(1)
	}
	if g.rate != nil {
		if err := g.rate.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return agent.Response{}, agent.Wrap(codeOr(err, agent.CodeTimeout), err, "the request was ended while it waited for its minute at %s", g.name)
		}
	}
	response, err := g.breaker.Execute(f)
	if err == gobreaker.ErrOpenState || err == gobreaker.ErrTooManyRequests { //nolint:errorlint // the breaker returns them bare
		return response, agent.Errorf(agent.CodeUnavailable, "%s failed %d times in a row; it is asked again within %v", g.name, breakAfter, breakFor)
	}
	g.spend(response.Usage)
	return response, err
}

func codeOr(err error, otherwise agent.Code) agent.Code {
	if code := agent.CodeOf(err); code != agent.CodeInternal {
		return code
	}
	return otherwise
}

// afford refuses what a day's budget does not hold. What was spent before the
// program started counts.
func (g *gate) afford(ctx context.Context) error {
	if g.limits.DayTokens <= 0 && g.limits.DayUSD <= 0 {
		return nil
	}
	today := g.now().UTC().Truncate(24 * time.Hour)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.day.Equal(today) {
		g.day, g.today = today, agent.Usage{}
		if g.spent != nil {
			spent, err := g.spent(ctx, g.name, today)
			if err != nil {
				g.day = time.Time{}
				return err
			}
			g.today = spent
		}
	}
	switch {
	case g.limits.DayTokens > 0 && g.today.Tokens() >= g.limits.DayTokens:
		return agent.Errorf(agent.CodeRateLimited, "the day's %d tokens at %s are used up; it goes on at 00:00 UTC, or raise the budget in Settings", g.limits.DayTokens, g.name)
	case g.limits.DayUSD > 0 && g.today.USD >= g.limits.DayUSD:
		return agent.Errorf(agent.CodeRateLimited, "the day's %.2f dollars at %s are used up; it goes on at 00:00 UTC, or raise the budget in Settings", g.limits.DayUSD, g.name)
	}
	return nil
}

func (g *gate) spend(u agent.Usage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.today = g.today.Add(u)
}
