package reasoner_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/reasoner"
)

// watched runs test tasks of a trained school, and shows each situation with the
// rules.
func watched(t *testing.T, s *school, trained, tasks int, each func(*agent.Situation, *agent.RuleSet)) {
	t.Helper()
	s.practise(t, 0, trained)
	s.each = each
	for i := range tasks {
		s.run(t, "test", int64(900_000+i), on)
	}
}

// What applies is what the reasoner would follow, asked of one rule at a time: the
// same rules, for the same number of actions.
func TestApplyingIsWhatTheReasonerFollows(t *testing.T) {
	for name, s := range map[string]*school{"workshop": workshopSchool(t, "applying", "plain"), "maze": mazeSchool(t, map[string]any{"size": 4}, 100, 60)} {
		t.Run(name, func(t *testing.T) {
			a := features.NewApplicability()
			steps, holding, advising := 0, 0, 0
			actors := map[*agent.Heuristic]*reasoner.Actor{}
			alone := map[*agent.Heuristic]*agent.RuleSet{}
			watched(t, s, 12, 2, func(sit *agent.Situation, set *agent.RuleSet) {
				got := a.Applying(sit, set)
				if steps++; steps%4 != 0 {
					return
				}
				for _, h := range set.Rules {
					if h.States() != nil || h.Procedure() { // of which the reasoner follows the next step only
						continue
					}
					if alone[h] == nil {
						actors[h], alone[h] = reasoner.NewActor(reasoner.ActorConfig{}), agent.NewRuleSet(set.Scope, 1, []*agent.Heuristic{h}, nil)
					}
					recalled, err := actors[h].Recall(t.Context(), sit, alone[h])
					check(t, err)
					b, holds, readable := got.Of(h.ID)
					if !readable || holds != (len(recalled) > 0) {
						t.Fatalf("%s: readable %t, holds %t, the reasoner recalls %d", h.ID, readable, holds, len(recalled))
					}
					if !holds {
						continue
					}
					want := "it holds for " + b.Actions[0].Label()
					if n := len(b.Actions); n > 1 {
						want += fmt.Sprintf(" and %d more", n-1)
					}
					if recalled[0].Why != want {
						t.Fatalf("%s: %s; the reasoner says %s", h.ID, want, recalled[0].Why)
					}
					holding++
					if b.Advises() {
						advising++
					}
					if b.Advises() && b.Against != (h.Avoid != "") || b.Sure < 0 || b.Sure > 1 {
						t.Fatalf("%s %q avoid %q: %+v", h.ID, h.Strategy, h.Avoid, b)
					}
				}
			})
			if holding == 0 || advising == 0 || advising == holding {
				t.Errorf("in %d steps %d rules held and %d advised", steps, holding, advising)
			}
		})
	}
}

// The order of the rules does not matter, nor which situations were seen before.
func TestApplyingDoesNotDependOnOrder(t *testing.T) {
	s := workshopSchool(t, "order", "plain")
	a := features.NewApplicability()
	r := rand.New(rand.NewPCG(1, 2))
	watched(t, s, 12, 2, func(sit *agent.Situation, set *agent.RuleSet) {
		want := a.Applying(sit, set)
		shuffled := slices.Clone(set.Rules)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := features.NewApplicability().Applying(sit, agent.NewRuleSet(set.Scope, 7, shuffled, nil)); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

// Whatever a rule was learned from can be checked: the features of real situations
// are in the vocabulary of their states.
func TestVocabularyKnowsWhatIsLearned(t *testing.T) {
	for name, s := range map[string]*school{"workshop": workshopSchool(t, "words", "rich"), "maze": mazeSchool(t, map[string]any{"size": 4}, 60, 60)} {
		t.Run(name, func(t *testing.T) {
			seen := []*agent.State{}
			n := 0
			watched(t, s, 8, 1, func(sit *agent.Situation, set *agent.RuleSet) {
				seen = append(seen, &sit.State)
				v := features.NewVocabulary(&sit.World.State, sit.Actions, seen...)
				for _, h := range set.Rules {
					if h.States() != nil {
						continue
					}
					for _, c := range h.Predicate.When {
						n++
						if err := v.CheckCondition(h.Predicate.Action, c); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
			if n == 0 {
				t.Error("no condition was checked")
			}
		})
	}
}

// BenchmarkRetrieveApplying chooses rules for a step from 10,000, most of them with
// conditions like those that were learned.
func BenchmarkRetrieveApplying(b *testing.B) {
	s := workshopSchool(b, "bench", "rich")
	s.practise(b, 0, 30)
	var at *agent.Situation
	var learned *agent.RuleSet
	s.each = func(sit *agent.Situation, set *agent.RuleSet) { at, learned = sit, set }
	s.run(b, "test", 900_001, on)
	r := rand.New(rand.NewPCG(1, 2))
	var rules []*agent.Heuristic
	for i := range 10_000 {
		from, other := learned.Rules[r.IntN(len(learned.Rules))], learned.Rules[r.IntN(len(learned.Rules))]
		h := from.Clone()
		if h.ID = fmt.Sprintf("h%05d", i); i%20 == 0 {
			h.Predicate, h.Author = nil, agent.AuthorModel+"m"
		} else if h.Predicate != nil && other.Predicate != nil && i >= len(learned.Rules) {
			h.Predicate.When = append(h.Predicate.When, other.Predicate.When...)
		}
		rules = append(rules, h)
	}
	at.Applicability = features.NewApplicability()
	set := agent.NewRuleSet(at.Scope, 1, rules, nil)
	_, record := agent.Retrieve(b.Context(), "", at, set)
	if record.Applying < 10 {
		b.Fatalf("%d rules apply", record.Applying)
	}
	b.Run("10000", func(b *testing.B) {
		for b.Loop() {
			agent.Retrieve(b.Context(), "", at, set)
		}
		b.ReportMetric(float64(record.Applying), "applying")
	})
	b.Run("10000AfterOneChange", func(b *testing.B) {
		revision := int64(1)
		for b.Loop() {
			revision++
			next := slices.Clone(rules)
			next[77] = next[77].Clone()
			next[77].Good++
			set = agent.NewRuleSet(at.Scope, revision, next, set)
			agent.Retrieve(b.Context(), "", at, set)
		}
	})
}
