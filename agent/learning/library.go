package learning

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// MemoryLibrary is a Library in memory, with versions and tombstones. It is
// safe for concurrent use and never fails but for wrong input.
type MemoryLibrary struct {
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
	_ agent.Library = (*MemoryLibrary)(nil)
	_ agent.Shelver = (*MemoryLibrary)(nil)
)

// NewMemoryLibrary returns an empty library that takes its times from now;
// nil means time.Now.
func NewMemoryLibrary(now func() time.Time) *MemoryLibrary {
	if now == nil {
		now = time.Now
	}
	return &MemoryLibrary{now: now, rules: map[string]*agent.Heuristic{}, versions: map[string][]catalog.HeuristicVersion{},
		tombstones: map[scopedKey]bool{}, retired: map[scopedKey]string{}, distilled: map[string]bool{}, ledgers: map[agent.Scope]credit.Ledger{}, changed: map[agent.Scope]int64{},
		views: map[agent.Scope]*agent.RuleSet{}}
}

// Usable returns the rules of the scope that may enter a prompt, oldest first.
// Without a change in between it returns the same set, at no cost.
func (l *MemoryLibrary) Usable(ctx context.Context, scope agent.Scope) (*agent.RuleSet, error) {
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
			rules = append(rules, h.Clone())
		}
	}
	view := agent.NewRuleSet(scope, revision, rules, l.views[scope])
	l.views[scope] = view
	return view, nil
}

// All returns every rule of the scope, oldest first.
func (l *MemoryLibrary) All(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	return l.list(ctx, func(h *agent.Heuristic) bool { return h.Scope.Covers(scope) })
}

// Standing returns the rules of the scope that learning builds on, oldest first.
func (l *MemoryLibrary) Standing(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	return l.list(ctx, func(h *agent.Heuristic) bool { return h.Standing() && h.Scope.Covers(scope) })
}

// HeuristicReport counts the rules of all scopes.
func (l *MemoryLibrary) HeuristicReport(ctx context.Context) (agent.LibraryReport, error) {
	rules, err := l.list(ctx, func(*agent.Heuristic) bool { return true })
	if err != nil {
		return agent.LibraryReport{}, err
	}
	return agent.NewLibraryReport(rules), nil
}

func (l *MemoryLibrary) list(ctx context.Context, keep func(*agent.Heuristic) bool) ([]*agent.Heuristic, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var rules []*agent.Heuristic
	for _, id := range l.order {
		if h := l.rules[id]; keep(h) {
			rules = append(rules, h.Clone())
		}
	}
	return rules, nil
}

