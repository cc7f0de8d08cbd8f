package learning_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
	"purposeagent/agent/learning"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// school is an optimizer with all it works on.
type school struct {
	library   *rulestore.Memory
	replay    *replay.ExperienceReplay
	distiller *agenttest.ScriptedDistiller
	*learning.HeuristicOptimizer
}

func newSchool(t *testing.T, every int, proposals ...[]agent.Proposal) *school {
	t.Helper()
	return schoolWith(t, every, agenttest.NewScriptedDistiller(proposals...))
}

func schoolWith(t *testing.T, every int, d *agenttest.ScriptedDistiller) *school {
	t.Helper()
	s := &school{library: rulestore.NewMemory(fixedNow), replay: replay.New(0), distiller: d}
	var err error
	s.HeuristicOptimizer, err = learning.NewHeuristicOptimizer(learning.OptimizerConfig{
		Library: s.library, Replay: s.replay, Distiller: d, Every: every, Now: fixedNow})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fixedNow() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

var counterSpecs = agenttest.NewCounter(3).Actions()

func (s *school) learn(t *testing.T, tr *agent.Trajectory) agent.Learned {
	t.Helper()
	if err := s.replay.Add(t.Context(), tr); err != nil {
		t.Fatal(err)
	}
	learned, _, err := s.Learn(t.Context(), agent.Lesson{Trajectory: tr, Actions: counterSpecs})
	if err != nil {
		t.Fatal(err)
	}
	return learned
}

func (s *school) rules(t *testing.T) []*agent.Heuristic {
	t.Helper()
	rules, err := s.library.All(t.Context(), agenttest.TestScope)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// wordRule is a rule in words with evidence from the n-th TestTrajectory.
func wordRule(n int, when, do string) agent.Heuristic {
	return agent.Heuristic{Tier: agent.Strategic, Title: do, Pattern: when, Strategy: do, Author: agent.AuthorModel + "test",
		Evidence: []agent.EvidenceRef{{Run: fmt.Sprintf("run-t%04d", n), Step: 1, Delta: 2, Good: true}}}
}

func predicateRule(feature string, good, bad int) agent.Heuristic {
	h := *agenttest.TestPredicateRule(feature, feature)
	h.Good, h.Bad = good, bad
	return h
}

func propose(rules ...agent.Heuristic) []agent.Proposal {
	var list []agent.Proposal
	for _, h := range rules {
		list = append(list, agent.Proposal{Rule: h, Reason: "seen"})
	}
	return list
}

func ops(l agent.Learned) string {
	var list []string
	for _, c := range l.Changes {
		list = append(list, c.Op+" "+c.Title)
	}
	return strings.Join(list, "; ")
}

func TestOptimizerAddsOnceForEachTrajectory(t *testing.T) {
	s := newSchool(t, 0, propose(wordRule(1, "number below target", "add five first")))
	one := agenttest.TestTrajectory(1, "find it", true)
	learned := s.learn(t, one)
	again := s.learn(t, one)
	rules := s.rules(t)
	if got := ops(learned); got != "added add five first" || learned.Changes[0].ID == "" || learned.Trajectory != "t0001" {
		t.Errorf("learned %+v", learned)
	}
	if len(again.Changes) != 0 || s.distiller.Calls() != 1 {
		t.Errorf("the same trajectory was distilled %d times: %+v", s.distiller.Calls(), again)
	}
	if len(rules) != 1 || rules[0].Status != agent.Probation || rules[0].Scope != agenttest.TestScope || rules[0].Good != 1 {
		t.Errorf("rules = %+v", rules[0])
	}
}

// What a call costs is shared among the rules that came of it; a rule that was
// only seen again was not written, and a person's edit costs nothing.
func TestOptimizerChargesTheRulesWritten(t *testing.T) {
	one, two := wordRule(1, "number below target", "add five first"), wordRule(1, "number above target", "subtract one")
	bad := wordRule(1, "any", "go")
	bad.Evidence = nil
	usage := agent.Usage{TokensIn: 901, TokensOut: 100, Calls: 1, USD: .01}
	s := schoolWith(t, 1, agenttest.NewDistillerFunc(func(_ context.Context, l agent.Lesson, _ int) ([]agent.Proposal, agent.Usage, error) {
		again := one
		again.Evidence = wordRule(2, "", "").Evidence
		switch l.Trajectory.ID {
		case "t0001":
			return propose(one, two, bad), usage, nil
		case "t0002":
			return propose(again), usage, nil
		}
		rewritten := two
		rewritten.ID, rewritten.Strategy, rewritten.Evidence = "h000002", "subtract one, then look again", wordRule(3, "", "").Evidence
		return propose(rewritten), usage, nil
	}))
	want := agent.Usage{TokensIn: 451, TokensOut: 50, Calls: 1, USD: .005}
	if learned := s.learn(t, agenttest.TestTrajectory(1, "find it", true)); len(learned.Changes) != 2 || len(learned.Rejected) != 1 {
		t.Fatalf("learned %+v", learned)
	}
	s.learn(t, agenttest.TestTrajectory(2, "find it", true))
	for _, h := range s.rules(t) {
		if h.Cost != want {
			t.Errorf("%s cost %+v, want %+v", h.Title, h.Cost, want)
		}
	}
	s.learn(t, agenttest.TestTrajectory(3, "find it", true))
	rules := s.rules(t)
	if rules[1].Version != 2 || rules[1].Cost != want.Add(usage) || rules[0].Cost != want {
		t.Errorf("after a rewrite: version %d, %+v and %+v", rules[1].Version, rules[1].Cost, rules[0].Cost)
	}
	edited := rules[1].Clone()
	edited.Strategy, edited.Cost = "subtract two", agent.Usage{}
	if next := agent.NextHeuristic(rules[1], edited, false, fixedNow()); next.Cost != rules[1].Cost {
		t.Errorf("after a person's edit: %+v", next.Cost)
	}
}

func TestOptimizerDedupes(t *testing.T) {
	base := wordRule(1, "the number is far below the target", "add five first, then one")
	for _, test := range []struct {
		name  string
		again agent.Heuristic
		want  string // changes of the second lesson
		rules int
	}{
		{"the same words", wordRule(2, "The number is far below the target!", "Add five first then one"), "merged add five first, then one", 1},
		{"nearly the same words", wordRule(2, "the number is far below its target", "first add five and then one"), "merged add five first, then one", 1},
		{"another do", wordRule(2, "the number is far below the target", "subtract two"), "added subtract two", 2},
		{"the opposite do", wordRule(2, "the number is far below the target", "do not add five first, then one"), "added do not add five first, then one", 2},
		{"a predicate is apart from words", predicateRule("far below", 1, 0), "added far below", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSchool(t, 1, propose(base), propose(test.again))
			s.learn(t, agenttest.TestTrajectory(1, "find it", true))
			learned := s.learn(t, agenttest.TestTrajectory(2, "find it", true))
			rules := s.rules(t)
			if got := ops(learned); got != test.want || len(rules) != test.rules {
				t.Fatalf("changes %q, %d rules, want %q, %d (%+v)", got, len(rules), test.want, test.rules, learned.Rejected)
			}
			if test.rules == 1 && (rules[0].Good != 2 || len(rules[0].Evidence) != 2 || rules[0].Version != 1) {
				t.Errorf("merged rule = %+v, want evidence of both and its own words", rules[0])
			}
			if strings.Contains(test.name, "opposite") && !strings.Contains(learned.Changes[0].Reason, "contradicts") {
				t.Errorf("reason = %q, want the conflict", learned.Changes[0].Reason)
			}
		})
	}
}

func TestOptimizerKeepsCountsOfPredicates(t *testing.T) {
	s := newSchool(t, 1, propose(predicateRule("below", 2, 1)), propose(predicateRule("below", 14, 1)), propose(predicateRule("below", 14, 1)))
	s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	second := s.learn(t, agenttest.TestTrajectory(2, "find it", true))
	third := s.learn(t, agenttest.TestTrajectory(3, "find it", true))
	rules := s.rules(t)
	if len(rules) != 1 || rules[0].Good != 14 || rules[0].Bad != 1 || rules[0].Version != 1 || rules[0].Status != agent.Probation {
		t.Errorf("rules = %+v", rules)
	}
	if ops(second) != "updated below" || len(third.Changes) != 0 {
		t.Errorf("changes %q, then %q; what changes nothing is no change", ops(second), ops(third))
	}
}

func TestOptimizerRetires(t *testing.T) {
	s := newSchool(t, 1, propose(predicateRule("a", 3, 0), predicateRule("b", 3, 0), predicateRule("c", 3, 0), predicateRule("d", 3, 0)))
	s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	ids := map[string]string{}
	for _, h := range s.rules(t) {
		ids[h.Title] = h.ID
	}
	if _, err := s.library.Pin(t.Context(), "ada", []string{ids["b"]}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.library.SetStatus(t.Context(), "ada", []string{ids["c"]}, agent.Retired); err != nil {
		t.Fatal(err)
	}
	if _, err := s.library.SetStatus(t.Context(), "ada", []string{ids["d"]}, agent.Banned); err != nil {
		t.Fatal(err)
	}
	retire := func(title string) agent.Proposal {
		return agent.Proposal{Rule: agent.Heuristic{ID: ids[title], Title: title}, Retire: true, Reason: "split"}
	}
	s.distiller = agenttest.NewScriptedDistiller(
		[]agent.Proposal{retire("a"), retire("b"), retire("d"), {Rule: agent.Heuristic{ID: "h999", Title: "none"}, Retire: true}},
		propose(predicateRule("a", 5, 0), predicateRule("c", 5, 0), predicateRule("d", 5, 0)))
	s.HeuristicOptimizer, _ = learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: s.library, Replay: s.replay, Distiller: s.distiller})
	first := s.learn(t, agenttest.TestTrajectory(2, "find it", true))
	if ops(first) != "retired a" || len(first.Rejected) != 3 {
		t.Errorf("changes %q, rejected %+v", ops(first), first.Rejected)
	}
	second := s.learn(t, agenttest.TestTrajectory(3, "find it", true))
	got := map[string]agent.Status{}
	for _, h := range s.rules(t) {
		got[h.Title] = h.Status
	}
	want := map[string]agent.Status{"a": agent.Probation, "b": agent.Probation, "c": agent.Retired, "d": agent.Banned}
	for title, status := range want {
		if got[title] != status {
			t.Errorf("rule %s is %s, want %s (changes %q)", title, got[title], status, ops(second))
		}
	}
}

