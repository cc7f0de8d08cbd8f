package main

import (
	"slices"
	"strings"
	"testing"
)

func TestWorse(t *testing.T) {
	table := `,base,,now,,,
,sec/op,CI,sec/op,CI,vs base,P
Step-2,1e-05,1%,2e-05,1%,+100.00%,p=0.002 n=6
Open-2,1e-05,1%,1e-05,1%,~,p=0.699 n=6
Read-2,2e-05,1%,1e-05,1%,-50.00%,p=0.002 n=6
geomean,1e-05,,2e-05,,+26.00%,

,base,,now,,,
,steps/s,CI,steps/s,CI,vs base,P
Run-2,200,1%,100,1%,-50.00%,p=0.002 n=6
Fork-2,100,1%,200,1%,+100.00%,p=0.002 n=6
`
	got, err := worse(table)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range got {
		got[i] = strings.Join(strings.Fields(line), " ")
	}
	if want := []string{"Step-2 sec/op +100.00% p=0.002 n=6", "Run-2 steps/s -50.00% p=0.002 n=6"}; !slices.Equal(got, want) {
		t.Errorf("worse are %q, want %q", got, want)
	}
	if _, err := worse("a,\"b\n"); err == nil {
		t.Error("a broken table is read")
	}
}

func TestMedians(t *testing.T) {
	got := medians("BenchmarkLists/by_phi-2 \t 10 \t 3 ns/op \t 7 B/op\nBenchmarkLists/by_phi-2 10 1 ns/op 9 B/op\nBenchmarkLists/by_phi-2 10 2 ns/op 8 B/op\nBenchmarkLists/by_phi-2\n")
	if v := got["Lists/by_phi"]; v["ns/op"] != 2 || v["B/op"] != 8 {
		t.Errorf("got %v", got)
	}
}

// TestNameOf: whatever stands between a name and its figures.
func TestNameOf(t *testing.T) {
	for line, want := range map[string]string{"BenchmarkStep-2 \t 10 \t 3 ns/op": "Step", "BenchmarkStep/of-two-2\t10": "Step/of-two", "BenchmarkStep 10 3 ns/op": "Step"} {
		if got := nameOf(line); got != want {
			t.Errorf("%q is of %q, want %q", line, got, want)
		}
	}
}

// TestGoals: each has one bound, and what is run besides has a number of rounds.
func TestGoals(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range goals {
		if (g.most > 0) == (g.least > 0) || g.once && g.at == "" || seen[g.name()+g.unit] {
			t.Errorf("%+v", g)
		}
		seen[g.name()+g.unit] = true
	}
}

func TestSay(t *testing.T) {
	for _, tt := range []struct {
		v          float64
		unit, want string
	}{{7800, "ns/step", "7.8 µs/step"}, {1.2e6, "ns/op", "1.2 ms/op"}, {12, "ns/op", "12 ns/op"}, {35_000, "B/step", "35000 B/step"}} {
		if got := say(tt.v, tt.unit); got != tt.want {
			t.Errorf("%v %s is said as %q, want %q", tt.v, tt.unit, got, tt.want)
		}
	}
}
