package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// check is a row in which nothing is learned: it plays what is known to be right
// in an environment that others made, and counts how often ours says so.
type check struct {
	Name  string // for -only
	Title string
	Goal  string
	play  func(ctx context.Context, python string) (checked, error)
}

// checked is what a check came to.
type checked struct {
	Name    string  `json:"name"`
	Title   string  `json:"title"`
	Right   int     `json:"right"`
	Of      int     `json:"of"`
	Note    string  `json:"note,omitempty"` // further figures
	Missed  string  `json:"missed,omitempty"`
	Met     bool    `json:"met"`
	Seconds float64 `json:"seconds"`
}

var checks = []check{
	{"humaneval", "HumanEval through code, the canonical solutions", "164 of 164, and no prompt alone", humanEval},
	{"miniwob", "MiniWoB++ through web, 20 pages by a script", "all, the inbox in 400 tokens, a click in 60 ms", miniWoB},
}

func (c check) run(ctx context.Context, python string) checked {
	began := time.Now()
	r, err := c.play(ctx, python)
	r.Name, r.Title, r.Seconds = c.Name, c.Title, time.Since(began).Seconds()
	if err != nil {
		r.Missed, r.Met = err.Error(), false
	}
	return r
}

func (r checked) line() string {
	goal := "no"
	if r.Met {
		goal = "yes"
	}
	lines := []string{fmt.Sprintf("%-50s %d of %d, goal %s, %.0f s", r.Title, r.Right, r.Of, goal, r.Seconds)}
	for _, more := range []string{r.Note, r.Missed} {
		if more != "" {
			lines = append(lines, "  · "+more)
		}
	}
	return strings.Join(lines, "\n")
}
