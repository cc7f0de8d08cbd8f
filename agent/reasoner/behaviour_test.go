//go:build !race

// Tests of hundreds of tasks, each a world and a learner of its own. The race
// detector makes them five times as long, and what runs concurrently in the kernel
// is in the shorter ones, so make test runs these without it.

package reasoner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/environments/workshop"
)

// keys lists the actions of a run.
func keys(t *agent.Trajectory) []string {
	var out []string
	for i := range t.Steps {
		out = append(out, t.Steps[i].Action.Key())
	}
	return out
}

func TestHeldOutSuccess(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("learns for seconds")
	}
	// Two fresh worlds here; make prove has six and more, and purpose lab --curve any.
	for _, install := range []string{"fresh-a", "fresh-b"} {
		t.Run(install, func(t *testing.T) {
			t.Parallel()
			s := workshopSchool(t, install, "plain")
			before, _ := s.share(t, off, 40)
			for i := range 120 {
				s.run(t, "train", int64(1+i), train)
			}
			after, steps := s.share(t, on, 40)
			t.Logf("%s: off %.2f, on %.2f in %.1f steps", install, before, after, steps)
			if after < .9 || after-before < .6 {
				t.Errorf("%s: success %.2f after 120 orders, %.2f without memory; want at least .9", install, after, before)
			}
		})
	}
}

func TestHeldOutMazesFromOutcomesOnly(t *testing.T) {
	t.Parallel()
	s := mazeSchool(t, map[string]any{}, 200, 110)
	s.critic = blind
	for i := range 25 {
		s.run(t, "train", int64(1+i), train)
	}
	if after, _ := s.share(t, on, 30); after < .85 {
		t.Errorf("success %.2f after 25 mazes; want at least .85", after)
	}
}

// orchestrated runs tasks through the real orchestrator.
func orchestrated(tb testing.TB, s *school, library agent.Library, memory, learn bool, seed int64) []string {
	tb.Helper()
	env := s.open("test")
	cfg := agent.Config{Environment: env, EnvironmentName: s.name, Actor: s.actor, Critic: reasoner.NewCritic(env, nil),
		Memory: agent.MemoryConfig{Replay: replay.New(10), Library: library, Recall: memory, Learn: learn}}
	o, err := agent.NewOrchestrator(cfg)
	check(tb, err)
	var out []string
	task := agent.Task{Purpose: s.purpose("test", seed), Seed: seed, MaxSteps: 40}
	for event, err := range o.RunTask(context.Background(), "r", task, nil) {
		check(tb, err)
		if e, ok := event.Data.(agent.StepTaken); ok {
			out = append(out, e.Step.Action.Key())
		}
	}
	return out
}

func TestWithoutRowsItIsTheBaseline(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "baseline", "plain")
	for i := range 20 {
		s.run(t, "train", int64(i), train)
	}
	differs := 0
	var baseline [][]string
	for seed := range int64(8) {
		baseline = append(baseline, orchestrated(t, s, s.library, false, false, seed))
		if !slices.Equal(baseline[seed], orchestrated(t, s, s.library, true, false, seed)) {
			differs++
		}
	}
	if differs == 0 {
		t.Error("the rules change no run, so deleting them shows nothing")
	}
	rules, err := s.library.All(t.Context(), agent.ScopeOf(s.name, s.open("test")))
	check(t, err)
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	_, err = s.library.Delete(t.Context(), "somebody", ids)
	check(t, err)
	for seed := range int64(8) {
		for _, learn := range []bool{false, true} {
			if got := orchestrated(t, s, s.library, true, learn, seed); !slices.Equal(got, baseline[seed]) {
				t.Errorf("seed %d, learn %v: without rows it did %v, the baseline %v", seed, learn, got, baseline[seed])
			}
		}
	}
}

