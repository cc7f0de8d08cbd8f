package lifecycle_test

import (
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
	"purposeagent/agent/lifecycle"
)

var lifeNow = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)

// worded and counted are a rule in words and one that the distiller counts.
func worded(status agent.Status, c credit.Credit) *agent.Heuristic {
	h := agenttest.TestRule("worded")
	h.ID, h.Author, h.Status, h.Credit, h.CreatedAt = "w", "model:test", status, c, lifeNow
	return h
}

// claimed is a rule of a model with a condition that is checked.
func claimed(status agent.Status, c credit.Credit) *agent.Heuristic {
	h := counted(status, c)
	h.Author = "model:test"
	return h
}

// packed is a rule in words that came with a pack: it is watched first.
func packed(status agent.Status, c credit.Credit) *agent.Heuristic {
	h := worded(status, c)
	h.Author = "import:pack"
	return h
}

func counted(status agent.Status, c credit.Credit) *agent.Heuristic {
	h := agenttest.TestPredicateRule("counted", "below")
	h.ID, h.Author, h.Status, h.Credit, h.CreatedAt = "c", agent.AuthorDistiller, status, c, lifeNow
	return h
}

// lifted is a procedure that the rule distiller lifted from successes.
func lifted(status agent.Status, c credit.Credit) *agent.Heuristic {
	h := counted(status, c)
	h.Tier, h.Kind, h.Action = agent.Procedural, agent.KindWorkflow, ""
	h.Steps, h.Predicate = []string{"take {piece}", "work drill {piece}"}, &agent.Predicate{When: []agent.Condition{{Feature: "flute is asked", Holds: true}}}
	return h
}

// heldOut is the credit of a rule that was in and out of so many tasks.
func heldOut(in, inSolved, out, outSolved float64) credit.Credit {
	c := credit.Credit{Trials: int(in + out), Strata: []credit.Stratum{{Type: "t", In: in, InSolved: inSolved, Out: out, OutSolved: outSolved}}}
	c.Uplift = credit.UpliftOf(c.Strata)
	return c
}

func provenSet() *credit.Ledger {
	l := &credit.Ledger{Tasks: 200, Hypotheses: 40, Set: []credit.Stratum{{In: 60, InSolved: 50, Out: 20, OutSolved: 2}}}
	l.SetUplift = credit.UpliftOf(l.Set)
	return l
}

