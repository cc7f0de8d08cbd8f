package learning_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/learning"
	"purposeagent/agent/rulestore"
)

// speaksOf is an Applicability by which each rule speaks for its action, or against it.
type speaksOf struct{}

func (speaksOf) Applying(s *agent.Situation, rules *agent.RuleSet) agent.Applying {
	a := agent.Applying{Holding: map[string]agent.Bearing{}}
	for _, h := range rules.Rules {
		if h.Predicate.Action == s.Legal[0].Name {
			a.Holding[h.ID] = agent.Bearing{Actions: s.Legal, Against: h.Avoid != ""}
		}
	}
	return a
}

// A claim of a model is checked on each task, whoever distils: hits and misses, and
// what can't come out otherwise retires it at once.
func TestClaimsAreChecked(t *testing.T) {
	for _, test := range []struct {
		name   string
		step   func(*agent.Step)
		cited  bool
		worded bool
		hits   int
		misses int
		want   agent.Status
	}{
		{name: "it came true", step: func(s *agent.Step) { s.Score.Delta = 2 }, hits: 1, want: agent.Probation},
		{name: "a critic says the opposite", step: func(s *agent.Step) { s.Score.Delta = -2 }, misses: 1, want: agent.Probation},
		{name: "an exact measure says the opposite", step: func(s *agent.Step) { s.Score = agent.Score{Delta: -2, Critic: agent.CriticPotential} }, misses: 1, want: agent.Retired},
		{name: "the world refuses it", step: func(s *agent.Step) { s.Score.Delta, s.Error = 0, "no" }, misses: 1, want: agent.Retired},
		{name: "nothing can be said", step: func(s *agent.Step) { s.Score.Delta = 0 }, want: agent.Probation},
		{name: "words are checked where they were followed", worded: true, cited: true, step: func(s *agent.Step) { s.Score.Delta = -2 }, misses: 1, want: agent.Probation},
		{name: "and not where they were not", worded: true, step: func(s *agent.Step) { s.Score.Delta = -2 }, want: agent.Probation},
	} {
		t.Run(test.name, func(t *testing.T) {
			library := rulestore.NewMemory(nil)
			claim := agenttest.TestPredicateRule("claimed", "below")
			claim.Author, claim.Status, claim.Avoid, claim.Scope = "model:m", agent.Probation, "", agenttest.TestScope
			if test.worded {
				claim.Predicate = nil
			}
			saved, err := library.Save(t.Context(), agent.Batch{Actor: "test", Rules: []*agent.Heuristic{claim}})
			if err != nil {
				t.Fatal(err)
			}
			tr := agenttest.TestTrajectory(1, "find it", true)
			tr.Steps = tr.Steps[:1]
			tr.Steps[0].Action.Name = "add"
			test.step(&tr.Steps[0])
			if test.cited {
				tr.Steps[0].Memory = []agent.RuleUse{{ID: saved[0].ID, Use: agent.UseCited}}
			}
			o, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Distiller: agenttest.NewScriptedDistiller(nil), Applicability: speaksOf{}})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := o.Learn(t.Context(), agent.Lesson{Trajectory: tr}); err != nil {
				t.Fatal(err)
			}
			h, err := library.Get(t.Context(), saved[0].ID)
			if err != nil || h.Credit.Hits != test.hits || h.Credit.Misses != test.misses || h.Status != test.want {
				t.Errorf("%d hits, %d misses, %s, %v", h.Credit.Hits, h.Credit.Misses, h.Status, err)
			}
		})
	}
}

// What did not pass is remembered: the distiller is told, and the same words are not
// looked at again.
func TestRejectionsAreRemembered(t *testing.T) {
	vague := wordRule(1, "always", "be careful")
	var told []string
	s := schoolWith(t, 1, agenttest.NewDistillerFunc(func(_ context.Context, l agent.Lesson, _ int) ([]agent.Proposal, agent.Usage, error) {
		for _, r := range l.Rejected {
			told = append(told, r.Title+": "+r.Reason)
		}
		return propose(vague), agent.Usage{}, nil
	}))
	first := s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	second := s.learn(t, agenttest.TestTrajectory(2, "find it", true))
	if len(first.Rejected) != 1 || len(second.Rejected) != 1 || !strings.HasPrefix(second.Rejected[0].Reason, "rejected before: "+first.Rejected[0].Reason) {
		t.Errorf("first %+v, second %+v", first.Rejected, second.Rejected)
	}
	if want := []string{first.Rejected[0].Title + ": " + first.Rejected[0].Reason}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// The reasoner's counts are not overwritten by a model that says the same.
func TestModelsDoNotOverwriteCounts(t *testing.T) {
	counted, claimed := predicateRule("below", 14, 1), predicateRule("below", 1, 0)
	claimed.Author, claimed.ID = "model:m", "h000001"
	s := newSchool(t, 1, propose(counted), propose(claimed))
	s.learn(t, agenttest.TestTrajectory(1, "find it", true))
	learned := s.learn(t, agenttest.TestTrajectory(2, "find it", true))
	if got := s.rules(t); len(got) != 1 || got[0].Good != 14 || len(learned.Rejected) != 1 {
		t.Errorf("%+v, %+v", got[0], learned)
	}
}
