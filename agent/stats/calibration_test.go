package stats_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"purposeagent/agent/stats"
)

func TestIsotonic(t *testing.T) {
	for _, tt := range []struct {
		name            string
		values, weights []float64
		want            []float64
	}{
		{"none", nil, nil, []float64{}},
		{"rising", []float64{1, 2, 3}, nil, []float64{1, 2, 3}},
		{"one violation", []float64{1, 3, 2, 4}, nil, []float64{1, 2.5, 2.5, 4}},
		{"falling", []float64{3, 2, 1}, nil, []float64{2, 2, 2}},
		{"weighted", []float64{2, 1}, []float64{3, 1}, []float64{1.75, 1.75}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := stats.Isotonic(tt.values, tt.weights); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestIsotonicIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-5, 5), 1, 30).Draw(t, "x")
		fit := stats.Isotonic(x, nil)
		if !slices.IsSorted(fit) || math.Abs(stats.Mean(fit)-stats.Mean(x)) > 1e-9 {
			t.Fatalf("%v is not rising or has another mean", fit)
		}
		other := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Float64Range(-5, 5), len(x), len(x)).Draw(t, "other")))
		loss := func(y []float64) (sum float64) {
			for i := range x {
				sum += (x[i] - y[i]) * (x[i] - y[i])
			}
			return sum
		}
		if loss(fit) > loss(other)+1e-9 {
			t.Fatalf("%v is nearer to %v than %v", other, x, fit)
		}
	})
}

func TestFitIsotonic(t *testing.T) {
	fit := stats.FitIsotonic([]float64{3, 1, 1, 2}, []bool{true, false, true, false})
	near(t, "below all", fit.Map(0), 1./3, 1e-12) // 1 has ½ twice, 2 has 0: pooled
	near(t, "between", fit.Map(2.9), 1./3, 1e-12)
	near(t, "above", fit.Map(9), 1, 1e-12)
	near(t, "of nothing", stats.Steps{}.Map(1), .5, 0)
}

func TestOutOfFold(t *testing.T) {
	var score []float64
	var success []bool
	for i := range 100 {
		score, success = append(score, float64(i)), append(success, i >= 50)
	}
	p := stats.OutOfFold(score, success, 5, rng())
	if _, skill := stats.Brier(p, success); skill < .9 {
		t.Errorf("a perfect score has skill %.2f", skill)
	}
	// A score that says nothing has no skill when no case judges itself.
	noise := make([]float64, 100)
	source := rng()
	for i := range noise {
		noise[i] = source.Float64()
	}
	if _, skill := stats.Brier(stats.OutOfFold(noise, success, 5, rng()), success); skill > .1 {
		t.Errorf("noise has skill %.2f", skill)
	}
}

func TestBrier(t *testing.T) {
	for _, tt := range []struct {
		name         string
		p            []float64
		success      []bool
		brier, skill float64
	}{
		{"perfect", []float64{1, 0}, []bool{true, false}, 0, 1},
		{"base rate", []float64{.5, .5}, []bool{true, false}, .25, 0},
		{"the wrong way", []float64{0, 1}, []bool{true, false}, 1, -3},
		{"always so, and said so", []float64{1, 1}, []bool{true, true}, 0, 0},
		{"always so, and not said", []float64{1, 0}, []bool{true, true}, .5, math.Inf(-1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, skill := stats.Brier(tt.p, tt.success)
			if math.Abs(b-tt.brier) > 1e-12 || skill != tt.skill {
				t.Errorf("got %g, %g, want %g, %g", b, skill, tt.brier, tt.skill)
			}
		})
	}
}

func TestReliability(t *testing.T) {
	p := []float64{.1, .1, .9, .9}
	bins, ece := stats.Reliability(p, []bool{false, true, true, true}, 2)
	if len(bins) != 2 || bins[0].N != 2 || bins[0].Observed != .5 || bins[1].Observed != 1 {
		t.Errorf("bins %+v", bins)
	}
	near(t, "ECE", ece, .5*.4+.5*.1, 1e-12)
	if bins, ece := stats.Reliability(nil, nil, 10); bins != nil || ece != 0 {
		t.Errorf("of nothing: %v, %g", bins, ece)
	}
}

func TestSpearman(t *testing.T) {
	// IQ and hours of television, a textbook example: ρ = −29/165.
	iq := []float64{106, 100, 86, 101, 99, 103, 97, 113, 112, 110}
	tv := []float64{7, 27, 2, 50, 28, 29, 20, 12, 6, 17}
	near(t, "ρ", stats.Spearman(iq, tv), -29./165, 1e-12)
	if !math.IsNaN(stats.Spearman([]float64{1, 1}, []float64{1, 2})) {
		t.Error("a side that does not vary has a correlation")
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfNDistinct(rapid.Float64Range(-5, 5), 3, 30, rapid.ID[float64]).Draw(t, "x")
		eightfold := make([]float64, len(x)) // exact in floating point, so no ties arise
		for i, v := range x {
			eightfold[i] = 8 * v
		}
		if r := stats.Spearman(x, eightfold); math.Abs(r-1) > 1e-9 {
			t.Fatalf("a rising function has ρ = %g", r)
		}
	})
	// With ties it is Pearson's correlation of mean ranks.
	near(t, "ties", stats.Spearman([]float64{1, 2, 2, 3}, []float64{1, 2, 3, 4}),
		stat.Correlation([]float64{1, 2.5, 2.5, 4}, []float64{1, 2, 3, 4}, nil), 1e-12)
}

func TestFalseSuccess(t *testing.T) {
	got := stats.FalseSuccess([]float64{8, 9, 7, 10}, []bool{true, false, false, true}, 7)
	if got != stats.Wilson(1, 3) {
		t.Errorf("got %+v, want 1 of 3", got)
	}
}
