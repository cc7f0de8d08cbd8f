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

// pager writes a playbook, and reading says what an actor saw.
type pager struct{}

func (pager) Compose(_ agent.Description, _ []agent.ActionSpec, rules *agent.RuleSet, _ agent.PlaybookOptions) agent.Playbook {
	return agent.Playbook{Lines: make([]agent.PlaybookLine, len(rules.Rules))}
}

type seeing struct {
	agent.Decider
	saw func(m agent.Memory)
}

func (s seeing) Decide(_ context.Context, at *agent.Situation) (agent.Decision, error) {
	s.saw(at.Memory)
	return agent.Decision{Action: at.Legal[0]}, nil
}

// TestThePlaybookAlone: a model may see the page and nothing beside it; the
// offline reasoner has no use for a page. Another actor may train.
func TestThePlaybookAlone(t *testing.T) {
	cfg := config(t, "workshop")
	trained := cfg.Roles
	spec := lab.Spec{Train: 12, Test: 2, Arms: []lab.Arm{lab.PlaybookOnly, lab.On}}
	if _, err := lab.Plan(t.Context(), cfg, spec); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "for language models") {
		t.Errorf("the offline reasoner reads a page: %v", said(err))
	}
	cfg.Parallel = 1
	var alone, all int
	cfg.Roles.Examples, cfg.Roles.Playbook = true, pager{}
	cfg.Roles.Actor = func() (agent.Decider, error) {
		return seeing{saw: func(m agent.Memory) {
			switch {
			case len(m.Playbook.Lines) > 0 && len(m.Rules)+len(m.Examples) == 0:
				alone++
			case len(m.Playbook.Lines) > 0:
				all++
			}
		}}, nil
	}
	cfg.Others = func(models agent.ModelRefs) (lab.Roles, error) {
		if models.Actor != agent.Reasoner {
			return lab.Roles{}, agent.Errorf(agent.CodeInvalid, "there is no such model")
		}
		return trained, nil
	}
	spec.Trainer = "nobody:x"
	if _, err := lab.Plan(t.Context(), cfg, spec); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), "trainer") {
		t.Errorf("a trainer that is not there: %v", said(err))
	}
	spec.Trainer = agent.Reasoner
	r := run(t, cfg, spec)
	if a := r.Arms[lab.PlaybookOnly]; a.N != 2 || a.Rules == 0 {
		t.Errorf("the playbook alone: %+v", a)
	}
	if alone == 0 || all == 0 {
		t.Errorf("%d steps saw the page alone, %d saw rules or tasks beside it", alone, all)
	}
}
