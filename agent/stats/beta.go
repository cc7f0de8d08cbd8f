package stats

import "math"

// BetaCDF returns P(X ≤ x) of a Beta(a, b) distribution: the regularised
// incomplete beta function by its continued fraction (DLMF 8.17.22, evaluated
// by Lentz's method). It is NaN where a or b is not positive.
func BetaCDF(x, a, b float64) float64 {
	switch {
	case !(a > 0) || !(b > 0) || math.IsNaN(x):
		return math.NaN()
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	front := math.Exp(a*math.Log(x) + b*math.Log1p(-x) - logBeta(a, b))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(x, a, b) / a
	}
	return 1 - front*betaFraction(1-x, b, a)/b
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	away := func(v float64) float64 { // from zero, which Lentz's method divides by
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	h := d
	for i := 1; i <= 10_000; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/away(1+even*d), away(1+even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/away(1+odd*d), away(1+odd/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return h
}

// BetaQuantile returns the x with BetaCDF(x, a, b) = p, by bisection to the
// last bit that counts. It is NaN where a, b or p make no sense.
func BetaQuantile(p, a, b float64) float64 {
	if !(p >= 0 && p <= 1) || !(a > 0) || !(b > 0) {
		return math.NaN()
	}
	low, high := 0.0, 1.0
	for range 200 {
		mid := (low + high) / 2
		if mid == low || mid == high {
			break
		}
		if BetaCDF(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// UpliftProbability returns P(p_in − p_out > margin), where both shares have
// the posterior Beta(1 + successes, 1 + failures). It is what draws from the
// two would tend to, integrated instead of drawn, so it has no noise:
//
//	∫ (1 − F_in(x + margin)) f_out(x) dx
//
// Counts need not be whole: old trials may have faded. It is NaN for counts
// that make no sense.
func UpliftProbability(inHits, inN, outHits, outN, margin float64) float64 {
	a, b := 1+inHits, 1+(inN-inHits)
	c, d := 1+outHits, 1+(outN-outHits)
	if !(a >= 1 && b >= 1 && c >= 1 && d >= 1) {
		return math.NaN()
	}
	// Both densities are smooth (no parameter is below 1), and all but 1e-12 of
	// p_out is within eight standard deviations of its mean.
	const slices = 256
	mean, sd := c/(c+d), math.Sqrt(c*d/((c+d)*(c+d)*(c+d+1)))
	low, high := max(mean-8*sd, 0), min(mean+8*sd, 1)
	sum, mass := 0.0, 0.0
	norm := logBeta(c, d)
	for i := range slices {
		x := low + (high-low)*(float64(i)+.5)/slices
		f := math.Exp((c-1)*math.Log(x) + (d-1)*math.Log1p(-x) - norm)
		mass += f
		sum += f * (1 - BetaCDF(x+margin, a, b))
	}
	return sum / mass
}

// BetaMoments returns mean and variance of Beta(1 + s, 1 + n − s): of a share
// after s successes in n trials, where every share was as likely before.
func BetaMoments(s, n float64) (mean, variance float64) {
	a, b := 1+s, 1+n-s
	return a / (a + b), a * b / ((a + b) * (a + b) * (a + b + 1))
}
