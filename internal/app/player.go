package app

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/distiller"
	"purposeagent/agent/features"
	"purposeagent/agent/milestones"
	"purposeagent/agent/playbook"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/roles"
)

// player is who plays a role: a language model that is asked in the words of a
// prompt, or, where there is no model, the offline reasoner.
type player struct {
	ref   string
	model chat.LLM
	words *roles.Prompt
}

func (p player) offline() bool { return p.model == nil }

func (p player) actor() (agent.Decider, error) {
	if p.offline() {
		return reasoner.NewActor(reasoner.ActorConfig{}), nil
	}
	return roles.NewActor(roles.ActorConfig{LLM: p.model, Prompt: p.words})
}

// critic makes the critic of a model; the offline one is made for an environment,
// see panel.
func (p player) critic() (agent.Critic, error) {
	return roles.NewPurposeFunction(roles.CriticConfig{LLM: p.model, Prompt: p.words})
}

// distiller makes what learns from the replay's trajectories, and says how many
// contrasting ones a lesson gets (learning.OptimizerConfig.Contrast).
func (p player) distiller(replay agent.Replay) (d agent.Distiller, contrast int, err error) {
	if p.offline() { // it learns from its own window of transitions
		return distiller.New(distiller.Config{Replay: replay}), -1, nil
	}
	d, err = roles.NewDistiller(roles.DistillerConfig{LLM: p.model, Prompt: p.words, Vocabulary: vocabulary, Playbook: playbook.New()})
	return d, 0, err
}

// vocabulary is what the conditions of rules may say in a world, so that a program
// can check them.
func vocabulary(world *agent.StateSpec, actions []agent.ActionSpec, states ...*agent.State) roles.Vocabulary {
	return features.NewVocabulary(world, actions, states...)
}

// panel are the critics of a reference, mostly one; nil stands for the offline one,
// which each environment has.
type panel struct {
	critics []agent.Critic
	writer  chat.LLM // the first model among them; nil: there is none
}

// in returns the critic of one run in an environment. estimator is called where the
// offline one is among them; models judge by the milestones that the store has.
func (p panel) in(env agent.Environment, scope agent.Scope, store milestones.Store, estimator func() *reasoner.Estimator) (agent.Critic, error) {
	critics := slices.Clone(p.critics)
	for i, c := range critics {
		if c == nil {
			critics[i] = reasoner.NewCritic(env, estimator())
		}
	}
	critic := critics[0]
	if len(critics) > 1 {
		var err error
		if critic, err = roles.NewPanel(critics...); err != nil {
			return nil, err
		}
	}
	if p.writer == nil {
		return critic, nil
	}
	return roles.WithMilestones(critic, roles.MilestoneConfig{LLM: p.writer, Store: store, World: milestones.WorldOf(scope), Actions: env.Actions()}), nil
}

// newEstimator makes the learned estimate of success of a scope, which critics go by
// where the environment has no potential of its own.
func newEstimator(env agent.Environment, scope agent.Scope, replay agent.Replay) *reasoner.Estimator {
	return reasoner.NewEstimator(reasoner.EstimatorConfig{Replay: replay, Scope: scope, World: agent.DescriptionOf(env)})
}