func TestMoves(t *testing.T) {
	true5 := credit.Credit{Hits: 20, Misses: 1, Checked: 9, LogE: 12}
	with := func(c credit.Credit, change func(*credit.Credit)) credit.Credit {
		change(&c)
		return c
	}
	ago := func(h *agent.Heuristic, d time.Duration) *agent.Heuristic {
		h.CreatedAt = h.CreatedAt.Add(-d)
		return h
	}
	by := func(h *agent.Heuristic, change func(*agent.Heuristic)) *agent.Heuristic {
		change(h)
		return h
	}
	for _, test := range []struct {
		name   string
		rule   *agent.Heuristic
		ledger *credit.Ledger
		policy lifecycle.Policy
		want   agent.Status // "" for none
	}{
		{"a candidate that fires without contradiction goes on trial", packed(agent.Candidate, credit.Credit{Fires: 3, FireTasks: 2}), nil, "", agent.Probation},
		{"not in one task alone", packed(agent.Candidate, credit.Credit{Fires: 9, FireTasks: 1}), nil, "", ""},
		{"nor against what was seen", packed(agent.Candidate, credit.Credit{Fires: 9, FireTasks: 3, Contradicted: 1}), nil, "", agent.Archived},
		{"nor before a person approved it", packed(agent.Candidate, credit.Credit{Fires: 3, FireTasks: 2}), nil, lifecycle.Approve, ""},
		{"an open library has no trial", worded(agent.Candidate, credit.Credit{}), nil, lifecycle.Open, agent.Active},
		{"an old candidate is put away", ago(packed(agent.Candidate, credit.Credit{}), 31*24*time.Hour), nil, "", agent.Archived},
		{"also one that never fits", packed(agent.Candidate, credit.Credit{Born: 20}), provenSet(), "", agent.Archived},
		{"a trial that helps", worded(agent.Probation, heldOut(12, 11, 12, 3)), nil, "", agent.Active},
		{"too few tasks without it", worded(agent.Probation, heldOut(30, 30, 7, 0)), nil, "", ""},
		{"a trial that harms", worded(agent.Probation, heldOut(12, 2, 12, 10)), nil, "", agent.Retired},
		{"a trial that decides nothing", worded(agent.Probation, heldOut(20, 10, 20, 10)), nil, "", agent.Archived},
		{"a trial that is not over", worded(agent.Probation, heldOut(15, 8, 15, 7)), nil, "", ""},
		{"an active rule that harms", worded(agent.Active, heldOut(60, 20, 20, 16)), nil, "", agent.Retired},
		{"an active rule that is undecided stays", worded(agent.Active, heldOut(60, 30, 20, 10)), nil, "", ""},
		{"a true prediction in a useful set", counted(agent.Probation, true5), provenSet(), "", agent.Active},
		{"a true prediction in a set that is worth nothing yet", counted(agent.Probation, true5), nil, "", ""},
		{"a few lucky predictions", counted(agent.Probation, with(true5, func(c *credit.Credit) { c.LogE = 3 })), provenSet(), "", ""},
		{"many predictions of one task", counted(agent.Probation, with(true5, func(c *credit.Credit) { c.Checked = 1 })), provenSet(), "", ""},
		{"an estimate that is wrong at times is no lie", counted(agent.Probation, credit.Credit{Hits: 5, Misses: 5, Checked: 5}), provenSet(), "", ""},
		{"an active estimate that lost its edge", counted(agent.Active, with(true5, func(c *credit.Credit) { c.LogE = -.1 })), provenSet(), "", agent.Probation},
		{"a claim whose predictions came true in a useful set", claimed(agent.Probation, credit.Credit{Hits: 24, Misses: 1, Checked: 9, LogE: 12}), provenSet(), "", agent.Active},
		{"what a model wrote is in trial at once", worded(agent.Candidate, credit.Credit{}), nil, "", agent.Probation},
		{"a procedure is in trial at once", lifted(agent.Candidate, credit.Credit{}), nil, "", agent.Probation},
		{"a procedure with an effect of its own", lifted(agent.Probation, heldOut(12, 11, 12, 3)), nil, "", agent.Active},
		{"a procedure without one", lifted(agent.Probation, heldOut(20, 10, 20, 10)), nil, "", agent.Archived},
		{"unless a person approves first", worded(agent.Candidate, credit.Credit{}), nil, lifecycle.Approve, ""},
		{"a trial that a certain transition refutes", worded(agent.Probation, credit.Credit{Hits: 30, Refuted: 1, Checked: 9}), nil, "", agent.Retired},
		{"one that was followed in vain twice", worded(agent.Probation, credit.Credit{Hits: 5, Misses: 2, Checked: 4}), nil, "", agent.Retired},
		{"one that was followed well is not proven by that", worded(agent.Probation, credit.Credit{Hits: 40, Checked: 20}), provenSet(), "", ""},
		{"but by its hold-out", worded(agent.Probation, with(heldOut(12, 11, 12, 3), func(c *credit.Credit) { c.Hits = 4 })), nil, "", agent.Active},
		{"an estimate is refuted by its counts alone", counted(agent.Probation, with(true5, func(c *credit.Credit) { c.Refuted = 2 })), nil, "", ""},
		{"a claim that is false", worded(agent.Active, credit.Credit{Hits: 5, Misses: 2, Checked: 4}), nil, "", agent.Retired},
		{"a claim worse than the base rate", worded(agent.Probation, credit.Credit{Hits: 3, Misses: 1, Checked: 4, LogE: -3.5}), nil, "", agent.Retired},
		{"a claim that came true goes on trial", packed(agent.Candidate, credit.Credit{Hits: 3, Checked: 2, LogE: 2}), nil, "", agent.Probation},
		{"a claim with one miss in twelve is not yet proven", claimed(agent.Probation, credit.Credit{Hits: 11, Misses: 1, Checked: 9, LogE: 12}), provenSet(), "", ""},
		{"a person's rule is a person's", by(worded(agent.Active, heldOut(60, 20, 20, 16)), func(h *agent.Heuristic) { h.Author = agent.AuthorHuman }), nil, "", ""},
		{"a pin holds", by(worded(agent.Active, heldOut(60, 20, 20, 16)), func(h *agent.Heuristic) { h.Pinned = true }), nil, "", ""},
		{"a status set by hand holds", by(worded(agent.Active, heldOut(60, 20, 20, 16)), func(h *agent.Heuristic) { h.StatusBy = "ada" }), nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			ledger, policy := test.ledger, test.policy
			if ledger == nil {
				ledger = &credit.Ledger{Tasks: 20, Hypotheses: 40}
			}
			if policy == "" {
				policy = lifecycle.Evidence
			}
			moves := lifecycle.Moves([]*agent.Heuristic{test.rule}, ledger, policy, lifeNow)
			switch {
			case test.want == "" && len(moves) > 0:
				t.Errorf("it moved to %s: %s", moves[0].To, moves[0].Reason)
			case test.want != "" && (len(moves) != 1 || moves[0].To != test.want || moves[0].From != test.rule.Status || moves[0].Reason == ""):
				t.Errorf("moves = %+v, want to %s", moves, test.want)
			}
		})
	}
}

