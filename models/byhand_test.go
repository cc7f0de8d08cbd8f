package models

import (
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/learning"
)

// learns has a library learn one task, in which its distiller proposes these rules.
func learns(t *testing.T, l *Library, n int, rules ...agent.Heuristic) {
	t.Helper()
	var proposals []agent.Proposal
	for _, h := range rules {
		proposals = append(proposals, agent.Proposal{Rule: h, Reason: "seen"})
	}
	o, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: l, Distiller: agenttest.NewScriptedDistiller(proposals)})
	if err != nil {
		t.Fatal(err)
	}
	learned, _, err := o.Learn(t.Context(), agent.Lesson{Trajectory: agenttest.TestTrajectory(n, "find it", n%2 == 0), Actions: agenttest.NewCounter(3).Actions()})
	if err != nil || len(learned.Rejected) > 0 {
		t.Fatal(learned.Rejected, err)
	}
}

// counted is a rule of the rule distiller with counts.
func counted(good, bad int) *agent.Heuristic {
	h := agenttest.TestPredicateRule("below", "below")
	h.Good, h.Bad, h.Scope, h.Because = good, bad, agenttest.TestScope, "it was good"
	return h
}

// What a person wrote of a rule stays however often it is counted again, whether it was
// edited in the library or as a line; its other words and its counts go on. What the
// person takes back is the learner's again.
func TestWordsOfAPersonOutliveCounting(t *testing.T) {
	for _, how := range []struct {
		name string
		do   func(l *Library, h *agent.Heuristic) error
	}{
		{"in the library", func(l *Library, h *agent.Heuristic) error {
			_, err := l.Edit(t.Context(), "Ann", h.ID, h.Version, catalog.HeuristicEdit{Title: new("Ann's title")})
			return err
		}},
		{"as a line", func(l *Library, h *agent.Heuristic) error {
			_, err := l.EditLine(t.Context(), "Ann", "the line", []catalog.RuleRewrite{{ID: h.ID, Version: h.Version, Status: h.Status, Words: catalog.HeuristicEdit{Title: new("Ann's title")}}})
			return err
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			l := open(t, "").Library()
			learns(t, l, 1, *counted(3, 1))
			rules := everything(t, l)
			h := rules[0]
			if err := how.do(l, h); err != nil {
				t.Fatal(err)
			}
			for n := 2; n < 5; n++ {
				again := counted(3+n, 1)
				again.ID, again.Title, again.Pattern = h.ID, "The learner's title", "as the learner says it now"
				learns(t, l, n, *again)
			}
			now, err := l.Get(t.Context(), h.ID)
			if err != nil || now.Title != "Ann's title" || now.Good != 7 || now.Pattern != "as the learner says it now" || !slices.Equal(now.ByHand, []string{"title"}) || now.Author != agent.AuthorDistiller {
				t.Errorf("%+v, %v", now, err)
			}
			if _, err := l.Revert(t.Context(), "Ann", h.ID, 1); err != nil {
				t.Fatal(err)
			}
			again := counted(20, 1)
			again.ID, again.Title = h.ID, "The learner's title"
			learns(t, l, 9, *again)
			if now, err = l.Get(t.Context(), h.ID); err != nil || now.Title != "The learner's title" || now.Good != 20 {
				t.Errorf("taken back, it is %+v, %v", now, err)
			}
		})
	}
}

