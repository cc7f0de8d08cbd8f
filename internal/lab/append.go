package lab

import (
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/language"
)

// replayer is the append-successes baseline for an actor that can't read
// (arXiv 2505.00234 puts successful trajectories into a model's context). It
// takes the most similar successful trajectory of the training and does its
// actions in their order, each on the thing that is most like the one it was
// done on then: equal attributes count, and so does an attribute that was as
// asked then and is as asked now. An action that can't be done now is left
// out. Where the trajectory ends, or says nothing that can be done, the actor
// without memory goes on.
//
// It gets the learner's own successes, which makes it stronger than a baseline
// that has to find its own. One value serves one run.
type replayer struct {
	actor  agent.Decider
	replay agent.Replay
	plan   []planned
	next   int
	ready  bool
}

// planned is an action as it was done, with the attributes of its things.
type planned struct {
	action agent.Action
	things map[string]map[string]string // by parameter
}

// considered is how many similar trajectories are looked at for a success.
const considered = capacity

func newReplayer(actor agent.Decider, replay agent.Replay) *replayer {
	return &replayer{actor: actor, replay: replay}
}

var _ agent.Decider = (*replayer)(nil)

// Decide follows the plan or asks the actor, who sees no rules.
func (r *replayer) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	if !r.ready {
		if err := r.choose(ctx, s); err != nil {
			return agent.Decision{}, err
		}
	}
	plan := r.plan
	if r.next < len(plan) {
		here := thingsOf(s.World, s.State)
		for ; r.next < len(plan); r.next++ {
			if a, ok := match(s, plan[r.next], here); ok {
				r.next++
				a.Thought = "As in the most similar success."
				return agent.Decision{Action: a}, nil
			}
		}
	}
	bare := *s
	bare.Memory = agent.Memory{}
	return r.actor.Decide(ctx, &bare)
}

// choose lifts the plan from the most similar success.
func (r *replayer) choose(ctx context.Context, s *agent.Situation) error {
	matches, err := r.replay.Retrieve(ctx, s.Scope, s.Task, considered)
	if err != nil {
		return err
	}
	r.ready = true
	i := slices.IndexFunc(matches, func(m agent.Match) bool { return m.Trajectory.Outcome.Success })
	if i < 0 {
		return nil
	}
	t := matches[i].Trajectory
	then, now := language.English.Read(t.Task.Purpose), language.English.Read(s.Task.Purpose)
	for k := range t.Steps {
		step := &t.Steps[k]
		if step.Error != "" || step.Action.Name == agent.Done {
			continue
		}
		p := planned{action: agent.Action{Name: step.Action.Name, Params: step.Action.Params}, things: map[string]map[string]string{}}
		things := thingsOf(s.World, step.Before)
		for _, param := range thingParams(s.Actions, step.Action.Name) {
			if attributes, ok := things[step.Action.Param(param)]; ok {
				p.things[param] = translated(attributes, then, now, s.World)
			}
		}
		r.plan = append(r.plan, p)
	}
	return nil
}

// translated puts the word that is asked now where the one asked then was: an
// attribute that was as asked becomes what is asked now, where the purpose
// names a value of the same attribute.
func translated(attributes map[string]string, then, now *language.Reading, world agent.Description) map[string]string {
	out := make(map[string]string, len(attributes))
	for name, value := range attributes {
		out[name] = value
		if !wants(then, value) {
			continue
		}
		for _, other := range world.State.Vocabulary[name] {
			if wants(now, other) {
				out[name] = other
			}
		}
	}
	return out
}

// match finds the legal action that is most like the planned one: the same
// name and constants, and the thing with the most attributes in common.
func match(s *agent.Situation, p planned, here map[string]map[string]string) (agent.Action, bool) {
	if len(s.Legal) == 0 { // the environment can't say what is legal: it may refuse
		return p.action, agent.CheckAction(s.Actions, p.action) == nil
	}
	best, most := -1, -1
	params := thingParams(s.Actions, p.action.Name)
	wanted := p.action.Params.Map()
	for i, a := range s.Legal {
		if a.Name != p.action.Name || !sameConstants(a.Params.Map(), wanted, params) {
			continue
		}
		alike := 0
		for _, param := range params {
			id := a.Param(param)
			if id == p.action.Param(param) && len(p.things[param]) == 0 {
				alike++
			}
			for name, value := range p.things[param] {
				if here[id][name] == value {
					alike++
				}
			}
		}
		if alike > most {
			best, most = i, alike
		}
	}
	if best < 0 {
		return agent.Action{}, false
	}
	return agent.Action{Name: s.Legal[best].Name, Params: s.Legal[best].Params}, true
}

func sameConstants(a, b map[string]any, things []string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if !slices.Contains(things, name) && b[name] != v {
			return false
		}
	}
	return true
}

func thingParams(specs []agent.ActionSpec, action string) []string {
	var names []string
	for _, spec := range specs {
		if spec.Name != action {
			continue
		}
		for _, p := range spec.Params {
			if p.Role == agent.RoleThing {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// thingsOf reads the things of a state by the environment's own announcement.
func thingsOf(world agent.Description, state agent.State) map[string]map[string]string {
	out := map[string]map[string]string{}
	if world.State.Things == "" {
		return out
	}
	tree, _ := agent.Lookup(state.Data.Map(), world.State.Things)
	things, _ := tree.(map[string]any)
	for id, v := range things {
		attributes, _ := v.(map[string]any)
		out[id] = make(map[string]string, len(attributes))
		for name, value := range attributes {
			if text, ok := value.(string); ok {
				out[id][name] = text
			}
		}
	}
	return out
}

// wants reports whether a purpose asks for a value, in any of its forms. What
// it says must not be ("without red") it does not ask for.
func wants(purpose *language.Reading, value string) bool {
	words := language.English.Read(value).Words
	texts, stems := make([]string, len(words)), make([]string, len(words))
	for i, w := range words {
		texts[i], stems[i] = w.Text, w.Stem
	}
	m := purpose.Mentions(texts, language.ByText)
	if m == language.Absent {
		m = purpose.Mentions(stems, language.ByStem)
	}
	return m == language.Wanted
}