// The correction for many: what is proven alone is not among a hundred others.
func TestPromotionsAreCorrected(t *testing.T) {
	alone := worded(agent.Probation, heldOut(12, 9, 12, 5)) // P(uplift > 0) is about .94
	if u := alone.Credit.Uplift; u.Positive < .9 || u.Positive > .97 {
		t.Fatalf("P(uplift > 0) = %v; the example is to lie between", u.Positive)
	}
	ledger := &credit.Ledger{Tasks: 50, Hypotheses: 100}
	if moves := lifecycle.Moves([]*agent.Heuristic{alone}, ledger, lifecycle.Evidence, lifeNow); len(moves) != 1 {
		t.Fatalf("alone it moves %+v", moves)
	}
	many := []*agent.Heuristic{alone}
	for i := range 30 {
		h := worded(agent.Probation, heldOut(12, 6, 12, 6))
		h.ID = fmt.Sprint("null ", i)
		many = append(many, h)
	}
	if moves := lifecycle.Moves(many, ledger, lifecycle.Evidence, lifeNow); len(moves) != 0 {
		t.Errorf("among 30 others it moves %+v", moves)
	}
}

func TestUpliftOf(t *testing.T) {
	if u := credit.UpliftOf([]credit.Stratum{{Type: "a", In: 9, InSolved: 9}}); u != nil {
		t.Errorf("without a task on the other side the uplift is %+v, want none", u)
	}
	// Simpson's paradox: in each type the rule helps; pooled it seems to harm.
	u := credit.UpliftOf([]credit.Stratum{{Type: "easy", In: 10, InSolved: 10, Out: 90, OutSolved: 81}, {Type: "hard", In: 90, InSolved: 27, Out: 10, OutSolved: 2}})
	if math.Abs(u.Value-.1) > 1e-12 { // (9·0.1 + 9·0.1)/18
		t.Errorf("stratified uplift = %v, want 0.1", u.Value)
	}
	if u.In != 100 || u.Out != 100 || u.Low > u.Value || u.High < u.Value || u.Positive < .6 {
		t.Errorf("uplift = %+v", u)
	}
}

// Weights whose squares are too small for a float64 still have a spread.
func TestUpliftOfTinyCounts(t *testing.T) {
	tiny := credit.Stratum{Type: "a", In: 1, InSolved: .5, Out: 2e-162, OutSolved: 2e-162}
	other := tiny
	other.Type = "b"
	if u := credit.UpliftOf([]credit.Stratum{tiny, other}); u == nil || math.Abs(u.Positive-.5) > 1e-9 || !(u.Harmful > 0 && u.Harmful < .5) || u.Low >= u.High {
		t.Errorf("uplift = %+v", u)
	}
}

func TestUpliftProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var strata []credit.Stratum
		for i := range rapid.IntRange(1, 5).Draw(t, "types") {
			in, out := rapid.Float64Range(0, 200).Draw(t, "in"), rapid.Float64Range(0, 200).Draw(t, "out")
			strata = append(strata, credit.Stratum{Type: strconv.Itoa(i), In: in, Out: out,
				InSolved: in * rapid.Float64Range(0, 1).Draw(t, "p in"), OutSolved: out * rapid.Float64Range(0, 1).Draw(t, "p out")})
		}
		u := credit.UpliftOf(strata)
		if u == nil {
			return
		}
		for _, x := range []float64{u.Value, u.Low, u.High} {
			if math.IsNaN(x) || x < -1 || x > 1 {
				t.Fatalf("uplift = %+v", u)
			}
		}
		if u.Low > u.Value || u.Value > u.High || !(u.Positive >= -1e-9 && u.Positive <= 1+1e-9) || !(u.Harmful >= -1e-9 && u.Harmful <= 1+1e-9) || u.Positive+u.Harmful > 1+1e-6 {
			t.Fatalf("uplift = %+v", u)
		}
	})
}

func TestAdvantage(t *testing.T) {
	h := worded(agent.Active, credit.Credit{})
	if a := h.Credit.Advantage(); a.Value != 0 || a.N != 0 || a.Low >= 0 || a.High <= 0 {
		t.Errorf("without a task the advantage is %+v", a)
	}
	ledger := credit.Ledger{}
	for i := range 6 {
		task := &credit.TaskRecord{Type: "t", Solved: i%3 > 0}
		told := ledger.Credit(task)
		h = agent.CountUse(h, credit.UseCount{ID: "w", Shown: 1, Cited: 1, Reward: 1}, told, lifeNow)
		ledger = ledger.Count(task, 0)
	}
	// y = 0 1 1 0 1 1 against b = (Σy + 1)/(n + 2), each older task faded by 2^(−1/200).
	want, weight := 0.0, 0.0
	fade := math.Exp2(-1.0 / 200)
	for _, a := range []float64{0 - 1./2, 1 - 1./3, 1 - 2./4, 0 - 3./5, 1 - 3./6, 1 - 4./7} {
		want, weight = want*fade+a, weight*fade+1
	}
	if a := h.Credit.Advantage(); math.Abs(a.Value-want/(weight+4)) > 1e-12 || math.Abs(a.N-weight) > 1e-12 {
		t.Errorf("advantage = %+v, want %v of %v", a, want/(weight+4), weight)
	}
}

func TestTaskType(t *testing.T) {
	vocabulary := map[string][]string{"colour": {"red", "blue"}, "kind": {"Cup", "bowl"}}
	for _, test := range []struct{ purpose, want string }{
		{"Bring a red cup", "bring {colour} {kind}"},
		{"Bring a BLUE bowl!", "bring {colour} {kind}"},
		{"Bring 12 cups", "bring # {kind}"},
		{"Bring two cups", "bring # {kind}"},
		{"Bring a cup without red", "bring {kind} without {not colour}"},
		{"Bring a blue cup, not a red one", "bring {colour} {kind} not {not colour} one"},
		{"", ""},
	} {
		if got := agent.TaskType(test.purpose, vocabulary); got != test.want {
			t.Errorf("TaskType(%q) = %q, want %q", test.purpose, got, test.want)
		}
	}
}

func TestWithheld(t *testing.T) {
	const n = 20_000
	out := 0
	for i := range n {
		run := fmt.Sprint("run-", i)
		task := agent.Task{Seed: int64(i % 7)}
		w := agent.Withheld(run, task, "h1", .3)
		if w != agent.Withheld(run, task, "h1", .3) {
			t.Fatal("the same run draws twice")
		}
		if w {
			out++
		}
		if agent.Withheld(run, task, "h1", 0) {
			t.Fatal("withheld without any probability")
		}
	}
	if share := float64(out) / n; math.Abs(share-.3) > .012 { // 3.7 standard errors
		t.Errorf("withheld in %.3f of the runs, want 0.3", share)
	}
}

