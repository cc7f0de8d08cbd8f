package lab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/reasoner"
	"purposeagent/environments"
	"purposeagent/internal/lab"
)

func TestMain(m *testing.M) {
	if code, is := environments.Child(); is {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

func newRegistry() (*environments.Registry, error) {
	return environments.NewRegistry(environments.Builtin("lab-test")...)
}

// world is a built-in environment of an installation of its own.
func world(tb testing.TB, name string) lab.World {
	tb.Helper()
	registry, err := newRegistry()
	if err != nil {
		tb.Fatal(err)
	}
	w, err := worldOf(registry, name)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func worldOf(registry *environments.Registry, name string) (lab.World, error) {
	kind, err := registry.Kind(name)
	if err != nil {
		return lab.World{}, err
	}
	return lab.World{Name: name, Schema: kind.Schema, DrawPurpose: kind.DrawPurpose, LimitFactor: kind.LimitFactor,
		Purpose: kind.Presets[0].Purpose, MaxSteps: kind.Presets[0].MaxSteps,
		Check: func(c agent.Object) (agent.Object, error) { return registry.Check(name, c) },
		New: func(c agent.Object) (agent.Environment, error) {
			return registry.New(agent.EnvironmentRef{Name: name, Config: c})
		}}, nil
}

func roles() lab.Roles {
	return lab.Roles{
		Actor: func() (agent.Decider, error) { return reasoner.NewActor(reasoner.ActorConfig{}), nil },
		Critic: func(env agent.Environment, _ agent.Scope, _ agent.Replay) (agent.Critic, error) {
			return reasoner.NewCritic(env, nil), nil
		},
		Distiller: func(replay agent.Replay) (agent.Distiller, int, error) {
			return distiller.New(distiller.Config{Replay: replay}), -1, nil
		},
	}
}

func config(tb testing.TB, name string) lab.Config {
	return lab.Config{World: world(tb, name), Elsewhere: []lab.World{world(tb, "maze"), world(tb, "workshop")}, Roles: roles()}
}

func run(tb testing.TB, cfg lab.Config, spec lab.Spec) *lab.Report {
	tb.Helper()
	r, err := lab.Run(tb.Context(), cfg, spec)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func text(tb testing.TB, r any) []byte {
	tb.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	return untimed.ReplaceAll(raw, []byte(`"seconds":0`))
}

// untimed finds what differs between two reports of the same.
var untimed = regexp.MustCompile(`"seconds":[0-9.e+-]+`)

// everywhere are the arms that need nothing special.
var everywhere = []lab.Arm{lab.Off, lab.On, lab.Placebo, lab.Shuffled, lab.Append}

// agreesWithTheChecker has the independent program compute the report again.
func agreesWithTheChecker(t *testing.T, r *lab.Report) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is missing; scripts/setup-tests.sh installs it")
	}
	check := func(r *lab.Report) (string, error) {
		file := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(file, text(t, r), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(python, "../../docs/lab/check.py", file).CombinedOutput()
		return string(out), err
	}
	if out, err := check(r); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for name, spoil := range map[string]func(r *lab.Report){
		"an interval": func(r *lab.Report) {
			c := r.Comparisons["on-off"]
			c.Low += .2
			r.Comparisons = map[string]lab.Comparison{"on-off": c}
		},
		"a count": func(r *lab.Report) {
			a := *r.Arms[lab.On]
			a.Successes--
			r.Arms = map[lab.Arm]*lab.ArmReport{lab.On: &a}
		},
		"the spec": func(r *lab.Report) { r.Spec.Train++ },
		"a train seed in the test": func(r *lab.Report) {
			r.Outcomes = append([]lab.Outcome(nil), r.Outcomes...)
			if len(r.Training.Outcomes) == 0 {
				r.Outcomes[0].Seed-- // then one that was not planned
				return
			}
			r.Outcomes[0].Seed = r.Training.Outcomes[0].Seed
		},
	} {
		spoiled := *r
		spoil(&spoiled)
		var failed *exec.ExitError
		if out, err := check(&spoiled); !errors.As(err, &failed) {
			t.Errorf("the checker did not see that %s is wrong: %v\n%s", name, err, out)
		}
	}
}

func TestEqualSpecsGiveEqualReports(t *testing.T) {
	spec := lab.Spec{Train: 8, Test: 6, Arms: everywhere, Seed: 3, Curve: []int{4}}
	alone, together := config(t, "workshop"), config(t, "workshop")
	alone.Parallel, together.Parallel = 1, 4
	a, b := text(t, run(t, alone, spec)), text(t, run(t, together, spec))
	if !bytes.Equal(a, b) {
		t.Errorf("the same experiment gave\n%s\nand\n%s", a, b)
	}
	spec.Seed = 4
	if c := text(t, run(t, alone, spec)); bytes.Equal(a, c) {
		t.Error("another seed gave the same report")
	}
}

func TestOtherTestTasks(t *testing.T) {
	r := run(t, config(t, "maze"), lab.Spec{Train: 3, Test: 4, Arms: []lab.Arm{lab.On, lab.Off}, TestConfig: `{"size":8}`})
	same := run(t, config(t, "maze"), lab.Spec{Train: 3, Test: 4, Arms: []lab.Arm{lab.On, lab.Off}})
	if *r.Optimum <= *same.Optimum || r.ConfigHash == same.ConfigHash || r.Training.Successes != same.Training.Successes {
		t.Errorf("optimum %g in larger mazes, %g in those trained in", *r.Optimum, *same.Optimum)
	}
}

func TestWrongSpecs(t *testing.T) {
	good := lab.Spec{Train: 5, Test: 5}
	for _, tt := range []struct {
		name   string
		change func(s *lab.Spec)
		want   string
	}{
		{"no training", func(s *lab.Spec) { s.Train = 0 }, "train"},
		{"no test", func(s *lab.Spec) { s.Test = 0 }, "test"},
		{"one test task", func(s *lab.Spec) { s.Test = 1 }, "must be 2 to"},
		{"too many", func(s *lab.Spec) { s.Train = 1_000_000 }, "train"},
		{"overlap", func(s *lab.Spec) { s.TrainFrom, s.TestFrom = 10, 14 }, "overlap"},
		{"the same seeds", func(s *lab.Spec) { s.TrainFrom, s.TestFrom = 10, 10 }, "overlap"},
		{"a seed below zero", func(s *lab.Spec) { s.TrainFrom = -5 }, "train-from"},
		{"a seed at the end of numbers", func(s *lab.Spec) { s.TestFrom = 1<<63 - 2 }, "test-from"},
		{"experiment seed", func(s *lab.Spec) { s.Seed = -1 }, "seed"},
		{"unknown arm", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, "up"} }, "append-successes"},
		{"an arm twice", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.On} }, "twice"},
		{"nothing to compare", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.Off} }, "compared"},
		{"a curve beyond the end", func(s *lab.Spec) { s.Curve = []int{6} }, "curve"},
		{"a curve that falls", func(s *lab.Spec) { s.Curve = []int{3, 2} }, "curve"},
		{"clean of nothing", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.Clean} }, "without pollution"},
		{"no rule is named", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.LeaveOneOut} }, "there is no arm"},
		{"no environment is named", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.PlaceboOf} }, "there is no arm"},
		{"a placebo of nowhere", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.PlaceboOf + "nowhere"} }, "choose an environment other than workshop"},
		{"a placebo of its own", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.PlaceboOf + "workshop"} }, "choose an environment other than workshop"},
		{"an unknown model", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.OtherModel + "nobody:x"} }, "no other models"},
		{"a critic that is none", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.OtherCritic + "loud:2"} }, "no other models"},
		{"no explorer", func(s *lab.Spec) { s.Arms = []lab.Arm{lab.On, lab.Explorer} }, "offers no explorer"},
		{"too many arms", func(s *lab.Spec) {
			for i := range 30 {
				s.Arms = append(s.Arms, lab.Arm(fmt.Sprint(lab.LeaveOneOut, i)))
			}
		}, "at most 20"},
		{"all is polluted", func(s *lab.Spec) { s.Pollution = 1 }, "pollution"},
		{"pollution is no number", func(s *lab.Spec) { s.Pollution = math.NaN() }, "pollution"},
		{"endless irrelevance", func(s *lab.Spec) { s.Irrelevant = 1 << 40 }, "irrelevant"},
		{"an unknown source", func(s *lab.Spec) { s.Source = "the internet" }, "source"},
		{"training and a library", func(s *lab.Spec) { s.Source = lab.SourceLibrary }, "train"},
		{"no library", func(s *lab.Spec) { s.Source, s.Train = lab.SourceLibrary, 0 }, "no library"},
		{"huge numbers", func(s *lab.Spec) { s.Test, s.Draws, s.MaxSteps = math.MaxInt, math.MaxInt, math.MaxInt }, "draws"},
		{"few draws", func(s *lab.Spec) { s.Draws = 1 }, "draws"},
		{"a wrong setting", func(s *lab.Spec) { s.Environment.Config = `{"wrld":2}` }, "wrld"},
		{"a wrong test setting", func(s *lab.Spec) { s.TestConfig = `{"level":"odd"}` }, "level"},
		{"a test under other laws", func(s *lab.Spec) { s.TestConfig = `{"world":2}` }, "other laws"},
		{"a wrong purpose", func(s *lab.Spec) { s.Purpose = "make me rich" }, "order"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := good
			tt.change(&spec)
			_, err := lab.Run(t.Context(), config(t, "workshop"), spec)
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), tt.want) {
				t.Errorf("error %v, want %q", said(err), tt.want)
			}
		})
	}
}

