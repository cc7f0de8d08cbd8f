package stats_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"purposeagent/agent/stats"
)

func TestWelch(t *testing.T) {
	a := []float64{27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6}
	b := []float64{27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 35.8, 22.0}
	va, vb := stat.Variance(a, nil)/10, stat.Variance(b, nil)/8
	nu := (va + vb) * (va + vb) / (va*va/9 + vb*vb/7)
	half := distuv.StudentsT{Sigma: 1, Nu: nu}.Quantile(.975) * math.Sqrt(va+vb)
	d := stats.Welch(a, b)
	near(t, "difference", d.Value, stat.Mean(a, nil)-stat.Mean(b, nil), 1e-12)
	near(t, "low", d.Low, d.Value-half, 1e-9)
	near(t, "high", d.High, d.Value+half, 1e-9)
	if d, want := stats.Welch([]float64{2, 2, 2}, []float64{1, 1}), (stats.Difference{Value: 1, Low: 1, High: 1}); d != want {
		t.Errorf("without spread: %+v", d)
	}
	if d := stats.Welch([]float64{1}, []float64{1, 2}); !math.IsNaN(d.Value) {
		t.Errorf("of one value: %+v", d)
	}
}

func TestMeanT(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), 2, 40).Draw(t, "x")
		m, sd := stat.MeanStdDev(x, nil)
		half := distuv.StudentsT{Sigma: 1, Nu: float64(len(x) - 1)}.Quantile(.975) * sd / math.Sqrt(float64(len(x)))
		d := stats.MeanT(x)
		for name, pair := range map[string][2]float64{"mean": {d.Value, m}, "low": {d.Low, m - half}, "high": {d.High, m + half}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9*max(1, math.Abs(m)+half) {
				t.Errorf("%s: got %v, want %v", name, pair[0], pair[1])
			}
		}
	})
	// Student's own sleep data (1908): 1.58 hours gained, [0.70, 2.46].
	d := stats.MeanT([]float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, .8, 4.6, 1.4})
	near(t, "gain", d.Value, 1.58, 1e-12)
	near(t, "low", d.Low, .700, 1e-3)
	near(t, "high", d.High, 2.460, 1e-3)
	if d, want := stats.MeanT([]float64{.5, .5, .5}), (stats.Difference{Value: .5, Low: .5, High: .5}); d != want {
		t.Errorf("without spread: %+v", d)
	}
	if d := stats.MeanT(nil); !math.IsNaN(d.Value) {
		t.Errorf("of nothing: %+v", d)
	}
}

// With equal sizes and variances ν = 2(n−1), and the interval is the textbook one.
func TestWelchIsStudentsForEqualVariances(t *testing.T) {
	for _, n := range []int{2, 3, 10, 50} {
		var a, b []float64
		for i := range n {
			a, b = append(a, float64(i)), append(b, float64(i)+1)
		}
		variance := float64(n*(n+1)) / 12
		want := distuv.StudentsT{Sigma: 1, Nu: float64(2 * (n - 1))}.Quantile(.975) * math.Sqrt(2*variance/float64(n))
		d := stats.Welch(b, a)
		near(t, "difference", d.Value, 1, 1e-9)
		near(t, "half width", d.High-d.Value, want, 1e-6*want)
	}
}

func TestBootstrap(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	low, high := stats.Bootstrap(len(x), 4000, rng(), func(sample []int) float64 {
		if len(sample) != len(x) || !slices.IsSorted(sample) {
			t.Fatalf("sample %v", sample)
		}
		sum := 0.0
		for _, i := range sample {
			sum += x[i]
		}
		return sum / float64(len(sample))
	})
	half := stats.Z95 * math.Sqrt(8.25/10) // the plug-in standard error
	near(t, "low", low, 5.5-half, .15)
	near(t, "high", high, 5.5+half, .15)
	if low, _ := stats.Bootstrap(3, 10, rng(), func([]int) float64 { return math.NaN() }); !math.IsNaN(low) {
		t.Error("an interval of nothing")
	}
}

func TestSpearmanInterval(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	y := []float64{2, 1, 4, 3, 6, 5, 8, 7}
	rho := 1 - 6*8./(8*63)
	half := stats.Z95 * math.Sqrt((1+rho*rho/2)/5)
	d, ok := stats.SpearmanInterval(x, y)
	if !ok {
		t.Fatal("there is none")
	}
	near(t, "ρ", d.Value, rho, 1e-12)
	near(t, "low", d.Low, math.Tanh(math.Atanh(rho)-half), 1e-12)
	near(t, "high", d.High, math.Tanh(math.Atanh(rho)+half), 1e-12)
	if d, ok := stats.SpearmanInterval(x, x); !ok || d.Low != d.Value {
		t.Errorf("a perfect order: %+v", d)
	}
	for _, short := range [][]float64{nil, {1, 2, 3}, {1, 1, 1, 1}} {
		if _, ok := stats.SpearmanInterval(short, short); ok {
			t.Errorf("%v has an interval", short)
		}
	}
}

// What Brier, the reliability diagram and its error promise, for any figures.
func TestCalibrationHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 60).Draw(t, "p")
		success := rapid.SliceOfN(rapid.Bool(), len(p), len(p)).Draw(t, "success")
		brier, skill := stats.Brier(p, success)
		if !(brier >= 0 && brier <= 1) || !(skill <= 1) {
			t.Fatalf("Brier %g, skill %g", brier, skill)
		}
		bins := rapid.IntRange(1, 12).Draw(t, "bins")
		list, ece := stats.Reliability(p, success, bins)
		n, hits, all := 0, 0, 0
		sum := 0.0
		for i, b := range list {
			n, hits = n+b.N, hits+b.Successes()
			sum += float64(b.N) * b.Predicted
			if i > 0 && b.Predicted < list[i-1].Predicted-1e-12 {
				t.Fatalf("bins out of order: %+v", list)
			}
			if size := len(p) / bins; b.N < size || b.N > size+1 {
				t.Fatalf("a bin of %d, want equal mass: %d in %d bins", b.N, len(p), bins)
			}
		}
		for _, s := range success {
			if s {
				all++
			}
		}
		if n != len(p) || hits != all || math.Abs(sum/float64(n)-stats.Mean(p)) > 1e-9 {
			t.Fatalf("bins hold %d cases and %d successes of %d and %d", n, hits, len(p), all)
		}
		if gap := math.Abs(stats.Mean(p) - float64(all)/float64(n)); ece < gap-1e-9 || ece > 1 {
			t.Fatalf("ECE %g below the gap %g of all cases", ece, gap)
		}
		if one, e := stats.Reliability(p, success, 1); len(one) != 1 || math.Abs(e-math.Abs(stats.Mean(p)-float64(all)/float64(n))) > 1e-9 {
			t.Fatalf("one bin's error is %g", e)
		}
	})
}

func TestAUC(t *testing.T) {
	for _, tt := range []struct {
		name     string
		score    []float64
		positive []bool
		want     float64
	}{
		{"perfect", []float64{1, 2, 3}, []bool{false, true, true}, 1},
		{"the wrong way", []float64{3, 2, 1}, []bool{false, true, true}, 0},
		{"all tied", []float64{5, 5, 5, 5}, []bool{false, true, true, false}, .5},
		{"pairs won and tied", []float64{1, 2, 2, 3}, []bool{false, true, false, true}, (1 + 1 + .5 + 1) / 4},
		{"one kind only", []float64{1, 2}, []bool{true, true}, math.NaN()},
	} {
		if got := stats.AUC(tt.score, tt.positive); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%s: %g, want %g", tt.name, got, tt.want)
		}
	}
}
