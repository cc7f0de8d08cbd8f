package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/steering"
	"purposeagent/internal/engine"
	"purposeagent/internal/pgtest"
	"purposeagent/models"
)

var wishKinds = []steering.WishKind{steering.WishPause, steering.WishStep, steering.WishResume, steering.WishStop, steering.WishExtend, steering.WishNote, steering.WishAnswer}

// ask asks a run for something.
func ask(e *engine.Engine, ctx context.Context, run agent.Run, kind steering.WishKind, text string) error {
	switch kind {
	case steering.WishPause:
		return e.PauseRun(ctx, run.ID, text)
	case steering.WishStep:
		return e.StepRun(ctx, run.ID, text)
	case steering.WishResume:
		return e.ResumeRun(ctx, run.ID, text)
	case steering.WishStop:
		return e.StopRun(ctx, run.ID, text)
	case steering.WishExtend:
		return e.ExtendRun(ctx, run.ID, text, 1, agent.Budget{})
	case steering.WishNote:
		return e.NoteRun(ctx, run.ID, text, text)
	case steering.WishAnswer:
		index := 1
		if run.Asked != nil {
			index = run.Asked.Index
		}
		return e.AnswerRun(ctx, run.ID, text, agent.Answer{Index: index, Verdict: agent.VerdictApproved})
	}
	return nil
}

// TestEveryPairOfWishesHolds asks two things of a run, one at once after the
// other, in each state in which a run can be, with a restart between them and
// without. Each that was granted is in the record, in that order.
func TestEveryPairOfWishesHolds(t *testing.T) {
	for _, state := range []string{"queued", "running", "paused", "waiting", "asking"} {
		for _, restart := range []bool{false, true} {
			for i, first := range wishKinds {
				for j, second := range wishKinds {
					if pgtest.Postgres() && os.Getenv("PAIRS") != "all" && (i+j)%len(wishKinds) != 0 {
						continue // each wish first and second once; the others in make soak
					}
					name := fmt.Sprintf("%s: %s, %s", state, first, second)
					if restart {
						name += ", with a restart between"
					}
					t.Run(name, func(t *testing.T) { t.Parallel(); checkPair(t, state, restart, first, second) })
				}
			}
		}
	}
}

