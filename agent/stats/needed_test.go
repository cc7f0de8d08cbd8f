package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The least p is the one that the permutation itself reaches.
func TestLeastSignFlip(t *testing.T) {
	for n := 1; n <= 12; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = .5 + .01*float64(i)
		}
		want := SignFlip(x, 1000, rand.New(rand.NewPCG(1, 1)))
		if got := LeastSignFlip(n); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d differences: %g, the permutation says %g", n, got, want)
		}
	}
}

func TestRequiredSigns(t *testing.T) {
	for _, c := range []struct{ comparisons, want int }{{0, 6}, {1, 6}, {2, 7}, {3, 7}, {4, 8}, {6, 8}, {7, 9}} {
		if got := RequiredSigns(c.comparisons); got != c.want {
			t.Errorf("%d comparisons: %d, want %d", c.comparisons, got, c.want)
		}
		n := RequiredSigns(c.comparisons)
		if p := float64(max(c.comparisons, 1)); p*LeastSignFlip(n) >= .05 || p*LeastSignFlip(n-1) < .05 {
			t.Errorf("%d comparisons: %d is not the smallest", c.comparisons, n)
		}
	}
}

func TestRequiredUnits(t *testing.T) {
	for _, c := range []struct {
		name        string
		x           []float64
		comparisons int
		want        int
		ok          bool
	}{
		{"nothing seen", []float64{.1, -.1}, 1, 0, false},
		{"none", nil, 1, 0, false},
		{"one", []float64{.5}, 3, 7, true},
		{"both alike", []float64{.67, .69}, 3, 7, true},
		// s² = .05, d = .1: (2.8/.1)²·.05 = 39.2
		{"they vary", []float64{.1 - math.Sqrt(.025), .1 + math.Sqrt(.025)}, 1, 40, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := RequiredUnits(c.x, c.comparisons); got != c.want || ok != c.ok {
				t.Errorf("%d %v, want %d %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// At the number of units that it asks for, four of five samples show the mean.
func TestRequiredUnitsHasItsPower(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = .1 + .2*rng.NormFloat64()
		}
		return x
	}
	big := draw(20_000)
	n, ok := RequiredUnits(big, 1)
	if !ok || n < 28 || n > 36 {
		t.Fatalf("%d, want about 32", n)
	}
	shown := 0
	const samples = 400
	for range samples {
		if d := MeanT(draw(n)); d.Low > 0 {
			shown++
		}
	}
	if share := float64(shown) / samples; share < .73 || share > .88 {
		t.Errorf("%.2f of the samples show it, want about 0.8", share)
	}
	if !slices.IsSorted([]float64{LeastSignFlip(3), LeastSignFlip(2), LeastSignFlip(1)}) {
		t.Error("more differences must reach a smaller p")
	}
}
