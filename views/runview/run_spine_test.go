package runview

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func TestThin(t *testing.T) {
	wave := make([]XY, 10_000)
	for i := range wave {
		wave[i] = XY{float64(i), 5 + 4*math.Sin(float64(i)/300)}
	}
	wave[4321].Y = 10 // a peak that a plain sample would miss
	for _, test := range []struct {
		name   string
		points []XY
		limit  int
		want   int
	}{
		{"none", nil, 600, 0},
		{"fewer than the limit", wave[:10], 600, 10},
		{"limit below three thins nothing", wave[:10], 2, 10},
		{"thinned", wave, 600, 600},
		{"to three", wave, 3, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Thin(test.points, test.limit)
			if len(got) != test.want {
				t.Fatalf("got %d points, want %d", len(got), test.want)
			}
			if len(got) == 0 {
				return
			}
			if got[0] != test.points[0] || got[len(got)-1] != test.points[len(test.points)-1] {
				t.Error("the first or the last point is gone")
			}
			for i := 1; i < len(got); i++ {
				if got[i].X <= got[i-1].X {
					t.Fatalf("the order is lost at %d", i)
				}
			}
		})
	}
	found := false
	for _, p := range Thin(wave, 600) {
		found = found || p == wave[4321]
	}
	if !found {
		t.Error("the peak is gone")
	}
}

func sampleSpine(n, maxSteps int) SpineInput {
	in := SpineInput{Initial: 1, Started: true, MaxSteps: maxSteps, EarlyStop: 9, StepLink: func(n int) templ.SafeURL { return templ.SafeURL(fmt.Sprint("/s/", n)) }}
	phi := 1.0
	for i := 1; i <= n; i++ {
		delta := []float64{0.3, -0.1, 0}[i%3]
		phi += delta / 10
		in.Points = append(in.Points, SpinePoint{Step: i, Phi: min(phi, 10), Delta: delta, Label: "move east", Memory: []string{"", "cited", "shown"}[i%3], Flagged: i%5 == 0})
	}
	return in
}

func TestSpineIsBounded(t *testing.T) {
	for _, test := range []struct {
		name        string
		steps, max  int
		slots, hits int
		rest        string
	}{
		{"short", 10, 20, 20, 10, "10 steps left"},
		{"full", 20, 20, 20, 20, ""},
		{"a small part of a large budget", 12, 100_000, 60, 12, "99,988 steps left"},
		{"long", 50_000, 100_000, 100_000, 200, "50,000 steps left"},
		{"more than the budget", 25, 20, 25, 25, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := NewSpine(sampleSpine(test.steps, test.max))
			if s.Slots != strconv.Itoa(test.slots) {
				t.Errorf("got %s slots, want %d", s.Slots, test.slots)
			}
			if len(s.Hits) != test.hits || len(s.Bars) != test.hits || len(s.Marks) > 2*test.hits {
				t.Errorf("got %d hits, %d bars, %d marks, want %d", len(s.Hits), len(s.Bars), len(s.Marks), test.hits)
			}
			if n := strings.Count(s.Line, "H"); n > maxLinePoints {
				t.Errorf("got %d points", n)
			}
			if s.RestText != test.rest {
				t.Errorf("got %q, want %q", s.RestText, test.rest)
			}
		})
	}
}

func TestSpineSaysWhatItShows(t *testing.T) {
	s := NewSpine(sampleSpine(4, 20))
	want := "Φ over 4 of 20 steps, from 1.0 to 1.0; best 1.0 at #3; early stop at 9.0"
	if s.Label != want {
		t.Errorf("got %q, want %q", s.Label, want)
	}
	empty := NewSpine(SpineInput{MaxSteps: 20, EarlyStop: 9})
	if empty.Now != "–" || empty.Line != "" || !strings.Contains(empty.Label, "not started") {
		t.Errorf("got %+v", empty)
	}
}

func BenchmarkSpineOf50000Steps(b *testing.B) {
	in := sampleSpine(50_000, 100_000)
	for b.Loop() {
		NewSpine(in)
	}
}
