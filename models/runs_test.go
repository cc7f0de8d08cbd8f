package models

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// JSON does not tell an empty list from none.
func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }

func equal(want, got any) bool { return diff(want, got) == "" }

// fill sets every field below v to something that is not zero, so that a
// field which storage forgets is seen.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		switch v.Type() {
		case reflect.TypeFor[agent.Object]():
			v.SetString(fmt.Sprintf(`{"k%d":"v<&> %d"}`, *n, *n))
		default:
			v.SetString(fmt.Sprintf("text Φ %d", *n))
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + .1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start.Add(time.Duration(*n))))
			return
		}
		for _, field := range v.Fields() {
			fill(field, n)
		}
	default:
		panic("fill: " + v.Type().String())
	}
}

func filled[T any](n *int) T {
	var v T
	fill(reflect.ValueOf(&v).Elem(), n)
	return v
}

// everyEvent returns a log with every kind of event and every field set.
func everyEvent(run string) []agent.Event {
	n := 0
	started := filled[agent.RunStarted](&n)
	first, second := filled[agent.StepTaken](&n), filled[agent.StepTaken](&n)
	first.Step.Index, first.Step.Before = 1, started.State
	second.Step.Index = 2 // its state before is not the one after step 1
	finished := filled[agent.RunFinished](&n)
	finished.Result.FinalState = second.Step.After
	list := []agent.EventData{started, filled[agent.ActionStarted](&n), first, filled[agent.RunWaiting](&n), filled[agent.RunResumed](&n),
		second, filled[agent.RunPaused](&n), filled[agent.NoteAdded](&n), filled[agent.ApprovalAsked](&n), filled[agent.ApprovalAnswered](&n), filled[agent.Judged](&n), filled[agent.Learned](&n), finished}
	events := make([]agent.Event, len(list))
	for i, data := range list {
		events[i] = agent.Event{Seq: int64(i + 2), Run: run, At: start.Add(time.Duration(i) * time.Second), Data: data}
	}
	return events
}

func TestEventsComeBackAsAppended(t *testing.T) {
	n := 100
	loose := func(data agent.EventData) []agent.Event {
		return []agent.Event{{Seq: 2, Run: "r", At: start, Data: data}}
	}
	for _, test := range []struct {
		name   string
		events []agent.Event
	}{
		{"a played run", play(t, "r", agenttest.Add(5), agenttest.Sub(1), agenttest.Add(5))},
		{"an action that fails", play(t, "r", agent.NewAction("jump"), agenttest.Add(5))},
		{"every kind and field", everyEvent("r")},
		{"failed before it began", loose(filled[agent.RunFailed](&n))},
		{"stopped with a state of its own", loose(filled[agent.RunStopped](&n))},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t, "")
			task := filled[agent.RunQueued](&n).Task
			epoch := newRun(t, db, "r", func(r *agent.Run) { r.Spec.InitialState = &task.InitialState.Data })
			for _, e := range test.events {
				if err := db.Runs().Append(t.Context(), "r", epoch, e); err != nil {
					t.Fatal(err)
				}
			}
			got, err := db.Runs().Events(t.Context(), "r", 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(test.events, got); d != "" {
				t.Error(d)
			}
			for i, want := range test.events { // one at a time: what it refers to is found then too
				got, err := db.Runs().Events(t.Context(), "r", want.Seq-1, 1)
				if err != nil || !equal(test.events[i:i+1], got) {
					t.Errorf("event %d: %v %v", want.Seq, err, diff(test.events[i:i+1], got))
				}
			}
			all, err := db.Runs().Events(t.Context(), "r", 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			run, err := db.Runs().Get(t.Context(), "r")
			if err != nil {
				t.Fatal(err)
			}
			want := agent.Run{ID: "r", Spec: run.Spec, Seed: 7}
			for _, e := range all {
				want = want.Fold(e)
			}
			if want.Result != nil && want.Steps == 0 {
				want.Result.FinalState = run.Result.FinalState // a run without steps has no state of its own
			}
			if d := diff(want, run); d != "" {
				t.Error("stored run differs from the fold of its events:", d)
			}
		})
	}
}

