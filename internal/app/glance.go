package app

import (
	"sync"

	"purposeagent/agent"
)

// glances are worlds that pages look into without entering them. What is computed
// in this process is made anew for each look. A kind that starts programs is
// looked at through what its programs said while a launch or a run had them
// started: a page that is only asked for starts none, since any site can make a
// browser ask for a page. It is safe for concurrent use.
type glances struct {
	mu   sync.Mutex
	said keep[agent.EnvironmentRef, agent.Environment]
}

// remember keeps what a started program said of its world; env may be closed. The
// configuration is one that the registry has checked.
func (g *glances) remember(ref agent.EnvironmentRef, env agent.Environment) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.said.put(ref, env)
}

func (g *glances) known(ref agent.EnvironmentRef) (agent.Environment, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	env, ok := g.said.items[ref]
	return env, ok
}

// glance returns a world to look at, and what to do when that is done. entered is
// false where nothing may be asked that would start a program: its actions, its
// description and what it said of its states are there. Errors: CodeInvalid, also
// for a program that has not run since the start of this one.
func (a *App) glance(ref agent.EnvironmentRef) (env agent.Environment, entered bool, done func(), err error) {
	kind, err := a.Registry.Kind(ref.Name)
	if err != nil {
		return nil, false, nil, agent.InvalidFields(map[string]string{"environment": agent.MessageOf(err)})
	}
	if !kind.Program {
		if env, err = a.Registry.New(ref); err != nil {
			return nil, false, nil, err
		}
		return env, true, func() { closeEnvironment(env) }, nil
	}
	if ref.Config, err = a.Registry.Check(ref.Name, ref.Config); err != nil {
		return nil, false, nil, err
	}
	env, ok := a.glances.known(ref)
	if !ok {
		return nil, false, nil, agent.Errorf(agent.CodeInvalid, "what this program offers is known once it has run; pages start no program, so launch a run in this world first")
	}
	return env, false, func() {}, nil
}

// Actions returns what can be done in a world, none where nobody can tell without
// starting a program.
func (a *App) Actions(ref agent.EnvironmentRef) []agent.ActionSpec {
	env, _, done, err := a.glance(ref)
	if err != nil {
		return nil
	}
	defer done()
	return env.Actions()
}
