package terminal

import (
	"fmt"
	"io"
)

// WriteDemo says how many tasks each arm of the demo solved, at first, at last and
// in all, and then what is known. solved has the tasks in their order, at least ten, by
// memory on and off.
func WriteDemo(w io.Writer, solved map[string][]bool, known string) error {
	for _, arm := range []string{"on", "off"} {
		all := solved[arm]
		if _, err := fmt.Fprintf(w, "memory %-3s  solved %2d of the first 10, %2d of the last 10, %3d of all %d\n", arm,
			count(all[:10]), count(all[len(all)-10:]), count(all), len(all)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\nwhat it knows now:\n\n"+known)
	return err
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
