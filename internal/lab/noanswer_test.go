package lab_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

// refusing is a decider whose model refuses every request from one call on.
type refusing struct {
	agent.Decider
	calls *atomic.Int64
	from  int64
}

func (r refusing) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	if n := r.calls.Add(1); n >= r.from {
		return agent.Decision{}, &agent.NoAnswer{Why: agent.NoAnswerRefused, Model: "fake:m", Err: agent.Errorf(agent.CodeInvalid, "usage limits reached")}
	}
	return r.Decider.Decide(ctx, s)
}

// TestAnArmThatCantAsk lets the model refuse at once, and in mid-test: an arm
// that could not ask has failed with the server's words, and nothing is compared
// with it.
func TestAnArmThatCantAsk(t *testing.T) {
	for _, test := range []struct {
		name string
		from int64
	}{{"at once", 1}, {"in the middle", 20}} {
		t.Run(test.name, func(t *testing.T) {
			cfg := config(t, "maze")
			cfg.Parallel = 1
			cfg.Others = func(agent.ModelRefs) (lab.Roles, error) {
				other, calls := roles(), &atomic.Int64{}
				made := other.Actor
				other.Actor = func() (agent.Decider, error) {
					actor, err := made()
					return refusing{actor, calls, test.from}, err
				}
				return other, nil
			}
			other := lab.Arm(lab.OtherModel + "fake:m")
			r := run(t, cfg, lab.Spec{Train: 2, Test: 6, Draws: 100, Arms: []lab.Arm{lab.Off, lab.On, other}})
			a := r.Arms[other]
			if !strings.Contains(a.Error, "usage limits reached") || a.N == 6 {
				t.Errorf("the arm that could not ask is %+v", a)
			}
			if _, compared := r.Comparisons["on-"+string(other)]; compared || len(r.Comparisons) != 1 {
				t.Errorf("it was compared: %+v", r.Comparisons)
			}
			if !strings.Contains(r.Verdict, "usage limits reached") {
				t.Error("the verdict does not say why:", r.Verdict)
			}
		})
	}
}

// TestATrainingThatCantAsk ends with the server's words, and without a report.
func TestATrainingThatCantAsk(t *testing.T) {
	for _, role := range []string{"actor", "distiller"} {
		t.Run(role, func(t *testing.T) {
			cfg := config(t, "maze")
			if role == "actor" {
				made := cfg.Roles.Actor
				cfg.Roles.Actor = func() (agent.Decider, error) {
					actor, err := made()
					return refusing{actor, &atomic.Int64{}, 1}, err
				}
			} else {
				cfg.Roles.Distiller = func(agent.Replay) (agent.Distiller, int, error) { return mute{}, 0, nil }
			}
			r, err := lab.Run(t.Context(), cfg, lab.Spec{Train: 20, Test: 5, Draws: 100})
			if r != nil || err == nil || !strings.Contains(agent.MessageOf(err), "usage limits reached") {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// mute is a distiller whose model refuses every request.
type mute struct{}

func (mute) Distil(context.Context, agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	return nil, agent.Usage{}, &agent.NoAnswer{Why: agent.NoAnswerRefused, Err: agent.Errorf(agent.CodeInvalid, "usage limits reached")}
}

// blind is a world that gives no verdict, beside a critic that has nothing to
// measure by.
type blind struct{ agent.Environment }

func (b blind) Describe() agent.Description { return agent.DescriptionOf(b.Environment) }
func (b blind) LegalActions(s agent.State) []agent.Action {
	return b.Environment.(agent.Legal).LegalActions(s)
}

// TestWhereNobodyJudges calls no task a failure that nobody judged: a training
// on such tasks is given up, and an arm that is tested on them compares with nothing.
func TestWhereNobodyJudges(t *testing.T) {
	for _, test := range []struct {
		name  string
		train bool
	}{{"in training", true}, {"in the test of one arm", false}} {
		t.Run(test.name, func(t *testing.T) {
			cfg := config(t, "workshop")
			whole := cfg.World.New
			cfg.World.New = func(c agent.Object) (agent.Environment, error) {
				env, err := whole(c)
				if err == nil && (test.train || strings.Contains(c.String(), `"draw":1,`)) { // the first arm's
					env = blind{env}
				}
				return env, err
			}
			r, err := lab.Run(t.Context(), cfg, lab.Spec{Train: 20, Test: 5, Arms: []lab.Arm{lab.Off, lab.On}})
			if test.train {
				if r != nil || err == nil || !strings.Contains(agent.MessageOf(err), "nobody said whether task") {
					t.Errorf("%+v, %v", r, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if off := r.Arms[lab.Off]; off.N != 0 || !strings.Contains(off.Error, "nobody said whether task") || r.Comparisons["on-off"].N != 0 {
				t.Errorf("the arm that nobody judged: %+v, %+v", off, r.Comparisons)
			}
		})
	}
}