// said is all that an error tells, field by field.
func said(err error) string {
	text := fmt.Sprint(err)
	if e, ok := errors.AsType[*agent.Error](err); ok {
		text += fmt.Sprint(e.Fields)
	}
	return text
}

// failing is an environment that breaks at the n-th reset of one arm.
type failing struct {
	agent.Environment
	left *atomic.Int64
}

func (f failing) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	if f.left.Add(-1) < 0 {
		panic("the world broke")
	}
	return f.Environment.Reset(ctx, task)
}
func (f failing) Verify(ctx context.Context, s agent.State) (agent.Verdict, error) {
	return f.Environment.(agent.Verifier).Verify(ctx, s)
}
func (f failing) Describe() agent.Description { return agent.DescriptionOf(f.Environment) }
func (f failing) LegalActions(s agent.State) []agent.Action {
	return f.Environment.(agent.Legal).LegalActions(s)
}

func TestAnArmThatBreaks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		resets int64
		want   int
	}{{"half way", 5, 5}, {"at once", 0, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, "workshop")
			cfg.Parallel = 1
			var left atomic.Int64
			left.Store(tt.resets)
			whole := cfg.World.New
			cfg.World.New = func(c agent.Object) (agent.Environment, error) {
				env, err := whole(c)
				if err == nil && strings.Contains(c.String(), `"draw":1,`) { // the first arm's
					env = failing{env, &left}
				}
				return env, err
			}
			r := run(t, cfg, lab.Spec{Train: 5, Test: 10, Arms: []lab.Arm{lab.Off, lab.On, lab.Append}})
			if off := r.Arms[lab.Off]; off.N != tt.want || !strings.Contains(off.Error, "broke") {
				t.Errorf("off %+v", off)
			}
			if r.Arms[lab.On].N != 10 || r.Arms[lab.Append].N != 10 || r.Comparisons["on-append-successes"].N != 10 || r.Comparisons["on-off"].N != 0 {
				t.Errorf("the other arms did not go on: %+v", r.Comparisons)
			}
			if !strings.Contains(r.Verdict, "The arm off broke after") {
				t.Error(r.Verdict)
			}
			text(t, r)
		})
	}
}