func TestSameSeedSameRun(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "again", "plain")
	for i := range 15 {
		s.run(t, "train", int64(i), train)
	}
	for seed := range int64(5) {
		a, b := s.run(t, "test", seed, on), s.run(t, "test", seed, on)
		s.actor = reasoner.NewActor(reasoner.ActorConfig{}) // as after a restart
		if c := s.run(t, "test", seed, on); !slices.Equal(keys(a), keys(b)) || !slices.Equal(keys(a), keys(c)) {
			t.Errorf("seed %d: %v, then %v, then %v", seed, keys(a), keys(b), keys(c))
		}
	}
}

// A distiller that starts from the replay proposes what the one that saw it
// all proposes.
func TestRestartChangesNothing(t *testing.T) {
	t.Parallel()
	live, restarted := workshopSchool(t, "restart", "plain"), workshopSchool(t, "restart", "plain")
	for i := range 30 {
		if i%7 == 6 {
			restarted.restart()
		}
		live.run(t, "train", int64(i), train)
		restarted.run(t, "train", int64(i), train)
	}
	scope := agent.ScopeOf(live.name, live.open("train"))
	a, err := live.library.Usable(t.Context(), scope)
	check(t, err)
	b, err := restarted.library.Usable(t.Context(), scope)
	check(t, err)
	say := func(set *agent.RuleSet) []string {
		var out []string
		for _, r := range set.Rules {
			out = append(out, fmt.Sprintln(r.Key(), r.Good, r.Bad))
		}
		slices.Sort(out)
		return out
	}
	if !slices.Equal(say(a), say(b)) {
		t.Errorf("%d rules without a restart, %d with restarts, or other ones", len(a.Rules), len(b.Rules))
	}
}

func TestRulesAreReadable(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "readable", "plain")
	for i := range 60 {
		s.run(t, "train", int64(i), train)
	}
	set, err := s.library.Usable(t.Context(), agent.ScopeOf(s.name, s.open("train")))
	check(t, err)
	lineage := 0
	for _, r := range set.Rules {
		if n := len(strings.Fields(r.Title)); n > 8 || r.Pattern == "" || (r.Strategy == "") == (r.Avoid == "") {
			t.Errorf("%q, %q: do %q, avoid %q", r.Title, r.Pattern, r.Strategy, r.Avoid)
		}
		if len(r.Evidence) == 0 || len(r.Evidence) > agent.MaxEvidence || r.Good+r.Bad < len(r.Evidence) {
			t.Errorf("%q has %d pieces of evidence for %d of %d", r.Title, len(r.Evidence), r.Good, r.Good+r.Bad)
		}
		if len(r.ParentIDs) > 0 {
			lineage++
		}
	}
	if lineage == 0 {
		t.Error("no rule names the one it was split from")
	}
	run := s.run(t, "test", 3, on)
	cites := 0
	for i := range run.Steps {
		if a := run.Steps[i].Action; len(a.Cites) > 0 {
			cites++
			if !strings.Contains(a.Thought, a.Cites[0]) {
				t.Errorf("cites %v and thinks %q", a.Cites, a.Thought)
			}
		} else if a.Thought == "" {
			t.Error("an action without a thought")
		}
	}
	if cites == 0 {
		t.Error("no step cites a rule")
	}
}

// What a person pinned or banned is not brought back, rewritten or retired.
func TestPeopleHaveTheLastWord(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "people", "plain")
	for i := range 15 {
		s.run(t, "train", int64(i), train)
	}
	scope := agent.ScopeOf(s.name, s.open("train"))
	set, err := s.library.Usable(t.Context(), scope)
	check(t, err)
	banned, pinned := set.Rules[0], set.Rules[1]
	_, err = s.library.SetStatus(t.Context(), "somebody", []string{banned.ID}, agent.Banned)
	check(t, err)
	_, err = s.library.Pin(t.Context(), "somebody", []string{pinned.ID}, true)
	check(t, err)
	for i := range 15 {
		s.run(t, "train", int64(100+i), train)
	}
	now, err := s.library.Get(t.Context(), banned.ID)
	check(t, err)
	if now.Status != agent.Banned {
		t.Errorf("a banned rule became %s", now.Status)
	}
	now, err = s.library.Get(t.Context(), pinned.ID)
	check(t, err)
	if !now.Usable() || now.Pattern != pinned.Pattern || now.Title != pinned.Title {
		t.Errorf("a pinned rule became %+v", now)
	}
	set, err = s.library.Usable(t.Context(), scope)
	check(t, err)
	for _, r := range set.Rules {
		if r.Key() == banned.Key() {
			t.Errorf("%s says again what was banned", r.ID)
		}
	}
}

