package app

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/reveal"
	"purposeagent/internal/demo"
)

// Demonstrations play the demonstration of a first visit, and say what was learned in
// it and what was to be found. It is safe for concurrent use.
type Demonstrations struct {
	*demo.Demos
	app *App

	mu    sync.Mutex
	at    int64 // the library's revision of what was told last
	story demo.Learned
}

func (a *App) newDemonstrations() *Demonstrations {
	return &Demonstrations{app: a, Demos: demo.New(demo.Config{Settings: a.Settings, Runs: a.Runs, Engine: a.Engine, Plan: a.demoPlan, Tasks: DemoTasks, Logger: a.cfg.Logger})}
}

// Learned returns what the library says now of the world of an environment, as the
// lines of its playbook.
func (d *Demonstrations) Learned(ctx context.Context, ref agent.EnvironmentRef) (demo.Learned, error) {
	env, _, done, err := d.app.glance(ref)
	if err != nil {
		return demo.Learned{}, err
	}
	defer done()
	scope := agent.ScopeOf(ref.Name, env)
	rules, err := d.app.Library.Usable(ctx, scope)
	if err != nil {
		return demo.Learned{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.story.Scope == scope && d.at == rules.Revision {
		return d.story, nil
	}
	learned := map[string]time.Time{}
	for _, h := range rules.Rules {
		learned[h.ID] = h.CreatedAt
	}
	story := demo.Learned{Scope: scope}
	for _, line := range d.app.Playbooks.Compose(agent.DescriptionOf(env), env.Actions(), rules, agent.PlaybookOptions{}).Lines {
		lesson := demo.Lesson{PlaybookLine: line}
		for _, id := range line.Rules {
			lesson.At = append(lesson.At, learned[id])
		}
		slices.SortFunc(lesson.At, time.Time.Compare)
		story.Lessons = append(story.Lessons, lesson)
	}
	d.at, d.story = rules.Revision, story
	return story, nil
}

// Together is how many tasks of an experiment are done at once.
func (d *Demonstrations) Together() int {
	if n := d.app.cfg.Workers; n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// Secrets opens the secrets of a world, none where its environment has none.
func (d *Demonstrations) Secrets(ref agent.EnvironmentRef) (reveal.Secrets, error) {
	env, _, done, err := d.app.glance(ref)
	if err != nil {
		return reveal.Secrets{}, err
	}
	defer done()
	if r, ok := env.(reveal.Revealer); ok {
		return r.Secrets(), nil
	}
	return reveal.Secrets{}, nil
}
