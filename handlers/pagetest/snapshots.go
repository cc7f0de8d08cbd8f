package pagetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// Moments are snapshots of a shelf: change 7 is the library as sampleRules has
// it, change 3 one with other words, another status, and one rule fewer.
type Moments struct {
	library  Shelf
	taken    []catalog.Snapshot
	restored []int64
}

// NewMoments returns the snapshots of a library.
func NewMoments(l Shelf) *Moments {
	return &Moments{library: l, taken: []catalog.Snapshot{
		{ID: "s00002", Name: "Before retire 4 rules", Reason: "before: retire 4 rules", Actor: "you", At: Noon.Add(-time.Hour), Revision: 7, Rules: 10, Digest: "5be0aa0011223344556677889900aabbccddeeff00112233445566778899e41a", Bytes: 2210},
		{ID: "s00001", Name: "Before the pilot", Reason: "by hand", Actor: "you", At: Noon.Add(-26 * time.Hour), Revision: 3, Rules: 9, Digest: "aa00aa0011223344556677889900aabbccddeeff00112233445566778899e41a", Bytes: 910},
	}}
}

func (m *Moments) Take(_ context.Context, actor, name string) (catalog.Snapshot, error) {
	if name == "" {
		return catalog.Snapshot{}, agent.InvalidFields(map[string]string{"name": "give the snapshot a name"})
	}
	m.taken = append(m.taken, catalog.Snapshot{ID: "s00003", Name: name, Reason: "by hand", Actor: actor, At: Noon, Revision: 7})
	return m.taken[len(m.taken)-1], nil
}

func (m *Moments) List(context.Context) ([]catalog.Snapshot, error) { return m.taken, nil }

func (m *Moments) Get(_ context.Context, id string) (catalog.Snapshot, error) {
	for _, s := range m.taken {
		if s.ID == id {
			return s, nil
		}
	}
	return catalog.Snapshot{}, agent.Errorf(agent.CodeNotFound, "there is no snapshot %q", id)
}

func (m *Moments) Rules(ctx context.Context, id string) ([]*agent.Heuristic, error) {
	s, err := m.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.AsOf(ctx, s.Revision)
}

func (m *Moments) AsOf(_ context.Context, revision int64) ([]*agent.Heuristic, error) {
	if revision == 0 {
		return nil, nil
	}
	rules := m.library.Everything()
	slices.SortFunc(rules, func(a, b *agent.Heuristic) int { return strings.Compare(a.ID, b.ID) })
	if revision < 7 {
		rules = rules[:len(rules)-1]
		rules[0].Strategy, rules[1].Status = "go back to the start", agent.Probation
	}
	return rules, nil
}

func (m *Moments) Moment(_ context.Context, at time.Time) (int64, error) {
	if at.Before(Noon.Add(-24 * time.Hour)) {
		return 3, nil
	}
	return 7, nil
}

func (m *Moments) When(_ context.Context, revision int64) (time.Time, error) {
	if revision == 0 {
		return time.Time{}, nil
	}
	return Noon.Add(-time.Duration(8-revision) * time.Hour), nil
}

func (m *Moments) Span(context.Context) (first, last int64, at time.Time, err error) {
	return 1, 7, Noon.Add(-time.Hour), nil
}

func (m *Moments) Restore(_ context.Context, actor string, revision int64, name string) (catalog.LibraryChange, error) {
	m.restored = append(m.restored, revision)
	return m.library.journal.note(catalog.LibraryChange{Actor: actor, Action: agent.ActSnapshot, Note: name, Rules: 3}), nil
}

func (m *Moments) Delete(_ context.Context, _, id string) error {
	before := len(m.taken)
	m.taken = slices.DeleteFunc(m.taken, func(s catalog.Snapshot) bool { return s.ID == id })
	if len(m.taken) == before {
		return agent.Errorf(agent.CodeNotFound, "there is no snapshot %q", id)
	}
	return nil
}
