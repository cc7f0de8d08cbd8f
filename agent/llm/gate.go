package llm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// maxWait bounds how long a server is believed that nobody may ask it.
const maxWait = 31 * 24 * time.Hour

// gate is what all models of one connection share: how many requests at once,
// how many a minute, what a day may spend. Whether it is up, and how long it asks
// to be left alone, it knows of each model, and of the server where a failure
// concerns them all. It is safe for concurrent use.
type gate struct {
	name  string
	turns *turns
	rate  *rate.Limiter
	now   func() time.Time
	spent func(ctx context.Context, connection string, since time.Time) (agent.Usage, error)

	mu     sync.Mutex
	limits chat.Connection // those of the day
	day    time.Time       // that today counts
	today  agent.Usage
	server health
	models map[string]*health
	streak streak
}

// health is what is known of a model, or of a server.
type health struct {
	breaker
	last  *agent.NoAnswer // why it failed
	asks  *agent.NoAnswer // by which it asked to be left alone until quiet
	quiet time.Time
}

// streak are failures of a server's models since one of them answered: where
// every one of several fails, it is the server.
type streak struct {
	failures int
	model    string // the first of them
	several  bool
}

func newGate(c chat.Connection, cfg *Config) *gate {
	g := &gate{name: c.Name, turns: newTurns(0, cfg.Now), rate: rate.NewLimiter(perMinute(c.PerMinute)), now: cfg.Now, spent: cfg.Spent, models: map[string]*health{}}
	g.limit(c)
	return g
}

// limit sets the limits of a connection; what is under way goes on.
func (g *gate) limit(c chat.Connection) {
	p, _ := ProviderOf(c.Provider)
	g.mu.Lock()
	g.limits = c
	g.mu.Unlock()
	g.turns.resize(firstPositive(c.Concurrency, p.Concurrency))
	each, burst := perMinute(c.PerMinute)
	g.rate.SetLimit(each)
	g.rate.SetBurst(burst)
}

// perMinute is a limit of requests a minute, 0 for none, with a tenth of it at once.
func perMinute(n int) (rate.Limit, int) {
	if n <= 0 {
		return rate.Inf, 1
	}
	return rate.Every(time.Minute / time.Duration(n)), max(1, n/10)
}

// renew forgets failures and waits: they were another server's, or another key's.
func (g *gate) renew() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.server, g.models, g.streak = health{}, map[string]*health{}, streak{}
}

func firstPositive(values ...int) int {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}

// turn is a request's place at the gate.
type turn struct {
	gate  *gate
	model string
	held  bool
	trial bool // the model, or its server, is tried again by this request
	// again says whether a request may be sent once more; nil before the first time.
	again func(ctx context.Context) error
}

// Take waits for a place. Errors are NoAnswer, or of ctx.
func (t *turn) Take(ctx context.Context) error {
	if t.held {
		return nil
	}
	if err := t.gate.refuses(t.model, t.trial); err != nil {
		return err
	}
	if err := t.gate.turns.take(ctx, t.model); err != nil {
		return agent.Wrap(agent.CodeOf(err), err, "the request was ended while it waited for its turn at %s", t.gate.name)
	}
	t.held = true
	if err := t.gate.rate.Wait(ctx); err != nil {
		t.Leave()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return agent.Wrap(codeOr(err, agent.CodeTimeout), err, "the request was ended while it waited for the rate limit of %s", t.gate.name)
	}
	err := t.gate.enter(t) // it may have failed others meanwhile
	if err == nil && t.again != nil {
		err = t.again(ctx)
	}
	if err != nil {
		t.Leave()
	}
	return err
}

// Leave gives the place back, if it is held.
func (t *turn) Leave() {
	if t.held {
		t.held = false
		t.gate.turns.leave(t.model)
	}
}

// pass calls f when a model may be asked. Waiting for a turn counts against ctx.
// Every error but those of ctx and agent.ErrUnusable is an agent.NoAnswer.
func (g *gate) pass(ctx context.Context, model string, f func(context.Context, *turn) (chat.Response, error)) (chat.Response, error) {
	if err := g.afford(ctx, model); err != nil {
		return chat.Response{}, err
	}
	t := &turn{gate: g, model: model}
	if err := t.Take(ctx); err != nil {
		return chat.Response{}, noAnswer(err, model)
	}
	response, err := f(wire.WithTurn(ctx, t), t)
	err = g.note(ctx, t, err)
	t.Leave()
	g.spend(response.Usage)
	return response, err
}

// noAnswer makes the error of a request the NoAnswer that it is.
func noAnswer(err error, model string) error {
	n, ok := agent.NoAnswerOf(err)
	if !ok {
		return err
	}
	named := *n
	if named.Model == "" {
		named.Model = model
	}
	return &named
}

func codeOr(err error, otherwise agent.Code) agent.Code {
	if code := agent.CodeOf(err); code != agent.CodeInternal {
		return code
	}
	return otherwise
}

// of returns what is known of a model; g.mu is held.
func (g *gate) of(model string) *health {
	h := g.models[model]
	if h == nil {
		if len(g.models) >= maxModels {
			for name, old := range g.models {
				if old.failures == 0 && !old.quiet.After(g.now()) {
					delete(g.models, name)
				}
			}
		}
		h = &health{}
		g.models[model] = h
	}
	return h
}

// refuses returns why a model is not asked now, nil where it is.
func (g *gate) refuses(model string, trial bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refusal(model, trial)
}