// A model that says the same again, better proven, does not get its words over a person's.
func TestWordsOfAPersonOutliveMerging(t *testing.T) {
	l := open(t, "").Library()
	refs := func(n int) (out []agent.EvidenceRef) {
		for i := range n {
			out = append(out, agent.EvidenceRef{Run: "r", Step: i + 1, Delta: 1, Good: true})
		}
		return out
	}
	h := agenttest.TestRule("key")
	h.Author, h.Scope, h.Evidence, h.Good = agent.AuthorModel+"m", agenttest.TestScope, refs(1), 1
	saved, err := l.Save(t.Context(), agent.Batch{Actor: "m", Rules: []*agent.Heuristic{h}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Edit(t.Context(), "Ann", saved[0].ID, 1, catalog.HeuristicEdit{Title: new("Ann's title")}); err != nil {
		t.Fatal(err)
	}
	stored, _ := l.Get(t.Context(), saved[0].ID)
	again := h.Clone()
	again.Title, again.Good, again.Evidence = "The model's new title", 9, refs(9)
	merged := duplicates.Merge(stored, again)
	if merged.Title != "Ann's title" || merged.Good != 9 {
		t.Errorf("%+v", merged)
	}
}

// What people decided while a learner worked on what it had read before is not undone by
// what it writes: where a rule leads to, who set its status, its words.
func TestABatchReadBeforeAPersonsDecision(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(l *Library, a, b *agent.Heuristic) error
		want func(h, b *agent.Heuristic) bool
	}{
		{"a line edit that makes another rule", func(l *Library, a, _ *agent.Heuristic) error {
			_, err := l.EditLine(t.Context(), "Ann", "the line", []catalog.RuleRewrite{{ID: a.ID, Version: a.Version, Status: a.Status, Words: catalog.HeuristicEdit{Strategy: new(""), Avoid: new("do it")}}})
			return err
		}, func(h, _ *agent.Heuristic) bool {
			return h.SucceededBy != "" && h.Status == agent.Retired && h.StatusBy == "Ann"
		}},
		{"a merge", func(l *Library, a, b *agent.Heuristic) error {
			_, err := l.Merge(t.Context(), "Ann", b.ID, []string{a.ID})
			return err
		}, func(h, b *agent.Heuristic) bool { return h.MergedInto == b.ID && h.Status == agent.Retired }},
		{"words", func(l *Library, a, _ *agent.Heuristic) error {
			_, err := l.Edit(t.Context(), "Ann", a.ID, a.Version, catalog.HeuristicEdit{Title: new("Ann's title"), Because: new("I saw it")})
			return err
		}, func(h, _ *agent.Heuristic) bool {
			return h.Title == "Ann's title" && h.Because == "I saw it" && h.Usable()
		}},
		{"a status", func(l *Library, a, _ *agent.Heuristic) error {
			_, err := l.SetStatus(t.Context(), "Ann", []string{a.ID}, agent.Archived)
			return err
		}, func(h, _ *agent.Heuristic) bool { return h.Status == agent.Archived && h.StatusBy == "Ann" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, "").Library()
			other := agenttest.TestPredicateRule("other", "other")
			other.Scope = agenttest.TestScope
			saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{counted(3, 1), other}})
			if err != nil {
				t.Fatal(err)
			}
			read := saved[0].Clone()
			if err := test.do(l, saved[0], saved[1]); err != nil {
				t.Fatal(err)
			}
			read.Good, read.Title = 9, "The learner's title"
			if _, err := l.Save(t.Context(), agent.Batch{Trajectory: "t1", Scope: agenttest.TestScope, Rules: []*agent.Heuristic{read}}); err != nil {
				t.Fatal(err)
			}
			if h, err := l.Get(t.Context(), read.ID); err != nil || !test.want(h, saved[1]) || h.Good != 9 {
				t.Errorf("it is %+v, %v", h, err)
			}
		})
	}
}

// A person who gives a rule back to evidence is not overruled by what was read before.
func TestABatchReadBeforeATrial(t *testing.T) {
	l := open(t, "").Library()
	saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{counted(3, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	id := saved[0].ID
	if _, err := l.SetStatus(t.Context(), "Ann", []string{id}, agent.Retired); err != nil {
		t.Fatal(err)
	}
	read, _ := l.Get(t.Context(), id)
	if _, err := l.Change(t.Context(), "Ann", agent.ActTrial, catalog.RuleSelection{IDs: []string{id}}); err != nil {
		t.Fatal(err)
	}
	read.Good = 9
	if _, err := l.Save(t.Context(), agent.Batch{Trajectory: "t1", Scope: agenttest.TestScope, Rules: []*agent.Heuristic{read}}); err != nil {
		t.Fatal(err)
	}
	if h, _ := l.Get(t.Context(), id); h.Status != agent.Probation || h.StatusBy != "" || h.Good != 9 {
		t.Errorf("it is %+v", h)
	}
}

// A rule that was observed keeps its advice, whichever way a person brings older words
// back: what says the opposite is another rule, and the old one leads to it.
func TestWordsOfBeforeThatSayOtherwiseAreAnotherRule(t *testing.T) {
	for _, how := range []struct {
		name string
		do   func(l *Library, id string, edit, before int64) (catalog.LibraryChange, error)
	}{
		{"reverted", func(l *Library, id string, _, _ int64) (catalog.LibraryChange, error) {
			return l.Revert(t.Context(), "Ann", id, 1)
		}},
		{"undone", func(l *Library, _ string, edit, _ int64) (catalog.LibraryChange, error) {
			return l.Undo(t.Context(), "Ann", edit)
		}},
		{"restored", func(l *Library, _ string, _, before int64) (catalog.LibraryChange, error) {
			return l.db.Snapshots().Restore(t.Context(), "Ann", before, "before")
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			l := open(t, "").Library()
			id := shelved(t, l, 1)[0]
			changes, _ := l.Changes(t.Context(), "", 0, 1)
			before := changes[0].Revision
			if _, err := l.Edit(t.Context(), "Ann", id, 1, catalog.HeuristicEdit{Strategy: new(""), Avoid: new("look for key 0")}); err != nil {
				t.Fatal(err) // nothing was observed of it yet: it may say what it likes
			}
			changes, _ = l.Changes(t.Context(), "", 0, 1)
			observed, _ := l.Get(t.Context(), id)
			observed.Bad = 9
			if _, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{observed}}); err != nil {
				t.Fatal(err)
			}
			change, err := how.do(l, id, changes[0].Revision, before)
			if err != nil {
				t.Fatal(err)
			}
			old, err := l.Get(t.Context(), id)
			if err != nil || !old.Against() || old.Bad != 9 || old.Status != agent.Retired || old.SucceededBy == "" {
				t.Fatalf("the observed rule is %+v, %v", old, err)
			}
			next, err := l.Get(t.Context(), old.SucceededBy)
			if err != nil || next.Against() || next.Strategy != "look for key 0" || next.Observed() || next.Status != agent.Active || next.Supersedes != id {
				t.Errorf("what was brought back is %+v, %v", next, err)
			}
			if _, err := l.Undo(t.Context(), "Ann", change.Revision); err != nil {
				t.Fatal(err)
			}
			if back, err := l.Get(t.Context(), id); err != nil || !back.Against() || back.Bad != 9 || back.Status != agent.Active || back.SucceededBy != "" {
				t.Errorf("undone, it is %+v, %v", back, err)
			}
		})
	}
}

