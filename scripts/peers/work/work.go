// Package work measures a piece of work in a program of its own: what it costs
// in processor time, wall time and bytes written, each by unit of work. It
// imports the standard library only, since it is built into the modules of peers
// too; python/measure.py does the same there.
package work

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Result is what a program prints, as one line of JSON. Processor time is that of
// the whole process, its garbage collector and the kernel's work for it included.
type Result struct {
	Units int     `json:"units"`
	CPU   float64 `json:"cpu_ns"`  // of a unit
	Wall  float64 `json:"wall_ns"` // of a unit
	// Written are the bytes of a unit that the process handed to the system to
	// write, logs and checkpoints of databases among them; 0 where the system does
	// not tell. Kept is what the folder grew by.
	Written float64 `json:"written"`
	Kept    float64 `json:"kept"`
}

// Input is what all programs work on: messages for a model and the answer that it
// gives, rules and what to find some for, or the words of which states are made.
type Input struct {
	Words    []string  `json:"words,omitempty"`
	Messages []Message `json:"messages,omitempty"`
	Answer   string    `json:"answer,omitempty"`
	Rules    []Rule    `json:"rules,omitempty"`
	Purpose  string    `json:"purpose,omitempty"`
	State    string    `json:"state,omitempty"`
	Actions  []string  `json:"actions,omitempty"`
}

// Message is one of a conversation.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Rule is advice for a kind of situation.
type Rule struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Pattern  string `json:"pattern"`
	Strategy string `json:"strategy"`
	Action   string `json:"action"`
}

// Job is what a program is asked to measure.
type Job struct {
	Work   string // core, durable, call, stream, prompt, rules
	Form   string // of the peer, where it has several
	Steps  int    // of a run
	For    time.Duration
	Folder string // for files
	Server string // base address of the model server
	Input  Input
}

// Main measures what the command line asks for with the operation that begin
// makes of it, and prints the result. An operation returns how many units of
// work it did; closing lets go of what it holds, and may be nil.
func Main(begin func(ctx context.Context, j Job) (operation func() (int, error), closing func() error, err error)) {
	var j Job
	var input string
	flag.StringVar(&j.Work, "work", "", "core, durable, call, stream, prompt or rules")
	flag.StringVar(&j.Form, "form", "", "form of the program")
	flag.IntVar(&j.Steps, "steps", 0, "of a run")
	flag.DurationVar(&j.For, "for", 0, "how long is measured")
	flag.StringVar(&j.Folder, "folder", "", "for files")
	flag.StringVar(&j.Server, "server", "", "base address of the model server")
	flag.StringVar(&input, "input", "", "file with what is worked on")
	flag.Parse()
	if err := run(j, input, begin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(j Job, input string, begin func(context.Context, Job) (func() (int, error), func() error, error)) error {
	if input != "" {
		raw, err := os.ReadFile(input)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &j.Input); err != nil {
			return err
		}
	}
	operation, closing, err := begin(context.Background(), j)
	if err != nil {
		return err
	}
	r, before, err := Measure(j.For, operation)
	if closing != nil {
		err = errors.Join(err, closing())
	}
	if err != nil {
		return err
	}
	// What was done before the measurement is in the folder too, so all units count.
	if j.Folder != "" {
		size, err := sizeOf(j.Folder)
		if err != nil {
			return err
		}
		r.Kept = float64(size) / float64(r.Units+before)
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// Measure does the operation for a third of the time to warm up, then for the
// whole of it. before are the units of the warm-up.
func Measure(during time.Duration, operation func() (int, error)) (r Result, before int, err error) {
	before, err = repeat(during/3, operation)
	if err != nil {
		return Result{}, 0, err
	}
	runtime.GC()
	began, cpu, written := time.Now(), processor(), handedOver()
	units, err := repeat(during, operation)
	if err != nil {
		return Result{}, 0, err
	}
	per := func(v float64) float64 { return v / float64(units) }
	return Result{Units: units, CPU: per(float64(processor() - cpu)), Wall: per(float64(time.Since(began))), Written: per(float64(handedOver() - written))}, before, nil
}

// repeat does the operation until the time is over, once at least.
func repeat(during time.Duration, operation func() (int, error)) (units int, err error) {
	for began := time.Now(); units == 0 || time.Since(began) < during; {
		n, err := operation()
		if err != nil {
			return 0, err
		}
		if n < 1 {
			return 0, errors.New("an operation did nothing")
		}
		units += n
	}
	return units, nil
}

// processor is the time that the process has had of the processors.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// handedOver is how many bytes the process has handed to the system to write; 0
// where the system does not tell.
func handedOver() int64 {
	raw, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "wchar: "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return n
		}
	}
	return 0
}

func sizeOf(folder string) (int64, error) {
	var size int64
	err := filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
