package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"purposeagent/agent/stats"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestWilson(t *testing.T) {
	// Reference values: R, binom::binom.confint(method = "wilson").
	for _, tt := range []struct {
		name             string
		hits, n          int
		share, low, high float64
	}{
		{"nothing tried", 0, 0, 0, 0, 1},
		{"none of ten", 0, 10, 0, 0, .2775},
		{"one of ten", 1, 10, .1, .0179, .4042},
		{"nine of ten", 9, 10, .9, .5958, .9821},
		{"all of ten", 10, 10, 1, .7225, 1},
		{"half of a hundred", 50, 100, .5, .4038, .5962},
		{"more hits than trials", 12, 10, 1, .7225, 1},
		{"negative counts", -3, -1, 0, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := stats.Wilson(tt.hits, tt.n)
			near(t, "share", got.Share, tt.share, 5e-5)
			near(t, "low", got.Low, tt.low, 5e-5)
			near(t, "high", got.High, tt.high, 5e-5)
		})
	}
}

func TestWilsonHoldsTheShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100_000).Draw(t, "n")
		hits := rapid.IntRange(0, n).Draw(t, "hits")
		w := stats.Wilson(hits, n)
		if !(0 <= w.Low && w.Low <= w.Share && w.Share <= w.High && w.High <= 1) {
			t.Fatalf("Wilson(%d, %d) = %+v is not ordered inside 0 to 1", hits, n, w)
		}
	})
}

func TestNewcombe(t *testing.T) {
	// Newcombe 1998, table II, method 10.
	for _, tt := range []struct {
		name      string
		a, b      stats.Interval
		low, high float64
	}{
		{"56/70 − 48/80", stats.Wilson(56, 70), stats.Wilson(48, 80), .0524, .3339},
		{"9/10 − 3/10", stats.Wilson(9, 10), stats.Wilson(3, 10), .1705, .8090},
		{"nothing known", stats.Wilson(0, 0), stats.Wilson(0, 0), -1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := stats.Newcombe(tt.a, tt.b)
			near(t, "low", got.Low, tt.low, 5e-5)
			near(t, "high", got.High, tt.high, 5e-5)
		})
	}
}

func TestRequiredPairs(t *testing.T) {
	for _, tt := range []struct {
		name                  string
		discordant, different float64
		want                  int
		known                 bool
	}{
		{"a fifth disagrees, a tenth apart", .2, .1, 155, true}, // Connor 1987 with z = 1.96, .84
		{"the sign does not matter", .2, -.1, 155, true},
		{"no difference", .2, 0, 0, false},
		{"more difference than disagreement", .1, .2, 0, false},
		{"not a number", math.NaN(), .1, 0, false},
		{"out of all bounds", .5, 1e-9, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if n, known := stats.RequiredPairs(tt.discordant, tt.different); n != tt.want || known != tt.known {
				t.Errorf("got %d, %v, want %d, %v", n, known, tt.want, tt.known)
			}
		})
	}
}

// maize are Darwin's differences in height of crossed and selfed plants.
var maize = []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}

func TestSignFlip(t *testing.T) {
	// Fisher 1935, § 21: 863 of 32,768 on one side.
	near(t, "Darwin's maize", stats.SignFlip(maize, 0, nil), 2*863./32768, 1e-12)
	near(t, "nothing", stats.SignFlip(nil, 0, nil), 1, 0)
	near(t, "only ties", stats.SignFlip([]float64{0, 0}, 0, nil), 1, 0)
	near(t, "six of six", stats.SignFlip([]float64{1, 1, 1, 0, 1, 1, 1}, 0, nil), 2./64, 1e-12)
	// Many of different sizes are drawn: near the normal approximation.
	many := make([]float64, 200)
	source := rng()
	for i := range many {
		many[i] = source.NormFloat64() + .1
	}
	sum, squares := 0.0, 0.0
	for _, d := range many {
		sum, squares = sum+d, squares+d*d
	}
	want := 2 * distuv.UnitNormal.Survival(math.Abs(sum)/math.Sqrt(squares))
	near(t, "200 drawn", stats.SignFlip(many, stats.Draws, rng()), want, .02)
	if p := stats.SignFlip(many, 100, rng()); p <= 0 {
		t.Errorf("a drawn p is %g", p)
	}
}

func TestMcNemar(t *testing.T) {
	for _, tt := range []struct {
		name      string
		won, lost int
		want      float64
	}{
		{"none", 0, 0, 1},
		{"even", 4, 4, 1},
		{"ten against two", 10, 2, 158. / 4096},
		{"the other way", 2, 10, 158. / 4096},
		{"nobody lost", 93, 0, math.Pow(2, -92)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := stats.McNemar(tt.won, tt.lost)
			near(t, "p", got, tt.want, 1e-10*tt.want)
			b := distuv.Binomial{N: float64(tt.won + tt.lost), P: .5}
			near(t, "p by gonum", got, min(2*b.CDF(float64(min(tt.won, tt.lost))), 1), 1e-9)
		})
	}
}

