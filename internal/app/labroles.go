package app

import (
	"context"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
	"purposeagent/agent/reasoner"
	"purposeagent/internal/lab"
)

// ofExperiment makes the roles of an experiment from the models' names; seed draws
// noise. Critics of models are the experiment's own and shared by its tasks, so that
// no state gets two scores. Errors: CodeInvalid with a message per flag.
func (r *Roles) ofExperiment(models agent.ModelRefs, seed int64) (lab.Roles, error) {
	fields := map[string]string{}
	resolve := func(flag string, role agent.ModelRole, ref string) player {
		p, err := r.player(role, ref)
		if err != nil {
			fields[flag] = agent.MessageOf(err)
		}
		return p
	}
	actor := resolve("model", agent.ActorRole, models.Actor)
	optimizer := resolve("optimizer", agent.OptimizerRole, models.Optimizer)
	out := lab.Roles{Actor: actor.actor, Distiller: optimizer.distiller, Examples: !actor.offline(), Applicability: features.NewApplicability(), Playbook: playbook.New(), ModelDistiller: !optimizer.offline()}
	if actor.offline() {
		out.Claims = claimsOfReasoner
	}
	var err error
	if out.Critic, out.ModelCritic, err = r.criticOfExperiment(models.Critic, seed); err != nil {
		fields["critic"] = agent.MessageOf(err)
	}
	if len(fields) > 0 {
		return out, agent.InvalidFields(fields)
	}
	return out, nil
}

// criticMaker makes the critic of one environment in an experiment.
type criticMaker = func(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error)

// criticOfExperiment returns what makes an experiment's critic, and whether a model
// is asked.
func (r *Roles) criticOfExperiment(ref string, seed int64) (_ criticMaker, model bool, err error) {
	if ref == lab.CriticOutcome {
		return func(env agent.Environment, _ agent.Scope, _ agent.Replay) (agent.Critic, error) {
			return reasoner.NewCritic(struct{ agent.Environment }{env}, nil), nil // no potential, no estimate
		}, false, nil
	}
	text, noisy := strings.CutPrefix(ref, lab.CriticNoisy)
	if noisy {
		ref = agent.Reasoner
	}
	p, err := r.panel(ref, player.critic)
	if err != nil {
		return nil, false, err
	}
	store := &settled{store: r.milestones}
	quiet := func(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error) {
		return p.in(env, scope, store, func() *reasoner.Estimator { return newEstimator(env, scope, replay) })
	}
	if !noisy {
		return quiet, ref != agent.Reasoner, nil
	}
	sd, err := strconv.ParseFloat(text, 64)
	if err != nil || !(sd >= 0 && sd <= 10) {
		return nil, false, agent.Errorf(agent.CodeInvalid, "noisy takes a standard deviation from 0 to 10, for instance noisy:1.0")
	}
	return func(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error) {
		c, err := quiet(env, scope, replay)
		if err != nil {
			return nil, err
		}
		return belowEnd{reasoner.Noisy(c, sd, seed)}, nil
	}, false, nil
}

// belowEnd keeps a noisy Φ under the early stop, so that noise never ends a task.
type belowEnd struct{ critic agent.Critic }

// Assess is the critic's, with Φ just under 10 at most.
func (b belowEnd) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	const top = 9.999
	s, err := b.critic.Assess(ctx, a)
	if s.Known() && s.PhiAfter > top {
		s.PhiAfter = top
		s.Delta = top - s.PhiBefore
	}
	return s, err
}

// claimsOfReasoner reads rules as the offline reasoner does.
func claimsOfReasoner() (func(s *agent.Situation, set *agent.RuleSet) []lab.Claim, error) {
	actor := reasoner.NewActor(reasoner.ActorConfig{})
	return func(s *agent.Situation, set *agent.RuleSet) []lab.Claim {
		var out []lab.Claim
		for _, c := range actor.Claims(s, set) {
			out = append(out, lab.Claim(c))
		}
		return out
	}, nil
}
