package laws_test

import (
	"slices"
	"testing"

	"purposeagent/environments/laws"
)

// TestDraws: what is drawn belongs to the names, and stays the same for ever, since
// the laws of stored worlds come from it.
func TestDraws(t *testing.T) {
	d := laws.NewDraw("a", 1)
	got := []int{d.Intn(10), d.Intn(10), d.Intn(10), d.Intn(1000)}
	if want := []int{3, 2, 4, 826}; !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
	p := laws.NewDraw("a", 1).Perm(8)
	slices.Sort(p)
	if !slices.Equal(p, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("%v is no permutation", p)
	}
	sum := 0.0
	for range 10_000 {
		x := d.Share()
		if x < 0 || x >= 1 {
			t.Fatalf("share %v", x)
		}
		sum += x
	}
	if mean := sum / 10_000; mean < .49 || mean > .51 {
		t.Errorf("mean share %v", mean)
	}
	if a, b := laws.ShareOf(7, 1), laws.ShareOf(7, 2); a == b || a < 0 || b >= 1 {
		t.Errorf("shares %v and %v", a, b)
	}
}

// TestWorldSeeds: each world has a seed of its own, and its seal does not change.
func TestWorldSeeds(t *testing.T) {
	seen := map[string]bool{}
	for _, install := range []string{"x", "y"} {
		for _, what := range []string{"workshop", "household"} {
			for n := range 20 {
				seen[laws.WorldSeed(install, what, n)] = true
			}
		}
	}
	if len(seen) != 80 {
		t.Errorf("%d different seeds of 80", len(seen))
	}
	if got, want := laws.Seal("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("seal %s, want %s", got, want)
	}
}
