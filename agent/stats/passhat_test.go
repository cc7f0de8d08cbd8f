package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAllOf(t *testing.T) {
	for _, tt := range []struct {
		c, n, k int
		want    float64
	}{{3, 4, 1, 0.75}, {3, 4, 2, 0.5}, {3, 4, 3, 0.25}, {3, 4, 4, 0}, {4, 4, 4, 1}, {0, 4, 1, 0}, {1, 2, 2, 0}, {20, 20, 20, 1}, {19, 20, 2, 0.9}} {
		if got := AllOf(tt.c, tt.n, tt.k); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%d of %d in all of %d: %g, want %g", tt.c, tt.n, tt.k, got, tt.want)
		}
	}
	for _, bad := range [][3]int{{1, 1, 2}, {1, 1, 0}, {2, 1, 1}, {-1, 1, 1}} {
		if got := AllOf(bad[0], bad[1], bad[2]); !math.IsNaN(got) {
			t.Errorf("%v: %g", bad, got)
		}
	}
}

// Whatever is drawn, the mean of the estimates is the true chance p^k, which the
// share of solved tries to the power of k is not.
func TestAllOfIsUnbiased(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const p, n, k, rounds = 0.7, 5, 3, 200_000
	sum, plugged := 0.0, 0.0
	for range rounds {
		c := 0
		for range n {
			if rng.Float64() < p {
				c++
			}
		}
		sum += AllOf(c, n, k)
		plugged += math.Pow(float64(c)/n, k)
	}
	want := math.Pow(p, k)
	if got := sum / rounds; math.Abs(got-want) > 0.004 {
		t.Errorf("%g, want %g", got, want)
	}
	if biased := plugged / rounds; biased < want+0.02 {
		t.Errorf("the power of the share gives %g: this test would not see a bias", biased)
	}
}

func TestPassHats(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	got := PassHats([]int{2, 2, 1, 0}, []int{2, 2, 2, 2}, 2, 1000, rng)
	if len(got) != 2 || got[0].Share != 0.625 || got[1].Share != 0.5 || got[0].N != 4 || !(got[0].Low < 0.625 && got[0].High > 0.625 && got[0].Low >= 0 && got[0].High <= 1) {
		t.Errorf("%+v", got)
	}
	if w := Wilson(2, 4); got[1].Low != w.Low || got[1].High != w.High {
		t.Errorf("%+v, want Wilson's interval %+v", got[1], w)
	}
	single := PassHats([]int{1, 0, 1}, []int{1, 1, 1}, 2, 1000, rng)
	if w := Wilson(2, 3); single[0].Low != w.Low || single[0].Share != w.Share || single[1] != (PassHat{K: 2, High: 1}) {
		t.Errorf("one try each: %+v", single)
	}
	if same := PassHats([]int{1, 1}, []int{2, 2}, 1, 1000, rng); same[0].Low >= same[0].High {
		t.Errorf("estimates that are alike have no interval: %+v", same)
	}
}
