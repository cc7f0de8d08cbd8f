package stats

import "math"

// LeastSignFlip returns the smallest two-sided p that a sign-flip permutation
// of n paired differences can reach, which it does where all have one
// direction: 2·0.5ⁿ (Fisher 1935, The Design of Experiments, §21).
func LeastSignFlip(n int) float64 {
	if n < 1 {
		return 1
	}
	return 2 * math.Pow(.5, float64(n))
}

// RequiredSigns returns how many paired differences it takes, all in one
// direction, until a sign-flip permutation falls below 5 % after Holm's
// correction for so many comparisons: the smallest n with
// comparisons·2·0.5ⁿ < 0.05. It is 6 for one comparison and 7 for two or three.
func RequiredSigns(comparisons int) int {
	n := 1
	for float64(max(comparisons, 1))*LeastSignFlip(n) >= .05 {
		n++
	}
	return n
}

// RequiredUnits returns how many paired differences show their mean with 80 %
// power at the 5 % level, by the normal approximation n ≈ ((1.96 + 0.84)·s/d)²
// with their standard deviation s (Julious 2010, Sample Sizes for Clinical
// Trials, §3, for paired means), and not fewer
// than RequiredSigns. It is false where the mean is 0 or n above 10⁹.
func RequiredUnits(differences []float64, comparisons int) (int, bool) {
	d := math.Abs(Mean(differences))
	if d == 0 || len(differences) == 0 {
		return 0, false
	}
	least := RequiredSigns(comparisons)
	if len(differences) < 2 {
		return least, true
	}
	n := math.Ceil((1.96 + .84) * (1.96 + .84) / (d * d) * variance(differences))
	if n > 1e9 {
		return 0, false
	}
	return max(int(n), least), true
}