// The same for a rule that is out of use, which stays so.
func TestOutOfUseAdviceDoesNotTurnEither(t *testing.T) {
	l := open(t, "").Library()
	saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{counted(9, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	id := saved[0].ID
	if _, err := l.SetStatus(t.Context(), "Ann", []string{id}, agent.Banned); err != nil {
		t.Fatal(err)
	}
	edited, err := l.Edit(t.Context(), "Ann", id, 1, catalog.HeuristicEdit{Strategy: new(""), Avoid: new("do it")})
	if err != nil || edited.ID == id || edited.Status != agent.Banned || edited.Observed() {
		t.Errorf("what says the opposite is %+v, %v", edited, err)
	}
	if old, _ := l.Get(t.Context(), id); old.Against() || old.Status != agent.Banned || old.SucceededBy != edited.ID {
		t.Errorf("the old one is %+v", old)
	}
}

// What a person brings back into use leads nowhere any more; what is put away another
// way still says where its case is spoken of.
func TestWhereARuleLeadsTo(t *testing.T) {
	retire := func(status agent.Status) func(l *Library, id string) error {
		return func(l *Library, id string) error {
			_, err := l.SetStatus(t.Context(), "Ann", []string{id}, status)
			return err
		}
	}
	bulk := func(action agent.LibraryAction) func(l *Library, id string) error {
		return func(l *Library, id string) error {
			_, err := l.Change(t.Context(), "Ann", action, catalog.RuleSelection{IDs: []string{id}})
			return err
		}
	}
	for _, test := range []struct {
		name  string
		do    func(l *Library, id string) error
		leads bool
	}{
		{"in use", retire(agent.Active), false},
		{"on trial", retire(agent.Probation), false},
		{"a candidate", retire(agent.Candidate), false},
		{"archived", retire(agent.Archived), true},
		{"banned", retire(agent.Banned), true},
		{"pinned", func(l *Library, id string) error {
			_, err := l.Pin(t.Context(), "Ann", []string{id}, true)
			return err
		}, false},
		{"on trial, among others", bulk(agent.ActTrial), false},
		{"banned, among others", bulk(agent.ActBan), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, "").Library()
			saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{counted(9, 1)}})
			if err != nil {
				t.Fatal(err)
			}
			id := saved[0].ID
			next, err := l.Edit(t.Context(), "Ann", id, 1, catalog.HeuristicEdit{Strategy: new(""), Avoid: new("do it")})
			if err != nil || next.ID == id {
				t.Fatal(next, err)
			}
			if err := test.do(l, id); err != nil {
				t.Fatal(err)
			}
			if h, err := l.Get(t.Context(), id); err != nil || (h.SucceededBy == next.ID) != test.leads || (h.SucceededBy == "") == test.leads {
				t.Errorf("it leads to %q, %v", h.SucceededBy, err)
			}
		})
	}
}
