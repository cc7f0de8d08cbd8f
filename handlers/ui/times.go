package ui

import (
	"slices"
	"time"

	"purposeagent/views/partials"
)

// PastRuns is how many of the newest runs are looked at.
const PastRuns = 60

// EnoughPast is from how many measured tasks a range is told.
const EnoughPast = 3

// UnknownYet is said where too little was measured for a guess.
const UnknownYet = "unknown yet"

// Middle returns the 10 % and the 90 % quantile.
func Middle(took []time.Duration) (low, high time.Duration) {
	took = slices.Sorted(slices.Values(took))
	last := len(took) - 1
	return took[last/10], took[last-last/10]
}

// Between writes a range of times; one that is as good as a point is one.
func Between(low, high time.Duration) string {
	from, to := partials.Duration(Roughly(low)), partials.Duration(Roughly(high))
	if from == to {
		return "about " + to
	}
	return from + " to " + to
}

// Roughly keeps two digits of a time: a guess has no more.
func Roughly(d time.Duration) time.Duration {
	unit := time.Millisecond
	for d/unit >= 100 {
		unit *= 10
	}
	return max(d.Round(unit), time.Millisecond)
}