// A full library lets go of what is worth least, and keeps what is best at something.
func TestCapacity(t *testing.T) {
	var rules []*agent.Heuristic
	for i := range lifecycle.Capacity + 1 {
		h := worded(agent.Active, credit.Credit{Born: 1, Weight: 10, Sum: 5, Squares: 5})
		h.ID, h.Tasks = fmt.Sprintf("w%04d", i), 50
		h.Pattern, h.Strategy = fmt.Sprintf("at place%d with thing%d", i*7919%1000, i*104729%997), fmt.Sprintf("do%d to%d", i*31%401, i*17%397)
		rules = append(rules, h)
	}
	useless, specialist, pinned := rules[7], rules[8], rules[9]
	useless.Credit.Sum = -5
	specialist.Credit.Sum = -5
	specialist.Credit.Strata = []credit.Stratum{{Type: "rare", In: 5, InSolved: 5}}
	pinned.Credit.Sum, pinned.Pinned = -5, true
	ledger := &credit.Ledger{Tasks: 60}
	if moves := lifecycle.Moves(rules[1:], ledger, lifecycle.Evidence, lifeNow); len(moves) != 0 {
		t.Fatalf("within its capacity a library lets %d rules go", len(moves))
	}
	rules = append(rules, rules[0].Clone())
	rules[len(rules)-1].ID = "copy"
	moves := lifecycle.Moves(rules, ledger, lifecycle.Evidence, lifeNow)
	gone := map[string]bool{}
	for _, m := range moves {
		gone[m.ID] = m.To == agent.Archived
	}
	if !gone[useless.ID] || !gone["copy"] && !gone[rules[0].ID] || gone[specialist.ID] || gone[pinned.ID] {
		t.Errorf("gone: useless %v, one of two that say the same %v, the best at something %v, pinned %v",
			gone[useless.ID], gone["copy"] || gone[rules[0].ID], gone[specialist.ID], gone[pinned.ID])
	}
	if left := len(rules) - 1 - len(moves); left != lifecycle.Capacity-lifecycle.Capacity/20 {
		t.Errorf("%d rules are left", left)
	}
}

// Of two rules that contradict each other each run has one, and both get a
// fair share of the runs.
func TestContradictionsTakeTurns(t *testing.T) {
	rule := func(id, strategy string, conflicts ...string) *agent.Heuristic {
		h := agenttest.TestRule(id)
		h.ID, h.Tier, h.Status, h.Author, h.Conflicts = id, agent.Strategic, agent.Active, "model:test", conflicts
		h.Pattern, h.Strategy, h.Avoid = "at the locked door", strategy, ""
		return h
	}
	a, b := rule("a", "open the locked door"), rule("b", "leave the locked door", "a")
	set := agent.NewRuleSet(agenttest.TestScope, 1, []*agent.Heuristic{a, b}, nil)
	in := map[string]int{}
	const runs = 2000
	for i := range runs {
		s := &agent.Situation{Task: agent.Task{Purpose: "open the locked door", Seed: int64(i)}, Explore: true, Index: 1}
		got, record := agent.Retrieve(t.Context(), fmt.Sprint("run-", i), s, set)
		if len(got) != 1 {
			t.Fatalf("run %d has %d of the two", i, len(got))
		}
		in[got[0].Rule.ID]++
		for _, u := range record.Rules {
			if u.Propensity != .5 {
				t.Fatalf("%s is recorded with propensity %v", u.ID, u.Propensity)
			}
		}
	}
	if share := float64(in["a"]) / runs; math.Abs(share-.5) > .045 { // four standard errors
		t.Errorf("a is in %.3f of the runs", share)
	}
	b.Status = agent.Retired
	set = agent.NewRuleSet(agenttest.TestScope, 2, []*agent.Heuristic{a, b}, nil)
	out := 0
	for i := range 400 {
		s := &agent.Situation{Task: agent.Task{Purpose: "open the locked door", Seed: int64(i)}, Explore: true, Index: 1}
		if got, _ := agent.Retrieve(t.Context(), fmt.Sprint("run-", i), s, set); len(got) == 0 {
			out++
		}
	}
	if out > 60 {
		t.Errorf("without its rival a is still out of %d of 400 runs", out)
	}
}

// Whoever writes other steps teaches another procedure: what was counted is of the steps
// that were taken.
func TestOtherStepsAreAnotherProcedure(t *testing.T) {
	a := lifted(agent.Probation, heldOut(1, 1, 1, 0))
	b := a.Clone()
	b.Title = "Another title"
	if agent.SaysOtherwise(a, b) {
		t.Error("a title makes it another procedure")
	}
	b.Steps[1] = "work sand {piece}"
	if !agent.SaysOtherwise(a, b) {
		t.Error("other steps are the same procedure")
	}
}