func TestCorrections(t *testing.T) {
	// Benjamini & Hochberg 1995, § 4.1: at .05 Holm rejects 3 of these, their
	// procedure 4.
	p := []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}
	rejected := func(q []float64) (n int) {
		for _, v := range q {
			if v <= .05 {
				n++
			}
		}
		return n
	}
	if h, b := rejected(stats.Holm(p)), rejected(stats.BenjaminiHochberg(p)); h != 3 || b != 4 {
		t.Errorf("Holm rejects %d, Benjamini–Hochberg %d, want 3 and 4", h, b)
	}
	// R: p.adjust(c(.04, .01, .03), "holm") and "BH".
	for i, want := range []float64{.06, .03, .06} {
		near(t, "Holm", stats.Holm([]float64{.04, .01, .03})[i], want, 1e-12)
	}
	for i, want := range []float64{.04, .03, .04} {
		near(t, "BH", stats.BenjaminiHochberg([]float64{.04, .01, .03})[i], want, 1e-12)
	}
}

func TestCorrectionsKeepOrderAndBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		holm, bh := stats.Holm(p), stats.BenjaminiHochberg(p)
		const e = 1e-12 // of rounding
		for i := range p {
			if !(p[i] <= bh[i]+e && bh[i] <= holm[i]+e && holm[i] <= 1) {
				t.Fatalf("p %g, BH %g, Holm %g", p[i], bh[i], holm[i])
			}
			for j := range p {
				if p[i] < p[j] && (holm[i] > holm[j]+e || bh[i] > bh[j]+e) {
					t.Fatalf("the order of %g and %g is lost", p[i], p[j])
				}
			}
		}
	})
}

func TestPairedBootstrap(t *testing.T) {
	d := stats.PairedBootstrap(maize, nil, stats.Draws, rng())
	near(t, "mean", d.Value, stat.Mean(maize, nil), 1e-12)
	// The plug-in standard error gives the same width, to Monte-Carlo error and
	// the sample's skew.
	se := stat.PopStdDev(maize, nil) / math.Sqrt(float64(len(maize)))
	near(t, "width", d.High-d.Low, 2*1.96*se, .05*4*se)
	again := stats.PairedBootstrap(maize, nil, stats.Draws, rng())
	if d != again {
		t.Error("equal seeds give different intervals")
	}
	// Ten copies of each difference are no more evidence than one.
	var copies []float64
	var clusters []int
	for i, x := range maize {
		for range 10 {
			copies, clusters = append(copies, x), append(clusters, i)
		}
	}
	c := stats.PairedBootstrap(copies, clusters, stats.Draws, rng())
	near(t, "clustered low", c.Low, d.Low, 1e-9)
	near(t, "clustered high", c.High, d.High, 1e-9)
	if none := stats.PairedBootstrap(nil, nil, 10, rng()); !math.IsNaN(none.Value) {
		t.Errorf("of nothing: %+v", none)
	}
}

func TestBootstrapCovers(t *testing.T) {
	source, covered := rng(), 0
	const trials = 300
	for range trials {
		x := make([]float64, 60)
		for i := range x {
			x[i] = float64(source.IntN(3) - 1)
		}
		if d := stats.PairedBootstrap(x, nil, 500, source); d.Low <= 0 && 0 <= d.High {
			covered++
		}
	}
	near(t, "coverage", float64(covered)/trials, .95, .04) // 3 standard errors
}

func TestQuantile(t *testing.T) {
	x := []float64{1, 2, 4, 8} // R: quantile(c(1,2,4,8), c(.1,.5,.975))
	near(t, "10 %", stats.Quantile(x, .1), 1.3, 1e-12)
	near(t, "median", stats.Quantile(x, .5), 3, 1e-12)
	near(t, "97.5 %", stats.Quantile(x, .975), 7.7, 1e-12)
	near(t, "top", stats.Quantile(x, 1), 8, 0)
}

func TestBeta(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(.5, 300).Draw(t, "a")
		b := rapid.Float64Range(.5, 300).Draw(t, "b")
		x := rapid.Float64Range(0, 1).Draw(t, "x")
		want := distuv.Beta{Alpha: a, Beta: b}
		if got := stats.BetaCDF(x, a, b); math.Abs(got-want.CDF(x)) > 1e-9 {
			t.Fatalf("CDF %g, gonum says %g", got, want.CDF(x))
		}
		p := rapid.Float64Range(.001, .999).Draw(t, "p")
		if got := stats.BetaCDF(stats.BetaQuantile(p, a, b), a, b); math.Abs(got-p) > 1e-9 {
			t.Fatalf("the quantile of %g has the probability %g", p, got)
		}
	})
	if !math.IsNaN(stats.BetaCDF(.5, 0, 1)) || !math.IsNaN(stats.BetaQuantile(2, 1, 1)) {
		t.Error("nonsense has a figure")
	}
}

func TestUpliftProbability(t *testing.T) {
	near(t, "nothing known", stats.UpliftProbability(0, 0, 0, 0, 0), .5, 1e-6)
	near(t, "the same", stats.UpliftProbability(7, 10, 7, 10, 0), .5, 1e-4)
	near(t, "and turned", stats.UpliftProbability(9, 10, 3, 10, 0)+stats.UpliftProbability(3, 10, 9, 10, 0), 1, 1e-4)
	source := rng()
	in := distuv.Beta{Alpha: 7, Beta: 4, Src: source}
	out := distuv.Beta{Alpha: 4, Beta: 6, Src: source}
	above := 0
	const draws = 100_000
	for range draws {
		if in.Rand()-out.Rand() > .02 {
			above++
		}
	}
	near(t, "by draws", stats.UpliftProbability(6, 9, 3, 8, .02), float64(above)/draws, .005)
}
