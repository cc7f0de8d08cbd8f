package calibration_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
)

// pairs makes n pairs.
func pairs(n int, of func(i int) (phi float64, success bool)) []calibration.CriticPair {
	list := make([]calibration.CriticPair, n)
	for i := range list {
		phi, success := of(i)
		list[i] = calibration.CriticPair{Run: strconv.Itoa(i), Phi: phi, Success: success}
	}
	return list
}

func TestCriticRight(t *testing.T) {
	flatters := func(i int) (float64, bool) { return 9, i%4 == 0 }
	honest := func(i int) (float64, bool) {
		if i%2 == 0 {
			return 9.5, true
		}
		return float64(i % 7), false
	}
	constant := func(i int) (float64, bool) { return 5, i%2 == 0 }
	noise := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		name  string
		n     int
		of    func(i int) (float64, bool)
		want  calibration.CriticRight
		words string
	}{
		{"nothing is known", 0, honest, calibration.RightUnproven, "0 of the 30"},
		{"a flatterer before there are enough", 9, flatters, calibration.RightUnproven, "9 of the 30"},
		{"a flatterer", 12, flatters, calibration.RightLost, "were not solved"},
		{"an honest critic before there are enough", 29, honest, calibration.RightUnproven, "29 of the 30"},
		{"an honest critic with few above the line", 30, honest, calibration.RightUnproven, "only 15 tasks ended above"},
		{"an honest critic", 32, honest, calibration.RightProven, "may give credit"},
		{"a constant one", 30, constant, calibration.RightLost, "no better than the base rate"},
		{"one that is turned round", 60, func(i int) (float64, bool) { return 6 - float64(i%6), i%6 > 2 }, calibration.RightLost, "no better than the base rate"},
		{"dice", 200, func(int) (float64, bool) { return 6 * noise.Float64(), noise.Float64() < .5 }, calibration.RightLost, "no better than the base rate"},
		{"all fail and it says so", 200, func(i int) (float64, bool) { return float64(i % 5), false }, calibration.RightUnproven, "0 of 200 tasks were solved"},
		{"all succeed and it says so", 200, func(int) (float64, bool) { return 9, true }, calibration.RightUnproven, "200 of 200 tasks were solved"},
		{"one in six above the line fails, by thirty", 40, func(i int) (float64, bool) { return 9 - 8*float64(i/30), i%6 != 0 && i < 30 }, calibration.RightUnproven, "30 tasks ended above Φ 7, 5 of them unsolved"},
		{"one in six above the line fails, by a hundred", 120, func(i int) (float64, bool) { return 9 - 8*float64(i/102), i%6 != 0 && i < 102 }, calibration.RightLost, "17 were not solved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := pairs(tt.n, tt.of)
			f := calibration.NewCriticFigures(list)
			right, reason := f.Right()
			if right != tt.want || !strings.Contains(reason, tt.words) {
				t.Errorf("%s: %s", right, reason)
			}
			if lost := strings.Contains(reason, "from outcomes only"); lost != (right == calibration.RightLost) {
				t.Errorf("%s, and says: %s", right, reason)
			}
		})
	}
}

// Between two looks the right stands.
func TestCriticLooks(t *testing.T) {
	good := pairs(300, func(i int) (float64, bool) { return 9 * float64(i%2), i%2 == 1 })
	turned := slices.Concat(good[:40], pairs(30, func(int) (float64, bool) { return 9, false }))
	var at []int
	for total := 1; total <= len(turned); total++ {
		if calibration.JudgeCritic(turned[:total], total) == calibration.RightLost {
			at = append(at, total)
		}
	}
	// At 60 tasks 20 of 40 above the line were false: the lower bound is over 20 %.
	if len(at) != 11 || at[0] != 60 {
		t.Errorf("lost at %v, want from 60 on", at)
	}
	r := calibration.NewCriticReport(calibration.CriticKey{}, turned[:59], 59)
	if r.N != 50 || r.Total != 59 || r.Right == calibration.RightLost {
		t.Errorf("report before the look: n %d of %d, %s", r.N, r.Total, r.Right)
	}
}

func TestCriticReport(t *testing.T) {
	key := calibration.CriticKey{Critic: "c", Scope: agenttest.TestScope}
	empty := calibration.NewCriticReport(key, nil, 0)
	if empty.N != 0 || empty.Skill != nil || empty.Right != calibration.RightUnproven || empty.Goodhart.N != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func(int) (float64, bool) { phi := 10 * rng.Float64(); return phi, rng.Float64() < phi/10 }
	r := calibration.NewCriticReport(key, pairs(400, draw), 400)
	switch {
	case len(r.Bins) != 10 || r.Bins[0].N != 40:
		t.Errorf("bins %+v", r.Bins)
	case r.Skill == nil || !(*r.Skill > .2 && *r.Skill < .5):
		t.Errorf("skill %v of outcomes that are Φ/10 likely; it is ⅓ in the limit", r.Skill)
	case !(r.SkillInterval.Low < 1./3 && 1./3 < r.SkillInterval.High):
		t.Errorf("skill interval %+v without ⅓", r.SkillInterval)
	case !(r.BrierInterval.Low < 1./6 && 1./6 < r.BrierInterval.High):
		t.Errorf("Brier %+v without ⅙", r.BrierInterval)
	case !(r.Spearman.Low > .4 && r.Spearman.High < .75):
		t.Errorf("Spearman %+v", r.Spearman)
	case r.ECE.Value > .12 || r.ECE.Low > r.ECE.Value:
		t.Errorf("ECE %+v of a calibrated critic", r.ECE)
	}
	again := calibration.NewCriticReport(key, pairs(400, func(i int) (float64, bool) { return 5, i%2 == 0 }), 400)
	if again.Spearman != nil || *again.Skill > 0 {
		t.Errorf("a constant critic has ρ %v and skill %v", again.Spearman, *again.Skill)
	}
}