// Get returns one rule, or CodeNotFound.
func (l *MemoryLibrary) Get(ctx context.Context, id string) (*agent.Heuristic, error) {
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

func noRule(id string) error { return agent.Errorf(agent.CodeNotFound, "there is no rule %q", id) }

// Versions returns a rule's history, oldest first, or CodeNotFound.
func (l *MemoryLibrary) Versions(ctx context.Context, id string) ([]catalog.HeuristicVersion, error) {
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
func (l *MemoryLibrary) Distilled(ctx context.Context, trajectory string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.distilled[trajectory], nil
}

// Save applies one batch, or nothing of it.
func (l *MemoryLibrary) Save(ctx context.Context, batch agent.Batch) ([]*agent.Heuristic, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if batch.Trajectory != "" && l.distilled[batch.Trajectory] {
		return nil, agent.Errorf(agent.CodeConflict, "trajectory %s was distilled before", batch.Trajectory)
	}
	for _, h := range batch.Rules {
		if h == nil {
			return nil, agent.Errorf(agent.CodeInvalid, "a batch holds an empty rule")
		}
		if h.ID != "" && l.rules[h.ID] == nil {
			return nil, noRule(h.ID)
		}
	}
	now := l.now()
	learning := batch.Trajectory != ""
	saved := make([]*agent.Heuristic, len(batch.Rules))
	for i, h := range batch.Rules {
		if h.ID != "" {
			stored := l.rules[h.ID]
			saved[i] = l.replace(stored, agent.NextHeuristic(stored, h, learning, now), batch.Actor)
			continue
		}
		if l.unwanted(h) {
			continue
		}
		if stored := l.rules[l.retired[scopedKey{h.Scope, h.Key()}]]; stored != nil && learning {
			if stored.Standing() {
				continue // put out of use by a person, and stays so
			}
			saved[i] = l.replace(stored, agent.NextHeuristic(stored, h, learning, now), batch.Actor)
			continue
		}
		saved[i] = l.add(h, batch.Actor, now)
	}
	l.credit(batch, saved, now)
	if learning && batch.Task != nil {
		l.compact(batch.Scope)
	}
	if learning {
		l.distilled[batch.Trajectory] = true
	}
	return saved, nil
}

// credit counts uses and the task, and moves what the credit calls for.
func (l *MemoryLibrary) credit(batch agent.Batch, saved []*agent.Heuristic, now time.Time) {
	var task *credit.TaskCredit
	if t := batch.Task; t != nil {
		ledger := l.ledgers[batch.Scope]
		task = ledger.Credit(t)
		l.ledgers[batch.Scope] = ledger.Count(t, agent.NewHypotheses(batch.Rules))
	}
	for _, u := range batch.Uses {
		if stored := l.rules[u.ID]; stored != nil {
			l.put(stored, agent.CountUse(stored, u, task, now))
		}
	}
	for _, m := range batch.Moves {
		if stored := l.rules[m.ID]; stored != nil && m.Applies(stored) {
			next := stored.Clone()
			next.Status, next.UpdatedAt = m.To, now
			l.record(next, batch.Actor, m.Reason, now)
			l.put(stored, next)
		}
	}
	for i, h := range saved { // as they stand after the credit
		if h != nil {
			saved[i] = l.rules[h.ID].Clone()
		}
	}
}

// compact takes rows out that learning retired long ago.
func (l *MemoryLibrary) compact(scope agent.Scope) {
	var retired []*agent.Heuristic
	for _, h := range l.rules {
		if h.Scope == scope && Compactable(h) {
			retired = append(retired, h)
		}
	}
	gone := ToCompact(retired)
	if len(gone) == 0 {
		return
	}
	for _, h := range gone {
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
func (l *MemoryLibrary) Ledger(ctx context.Context, scope agent.Scope) (credit.Ledger, error) {
	if err := ctx.Err(); err != nil {
		return credit.Ledger{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ledgers[scope], nil
}

// Shelve puts rules away and records the change of law in the ledger.
func (l *MemoryLibrary) Shelve(ctx context.Context, s agent.Shelving) (credit.LawChange, error) {
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

// unwanted reports whether a person deleted or banned what the new rule says.
func (l *MemoryLibrary) unwanted(h *agent.Heuristic) bool {
	key := h.Key()
	if l.tombstones[scopedKey{h.Scope, key}] {
		return true
	}
	for _, other := range l.rules {
		if other.Status == agent.Banned && other.Scope.Covers(h.Scope) && other.Key() == key {
			return true
		}
	}
	return false
}

func (l *MemoryLibrary) add(h *agent.Heuristic, actor string, now time.Time) *agent.Heuristic {
	l.last++
	row := agent.FirstHeuristic(h, fmt.Sprintf("h%06d", l.last), now)
	l.order = append(l.order, row.ID)
	l.record(row, actor, "added", now)
	l.put(nil, row)
	return row.Clone()
}

func (l *MemoryLibrary) replace(stored, next *agent.Heuristic, actor string) *agent.Heuristic {
	if reason := changeReason(stored, next); reason != "" {
		l.record(next, actor, reason, next.UpdatedAt)
	}
	l.put(stored, next)
	return next.Clone()
}

// changeReason names what a person would call the change; "" for counts only.
func changeReason(stored, next *agent.Heuristic) string {
	switch {
	case next.Version != stored.Version:
		return "edited"
	case next.Status != stored.Status:
		return string(next.Status)
	case next.Pinned && !stored.Pinned:
		return "pinned"
	case !next.Pinned && stored.Pinned:
		return "unpinned"
	}
	return ""
}

func (l *MemoryLibrary) record(h *agent.Heuristic, actor, reason string, at time.Time) {
	l.versions[h.ID] = append(l.versions[h.ID],
		catalog.HeuristicVersion{Version: h.Version, Actor: actor, Reason: reason, Heuristic: *h.Clone(), At: at})
}

// put stores a row and counts up the revision of the scopes it was and is in.
func (l *MemoryLibrary) put(before, after *agent.Heuristic) {
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
func (l *MemoryLibrary) SetStatus(ctx context.Context, actor string, ids []string, status agent.Status) (int, error) {
	if !slices.Contains(agent.Statuses, status) {
		return 0, agent.Errorf(agent.CodeInvalid, "unknown status %q", status)
	}
	return l.each(ctx, actor, ids, func(h *agent.Heuristic) { h.Status, h.StatusBy = status, cmp.Or(actor, "a person") })
}

// Pin pins or unpins rules; unknown ids are left out. It returns how many there were.
func (l *MemoryLibrary) Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error) {
	return l.each(ctx, actor, ids, func(h *agent.Heuristic) { h.Pinned = pinned })
}

func (l *MemoryLibrary) each(ctx context.Context, actor string, ids []string, change func(*agent.Heuristic)) (int, error) {
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
		l.replace(stored, agent.NextHeuristic(stored, next, false, l.now()), actor)
		count++
	}
	return count, nil
}

// Delete deletes rules for good and leaves a tombstone, so that learning does
// not bring back what a person threw away; unknown ids are left out. It
// returns how many there were.
func (l *MemoryLibrary) Delete(ctx context.Context, _ string, ids []string) (int, error) {
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
