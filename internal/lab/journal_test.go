package lab_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
	"purposeagent/internal/lab"
)

// diary is a journal in memory.
type diary struct {
	mu    sync.Mutex
	pages map[string][]byte
	full  bool
}

func newDiary() *diary { return &diary{pages: map[string][]byte{}} }

func (d *diary) Load(ctx context.Context, key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pages[key], ctx.Err()
}

func (d *diary) Save(ctx context.Context, key string, value []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return agent.Errorf(agent.CodeUnavailable, "the disk is full")
	}
	if d.pages[key] != nil {
		return fmt.Errorf("%s was done twice", key)
	}
	d.pages[key] = value
	return ctx.Err()
}

// estimating has the critic of an environment without a potential: one that
// learns from the replay. Its noise is part of the test.
func estimating(cfg lab.Config) lab.Config {
	cfg.Roles.Critic = func(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error) {
		estimator := reasoner.NewEstimator(reasoner.EstimatorConfig{Replay: replay, Scope: scope, World: agent.DescriptionOf(env)})
		return reasoner.Noisy(reasoner.NewCritic(struct{ agent.Environment }{env}, estimator), 1, 7), nil
	}
	return cfg
}

// TestAnExperimentGoesOn: whenever it is interrupted, and however often, the
// report is the uninterrupted one's byte for byte, but for the time it took,
// and nothing that was finished is done again.
func TestAnExperimentGoesOn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config lab.Config
		arms   []lab.Arm
	}{
		{"potential", config(t, "workshop"), everywhere},
		{"estimate with noise", estimating(config(t, "workshop")), []lab.Arm{lab.Off, lab.On}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := lab.Spec{Train: 8, Test: 3, Arms: tt.arms, Curve: []int{0, 5}, Environment: agent.EnvironmentRef{Config: `{"world":3}`}}
			want := text(t, run(t, tt.config, spec))
			journal, interruptions := newDiary(), 0
			var report *lab.Report
			for report == nil {
				ctx, cancel := context.WithCancel(t.Context())
				cfg, heard := tt.config, 0
				cfg.Journal = journal
				before := len(journal.pages)
				cfg.Progress = func(lab.Progress) {
					// After some words that bring something new, at all points in turn.
					journal.mu.Lock()
					fresh := len(journal.pages) - before
					journal.mu.Unlock()
					if heard++; fresh > interruptions%4 {
						cancel()
					}
				}
				var err error
				if report, err = lab.Run(ctx, cfg, spec); err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				cancel()
				if interruptions++; interruptions > 200 {
					t.Fatal("it does not come to its end")
				}
			}
			if got := text(t, report); !bytes.Equal(got, want) {
				t.Errorf("after %d interruptions the report is\n%s\nwant\n%s", interruptions, got, want)
			}
			t.Logf("%d interruptions", interruptions)
		})
	}
}

// TestALanguageModelIsNotAskedAgain: what a distiller that is a language model
// said is kept.
func TestALanguageModelIsNotAskedAgain(t *testing.T) {
	spec := lab.Spec{Train: 8, Test: 4, Arms: []lab.Arm{lab.On, lab.Off}}
	var asked atomic.Int64
	cfg := config(t, "workshop")
	cfg.Roles.ModelDistiller = true
	cfg.Roles.Distiller = func(agent.Replay) (agent.Distiller, int, error) { return fickle{&asked}, -1, nil }
	journal := newDiary()
	cfg.Journal = journal
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.Progress = func(p lab.Progress) {
		if p.Done == 5 {
			cancel()
		}
	}
	if _, err := lab.Run(ctx, cfg, spec); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	before := asked.Load()
	cfg.Progress = nil
	r := run(t, cfg, spec)
	if before != 5 || asked.Load() != 8 || r.Library.Total != 6 {
		t.Errorf("asked %d times, then %d; %d rules, want 5, 8 and 6: one a lesson but the two that failed", before, asked.Load(), r.Library.Total)
	}
}

