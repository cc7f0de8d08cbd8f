package main

import (
	"context"
	"io"
	"time"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/environments/remote"
)

// environmentOptions says what environments may do beyond computing. Programs
// that have done their work wait in the pool for the next run.
func environmentOptions(o options, programs *remote.Pool) []environments.Option {
	if !o.commands {
		return nil
	}
	return []environments.Option{environments.WithCommands(remote.Options{Logger: o.logger, Pool: programs})}
}

// closeAfter closes what an environment opened when ctx ends; close waits
// for it.
func (a *app) closeAfter(ctx context.Context, env agent.Environment) {
	if _, ok := env.(io.Closer); !ok {
		return
	}
	a.closing.Add(1)
	context.AfterFunc(ctx, func() {
		defer a.closing.Done()
		closeEnvironment(env)
	})
}

// closeEnvironment closes what an environment opened, if it opened anything.
// There is nobody to tell of an error.
func closeEnvironment(env agent.Environment) {
	if c, ok := env.(io.Closer); ok {
		_ = c.Close()
	}
}

// patience is how long one action may take: the built-in environments answer
// at once, others say how long they wait for whom they ask.
func patience(env agent.Environment) time.Duration {
	if slow, ok := env.(interface{ Timeout() time.Duration }); ok {
		return max(stepTimeout, slow.Timeout())
	}
	return stepTimeout
}
