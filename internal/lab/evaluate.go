package lab

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"purposeagent/agent"
)

// evaluate works all tasks in all arms, interleaved: each task in every arm
// before the next, as far as several at once allow. The results are in the
// order of the arms and tasks. Only ctx ends it with an error.
func (e *experiment) evaluate(ctx context.Context, phase string, arms []*arm, tasks []task) ([][]*Outcome, error) {
	results := make([][]*Outcome, len(arms))
	for i := range results {
		results[i] = make([]*Outcome, len(tasks))
	}
	total := int64(len(arms) * len(tasks))
	var next, done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(e.cfg.Parallel, int(total)) {
		group.Go(func() error {
			desk := desk{e: e, envs: make([]agent.Environment, len(arms)), configs: make([]agent.Object, len(arms))}
			defer desk.close()
			for job := next.Add(1) - 1; job < total; job = next.Add(1) - 1 {
				t, k := int(job)/len(arms), int(job)%len(arms)
				o, err := desk.work(ctx, phase, arms[k], k, tasks[t])
				if err != nil {
					return err
				}
				results[k][t] = o
				if o != nil && phase == phaseTesting {
					e.tally.add(o.Arm, 1, int(indicator(o.Success)))
				}
				e.tell(Progress{Phase: phase, Done: int(done.Add(1)), Of: int(total)})
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return results, nil
}

// desk is where one goroutine works: it has its own environment for each arm.
type desk struct {
	e       *experiment
	envs    []agent.Environment
	configs []agent.Object // of envs
}

func (d *desk) close() {
	for _, env := range d.envs {
		if env != nil {
			closeEnvironment(env)
		}
	}
}

// work does one task in one arm, unless the journal has its outcome. It
// returns nothing for an arm that is broken. Only ctx and the journal are errors.
func (d *desk) work(ctx context.Context, phase string, a *arm, k int, t task) (*Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	var before Outcome
	key := testKey(phase, a.name, t.number)
	if kept, err := recall(ctx, d.e.journal, key, &before); err != nil {
		return nil, err
	} else if kept {
		return &before, nil
	}
	a.mu.Lock()
	broken := a.broken != nil
	a.mu.Unlock()
	if broken {
		return nil, nil
	}
	o, err := d.attempt(ctx, phase, a, k, t)
	if err == nil {
		return &o, note(ctx, d.e.journal, key, o)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = errors.Join(a.broken, err)
	return nil, nil
}

// env is the environment that the k-th arm works a task in: the last one, unless a
// task of a suite has other settings.
func (d *desk) env(a *arm, k int, t task) (env agent.Environment, err error) {
	config := a.config
	if t.config != "" {
		if config, err = d.e.drawn(t.config, a.draw); err != nil {
			return nil, err
		}
	}
	if d.envs[k] != nil && d.configs[k] == config {
		return d.envs[k], nil
	}
	if d.envs[k] != nil {
		closeEnvironment(d.envs[k])
		d.envs[k] = nil
	}
	if d.envs[k], err = d.e.cfg.World.New(config); err == nil {
		d.configs[k] = config
	}
	return d.envs[k], err
}

func (d *desk) attempt(ctx context.Context, phase string, a *arm, k int, t task) (o Outcome, err error) {
	env, err := d.env(a, k, t)
	if err != nil {
		return o, err
	}
	scored, counts := false, &MemoryCounts{}
	work, err := d.e.orchestrator(a, env, d.e.scopeOf(env), func(s agent.Step) { scored = s.Score.Known() }, counts)
	if err != nil {
		return o, err
	}
	began := d.e.cfg.Now()
	result, err := work.Run(ctx, runName(phase+"-"+string(a.name), t.number), t.Task)
	if err == nil {
		err = judged(t, result)
	}
	o = outcomeOf(a.name, t, result, scored, err)
	if counts.Steps > 0 {
		o.Memory = counts
	}
	o.Seconds = d.e.cfg.Now().Sub(began).Seconds()
	return o, err
}
