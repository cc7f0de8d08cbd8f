package runs

import (
	"purposeagent/agent/stats"
)

// trailing returns, for each trial, the share of hits among the last width
// trials up to it. The first width−1 entries rest on fewer, as their N says.
func trailing(hits []bool, width int) []stats.Interval {
	out := make([]stats.Interval, len(hits))
	inside := 0
	for i, hit := range hits {
		if hit {
			inside++
		}
		if i >= width && hits[i-width] {
			inside--
		}
		out[i] = stats.Wilson(inside, min(i+1, width))
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
