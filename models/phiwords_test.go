package models

import (
	"context"
	"math"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/roles"
)

// A person's word holds for the state it was said of, also after a restart, and
// is the truth that a critic is measured by where nobody else knows it.
func TestPhiWords(t *testing.T) {
	db := open(t, "")
	epoch := newRun(t, db, "r_1", nil)
	events := play(t, "r_1", agenttest.Add(5), agenttest.Add(5), agent.Action{Name: agent.Done})
	ending := &events[len(events)-1]
	finished, ok := ending.Data.(agent.RunFinished)
	if !ok {
		t.Fatalf("it ended with %s", ending.Data.Kind())
	}
	finished.Result.Outcome = agent.CriticOutcome(8.3) // as where nobody else knows
	ending.Data = finished
	if err := db.Runs().Append(t.Context(), "r_1", epoch, events...); err != nil {
		t.Fatal(err)
	}
	run, err := db.Runs().Get(t.Context(), "r_1")
	if err != nil {
		t.Fatal(err)
	}
	last, err := db.Runs().Step(t.Context(), "r_1", run.Steps)
	if err != nil {
		t.Fatal(err)
	}
	key := roles.PhiKey("counter", run.Spec.Task(7), last.After)
	if !db.PhiWords().Empty() {
		t.Error("somebody has spoken already")
	}
	word, err := db.PhiWords().Say(t.Context(), "Ann", "r_1", last.Index, 2.5, " it only looks so ")
	if err != nil || word.Phi != 2.5 || word.By != "Ann" || word.Reason != "it only looks so" {
		t.Fatalf("%+v %v", word, err)
	}
	if got, ok := db.PhiWords().PhiWord(key); !ok || got.Phi != 2.5 {
		t.Errorf("%+v %t", got, ok)
	}
	for _, bad := range []struct {
		run    string
		step   int
		phi    float64
		reason string
		code   agent.Code
	}{
		{"r_1", 1, 11, "why", agent.CodeInvalid}, {"r_1", 1, math.NaN(), "why", agent.CodeInvalid}, {"r_1", 1, 5, " ", agent.CodeInvalid},
		{"r_1", 1, 5, strings.Repeat("x", 1<<20), agent.CodeInvalid}, {"r_none", 1, 5, "why", agent.CodeNotFound}, {"r_1", 99, 5, "why", agent.CodeNotFound},
	} {
		if _, err := db.PhiWords().Say(t.Context(), "Ann", bad.run, bad.step, bad.phi, bad.reason); agent.CodeOf(err) != bad.code {
			t.Errorf("%.20v: %v", bad, err)
		}
	}
	reports, err := db.Critics().Critics(t.Context())
	if err != nil || len(reports) != 1 || reports[0].Critic != last.Score.Critic || reports[0].Total != 1 || reports[0].Successes != 0 {
		t.Errorf("the critic is measured by %+v, %v", reports, err)
	}
	if _, err := db.PhiWords().Say(t.Context(), "Bob", "r_1", last.Index, 9, "I was wrong"); err != nil {
		t.Fatal(err)
	}
	if reports, err = db.Critics().Critics(t.Context()); err != nil || reports[0].Total != 1 || reports[0].Successes != 1 {
		t.Errorf("after another word: %+v, %v", reports, err)
	}
	if _, err := db.PhiWords().Say(t.Context(), "Ann", "r_1", last.Index, 2.5, "it only looks so"); err != nil {
		t.Fatal(err)
	}
	again, err := newPhiWords(t.Context(), db) // as when it is opened anew
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := again.PhiWord(key); !ok || got.Reason != "it only looks so" {
		t.Errorf("after a restart: %+v %t", got, ok)
	}
	asked := 0
	c := &roles.Corrected{Words: db.PhiWords(), Environment: "counter", Critic: criticFunc(func() agent.Score { asked++; return agent.Score{PhiAfter: 9, Critic: "m"} })}
	score, err := c.Assess(t.Context(), agent.Assessment{Task: run.Spec.Task(7), Before: &last.Before, After: last.After, PhiBefore: 4})
	if err != nil || asked != 0 || score.PhiAfter != 2.5 || score.Delta != -1.5 || !score.Has(agent.FlagCorrected) || score.Critic != agent.PersonCritic {
		t.Errorf("%+v, the critic was asked %d times, %v", score, asked, err)
	}
	if _, err := c.Assess(t.Context(), agent.Assessment{Task: agent.Task{Purpose: "something else"}, After: last.After}); err != nil || asked != 1 {
		t.Errorf("for another task the critic was asked %d times, %v", asked, err)
	}
}

type criticFunc func() agent.Score

func (f criticFunc) Assess(context.Context, agent.Assessment) (agent.Score, error) { return f(), nil }
