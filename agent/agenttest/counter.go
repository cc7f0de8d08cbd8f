package agenttest

import (
	"context"
	"fmt"
	"math"

	"purposeagent/agent"
)

// Counter is a small world: a number that "add" and "sub" move by 1 or 5, to
// be brought to a target. It knows the truth (Verify), its own Φ (Potential)
// and what is legal; all of it is in the state, so it can be restored.
type Counter struct {
	*agent.SimpleEnvironment
	// Target to reach; 0 draws one of 3 to 12 by the task's seed.
	Target int
}

var (
	_ agent.Environment = (*Counter)(nil)
	_ agent.Verifier    = (*Counter)(nil)
	_ agent.Potential   = (*Counter)(nil)
	_ agent.Legal       = (*Counter)(nil)
	_ agent.Describer   = (*Counter)(nil)
	_ agent.Restorer    = (*Counter)(nil)
)

// CounterLimit bounds the number on both sides.
const CounterLimit = 50

type counterState struct {
	Value  int                          `json:"value"`
	Target int                          `json:"target"`
	Things map[string]map[string]string `json:"things"`
}

// NewCounter returns a counter with the target; 0 draws it by the task's seed.
func NewCounter(target int) *Counter {
	c := &Counter{Target: target}
	by := []agent.ParamSpec{{Name: "by", Type: "integer", Description: "1 or 5"}}
	c.SimpleEnvironment = &agent.SimpleEnvironment{
		Specs: []agent.ActionSpec{
			{Name: "add", Description: "raise the number", Params: by},
			{Name: "sub", Description: "lower the number", Params: by},
		},
		Info: agent.Description{
			Text: "A number that can be raised and lowered.",
			State: agent.StateSpec{Things: "/things",
				Vocabulary: map[string][]string{"side": {"below", "above", "at"}}},
		},
		ResetFunc:    c.reset,
		ExecuteFunc:  executeCounter,
		TerminalFunc: func(s agent.State) bool { v, err := readCounter(s); return err == nil && v.Value == v.Target },
		LegalFunc:    legalCounter,
	}
	return c
}

// Add returns the action that raises the number.
func Add(by int) agent.Action { return move("add", by) }

// Sub returns the action that lowers the number.
func Sub(by int) agent.Action { return move("sub", by) }

func move(name string, by int) agent.Action {
	return agent.Action{Name: name, Params: agent.MustObject(map[string]int{"by": by})}
}

// CounterTask returns a task for a Counter.
func CounterTask(seed int64) agent.Task {
	return agent.Task{Purpose: "bring the number to the target", Seed: seed}.WithDefaults()
}

func (c *Counter) reset(_ context.Context, task agent.Task) (agent.State, error) {
	target := c.Target
	if target == 0 {
		target = 3 + int(uint64(task.Seed)%10)
	}
	return writeCounter(0, target)
}

func writeCounter(value, target int) (agent.State, error) {
	side := "below"
	switch {
	case value == target:
		side = "at"
	case value > target:
		side = "above"
	}
	return agent.NewState(counterState{value, target, map[string]map[string]string{"number": {"side": side}}},
		fmt.Sprintf("The number is %d, the target is %d.", value, target))
}

func readCounter(s agent.State) (counterState, error) {
	var v counterState
	err := s.Data.Decode(&v)
	return v, err
}

func executeCounter(_ context.Context, action agent.Action, state agent.State) (agent.State, error) {
	v, err := readCounter(state)
	if err != nil {
		return agent.State{}, agent.Wrap(agent.CodeInvalid, err, "this is not a state of a counter")
	}
	var params struct {
		By int `json:"by"`
	}
	if err := action.Params.Decode(&params); err != nil || params.By != 1 && params.By != 5 {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the number moves by 1 or 5")
	}
	switch action.Name {
	case "add":
		v.Value += params.By
	case "sub":
		v.Value -= params.By
	case agent.Done:
		return state, nil
	default:
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "unknown action %q", action.Name)
	}
	if v.Value < -CounterLimit || v.Value > CounterLimit {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the number stays within ±%d", CounterLimit)
	}
	return writeCounter(v.Value, v.Target)
}

func legalCounter(state agent.State) []agent.Action {
	v, err := readCounter(state)
	if err != nil {
		return nil
	}
	var legal []agent.Action
	for _, by := range []int{1, 5} {
		if v.Value+by <= CounterLimit {
			legal = append(legal, Add(by))
		}
		if v.Value-by >= -CounterLimit {
			legal = append(legal, Sub(by))
		}
	}
	return legal
}

// Verify says whether the number is at the target.
func (c *Counter) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	phi, err := c.Potential(state)
	return agent.Verdict{Success: phi == agent.MaxPhi, Score: phi / agent.MaxPhi}, err
}

// Potential is 10 / (1 + distance to the target).
func (c *Counter) Potential(state agent.State) (float64, error) {
	v, err := readCounter(state)
	if err != nil {
		return 0, agent.Wrap(agent.CodeInvalid, err, "this is not a state of a counter")
	}
	return agent.MaxPhi / (1 + math.Abs(float64(v.Value-v.Target))), nil
}
