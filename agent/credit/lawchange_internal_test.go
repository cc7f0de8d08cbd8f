package credit

import (
	"math/rand/v2"
	"testing"
	"time"
)

// In a world that stays as it is an alarm within 1,000 tasks is rarer than one
// in twenty; one whose rules are all wrong is found out within six tasks.
func TestLawWatch(t *testing.T) {
	actions := []string{"a", "b", "c", "d"}
	const promised = 0.9
	// task draws one task: each action is taken with even odds, up to three times.
	task := func(r *rand.Rand, n int, right, solved float64) *TaskRecord {
		t := &TaskRecord{At: time.Unix(int64(n), 0).UTC(), Solved: r.Float64() < solved, WithSet: true}
		for _, a := range actions {
			s := Surprise{Action: a}
			for range r.IntN(4) {
				if s.Checked++; r.Float64() < right {
					s.Right++
				}
			}
			if s.Checked > 0 {
				t.Surprises = append(t.Surprises, s)
			}
		}
		return t
	}
	for _, test := range []struct {
		name          string
		right, solved float64
	}{
		{"rules as good as they say, tasks mostly solved", promised, .9},
		{"better rules, tasks solved at random", .95, .5},
		{"tasks hardly ever solved", promised, .1},
	} {
		alarms, worlds := 0, 200
		for seed := range worlds {
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			l := Ledger{}
			for n := range 1000 {
				record := task(r, n, test.right, test.solved)
				if l.FindLawChange(record, actions) != nil {
					alarms++
					break
				}
				l = l.Count(record, 0)
			}
		}
		if alarms > worlds/20 {
			t.Errorf("%s: false alarms in %d of %d worlds of 1,000 tasks", test.name, alarms, worlds)
		}
	}
	late, off := 0, 0 // when, and since when
	for seed := range 100 {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		l := Ledger{}
		for n := range 100 {
			l = l.Count(task(r, n, .97, .9), 0)
		}
		var c *LawChange
		for n := 100; c == nil && n < 140; n++ {
			record := task(r, n, 0, 0)
			if c = l.FindLawChange(record, actions); c == nil {
				l = l.Count(record, 0)
			}
		}
		switch {
		case c == nil || c.Found > 107:
			late++
		case c.Task < 95 || c.Task > 102:
			off++
		case len(c.Actions) != 4:
			t.Errorf("seed %d: it blames %s", seed, c.Names())
		}
	}
	if late > 5 || off > 5 {
		t.Errorf("of 100 worlds whose laws turned round %d were found late, and %d with another beginning", late, off)
	}
}

// What only one action says wrongly of is blamed on it; where the rules come
// true and tasks fail, nothing is blamed.
func TestLawChangeBlames(t *testing.T) {
	kept := func(action string) Surprise { return Surprise{action, 2, 2} }
	missed := func(action string) Surprise { return Surprise{action, 2, 0} }
	for _, test := range []struct {
		name   string
		says   []Surprise
		solved bool
		want   string
	}{
		{"one action of two", []Surprise{kept("a"), missed("b")}, true, "b"},
		{"both", []Surprise{missed("a"), missed("b")}, true, "a, b"},
		{"harder tasks", []Surprise{kept("a"), kept("b")}, false, ""},
		{"failures of which nothing is said", nil, false, "a, b"},
		{"nothing", []Surprise{kept("a"), kept("b")}, true, ""},
	} {
		l := Ledger{}
		count := func(says []Surprise, solved bool) *LawChange {
			record := &TaskRecord{At: time.Unix(int64(l.Tasks), 0), Surprises: says, Solved: solved, WithSet: true}
			c := l.FindLawChange(record, []string{"a", "b"})
			l = l.Count(record, 0)
			return c
		}
		for range 60 {
			if c := count([]Surprise{kept("a"), kept("b")}, true); c != nil {
				t.Fatalf("%s: an alarm before anything changed: %+v", test.name, c)
			}
		}
		var c *LawChange
		for i := 0; c == nil && i < 40; i++ {
			c = count(test.says, test.solved)
		}
		got := ""
		if c != nil {
			got = c.Names()
		}
		if got != test.want {
			t.Errorf("%s: blames %q, want %q", test.name, got, test.want)
		}
	}
}

// Effects give a changed law away where no rule was checked and no task is ever
// solved, and only the actions that do something else are blamed.
func TestEffectsGiveALawAway(t *testing.T) {
	as, other := func(action string) Surprise { return Surprise{action, 3, 3} }, func(action string) Surprise { return Surprise{action, 3, 0} }
	for _, test := range []struct {
		name string
		says []Surprise
		want string
	}{
		{"all", []Surprise{other("a"), other("b"), other("c")}, "a, b, c"},
		{"all that were seen", []Surprise{other("a")}, "a, b, c"},
		{"one", []Surprise{as("a"), other("b")}, "b"},
		{"none", []Surprise{as("a"), as("b")}, ""},
		{"nothing that could be checked", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, actions := Ledger{}, []string{"a", "b", "c"}
			count := func(says []Surprise) *LawChange {
				record := &TaskRecord{At: time.Unix(int64(l.Tasks), 0), Effects: says, WithSet: true}
				c := l.FindLawChange(record, actions)
				l = l.Count(record, 0)
				return c
			}
			for range 60 {
				if c := count([]Surprise{as("a"), as("b"), as("c")}); c != nil {
					t.Fatalf("an alarm before anything changed: %+v", c)
				}
			}
			var c *LawChange
			for i := 0; c == nil && i < 20; i++ {
				c = count(test.says)
			}
			got := ""
			if c != nil {
				got = c.Names()
				if c.Task != 60 || c.Found > 68 || !c.Effects {
					t.Errorf("%+v; want one since task 60, found by 68 from effects", c)
				}
			}
			if got != test.want {
				t.Errorf("blames %q, want %q", got, test.want)
			}
		})
	}
}
