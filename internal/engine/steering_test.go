package engine_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/models"
)

// texts returns the notes of a log, each with the step it came after.
func noteTexts(events []agent.Event) string {
	var texts []string
	for _, e := range events {
		if n, ok := e.Data.(agent.NoteAdded); ok {
			texts = append(texts, n.By+": "+n.Text)
		}
	}
	return strings.Join(texts, " | ")
}

func TestNotesReachTheRecord(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	e := start(t, newEngine(t, db, &world{target: 4, atStep: g.at(2)}, nil))
	run := launch(t, e, spec(20))
	<-g.came
	if err := e.NoteRun(t.Context(), run.ID, "Ann", "mind the gap"); err != nil {
		t.Fatal(err)
	}
	if err := e.PauseRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	follow(t, e, run.ID, ofKind("run_paused", 1))
	if err := e.NoteRun(t.Context(), run.ID, "Bob", "and the step"); err != nil { // nobody holds the run now
		t.Fatal(err)
	}
	close(g.open)
	if err := e.ResumeRun(t.Context(), run.ID, "Bob"); err != nil {
		t.Fatal(err)
	}
	events := follow(t, e, run.ID, nil)
	checkLog(t, events, 4, "run_finished")
	if got := noteTexts(events); got != "Ann: mind the gap | Bob: and the step" {
		t.Error("the record has", got)
	}
	if left, err := db.Runs().Notes(t.Context(), run.ID); err != nil || len(left) != 0 {
		t.Error("notes were left behind:", left, err)
	}
	people, err := db.Runs().People(t.Context(), run.ID, 10)
	if err != nil || len(people) != 4 {
		t.Errorf("people did %s, %v", kinds(people), err)
	}
	for text, code := range map[string]agent.Code{"": agent.CodeInvalid, strings.Repeat("x", 1<<20): agent.CodeInvalid, "late": agent.CodeConflict} {
		if err := e.NoteRun(t.Context(), run.ID, "Ann", text); agent.CodeOf(err) != code {
			t.Errorf("a note of %d bytes: %v", len(text), err)
		}
	}
}

func TestStepOnce(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	e := start(t, newEngine(t, db, &world{target: 9, atStep: g.at(2)}, nil))
	run := launch(t, e, spec(20))
	<-g.came
	if err := e.StepRun(t.Context(), run.ID, "Ann"); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a running run took one step:", err)
	}
	if err := e.PauseRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	follow(t, e, run.ID, ofKind("run_paused", 1))
	close(g.open)
	for n := range 3 {
		if err := e.StepRun(t.Context(), run.ID, "Ann"); err != nil {
			t.Fatal(err)
		}
		events := follow(t, e, run.ID, ofKind("run_paused", n+2))
		got, err := db.Runs().Get(t.Context(), run.ID)
		if err != nil || got.Steps != n+2 || got.Status != agent.RunIsPaused {
			t.Fatalf("after %d single steps: %d steps, %s, %v", n+1, got.Steps, got.Status, err)
		}
		if by := events[len(events)-1].Data.(agent.RunPaused).By; by != "Ann" {
			t.Error("paused by", by)
		}
	}
	if err := e.ResumeRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	checkLog(t, follow(t, e, run.ID, nil), 9, "run_finished")
}

// TestApprovals answers each request in another way, over a restart, and twice.
func TestApprovals(t *testing.T) {
	path := newPlace(t)
	db := openDB(t, at(path, false))
	e := start(t, newEngine(t, db, &world{target: 9}, nil))
	s := spec(20)
	s.Approval = "every"
	run := launch(t, e, s)
	asked := func(n int) agent.ApprovalAsked {
		t.Helper()
		events := follow(t, e, run.ID, ofKind("approval_asked", n))
		return events[len(events)-1].Data.(agent.ApprovalAsked)
	}
	answer := func(a agent.Answer) {
		t.Helper()
		if err := e.AnswerRun(t.Context(), run.ID, "Ann", a); err != nil {
			t.Fatal(err)
		}
	}
	if a := asked(1); a.Index != 1 || a.Action.Key() != agenttest.Add(1).Key() || a.Why == "" || len(a.Actions) == 0 {
		t.Fatalf("asked %+v", a)
	}
	if err := e.ResumeRun(t.Context(), run.ID, "Ann"); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("resumed without an answer:", err)
	}
	stop(t, e) // a request outlives the program
	e = start(t, newEngine(t, db, &world{target: 9}, nil))
	if n, err := db.Runs().Asking(t.Context()); n != 1 || err != nil {
		t.Errorf("%d runs ask, %v", n, err)
	}
	for name, bad := range map[string]agent.Answer{
		"verdict": {Index: 1, Verdict: "maybe"}, "nothing": {Index: 1, Verdict: agent.VerdictEdited},
		"unknown action": {Index: 1, Verdict: agent.VerdictEdited, Action: &agent.Action{Name: "fly"}},
		"long reason":    {Index: 1, Verdict: agent.VerdictRejected, Reason: strings.Repeat("x", 1<<20)},
	} {
		if err := e.AnswerRun(t.Context(), run.ID, "Ann", bad); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer(agent.Answer{Index: 1, Verdict: agent.VerdictApproved})
	if err := e.AnswerRun(t.Context(), run.ID, "Bob", agent.Answer{Index: 1, Verdict: agent.VerdictRejected}); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("the second answer to one question:", err)
	}
	asked(2)
	add5 := agenttest.Add(5)
	answer(agent.Answer{Index: 2, Verdict: agent.VerdictEdited, Action: &add5, Reason: "faster"})
	asked(3)
	answer(agent.Answer{Index: 3, Verdict: agent.VerdictRejected, Reason: "not so fast"})
	asked(4) // the same step again
	if err := e.PauseRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	follow(t, e, run.ID, ofKind("run_paused", 1))
	if err := e.ResumeRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	asked(5) // a pause is no answer
	answer(agent.Answer{Index: 3, Verdict: agent.VerdictApproved})
	asked(6)
	answer(agent.Answer{Index: 4, Verdict: agent.VerdictEdited, Action: &agent.Action{Name: agent.Done}})
	var values []string
	for _, event := range follow(t, e, run.ID, nil) {
		if taken, ok := event.Data.(agent.StepTaken); ok {
			values = append(values, taken.Step.After.Data.String())
		}
	}
	if got := strings.Join(values, " "); len(values) != 4 || !strings.Contains(values[1], `"value":6`) || !strings.Contains(values[3], `"value":7`) {
		t.Error("the number went", got)
	}
	step, err := db.Runs().Step(t.Context(), run.ID, 2)
	if err != nil || step.Action.Key() != add5.Key() || step.Approval == nil || step.Approval.By != "Ann" || step.Approval.Proposed == "" {
		t.Errorf("step 2 is %+v of %+v, %v", step.Action, step.Approval, err)
	}
	if step, _ = db.Runs().Step(t.Context(), run.ID, 3); step.Approval == nil || step.Approval.Verdict != agent.VerdictApproved {
		t.Errorf("step 3: %+v", step.Approval)
	}
	if got, err := db.Runs().Get(t.Context(), run.ID); err != nil || got.Asked != nil {
		t.Error("it still asks:", got.Asked, err)
	}
}
