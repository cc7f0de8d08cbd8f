package inbox_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/credit"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/inbox"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/stats"
)

// ruleOf is a rule in words as an inbox meets it.
func ruleOf(id, when, do, avoid string) *agent.Heuristic {
	return &agent.Heuristic{ID: id, Tier: agent.Strategic, Kind: agent.KindRule, Title: id, Pattern: when, Strategy: do, Avoid: avoid,
		Author: agent.AuthorDistiller, Status: agent.Active, Scope: agent.Scope{Environment: "maze"}}
}

func TestReviewRules(t *testing.T) {
	tried := func(id string, status agent.Status, harmful, positive float64, change ...func(*agent.Heuristic)) *agent.Heuristic {
		h := ruleOf(id, "a door is locked", "search for its key", "")
		h.Author, h.Status, h.Tasks, h.Version = agent.AuthorModel+"m", status, 20, 1
		h.Credit = credit.Credit{Trials: 20, Uplift: &credit.Uplift{In: 10, Out: 10, Harmful: harmful, Positive: positive, Low: -.5, High: .3}}
		for _, f := range change {
			f(h)
		}
		return h
	}
	pinned := func(h *agent.Heuristic) { h.Pinned = true }
	counted := func(h *agent.Heuristic) {
		h.Author, h.Predicate = agent.AuthorDistiller, &agent.Predicate{Action: "go"}
	}
	for _, test := range []struct {
		name   string
		rule   *agent.Heuristic
		policy lifecycle.Policy
		want   inbox.Kind // "" for nothing
	}{
		{"harm of a rule in use", tried("a", agent.Active, .7, .2), lifecycle.Evidence, inbox.Harm},
		{"harm of a pinned rule, which nobody else would see", tried("a", agent.Active, .95, .02, pinned), lifecycle.Evidence, inbox.Harm},
		{"a rule that helps", tried("a", agent.Active, .01, .98), lifecycle.Evidence, ""},
		{"what is out of use", tried("a", agent.Retired, .99, .01), lifecycle.Evidence, ""},
		{"what is banned", tried("a", agent.Banned, .99, .01), lifecycle.Evidence, ""},
		{"long undecided", tried("a", agent.Probation, .3, .5), lifecycle.Evidence, inbox.Undecided},
		{"a trial that began just now", tried("a", agent.Probation, .3, .5, func(h *agent.Heuristic) { h.Credit.Trials = 3 }), lifecycle.Evidence, ""},
		{"a candidate in words", tried("a", agent.Candidate, 0, .5), lifecycle.Evidence, inbox.Candidate},
		{"a counted candidate goes by its counts", tried("a", agent.Candidate, 0, .5, counted), lifecycle.Evidence, ""},
		{"but not where people approve", tried("a", agent.Candidate, 0, .5, counted), lifecycle.Approve, inbox.Candidate},
		{"estimates that disagree", tried("a", agent.Active, 0, .99, func(h *agent.Heuristic) {
			h.Credit.Uplift.Low, h.Credit.Uplift.High = .1, .5
			h.Credit.Weight, h.Credit.Sum, h.Credit.Squares = 100, -50, 30
		}), lifecycle.Evidence, inbox.Dispute},
		{"a counted rule that is used and rests on two steps", tried("a", agent.Active, 0, .5, counted, func(h *agent.Heuristic) { h.Credit, h.Shown, h.Good, h.Bad = credit.Credit{}, 40, 2, 0 }), lifecycle.Evidence, inbox.Thin},
		{"one that nothing has used", tried("a", agent.Active, 0, .5, counted, func(h *agent.Heuristic) { h.Credit, h.Shown, h.Good, h.Bad = credit.Credit{}, 0, 2, 0 }), lifecycle.Evidence, ""},
		{"one that rests on more", tried("a", agent.Active, 0, .5, counted, func(h *agent.Heuristic) { h.Credit, h.Shown, h.Good, h.Bad = credit.Credit{}, 40, 4, 0 }), lifecycle.Evidence, ""},
		{"a person's rule whose predictions fail", tried("a", agent.Active, 0, .5, func(h *agent.Heuristic) {
			h.Author, h.Credit.Uplift, h.Credit.Hits, h.Credit.Misses = agent.AuthorHuman, nil, 2, 4
		}), lifecycle.Evidence, inbox.Harm},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got inbox.Kind
			items := inbox.Rules([]*agent.Heuristic{test.rule}, nil, test.policy)
			if len(items) == 1 {
				got = items[0].Kind
				if v := items[0].Value(); v < 0 || v > 1 || items[0].Key == "" || items[0].Reason == "" || items[0].Otherwise == "" {
					t.Errorf("%+v is worth %v", items[0], v)
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestReviewOrderAndPairs(t *testing.T) {
	seldom := ruleOf("a", "a locked red door blocks the northern passage", "search the fork for its key", "")
	often := ruleOf("b", "a locked red door blocks the northern passage", "", "search the fork for its key")
	again := ruleOf("c", "three signs hang in a hall", "read the middle sign first", "")
	same := ruleOf("d", "three signs hang in a hall", "first read the middle sign", "")
	seldom.Tasks, often.Tasks, again.Tasks, same.Tasks = 1, 50, 5, 5
	rules := []*agent.Heuristic{seldom, often, again, same}
	items := inbox.Rules(rules, duplicates.Near(rules), lifecycle.Evidence)
	if len(items) != 2 || items[0].Kind != inbox.Conflict || items[1].Kind != inbox.Repeat || items[0].Value() <= items[1].Value() {
		t.Fatalf("got %+v", items)
	}
	a, b, ok := inbox.PairOf(items[0].Key)
	if !ok || a != "a" || b != "b" {
		t.Errorf("%q names %q, %q", items[0].Key, a, b)
	}
	for _, key := range []string{"", "harm:a:1", "conflict:a", "nonsense:a:b", ":::"} {
		if _, _, ok := inbox.PairOf(key); ok {
			t.Errorf("%q names no pair", key)
		}
	}
}

func TestReviewCritics(t *testing.T) {
	report := func(change func(*calibration.CriticReport)) calibration.CriticReport {
		r := calibration.CriticReport{CriticKey: calibration.CriticKey{Critic: "c", Scope: agent.Scope{Environment: "maze"}}, Total: 40, Right: calibration.RightUnproven}
		change(&r)
		return r
	}
	for _, test := range []struct {
		name   string
		report calibration.CriticReport
		want   int
	}{
		{"unproven, and never wrong", report(func(*calibration.CriticReport) {}), 0},
		{"lost the right", report(func(r *calibration.CriticReport) { r.Right = calibration.RightLost }), 1},
		{"pleases without success", report(func(r *calibration.CriticReport) { r.Goodhart.Alarm = true }), 1},
		{"often wrong above 7", report(func(r *calibration.CriticReport) { r.FalseSuccess = stats.Wilson(5, 20) }), 1},
		{"wrong once", report(func(r *calibration.CriticReport) { r.FalseSuccess = stats.Wilson(1, 3) }), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := inbox.Critics([]calibration.CriticReport{test.report}); len(got) != test.want {
				t.Errorf("got %+v, want %d", got, test.want)
			}
		})
	}
}
