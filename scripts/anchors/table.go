package main

import (
	"fmt"
	"strings"
)

// heading names the columns of result.line.
var heading = fmt.Sprintf("%-38s %-24s %-6s %-6s %-8s %-18s %-18s %-5s %6s", "environment", "on [95 %]", "off", "append", "score", "on − off, low", "on − append, low", "goal", "s")

// line is a result in the table.
func (r result) line() string {
	if len(r.Solved) == 0 {
		return fmt.Sprintf("%-38s not measured: %s", r.Title, strings.Join(r.Missed, "; "))
	}
	on := r.Solved["on"]
	text := fmt.Sprintf("%.2f", on.Mean)
	if on.Low != nil {
		text += fmt.Sprintf(" [%.2f, %.2f] ± %.2f", *on.Low, *on.High, on.half())
	}
	goal := "no"
	if r.Met {
		goal = "yes"
	}
	text = fmt.Sprintf("%-38s %-24s %-6.2f %-6.2f %-8.2f %-18s %-18s %-5s %6.0f", r.Title, text, r.Solved["off"].Mean, r.Solved["append-successes"].Mean,
		r.Score["on"].Mean, difference(r.OverOff), difference(r.OverAppend), goal, r.Seconds)
	if len(r.Missed) > 0 {
		text += "\n  · " + strings.Join(r.Missed, "; ")
	}
	return text
}

func difference(s share) string {
	if s.Low == nil {
		return fmt.Sprintf("%+.2f", s.Mean)
	}
	return fmt.Sprintf("%+.2f, %+.2f", s.Mean, *s.Low)
}
