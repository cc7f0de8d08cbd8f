// Command bench measures speed and memory: the Go benchmarks of the working tree
// and of another commit, several short rounds in turn, so that a machine that
// grows slower meets both. It prints benchstat's comparison, the goals with what
// was measured, and what got slower or bigger than chance explains. It exits with
// 1 where a benchmark fails; a figure that got worse or misses its goal is printed
// and fails nothing, since times depend on the machine.
//
// Nothing else should run beside it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	var o options
	flag.StringVar(&o.pattern, "run", ".", "benchmarks whose name matches")
	flag.StringVar(&o.base, "base", "", "commit to compare with; none compares with nothing (default: HEAD, or the commit before it where nothing has changed since)")
	flag.IntVar(&o.rounds, "rounds", 6, "of each side; benchstat needs six for an interval")
	flag.StringVar(&o.time, "time", "100ms", "of each benchmark in a round, as in go test -benchtime")
	flag.Parse()
	if flag.NArg() > 0 || o.rounds < 1 {
		fmt.Fprintln(os.Stderr, "bench: there are no arguments, and -rounds must be 1 or more")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := bench(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	pattern, base, time string
	rounds              int
}

func bench(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "purpose-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is temporary
	sides := []*side{{name: "now", tree: "."}}
	if o.base != "none" {
		base, tree, done, err := checkout(ctx, o.base, filepath.Join(dir, "base"))
		if err != nil {
			return err
		}
		defer done()
		sides = []*side{{name: base, tree: tree}, sides[0]}
	}
	for _, s := range sides {
		if err := s.build(ctx, filepath.Join(dir, "bin-"+s.name)); err != nil {
			return err
		}
	}
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, o.rounds)
		for _, pkg := range packagesOf(sides) {
			for _, s := range sides {
				if err := s.run(ctx, pkg, o); err != nil {
					return err
				}
			}
		}
		if err := sides[len(sides)-1].runBesides(ctx, false); err != nil {
			return err
		}
	}
	if err := sides[len(sides)-1].runBesides(ctx, true); err != nil {
		return err
	}
	return report(ctx, dir, sides)
}