func checkPair(t *testing.T, state string, restart bool, first, second steering.WishKind) {
	path := newPlace(t)
	db := openDB(t, at(path, false))
	g := newGate()
	w := &world{target: 49}
	s := spec(4)
	switch state {
	case "running":
		w.atStep = g.at(2)
	case "waiting":
		w.atStep = func(context.Context, string, int) error {
			return &agent.NoAnswer{Why: agent.NoAnswerLimited, After: time.Hour, Err: agent.Errorf(agent.CodeRateLimited, "later")}
		}
	case "asking":
		s.Approval = "every"
	}
	e := newEngine(t, db, w, nil)
	run := launch(t, e, s)
	switch state {
	case "queued":
	case "running":
		start(t, e)
		<-g.came
	case "paused":
		if err := e.PauseRun(t.Context(), run.ID, "setup"); err != nil {
			t.Fatal(err)
		}
		start(t, e)
	case "waiting":
		start(t, e)
		follow(t, e, run.ID, ofKind("run_waiting", 1))
		w.atStep = nil
	case "asking":
		start(t, e)
		follow(t, e, run.ID, ofKind("approval_asked", 1))
	}
	run, err := db.Runs().Get(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	var granted []steering.WishKind
	extended := 0
	for i, kind := range []steering.WishKind{first, second} {
		err := ask(e, t.Context(), run, kind, fmt.Sprintf("wish %d", i+1))
		switch {
		case err == nil:
			granted = append(granted, kind)
			if kind == steering.WishExtend {
				extended++
			}
		case agent.CodeOf(err) != agent.CodeConflict:
			t.Fatalf("%s: %v; a wish is granted or contradicts the run's state", kind, err)
		default:
			granted = append(granted, "")
		}
		if i == 0 && restart {
			if state == "running" {
				close(g.open)
			}
			stop(t, e)
			e = newEngine(t, db, w, nil)
			if state != "queued" {
				start(t, e)
			}
			if run, err = db.Runs().Get(t.Context(), run.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if state == "queued" {
		start(t, e)
	}
	if state == "running" && !restart {
		close(g.open)
	}
	settled(t, db, run.ID)
	checkGranted(t, db, run.ID, granted)
	got, err := db.Runs().Get(t.Context(), run.ID)
	if err != nil || got.Spec.MaxSteps != 4+extended {
		t.Errorf("it may take %d steps, want %d (%v)", got.Spec.MaxSteps, 4+extended, err)
	}
	last := steering.WishKind("")
	for _, kind := range granted {
		if kind != "" && kind != steering.WishNote {
			last = kind
		}
	}
	want := map[steering.WishKind][]agent.RunStatus{steering.WishPause: {agent.RunIsPaused}, steering.WishStep: {agent.RunIsPaused, agent.RunIsWaiting},
		steering.WishStop: {agent.RunIsStopped}, steering.WishResume: {agent.RunIsFinished, agent.RunIsWaiting}}[last]
	if len(want) > 0 && !slices.Contains(want, got.Status) {
		t.Errorf("after %v it is %s: %s", granted, got.Status, got.Reason)
	}
}

// settled waits until nobody works the run, nobody is to, and nothing stands
// that was asked.
func settled(t *testing.T, db *models.DB, run string) {
	t.Helper()
	for {
		var status string
		var lease, job, wake, wishes int64
		err := db.SQL().QueryRow(`SELECT status, lease_until, job, coalesce(wake_at, -1), (SELECT count(*) FROM run_wishes WHERE run = runs.id) FROM runs WHERE id = ?`, run).
			Scan(&status, &lease, &job, &wake, &wishes)
		if err != nil {
			t.Fatal(err)
		}
		if lease == 0 && job == 0 && wishes == 0 && (wake < 0 || wake > time.Now().UnixNano()) {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("run is %s until %d, job %d, wake %d, %d wishes stand", status, lease, job, wake, wishes)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// checkGranted looks for each granted wish in the log, in order.
func checkGranted(t *testing.T, db *models.DB, run string, granted []steering.WishKind) {
	t.Helper()
	all, err := db.Runs().Events(t.Context(), run, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for i, kind := range granted {
		by := fmt.Sprintf("wish %d", i+1)
		found := kind == "" || kind == steering.WishExtend
		for k := at; k < len(all) && !found; k++ {
			switch d := all[k].Data.(type) {
			case agent.NoteAdded:
				found = kind == steering.WishNote && d.By == by
			case agent.RunPaused:
				found = kind == steering.WishPause // whoever paused it, it pauses
			case agent.RunResumed:
				found = (kind == steering.WishResume || kind == steering.WishStep) && d.By == by
			case agent.RunStopped:
				found = kind == steering.WishStop
			case agent.ApprovalAnswered:
				found = kind == steering.WishAnswer && d.By == by
			default:
			}
			if found {
				at = k + 1
			}
		}
		if kind == steering.WishStop && !found {
			_, found = all[len(all)-1].Data.(agent.RunStopped) // it was being stopped already
		}
		if kind == steering.WishPause && !found { // it was paused already
			found = strings.HasSuffix(strings.TrimSuffix(kinds(all[:at]), "]"), "run_paused")
			for k := at - 1; k >= 0 && !found; k-- {
				_, found = all[k].Data.(agent.RunPaused)
			}
		}
		if !found {
			t.Errorf("%s by %s is not in the record from event %d on: %s", kind, by, at, kinds(all))
		}
	}
}

// TestNotesAtAnyMoment writes notes to runs that come to their end all the time:
// each is in the record, before the end, or was refused; none stands after it.
func TestNotesAtAnyMoment(t *testing.T) {
	db := openDB(t, models.Config{})
	e := start(t, newEngine(t, db, &world{target: 49}, nil))
	granted, refused := 0, 0
	for n := range 40 {
		run := launch(t, e, spec(1+n%3))
		var told []string
		draw := rand.New(rand.NewPCG(7, uint64(n)))
		for i := 0; ; i++ {
			text := fmt.Sprintf("note %d", i)
			err := e.NoteRun(t.Context(), run.ID, "Ann", text)
			if err != nil {
				if agent.CodeOf(err) != agent.CodeConflict {
					t.Fatal(err)
				}
				refused++
				break
			}
			granted++
			told = append(told, "Ann: "+text)
			time.Sleep(time.Duration(draw.IntN(2000)) * time.Microsecond)
		}
		events := follow(t, e, run.ID, nil)
		if got := noteTexts(events); got != strings.Join(told, " | ") {
			t.Errorf("run %d: the record has %s, want %s", n, got, strings.Join(told, " | "))
		}
		if left, err := db.Runs().Standing(t.Context(), run.ID); err != nil || len(left) > 0 {
			t.Errorf("run %d ended with %v unread, %v", n, left, err)
		}
	}
	t.Logf("%d notes granted, %d refused", granted, refused)
}

// TestSimultaneousAnswers answers one question from many at once: one is
// granted, and the others conflict.
func TestSimultaneousAnswers(t *testing.T) {
	db := openDB(t, models.Config{})
	e := start(t, newEngine(t, db, &world{target: 49}, nil))
	s := spec(1)
	s.Approval = "every"
	run := launch(t, e, s)
	follow(t, e, run.ID, ofKind("approval_asked", 1))
	results := make(chan error)
	for range 20 {
		go func() { // ends with its answer, which is read below
			results <- e.AnswerRun(context.WithoutCancel(t.Context()), run.ID, "Ann", agent.Answer{Index: 1, Verdict: agent.VerdictApproved})
		}()
	}
	granted := 0
	for range 20 {
		if err := <-results; err == nil {
			granted++
		} else if agent.CodeOf(err) != agent.CodeConflict {
			t.Error(err)
		}
	}
	if granted != 1 {
		t.Errorf("%d answers were granted to one question", granted)
	}
	checkLog(t, follow(t, e, run.ID, nil), 1, "run_finished")
}

// TestOneOutcome stops runs before their first step, while they are worked and
// while nobody does: the environment's word is the outcome of both.
func TestOneOutcome(t *testing.T) {
	for _, paused := range []bool{false, true} {
		db := openDB(t, models.Config{})
		g := newGate()
		e := start(t, newEngine(t, db, &world{target: 9, atStep: g.at(1)}, nil))
		run := launch(t, e, spec(20))
		<-g.came
		if paused {
			if err := e.PauseRun(t.Context(), run.ID, "Ann"); err != nil {
				t.Fatal(err)
			}
			follow(t, e, run.ID, ofKind("run_paused", 1))
		}
		if err := e.StopRun(t.Context(), run.ID, "Ann"); err != nil {
			t.Fatal(err)
		}
		follow(t, e, run.ID, nil)
		got, err := db.Runs().Get(t.Context(), run.ID)
		if err != nil || got.Outcome == nil || got.Outcome.Source != agent.SourceEnvironment || got.Outcome.Success {
			t.Errorf("paused %v: %+v, %v", paused, got.Outcome, err)
		}
	}
}

// TestStoppedWithAStepWithoutScore stops a run that waits for its critic: the
// action that was done is in the record.
func TestStoppedWithAStepWithoutScore(t *testing.T) {
	db := openDB(t, models.Config{})
	w := &world{target: 9}
	w.critic = func(a agent.Assessment) error {
		if a.Before == nil {
			return nil
		}
		return &agent.NoAnswer{Why: agent.NoAnswerDown, After: time.Hour, Err: agent.Errorf(agent.CodeUnavailable, "nobody is there")}
	}
	e := start(t, newEngine(t, db, w, nil))
	run := launch(t, e, spec(20))
	follow(t, e, run.ID, ofKind("run_waiting", 1))
	if err := e.StopRun(t.Context(), run.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	checkLog(t, follow(t, e, run.ID, nil), 1, "run_stopped")
	step, err := db.Runs().Step(t.Context(), run.ID, 1)
	if err != nil || step.Score.Known() || step.Before.Hidden != "" && step.Before.Data == "" {
		t.Errorf("%+v, %v", step.Score, err)
	}
}

// TestAskedInTheLastStep asks several things of a run while it takes a single
// step, which is its last one: each is in the record in its turn, notes too, and
// nothing is learned before the last note.
func TestAskedInTheLastStep(t *testing.T) {
	for _, test := range []struct {
		name   string
		wishes []steering.WishKind
		ends   agent.RunStatus
	}{
		{"nothing", nil, agent.RunIsFinished},
		{"a note", []steering.WishKind{steering.WishNote}, agent.RunIsFinished},
		{"resume and a note", []steering.WishKind{steering.WishResume, steering.WishNote}, agent.RunIsFinished},
		{"notes around a resume", []steering.WishKind{steering.WishNote, steering.WishNote, steering.WishResume, steering.WishNote}, agent.RunIsFinished},
		{"a step and a note", []steering.WishKind{steering.WishStep, steering.WishNote}, agent.RunIsFinished},
		{"resume, pause and a note", []steering.WishKind{steering.WishResume, steering.WishPause, steering.WishNote}, agent.RunIsPaused},
		{"pause, resume and a note", []steering.WishKind{steering.WishPause, steering.WishResume, steering.WishNote}, agent.RunIsFinished},
		{"a note and stop", []steering.WishKind{steering.WishResume, steering.WishNote, steering.WishStop}, agent.RunIsStopped},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := openDB(t, models.Config{})
			g := newGate()
			e := newEngine(t, db, &world{target: 49, atStep: g.at(1)}, nil)
			run := launch(t, e, spec(1))
			if err := e.PauseRun(t.Context(), run.ID, "setup"); err != nil {
				t.Fatal(err)
			}
			if err := e.StepRun(t.Context(), run.ID, "setup"); err != nil {
				t.Fatal(err)
			}
			start(t, e)
			<-g.came
			for i, kind := range test.wishes {
				if err := ask(e, t.Context(), run, kind, fmt.Sprintf("wish %d", i+1)); err != nil {
					t.Fatal(kind, err)
				}
			}
			close(g.open)
			settled(t, db, run.ID)
			checkGranted(t, db, run.ID, test.wishes)
			got, err := db.Runs().Get(t.Context(), run.ID)
			if err != nil || got.Status != test.ends {
				t.Errorf("it is %s, want %s (%v)", got.Status, test.ends, err)
			}
			if all, err := db.Runs().Events(t.Context(), run.ID, 0, 100); err != nil || len(test.wishes) == 0 && strings.Contains(kinds(all[2:]), "run_paused") {
				t.Errorf("it pauses at its end for nobody: %s, %v", kinds(all), err)
			}
		})
	}
}
