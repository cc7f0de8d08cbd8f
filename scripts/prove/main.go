// Command prove measures every target of learning, by experiments in worlds
// that nobody has seen: it draws a fresh install secret. It prints one table
// with the measured values, what they rest on, and whether each target is met.
// What can't be measured counts as not met. It exits with 1 unless all are met.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/purpose", "the program")
	quick := flag.Bool("quick", false, "a tenth of it, to see that it works; it proves nothing")
	only := flag.String("only", "", "a part of it: workshop, harder, maze, household, remote, changes, memory, reader, estimators, stress or demo")
	withModel := flag.Bool("with-model", false, "measure a language model instead of the reasoner")
	model := flag.String("model", "", "with -with-model: which one, as provider:model; left out: the very small one that the tests have, in single states only")
	asJSON := flag.String("json", "", "also write the rows to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &prover{ctx: ctx, binary: *binary, quick: *quick}
	parts := p.parts()
	if *withModel {
		parts = []part{{"model", func() { p.model(*model, *model != "") }}}
	}
	code, err := p.run(parts, *only, *asJSON)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		code = 2
	}
	os.Exit(code)
}

// prover collects the rows.
type prover struct {
	ctx    context.Context // of the whole program, which it ends with
	binary string
	data   string
	quick  bool
	env    []string // beside the environment, for the programs that it runs
	group  string   // whose heading was printed last
	rows   []row
}

// part is some of the proof, which can be asked for alone.
type part struct {
	name string
	work func()
}

func (p *prover) parts() []part {
	return []part{{"workshop", p.workshop}, {"harder", p.harder}, {"maze", p.maze}, {"household", p.household}, {"remote", p.remote}, {"changes", p.changes}, {"memory", p.memory}, {"reader", p.reader},
		{"stress", p.stress}, {"estimators", p.estimators}, {"demo", p.demo}}
}

// run does the parts, and writes what was measured to a file where one is named.
func (p *prover) run(parts []part, only, file string) (int, error) {
	data, err := os.MkdirTemp("", "purpose-prove-")
	if err != nil {
		return 2, err
	}
	defer func() { _ = os.RemoveAll(data) }()
	p.data = data
	began := time.Now()
	known := false
	for _, part := range parts {
		if only != "" && only != part.name {
			continue
		}
		known = true
		part.work()
		if p.ctx.Err() != nil {
			return 2, context.Cause(p.ctx)
		}
	}
	if !known {
		return 2, fmt.Errorf("there is no part %q", only)
	}
	met := 0
	for _, r := range p.rows {
		if r.Met {
			met++
		}
	}
	fmt.Printf("\n%d of %d targets are met, in %s.\n", met, len(p.rows), time.Since(began).Round(time.Second))
	if p.quick {
		fmt.Println("This was --quick: too few worlds and tasks to prove anything.")
	}
	if file != "" {
		raw, err := json.MarshalIndent(p.rows, "", "  ")
		if err != nil {
			return 2, err
		}
		if err := os.WriteFile(file, append(raw, '\n'), 0o600); err != nil {
			return 2, err
		}
	}
	if met < len(p.rows) {
		return 1, nil
	}
	return 0, nil
}

// add prints a row under the heading of its group.
func (p *prover) add(r row) {
	if r.Target == "" {
		return
	}
	if r.Group != p.group {
		p.group = r.Group
		fmt.Printf("\n%s\n", r.Group)
	}
	p.rows = append(p.rows, r)
	fmt.Println("  " + r.line())
}

// fail adds targets that could not be measured.
func (p *prover) fail(group string, err error, targets ...string) {
	for _, target := range targets {
		p.add(missing(group, target, err.Error()))
	}
}

// worlds names n worlds, count n of anything: a tenth with --quick.
func (p *prover) worlds(n int) string {
	if p.quick {
		n = 2
	}
	return "1-" + strconv.Itoa(n)
}

// worldsFrom names n worlds from a number on.
func (p *prover) worldsFrom(first, n int) string {
	if p.quick {
		n = 2
	}
	return fmt.Sprintf("%d-%d", first, first+n-1)
}

func (p *prover) count(n int) string {
	if p.quick {
		n = max(n/10, 6)
	}
	return strconv.Itoa(n)
}

// lab runs one experiment and reads its report.
func lab[T any](p *prover, args ...string) (T, error) {
	if p.quick {
		for i, arg := range args {
			if arg == "--train" || arg == "--test" {
				args[i+1] = "60"
			}
		}
	}
	raw, err := p.command(p.binary, append([]string{"lab", "--json", "--data", p.data, "--log-level", "error"}, args...)...)
	if err != nil {
		var none T
		return none, err
	}
	return decode[T](raw)
}