func TestOptimizerNeverRewritesPeople(t *testing.T) {
	s := newSchool(t, 1)
	human := agenttest.TestPredicateRule("taught", "below")
	human.Author, human.Evidence, human.Good = agent.AuthorHuman, nil, 0
	saved, err := s.library.Save(t.Context(), agent.Batch{Actor: "ada", Rules: []*agent.Heuristic{human}})
	if err != nil {
		t.Fatal(err)
	}
	rewrite := *saved[0].Clone()
	rewrite.Author, rewrite.Strategy, rewrite.Good = agent.AuthorDistiller, "other words", 9
	rewrite.Evidence = []agent.EvidenceRef{{Run: "run-t0001", Step: 1, Good: true}}
	s.distiller = agenttest.NewScriptedDistiller(propose(rewrite))
	s.HeuristicOptimizer, _ = learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: s.library, Distiller: s.distiller})
	learned := s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	got := s.rules(t)[0]
	if got.Strategy != human.Strategy || got.Author != agent.AuthorHuman || got.Version != 1 || got.Good != 9 {
		t.Errorf("rule = %+v, want a person's words with new counts (%+v)", got, learned)
	}
}

func TestOptimizerDoesNotBringBackWhatPeopleDeleted(t *testing.T) {
	rule := predicateRule("below", 3, 0)
	s := newSchool(t, 1, propose(rule), propose(rule))
	s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	if _, err := s.library.Delete(t.Context(), "ada", []string{s.rules(t)[0].ID}); err != nil {
		t.Fatal(err)
	}
	learned := s.learn(t, agenttest.TestTrajectory(2, "find it", true))
	if len(s.rules(t)) != 0 || len(learned.Changes) != 0 || len(learned.Rejected) != 1 {
		t.Errorf("learned %+v, want a rejection", learned)
	}
}