// refusal is refuses; g.mu is held.
func (g *gate) refusal(model string, trial bool) error {
	now := g.now()
	for _, h := range []*health{&g.server, g.of(model)} {
		who := model
		if h == &g.server {
			who = g.name
		}
		if rest := h.quiet.Sub(now); rest > 0 {
			return &agent.NoAnswer{Why: h.asks.Why, Model: model, After: rest, Err: agent.Wrap(agent.CodeOf(h.asks.Err), h.asks.Err,
				"%s asks to wait until %s; it is not asked before", who, clock(h.quiet, now))}
		}
		if rest := h.rest(now); rest > 0 && !trial {
			return &agent.NoAnswer{Why: h.last.Why, Model: model, After: rest, Err: agent.Wrap(agent.CodeOf(h.last.Err), h.last.Err,
				"%s failed %d times in a row; it is asked again within %v. The last time: %s", who, h.failures, breakFor, agent.MessageOf(h.last.Err))}
		}
	}
	return nil
}

// enter lets a turn through that has its place, as the trial where one is due.
func (g *gate) enter(t *turn) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refusal(t.model, t.trial); err != nil {
		return err
	}
	now := g.now()
	ofServer, ofModel := g.server.try(now), g.of(t.model).try(now)
	t.trial = t.trial || ofServer || ofModel
	return nil
}

// note takes in how a request ended, and returns its error as it leaves the gate.
func (g *gate) note(ctx context.Context, t *turn, err error) error {
	n, failed := agent.NoAnswerOf(err)
	g.mu.Lock()
	now := g.now()
	h := g.of(t.model)
	switch {
	case err != nil && (ctx.Err() != nil || agent.CodeOf(err) == agent.CodeStopped): // it was ended, and says nothing of the model
		if t.trial {
			g.server.ended(now)
			h.ended(now)
		}
	case failed:
		g.fails(h, t.model, n, now)
	default:
		g.answers(h)
	}
	failing := h.failures > 0
	g.mu.Unlock()
	g.turns.fails(t.model, failing)
	if !failed {
		return err
	}
	named := *n
	named.Model = t.model
	if named.After > 0 {
		named.After = min(named.After, maxWait)
		named.Err = agent.Wrap(agent.CodeOf(n.Err), n.Err, "%s. It asks to wait until %s; it is not asked before", strings.TrimRight(agent.MessageOf(n.Err), ". "), clock(now.Add(named.After), now))
	}
	return &named
}

// answers takes in that a model is up; g.mu is held.
func (g *gate) answers(h *health) {
	h.answered()
	g.server.answered()
	g.streak = streak{}
}

// fails takes in a failure; g.mu is held.
func (g *gate) fails(h *health, model string, n *agent.NoAnswer, now time.Time) {
	ofServer := errors.Is(n.Err, wire.ErrOfServer)
	if n.After > 0 {
		quiet := h
		if ofServer {
			quiet = &g.server
		}
		if until := now.Add(min(n.After, maxWait)); until.After(quiet.quiet) {
			quiet.asks, quiet.quiet = n, until
		}
	}
	switch n.Why {
	case agent.NoAnswerRefused, agent.NoAnswerLimited:
		g.answers(h)
		return
	case agent.NoAnswerDown, agent.NoAnswerCut, agent.NoAnswerDenied:
	}
	h.last = n
	h.failed(now)
	if g.streak.failures++; g.streak.model == "" {
		g.streak.model = model
	}
	g.streak.several = g.streak.several || g.streak.model != model
	if ofServer || g.streak.several && g.streak.failures >= breakAfter {
		g.server.last = n
		g.server.failed(now)
		if g.streak.several {
			g.server.failures = max(g.server.failures, g.streak.failures)
		}
	}
}

// clock writes a time as people read it, with its day where it is another one.
func clock(at, now time.Time) string {
	at, now = at.UTC().Round(time.Second), now.UTC()
	switch {
	case at.Sub(now) < 2*time.Minute:
		return at.Format("15:04:05 UTC")
	case at.Truncate(24 * time.Hour).Equal(now.Truncate(24 * time.Hour)):
		return at.Format("15:04 UTC")
	}
	return at.Format("15:04 UTC on 2 January")
}

// afford refuses what a day's budget does not hold. What was spent before the
// program started counts.
func (g *gate) afford(ctx context.Context, model string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.limits.DayTokens <= 0 && g.limits.DayUSD <= 0 {
		return nil
	}
	now := g.now()
	today := now.UTC().Truncate(24 * time.Hour)
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
	var what string
	switch {
	case g.limits.DayTokens > 0 && g.today.Tokens() >= g.limits.DayTokens:
		what = fmt.Sprintf("%d tokens", g.limits.DayTokens)
	case g.limits.DayUSD > 0 && g.today.USD >= g.limits.DayUSD:
		what = fmt.Sprintf("%.2f dollars", g.limits.DayUSD)
	default:
		return nil
	}
	estimate := ""
	if g.today.Estimated {
		estimate = " (in part an estimate: the server does not report what it used)"
	}
	return &agent.NoAnswer{Why: agent.NoAnswerLimited, Model: model, After: today.Add(24 * time.Hour).Sub(now), Err: agent.Errorf(agent.CodeRateLimited,
		"the day's %s at %s are used up%s; it goes on at 00:00 UTC, or raise the budget in Settings", what, g.name, estimate)}
}

func (g *gate) spend(u agent.Usage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.today = g.today.Add(u)
}
