// Package demo plays the demonstration of a first visit: tasks in a world with
// secret rules, each once with memory and once without, let go one pair after the
// other at a pace that people can follow.
package demo

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/engine"
)

// State is a demonstration as it is kept. Its runs are those of its group; which of
// them wait to be let go is what the store of runs says.
type State struct {
	Group string `json:"group"`
	World int    `json:"world"` // the number of its secret world
	Tasks int    `json:"tasks"` // each is two runs
	// Seconds is how long it takes, 0: as long as the machine needs. Where the
	// machine is slower, it takes longer.
	Seconds int  `json:"seconds"`
	Paused  bool `json:"paused,omitempty"`
}

// MaxSeconds bounds the pace of a demonstration.
const MaxSeconds = 3600

// pairsAtWork is how many pairs may be worked at once: where the machine is slower
// than the pace, the next pair waits.
const pairsAtWork = 2

// How long a pair is awaited before it is looked after anyway: another process may have
// worked it, and the event of its end comes from the log then.
const lookAgain = 5 * time.Second

// Config is what demonstrations are played with. All but Logger and Now are required.
type Config struct {
	Settings Settings
	Runs     Runs
	Engine   Engine
	// Plan lists the runs of a demonstration in a world, two a task.
	Plan   func(world, tasks int) ([]engine.Planned, error)
	Tasks  int // of a demonstration
	Logger *slog.Logger
	Now    func() time.Time
}

type (
	// Settings keeps small values.
	Settings interface {
		Get(ctx context.Context, key string) (agent.Object, error)
		Set(ctx context.Context, key string, value agent.Object) error
	}
	// Runs says of a group's runs which are held, in the order of their launch, which
	// are queued or at work, with the number of their last event, and how many have not
	// ended; and in which groups any are held.
	Runs interface {
		HeldGroups(ctx context.Context) ([]string, error)
		Held(ctx context.Context, group string) ([]string, error)
		AtWork(ctx context.Context, group string) (map[string]int64, error)
		Unended(ctx context.Context, group string) (int, error)
	}
	// Engine launches runs that are held, lets them go, and follows them.
	Engine interface {
		CreateHeld(ctx context.Context, plan []engine.Planned) ([]agent.Run, error)
		LetGo(ctx context.Context, runs []string) error
		Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error]
	}
)

// Demos plays demonstrations, one at a time. It is safe for concurrent use.
type Demos struct {
	cfg  Config
	wake chan struct{}
	done sync.WaitGroup
	// base is the context of all that is played; Stop cancels it.
	base context.Context //nolint:containedctx // a demonstration outlives the request that starts it
	stop context.CancelFunc

	mu   sync.Mutex // of what is stored
	next time.Time  // when the next pair goes
	seen glance     // how the runs stood last

	telling   sync.Mutex
	changes   int64           // counts what pages show
	changed   chan struct{}   // closed and replaced with each change
	over      string          // the group whose runs have all ended
	following map[string]bool // runs whose end is awaited
}

// New returns the player; it plays after Work.
func New(cfg Config) *Demos {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	base, stop := context.WithCancel(context.Background())
	// Changes go on from the time: a page that was open before a restart has seen less.
	return &Demos{cfg: cfg, wake: make(chan struct{}, 1), base: base, stop: stop, changes: cfg.Now().UnixMilli(), changed: make(chan struct{}), following: map[string]bool{}}
}

// Keys of the settings: the last demonstration's group, and each one's state.
const lastKey = "demo"

func stateKey(group string) string { return "demo/" + group }

