package rulestore

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// Memory is a Library in memory, with versions and tombstones. It is
// safe for concurrent use and never fails but for wrong input.
type Memory struct {
	now func() time.Time

	mu         sync.Mutex
	rules      map[string]*agent.Heuristic // stored rows are replaced, never changed
	order      []string                    // ids, oldest first
	versions   map[string][]catalog.HeuristicVersion
	tombstones map[scopedKey]bool
	retired    map[scopedKey]string // ids of rows that are out of use, by what they say
	distilled  map[string]bool
	last       int // of the numbers in ids
	revision   int64
	ledgers    map[agent.Scope]credit.Ledger
	changed    map[agent.Scope]int64 // revision of the last change, by the rules' own scopes
	views      map[agent.Scope]*agent.RuleSet
}

type scopedKey struct {
	scope agent.Scope
	key   string
}

var (
	_ agent.Library = (*Memory)(nil)
	_ Shelver       = (*Memory)(nil)
)

// NewMemory returns an empty library that takes its times from now;
// nil means time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, rules: map[string]*agent.Heuristic{}, versions: map[string][]catalog.HeuristicVersion{},
		tombstones: map[scopedKey]bool{}, retired: map[scopedKey]string{}, distilled: map[string]bool{}, ledgers: map[agent.Scope]credit.Ledger{}, changed: map[agent.Scope]int64{},
		views: map[agent.Scope]*agent.RuleSet{}}
}

// Usable returns the rules of the scope that may enter a prompt, oldest first.
// Without a change in between it returns the same set, at no cost.
func (l *Memory) Usable(ctx context.Context, scope agent.Scope) (*agent.RuleSet, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	revision := int64(0)
	for s, r := range l.changed {
		if s.Covers(scope) {
			revision = max(revision, r)
		}
	}
	if view := l.views[scope]; view != nil && view.Revision == revision {
		return view, nil
	}
	var rules []*agent.Heuristic
	for _, id := range l.order {
		if h := l.rules[id]; (h.Usable() || h.Status == agent.Candidate) && h.Scope.Covers(scope) {
			rules = append(rules, h)
		}
	}
	view := agent.NewRuleSet(scope, revision, rules, l.views[scope])
	l.views[scope] = view
	return view, nil
}

// All returns every rule of the scope, oldest first.
func (l *Memory) All(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	rules, err := l.list(ctx, func(h *agent.Heuristic) bool { return h.Scope.Covers(scope) })
	for i, h := range rules {
		rules[i] = h.Clone()
	}
	return rules, err
}

// Standing returns the rules of the scope that learning builds on, oldest first.
// They are the rows themselves.
func (l *Memory) Standing(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	return l.list(ctx, func(h *agent.Heuristic) bool { return h.Standing() && h.Scope.Covers(scope) })
}

// HeuristicReport counts the rules of all scopes.
func (l *Memory) HeuristicReport(ctx context.Context) (agent.LibraryReport, error) {
	rules, err := l.list(ctx, func(*agent.Heuristic) bool { return true })
	if err != nil {
		return agent.LibraryReport{}, err
	}
	return agent.NewLibraryReport(rules), nil
}

func (l *Memory) list(ctx context.Context, keep func(*agent.Heuristic) bool) ([]*agent.Heuristic, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var rules []*agent.Heuristic
	for _, id := range l.order {
		if h := l.rules[id]; keep(h) {
			rules = append(rules, h)
		}
	}
	return rules, nil
}

// Get returns one rule, or CodeNotFound.
func (l *Memory) Get(ctx context.Context, id string) (*agent.Heuristic, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.rules[id]
	if h == nil {
		return nil, noRule(id)
	}
	return h.Clone(), nil
}

func noRule(id string) error {
	return agent.Errorf(agent.CodeNotFound, "there is no rule %q", agent.Clip(id, 80))
}

// Versions returns a rule's history, oldest first, or CodeNotFound.
func (l *Memory) Versions(ctx context.Context, id string) ([]catalog.HeuristicVersion, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rules[id] == nil {
		return nil, noRule(id)
	}
	return slices.Clone(l.versions[id]), nil
}

// Distilled reports whether a batch with this trajectory was saved.
func (l *Memory) Distilled(ctx context.Context, trajectory string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.distilled[trajectory], nil
}

// Save applies one batch, or nothing of it.
func (l *Memory) Save(ctx context.Context, batch agent.Batch) ([]*agent.Heuristic, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if batch.Trajectory != "" && l.distilled[batch.Trajectory] {
		return nil, agent.Errorf(agent.CodeConflict, "trajectory %s was distilled before", batch.Trajectory)
	}
	now := l.now()
	learning := batch.Trajectory != ""
	var task *credit.TaskCredit
	ledger := l.ledgers[batch.Scope]
	if batch.Task != nil {
		task = ledger.Credit(batch.Task)
	}
	saved, changes, err := Apply(batch, shelf{l}, task, now)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		if c.Before == nil {
			l.order = append(l.order, c.After.ID)
		}
		if c.Reason != "" {
			l.record(c.After, batch.Actor, c.Reason, now)
		}
		l.put(c.Before, c.After)
	}
	if batch.Task != nil {
		l.ledgers[batch.Scope] = ledger.Count(batch.Task, agent.NewHypotheses(batch.Rules))
	}
	if learning && batch.Task != nil {
		l.compact(batch.Scope)
	}
	if learning {
		l.distilled[batch.Trajectory] = true
	}
	return saved, nil
}

