package runs

import (
	"testing"
)

func TestTrailing(t *testing.T) {
	hits := []bool{true, false, true, true, false}
	got := trailing(hits, 3)
	want := [][2]int{{1, 1}, {1, 2}, {2, 3}, {2, 3}, {2, 3}}
	for i, w := range want {
		if got[i].Hits != w[0] || got[i].N != w[1] {
			t.Errorf("after trial %d: %d of %d, want %d of %d", i+1, got[i].Hits, got[i].N, w[0], w[1])
		}
	}
}
