package conformance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
)

// Curator is what a library may offer to people beyond agent.Library. Where it
// does, the Library suite holds learning to what people decided.
type Curator interface {
	Delete(ctx context.Context, actor string, ids []string) (int, error)
	SetStatus(ctx context.Context, actor string, ids []string, status agent.Status) (int, error)
	Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error)
}

// Library runs the conformance suite of agent.Library. fresh returns an empty
// library for each check.
func Library(t *testing.T, fresh func() agent.Library) {
	runChecks(t, func(*testing.T) agent.Library { return fresh() }, libraryChecks)
}

var libraryChecks = []check[agent.Library]{
	{"new rules get an id and version 1, and keep every field", checkLibraryNew},
	{"what it returns is a copy", checkLibraryCopies},
	{"a rule with id replaces its row", checkLibraryReplace},
	{"counts alone make no version", checkLibraryCounts},
	{"only usable rules of the scope are usable", checkLibraryScopes},
	{"the revision tells any change of the scope", checkLibraryRevision},
	{"a trajectory is distilled once", checkLibraryDistilled},
	{"a batch is saved whole or not at all", checkLibraryAtomic},
	{"uses move counts and value", checkLibraryUses},
	{"a task is counted once, and credit is measured against what was before it", checkLibraryLedger},
	{"a move applies where nothing else happened meanwhile", checkLibraryMoves},
	{"rules of a law that changed are shelved together, and stay so", checkLibraryShelve},
	{"what learning retired long ago is compacted", checkLibraryCompacts},
	{"unknown rules are not found", checkLibraryNotFound},
	{"learning keeps what people decided", checkLibraryPeople},
	{"what learning retired does not stand, and comes back as the same row", checkLibraryStanding},
	{"what people deleted or banned is not learned again", checkLibraryTombstones},
	{"a cancelled context writes nothing", checkLibraryCancelled},
	{"concurrent use", checkLibraryConcurrent},
}

func save(l agent.Library, rules ...*agent.Heuristic) ([]*agent.Heuristic, error) {
	return l.Save(context.Background(), agent.Batch{Actor: "test", Rules: rules})
}

// learn saves as a trajectory's lesson does.
func learn(l agent.Library, trajectory string, rules ...*agent.Heuristic) ([]*agent.Heuristic, error) {
	return l.Save(context.Background(), agent.Batch{Actor: "rule distiller", Trajectory: trajectory, Rules: rules})
}

func saveOne(l agent.Library, h *agent.Heuristic) (*agent.Heuristic, error) {
	saved, err := save(l, h)
	if err != nil {
		return nil, err
	}
	if len(saved) != 1 || saved[0] == nil {
		return nil, fmt.Errorf("Save of one rule returned %v", saved)
	}
	return saved[0], nil
}

func checkLibraryNew(l agent.Library) error {
	rule := agenttest.TestPredicateRule("first", "below")
	rule.ParentIDs = []string{"p1", "p2"}
	rule.Good, rule.Bad, rule.Action, rule.Tier = 3, 1, "add", agent.Tool
	saved, err := save(l, rule, agenttest.TestRule("second"))
	if err != nil {
		return err
	}
	if len(saved) != 2 || saved[0].ID == "" || saved[0].ID == saved[1].ID {
		return fmt.Errorf("Save returned no two ids: %+v", saved)
	}
	stored, err := l.Get(context.Background(), saved[0].ID)
	if err != nil {
		return err
	}
	if stored.CreatedAt.IsZero() || stored.UpdatedAt.IsZero() {
		return errors.New("a new rule has no times")
	}
	want := rule.Clone()
	want.ID, want.Version = saved[0].ID, 1
	want.CreatedAt, want.UpdatedAt = stored.CreatedAt, stored.UpdatedAt
	return first(mismatch("stored rule", *stored, *want), mismatch("rule's key", stored.Key(), rule.Key()),
		mismatch("rule given to Save (its id must stay empty)", rule.ID, ""))
}

func checkLibraryCopies(l agent.Library) error {
	ctx := context.Background()
	given := agenttest.TestPredicateRule("copy", "below")
	saved, err := saveOne(l, given)
	if err != nil {
		return err
	}
	spoil := func(h *agent.Heuristic) {
		h.Title, h.Steps[0], h.Evidence[0].Run, h.Predicate.When[0].Feature = "spoiled", "spoiled", "spoiled", "spoiled"
		h.Predicate.Params["by"] = "spoiled"
	}
	spoil(given)
	spoil(saved)
	all, err := l.All(ctx, agenttest.TestScope)
	if err := first(err, mismatch("rules in All", len(all), 1)); err != nil {
		return err
	}
	spoil(all[0])
	stored, err := l.Get(ctx, saved.ID)
	if err != nil {
		return err
	}
	want := agenttest.TestPredicateRule("copy", "below")
	return first(mismatch("title", stored.Title, want.Title), mismatch("steps", stored.Steps, want.Steps),
		mismatch("evidence", stored.Evidence, want.Evidence), mismatch("predicate", *stored.Predicate, *want.Predicate))
}