// Where rewards are random nothing can be learned, and what the reasoner does
// then must not be worse than chance.
func TestRandomRewards(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "control", "plain")
	s.open = func(split string) agent.Environment {
		w, err := workshop.New(agent.MustObject(map[string]any{"split": split, "rewards": "random"}), "control")
		check(t, err)
		return w
	}
	for i := range 60 {
		s.run(t, "train", int64(i), train)
	}
	before, _ := s.share(t, off, 60)
	after, _ := s.share(t, on, 60)
	if after < before-.15 || after > before+.15 {
		t.Errorf("success %.2f with rules from noise, %.2f without", after, before)
	}
	set, err := s.library.Usable(t.Context(), agent.ScopeOf(s.name, s.open("train")))
	check(t, err)
	if len(set.Rules) > 40 {
		t.Errorf("%d rules from noise", len(set.Rules))
	}
}

// A thousand rules that never hold here, in words and in predicates, change no
// step, and learning goes on beside them as if they were not there.
func TestIrrelevantRulesChangeNothing(t *testing.T) {
	t.Parallel()
	clean, polluted := workshopSchool(t, "pollution", "plain"), workshopSchool(t, "pollution", "plain")
	env := polluted.open("train")
	scope := agent.ScopeOf(polluted.name, env)
	var rows []*agent.Heuristic
	for i := range 1000 {
		spec := env.Actions()[i%len(env.Actions())]
		h := &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindRule, Title: fmt.Sprintf("Distractor %d", i), Action: spec.Name, Scope: scope,
			Pattern: fmt.Sprintf("when the moon is in house %d", i), Strategy: fmt.Sprintf("%s twice, %d times", spec.Name, i),
			Author: agent.AuthorModel + "elsewhere", Status: agent.Active, Good: 20}
		if i%2 == 0 {
			h.Predicate = &agent.Predicate{Action: spec.Name, Prior: .9, When: []agent.Condition{{Feature: fmt.Sprintf("moon house is %d", i), Holds: true}}}
		}
		rows = append(rows, h)
	}
	_, err := polluted.library.Save(t.Context(), agent.Batch{Actor: "somebody", Rules: rows})
	check(t, err)
	for i := range 30 {
		a, b := clean.run(t, "train", int64(i), train), polluted.run(t, "train", int64(i), train)
		if !slices.Equal(keys(a), keys(b)) {
			t.Fatalf("order %d: %v without distractors, %v with them", i, keys(a), keys(b))
		}
	}
	for seed := range int64(10) {
		if a, b := clean.run(t, "test", seed, on), polluted.run(t, "test", seed, on); !slices.Equal(keys(a), keys(b)) {
			t.Errorf("seed %d: %v without distractors, %v with them", seed, keys(a), keys(b))
		}
	}
}

