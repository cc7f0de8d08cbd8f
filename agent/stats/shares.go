package stats

import "math"

// Z95 is the standard normal quantile of a two-sided 95 % interval.
const Z95 = 1.959963984540054

// Interval is a share with its Wilson 95 % interval; N is what it rests on.
type Interval struct {
	N     int     `json:"n"`
	Hits  int     `json:"hits"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Wilson returns the share hits/n with its Wilson score interval (Wilson 1927),
// which stays inside 0 to 1 and is honest for small n and for shares of 0 and
// 1. Without trials the share is 0 and the interval is all of 0 to 1. Counts
// below zero are taken as zero, hits above n as n.
func Wilson(hits, n int) Interval {
	n = max(n, 0)
	hits = min(max(hits, 0), n)
	if n == 0 {
		return Interval{Low: 0, High: 1}
	}
	size, p := float64(n), float64(hits)/float64(n)
	z2 := Z95 * Z95
	centre := (p + z2/(2*size)) / (1 + z2/size)
	half := Z95 / (1 + z2/size) * math.Sqrt(p*(1-p)/size+z2/(4*size*size))
	w := Interval{N: n, Hits: hits, Share: p, Low: max(centre-half, 0), High: min(centre+half, 1)}
	if hits == 0 {
		w.Low = 0 // the formula gives 1e-17 here
	}
	if hits == n {
		w.High = 1
	}
	return w
}

// Difference is a difference with its 95 % interval.
type Difference struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Newcombe returns a − b with Newcombe's hybrid score interval (Newcombe 1998,
// method 10), made of the two Wilson intervals. It is for independent samples.
func Newcombe(a, b Interval) Difference {
	d := a.Share - b.Share
	return Difference{
		Value: d,
		Low:   max(d-math.Hypot(a.Share-a.Low, b.High-b.Share), -1),
		High:  min(d+math.Hypot(a.High-a.Share, b.Share-b.Low), 1),
	}
}

// RequiredPairs returns how many pairs a paired comparison of two shares needs
// to show a difference with 80 % power at the two-sided 5 % level, where the
// arms disagree in the given share of the pairs (Connor 1987):
//
//	n ≈ ((1.96·√p_d + 0.84·√(p_d − Δ²)) / Δ)²
//
// It returns false where there is no such number: no difference, or one larger
// than the disagreement.
func RequiredPairs(discordant, difference float64) (int, bool) {
	d := math.Abs(difference)
	if !(d > 0) || !(discordant >= d) || discordant > 1 {
		return 0, false
	}
	n := math.Ceil(math.Pow((1.96*math.Sqrt(discordant)+0.84*math.Sqrt(discordant-d*d))/d, 2))
	if n > 1e9 {
		return 0, false
	}
	return int(n), true
}

// NormalCDF returns P(Z ≤ z) of the standard normal distribution.
func NormalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
