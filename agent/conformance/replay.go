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
	"purposeagent/agent/replay"
)

// Replay runs the conformance suite of agent.Replay. fresh returns an empty
// replay of the capacity for each check.
func Replay(t *testing.T, fresh func(capacity int) agent.Replay) {
	runChecks(t, func(*testing.T) func(int) agent.Replay { return fresh }, replayChecks)
}

var replayChecks = []check[func(int) agent.Replay]{
	{"it keeps a trajectory as it is", checkReplayKeeps},
	{"a known id is not stored again", checkReplayKnown},
	{"what it returns is a copy", checkReplayCopies},
	{"likeness finds, value decides between equals", checkReplayRanks},
	{"only the scope's environment and dynamics are found", checkReplayScopes},
	{"the value moves by a tenth", checkReplayValue},
	{"reading writes nothing", checkReplayReads},
	{"the least valuable goes, the best of each purpose stays", checkReplayCapacity},
	{"best by outcome, value and reward", checkReplayBest},
	{"recent of the scope, newest first", checkReplayRecent},
	{"stats", checkReplayStats},
	{"what can't be kept is refused", checkReplayInvalid},
	{"a cancelled context writes nothing", checkReplayCancelled},
	{"concurrent use", checkReplayConcurrent},
}

func addAll(r agent.Replay, list ...*agent.Trajectory) error {
	for _, t := range list {
		if err := r.Add(context.Background(), t); err != nil {
			return fmt.Errorf("add %s: %w", t.ID, err)
		}
	}
	return nil
}

func trajectoryIDs(list []*agent.Trajectory) []string {
	ids := []string{}
	for _, t := range list {
		ids = append(ids, t.ID)
	}
	return ids
}

func matchIDs(list []agent.Match) []string {
	ids := []string{}
	for _, m := range list {
		ids = append(ids, m.Trajectory.ID)
	}
	return ids
}

func checkReplayKeeps(fresh func(int) agent.Replay) error {
	r := fresh(10)
	want := agenttest.TestTrajectory(1, "find the treasure", true)
	want.Steps[0].Memory = []agent.RuleUse{{ID: "h1", Version: 2, Tier: agent.Tool, Title: "tip", Use: agent.UseCited, Score: .5}}
	want.Steps[0].Examples = []agent.ExampleUse{{ID: "t9", Score: .4, Label: "like it"}}
	want.Steps[1].Verdict = &agent.Verdict{Success: true, Score: 1}
	want.Begun, want.End = &agent.Verdict{Score: .1}, agent.EndTruncated
	want.Steps[1].Usage = agent.Usage{TokensIn: 3, TokensOut: 4, Calls: 1}
	if err := addAll(r, want); err != nil {
		return err
	}
	got, err := r.Get(context.Background(), want.ID)
	if err != nil {
		return err
	}
	_, missing := r.Get(context.Background(), "no-such-trajectory")
	if !got.At.Equal(want.At) || !got.Steps[0].At.Equal(want.Steps[0].At) {
		return fmt.Errorf("times = %v, %v, want %v", got.At, got.Steps[0].At, want.At)
	}
	got.At = want.At
	for i := range got.Steps {
		got.Steps[i].At = want.Steps[i].At
	}
	return first(mismatch("trajectory", *got, *want), wantCode("Get of an unknown id", missing, agent.CodeNotFound))
}

func checkReplayKnown(fresh func(int) agent.Replay) error {
	r := fresh(10)
	again := agenttest.TestTrajectory(1, "find the treasure", true)
	again.Outcome.Success = false
	if err := addAll(r, agenttest.TestTrajectory(1, "find the treasure", true), again); err != nil {
		return err
	}
	stats, err := r.Stats(context.Background())
	got, getErr := r.Get(context.Background(), again.ID)
	if err := first(err, getErr); err != nil {
		return err
	}
	return first(mismatch("count", stats.Count, 1), mismatch("outcome", got.Outcome.Success, true))
}

