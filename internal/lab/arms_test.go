package lab_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
	"purposeagent/internal/lab"
)

// reading gives the lab a reader of the reasoner's rules.
func reading(cfg lab.Config) lab.Config {
	cfg.Roles.Claims = func() (func(*agent.Situation, *agent.RuleSet) []lab.Claim, error) {
		actor := reasoner.NewActor(reasoner.ActorConfig{})
		return func(s *agent.Situation, set *agent.RuleSet) []lab.Claim {
			var out []lab.Claim
			for _, c := range actor.Claims(s, set) {
				out = append(out, lab.Claim(c))
			}
			return out
		}, nil
	}
	return cfg
}

// TestPollutionAndOneRule: distractors and irrelevant rules go in, one rule is
// left out, another critic judges, and the rules are held against the truth.
func TestPollutionAndOneRule(t *testing.T) {
	cfg := reading(config(t, "workshop"))
	cfg.Others = func(models agent.ModelRefs) (lab.Roles, error) {
		if models.Critic != lab.CriticOutcome && models.Actor != "other:reasoner" {
			return lab.Roles{}, agent.Errorf(agent.CodeInvalid, "there is no such model")
		}
		return roles(), nil
	}
	spec := lab.Spec{Train: 50, Test: 12, Pollution: .75, Irrelevant: 1000, Environment: agent.EnvironmentRef{Config: `{"world":2}`},
		Arms: []lab.Arm{lab.On, lab.Off, lab.Clean, lab.LeaveOneOut + "h000001", lab.LeaveOneOut + "h999999", lab.OtherCritic + lab.CriticOutcome, lab.OtherModel + "other:reasoner"}}
	r := run(t, cfg, spec)
	p, learned := r.Pollution, r.Promoted+r.InTrial
	if p == nil || p.Rules != learned || p.Distractors != 3*learned || p.Share != .75 || p.Irrelevant != 1000 || !strings.Contains(p.Source, "world 3") {
		t.Errorf("pollution %+v of %d rules", p, learned)
	}
	for name, want := range map[lab.Arm]int{lab.On: 4*learned + 1000, lab.Clean: learned, lab.Off: 0, lab.OtherCritic + lab.CriticOutcome: 4*learned + 1000} {
		if got := r.Arms[name]; got.Rules != want || got.N != 12 {
			t.Errorf("%s has %d rules and %d tasks, want %d and 12", name, got.Rules, got.N, want)
		}
	}
	if gone := r.Arms[lab.LeaveOneOut+"h999999"]; gone.N != 0 || !strings.Contains(gone.Error, "no rule h999999") {
		t.Errorf("the arm without a rule that is not there: %+v", gone)
	}
	if clean, on, off := r.Arms[lab.Clean].Successes, r.Arms[lab.On].Successes, r.Arms[lab.Off].Successes; clean <= off {
		t.Errorf("clean %d, on %d, off %d: there is nothing to pollute", clean, on, off)
	}
	if same := r.Arms[lab.OtherModel+"other:reasoner"]; same.Successes != r.Arms[lab.On].Successes {
		t.Errorf("the same model under another name solves %d, on %d", same.Successes, r.Arms[lab.On].Successes)
	}
	if truth := r.Truth; truth == nil || truth.Facts < 15 || truth.Rules == 0 || *truth.Precision < .6 || *truth.Recall <= 0 || *truth.Recall > 1 {
		t.Errorf("truth %+v", truth)
	}
	for _, want := range []string{"rules that were put in", "with the same memory", "critic outcome"} {
		if !strings.Contains(r.Verdict, want) {
			t.Errorf("the verdict does not speak of %q: %s", want, r.Verdict)
		}
	}
	agreesWithTheChecker(t, r)
	spec.Arms = []lab.Arm{lab.On, lab.OtherModel + "nobody:x"}
	if _, err := lab.Plan(t.Context(), cfg, spec); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "no such model") {
		t.Errorf("error %v", said(err))
	}
}

