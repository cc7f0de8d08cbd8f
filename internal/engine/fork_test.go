package engine_test

import (
	"context"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/steering"
	"purposeagent/models"
)

// A fork takes over the steps, does what it is told, and goes on; the run that
// it comes from stays as it was.
func TestFork(t *testing.T) {
	db := openDB(t, models.Config{})
	w := &world{target: 9}
	e := start(t, newEngine(t, db, w, nil))
	parent := launch(t, e, spec(20))
	before := follow(t, e, parent.ID, nil)
	add5 := agenttest.Add(5)
	var made []agent.Run
	for _, f := range []steering.Fork{{Step: 3, Action: &add5, Note: " try five "}, {Step: 0}, {Step: 9, MaxSteps: 12}} {
		run, err := forked(t, db, e, parent.ID, "Ann", f)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, run)
	}
	values := func(id string) string {
		var list []string
		for _, event := range follow(t, e, id, nil) {
			if taken, ok := event.Data.(agent.StepTaken); ok {
				list = append(list, taken.Step.After.Data.Map()["value"].(interface{ String() string }).String())
			}
		}
		return strings.Join(list, " ")
	}
	for i, want := range []string{"1 2 3 8 9", "1 2 3 4 5 6 7 8 9", "1 2 3 4 5 6 7 8 9"} {
		if got := values(made[i].ID); got != want {
			t.Errorf("fork %d went %s, want %s", i, got, want)
		}
	}
	step, err := db.Runs().Step(t.Context(), made[0].ID, 4)
	if err != nil || step.Approval == nil || step.Approval.By != "Ann" || step.Approval.Proposed != agenttest.Add(1).Label() {
		t.Errorf("step 4 says %+v, %v", step.Approval, err)
	}
	got, err := db.Runs().Get(t.Context(), made[0].ID)
	if err != nil || got.Spec.Origin == nil || *got.Spec.Origin != (agent.Origin{Run: parent.ID, Step: 3, By: "Ann"}) || got.Steps != 5 || got.Spark.Count != 6 || !got.Outcome.Success {
		t.Errorf("%+v %v", got, err)
	}
	if forks, err := db.Runs().Forks(t.Context(), parent.ID, 10); err != nil || len(forks) != 3 || forks[0].ID != made[0].ID {
		t.Errorf("%d forks, %v", len(forks), err)
	}
	if after := follow(t, e, parent.ID, nil); len(after) != len(before) {
		t.Errorf("the run that was forked has %d events, had %d", len(after), len(before))
	}
	for name, f := range map[string]steering.Fork{"beyond": {Step: 10}, "negative": {Step: -1}, "no room": {Step: 5, MaxSteps: 5},
		"both": {Step: 1, Action: &add5, State: new(agent.Object)}, "long": {Note: strings.Repeat("x", 1<<20)}} {
		if _, err := forked(t, db, e, parent.ID, "Ann", f); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := forked(t, db, e, "r_none", "Ann", steering.Fork{}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}

// TestForksAtOnce forks a run that is still going on, twice in the same moment,
// and once into another state.
func TestForksAtOnce(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	w := &world{target: 9}
	e := start(t, newEngine(t, db, w, nil))
	parent := func() agent.Run {
		w.atStep = func(ctx context.Context, run string, step int) error { return g.at(6)(ctx, run, step) }
		return launch(t, e, spec(20))
	}()
	<-g.came
	ids := make(chan string, 2)
	for range 2 {
		go func() {
			run, err := forked(t, db, e, parent.ID, "Ann", steering.Fork{Step: 4})
			if err != nil {
				t.Error(err)
			}
			ids <- run.ID
		}()
	}
	a, b := <-ids, <-ids
	if a == b || a == "" {
		t.Fatalf("the forks are %q and %q", a, b)
	}
	state := agent.MustObject(map[string]any{"value": 7, "target": 9, "things": map[string]any{}})
	c, err := forked(t, db, e, parent.ID, "Ann", steering.Fork{Step: 2, State: &state, Note: "look"})
	if err != nil {
		t.Fatal(err)
	}
	close(g.open)
	for _, id := range []string{parent.ID, a, b} {
		checkLog(t, follow(t, e, id, nil), 9, "run_finished")
	}
	events := follow(t, e, c.ID, nil)
	if got, err := db.Runs().Get(t.Context(), c.ID); err != nil || got.Steps != 2 || !got.Spec.Origin.State || noteTexts(events) != "Ann: look" {
		t.Errorf("from another state: %+v, notes %q, %v", got.Spec.Origin, noteTexts(events), err)
	}
}