func checkReplayCopies(fresh func(int) agent.Replay) error {
	r, ctx := fresh(10), context.Background()
	given := agenttest.TestTrajectory(1, "find the treasure", true)
	if err := addAll(r, given); err != nil {
		return err
	}
	given.Steps[0].Action.Name = "spoiled"
	for range 2 {
		got, err := r.Get(ctx, "t0001")
		if err != nil {
			return err
		}
		if err := mismatch("action", got.Steps[0].Action.Name, "add"); err != nil {
			return err
		}
		got.Steps[0].Action.Name = "spoiled"
		found, err := r.Retrieve(ctx, agenttest.TestScope, given.Task, 1)
		if err := first(err, mismatch("found", len(found), 1)); err != nil {
			return err
		}
		if err := mismatch("found action", found[0].Trajectory.Steps[0].Action.Name, "add"); err != nil {
			return err
		}
		found[0].Trajectory.Steps[0].Action.Name = "spoiled"
	}
	return nil
}

func checkReplayRanks(fresh func(int) agent.Replay) error {
	r, ctx := fresh(10), context.Background()
	task := agent.Task{Purpose: "find the red treasure"}.WithDefaults()
	err := addAll(r, agenttest.TestTrajectory(1, "find the red treasure", false), agenttest.TestTrajectory(2, "find the red treasure", true),
		agenttest.TestTrajectory(3, "find the blue treasure", true), agenttest.TestTrajectory(4, "bake bread", true))
	if err != nil {
		return err
	}
	found, err := r.Retrieve(ctx, agenttest.TestScope, task, 3)
	if err != nil {
		return err
	}
	if err := mismatch("found", matchIDs(found), []string{"t0002", "t0001", "t0003"}); err != nil {
		return err
	}
	for i, m := range found {
		if m.Similarity <= 0 || m.Similarity > 1 || m.QValue < 0 || m.QValue > 1 || i > 0 && m.Score > found[i-1].Score {
			return fmt.Errorf("match %d has similarity %v, value %v, score %v", i, m.Similarity, m.QValue, m.Score)
		}
	}
	if math.Abs(found[0].Similarity-1) > 1e-9 || found[2].Similarity >= 1 {
		return fmt.Errorf("similarity of the same words is %v and of others %v", found[0].Similarity, found[2].Similarity)
	}
	for range 40 {
		if err := first(r.UpdateValue(ctx, []string{"t0001"}, 1), r.UpdateValue(ctx, []string{"t0002"}, 0)); err != nil {
			return err
		}
	}
	found, err = r.Retrieve(ctx, agenttest.TestScope, task, 1)
	none, errNone := r.Retrieve(ctx, agenttest.TestScope, task, 0)
	return first(err, errNone, mismatch("found by value", matchIDs(found), []string{"t0001"}),
		mismatch("found with k = 0", len(none), 0))
}

func checkReplayScopes(fresh func(int) agent.Replay) error {
	r := fresh(10)
	list := []*agent.Trajectory{agenttest.TestTrajectory(1, "find it", true), agenttest.TestTrajectory(2, "find it", true),
		agenttest.TestTrajectory(3, "find it", true), agenttest.TestTrajectory(4, "find it", true)}
	list[1].Scope.Environment = "elsewhere"
	list[2].Scope.Dynamics = "v2"
	list[3].Scope.Schema = "fff"
	if err := addAll(r, list...); err != nil {
		return err
	}
	ctx := context.Background()
	found, err := r.Retrieve(ctx, agenttest.TestScope, list[0].Task, 10)
	if err != nil {
		return err
	}
	recent, err := r.Recent(ctx, agenttest.TestScope, 10)
	ids := map[string]bool{}
	for _, id := range matchIDs(found) {
		ids[id] = true
	}
	return first(err, mismatch("found", ids, map[string]bool{"t0001": true, "t0004": true}),
		mismatch("recent", trajectoryIDs(recent), []string{"t0001"}))
}

