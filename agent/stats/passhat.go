package stats

import (
	"math"
	"math/rand/v2"
)

// PassHat is pass^k over tasks: the chance that a task is solved in all of k tries,
// with its 95 % interval over tasks. pass^1 is the mean success. N is how many tasks
// had k tries; without any there is nothing to say.
type PassHat struct {
	K     int     `json:"k"`
	N     int     `json:"n"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// AllOf is the unbiased estimate of the chance that k tries of a task are all
// solved, from n tries of which c were: C(c,k)/C(n,k) (pass^k; Yao et al. 2024,
// arXiv 2406.12045). It is NaN for fewer tries than k.
func AllOf(c, n, k int) float64 {
	if k < 1 || n < k || c < 0 || c > n {
		return math.NaN()
	}
	p := 1.0
	for i := range k {
		p *= float64(c-i) / float64(n-i)
		if p <= 0 {
			return 0
		}
	}
	return p
}

// PassHats returns pass^1 to pass^k of tasks, of each of which solved of tries were
// solved. A task with fewer tries than k is left out there. The interval is Wilson's
// where each task's estimate is 0 or 1, or where all are the same; else the
// percentile bootstrap over tasks, since the tries of one task are alike.
func PassHats(solved, tries []int, most, draws int, rng *rand.Rand) []PassHat {
	var out []PassHat
	for k := 1; k <= most; k++ {
		var estimates []float64
		binary := true
		for i := range tries {
			if p := AllOf(solved[i], tries[i], k); !math.IsNaN(p) {
				estimates, binary = append(estimates, p), binary && (p == 0 || p == 1)
			}
		}
		h := PassHat{K: k, N: len(estimates), High: 1}
		if h.N > 0 {
			h.Share = Mean(estimates)
			if binary || !Spread(estimates) {
				w := Wilson(int(math.Round(h.Share*float64(h.N))), h.N)
				h.Low, h.High = w.Low, w.High
			} else {
				d := PairedBootstrap(estimates, nil, draws, rng)
				h.Low, h.High = d.Low, d.High
			}
		}
		out = append(out, h)
	}
	return out
}
