package models

import (
	"context"
	"slices"
	"strings"

	"purposeagent/agent"
)

// view holds the standing rules of a scope in memory, oldest first, as of a
// revision. A change of ours moves it on without reading the database again,
// so that a task's work does not grow with what the library holds. Its rules
// are shared and never changed.
type view struct {
	revision int64
	standing []*agent.Heuristic
	usable   *agent.RuleSet
}

// maxViews bounds the scopes that are kept ready.
const maxViews = 64

// newView returns the view of a scope; before is the one it follows, nil if none.
func newView(scope agent.Scope, revision int64, standing []*agent.Heuristic, before *view) *view {
	var set *agent.RuleSet
	if before != nil {
		set = before.usable
	}
	return &view{revision: revision, standing: standing, usable: agent.NewRuleSet(scope, revision, standing, set)}
}

// Usable returns the rules of the scope that may enter a prompt, oldest first.
// Without a change in between it returns the same set, without a query.
func (l *Library) Usable(ctx context.Context, scope agent.Scope) (*agent.RuleSet, error) {
	v, err := l.view(ctx, scope)
	if err != nil {
		return nil, err
	}
	return v.usable, nil
}

// Standing returns the rules of the scope that learning builds on, oldest
// first. They must not be changed.
func (l *Library) Standing(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	v, err := l.view(ctx, scope)
	if err != nil {
		return nil, err
	}
	return v.standing, nil
}

func (l *Library) view(ctx context.Context, scope agent.Scope) (*view, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.look(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	revision, v := l.revisionOf(scope), l.views[scope]
	l.mu.Unlock()
	if v != nil && v.revision == revision {
		return v, nil
	}
	// The number comes first: a change that is committed while the rows are read
	// then counts as not held, and the view is read again or has it applied twice,
	// which is the same as once. The other way round it would be lost.
	var rows []heuristicRow
	err := inScope(l.db.read.WithContext(ctx), scope).
		Where(`pinned <> 0 OR status NOT IN ? OR json_extract(body, '$.status_by') IS NOT NULL`, []agent.Status{agent.Retired, agent.Archived}).
		Order(oldestFirst).Find(&rows).Error
	if err != nil {
		return nil, failed(err, "load standing heuristics")
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		return nil, err
	}
	return l.keep(scope, newView(scope, revision, rules, v)), nil
}

func (l *Library) keep(scope agent.Scope, v *view) *view {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.revisionOf(scope) != v.revision {
		return v // changed while it was read; the next caller reads again
	}
	if len(l.views) >= maxViews {
		clear(l.views)
	}
	l.views[scope] = v
	return v
}

// known puts those of the rules that current views hold into the map, where no
// other process can have changed them. Within a transaction they are the rows as
// they are: there is one writer.
func (l *Library) known(ids []string, into map[string]*agent.Heuristic) {
	if l.db.shared {
		return
	}
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range l.views {
		if v.revision != l.revisionOf(v.usable.Scope) {
			continue
		}
		for _, h := range v.standing {
			if asked[h.ID] {
				into[h.ID] = h
			}
		}
	}
}

// current returns the scopes whose views are up to date. l.mu is held.
func (l *Library) current() map[agent.Scope]bool {
	scopes := make(map[agent.Scope]bool, len(l.views))
	for scope, v := range l.views {
		scopes[scope] = v.revision == l.revisionOf(scope)
	}
	return scopes
}

// advance moves the views that were current on over a change of ours, and
// drops the others. l.mu is held, and the revisions are those after the change.
func (l *Library) advance(current map[agent.Scope]bool, after map[string]*agent.Heuristic) {
	for scope, v := range l.views {
		revision := l.revisionOf(scope)
		switch {
		case !current[scope] || revision == l.base:
			delete(l.views, scope)
		case revision != v.revision:
			l.views[scope] = newView(scope, revision, applied(v.standing, scope, after), v)
		}
	}
}

// applied returns the standing rules after a change, oldest first.
func applied(standing []*agent.Heuristic, scope agent.Scope, after map[string]*agent.Heuristic) []*agent.Heuristic {
	next := make([]*agent.Heuristic, 0, len(standing)+len(after))
	for _, h := range standing {
		changed, ok := after[h.ID]
		switch {
		case !ok:
			next = append(next, h)
		case changed != nil && changed.Standing() && changed.Scope.Covers(scope):
			next = append(next, changed)
		}
	}
	known := make(map[string]bool, len(next))
	for _, h := range next {
		known[h.ID] = true
	}
	grown := len(next)
	for id, h := range after {
		if h != nil && !known[id] && h.Standing() && h.Scope.Covers(scope) {
			next = append(next, h)
		}
	}
	if len(next) > grown {
		slices.SortFunc(next, func(a, b *agent.Heuristic) int {
			if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
				return c
			}
			return strings.Compare(a.ID, b.ID)
		})
	}
	return next
}