func valueOf(r agent.Replay, task agent.Task, id string) (float64, error) {
	found, err := r.Retrieve(context.Background(), agenttest.TestScope, task, 100)
	for _, m := range found {
		if m.Trajectory.ID == id {
			return m.QValue, err
		}
	}
	return 0, first(err, fmt.Errorf("%s was not found", id))
}

func checkReplayValue(fresh func(int) agent.Replay) error {
	r, ctx := fresh(10), context.Background()
	t := agenttest.TestTrajectory(1, "find it", true)
	if err := addAll(r, t, agenttest.TestTrajectory(2, "find it", false)); err != nil {
		return err
	}
	before, err := valueOf(r, t.Task, "t0001")
	other, errOther := valueOf(r, t.Task, "t0002")
	if err := first(err, errOther, mismatch("first value", before, replay.FirstValue(t.Outcome))); err != nil {
		return err
	}
	for _, reward := range []float64{1, 0} {
		if err := r.UpdateValue(ctx, []string{"t0001", "no-such-trajectory"}, reward); err != nil {
			return err
		}
		before += .1 * (reward - before)
	}
	after, err := valueOf(r, t.Task, "t0001")
	otherAfter, errOther := valueOf(r, t.Task, "t0002")
	if math.Abs(after-before) > 1e-9 {
		return fmt.Errorf("value = %v, want %v", after, before)
	}
	return first(err, errOther, mismatch("the other's value", otherAfter, other))
}

func checkReplayReads(fresh func(int) agent.Replay) error {
	r, ctx := fresh(10), context.Background()
	t := agenttest.TestTrajectory(1, "find it", true)
	if err := addAll(r, t, agenttest.TestTrajectory(2, "find it too", false)); err != nil {
		return err
	}
	before, err := r.Stats(ctx)
	if err != nil {
		return err
	}
	one, err := r.Retrieve(ctx, agenttest.TestScope, t.Task, 2)
	if err != nil {
		return err
	}
	_, errBest := r.Best(ctx, 5, .3)
	_, errRecent := r.Recent(ctx, agenttest.TestScope, 5)
	two, err := r.Retrieve(ctx, agenttest.TestScope, t.Task, 2)
	after, errStats := r.Stats(ctx)
	return first(err, errBest, errRecent, errStats, mismatch("stats after reading", after, before),
		mismatch("found again", matchIDs(two), matchIDs(one)))
}

func checkReplayCapacity(fresh func(int) agent.Replay) error {
	r, ctx := fresh(4), context.Background()
	err := addAll(r, agenttest.TestTrajectory(1, "bake bread", true), // the only success of its purpose
		agenttest.TestTrajectory(2, "find it", true), agenttest.TestTrajectory(3, "find it", true), agenttest.TestTrajectory(4, "find it", false))
	if err != nil {
		return err
	}
	// The best of "bake bread" gets the lowest value of all, and stays.
	for range 40 {
		err = first(err, r.UpdateValue(ctx, []string{"t0001"}, 0), r.UpdateValue(ctx, []string{"t0003"}, 1))
	}
	if err := first(err, addAll(r, agenttest.TestTrajectory(5, "find it", false), agenttest.TestTrajectory(6, "find it", false))); err != nil {
		return err
	}
	stats, err := r.Stats(ctx)
	if err := first(err, mismatch("stats", stats.Count, 4), mismatch("capacity", stats.Capacity, 4)); err != nil {
		return err
	}
	for id, want := range map[string]bool{"t0001": true, "t0002": true, "t0003": true, "t0004": false, "t0005": false, "t0006": true} {
		if _, err := r.Get(ctx, id); (err == nil) != want {
			return fmt.Errorf("%s kept is %v, want %v", id, err == nil, want)
		}
	}
	found, err := r.Retrieve(ctx, agenttest.TestScope, agent.Task{Purpose: "find it"}.WithDefaults(), 10)
	return first(err, mismatch("found", len(found), 3))
}

