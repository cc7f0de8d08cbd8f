package web

import (
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// BenchmarkClick measures from a click until the page is seen again, on a page that
// changes with it: p50-ms is what half of the clicks take at most.
func BenchmarkClick(b *testing.B) {
	s := site(b)
	v := visit(b, s.URL+"/dynamic", nil)
	swap := agent.Action{Name: click, Params: agent.MustObject(map[string]any{"element": v.number("Swap")})}
	var took []time.Duration
	tokens := 0
	for b.Loop() {
		began := time.Now()
		next, err := v.env.Execute(b.Context(), swap, v.state)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		v.state = next
		w := v.see()
		tokens += prompttext.Tokens(w.Changed + w.Page + w.Title + w.URL)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(tokens)/float64(len(took)), "tokens/page")
}

// BenchmarkPage measures the same on a page of 200 links, which is cut.
func BenchmarkPage(b *testing.B) {
	s := site(b)
	v := visit(b, s.URL+"/list", nil)
	down := agent.NewAction(press, "key", "Tab")
	tokens, n := 0, 0
	for b.Loop() {
		next, err := v.env.Execute(b.Context(), down, v.state)
		if err != nil {
			b.Fatal(err)
		}
		v.state = next
		w := v.see()
		tokens += prompttext.Tokens(w.Changed + w.Page + w.Title + w.URL)
		n++
	}
	b.ReportMetric(float64(tokens)/float64(n), "tokens/page")
}

// BenchmarkStart measures from nothing to the first page: a browser with an empty
// profile.
func BenchmarkStart(b *testing.B) {
	s := site(b)
	for b.Loop() {
		env := begin(b, options(b), s.URL+"/welcome", nil)
		if _, err := env.Reset(b.Context(), agent.Task{Purpose: "look", Seed: 1}); err != nil {
			b.Fatal(err)
		}
		if c, ok := env.(interface{ Close() error }); ok {
			_ = c.Close()
		}
	}
}