// compact takes rows out that learning retired long ago.
func (l *Memory) compact(scope agent.Scope) {
	var retired []Retired
	for _, h := range l.rules {
		if h.Scope == scope && Compactable(h) {
			retired = append(retired, NewRetired(h))
		}
	}
	gone := ToCompact(retired)
	if len(gone) == 0 {
		return
	}
	for _, id := range gone {
		h := l.rules[id]
		if key := (scopedKey{h.Scope, h.Key()}); l.retired[key] == h.ID {
			delete(l.retired, key)
		}
		delete(l.rules, h.ID)
		delete(l.versions, h.ID)
	}
	l.order = slices.DeleteFunc(l.order, func(id string) bool { return l.rules[id] == nil })
	ledger := l.ledgers[scope]
	ledger.Compacted += len(gone)
	l.ledgers[scope] = ledger
}

// Ledger returns what the tasks of exactly this scope came to.
func (l *Memory) Ledger(ctx context.Context, scope agent.Scope) (credit.Ledger, error) {
	if err := ctx.Err(); err != nil {
		return credit.Ledger{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ledgers[scope], nil
}

// Shelve puts rules away and records the change of law in the ledger.
func (l *Memory) Shelve(ctx context.Context, s Shelving) (credit.LawChange, error) {
	if err := ctx.Err(); err != nil {
		return credit.LawChange{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c, now := s.Change, l.now()
	ledger := l.ledgers[s.Scope]
	if ledger.FoundIn(c.Trajectory) {
		return credit.LawChange{}, agent.FoundBefore(c.Trajectory)
	}
	c.Shelved = 0
	for _, id := range s.Rules {
		if stored := l.rules[id]; stored != nil && stored.ShelvedBy(&c) {
			next := agent.ShelvedHeuristic(stored, now)
			l.record(next, s.Actor, c.Reason(), now)
			l.put(stored, next)
			c.Shelved++
		}
	}
	l.ledgers[s.Scope] = ledger.Changed(c)
	return c, nil
}

func (l *Memory) record(h *agent.Heuristic, actor, reason string, at time.Time) {
	l.versions[h.ID] = append(l.versions[h.ID],
		catalog.HeuristicVersion{Version: h.Version, Actor: actor, Reason: reason, Heuristic: *h.Clone(), At: at})
}

// put stores a row and counts up the revision of the scopes it was and is in.
func (l *Memory) put(before, after *agent.Heuristic) {
	l.revision++
	if before != nil {
		l.changed[before.Scope] = l.revision
	}
	l.changed[after.Scope] = l.revision
	l.rules[after.ID] = after
	if key := (scopedKey{after.Scope, after.Key()}); (after.Status == agent.Retired || after.Status == agent.Archived) && !after.Shelved {
		l.retired[key] = after.ID
	} else if l.retired[key] == after.ID {
		delete(l.retired, key)
	}
}

// SetStatus sets the status of rules by a person's hand; unknown ids are left
// out. It returns how many there were. CodeInvalid for an unknown status.
func (l *Memory) SetStatus(ctx context.Context, actor string, ids []string, status agent.Status) (int, error) {
	if !slices.Contains(agent.Statuses, status) {
		return 0, agent.Errorf(agent.CodeInvalid, "unknown status %q", status)
	}
	return l.each(ctx, actor, ids, func(h *agent.Heuristic) { h.Status, h.StatusBy = status, cmp.Or(actor, "a person") })
}

// Pin pins or unpins rules; unknown ids are left out. It returns how many there were.
func (l *Memory) Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error) {
	return l.each(ctx, actor, ids, func(h *agent.Heuristic) { h.Pinned = pinned })
}

func (l *Memory) each(ctx context.Context, actor string, ids []string, change func(*agent.Heuristic)) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for _, id := range ids {
		stored := l.rules[id]
		if stored == nil {
			continue
		}
		next := stored.Clone()
		change(next)
		next.SpeakAgain()
		next = agent.NextHeuristic(stored, next, false, l.now())
		if reason := ChangeReason(stored, next); reason != "" {
			l.record(next, actor, reason, next.UpdatedAt)
		}
		l.put(stored, next)
		count++
	}
	return count, nil
}

// Delete deletes rules for good and leaves a tombstone, so that learning does
// not bring back what a person threw away; unknown ids are left out. It
// returns how many there were.
func (l *Memory) Delete(ctx context.Context, _ string, ids []string) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	count := 0
	for _, id := range ids {
		h := l.rules[id]
		if h == nil {
			continue
		}
		l.tombstones[scopedKey{h.Scope, h.Key()}] = true
		delete(l.rules, id)
		delete(l.versions, id)
		l.order = slices.DeleteFunc(l.order, func(other string) bool { return other == id })
		l.revision++
		l.changed[h.Scope] = l.revision
		count++
	}
	return count, nil
}
