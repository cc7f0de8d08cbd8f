package remote

import (
	"context"
	"fmt"
	"io"
	"strings"

	"purposeagent/agent"
)

// ExamineServer tries an OpenEnv server, and reports what it keeps and which powers
// a program of our own protocol could have beyond it. It returns false where no
// episode can be played.
func ExamineServer(ctx context.Context, raw agent.Object, seed int64, report func(Finding)) bool {
	c, err := parseConfig(raw)
	if err != nil {
		report(Finding{Promise: "it has an address", Err: err})
		return false
	}
	env, err := c.openEnv()
	if err != nil {
		report(Finding{Promise: "it says what its action is", Err: err})
		return false
	}
	if closer, ok := env.(io.Closer); ok {
		defer func() { _ = closer.Close() }()
	}
	var names []string
	for _, a := range env.Actions() {
		names = append(names, a.Name)
	}
	report(Finding{Promise: "it says what its action is", Note: strings.Join(names, ", ")})
	task := agent.Task{Purpose: "check", Seed: seed}.WithDefaults()
	state, err := env.Reset(ctx, task)
	if report(Finding{Promise: "reset gives an observation", Note: state.Summary, Err: err}); err != nil {
		return false
	}
	if again, err := env.Reset(ctx, task); err != nil || again.Data != state.Data {
		note := "it does not; runs with one seed can't be compared"
		if err != nil {
			note = agent.MessageOf(err)
		}
		report(Finding{Promise: "the same seed gives the same observation", Note: note})
		if err != nil {
			return false
		}
		state = again
	} else {
		report(Finding{Promise: "the same seed gives the same observation"})
	}
	steps := 0
	legal := "the episode was over at once"
	for ; steps < examinedSteps && !env.IsTerminal(state); steps++ {
		list := listed(env, state)
		if legal = fmt.Sprintf("%d can be listed", len(list)); len(list) == 0 {
			legal = "none can be listed: the offline reasoner can't act here. An observation may name them as legal_actions, or the schema have an enum"
			break
		}
		if state, err = env.Execute(ctx, list[(steps*7+steps*steps)%len(list)], state); err != nil {
			report(Finding{Promise: "steps are answered", Err: err})
			return false
		}
	}
	report(Finding{Promise: "steps are answered", Note: fmt.Sprintf("%d were taken", steps)})
	report(Finding{Promise: "what can be done", Note: legal})
	report(Finding{Promise: "what is solved", Note: fmt.Sprintf("not said by OpenEnv: by %q, at least %g; set success and success_least", c.Success, c.Least)})
	report(Finding{Promise: "going on after a crash", Note: "not with OpenEnv: a run that is interrupted ends there. Our own protocol has restore and stateless (docs/remote.md)"})
	return true
}

// listed is what can be done in a state, where the environment lists it.
func listed(env agent.Environment, state agent.State) []agent.Action {
	if l, ok := env.(agent.Legal); ok {
		return l.LegalActions(state)
	}
	return nil
}
