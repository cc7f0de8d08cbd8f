package pagetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/learning"
)

// journal notes the changes of a shelf. What undoing does is the store's to
// prove; here it only has to be asked for.
type journal struct {
	mu      sync.Mutex
	changes []catalog.LibraryChange // newest last
	off     map[string]time.Time    // review items that were put off
}

func (j *journal) note(change catalog.LibraryChange) catalog.LibraryChange {
	j.mu.Lock()
	defer j.mu.Unlock()
	change.Revision, change.At = int64(len(j.changes)+1), Noon.Add(-time.Hour)
	j.changes = append(j.changes, change)
	return change
}

func (l Shelf) Facets(ctx context.Context, q catalog.HeuristicQuery) (catalog.LibraryFacets, error) {
	f := catalog.LibraryFacets{ByStatus: map[agent.Status]int{}, ByTier: map[agent.Tier]int{}, Environments: map[string]int{}, Authors: map[string]int{}}
	q.Limit = 10_000
	page, err := l.List(ctx, q)
	f.Total, f.Matching = len(l.Everything()), len(page.Items)
	for _, h := range l.Everything() {
		f.ByStatus[h.Status]++
		f.ByTier[h.Tier]++
		f.Environments[h.Scope.Environment]++
		f.Authors[string(h.Author)]++
		if h.Pinned {
			f.Pinned++
		}
	}
	return f, err
}

// fits reports whether a rule meets a term of words; numbers are the store's.
func fits(h *agent.Heuristic, t catalog.HeuristicTerm) bool {
	value := map[catalog.HeuristicField]string{catalog.FieldStatus: string(h.Status), catalog.FieldTier: string(h.Tier), catalog.FieldEnv: h.Scope.Environment}[t.Field]
	if t.Field == catalog.FieldPinned {
		value = map[bool]string{true: "yes", false: "no"}[h.Pinned]
	}
	return slices.Contains(t.Values, value) != t.Not
}

func (l Shelf) Change(ctx context.Context, actor string, action agent.LibraryAction, selection catalog.RuleSelection) (catalog.LibraryChange, error) {
	ids := selection.IDs
	if selection.Query != nil {
		q := *selection.Query
		q.Limit = 10_000
		page, err := l.List(ctx, q)
		if err != nil {
			return catalog.LibraryChange{}, err
		}
		if len(page.Items) != selection.Expect {
			return catalog.LibraryChange{}, agent.Errorf(agent.CodeConflict, "%d rules match now, you were shown %d", len(page.Items), selection.Expect)
		}
		for _, h := range page.Items {
			ids = append(ids, h.ID)
		}
	}
	var n int
	var err error
	switch status := action.Status(); {
	case action == agent.ActDelete:
		n, err = l.Delete(ctx, actor, ids)
	case status != "":
		n, err = l.SetStatus(ctx, actor, ids, status)
	default:
		n, err = l.Pin(ctx, actor, ids, action == agent.ActPin)
	}
	return l.journal.note(catalog.LibraryChange{Actor: actor, Action: action, Rules: n}), err
}

func (l Shelf) Changes(_ context.Context, _ string, before int64, limit int) ([]catalog.LibraryChange, error) {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	var out []catalog.LibraryChange
	for _, change := range slices.Backward(l.journal.changes) {
		if (before == 0 || change.Revision < before) && len(out) < limit {
			out = append(out, change)
		}
	}
	return out, nil
}

func (l Shelf) Undo(_ context.Context, actor string, revision int64) (catalog.LibraryChange, error) {
	l.journal.mu.Lock()
	known := revision > 0 && revision <= int64(len(l.journal.changes))
	l.journal.mu.Unlock()
	if !known {
		return catalog.LibraryChange{}, agent.Errorf(agent.CodeNotFound, "there is no change %d that a person made", revision)
	}
	return l.journal.note(catalog.LibraryChange{Actor: actor, Action: agent.ActUndo, Rules: 1, Undoes: revision}), nil
}

func (l Shelf) Revert(_ context.Context, actor, id string, n int) (catalog.LibraryChange, error) {
	versions, err := l.Versions(context.Background(), id)
	if err != nil {
		return catalog.LibraryChange{}, err
	}
	if n < 1 || n > len(versions) {
		return catalog.LibraryChange{}, agent.Errorf(agent.CodeNotFound, "rule %s has no entry %d in its history", id, n)
	}
	return l.journal.note(catalog.LibraryChange{Actor: actor, Action: agent.ActRevert, Rules: 1}), nil
}

func (l Shelf) Merge(ctx context.Context, actor, keep string, away []string) (catalog.LibraryChange, error) {
	for _, id := range append([]string{keep}, away...) {
		if _, err := l.Get(ctx, id); err != nil {
			return catalog.LibraryChange{}, err
		}
	}
	_, err := l.SetStatus(ctx, actor, away, agent.Retired)
	return l.journal.note(catalog.LibraryChange{Actor: actor, Action: agent.ActMerge, Note: "into " + keep + ": " + strings.Join(away, " "), Rules: len(away) + 1}), err
}

func (l Shelf) Children(_ context.Context, id string, limit int) ([]*agent.Heuristic, error) {
	var out []*agent.Heuristic
	for _, h := range l.Everything() {
		if slices.Contains(h.ParentIDs, id) && len(out) < limit {
			out = append(out, h)
		}
	}
	return out, nil
}

// Versions numbers the entries, as a store does.
func (l Shelf) Versions(ctx context.Context, id string) ([]catalog.HeuristicVersion, error) {
	versions, err := l.MemoryLibrary.Versions(ctx, id)
	for i := range versions {
		versions[i].N = i + 1
	}
	return versions, err
}

func (l Shelf) Export(_ context.Context, name string, _ catalog.HeuristicQuery) (learning.Pack, error) {
	if problem := learning.PackNameProblem(name); problem != "" {
		return learning.Pack{}, agent.InvalidFields(map[string]string{"name": problem})
	}
	return learning.NewPack(name, l.Everything()), nil
}

func (l Shelf) Import(_ context.Context, actor string, pack learning.Pack, _ learning.PackImport) (learning.PackReport, error) {
	report := learning.PackReport{Known: map[string]string{"a": "h000001"}}
	for _, r := range pack.Rules {
		report.Added = append(report.Added, r.ID)
	}
	report.Change = l.journal.note(catalog.LibraryChange{Actor: actor, Action: agent.ActImport, Note: pack.Name, Rules: len(report.Added)})
	return report, nil
}

func (l Shelf) Near(context.Context) (learning.RuleMap, error) {
	rules := l.Everything()
	return learning.RuleMap{Pairs: learning.NearDuplicates(rules), Rules: len(rules), Apart: 1}, nil
}

func (l Shelf) Review(context.Context) ([]learning.ReviewItem, error) {
	rules := l.Everything()
	return learning.ReviewRules(rules, learning.NearDuplicates(rules), learning.PolicyEvidence), nil
}

func (l Shelf) PutOff(_ context.Context, _, key string, until time.Time) error {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	if l.journal.off[key] = until; until.IsZero() {
		delete(l.journal.off, key)
	}
	return nil
}

func (l Shelf) PutOffs(context.Context) (map[string]time.Time, error) {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	return maps.Clone(l.journal.off), nil
}

func (l Shelf) Decide(ctx context.Context, actor, a, b, decision string) error {
	for _, id := range []string{a, b} {
		if _, err := l.Get(ctx, id); err != nil {
			return err
		}
	}
	l.journal.note(catalog.LibraryChange{Actor: actor, Note: decision})
	return nil
}