func TestATrainingThatCantBeDone(t *testing.T) {
	cfg := config(t, "workshop")
	whole := cfg.World.New
	cfg.World.New = func(c agent.Object) (agent.Environment, error) {
		env, err := whole(c)
		return failing{env, new(atomic.Int64)}, err
	}
	_, err := lab.Run(t.Context(), cfg, lab.Spec{Train: 30, Test: 5})
	if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "given up") {
		t.Errorf("error %v", err)
	}
}

func TestCancel(t *testing.T) {
	for _, phase := range []string{"training", "testing"} {
		t.Run(phase, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := config(t, "workshop")
			cfg.Progress = func(p lab.Progress) {
				if p.Phase == phase && p.Done >= 2 {
					cancel()
				}
			}
			if r, err := lab.Run(ctx, cfg, lab.Spec{Train: 6, Test: 6}); r != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("report %v, error %v", r, err)
			}
		})
	}
}

func TestHash(t *testing.T) {
	a, err := lab.Plan(t.Context(), config(t, "workshop"), lab.Spec{Train: 5, Test: 5})
	if err != nil {
		t.Fatal(err)
	}
	b, err := lab.Plan(t.Context(), config(t, "workshop"), lab.Spec{Train: 5, Test: 5, Environment: agent.EnvironmentRef{Config: `{"world":1}`}})
	if err != nil || a.Hash() != b.Hash() || len(a.Hash()) != 64 {
		t.Errorf("what means the same has the hashes %s and %s", a.Hash(), b.Hash())
	}
	b.Test++
	if a.Hash() == b.Hash() {
		t.Error("another specification has the same hash")
	}
}

// BenchmarkExperiment is one experiment on one core, and how many episodes of it are
// played in a second.
func BenchmarkExperiment(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	cfg, episodes := config(b, "workshop"), 0
	cfg.Progress = func(lab.Progress) { episodes++ } // one for each
	for b.Loop() {
		run(b, cfg, lab.Spec{Train: 20, Test: 10})
	}
	b.ReportMetric(float64(episodes)/b.Elapsed().Seconds(), "episodes/s")
}
