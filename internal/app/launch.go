package app

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"

	"purposeagent/agent"
	"purposeagent/internal/engine"
)

// Launch starts what a spec asks for: one run, or as many as spec.Repeats says,
// which then share a group and have seeds that count up. A seed of 0 is drawn, and
// so is a purpose that was left out where the environment draws its tasks: each seed
// has its own. All is checked before anything is stored. Errors: CodeInvalid with a
// message per field.
func (a *App) Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error) {
	if spec = spec.WithDefaults(); spec.Seed == 0 { // before the check: an initial state may be of one seed only
		spec.Seed = drawSeed()
	}
	draw, err := a.drawing(spec)
	if err != nil {
		return nil, err
	}
	spec.Approval = a.approval(spec)
	if draw != nil {
		if spec.Purpose, err = draw(spec.Seed); err != nil {
			return nil, err
		}
	}
	if spec, err = a.check(ctx, spec); err != nil {
		return nil, err
	}
	plan := make([]engine.Planned, spec.Repeats)
	for i := range plan {
		plan[i] = engine.Planned{Spec: spec, Seed: spec.Seed + int64(i)}
		if len(plan) > 1 {
			plan[i].Label = fmt.Sprintf("run %d", i+1)
		}
		if draw != nil {
			if plan[i].Spec, err = a.drawn(spec, i, draw); err != nil {
				return nil, err
			}
		}
	}
	return a.Engine.Create(ctx, plan)
}

// approval is the policy that a spec means: what its environment asks for where
// nothing was said.
func (a *App) approval(spec agent.RunSpec) string {
	kind, err := a.Registry.Kind(spec.Environment.Name)
	switch policy := strings.TrimSpace(spec.Approval); {
	case err != nil:
		return spec.Approval
	case policy == "":
		return kind.Approval
	case policy == "none" && kind.Approval == "": // it says the same
		return ""
	}
	return spec.Approval
}

// drawing returns what draws the purpose of a seed; nil where the spec says it, or
// where the environment draws none. Errors: CodeInvalid with a message per field.
func (a *App) drawing(spec agent.RunSpec) (func(seed int64) (string, error), error) {
	kind, err := a.Registry.Kind(spec.Environment.Name)
	if err != nil { // in a spec it is a wrong field, not a missing page
		return nil, agent.InvalidFields(map[string]string{"environment.name": agent.MessageOf(err)})
	}
	if spec.Purpose != "" || kind.DrawPurpose == nil {
		return nil, nil
	}
	config, err := a.Registry.Check(kind.Name, spec.Environment.Config)
	if err != nil {
		return nil, err
	}
	return func(seed int64) (string, error) { return kind.DrawPurpose(config, seed) }, nil
}

// drawn returns the spec of the i-th run of a group whose runs have a task each.
// spec is the first's, which was checked.
func (a *App) drawn(spec agent.RunSpec, i int, draw func(seed int64) (string, error)) (_ agent.RunSpec, err error) {
	spec.Seed, spec.Repeats = spec.Seed+int64(i), 1
	if i == 0 {
		return spec, nil
	}
	if spec.Purpose, err = draw(spec.Seed); err != nil {
		return spec, err
	}
	return spec, a.checkTask(spec)
}

// drawSeed draws a seed for somebody who gave none: positive, and short enough
// to be read out and typed again.
func drawSeed() int64 {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails, by its documentation
	return 1 + int64(binary.LittleEndian.Uint64(raw[:])>>34)
}
