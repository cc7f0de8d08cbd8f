package maze_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/environments/maze"
)

// TestSuite holds every preset, and the largest maze, to what all environments
// must keep.
func TestSuite(t *testing.T) {
	configs := map[string]agent.Object{"largest": `{"keys":4,"one_way":12,"size":12}`}
	for _, p := range maze.Presets() {
		configs[p.Name] = p.Config
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			conformance.Environment(t, func() agent.Environment {
				m, err := maze.New(config)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}, agent.Task{Purpose: maze.DefaultPurpose, Seed: 1}, agent.Task{Purpose: maze.CarryPurpose, Seed: 2})
		})
	}
}