func TestCriticCitesWhatChanged(t *testing.T) {
	s := workshopSchool(t, "critic", "plain")
	run := s.run(t, "test", 1, off)
	for i := range run.Steps {
		step := &run.Steps[i]
		if step.Score.Critic != agent.CriticPotential || step.Score.Confidence != 1 {
			t.Fatalf("scored by %q with confidence %g", step.Score.Critic, step.Score.Confidence)
		}
		if step.Before.Data != step.After.Data && len(step.Score.Evidence) == 0 {
			t.Errorf("step %d changed the state and cites nothing", step.Index)
		}
		after := step.After.Data.Map()
		for _, e := range step.Score.Evidence {
			if _, exists := agent.Lookup(after, e.Pointer); !exists || !e.Verified {
				t.Errorf("step %d cites %q, which is not there", step.Index, e.Pointer)
			}
		}
	}
	noisy := reasoner.Noisy(reasoner.NewCritic(s.open("test"), nil), 1, 1)
	got, err := noisy.Assess(t.Context(), agent.Assessment{Task: run.Task, Before: &run.Initial, After: run.Steps[0].After, PhiBefore: 5})
	check(t, err)
	if !agent.ValidPhi(got.PhiAfter) || got.PhiBefore+got.Delta != got.PhiAfter || got.Critic == agent.CriticPotential {
		t.Errorf("noisy score %+v", got)
	}
}

func TestEstimatorLearnsFromOutcomes(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "estimate", "plain")
	env := s.open("train")
	scope, world := agent.ScopeOf(s.name, env), agent.DescriptionOf(env)
	estimate := reasoner.NewEstimator(reasoner.EstimatorConfig{Replay: s.replay, Scope: scope, World: world})
	critic := reasoner.NewCritic(struct{ agent.Environment }{env}, estimate)
	assess := func(run *agent.Trajectory) (first, last agent.Score) {
		first, err := critic.Assess(t.Context(), agent.Assessment{Task: run.Task, After: run.Initial})
		check(t, err)
		last, err = critic.Assess(t.Context(), agent.Assessment{Task: run.Task, Before: &run.Initial, After: run.FinalState(), PhiBefore: first.PhiAfter})
		check(t, err)
		return first, last
	}
	fresh, _ := assess(s.run(t, "test", 1, off))
	if fresh.Critic != distiller.CriticEstimate || fresh.Confidence != 0 {
		t.Errorf("before any run it says %+v", fresh)
	}
	for i := range 80 {
		s.run(t, "train", int64(i), train)
	}
	var won, lost, nWon, nLost float64
	for seed := range int64(40) {
		m := on
		if seed%2 == 0 {
			m = off
		}
		run := s.run(t, "test", seed, m)
		if _, last := assess(run); run.Outcome.Success {
			won, nWon = won+last.PhiAfter, nWon+1
		} else {
			lost, nLost = lost+last.PhiAfter, nLost+1
		}
	}
	if nWon < 5 || nLost < 5 || won/nWon < lost/nLost+1 {
		t.Errorf("mean Φ at the end of %.0f successes %.1f, of %.0f failures %.1f", nWon, won/nWon, nLost, lost/nLost)
	}
}

func BenchmarkDistil(b *testing.B) {
	s := workshopSchool(b, "bench", "plain")
	s.distiller = distiller.New(distiller.Config{Replay: s.replay})
	for i := range 500 {
		s.run(b, "train", int64(i), train)
	}
	run := s.run(b, "test", 1, on)
	rules, err := s.library.All(b.Context(), run.Scope)
	check(b, err)
	env := s.open("train")
	lesson := agent.Lesson{Trajectory: run, World: agent.DescriptionOf(env), Actions: env.Actions(), Rules: rules}
	_, _, err = s.distiller.Distil(b.Context(), lesson)
	check(b, err)
	b.ResetTimer()
	for i := range b.N {
		again := *run
		again.ID = fmt.Sprint("again-", i)
		lesson.Trajectory = &again
		_, _, err := s.distiller.Distil(b.Context(), lesson)
		check(b, err)
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, steps := range []int{20, 1000} {
		b.Run(fmt.Sprintf("steps=%d", steps), func(b *testing.B) {
			s := mazeSchool(b, map[string]any{"size": 6}, 200, steps)
			for i := range 20 {
				s.run(b, "train", int64(i), train)
			}
			n := 0
			b.ResetTimer()
			for n < b.N {
				n += len(s.run(b, "test", int64(n), on).Steps)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/step")
		})
	}
}
