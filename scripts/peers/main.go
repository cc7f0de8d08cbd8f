// Command peers measures other programs beside ours at the same work: eino,
// LangGraph with its SQLite checkpointer, purpose-agent, and plain net/http.
// docs/performance.md says what is the same and what is not, and has the table
// that this command writes.
//
// eino is built as a Go module of its own, the others are installed into a
// virtual environment of Python below the user's cache. Each measurement is a
// process of its own; all programs take turns, so that a machine that grows
// slower meets each of them. Nothing else should run beside it. It is started at
// the root of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"purposeagent/scripts/peers/work"
)

// options of the command line.
type options struct {
	only, cache string
	rounds      int
	during      time.Duration
	write       bool
}

const page = "docs/performance.md"

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "the work to measure, by name, with commas; -list lists it")
	flag.StringVar(&o.cache, "cache", "", "the folder for the Python packages; default: below the user's cache")
	flag.IntVar(&o.rounds, "rounds", 7, "how often each program is measured")
	flag.DurationVar(&o.during, "for", time.Second, "how long each measurement takes")
	flag.BoolVar(&o.write, "write", false, "also write the table into "+page)
	list := flag.Bool("list", false, "list the work and end")
	flag.Parse()
	if *list {
		for _, w := range works {
			fmt.Printf("%-12s %s\n", w.name(), w.title)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := o.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	chosen, err := choose(o.only)
	switch {
	case err != nil:
		return err
	case flag.NArg() > 0:
		return fmt.Errorf("there are no arguments, and %q is one", flag.Arg(0))
	case o.rounds < 1 || o.during <= 0:
		return errors.New("-rounds and -for must be above 0")
	case o.write && o.only != "":
		return errors.New("-write is for the whole table, not with -only")
	}
	folder, err := os.MkdirTemp("", "purpose-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it is temporary
	bench, err := setUp(ctx, folder, o.cache)
	if err != nil {
		return err
	}
	defer bench.server.Close()
	measured, began := table{}, load()
	for round := range o.rounds {
		for _, w := range chosen {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, o.rounds, w.title)
			for _, p := range w.programs {
				r, err := bench.measure(ctx, w, p, o.during)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", p, w.title, err)
				}
				measured.add(w, p, r)
			}
		}
	}
	text := describe(ctx, bench, o, began) + "\n" + measured.markdown(chosen)
	fmt.Print(text)
	if !o.write {
		return nil
	}
	before, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	after, err := between(string(before), text)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(after), 0o600) //nolint:gosec // the page is always the same
}

// piece is one kind of work, with the programs that can do it: ours first.
type piece struct {
	title    string
	work     string
	steps    int // of a run, or of the history that a model is sent
	input    func(steps int) work.Input
	files    bool // a folder for files is needed
	programs []program
}

// name is what a piece is asked for by.
func (p piece) name() string {
	if p.steps == 0 {
		return p.work
	}
	return fmt.Sprintf("%s-%d", p.work, p.steps)
}

// program is one that is measured, in one of its forms.
type program struct {
	title string
	start string // ours, eino, langgraph or purpose-agent
	form  string
}

func (p program) String() string { return p.title }

var (
	ours         = program{"Purpose", "ours", ""}
	netHTTP      = program{"net/http alone", "ours", "net/http"}
	einoAgent    = program{"eino, ReAct agent", "eino", "ReAct agent"}
	einoGraph    = program{"eino, graph of one node", "eino", "one node"}
	einoClient   = program{"eino-ext's client", "eino", ""}
	langTwo      = program{"LangGraph, two nodes", "langgraph", "two nodes"}
	langOne      = program{"LangGraph, one node", "langgraph", "one node"}
	langSaver    = program{"LangGraph, SqliteSaver", "langgraph", "one node"}
	langNormal   = program{"LangGraph, SqliteSaver, synchronous=NORMAL", "langgraph", "one node, NORMAL"}
	purposeAgent = program{"purpose-agent, Orchestrator", "purpose-agent", ""}
	purposeSaver = program{"purpose-agent, SQLiteCheckpointer", "purpose-agent", ""}
	purposeLLM   = program{"purpose-agent, OpenAICompatibleBackend", "purpose-agent", ""}
	purposeRules = program{"purpose-agent, MemoryStore", "purpose-agent", ""}
)

var works = []piece{
	{"step in memory, 20 in a run", "core", 20, nil, false, []program{ours, einoAgent, einoGraph, langTwo, langOne, purposeAgent}},
	{"step in memory, 1,000 in a run", "core", 1000, nil, false, []program{ours, einoAgent, einoGraph, langTwo, langOne, purposeAgent}},
	{"durable step, 100 in a run", "durable", 100, states, true, []program{ours, langNormal, langSaver, purposeSaver}},
	{"call of a model, whole, 20 steps of history", "call", 20, conversation, false, []program{ours, einoClient, purposeLLM, netHTTP}},
	{"call of a model, whole, 200 steps of history", "call", 200, conversation, false, []program{ours, einoClient, purposeLLM, netHTTP}},
	{"call of a model, streamed, 20 steps of history", "stream", 20, conversation, false, []program{ours, einoClient, netHTTP}},
	{"call of a model, streamed, 200 steps of history", "stream", 200, conversation, false, []program{ours, einoClient, netHTTP}},
	{"call of a model, whole, 200 steps of history in one message", "prompt", 200, prompt, false, []program{ours, einoClient, purposeLLM, netHTTP}},
	{"rules for a step, of 100", "rules", 100, library, false, []program{ours, purposeRules}},
	{"rules for a step, of 1,000", "rules", 1000, library, false, []program{ours, purposeRules}},
	{"rules for a step, of 10,000", "rules", 10_000, library, false, []program{ours, purposeRules}},
}

// choose returns the pieces of work with the names, all without any. A name
// without its number stands for all sizes.
func choose(only string) ([]piece, error) {
	if only == "" {
		return works, nil
	}
	var out []piece
	for name := range strings.SplitSeq(only, ",") {
		name, known := strings.TrimSpace(name), false
		for _, w := range works {
			if w.name() == name || w.work == name {
				out, known = append(out, w), true
			}
		}
		if !known {
			return nil, fmt.Errorf("there is no work %q; -list lists it", name)
		}
	}
	return out, nil
}