func TestOptimizerOddAnswersChangeNothing(t *testing.T) {
	good := propose(wordRule(1, "number below target", "add five first"))
	odd := [][]agent.Proposal{
		nil,
		{{}},
		{{Retire: true}},
		propose(agent.Heuristic{ID: "h000001"}),
		propose(agent.Heuristic{ID: "h000001", Tier: "x", Title: strings.Repeat("\x00", 9999)}),
		propose(wordRule(99, "when it matters", "be careful")),
	}
	s := newSchool(t, 1, append([][]agent.Proposal{good}, odd...)...)
	s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	want := s.rules(t)[0]
	for i := range odd {
		learned := s.learn(t, agenttest.TestTrajectory(2+i, "find it", true))
		rules := s.rules(t)
		if len(rules) != 1 || agent.WordsChanged(rules[0], want) || rules[0].Good != want.Good || len(learned.Changes) != 0 {
			t.Errorf("answer %d changed the library: %+v", i, learned)
		}
		if i > 0 && (len(learned.Rejected) != 1 || len(learned.Rejected[0].Title) > 300) {
			t.Errorf("answer %d: rejected %+v, want the reason on record", i, learned.Rejected)
		}
	}
}

func TestOptimizerBoundsNewRules(t *testing.T) {
	s := newSchool(t, 1, propose(wordRule(1, "number low", "add five"), wordRule(1, "number high", "subtract five"),
		wordRule(1, "number near", "add one"), wordRule(1, "number odd", "subtract one"), wordRule(1, "number even", "wait a while"), wordRule(1, "number prime", "think of another way")))
	learned := s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	if len(learned.Changes) != learning.MaxNewRules || len(learned.Rejected) != 1 {
		t.Errorf("learned %+v", learned)
	}
}

