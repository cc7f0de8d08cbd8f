//go:build !race

package remote_test

import (
	"fmt"
	"os"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
	"purposeagent/environments/remote"
)

// pupil learns a world from outcomes alone, through the orchestrator.
type pupil struct {
	t         *testing.T
	env       agent.Environment
	config    agent.Object
	library   *rulestore.Memory
	replay    *replay.ExperienceReplay
	optimizer *learning.HeuristicOptimizer
	estimate  *reasoner.Estimator
}

func newPupil(t *testing.T, world int) *pupil {
	p := &pupil{t: t, config: greenhouse(t, world, "train"), library: rulestore.NewMemory(nil), replay: replay.New(500)}
	p.env = open(t, p.config, remote.Options{})
	var err error
	p.optimizer, err = learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: p.library, Replay: p.replay,
		Distiller: distiller.New(distiller.Config{Replay: p.replay})})
	if err != nil {
		t.Fatal(err)
	}
	p.estimate = reasoner.NewEstimator(reasoner.EstimatorConfig{Replay: p.replay, Scope: agent.ScopeOf("remote", p.env), World: agent.DescriptionOf(p.env)})
	return p
}

// tasks works n tasks and returns the share that was solved.
func (p *pupil) tasks(from, n, limit int, memory, learn bool) float64 {
	p.t.Helper()
	solved := 0
	for i := range n {
		seed := int64(from + i)
		o, err := agent.NewOrchestrator(agent.Config{Environment: p.env, EnvironmentName: "remote",
			Actor: reasoner.NewActor(reasoner.ActorConfig{}), Critic: reasoner.NewCritic(p.env, p.estimate),
			Memory: agent.MemoryConfig{Optimizer: p.optimizer, Replay: p.replay, Library: p.library, Recall: memory, Learn: learn}})
		if err != nil {
			p.t.Fatal(err)
		}
		r, err := o.Run(p.t.Context(), fmt.Sprintf("run-%v-%v-%d", memory, learn, seed),
			agent.Task{Purpose: p.purpose(seed), Seed: seed, MaxSteps: limit, EarlyStopPhi: agent.MaxPhi})
		if err != nil {
			p.t.Fatal(err)
		}
		if r.Success {
			solved++
		}
	}
	return float64(solved) / float64(n)
}

// purpose is drawn by the seed, as the program would draw it.
func (p *pupil) purpose(seed int64) string {
	purposes := []string{"raise a fern", "raise a cactus", "raise an orchid", "raise a tomato"}
	return purposes[seed%int64(len(purposes))]
}

// TestGreenhouseIsLearned holds that the offline reasoner gets better in a
// program that it knows nothing of, from outcomes alone.
func TestGreenhouseIsLearned(t *testing.T) {
	worlds := []int{1, 2, 3}
	if os.Getenv("GREENHOUSE_WORLDS") != "" {
		worlds = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	}
	for _, world := range worlds {
		p := newPupil(t, world)
		off := p.tasks(900_000, 40, 12, false, false)
		p.tasks(1, 100, 40, true, true)
		on := p.tasks(900_000, 40, 12, true, false)
		t.Logf("world %d: solved %.2f without memory, %.2f after 100 tasks", world, off, on)
		if on-off < 0.3 {
			t.Errorf("world %d: on − off = %.2f, want at least 0.3", world, on-off)
		}
	}
}
