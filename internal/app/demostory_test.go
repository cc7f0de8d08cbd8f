package app

import (
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/demo"
)

// A demonstration lets its pairs go at its pace, stands still while it is paused,
// goes on after a restart, and begins anew in another world.
func TestDemonstration(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir(), Workers: 2})
	if err := a.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	play := func() *demo.Demos {
		d := demo.New(demo.Config{Settings: a.Settings, Runs: a.Runs, Engine: a.Engine, Plan: a.demoPlan, Tasks: 5})
		d.Work()
		t.Cleanup(d.Stop)
		return d
	}
	a.Demos.Stop()
	d := play()
	if _, err := d.Start(t.Context(), -1); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a pace below 0: %v", err)
	}
	began := time.Now()
	st, err := d.Start(t.Context(), 5)
	if err != nil || st.World != 1 || st.Tasks != 5 {
		t.Fatal(st, err)
	}
	held := func() int {
		t.Helper()
		return len(mustHeld(t, a, st.Group))
	}
	until := func(n int) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); held() > n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d runs are held, want %d", held(), n)
			}
		}
	}
	until(6)
	if took := time.Since(began); took < time.Second {
		t.Errorf("the second pair went after %v, want a second", took)
	}
	if err := d.Pause(t.Context(), st.Group, true); err != nil {
		t.Fatal(err)
	}
	d.Stop() // as a crash does: nothing but what is stored stays
	d = play()
	time.Sleep(1200 * time.Millisecond)
	if n := held(); n != 6 {
		t.Errorf("%d runs are held while it is paused, want 6", n)
	}
	if again, err := d.Start(t.Context(), 5); err != nil || again.Group != st.Group || !again.Paused {
		t.Errorf("another one while one is played: %+v, %v", again, err)
	}
	for _, err := range []error{d.Pace(t.Context(), st.Group, 0), d.Pause(t.Context(), st.Group, false)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	until(0)
	runs, err := a.Runs.Group(t.Context(), st.Group)
	if err != nil || len(runs) != 10 {
		t.Fatal(len(runs), err)
	}
	for _, run := range runs {
		for _, err := range a.Engine.Follow(t.Context(), run.ID, run.LastSeq) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if runs, err = a.Runs.Group(t.Context(), st.Group); err != nil {
		t.Fatal(err)
	}
	for i, run := range runs {
		if !run.Status.Final() || i >= 4 && run.StartedAt.Before(*runs[i-4].EndedAt) {
			t.Errorf("run %d is %s, and began before the pair before the last had ended", i, run.Status)
		}
	}
	next, err := d.Start(t.Context(), 0)
	if err != nil || next.World != 2 || next.Group == st.Group {
		t.Errorf("the next one: %+v, %v", next, err)
	}
	if _, err := d.Get(t.Context(), "g_none"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("no demonstration: %v", err)
	}

	// A crash between the launch and the note of it loses no run.
	d.Stop()
	for n := len(mustHeld(t, a, next.Group)); n > 0; n = len(mustHeld(t, a, next.Group)) {
		if err := a.Engine.LetGo(t.Context(), mustHeld(t, a, next.Group)); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := a.demoPlan(3, 5)
	if err != nil {
		t.Fatal(err)
	}
	cut, err := a.Engine.CreateHeld(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	d = play()
	for deadline := time.Now().Add(time.Minute); len(mustHeld(t, a, cut[0].Group)) == len(cut); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("runs that a crash cut off are held for ever")
		}
	}
	if last, found, err := d.Last(t.Context()); err != nil || !found || last.Group != cut[0].Group || last.World != 3 {
		t.Errorf("the last one is %+v, %v", last, err)
	}

	// What was learned is told as lines, with the times of their rules; what was to be
	// found is opened by the environment.
	told, err := a.Demos.Learned(t.Context(), runs[0].Spec.Environment)
	if err != nil || told.Scope.Environment != "workshop" {
		t.Fatal(told, err)
	}
	for _, lesson := range told.Lessons {
		if len(lesson.Rules) == 0 && lesson.Kind == agent.LineFact { // all of it is not yet known
			if !strings.Contains(lesson.Text, "not yet known") {
				t.Errorf("no rule says %q", lesson.Text)
			}
			continue
		}
		if len(lesson.At) == 0 || len(lesson.At) != len(lesson.Rules) || lesson.At[0].Before(runs[0].CreatedAt) {
			t.Errorf("%q was learned at %v", lesson.Title, lesson.At)
		}
	}
	secrets, err := a.Demos.Secrets(runs[0].Spec.Environment)
	if err != nil || len(secrets.Rules) < 10 || secrets.Seal == "" || secrets.Seal != a.Sealed() {
		t.Errorf("%d secrets, sealed by %q, %v", len(secrets.Rules), secrets.Seal, err)
	}
	if none, err := a.Demos.Secrets(agent.EnvironmentRef{Name: "maze", Config: `{}`}); err != nil || len(none.Rules) > 0 {
		t.Errorf("a maze has %d secrets, %v", len(none.Rules), err)
	}
}

func mustHeld(t *testing.T, a *App, group string) []string {
	t.Helper()
	ids, err := a.Runs.Held(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
