package app

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"purposeagent/agent"
	"purposeagent/internal/engine"
)

// Launch starts the runs of a spec. Where the environment draws its tasks and
// the purpose was left out, each seed gets its own.
func (a *App) Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error) {
	kind, err := a.Registry.Kind(spec.Environment.Name)
	if err != nil { // in a spec it is a wrong field, not a missing page
		return nil, agent.InvalidFields(map[string]string{"environment.name": agent.MessageOf(err)})
	}
	if spec.Purpose != "" || kind.DrawPurpose == nil {
		return a.Engine.Launch(ctx, spec)
	}
	if spec.Seed == 0 {
		spec.Seed = drawSeed()
	}
	spec = spec.WithDefaults()
	config, err := a.Registry.Check(kind.Name, spec.Environment.Config)
	if err != nil {
		return nil, err
	}
	if spec.Repeats <= 1 || spec.Repeats > agent.MaxRepeats { // too many is the engine's to refuse
		if spec.Purpose, err = kind.DrawPurpose(config, spec.Seed); err != nil {
			return nil, err
		}
		return a.Engine.Launch(ctx, spec)
	}
	planned := make([]engine.Planned, spec.Repeats)
	for i := range planned {
		one := spec
		one.Repeats, one.Seed = 1, spec.Seed+int64(i)
		if one.Purpose, err = kind.DrawPurpose(config, one.Seed); err != nil {
			return nil, err
		}
		planned[i] = engine.Planned{Spec: one, Seed: one.Seed, Label: repeatLabel(i)}
	}
	group, err := a.Engine.LaunchGroup(ctx, planned)
	if err != nil {
		return nil, err
	}
	return a.Runs.Group(ctx, group)
}

// drawSeed draws a seed for a run whose launcher gave none.
func drawSeed() int64 {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails, by its documentation
	return int64(binary.LittleEndian.Uint64(raw[:]) >> 34)
}

func repeatLabel(i int) string { return fmt.Sprintf("run %d", i+1) }