func checkLibraryReplace(l agent.Library) error {
	saved, err := saveOne(l, agenttest.TestRule("old words"))
	if err != nil {
		return err
	}
	edited := saved.Clone()
	edited.Strategy = "add one after the other"
	next, err := saveOne(l, edited)
	if err != nil {
		return err
	}
	all, err := l.All(context.Background(), agenttest.TestScope)
	return first(err, mismatch("rules after an edit", len(all), 1), mismatch("id", next.ID, saved.ID),
		mismatch("version", next.Version, 2), mismatch("strategy", next.Strategy, edited.Strategy),
		mismatch("created at", next.CreatedAt.Equal(saved.CreatedAt), true))
}

func checkLibraryCounts(l agent.Library) error {
	saved, err := saveOne(l, agenttest.TestPredicateRule("counts", "below"))
	if err != nil {
		return err
	}
	counted := saved.Clone()
	counted.Good, counted.Bad, counted.Predicate.Prior = 14, 2, .6
	counted.Evidence = append(counted.Evidence, agent.EvidenceRef{Run: "run-2", Step: 3, Delta: -1})
	next, err := saveOne(l, counted)
	return first(err, func() error {
		return first(mismatch("version", next.Version, 1), mismatch("good", next.Good, 14), mismatch("bad", next.Bad, 2),
			mismatch("prior", next.Predicate.Prior, .6), mismatch("evidence", next.Evidence, counted.Evidence))
	}())
}