// Whatever is in the pairs, the figures are numbers and the right follows them.
func TestCriticFiguresHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calibration.CriticPair {
			return calibration.CriticPair{Phi: rapid.Float64Range(0, 10).Draw(t, "phi"), Success: rapid.Bool().Draw(t, "success")}
		}), 0, 300).Draw(t, "pairs")
		r := calibration.NewCriticReport(calibration.CriticKey{}, list, len(list))
		again := calibration.NewCriticReport(calibration.CriticKey{}, list, len(list))
		if r.Right != again.Right || r.Brier != again.Brier || r.BrierInterval != again.BrierInterval || r.Reason != again.Reason {
			t.Fatalf("equal pairs, unequal reports")
		}
		for _, x := range []float64{r.Brier, r.ECE.Value} {
			if !(x >= 0 && x <= 1) {
				t.Fatalf("%+v", r)
			}
		}
		above := r.FalseSuccess
		bound := above.N >= calibration.FalseSuccessTasks && above.High > calibration.MaxFalseSuccess
		if bound && r.Right != calibration.RightLost {
			t.Fatalf("%s although at most %.2f of %d above the line fail", r.Right, above.High, above.N)
		}
		if r.Right == calibration.RightProven && (above.High > calibration.MaxFalseSuccess || *r.Skill <= 0 || r.N < calibration.MinCriticPairs) {
			t.Fatalf("proven by %+v", r)
		}
		if total := binned(r.Bins); total != r.N {
			t.Fatalf("%d pairs in bins, want %d", total, r.N)
		}
	})
}

func binned(bins []calibration.ReliabilityBin) int {
	n := 0
	for _, b := range bins {
		n += b.N
	}
	return n
}

func TestGoodhart(t *testing.T) {
	// before and after say how many of each fifty are solved, and at which Φ.
	windows := func(before, after int, phiBefore, phiAfter, spread float64) []calibration.CriticPair {
		return pairs(100, func(i int) (float64, bool) {
			wobble := spread * math.Sin(float64(i))
			if i < 50 {
				return phiBefore + wobble, i < before
			}
			return phiAfter + wobble, i-50 < after
		})
	}
	for _, tt := range []struct {
		name  string
		pairs []calibration.CriticPair
		alarm bool
		n     int
	}{
		{"too few", windows(20, 10, 4, 8, 1)[:99], false, 0},
		{"Φ up, success down", windows(20, 10, 4, 8, 1), true, 50},
		{"Φ up, success flat", windows(20, 20, 4, 8, 1), true, 50},
		{"Φ up, success up", windows(10, 30, 4, 8, 1), false, 50},
		{"Φ up by less than its noise", windows(20, 10, 4, 4.2, 2), false, 50},
		{"Φ down, success down", windows(20, 10, 8, 4, 1), false, 50},
		{"all solved before and after", windows(50, 50, 8, 9, .1), false, 50},
		{"a critic without spread that jumps", windows(20, 20, 4, 8, 0), true, 50},
		{"only the last hundred count", append(pairs(50, func(int) (float64, bool) { return 0, true }), windows(20, 20, 6, 6, 1)...), false, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if g := calibration.NewGoodhart(tt.pairs); g.Alarm != tt.alarm || g.N != tt.n || g.Reason == "" {
				t.Errorf("%+v", g)
			}
		})
	}
}

func TestCriticPairOf(t *testing.T) {
	tr := agenttest.TestVerdict(1, "c", 8.5, false)
	key, pair, ok := calibration.CriticPairOf(tr)
	if want := (calibration.CriticPair{Run: tr.Run, Phi: 8.5}); !ok || pair != want || key != (calibration.CriticKey{Critic: "c", Scope: tr.Scope}) {
		t.Errorf("%+v %+v %v", key, pair, ok)
	}
	// The last step was not scored: Φ was carried over from who scored before.
	tr.Steps[1].Score = agent.Unscored(3, "", "down")
	if key, pair, ok := calibration.CriticPairOf(tr); !ok || pair.Phi != 3 || key.Critic != "c" {
		t.Errorf("%+v %+v %v", key, pair, ok)
	}
	tr.Outcome.Source = agent.SourceCritic
	if _, _, ok := calibration.CriticPairOf(tr); ok {
		t.Error("a critic was judged by itself")
	}
	if _, _, ok := calibration.CriticPairOf(nil); ok {
		t.Error("nothing has a pair")
	}
}
