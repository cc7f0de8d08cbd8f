package script

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"
)

// childArgument is the only argument of this program as a child.
const childArgument = "__script"

// Exit codes of a child that ends itself.
const (
	exitMemory = 81
	exitTime   = 82
)

// able is set once Child was asked: only then can this program be started again as
// a child of itself, and do that instead of its own work.
var able atomic.Bool

// Child evaluates a script and returns an exit code, where this program was
// started for that; else it does nothing.
func Child() (code int, is bool) {
	if len(os.Args) != 2 || os.Args[1] != childArgument {
		able.Store(true)
		return 0, false
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "script:", err)
		return 1, true
	}
	return 0, true
}

// serve answers requests until the end of input.
func serve(in io.Reader, out io.Writer) error {
	debug.SetTraceback("none")
	debug.SetMaxStack(maxStack)
	runtime.GOMAXPROCS(2) // one evaluates, one watches
	r := bufio.NewReader(in)
	var w *world
	for {
		raw, err := readFrame(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var q request
		if err := json.Unmarshal(raw, &q); err != nil {
			return err
		}
		answered, err := frame(respond(&w, &q))
		if err != nil {
			answered, err = frame(&answer{Fault: &fault{Cause: causeScript, In: q.Do.function(), Text: "what it gives is too large: " + err.Error()}, Spent: true})
		}
		if err != nil {
			return err
		}
		if _, err := out.Write(answered); err != nil {
			return err
		}
		if w != nil && memory() > w.limits.Memory/2 {
			debug.FreeOSMemory() // what one call left is not the next one's
		}
	}
}

// maxStack bounds how deep the interpreter may call itself.
const maxStack = 32 << 20

// respond does one request, whatever happens.
func respond(w **world, q *request) (a *answer) {
	defer func() {
		if r := recover(); r != nil {
			a = &answer{Fault: &fault{Cause: causeScript, In: q.Do.function(), Text: fmt.Sprintf("the interpreter gave up: %v", r)}, Spent: true}
		}
	}()
	var f *fault
	switch {
	case q.Do == doLoad && *w == nil && q.Limits != nil:
		if err := confine(q.Limits.Memory); err != nil {
			return &answer{Fault: &fault{Cause: causeScript, Text: err.Error()}, Spent: true}
		}
		if *w, f = load(q.Script, *q.Limits); f == nil {
			return &answer{Hello: &(*w).hello}
		}
	case *w == nil || q.Do == doStep && q.Action == nil:
		f = &fault{Cause: causeScript, Text: "nothing was read yet"}
	default:
		if a, f = (*w).serve(q); f == nil {
			return a
		}
	}
	return &answer{Fault: f, Spent: f.Cause == causeMemory || *w == nil}
}

// started is when this process began, where nobody knows how long it worked.
var started = time.Now()

// base is the memory of a child that has read nothing.
var base int64

// confine takes from this process what a script never needs.
func confine(most int64) error {
	debug.SetMemoryLimit(total() + most) // it collects before it takes more
	base = total()
	return limitProcess(most)
}

// memory is what this process has taken since it began.
func memory() int64 { return total() - base }

func total() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64()) - int64(samples[1].Value.Uint64())
}

// guard ends an evaluation that takes too long or too much. Where the interpreter
// can't be stopped it ends the process.
type guard struct {
	thread *starlark.Thread
	limits limits
	worked time.Duration // of the process, when it began
	began  time.Time

	mu    sync.Mutex
	timer *time.Timer
	why   cause
	ended bool
}

const (
	lookEvery = 4 * time.Millisecond
	patience  = 500 * time.Millisecond // for an evaluation that was told to stop
)

func newGuard(thread *starlark.Thread, l limits) *guard {
	g := &guard{thread: thread, limits: l, began: time.Now(), worked: worked()}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.timer = time.AfterFunc(lookEvery, g.look)
	return g
}

func (g *guard) look() {
	used, took := memory(), worked()-g.worked
	if used > g.limits.Memory {
		g.stop(causeMemory)
	}
	if took > g.limits.timeout() {
		g.stop(causeTime)
	}
	if !g.again() {
		return
	}
	switch { // it does not stop
	case used > 2*g.limits.Memory:
		os.Exit(exitMemory)
	case took > g.limits.timeout()+patience, time.Since(g.began) > g.limits.wait()+startPatience:
		os.Exit(exitTime)
	}
}

// again has the guard look again after a while, unless the evaluation has ended.
func (g *guard) again() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.ended {
		g.timer.Reset(lookEvery)
	}
	return !g.ended
}

// stop ends the evaluation at its next step; the first reason counts.
func (g *guard) stop(why cause) {
	g.mu.Lock()
	if g.why == "" && !g.ended {
		g.why = why
	}
	g.mu.Unlock()
	g.thread.Cancel(string(why))
}

func (g *guard) stopped() cause {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why
}

func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	g.timer.Stop()
}