// command runs a program and returns what it printed; its error says the last
// line that it complained with.
func (p *prover) command(name string, args ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	c := exec.CommandContext(p.ctx, name, args...)
	c.Stdout, c.Stderr, c.Env = &out, &complaint, append(append(os.Environ(), "PROVE="+p.length()), p.env...)
	if err := c.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return out.Bytes(), fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return out.Bytes(), nil
}

func (p *prover) length() string {
	if p.quick {
		return ""
	}
	return "long"
}

// figure is a line of the stress tests.
type figure struct {
	Test string `json:"test"`
	Gone int    `json:"gone"`
	// Corrected are those of the gone that the learner overwrote with its counts.
	Corrected int  `json:"corrected"`
	Of        int  `json:"of"`
	Active    int  `json:"active"`
	Same      bool `json:"same"`
	Rules     int  `json:"rules"`
}

// stress runs the long stress tests and the one that greps for environments.
func (p *prover) stress() {
	const group = "stress of the kernel"
	targets := map[string]string{"planted": "≥ 18 of 20 planted wrong rules are gone in 300 tasks, in each world", "end": "planted rules active at the end",
		"random": "no rule promoted by random rewards, in ≥ 4 of 5 seeds", "restart": "a restart in mid-training changes nothing", "names": "nothing in the learner names an environment"}
	out, err := p.command("go", "test", "-count=1", "-v", "-timeout", "60m", "-run", "TestPlanted|TestRandomRewardsPromote|TestRestartInTraining|TestNoWordOfAnEnvironment", "./agent/reasoner")
	var planted, random, restart []figure
	scanner := bufio.NewScanner(bytes.NewReader(out))
	for scanner.Scan() {
		rest, ok := strings.CutPrefix(scanner.Text(), "PROVE ")
		if !ok {
			continue
		}
		f, failed := decode[figure]([]byte(rest))
		if failed != nil {
			err = failed
			continue
		}
		switch f.Test {
		case "planted":
			planted = append(planted, f)
		case "random":
			random = append(random, f)
		case "restart":
			restart = append(restart, f)
		}
	}
	why := "the tests printed no figures (they do with PROVE=long)"
	if err != nil {
		why = err.Error()
	}
	if len(planted) == 0 {
		p.add(missing(group, targets["planted"], why))
	} else {
		least, active, corrected := planted[0].Of, 0, 0
		for _, f := range planted {
			least, active, corrected = min(least, f.Gone), active+f.Active, corrected+f.Corrected
		}
		p.add(measured(group, targets["planted"], float64(least), len(planted), "worlds", least >= 18).
			noting("the fewest of all worlds; of all %d, %d rows were overwritten by what the learner counted in the same case, the others retired or archived", planted[0].Of*len(planted), corrected))
		p.add(measured(group, targets["end"], float64(active), len(planted), "worlds", active == 0))
	}
	if len(random) == 0 {
		p.add(missing(group, targets["random"], why))
	} else {
		clean := 0
		for _, f := range random {
			if f.Active == 0 {
				clean++
			}
		}
		p.add(measured(group, targets["random"], float64(clean), len(random), "seeds", 5*clean >= 4*len(random)))
	}
	if len(restart) == 0 {
		p.add(missing(group, targets["restart"], why))
	} else {
		p.add(measured(group, targets["restart"], float64(restart[0].Rules), restart[0].Rules, "rules compared", restart[0].Same))
	}
	named := 0.0
	passed := bytes.Contains(out, []byte("--- PASS: TestNoWordOfAnEnvironment"))
	if !passed {
		named = 1
	}
	p.add(measured(group, targets["names"], named, 1, "test", passed))
}

// demo is the first visit: an empty database, and visible improvement.
func (p *prover) demo() {
	const group = "demo on an empty database"
	began := time.Now()
	out, err := p.command(p.binary, "demo", "--log-level", "error")
	seconds := time.Since(began).Seconds()
	if err != nil {
		p.fail(group, err, "under 60 s", "more solved at its end than at its begin")
		return
	}
	p.add(measured(group, "under 60 s", seconds, 1, "run", seconds < 60))
	var first, last int
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "memory on") {
			if _, err := fmt.Sscanf(strings.Join(strings.Fields(line), " "), "memory on solved %d of the first 10, %d of the last 10", &first, &last); err != nil {
				p.add(missing(group, "more solved at its end than at its begin", "its last lines read otherwise: "+err.Error()))
				return
			}
		}
	}
	p.add(measured(group, "more solved in the last 10 tasks than in the first 10", float64(last-first), 10, "tasks each", last > first).noting("%d, then %d", first, last))
}
