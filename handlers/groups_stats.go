package handlers

import "math"

// z95 is the standard normal quantile of a two-sided 95 % interval.
const z95 = 1.959963984540054

// interval is a share with its Wilson 95 % interval; n is what it rests on.
type interval struct {
	n, hits         int
	share, low, top float64
}

// wilson returns the share hits/n with its Wilson score interval (Wilson 1927),
// which stays inside 0 to 1 and is honest for small n and for shares of 0 and
// 1. Without trials the share is 0 and the interval is all of 0 to 1. Counts
// below zero are taken as zero, hits above n as n.
func wilson(hits, n int) interval {
	n = max(n, 0)
	hits = min(max(hits, 0), n)
	if n == 0 {
		return interval{low: 0, top: 1}
	}
	size, p := float64(n), float64(hits)/float64(n)
	z2 := z95 * z95
	centre := (p + z2/(2*size)) / (1 + z2/size)
	half := z95 / (1 + z2/size) * math.Sqrt(p*(1-p)/size+z2/(4*size*size))
	w := interval{n: n, hits: hits, share: p, low: max(centre-half, 0), top: min(centre+half, 1)}
	if hits == 0 {
		w.low = 0 // the formula gives 1e-17 here
	}
	if hits == n {
		w.top = 1
	}
	return w
}

// difference is a difference of two shares with its 95 % interval.
type difference struct{ value, low, top float64 }

// newcombe returns a − b with Newcombe's hybrid score interval (Newcombe 1998,
// method 10), made of the two Wilson intervals.
func newcombe(a, b interval) difference {
	d := a.share - b.share
	return difference{
		value: d,
		low:   max(d-math.Hypot(a.share-a.low, b.top-b.share), -1),
		top:   min(d+math.Hypot(a.top-a.share, b.share-b.low), 1),
	}
}

// trailing returns, for each trial, the share of hits among the last width
// trials up to it. The first width−1 entries rest on fewer, as their n says.
func trailing(hits []bool, width int) []interval {
	out := make([]interval, len(hits))
	inside := 0
	for i, hit := range hits {
		if hit {
			inside++
		}
		if i >= width && hits[i-width] {
			inside--
		}
		out[i] = wilson(inside, min(i+1, width))
	}
	return out
}

// countHits returns how many of the trials hit.
func countHits(hits []bool) int {
	n := 0
	for _, hit := range hits {
		if hit {
			n++
		}
	}
	return n
}
