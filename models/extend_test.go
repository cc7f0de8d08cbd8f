package models

import (
	"database/sql"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

func TestExtend(t *testing.T) {
	db := open(t, "")
	s := db.Runs()
	run := agent.Run{ID: "r_1", Seed: 3, Status: agent.RunIsQueued, Spec: agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "find it", Budget: agent.Budget{Tokens: 100, USD: 1}}.WithDefaults()}
	if err := s.Create(t.Context(), []agent.Run{run}, 1, func(*sql.Tx) ([]int64, error) { return []int64{1}, nil }); err != nil {
		t.Fatal(err)
	}
	extend := func(run string, steps int, more agent.Budget) error {
		_, err := s.Wish(t.Context(), run, steering.Wish{Kind: steering.WishExtend, By: "Ann", Steps: steps, More: more}, nil)
		return err
	}
	if err := extend("r_1", 5, agent.Budget{Tokens: 50, USD: .5, Seconds: 9}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "r_1")
	if err != nil || got.Spec.MaxSteps != agent.DefaultMaxSteps+5 || got.Spec.Budget != (agent.Budget{Tokens: 150, USD: 1.5}) {
		t.Errorf("%+v %v; what has no limit keeps none", got.Spec, err)
	}
	for _, test := range []struct {
		name, run string
		steps     int
		want      agent.Code
	}{
		{"more steps than a task may have", "r_1", agent.MaxMaxSteps, agent.CodeInvalid},
		{"a run that is not there", "r_2", 1, agent.CodeNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := extend(test.run, test.steps, agent.Budget{}); agent.CodeOf(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
