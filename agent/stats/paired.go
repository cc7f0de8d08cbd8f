package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Draws is the usual number of draws of a bootstrap or a permutation test.
const Draws = 10_000

// Mean returns the mean, 0 of nothing.
func Mean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// PairedBootstrap returns the mean of paired differences with its 95 %
// percentile bootstrap interval (Efron & Tibshirani 1993, ch. 13). Whole
// clusters are drawn: differences with the same cluster number stand or fall
// together. Nil clusters means that each difference is its own. A sample
// without variance between its clusters has an interval without width, which
// says nothing about the next sample: callers check Spread first. Without
// differences everything is NaN.
func PairedBootstrap(differences []float64, clusters []int, draws int, rng *rand.Rand) Difference {
	sums, sizes := clustered(differences, clusters)
	if len(sums) == 0 {
		return Difference{math.NaN(), math.NaN(), math.NaN()}
	}
	d := Difference{Value: Mean(differences)}
	means := make([]float64, draws)
	for i := range means {
		sum, size := 0.0, 0
		for range sums {
			k := rng.IntN(len(sums))
			sum, size = sum+sums[k], size+sizes[k]
		}
		means[i] = sum / float64(size)
	}
	slices.Sort(means)
	d.Low, d.High = Quantile(means, 0.025), Quantile(means, 0.975)
	return d
}

// clustered sums differences by cluster, in order of first appearance.
func clustered(differences []float64, clusters []int) (sums []float64, sizes []int) {
	if clusters == nil {
		return differences, slices.Repeat([]int{1}, len(differences))
	}
	place := map[int]int{}
	for i, d := range differences {
		k, seen := place[clusters[i]]
		if !seen {
			k = len(sums)
			place[clusters[i]] = k
			sums, sizes = append(sums, 0), append(sizes, 0)
		}
		sums[k] += d
		sizes[k]++
	}
	return sums, sizes
}

// Quantile returns the p-quantile of sorted values with linear interpolation
// between them (type 7 of Hyndman & Fan 1996), NaN of nothing.
func Quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := min(max(p, 0), 1) * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// Spread reports whether the values differ at all.
func Spread(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return true
		}
	}
	return false
}

// exactFlips is the number of differences up to which all 2^n signs are tried.
const exactFlips = 18

// SignFlip returns the two-sided p of the paired permutation test: how often
// the mean is as far from 0 as seen when each difference's sign is as likely
// one way as the other (Fisher 1935). It is exact where all differences that
// are not 0 have one size (it is the sign test then), and up to 18 of them;
// else it draws, and counts what was seen as one of the draws (Phipson & Smyth
// 2010), so that it is never 0. Without a difference it is 1.
func SignFlip(differences []float64, draws int, rng *rand.Rand) float64 {
	var sizes []float64
	up, sum := 0, 0.0
	for _, d := range differences {
		if d == 0 {
			continue
		}
		if d > 0 {
			up++
		}
		sum += d
		sizes = append(sizes, math.Abs(d))
	}
	switch {
	case len(sizes) == 0:
		return 1
	case !Spread(sizes):
		return McNemar(up, len(sizes)-up)
	}
	seen := math.Abs(sum) * (1 - 1e-12) // a tie is not lost to rounding
	if n := len(sizes); n <= exactFlips {
		extreme := 0
		for signs := range 1 << n {
			if math.Abs(flipped(sizes, uint64(signs))) >= seen {
				extreme++
			}
		}
		return float64(extreme) / float64(int(1)<<n)
	}
	extreme := 1
	for range draws {
		total := 0.0
		for from := 0; from < len(sizes); from += 64 {
			total += flipped(sizes[from:min(from+64, len(sizes))], rng.Uint64())
		}
		if math.Abs(total) >= seen {
			extreme++
		}
	}
	return float64(extreme) / float64(draws+1)
}

func flipped(sizes []float64, signs uint64) float64 {
	total := 0.0
	for i, size := range sizes {
		if signs>>i&1 == 1 {
			total += size
		} else {
			total -= size
		}
	}
	return total
}

// McNemar returns the exact two-sided p of McNemar's test (McNemar 1947): won
// and lost are the pairs in which only the first, only the second arm
// succeeded. Without such pairs it is 1.
func McNemar(won, lost int) float64 {
	n, k := won+lost, min(won, lost)
	if n <= 0 || k < 0 {
		return 1
	}
	logHalves := float64(n) * math.Ln2
	p := 0.0
	for i := 0; i <= k; i++ {
		p += math.Exp(logChoose(n, i) - logHalves)
	}
	return min(2*p, 1)
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// Holm returns the p-values corrected so that the chance of any false alarm
// among them stays at the level (Holm 1979), in the order given.
func Holm(p []float64) []float64 {
	order := ascending(p)
	out := make([]float64, len(p))
	worst := 0.0
	for rank, i := range order {
		worst = max(worst, min(p[i]*float64(len(p)-rank), 1))
		out[i] = worst
	}
	return out
}

// BenjaminiHochberg returns the p-values corrected so that the share of false
// alarms among the alarms stays at the level (Benjamini & Hochberg 1995), in
// the order given.
func BenjaminiHochberg(p []float64) []float64 {
	order := ascending(p)
	out := make([]float64, len(p))
	best := 1.0
	for rank, i := range slices.Backward(order) {
		best = min(best, p[i]*float64(len(p))/float64(rank+1))
		out[i] = best
	}
	return out
}

func ascending(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	if slices.IsSorted(x) {
		return order
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	return order
}