func TestOptimizerCreditsOnlyWhatWasShown(t *testing.T) {
	s := newSchool(t, 1)
	saved, err := s.library.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{
		agenttest.TestRule("shown"), agenttest.TestRule("cited"), agenttest.TestRule("withheld"), agenttest.TestRule("eligible")}})
	if err != nil {
		t.Fatal(err)
	}
	use := func(i int, u agent.Use) agent.RuleUse { return agent.RuleUse{ID: saved[i].ID, Use: u} }
	tr := agenttest.TestTrajectory(5, "find it", true)
	tr.Steps[0].Memory = []agent.RuleUse{use(0, agent.UseShown), use(1, agent.UseShown), use(2, agent.UseWithheld), use(3, agent.UseEligible)}
	tr.Steps[1].Memory = []agent.RuleUse{use(1, agent.UseCited), {ID: "gone", Use: agent.UseShown}}
	example := agenttest.TestTrajectory(1, "find it", true)
	tr.Steps[0].Examples = []agent.ExampleUse{{ID: example.ID}, {ID: "gone"}}
	tr.Steps[1].Examples = []agent.ExampleUse{{ID: example.ID}}
	if err := s.replay.Add(t.Context(), example); err != nil {
		t.Fatal(err)
	}
	before := replay.FirstValue(example.Outcome)
	s.learn(t, tr)
	for i, want := range []agent.Heuristic{
		{Shown: 1, Tasks: 1, QValue: .55}, {Shown: 2, Cited: 1, Tasks: 1, QValue: .55}, {QValue: .5}, {QValue: .5}} {
		got, err := s.library.Get(t.Context(), saved[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Shown != want.Shown || got.Cited != want.Cited || got.Tasks != want.Tasks || got.QValue != want.QValue {
			t.Errorf("%s: shown %d, cited %d, tasks %d, value %v, want %+v", got.Title, got.Shown, got.Cited, got.Tasks, got.QValue, want)
		}
	}
	found, err := s.replay.Retrieve(t.Context(), agenttest.TestScope, example.Task, 5)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(found, func(m agent.Match) bool { return m.Trajectory.ID == example.ID })
	if want := agent.UpdateValue(before, 1); found[at].QValue != want {
		t.Errorf("value of the example = %v, want %v: once for the task", found[at].QValue, want)
	}
}

// The outcome of a task that a person had a part in says nothing about rules.
func TestOptimizerGivesNoCreditForWhatPeopleDid(t *testing.T) {
	s := newSchool(t, 1)
	saved, err := s.library.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{agenttest.TestRule("shown")}})
	if err != nil {
		t.Fatal(err)
	}
	tr := agenttest.TestTrajectory(5, "find it", true)
	tr.Steered = true
	tr.Steps[0].Memory = []agent.RuleUse{{ID: saved[0].ID, Use: agent.UseShown}}
	s.learn(t, tr)
	got, err := s.library.Get(t.Context(), saved[0].ID)
	if err != nil || got.Shown != 0 || got.Tasks != 0 || got.QValue != .5 {
		t.Errorf("shown %d, tasks %d, value %v, %v", got.Shown, got.Tasks, got.QValue, err)
	}
	if ledger, err := s.library.Ledger(t.Context(), agenttest.TestScope); err != nil || ledger.Tasks != 0 {
		t.Errorf("%d tasks were counted, %v", ledger.Tasks, err)
	}
}

