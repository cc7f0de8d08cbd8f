package household_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/environments/household"
)

// TestSuite holds every preset, and the other settings, to what all environments
// must keep.
func TestSuite(t *testing.T) {
	configs := map[string]agent.Object{"test": `{"split":"test","world":7}`, "new kinds": `{"kinds":"new","size":"small"}`, "random large": `{"rewards":"random","size":"large","draw":3}`}
	for _, p := range household.Presets("suite") {
		configs[p.Name] = p.Config
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			fresh := func() agent.Environment {
				h, err := household.New(config, "suite")
				if err != nil {
					t.Fatal(err)
				}
				return h
			}
			var tasks []agent.Task
			for seed := range int64(2) {
				purpose, err := household.DrawPurpose(config, "suite", seed)
				if err != nil {
					t.Fatal(err)
				}
				tasks = append(tasks, agent.Task{Purpose: purpose, Seed: seed})
			}
			conformance.Environment(t, fresh, tasks...)
		})
	}
}
