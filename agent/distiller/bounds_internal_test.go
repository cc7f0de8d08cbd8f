package distiller

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"purposeagent/agent/features"
)

// A tree with more candidates than it weighs grows in bounded time and finds
// what matters all the same.
func TestManyCandidatesAreBounded(t *testing.T) {
	dict := newDictionary(nil)
	var examples []example
	for i := range 2000 {
		var seen []string
		for j := range 200 {
			seen = append(seen, fmt.Sprintf("f%03d is v%d", j, (i*7919+j*104729)%40))
		}
		var numbers []features.Quantity
		for j := range 64 {
			numbers = append(numbers, features.Quantity{Name: fmt.Sprintf("n%02d", j), Value: float64((i*7919 + j*15485863) % 1009)})
		}
		examples = append(examples, example{features: dict.read(seen), numbers: dict.keep(numbers), label: verdictOf(numbers[63].Value >= 500), owner: fmt.Sprint(i / 5)})
	}
	began := time.Now()
	leaves := defaultGrowth.grow(examples, dict)
	took := time.Since(began)
	t.Logf("%d leaves in %v", len(leaves), took.Round(time.Millisecond))
	if took > 60*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, l := range leaves {
		if len(l.when) != 1 || !strings.HasPrefix(l.when[0].Feature, "n63 is at least ") || l.good > 0 && l.bad > 0 {
			t.Errorf("a leaf %v with %d good and %d bad", l.when, l.good, l.bad)
		}
	}
}