func checkLibraryScopes(l agent.Library) error {
	in := func(title string, scope agent.Scope, status agent.Status, pinned bool) *agent.Heuristic {
		h := agenttest.TestRule(title)
		h.Scope, h.Status, h.Pinned = scope, status, pinned
		return h
	}
	other := agenttest.TestScope
	other.Environment = "elsewhere"
	dynamics := agenttest.TestScope
	dynamics.Dynamics = "v2"
	schema := agenttest.TestScope
	schema.Schema = "fff"
	_, err := save(l,
		in("active", agenttest.TestScope, agent.Active, false), in("probation", agenttest.TestScope, agent.Probation, false),
		in("candidate", agenttest.TestScope, agent.Candidate, false), in("retired", agenttest.TestScope, agent.Retired, false),
		in("archived pinned", agenttest.TestScope, agent.Archived, true), in("banned pinned", agenttest.TestScope, agent.Banned, true),
		in("everywhere", agent.Scope{}, agent.Active, false),
		in("other environment", other, agent.Active, false), in("other dynamics", dynamics, agent.Active, false),
		in("other schema", schema, agent.Active, false))
	if err != nil {
		return err
	}
	ctx := context.Background()
	set, err := l.Usable(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	all, err := l.All(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	elsewhere, err := l.Usable(ctx, other)
	if err != nil {
		return err
	}
	return first(mismatch("usable", titles(set.Rules), "active,archived pinned,everywhere,probation"),
		mismatch("all", titles(all), "active,archived pinned,banned pinned,candidate,everywhere,probation,retired"),
		mismatch("usable elsewhere", titles(elsewhere.Rules), "everywhere,other environment"),
		mismatch("scope of the set", set.Scope, agenttest.TestScope))
}

func checkLibraryRevision(l agent.Library) error {
	ctx := context.Background()
	other := agent.Scope{Environment: "elsewhere"}
	previous := int64(-1)
	moved := func(what string) error {
		set, err := l.Usable(ctx, agenttest.TestScope)
		if err != nil {
			return err
		}
		again, err := l.Usable(ctx, agenttest.TestScope)
		if err != nil {
			return err
		}
		if set.Revision != again.Revision {
			return fmt.Errorf("%s: the revision moved by reading", what)
		}
		if set.Revision == previous {
			return fmt.Errorf("%s did not change the revision", what)
		}
		previous = set.Revision
		return nil
	}
	if err := moved("nothing"); err != nil {
		return err
	}
	saved, err := saveOne(l, agenttest.TestRule("one"))
	if err := first(err, moved("a new rule")); err != nil {
		return err
	}
	retired := saved.Clone()
	retired.Status = agent.Retired
	if _, err := save(l, retired); first(err, moved("a retirement")) != nil {
		return first(err, errors.New("a retirement did not change the revision"))
	}
	_, err = l.Save(ctx, agent.Batch{Actor: "test", Uses: []credit.UseCount{{ID: saved.ID, Shown: 1, Reward: 1}}})
	if err := first(err, moved("a use")); err != nil {
		return err
	}
	global := agenttest.TestRule("everywhere")
	global.Scope = agent.Scope{}
	if _, err := save(l, global); first(err, moved("a rule of every scope")) != nil {
		return first(err, errors.New("a rule of every scope did not change the revision"))
	}
	foreign := agenttest.TestRule("elsewhere")
	foreign.Scope = other
	_, err = save(l, foreign)
	set, usableErr := l.Usable(ctx, agenttest.TestScope)
	if err := first(err, usableErr); err != nil {
		return err
	}
	return mismatch("revision after a change elsewhere", set.Revision, previous)
}

func checkLibraryDistilled(l agent.Library) error {
	ctx := context.Background()
	before, err := l.Distilled(ctx, "t1")
	if err != nil {
		return err
	}
	_, saveErr := learn(l, "t1", agenttest.TestRule("once"))
	after, err := l.Distilled(ctx, "t1")
	if err := first(saveErr, err); err != nil {
		return err
	}
	_, again := learn(l, "t1", agenttest.TestRule("twice"))
	all, err := l.All(ctx, agenttest.TestScope)
	return first(err, mismatch("distilled before", before, false), mismatch("distilled after", after, true),
		wantCode("the second batch of a trajectory", again, agent.CodeConflict),
		mismatch("rules after the second batch", titles(all), "once"))
}

func checkLibraryAtomic(l agent.Library) error {
	ctx := context.Background()
	unknown := agenttest.TestRule("unknown")
	unknown.ID = "no-such-rule"
	_, err := learn(l, "t1", agenttest.TestRule("good"), unknown)
	if err := wantCode("a batch with an unknown id", err, agent.CodeNotFound); err != nil {
		return err
	}
	all, err := l.All(ctx, agenttest.TestScope)
	distilled, errD := l.Distilled(ctx, "t1")
	return first(err, errD, mismatch("rules after a failed batch", len(all), 0),
		mismatch("distilled after a failed batch", distilled, false))
}

func checkLibraryUses(l agent.Library) error {
	ctx := context.Background()
	saved, err := saveOne(l, agenttest.TestRule("used"))
	if err != nil {
		return err
	}
	for i, reward := range []float64{1, 0} {
		_, err := l.Save(ctx, agent.Batch{Actor: "test", Trajectory: fmt.Sprint("t", i), Uses: []credit.UseCount{
			{ID: saved.ID, Shown: 3, Cited: 1, Reward: reward}, {ID: "no-such-rule", Shown: 1, Reward: 1}}})
		if err != nil {
			return err
		}
	}
	used, err := l.Get(ctx, saved.ID)
	if err != nil {
		return err
	}
	q := agent.UpdateValue(agent.UpdateValue(agent.InitialValue, 1), 0)
	if math.Abs(used.QValue-q) > 1e-9 {
		return fmt.Errorf("value = %v, want %v", used.QValue, q)
	}
	stale := saved.Clone() // as read before the uses
	stale.Good = 7
	after, err := saveOne(l, stale)
	if err != nil {
		return err
	}
	return first(mismatch("shown", used.Shown, 6), mismatch("cited", used.Cited, 2), mismatch("tasks", used.Tasks, 2),
		mismatch("version", used.Version, 1), mismatch("shown after a stale write", after.Shown, 6),
		mismatch("good after a stale write", after.Good, 7))
}

func checkLibraryNotFound(l agent.Library) error {
	_, err := l.Get(context.Background(), "no-such-rule")
	return wantCode("Get", err, agent.CodeNotFound)
}

func checkLibraryCancelled(l agent.Library) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := l.Save(ctx, agent.Batch{Actor: "test", Trajectory: "t1", Rules: []*agent.Heuristic{agenttest.TestRule("late")}})
	all, allErr := l.All(context.Background(), agenttest.TestScope)
	return first(wantCode("Save", err, agent.CodeStopped), allErr, mismatch("rules", len(all), 0))
}

func checkLibraryConcurrent(l agent.Library) error {
	ctx := context.Background()
	saved, err := saveOne(l, agenttest.TestRule("shared"))
	if err != nil {
		return err
	}
	const workers, rounds = 4, 10
	errs := make(chan error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for r := range rounds {
				_, err := l.Save(ctx, agent.Batch{Actor: "test", Trajectory: fmt.Sprint(w, "-", r),
					Rules: []*agent.Heuristic{agenttest.TestRule(fmt.Sprint("rule ", w, " ", r))},
					Uses:  []credit.UseCount{{ID: saved.ID, Shown: 1, Reward: 1}}})
				if err == nil {
					_, err = l.Usable(ctx, agenttest.TestScope)
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
	all, err := l.All(ctx, agenttest.TestScope)
	if err != nil {
		return err
	}
	used, err := l.Get(ctx, saved.ID)
	if err != nil {
		return err
	}
	return first(mismatch("rules", len(all), 1+workers*rounds), mismatch("shown", used.Shown, workers*rounds))
}
