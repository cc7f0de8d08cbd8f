package handlers

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestWilson(t *testing.T) {
	// Reference values: R, prop.test / binom::binom.confint(method = "wilson").
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
			got := wilson(tt.hits, tt.n)
			for _, v := range []struct {
				what      string
				got, want float64
			}{{"share", got.share, tt.share}, {"low", got.low, tt.low}, {"top", got.top, tt.high}} {
				if math.Abs(v.got-v.want) > 5e-5 {
					t.Errorf("%s = %.5f, want %.4f", v.what, v.got, v.want)
				}
			}
		})
	}
}

func TestWilsonHoldsTheShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100_000).Draw(t, "n")
		hits := rapid.IntRange(0, n).Draw(t, "hits")
		w := wilson(hits, n)
		if !(0 <= w.low && w.low <= w.share && w.share <= w.top && w.top <= 1) {
			t.Fatalf("wilson(%d, %d) = %+v is not ordered inside 0 to 1", hits, n, w)
		}
	})
}

func TestNewcombe(t *testing.T) {
	// Newcombe 1998, table II, method 10: 56/70 − 48/80 and 9/10 − 3/10.
	for _, tt := range []struct {
		name      string
		a, b      interval
		low, high float64
	}{
		{"56/70 − 48/80", wilson(56, 70), wilson(48, 80), .0524, .3339},
		{"9/10 − 3/10", wilson(9, 10), wilson(3, 10), .1705, .8090},
		{"nothing known", wilson(0, 0), wilson(0, 0), -1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := newcombe(tt.a, tt.b)
			if math.Abs(got.low-tt.low) > 5e-5 || math.Abs(got.top-tt.high) > 5e-5 {
				t.Errorf("interval [%.4f, %.4f], want [%.4f, %.4f]", got.low, got.top, tt.low, tt.high)
			}
		})
	}
}

func TestTrailing(t *testing.T) {
	hits := []bool{true, false, true, true, false}
	got := trailing(hits, 3)
	want := [][2]int{{1, 1}, {1, 2}, {2, 3}, {2, 3}, {2, 3}}
	for i, w := range want {
		if got[i].hits != w[0] || got[i].n != w[1] {
			t.Errorf("after trial %d: %d of %d, want %d of %d", i+1, got[i].hits, got[i].n, w[0], w[1])
		}
	}
}
