package lab

import (
	"strings"
	"testing"

	"purposeagent/agent"
)

// One function decides what a comparison shows; the design is asked first.
func TestFinding(t *testing.T) {
	n := func(n int) *int { return &n }
	for _, c := range []struct {
		name string
		e    evidence
		want Finding
	}{
		{"shown", evidence{value: .3, low: .1, high: .5, holm: .01, n: 50, comparisons: 3, needed: n(40)}, Helps},
		{"harm", evidence{value: -.3, low: -.5, high: -.1, holm: .01, n: 50, comparisons: 3, needed: n(40)}, Harms},
		{"an interval above 0 and a p that is not", evidence{value: .68, low: .4, high: .96, holm: .5, n: 2, comparisons: 1, needed: n(6)}, TooFew},
		{"six worlds of three comparisons can't", evidence{value: .68, low: .6, high: .7, holm: .09, n: 6, comparisons: 3, needed: n(7)}, TooFew},
		{"large, and open", evidence{value: .2, low: -.05, high: .4, holm: .12, n: 20, comparisons: 1, needed: n(60)}, TooFew},
		{"small, and open", evidence{value: .02, low: -.05, high: .1, holm: .8, n: 100, comparisons: 1, needed: n(4000)}, NoneShown},
		{"nothing seen", evidence{n: 100, holm: 1, comparisons: 1}, NoneShown},
		{"nothing seen in two", evidence{n: 2, holm: 1, comparisons: 1}, TooFew},
		{"enough, left open by the correction", evidence{value: .2, low: .01, high: .4, holm: .06, n: 80, comparisons: 3, needed: n(60)}, NoneShown},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.e.finding(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// worldsOf is a report over worlds in each of which memory gains so much.
func worldsOf(arms []Arm, gains ...float64) *WorldsReport {
	r := &WorldsReport{Format: WorldsFormat}
	for i, gain := range gains {
		w := &Report{Spec: Spec{Arms: arms, Seed: 1, Draws: 1000}, Arms: map[Arm]*ArmReport{}, Comparisons: map[string]Comparison{}}
		for _, a := range arms {
			w.Arms[a] = &ArmReport{N: 100, Successes: 8, SuccessRate: .08}
			if a != On {
				w.Comparisons[key(a)] = Comparison{Against: a, N: 100, Difference: gain}
			}
		}
		w.Arms[On].SuccessRate = .08 + gain
		r.Worlds, r.Numbers = append(r.Worlds, w), append(r.Numbers, int64(i+1))
	}
	r.fill(Spec{Arms: arms, Seed: 1, Draws: 1000})
	return r
}

// 8 % against 77 % in two worlds is no absence of an effect: there are too few
// worlds, and it says how many to take. The same in seven is shown.
func TestWorldsVerdict(t *testing.T) {
	for _, c := range []struct {
		name    string
		arms    []Arm
		gains   []float64
		finding Finding
		want    string
	}{
		{"two worlds", DefaultArms, []float64{.67, .69}, TooFew, "Too few worlds to say: on − off is +68 points, in both worlds. Take 7 worlds or more."},
		{"two worlds, one comparison", []Arm{Off, On}, []float64{.67, .69}, TooFew, "Take 6 worlds or more."},
		{"five that go both ways", []Arm{Off, On}, []float64{.4, -.1, .3, .2, .1}, TooFew, "better in 4 and worse in 1 of 5 worlds"},
		{"seven worlds", []Arm{Off, On}, []float64{.6, .65, .7, .66, .68, .71, .69}, Helps, "Memory helps: on − off is +67 points"},
		{"ten without any", []Arm{Off, On}, []float64{.01, -.02, .03, -.01, 0, .02, -.03, .01, 0, -.01}, NoneShown, "No effect was shown"},
		{"ten that lose", []Arm{Off, On}, []float64{-.2, -.3, -.25, -.2, -.28, -.3, -.22, -.2, -.3, -.25}, Harms, "Memory hurts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := worldsOf(c.arms, c.gains...)
			off := r.Comparisons[key(Off)]
			if off.Finding != c.finding || !strings.Contains(r.Verdict, c.want) {
				t.Errorf("%s: %s; want %s and %q", off.Finding, r.Verdict, c.finding, c.want)
			}
			if c.finding == TooFew && (strings.Contains(r.Verdict, "No effect") || strings.Contains(r.Verdict, "p =")) {
				t.Errorf("it says more than two worlds can: %s", r.Verdict)
			}
		})
	}
}

// A report from before there were findings says today's words when it is read,
// and one that lacks an arm is left as it is.
func TestOldReportsAreJudgedAnew(t *testing.T) {
	r := worldsOf([]Arm{Off, On}, .67, .69)
	r.Comparisons[key(Off)].Finding, r.Verdict = "", "No effect was shown."
	for _, w := range r.Worlds {
		for name, c := range w.Comparisons {
			c.Finding = ""
			w.Comparisons[name] = c
		}
		w.Format = Format
	}
	_, again, err := ParseReport(agent.MustObject(r))
	if err != nil || !strings.HasPrefix(again.Verdict, "Too few worlds to say") || again.Worlds[0].Verdict == "" {
		t.Fatal(again, err)
	}
	r.Worlds[0].Arms = nil
	if _, _, err := ParseReport(agent.MustObject(r)); err != nil {
		t.Error(err)
	}
}