func TestOptimizerContrast(t *testing.T) {
	s := newSchool(t, 1)
	bread, same := agenttest.TestTrajectory(1, "bake fresh bread", false), agenttest.TestTrajectory(2, "find the red treasure", false)
	alike, won := agenttest.TestTrajectory(3, "find the blue treasure", false), agenttest.TestTrajectory(4, "find the red treasure", true)
	for _, tr := range []*agent.Trajectory{bread, same, alike, won} {
		s.learn(t, tr)
	}
	lesson := s.distiller.Asked()[3]
	var got []string
	for _, c := range lesson.Contrast {
		got = append(got, c.ID)
	}
	if want := []string{"t0002", "t0003"}; !slices.Equal(got, want) {
		t.Errorf("contrast = %v, want %v", got, want)
	}
}

func TestOptimizerEvery(t *testing.T) {
	s := newSchool(t, 3)
	var calls []int
	for n := 1; n <= 7; n++ {
		s.learn(t, agenttest.TestTrajectory(n, "find it", true))
		calls = append(calls, s.distiller.Calls())
	}
	var order []string
	for _, l := range s.distiller.Asked() {
		order = append(order, l.Trajectory.ID)
	}
	if want := []int{0, 0, 3, 3, 3, 6, 6}; !slices.Equal(calls, want) {
		t.Errorf("distilled so far = %v, want %v", calls, want)
	}
	if want := []string{"t0001", "t0002", "t0003", "t0004", "t0005", "t0006"}; !slices.Equal(order, want) {
		t.Errorf("order = %v, want %v", order, want)
	}
}

func TestOptimizerLosesNothingByAnError(t *testing.T) {
	failing := true
	d := agenttest.NewDistillerFunc(func(context.Context, agent.Lesson, int) ([]agent.Proposal, agent.Usage, error) {
		if failing {
			return nil, agent.Usage{Calls: 1}, agent.Errorf(agent.CodeUnavailable, "the model is away")
		}
		return propose(wordRule(1, "number below target", "add five first")), agent.Usage{Calls: 1}, nil
	})
	s := schoolWith(t, 1, d)
	tr := agenttest.TestTrajectory(1, "find it", true)
	_, usage, err := s.Learn(t.Context(), agent.Lesson{Trajectory: tr})
	if agent.CodeOf(err) != agent.CodeUnavailable || usage.Calls != 1 {
		t.Fatalf("Learn = %v, usage %+v", err, usage)
	}
	failing = false
	if got := ops(s.learn(t, tr)); got != "added add five first" {
		t.Errorf("the second try changed %q", got)
	}
}

func TestOptimizerTurnsCanBeLeft(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := schoolWith(t, 1, agenttest.NewDistillerFunc(func(context.Context, agent.Lesson, int) ([]agent.Proposal, agent.Usage, error) {
		close(entered)
		<-release
		return nil, agent.Usage{}, nil
	}))
	var group sync.WaitGroup
	group.Go(func() {
		_, _, err := s.Learn(context.Background(), agent.Lesson{Trajectory: agenttest.TestTrajectory(1, "find it", true)})
		if err != nil {
			t.Error(err)
		}
	})
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := s.Learn(ctx, agent.Lesson{Trajectory: agenttest.TestTrajectory(2, "find it", true)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Learn while another lesson hangs = %v, want cancelled", err)
	}
	close(release)
	group.Wait()
}

func TestOptimizerConcurrentLessons(t *testing.T) {
	s := schoolWith(t, 1, agenttest.NewDistillerFunc(func(_ context.Context, l agent.Lesson, _ int) ([]agent.Proposal, agent.Usage, error) {
		h := wordRule(0, "the number is far below the target", "add five first, then one")
		h.Evidence[0].Run = l.Trajectory.Run
		return propose(h), agent.Usage{}, nil
	}))
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			_, _, err := s.Learn(context.Background(), agent.Lesson{Trajectory: agenttest.TestTrajectory(n, "find it", true)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if rules := s.rules(t); len(rules) != 1 || rules[0].Good != 8 {
		t.Errorf("%d rules, want one with 8 pieces of evidence", len(rules))
	}
}

func TestNewHeuristicOptimizerChecks(t *testing.T) {
	library, distiller := rulestore.NewMemory(nil), agenttest.NewScriptedDistiller()
	for _, cfg := range []learning.OptimizerConfig{{}, {Library: library}, {Distiller: distiller}, {Library: library, Distiller: distiller, Every: -1}} {
		if _, err := learning.NewHeuristicOptimizer(cfg); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("NewHeuristicOptimizer(%+v) = %v, want invalid", cfg, err)
		}
	}
	o, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Distiller: distiller})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Learn(t.Context(), agent.Lesson{}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("Learn without a trajectory = %v, want invalid", err)
	}
}