func TestStatesAreStoredOnce(t *testing.T) {
	db := open(t, "")
	epoch := newRun(t, db, "r", nil)
	events := play(t, "r", agenttest.Add(5), agenttest.Sub(1), agenttest.Add(5))
	if err := db.Runs().Append(t.Context(), "r", epoch, events...); err != nil {
		t.Fatal(err)
	}
	var found int
	err := db.reader.QueryRow(`SELECT (SELECT count(*) FROM steps WHERE before_state <> '') + (SELECT count(*) FROM events WHERE body LIKE '%The number is%')`).Scan(&found)
	if err != nil || found != 0 {
		t.Errorf("%d states are stored twice (%v)", found, err)
	}
}

func TestSteps(t *testing.T) {
	db := open(t, "")
	epoch := newRun(t, db, "r", nil)
	events := play(t, "r", agenttest.Add(5), agenttest.Sub(1), agenttest.Sub(1), agenttest.Add(1), agenttest.Add(5))
	if err := db.Runs().Append(t.Context(), "r", epoch, events...); err != nil {
		t.Fatal(err)
	}
	var steps []agent.Step
	for _, e := range events {
		if d, ok := e.Data.(agent.StepTaken); ok {
			steps = append(steps, d.Step)
		}
	}
	for _, test := range []struct {
		name string
		get  func() ([]agent.Step, error)
		want []agent.Step
	}{
		{"all", func() ([]agent.Step, error) { return db.Runs().Steps(t.Context(), "r", 0, 0) }, steps},
		{"a window", func() ([]agent.Step, error) { return db.Runs().Steps(t.Context(), "r", 2, 2) }, steps[2:4]},
		{"after the end", func() ([]agent.Step, error) { return db.Runs().Steps(t.Context(), "r", 99, 2) }, []agent.Step{}},
		{"before", func() ([]agent.Step, error) { return db.Runs().StepsBefore(t.Context(), "r", 5, 2) }, steps[2:4]},
		{"before, up to the start", func() ([]agent.Step, error) { return db.Runs().StepsBefore(t.Context(), "r", 3, 10) }, steps[:2]},
		{"before the first", func() ([]agent.Step, error) { return db.Runs().StepsBefore(t.Context(), "r", 1, 10) }, []agent.Step{}},
		{"one", func() ([]agent.Step, error) {
			s, err := db.Runs().Step(t.Context(), "r", 4)
			return []agent.Step{s}, err
		}, steps[3:4]},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.get()
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	line, err := db.Runs().PhiLine(t.Context(), "r")
	if err != nil || len(line) != len(steps) {
		t.Fatalf("Φ line has %d points (%v), want %d", len(line), err, len(steps))
	}
	if p, s := line[1], steps[1]; p.Step != 2 || p.Phi != s.Score.PhiAfter || p.Delta != s.Score.Delta || p.Label != "sub 1" {
		t.Errorf("point %+v of step %+v", p, s)
	}
	for _, index := range []int{-1, 0, 99} {
		if _, err := db.Runs().Step(t.Context(), "r", index); agent.CodeOf(err) != agent.CodeNotFound {
			t.Errorf("step %d: %v", index, err)
		}
	}
	for name, f := range map[string]func() error{
		"steps":      func() error { _, err := db.Runs().Steps(t.Context(), "x", 0, 1); return err },
		"before":     func() error { _, err := db.Runs().StepsBefore(t.Context(), "x", 9, 1); return err },
		"step":       func() error { _, err := db.Runs().Step(t.Context(), "x", 1); return err },
		"line":       func() error { _, err := db.Runs().PhiLine(t.Context(), "x"); return err },
		"events":     func() error { _, err := db.Runs().Events(t.Context(), "x", 0, 1); return err },
		"checkpoint": func() error { _, err := db.Runs().Checkpoint(t.Context(), "x"); return err },
		"get":        func() error { _, err := db.Runs().Get(t.Context(), "x"); return err },
		"group":      func() error { _, err := db.Runs().Group(t.Context(), "x"); return err },
		"delete":     func() error { return db.Runs().Delete(t.Context(), "x") },
		"append":     func() error { return db.Runs().Append(t.Context(), "x", 1, events[0]) },
	} {
		if err := f(); agent.CodeOf(err) != agent.CodeNotFound {
			t.Errorf("%s of an unknown run: %v", name, err)
		}
	}
}

func TestCheckpointHoldsAllThatIsNeededToGoOn(t *testing.T) {
	db := open(t, "")
	epoch := newRun(t, db, "r", nil)
	events := everyEvent("r")
	if err := db.Runs().Append(t.Context(), "r", epoch, events[:6]...); err != nil {
		t.Fatal(err)
	}
	got, err := db.Runs().Checkpoint(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	started := events[0].Data.(agent.RunStarted)
	want := &agent.Checkpoint{Seq: 7, Started: true, Initial: started.State, InitialScore: started.Score, InitialVerdict: started.Verdict, Holdout: started.Holdout,
		Steps: []agent.Step{events[2].Data.(agent.StepTaken).Step, events[5].Data.(agent.StepTaken).Step},
		Spent: 4 * time.Second} // five seconds, less the one that it waited
	if d := diff(want, got); d != "" {
		t.Error(d)
	}

	if err := db.Runs().Append(t.Context(), "r", epoch, events[6:11]...); err != nil {
		t.Fatal(err)
	}
	got, err = db.Runs().Checkpoint(t.Context(), "r")
	if err != nil || got.Judged == nil || !equal(*got.Judged, events[10].Data.(agent.Judged).Verdict) {
		t.Errorf("judged: %+v %v", got, err)
	}

	epoch = newRun(t, db, "s", nil)
	in := everyEvent("s")
	if err := db.Runs().Append(t.Context(), "s", epoch, in[:2]...); err != nil {
		t.Fatal(err)
	}
	got, err = db.Runs().Checkpoint(t.Context(), "s")
	if err != nil || got.InFlight == nil || !equal(*got.InFlight, in[1].Data.(agent.ActionStarted).Action) {
		t.Errorf("in flight: %+v %v", got, err)
	}
	newRun(t, db, "u", nil)
	got, err = db.Runs().Checkpoint(t.Context(), "u")
	if err != nil || got.Started || got.Seq != 1 {
		t.Errorf("a queued run: %+v %v", got, err)
	}
}

func TestAppendRefuses(t *testing.T) {
	events := play(t, "r", agenttest.Add(5), agenttest.Sub(1))
	at := func(seq int64, data agent.EventData) agent.Event {
		return agent.Event{Seq: seq, Run: "r", At: start, Data: data}
	}
	n := 0
	for _, test := range []struct {
		name   string
		before int // events that are in
		epoch  int64
		events []agent.Event
		want   agent.Code
	}{
		{"an old epoch", 2, 0, events[2:3], agent.CodeConflict},
		{"an epoch to come", 2, 2, events[2:3], agent.CodeConflict},
		{"a gap", 1, 1, events[2:3], agent.CodeConflict},
		{"an event again", 2, 1, events[1:2], agent.CodeConflict},
		{"a gap inside a batch", 0, 1, []agent.Event{events[0], events[2]}, agent.CodeConflict},
		{"after the end", len(events), 1, []agent.Event{at(int64(len(events)+2), agent.RunResumed{})}, agent.CodeConflict},
		{"another run's event", 1, 1, []agent.Event{{Seq: 3, Run: "x", At: start, Data: agent.RunResumed{}}}, agent.CodeInvalid},
		{"no data", 1, 1, []agent.Event{at(3, nil)}, agent.CodeInvalid},
		{"a step out of turn", 1, 1, []agent.Event{at(3, filled[agent.StepTaken](&n))}, agent.CodeConflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t, "")
			newRun(t, db, "r", nil)
			if err := db.Runs().Append(t.Context(), "r", 1, events[:test.before]...); err != nil {
				t.Fatal(err)
			}
			if err := db.Runs().Append(t.Context(), "r", test.epoch, test.events...); agent.CodeOf(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			run, err := db.Runs().Get(t.Context(), "r")
			if err != nil || run.LastSeq != int64(test.before+1) {
				t.Errorf("the log stands at %d (%v), want %d: all or none", run.LastSeq, err, test.before+1)
			}
			if test.before < len(events) { // and it goes on as if nothing had happened
				if err := db.Runs().Append(t.Context(), "r", 1, events[test.before:]...); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestDeleteRun(t *testing.T) {
	db := open(t, "")
	epoch := newRun(t, db, "r", nil)
	events := play(t, "r", agenttest.Add(5))
	if err := db.Runs().Append(t.Context(), "r", epoch, events[:2]...); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().Delete(t.Context(), "r"); agent.CodeOf(err) != agent.CodeConflict {
		t.Fatal("a run that goes on was deleted:", err)
	}
	if err := db.Runs().Append(t.Context(), "r", epoch, events[2:]...); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().Delete(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	var left int
	err := db.reader.QueryRow(`SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM run_bodies) + (SELECT count(*) FROM events) + (SELECT count(*) FROM steps)`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d rows are left (%v)", left, err)
	}
}
