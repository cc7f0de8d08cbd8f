package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"purposeagent/scripts/peers/work"
	"purposeagent/scripts/venv"
)

// table has what was measured, by piece of work and program.
type table map[string]map[string][]work.Result

func (t table) add(w piece, p program, r work.Result) {
	if t[w.title] == nil {
		t[w.title] = map[string][]work.Result{}
	}
	t[w.title][p.title] = append(t[w.title][p.title], r)
}

// markdown is the table: ratios of medians first, then median and least.
func (t table) markdown(works []piece) string {
	var b strings.Builder
	b.WriteString("| | CPU ÷ ours | wall ÷ ours | CPU, µs | least | wall, µs | least | written, KB | kept, KB |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, w := range works {
		fmt.Fprintf(&b, "| **%s** | | | | | | | | |\n", w.title)
		own := t[w.title][w.programs[0].title]
		for i, p := range w.programs {
			results := t[w.title][p.title]
			cells := []string{"1", "1"}
			if i > 0 {
				cells = []string{ratio(median(results, cpu), median(own, cpu)), ratio(median(results, wall), median(own, wall))}
			}
			for _, of := range []func(work.Result) float64{cpu, wall} {
				cells = append(cells, figure(median(results, of)/1e3), figure(least(results, of)/1e3))
			}
			if w.files {
				cells = append(cells, figure(median(results, written)/1e3), figure(median(results, kept)/1e3))
			} else {
				cells = append(cells, "", "")
			}
			fmt.Fprintf(&b, "| %s | %s |\n", p, strings.Join(cells, " | "))
		}
	}
	return b.String()
}

func cpu(r work.Result) float64     { return r.CPU }
func wall(r work.Result) float64    { return r.Wall }
func written(r work.Result) float64 { return r.Written }
func kept(r work.Result) float64    { return r.Kept }

func sorted(results []work.Result, of func(work.Result) float64) []float64 {
	var out []float64
	for _, r := range results {
		out = append(out, of(r))
	}
	slices.Sort(out)
	return out
}

func median(results []work.Result, of func(work.Result) float64) float64 {
	x := sorted(results, of)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

func least(results []work.Result, of func(work.Result) float64) float64 {
	return sorted(results, of)[0]
}

// ratio says what theirs is of ours; bold where theirs is less.
func ratio(theirs, own float64) string {
	text := figure(theirs / own)
	if theirs < own {
		return "**" + text + "**"
	}
	return text
}

// figure has two digits below 10 and no fractions above 100.
func figure(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v < 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
}

const (
	opening = "<!-- what follows is written by: make peers PEERS=-write -->"
	closing = "<!-- end of what is written -->"
)

// between puts the text between the markers of a page.
func between(page, text string) (string, error) {
	before, rest, found := strings.Cut(page, opening)
	_, after, ended := strings.Cut(rest, closing)
	if !found || !ended {
		return "", errors.New("the page has no place for the table: its markers are missing")
	}
	return before + opening + "\n\n" + strings.TrimSpace(text) + "\n\n" + closing + after, nil
}

// describe says what was measured where, when, and how to do it again; began is
// the load that the machine had then.
func describe(ctx context.Context, b *bench, o options, began string) string {
	versions := append(slices.Clone(b.eino), pinned(string(requirements), "langgraph", "langgraph-checkpoint-sqlite", "purpose-agent", "openai")...)
	return fmt.Sprintf("%s; %s; %s, %s. `agent` and `models` as of commit %s; %s. %d rounds of %s, in turn; load of the machine %s before, %s at the end. Again: `make peers`.\n",
		strings.Join(versions, ", "), machine(), runtime.Version(), said(ctx, b.python, "--version"), said(ctx, "git", "log", "-1", "--format=%h", "--", "agent", "models"),
		time.Now().UTC().Format(time.DateOnly), o.rounds, o.during, began, load())
}

// pinned returns the packages of a list of requirements with their versions.
func pinned(requirements string, names ...string) []string {
	var out []string
	for _, name := range names {
		for line := range strings.Lines(requirements) {
			if version, ok := strings.CutPrefix(strings.TrimSpace(line), name+"=="); ok {
				out = append(out, name+" "+version)
			}
		}
	}
	return out
}

// machine says how many processors of what kind there are, and what system.
func machine() string {
	text := fmt.Sprintf("%d processors", runtime.NumCPU())
	if kind := valueIn("/proc/cpuinfo", "model name"); kind != "" {
		text += " (" + kind + ")"
	}
	if kb, err := strconv.Atoi(strings.TrimSuffix(valueIn("/proc/meminfo", "MemTotal"), " kB")); err == nil {
		text += fmt.Sprintf(", %d GiB", (kb+1<<19)>>20)
	}
	return text + ", " + runtime.GOOS
}

// load is how many threads wanted a processor in the last minute, on average;
// "unknown" where the system does not tell.
func load() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return firstOf(string(raw))
}

func firstOf(loads string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(loads), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return "unknown"
	}
	return figure(v)
}

// valueIn returns the first value of a key in a file of lines "key: value".
func valueIn(file, key string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(raw)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// said is what a command prints in one line; "unknown" where it can't.
func said(ctx context.Context, words ...string) string {
	out, err := venv.Output(ctx, words...)
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