// fickle says something else each time, and sometimes nothing.
type fickle struct{ asked *atomic.Int64 }

func (f fickle) Distil(_ context.Context, l agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	n := f.asked.Add(1)
	if n%4 == 2 {
		return nil, agent.Usage{Calls: 1}, agent.Errorf(agent.CodeUnavailable, "the model is tired")
	}
	words := strings.Fields("dry wet raw green old young heavy light")
	return []agent.Proposal{{Rule: agent.Heuristic{Tier: agent.Strategic, Kind: agent.KindRule, Title: "Sand " + words[n-1] + " wood first", Author: agent.AuthorModel + "fickle",
		Pattern: "when the piece is " + words[n-1], Strategy: "sand it before you carve the " + words[n-1] + " side", Scope: l.Trajectory.Scope,
		Evidence: []agent.EvidenceRef{{Run: l.Trajectory.Run, Step: 1, Delta: 1, Good: true}}}}}, agent.Usage{Calls: 1}, nil
}

// TestWorldsGoOn: a finished world is not done again.
func TestWorldsGoOn(t *testing.T) {
	spec := lab.Spec{Train: 4, Test: 3, Arms: []lab.Arm{lab.On, lab.Off}}
	want, err := lab.RunWorlds(t.Context(), config(t, "workshop"), spec, []int64{2, 5, 9})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, "workshop")
	cfg.Journal, cfg.Parallel = newDiary(), 1 // one world after the other; want did several at once
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.Progress = func(p lab.Progress) {
		if p.World == 2 && p.Done == 3 {
			cancel()
		}
	}
	if _, err := lab.RunWorlds(ctx, cfg, spec, []int64{2, 5, 9}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	cfg.Progress = func(p lab.Progress) {
		if p.World < 2 || p.Worlds != 3 {
			t.Errorf("world %d of %d is worked again", p.World, p.Worlds)
		}
		if p.World == 3 && p.Phase == "testing" && p.Done == 6 && p.Arms[lab.On].N != 9 {
			t.Errorf("the arms have %v", p.Arms)
		}
	}
	got, err := lab.RunWorlds(t.Context(), cfg, spec, []int64{2, 5, 9})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := text(t, got), text(t, want); !bytes.Equal(a, b) {
		t.Errorf("it became\n%s\nwant\n%s", a, b)
	}
}

// TestAJournalThatIsFull: what can't be kept is not done, whatever the world.
func TestAJournalThatIsFull(t *testing.T) {
	cfg := config(t, "workshop")
	cfg.Journal = &diary{pages: map[string][]byte{}, full: true}
	spec := lab.Spec{Train: 4, Test: 3}
	if _, err := lab.Run(t.Context(), cfg, spec); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("error %v", err)
	}
	if _, err := lab.RunWorlds(t.Context(), cfg, spec, []int64{1, 2}); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("error %v", err)
	}
	broken := newDiary()
	broken.pages["training/1"] = []byte("no gzip")
	cfg.Journal = broken
	if _, err := lab.Run(t.Context(), cfg, spec); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v", err)
	}
}

// TestATrainingThatWasGivenUpTriesAgain: when what broke it is mended, the
// last failures are not held against it.
func TestATrainingThatWasGivenUpTriesAgain(t *testing.T) {
	cfg := config(t, "workshop")
	whole := cfg.World.New
	var left atomic.Int64
	left.Store(4)
	cfg.World.New = func(c agent.Object) (agent.Environment, error) {
		env, err := whole(c)
		return failing{env, &left}, err
	}
	cfg.Journal = newDiary()
	spec := lab.Spec{Train: 12, Test: 4}
	if _, err := lab.Run(t.Context(), cfg, spec); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Fatalf("error %v", err)
	}
	left.Store(1 << 40)
	if r := run(t, cfg, spec); r.Training.Failed != 0 || len(r.Training.Outcomes) != 12 {
		t.Errorf("training %+v", r.Training)
	}
}
