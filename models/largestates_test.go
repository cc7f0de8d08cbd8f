package models

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
)

// States of 5 MB are read few at a time, whatever is asked for, and all of them
// come in the end.
func TestLargeStatesAreReadFewAtATime(t *testing.T) {
	db := open(t, "")
	runs := db.Runs()
	seq, state := begun(t, db, "r")
	const steps, size = 30, 5 << 20
	blob := strings.Repeat("x", size)
	for i := 1; i <= steps; i++ {
		s := benchStep(i, state)
		s.After.Data = agent.Object(fmt.Sprintf(`{"n":%d,"blob":%q}`, i, blob))
		state = s.After
		seq++
		if err := runs.Append(t.Context(), "r", 1, agent.Event{Seq: seq, Run: "r", At: start, Data: agent.StepTaken{Step: s}}); err != nil {
			t.Fatal(err)
		}
	}
	most := MaxRead/size + 1
	whole := func(s agent.Step, want int) {
		t.Helper()
		if s.Index != want || !strings.HasPrefix(s.After.Data.String(), fmt.Sprintf(`{"n":%d,`, want)) || want > 1 && !strings.HasPrefix(s.Before.Data.String(), fmt.Sprintf(`{"n":%d,`, want-1)) {
			t.Fatalf("step %d is %d, from %.12s to %.12s", want, s.Index, s.Before.Data, s.After.Data)
		}
	}
	after := 0
	for {
		got, err := runs.Steps(t.Context(), "r", after, 200)
		if err != nil || len(got) > most {
			t.Fatalf("%d steps at once, %v", len(got), err)
		}
		if len(got) == 0 {
			break
		}
		for _, s := range got {
			after++
			whole(s, after)
		}
	}
	if after != steps {
		t.Errorf("%d steps came, want %d", after, steps)
	}
	before := steps + 1
	for before > 1 {
		got, err := runs.StepsBefore(t.Context(), "r", before, 200)
		if err != nil || len(got) == 0 || len(got) > most || got[len(got)-1].Index != before-1 {
			t.Fatalf("%d steps before %d, %v", len(got), before, err)
		}
		before = got[0].Index
		whole(got[0], before)
	}
	taken, cursor := 0, int64(0)
	for {
		events, err := runs.Events(t.Context(), "r", cursor, 1000)
		if err != nil || len(events) > most+2 {
			t.Fatalf("%d events at once, %v", len(events), err)
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			if d, ok := e.Data.(agent.StepTaken); ok {
				taken++
				whole(d.Step, taken)
			}
			cursor = e.Seq
		}
	}
	if taken != steps {
		t.Errorf("%d steps in the events, want %d", taken, steps)
	}
	if s, err := runs.Step(t.Context(), "r", 17); err != nil {
		t.Error(err)
	} else {
		whole(s, 17)
	}
}