// TestTruthIsNotOfTheWorldAlone: what was learned in another world is held to
// be wrong here, and no rules are neither right nor wrong.
func TestTruthIsNotOfTheWorldAlone(t *testing.T) {
	learned := func(world string) lab.Frozen {
		var frozen lab.Frozen
		cfg := config(t, "workshop")
		whole := cfg.Roles.Distiller
		cfg.Roles.Distiller = func(r agent.Replay) (agent.Distiller, int, error) {
			d, n, err := whole(r)
			return keeping{d, &frozen}, n, err
		}
		run(t, cfg, lab.Spec{Train: 80, Test: 2, Arms: []lab.Arm{lab.On}, Environment: agent.EnvironmentRef{Config: agent.Object(world)}})
		return frozen
	}
	here, elsewhere := learned(`{"world":2}`), learned(`{"world":3}`)
	judge := func(f lab.Frozen) *lab.TruthReport {
		cfg := reading(config(t, "workshop"))
		cfg.Library = func(_ context.Context, scope agent.Scope) (lab.Frozen, error) {
			out := lab.Frozen{Trajectories: f.Trajectories}
			for _, h := range f.Rules {
				c := h.Clone()
				c.Scope = scope
				out.Rules = append(out.Rules, c)
			}
			return out, nil
		}
		r := run(t, cfg, lab.Spec{Source: lab.SourceLibrary, Test: 20, Arms: []lab.Arm{lab.On, lab.Off}, Environment: agent.EnvironmentRef{Config: `{"world":2}`}})
		agreesWithTheChecker(t, r)
		return r.Truth
	}
	right, wrong := judge(here), judge(elsewhere)
	t.Logf("here %+v, elsewhere %+v", right, wrong)
	if *right.Precision < .8 || *right.Recall < .5 || *wrong.Precision > .75 || *wrong.Recall > .3 {
		t.Errorf("precision %.2f and recall %.2f at home, %.2f and %.2f of another world's rules", *right.Precision, *right.Recall, *wrong.Precision, *wrong.Recall)
	}
}

// keeping notes the rules that a lesson builds on.
type keeping struct {
	agent.Distiller
	frozen *lab.Frozen
}

func (k keeping) Distil(ctx context.Context, l agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	k.frozen.Rules = slices.Clone(l.Rules)
	return k.Distiller.Distil(ctx, l)
}

// TestTheExplorerIsALine: a player written by hand, beside the learner.
func TestTheExplorerIsALine(t *testing.T) {
	r := run(t, config(t, "maze"), lab.Spec{Train: 3, Test: 10, Arms: []lab.Arm{lab.On, lab.Off, lab.Explorer}})
	if x := r.Arms[lab.Explorer]; x.N != 10 || x.Successes < 8 || x.Rules != 0 {
		t.Errorf("the explorer %+v", x)
	}
	if !strings.Contains(r.Verdict, "hand-written explorer") {
		t.Error(r.Verdict)
	}
}

// TestALibraryThatChanged: what was planned is what is tested.
func TestALibraryThatChanged(t *testing.T) {
	cfg := config(t, "workshop")
	rules := []*agent.Heuristic{{ID: "h1", Status: agent.Active, Strategy: "sand it", Pattern: "when it is raw"}}
	cfg.Library = func(_ context.Context, _ agent.Scope) (lab.Frozen, error) { return lab.Frozen{Rules: rules}, nil }
	spec := lab.Spec{Source: lab.SourceLibrary, Test: 2, Arms: []lab.Arm{lab.On, lab.LeaveOneOut + "h1"}}
	planned, err := lab.Plan(t.Context(), cfg, spec)
	if err != nil || len(planned.Snapshot) != 64 {
		t.Fatalf("%+v, %v", planned, err)
	}
	rules = append(rules, &agent.Heuristic{ID: "h2", Status: agent.Retired})
	if _, err := lab.Run(t.Context(), cfg, planned); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "changed since") {
		t.Errorf("error %v", said(err))
	}
	spec.Arms = append(spec.Arms, lab.LeaveOneOut+"h2")
	if _, err := lab.Plan(t.Context(), cfg, spec); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "no usable rule h2") {
		t.Errorf("a rule that is retired: %v", said(err))
	}
	rules = rules[1:]
	if _, err := lab.Plan(t.Context(), cfg, lab.Spec{Source: lab.SourceLibrary, Test: 2}); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "no usable rule") {
		t.Errorf("a library without usable rules: %v", said(err))
	}
}