func checkReplayBest(fresh func(int) agent.Replay) error {
	r, ctx := fresh(20), context.Background()
	flat := agenttest.TestTrajectory(4, "find it", true)
	for i := range flat.Steps {
		flat.Steps[i].Score = flat.Steps[i].Score.WithDelta(0)
	}
	rich := agenttest.TestTrajectory(5, "find it", true)
	rich.Steps[1].Score.Delta += 3
	err := addAll(r, agenttest.TestTrajectory(1, "find it", false), agenttest.TestTrajectory(2, "find it", true), agenttest.TestTrajectory(3, "find it", true), flat, rich)
	if err != nil {
		return err
	}
	if err := r.UpdateValue(ctx, []string{"t0002"}, 0); err != nil {
		return err
	}
	best, err := r.Best(ctx, 5, .3)
	top, errTop := r.Best(ctx, 2, .3)
	return first(err, errTop, mismatch("best", trajectoryIDs(best), []string{"t0005", "t0003", "t0002", "t0001"}),
		mismatch("top two", trajectoryIDs(top), []string{"t0005", "t0003"}))
}

func checkReplayRecent(fresh func(int) agent.Replay) error {
	r := fresh(10)
	err := addAll(r, agenttest.TestTrajectory(2, "b", true), agenttest.TestTrajectory(3, "c", false), agenttest.TestTrajectory(1, "a", true))
	if err != nil {
		return err
	}
	recent, err := r.Recent(context.Background(), agenttest.TestScope, 2)
	return first(err, mismatch("recent", trajectoryIDs(recent), []string{"t0003", "t0002"}))
}

func checkReplayStats(fresh func(int) agent.Replay) error {
	r := fresh(7)
	empty, err := r.Stats(context.Background())
	if err := first(err, mismatch("empty stats", empty, agent.ReplayStats{Capacity: 7})); err != nil {
		return err
	}
	good, bad := agenttest.TestTrajectory(1, "a", true), agenttest.TestTrajectory(2, "b", false)
	if err := addAll(r, good, bad); err != nil {
		return err
	}
	stats, err := r.Stats(context.Background())
	q := (replay.FirstValue(good.Outcome) + replay.FirstValue(bad.Outcome)) / 2
	phi := (good.FinalPhi() + bad.FinalPhi()) / 2
	if math.Abs(stats.MeanQ-q) > 1e-9 || math.Abs(stats.MeanPhi-phi) > 1e-9 {
		return fmt.Errorf("means = %v, %v, want %v, %v", stats.MeanQ, stats.MeanPhi, q, phi)
	}
	stats.MeanQ, stats.MeanPhi = 0, 0
	return first(err, mismatch("stats", stats, agent.ReplayStats{Count: 2, Capacity: 7, Successes: 1}))
}

func checkReplayInvalid(fresh func(int) agent.Replay) error {
	r := fresh(3)
	nameless := agenttest.TestTrajectory(1, "a", true)
	nameless.ID = ""
	return first(wantCode("Add without id", r.Add(context.Background(), nameless), agent.CodeInvalid),
		wantCode("Add of nothing", r.Add(context.Background(), nil), agent.CodeInvalid))
}

func checkReplayCancelled(fresh func(int) agent.Replay) error {
	r := fresh(3)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := r.Add(ctx, agenttest.TestTrajectory(1, "a", true))
	stats, statsErr := r.Stats(context.Background())
	return first(wantCode("Add", err, agent.CodeStopped), statsErr, mismatch("count", stats.Count, 0))
}

func checkReplayConcurrent(fresh func(int) agent.Replay) error {
	r, ctx := fresh(25), context.Background()
	const workers, rounds = 4, 12
	errs := make(chan error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range rounds {
				t := agenttest.TestTrajectory(w*rounds+i, fmt.Sprintf("find %d", i), i%2 == 0)
				err := r.Add(ctx, t)
				found, retrieveErr := r.Retrieve(ctx, agenttest.TestScope, t.Task, 3)
				err = errors.Join(err, retrieveErr, r.UpdateValue(ctx, matchIDs(found), 1))
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
	stats, err := r.Stats(ctx)
	return first(err, mismatch("count", stats.Count, 25))
}
