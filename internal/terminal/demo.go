package terminal

import (
	"fmt"
	"io"
)

// WriteDemo says how many tasks each arm of the demo solved, at first, at last and
// in all. solved has the tasks in their order, at least ten, by memory on and off.
func WriteDemo(w io.Writer, solved map[string][]bool) error {
	for _, arm := range []string{"on", "off"} {
		all := solved[arm]
		if _, err := fmt.Fprintf(w, "memory %-3s  solved %2d of the first 10, %2d of the last 10, %3d of all %d\n", arm,
			count(all[:10]), count(all[len(all)-10:]), count(all), len(all)); err != nil {
			return err
		}
	}
	return nil
}

func count(solved []bool) int {
	n := 0
	for _, s := range solved {
		if s {
			n++
		}
	}
	return n
}