// Start launches a demonstration that takes so many seconds, and returns it. One
// that is being played goes on instead: its state is returned. Each one is in a
// world of its own, so that nothing is known of it. Errors: CodeInvalid.
func (d *Demos) Start(ctx context.Context, seconds int) (State, error) {
	if err := checkSeconds(seconds); err != nil {
		return State{}, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // who asked may go away: half a start is none
	defer cancel()
	defer context.AfterFunc(d.base, cancel)()
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.adopt(ctx); err != nil {
		return State{}, err
	}
	last, found, err := d.last(ctx)
	if err != nil {
		return State{}, err
	}
	if found {
		if held, err := d.cfg.Runs.Held(ctx, last.Group); err != nil || len(held) > 0 {
			return last, err
		}
	}
	plan, err := d.cfg.Plan(last.World+1, d.cfg.Tasks)
	if err != nil {
		return State{}, err
	}
	runs, err := d.cfg.Engine.CreateHeld(ctx, plan)
	if err != nil {
		return State{}, err
	}
	return d.begin(ctx, State{Group: runs[0].Group, World: last.World + 1, Tasks: d.cfg.Tasks, Seconds: seconds})
}

// begin stores a demonstration whose runs are launched as the last one.
func (d *Demos) begin(ctx context.Context, st State) (State, error) {
	if err := d.keep(ctx, st); err != nil {
		return State{}, err
	}
	return st, d.cfg.Settings.Set(ctx, lastKey, agent.MustObject(map[string]any{"group": st.Group}))
}

// adopt goes on with runs that a crash kept from becoming a demonstration: launched,
// and not noted yet. Nobody else would let them go. mu is held.
func (d *Demos) adopt(ctx context.Context) error {
	groups, err := d.cfg.Runs.HeldGroups(ctx)
	if err != nil {
		return err
	}
	for _, group := range groups {
		last, found, err := d.last(ctx)
		if err != nil {
			return err
		}
		if found && last.Group == group {
			continue
		}
		st, err := d.get(ctx, group)
		if agent.CodeOf(err) == agent.CodeNotFound && err != nil {
			st, err = State{Group: group, World: last.World + 1, Tasks: d.cfg.Tasks, Seconds: usualSeconds}, nil
		}
		if err != nil {
			return err
		}
		if _, err := d.begin(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// usualSeconds is the pace of a demonstration of which nothing but its runs is left.
const usualSeconds = 60

// Last returns the demonstration that was started last; found is false where none was.
func (d *Demos) Last(ctx context.Context) (st State, found bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last(ctx)
}

func (d *Demos) last(ctx context.Context) (st State, found bool, err error) {
	kept, err := d.cfg.Settings.Get(ctx, lastKey)
	if err != nil || kept.IsEmpty() {
		return st, false, err
	}
	var at struct{ Group string }
	if err := kept.Decode(&at); err != nil {
		return st, false, err
	}
	st, err = d.get(ctx, at.Group)
	return st, err == nil, err
}

// Get returns the demonstration of a group, or CodeNotFound.
func (d *Demos) Get(ctx context.Context, group string) (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.get(ctx, group)
}

func (d *Demos) get(ctx context.Context, group string) (st State, err error) {
	kept, err := d.cfg.Settings.Get(ctx, stateKey(group))
	if err != nil {
		return st, err
	}
	if kept.IsEmpty() {
		return st, agent.Errorf(agent.CodeNotFound, "there is no demonstration %q", agent.Clip(group, 80))
	}
	return st, kept.Decode(&st)
}

func (d *Demos) keep(ctx context.Context, st State) error {
	err := d.cfg.Settings.Set(ctx, stateKey(st.Group), agent.MustObject(st))
	d.next = time.Time{}
	d.tell("")
	return err
}

// Pause lets no further pair go, or goes on; runs at work come to their end.
// Errors: CodeNotFound.
func (d *Demos) Pause(ctx context.Context, group string, paused bool) error {
	return d.change(ctx, group, func(st *State) { st.Paused = paused })
}

// Pace changes how many seconds the whole takes, 0: as many as the machine needs.
// Errors: CodeNotFound, CodeInvalid.
func (d *Demos) Pace(ctx context.Context, group string, seconds int) error {
	if err := checkSeconds(seconds); err != nil {
		return err
	}
	return d.change(ctx, group, func(st *State) { st.Seconds = seconds })
}

func (d *Demos) change(ctx context.Context, group string, do func(*State)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	st, err := d.get(ctx, group)
	if err != nil {
		return err
	}
	do(&st)
	return d.keep(ctx, st)
}

func checkSeconds(n int) error {
	if n < 0 || n > MaxSeconds {
		return agent.InvalidFields(map[string]string{"seconds": "must be 0 to 3600; 0 is as fast as this machine can"})
	}
	return nil
}

// Work lets runs go until Stop. A demonstration that a crash interrupted goes on.
func (d *Demos) Work() { d.done.Go(func() { d.play(d.base) }) }

// Stop ends the playing and waits for it.
func (d *Demos) Stop() {
	d.stop()
	d.done.Wait()
}
