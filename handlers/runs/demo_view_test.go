package runs

import (
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/reveal"
	"purposeagent/internal/demo"
)

// What was learned stands at the task that taught it, also where tasks are worked beside
// each other and a later one ended first.
func TestLessonsStandAtTheirTasks(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Unix(1_700_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	run := func(began, ended float64) *agent.Run {
		r := &agent.Run{CreatedAt: at(0)}
		if began > 0 {
			r.StartedAt = new(at(began))
		}
		if ended > 0 {
			r.EndedAt = new(at(ended))
		}
		return r
	}
	runs := []*agent.Run{run(1, 2), run(2, 10.5), run(2.1, 10.2), run(10.3, 10.4), run(11, 0)}
	for _, test := range []struct {
		name    string
		learned float64
		want    int // -1: at none
	}{
		{"by the first", 2, 0},
		{"by the later one of two, which ended first", 10.1, 2},
		{"by the earlier one, which ended last", 10.45, 1},
		{"not by one that had not begun", 10.25, 1},
		{"before the demonstration", -5, -1},
		{"by one that has not ended", 11.5, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := lessonsOf([]demo.Lesson{{At: []time.Time{at(test.learned)}}}, runs)
			if test.want < 0 && len(got) > 0 || test.want >= 0 && (len(got) != 1 || got[0].last() != test.want) {
				t.Errorf("got %+v, want task %d", got, test.want)
			}
		})
	}
}

// A proof takes no less than all of its tasks on as many cores as there are, and what
// nobody can know is not said.
func TestProofTime(t *testing.T) {
	began := time.Unix(1_700_000_000, 0)
	took := func(each ...time.Duration) arm {
		var a arm
		for i, d := range each {
			r := &agent.Run{StartedAt: &began}
			if d > 0 {
				r.EndedAt = new(began.Add(d))
			}
			a.runs, a.at = append(a.runs, r), append(a.at, i)
		}
		return a
	}
	on, off := took(time.Second, time.Second), took(3*time.Second)
	for _, test := range []struct {
		name      string
		arms      []arm
		together  int
		low, high time.Duration
	}{
		{"one after the other", []arm{on, off}, 1, 240 * time.Second, 240 * time.Second},
		{"two at once", []arm{on, off}, 2, 120 * time.Second, 240 * time.Second},
		{"eight at once", []arm{on, off}, 8, 30 * time.Second, 240 * time.Second},
		{"more than there are tasks", []arm{on, off}, 1000, 2 * time.Second, 240 * time.Second},
		{"nothing is known of one", []arm{on, took(0)}, 2, 0, 0},
		{"nothing has ended", []arm{took(), took()}, 2, 0, 0},
		{"no number of cores", []arm{on, off}, 0, 240 * time.Second, 240 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			if low, high := proofTime(test.arms, test.together); low != test.low || high != test.high {
				t.Errorf("got %v to %v, want %v to %v", low, high, test.low, test.high)
			}
		})
	}
}

// What is in trial is shown beside a secret, and is not found.
func TestWhatIsInTrialIsNotFound(t *testing.T) {
	fact := func(status agent.Status, pinned bool, text string) demo.Lesson {
		return demo.Lesson{PlaybookLine: agent.PlaybookLine{Kind: agent.LineFact, Title: "Prepare by material", Text: text, Status: status, Pinned: pinned}}
	}
	secret := reveal.Secret{Subject: "ash", Answer: []string{"soak", "oil"}}
	for _, test := range []struct {
		name  string
		lines []demo.Lesson
		hits  int
		trial bool
	}{
		{"sure", []demo.Lesson{fact(agent.Active, false, "ash → soak (28 of 29)")}, 1, false},
		{"in trial", []demo.Lesson{fact(agent.Probation, false, "ash → soak (4 of 5)")}, 0, true},
		{"in trial and wrong", []demo.Lesson{fact(agent.Probation, false, "ash → heat (4 of 5)")}, 0, false},
		{"pinned", []demo.Lesson{fact(agent.Probation, true, "ash → soak (4 of 5)")}, 1, false},
		{"one sure, one in trial", []demo.Lesson{fact(agent.Active, false, "ash → soak (9 of 9)"), fact(agent.Probation, false, "ash → oil (3 of 4)")}, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if cells, hits, trial := foundIn(test.lines, secret); len(cells) != len(test.lines) || hits != test.hits || trial != test.trial {
				t.Errorf("%q: %d found, in trial: %v; want %d, %v", cells, hits, trial, test.hits, test.trial)
			}
		})
	}
}
