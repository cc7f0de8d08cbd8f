package learning_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/learning"
	"purposeagent/agent/rulestore"
)

// turning is a rule that is counted, for or against its action.
func turning(feature string, against bool, good, bad int) agent.Heuristic {
	h := predicateRule(feature, good, bad)
	if against {
		h.Strategy, h.Avoid = "", h.Strategy
	}
	return h
}

// tell has a school learn one lesson in which its distiller proposes these rules.
func (s *school) tell(t interface{ Fatal(args ...any) }, n int, proposals ...agent.Proposal) agent.Learned {
	o, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: s.library, Distiller: agenttest.NewScriptedDistiller(proposals), Now: fixedNow})
	if err != nil {
		t.Fatal(err)
	}
	learned, _, err := o.Learn(context.Background(), agent.Lesson{Trajectory: agenttest.TestTrajectory(n, "find it", n%2 == 0), Actions: counterSpecs})
	if err != nil {
		t.Fatal(err)
	}
	return learned
}

func newLibrarySchool() *school { return &school{library: rulestore.NewMemory(fixedNow)} }

// A rule whose advice turns is retired, and leads to a new one with evidence of its
// own; when it turns back, the first one comes back, and no third one.
func TestAdviceThatTurnsIsAnotherRule(t *testing.T) {
	s := newLibrarySchool()
	s.tell(t, 1, propose(turning("below", false, 9, 1))...)
	first := s.rules(t)[0]
	named := turning("below", true, 9, 31)
	named.ID = first.ID
	learned := s.tell(t, 2, propose(named)...)
	rules := s.rules(t)
	if len(rules) != 2 {
		t.Fatalf("%d rules, want the old one and its successor (%+v)", len(rules), learned)
	}
	old, next := rules[0], rules[1]
	if old.ID != first.ID || old.Against() || old.Status != agent.Retired || old.SucceededBy != next.ID || old.Good != 9 || old.Bad != 1 {
		t.Errorf("the old rule is %+v", old)
	}
	if !next.Against() || next.Supersedes != old.ID || next.Bad != 31 || next.Version != 1 || !next.Usable() || next.Credit.Hits+next.Credit.Misses > 0 || slices.Contains(next.Conflicts, old.ID) {
		t.Errorf("its successor is %+v", next)
	}
	if got := ops(learned); got != "added below; retired below" {
		t.Errorf("learned %q", got)
	}
	back := turning("below", false, 49, 31)
	back.ID = next.ID
	s.tell(t, 3, propose(back)...)
	rules = s.rules(t)
	if len(rules) != 2 || !rules[0].Usable() || rules[0].SucceededBy != "" || rules[0].Good != 49 || rules[1].Usable() || rules[1].SucceededBy != first.ID {
		t.Errorf("turned back: %+v, %+v", rules[0], rules[1])
	}
}

// Where the evidence turns to what a person banned, nothing says so: the rule that turned
// is retired, leads nowhere, and the ban stands.
func TestAdviceTurnsToWhatIsBanned(t *testing.T) {
	s := newLibrarySchool()
	s.tell(t, 1, propose(turning("below", true, 0, 20))...)
	banned := s.rules(t)[0].ID
	s.tell(t, 2, propose(turning("below", false, 9, 1))...)
	if _, err := s.library.SetStatus(t.Context(), "ada", []string{banned}, agent.Banned); err != nil {
		t.Fatal(err)
	}
	rules := s.rules(t)
	if len(rules) != 2 {
		t.Fatalf("%d rules", len(rules))
	}
	named := turning("below", true, 9, 31)
	named.ID = rules[1].ID
	s.tell(t, 3, propose(named)...)
	rules = s.rules(t)
	if len(rules) != 2 || rules[0].Status != agent.Banned || rules[1].Status != agent.Retired || rules[1].SucceededBy != "" || rules[1].Against() {
		t.Errorf("the library is %+v and %+v", rules[0], rules[1])
	}
}