func BenchmarkLearn(b *testing.B) {
	for _, n := range []int{100, 1_000} {
		b.Run(fmt.Sprint("rules=", n), func(b *testing.B) {
			library := rulestore.NewMemory(nil)
			batch := agent.Batch{Actor: "test"}
			for i := range n {
				h := predicateRule(fmt.Sprint("feature ", i), i, 1)
				batch.Rules = append(batch.Rules, &h)
			}
			saved, err := library.Save(b.Context(), batch)
			if err != nil {
				b.Fatal(err)
			}
			o, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Distiller: agenttest.NewDistillerFunc(
				func(_ context.Context, _ agent.Lesson, call int) ([]agent.Proposal, agent.Usage, error) {
					var list []agent.Proposal
					for _, h := range saved[:n/10] {
						next := *h.Clone()
						next.Good += call
						list = append(list, agent.Proposal{Rule: next})
					}
					return list, agent.Usage{}, nil
				})})
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				i++
				if _, _, err := o.Learn(b.Context(), agent.Lesson{Trajectory: agenttest.TestTrajectory(i, "find it", true), Actions: counterSpecs}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A condition that a model writes beside its words tells when they hold: it is no
// identity, and what is counted under the same one is another rule.
func TestOptimizerKeepsClaimsUnderOneCondition(t *testing.T) {
	under := func(h agent.Heuristic) agent.Heuristic {
		h.Predicate = &agent.Predicate{When: []agent.Condition{{Feature: "below", Holds: true}}, Prior: agent.PriorSupport}
		return h
	}
	counted := predicateRule("below", 5, 1)
	counted.Predicate.Action, counted.Predicate.When = "", under(counted).Predicate.When
	s := newSchool(t, 1, propose(under(wordRule(1, "the number is below", "add five first")), wordRule(1, "the number is above", "take away three")),
		propose(under(wordRule(2, "the number is below", "wait for the bell"))), propose(counted), propose(under(wordRule(4, "the number is above", "take away three"))))
	for i := range 4 {
		s.learn(t, agenttest.TestTrajectory(i+1, "find it", true))
	}
	got := map[string]*agent.Heuristic{}
	for _, h := range s.rules(t) {
		got[h.Title] = h
	}
	if len(got) != 4 {
		t.Fatalf("%d rules: %v", len(got), got)
	}
	if h := got["below"]; h.Good != 5 || h.Author != agent.AuthorDistiller {
		t.Errorf("what was counted is %+v", h)
	}
	if h := got["add five first"]; h.Good != 1 || h.Predicate == nil {
		t.Errorf("the claim is %+v", h)
	}
	if h := got["take away three"]; h.Good != 2 || h.Predicate == nil {
		t.Errorf("the words that got a condition later are %+v", h)
	}
}

// Runs are counted whether or not anything is learned from them, and the lesson
// is told who lost the right.
func TestDiscreditedCriticTeachesNothing(t *testing.T) {
	log := calibration.NewCriticLog()
	s := schoolWith(t, 1, agenttest.NewScriptedDistiller())
	var err error
	s.HeuristicOptimizer, err = learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: s.library, Replay: s.replay, Distiller: s.distiller, Calibrator: log})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		tr := agenttest.TestVerdict(i, "flatterer", 9, false)
		if err := log.Observe(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
		s.learn(t, tr)
		got := s.distiller.Asked()[i].Discredited
		if lost := len(got) == 1 && got[0] == "flatterer"; lost != (i >= 9) {
			t.Errorf("lesson %d was told of %v", i+1, got)
		}
	}
}
