// Command anchors measures what is learned in public environments, which
// nobody here wrote and pip installs. A row trains in one environment with
// several training seeds, and tests on tasks that were held out; the training
// seed is the unit of every interval. docs/anchors.md says what each row is.
//
// It exits with 1 unless every row reaches its goal. What could not be
// measured, or rests on too few seeds, counts as not reached.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"purposeagent/internal/sandbox"
	"purposeagent/scripts/venv"
)

//go:embed requirements.txt
var requirements []byte

// options of the command line.
type options struct {
	binary, only, file, cache string
	quick                     bool
	seeds, first, test        int
	parallel                  int
}

func main() {
	if code, is := sandbox.Child(); is { // inside of a workspace
		os.Exit(code)
	}
	var o options
	flag.StringVar(&o.binary, "binary", "bin/purpose", "the program")
	flag.StringVar(&o.only, "only", "", "the rows to measure, by name, with commas")
	flag.StringVar(&o.file, "json", "", "also write the rows to this file")
	flag.StringVar(&o.cache, "cache", "", "the folder for the Python packages; default: below the user's cache")
	flag.BoolVar(&o.quick, "quick", false, "2 seeds of 30 tasks, to see what changed; it proves nothing")
	flag.IntVar(&o.seeds, "seeds", 0, "training seeds of each row; default 10, quick 2")
	flag.IntVar(&o.first, "first-seed", 1, "the first training seed; they count up")
	flag.IntVar(&o.test, "test", 0, "held-out tasks of each seed; default 100, quick 30")
	flag.IntVar(&o.parallel, "parallel", runtime.NumCPU(), "training seeds at once")
	list := flag.Bool("list", false, "list the rows and end")
	flag.Parse()
	if *list {
		for _, r := range rows {
			fmt.Printf("%-22s %s\n", r.Name, r.title())
		}
		for _, c := range checks {
			fmt.Printf("%-22s %s (%s)\n", c.Name, c.Title, c.Goal)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	met, err := o.withDefaults().run(ctx)
	stop()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "anchors:", err)
		os.Exit(2)
	case !met:
		os.Exit(1)
	}
}

func (o options) withDefaults() options {
	seeds, test := 10, 100
	if o.quick {
		seeds, test = 2, 30
	}
	if o.seeds == 0 {
		o.seeds = seeds
	}
	if o.test == 0 {
		o.test = test
	}
	o.parallel = max(o.parallel, 1)
	return o
}

// measurement is what is written as JSON.
type measurement struct {
	Format string    `json:"format"`
	Commit string    `json:"commit"`
	At     time.Time `json:"at"`
	Quick  bool      `json:"quick"`
	Rows   []result  `json:"rows"`
	Checks []checked `json:"checks"`
}

func (o options) run(ctx context.Context) (bool, error) {
	chosen, asked, err := choose(o.only)
	if err != nil {
		return false, err
	}
	python, err := venv.Python(ctx, o.cache, "purpose-anchors", requirements)
	if err != nil {
		return false, err
	}
	data, err := os.MkdirTemp("", "purpose-anchors-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(data) }()
	m := measurement{Format: "purpose-anchors/1", Commit: commit(ctx), At: time.Now().UTC(), Quick: o.quick}
	fmt.Printf("commit %s, %d training seeds of %d held-out tasks\n\n", m.Commit, o.seeds, o.test)
	if len(chosen) > 0 {
		fmt.Println(heading)
	}
	met := 0
	began := time.Now()
	for _, r := range chosen {
		measured := o.measure(ctx, r, python, data)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		fmt.Println(measured.line())
		if measured.Met {
			met++
		}
		m.Rows = append(m.Rows, measured)
		if err := o.write(m); err != nil {
			return false, err
		}
	}
	for _, c := range asked {
		r := c.run(ctx, python)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		fmt.Println(r.line())
		if r.Met {
			met++
		}
		m.Checks = append(m.Checks, r)
		if err := o.write(m); err != nil {
			return false, err
		}
	}
	all := len(m.Rows) + len(m.Checks)
	fmt.Printf("\n%d of %d rows reach their goal, in %s.\n", met, all, time.Since(began).Round(time.Second))
	if o.quick {
		fmt.Println("This was -quick: too few seeds and tasks to prove anything.")
	}
	return met == all, nil
}

// write writes what is measured so far: a row that is there is not lost with
// the next one.
func (o options) write(m measurement) error {
	if o.file == "" {
		return nil
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.file, append(raw, '\n'), 0o600)
}

// choose returns the rows and checks with the names, all without any.
func choose(only string) ([]row, []check, error) {
	if only == "" {
		return rows, checks, nil
	}
	var out []row
	var also []check
	for name := range strings.SplitSeq(only, ",") {
		known := false
		for _, r := range rows {
			if r.Name == strings.TrimSpace(name) {
				out, known = append(out, r), true
			}
		}
		for _, c := range checks {
			if c.Name == strings.TrimSpace(name) {
				also, known = append(also, c), true
			}
		}
		if !known {
			return nil, nil, fmt.Errorf("there is no row %q; -list lists them", name)
		}
	}
	return out, also, nil
}

func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