// What a person decided about keeps its meaning, whatever the evidence says.
func TestAdviceThatAPersonDecidedAboutDoesNotTurn(t *testing.T) {
	for _, how := range []struct {
		name string
		do   func(s *school, id string)
	}{
		{"pinned", func(s *school, id string) { _, _ = s.library.Pin(t.Context(), "ada", []string{id}, true) }},
		{"approved", func(s *school, id string) {
			_, _ = s.library.SetStatus(t.Context(), "ada", []string{id}, agent.Active)
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			s := newLibrarySchool()
			s.tell(t, 1, propose(turning("below", false, 9, 1))...)
			id := s.rules(t)[0].ID
			how.do(s, id)
			named := turning("below", true, 9, 31)
			named.ID = id
			s.tell(t, 2, propose(named)...)
			rules := s.rules(t)
			if len(rules) != 1 || rules[0].Against() || rules[0].Bad != 31 || !rules[0].Usable() {
				t.Errorf("the library is %+v", rules)
			}
		})
	}
}

// Whatever is learned and whatever people do meanwhile, no id ever comes to mean the
// opposite of what it meant, and who follows the links of retired rules finds what
// speaks about their case now.
func TestNoIDTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newLibrarySchool()
		features := []string{"a", "b", "c"}
		for n := 1; n <= rapid.IntRange(4, 14).Draw(t, "lessons"); n++ {
			rules, err := s.library.Standing(context.Background(), agenttest.TestScope)
			if err != nil {
				t.Fatal(err)
			}
			var proposals []agent.Proposal
			for _, f := range features {
				if !rapid.Bool().Draw(t, "touched") {
					continue
				}
				h := turning(f, rapid.Bool().Draw(t, "against"), rapid.IntRange(0, 30).Draw(t, "good"), rapid.IntRange(1, 30).Draw(t, "bad"))
				if i := slices.IndexFunc(rules, func(r *agent.Heuristic) bool { return r.Title == f }); i >= 0 {
					h.ID = rules[i].ID
				}
				proposals = append(proposals, propose(h)...)
			}
			words := wordRule(n, "number below target", "add five first")
			if i := slices.IndexFunc(rules, func(r *agent.Heuristic) bool { return r.InWords() }); i >= 0 {
				words.ID = rules[i].ID
			}
			if rapid.Bool().Draw(t, "against in words") {
				words.Strategy, words.Avoid = "", words.Strategy
			}
			s.tell(t, n, append(proposals, propose(words)...)...)
			if all, _ := s.library.All(context.Background(), agenttest.TestScope); len(all) > 0 && rapid.IntRange(0, 3).Draw(t, "a person acts") == 0 {
				id := all[rapid.IntRange(0, len(all)-1).Draw(t, "on")].ID
				if rapid.Bool().Draw(t, "pins") {
					_, _ = s.library.Pin(context.Background(), "ada", []string{id}, true)
				} else {
					_, _ = s.library.SetStatus(context.Background(), "ada", []string{id}, agent.Active)
				}
			}
		}
		checkTurned(t, s.library)
	})
}

func checkTurned(t *rapid.T, l *rulestore.Memory) {
	rules, err := l.All(context.Background(), agenttest.TestScope)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*agent.Heuristic{}
	saying := map[string]string{}
	for _, h := range rules {
		byID[h.ID] = h
		if key := h.Key(); h.Usable() {
			if other := saying[key]; other != "" {
				t.Fatalf("%s and %s say the same: %s", other, h.ID, key)
			}
			saying[key] = h.ID
		}
		versions, err := l.Versions(context.Background(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			if v.Heuristic.Against() != h.Against() {
				t.Fatalf("%s was %+v and is %+v", h.ID, v.Heuristic, h)
			}
		}
	}
	for _, h := range rules {
		if h.SucceededBy == "" || h.Usable() {
			continue
		}
		next := byID[h.SucceededBy]
		if next == nil || next.Against() == h.Against() || next.Title != h.Title {
			t.Fatalf("%s leads to %s: %+v", h.ID, h.SucceededBy, next)
		}
	}
}
