package replay

import (
	"strings"
	"testing"
)

func TestPruneWords(t *testing.T) {
	for _, test := range []struct {
		name      string
		n, solved int
		want      string
	}{
		{"one success", 1, 1, "1 trajectory, a success."},
		{"one failure", 1, 0, "1 trajectory, not a success."},
		{"some", 5, 3, "5 trajectories, 3 of them successes."},
		{"none", 5, 0, "5 trajectories, none of them a success."},
		{"all", 5, 5, "5 trajectories, all of them successes."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := pruneWords(test.n, test.solved); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
