// Package maze is an environment: a treasure in a maze that is generated anew
// for every task seed, with coloured doors, keys and one-way passages.
//
// The actor sees the room it is in and nothing else. Room names are shuffled,
// so they are no compass; but they, the doors opened and the things held tell
// two different situations of one episode apart: equal observations are equal
// states. Distances are exact, from a search over the full state space.
package maze

import (
	"context"
	"encoding/json"

	"purposeagent/agent"
)

// Maze is the environment. One value serves one run at a time.
type Maze struct {
	config  config
	actions []agent.ActionSpec
	current *plan // the maze that was used last
}

var (
	_ agent.Environment = (*Maze)(nil)
	_ agent.Verifier    = (*Maze)(nil)
	_ agent.Potential   = (*Maze)(nil)
	_ agent.Legal       = (*Maze)(nil)
	_ agent.Describer   = (*Maze)(nil)
	_ agent.Picturer    = (*Maze)(nil)
	_ agent.Restorer    = (*Maze)(nil)
	_ agent.TaskChecker = (*Maze)(nil)
)

// New returns a maze environment for a configuration that fits Schema; what is
// left out gets its default. Errors are CodeInvalid with one message per
// setting.
func New(config agent.Object) (*Maze, error) {
	c, err := parseConfig(config)
	if err != nil {
		return nil, err
	}
	direction := agent.ParamSpec{Name: "direction", Type: "string", Role: agent.RolePassage, Enum: directions()}
	goThrough, unlock := direction, direction
	goThrough.Description = "the exit to walk through"
	unlock.Description = "the exit with the locked door"
	return &Maze{config: c, actions: []agent.ActionSpec{
		{Name: verbGo, Description: "Walk through an exit into the next room.", Params: []agent.ParamSpec{goThrough}},
		{Name: verbUnlock, Description: "Unlock a door of this room with a key of its colour that you carry. The key stays in the lock.", Params: []agent.ParamSpec{unlock}},
		{Name: verbTake, Description: "Take a thing that lies in this room.", Params: []agent.ParamSpec{
			{Name: "thing", Description: "its name", Type: "string", Role: agent.RoleThing}}},
	}}, nil
}

// Actions returns go, unlock and take. They are the same for every config.
func (m *Maze) Actions() []agent.ActionSpec { return m.actions }

// Describe tells how to read the state.
func (m *Maze) Describe() agent.Description {
	text := "You are in a maze of rooms and see only the room you are in. " +
		"Exits lead north, east, south or west. A locked door opens with the key of its colour, and then stays open. " +
		"A one-way passage can't be walked back. "
	if m.config.Goal == goalCarry {
		text += "Somewhere lies a treasure; carry it back to the gate, where you come in."
	} else {
		text += "Somewhere lies a treasure; the task ends when you take it."
	}
	return agent.Description{
		Text: text, Milestones: m.milestones(),
		State: agent.StateSpec{
			Things: "/things", Held: "/held", Place: "/place", Exits: "/exits",
			Vocabulary: map[string][]string{
				"kind":   {kindKey, kindTreasure, kindGate},
				"colour": colours(),
				"door":   {doorNone, doorLocked, doorOpen},
				"way":    {wayBoth, wayOne},
			},
			Phrases: featureWords(),
		},
	}
}

// milestones lie between the gate and the goal.
func (m *Maze) milestones() []string {
	way := []string{"a key that fits a locked door in the way is held", "a locked door in the way is open", "the treasure is in sight", "the treasure is held"}
	if m.config.Goal == goalCarry {
		way = append(way, "the treasure is back at the gate")
	}
	return way
}

// Reset generates the maze of the task's seed and enters it.
func (m *Maze) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	if err := ctx.Err(); err != nil {
		return agent.State{}, err
	}
	p, err := m.plan(task.Seed)
	if err != nil {
		return agent.State{}, err
	}
	return p.state(enter(p)), nil
}

// Restore makes the value ready to go on from a state of the same task. A
// state without bookkeeping is read from what can be observed in it. Errors:
// CodeInvalid for a state that is not of this maze.
func (m *Maze) Restore(ctx context.Context, task agent.Task, state agent.State) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := m.plan(task.Seed); err != nil {
		return err
	}
	p, _, err := m.read(state)
	if err == nil && p.seed != task.Seed {
		err = agent.Errorf(agent.CodeInvalid, "this state is of the maze with seed %d, and the task's seed is %d", p.seed, task.Seed)
	}
	return err
}

// CheckTask says whether the initial state, where the task has one, is of the
// maze of its seed. What a purpose says changes nothing here: the treasure is
// to be found.
func (m *Maze) CheckTask(task agent.Task) error { return agent.CheckInitialState(m, task) }

// Execute does one action. It depends on the action and the state only, not on
// what this value did before. Errors are CodeInvalid and say what can be done.
func (m *Maze) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	if err := ctx.Err(); err != nil {
		return agent.State{}, err
	}
	p, j, err := m.read(state)
	if err != nil {
		return agent.State{}, err
	}
	if err := agent.CheckAction(m.actions, action); err != nil {
		return agent.State{}, err
	}
	if action.Name == agent.Done {
		return state, nil
	}
	if p.won(j.position) {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "nothing is left to do in this maze")
	}
	after, err := p.act(action, j.position)
	if err != nil {
		return agent.State{}, err
	}
	return p.state(j.moveTo(after)), nil
}

// IsTerminal reports whether the goal is reached.
func (m *Maze) IsTerminal(state agent.State) bool {
	p, j, err := m.read(state)
	return err == nil && p.won(j.position)
}

// Verify says whether the goal is reached. There is no partial score: half
// the way is not half the treasure.
func (m *Maze) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	p, j, err := m.read(state)
	if err != nil {
		return agent.Verdict{}, err
	}
	if p.won(j.position) {
		return agent.Verdict{Success: true, Score: 1}, nil
	}
	return agent.Verdict{}, nil
}

// Potential returns Φ from the exact number of actions left, d, and the largest
// number that any state of this maze has left, D: 9·(1 − d/D), and 10 at the
// goal. So every step towards the goal or away from it shows, and Φ stays under
// 9, the default early stop, until the goal is really reached.
func (m *Maze) Potential(state agent.State) (float64, error) {
	p, j, err := m.read(state)
	if err != nil {
		return 0, err
	}
	d := p.left(j.position)
	switch d {
	case 0:
		return agent.MaxPhi, nil
	case none:
		return 0, nil
	}
	return 9 * (1 - float64(d)/float64(p.farthest)), nil
}

// LegalActions lists what can be done: passages clockwise from north, then
// doors, then things.
func (m *Maze) LegalActions(state agent.State) []agent.Action {
	p, j, err := m.read(state)
	if err != nil {
		return nil
	}
	var list []agent.Action
	p.successors(j.position, func(mv move, _ position) { list = append(list, p.action(mv)) })
	return list
}

// Optimum returns the least number of actions that solve the task.
func (m *Maze) Optimum(task agent.Task) (int, error) {
	p, err := m.plan(task.Seed)
	if err != nil {
		return 0, err
	}
	return p.optimum(), nil
}

func (p *plan) optimum() int { return p.left(p.startPosition()) }

// plan returns the maze of the seed, and keeps the last one.
func (m *Maze) plan(seed int64) (*plan, error) {
	if m.current != nil && m.current.seed == seed {
		return m.current, nil
	}
	p, err := generate(m.config, seed)
	if err != nil {
		return nil, err
	}
	m.current = p
	return p, nil
}

// read returns the maze and the journey of a state.
func (m *Maze) read(state agent.State) (*plan, journey, error) {
	if state.Hidden.IsEmpty() {
		if m.current == nil {
			return nil, journey{}, agent.Errorf(agent.CodeInvalid, "reset the maze before acting in it")
		}
		s, err := m.current.observed(state.Data)
		return m.current, m.current.journeyFrom(s), err
	}
	var h hidden
	if err := json.Unmarshal([]byte(state.Hidden), &h); err != nil {
		return nil, journey{}, agent.Wrap(agent.CodeInvalid, err, "this state was not made by a maze")
	}
	p, err := m.plan(h.Seed)
	if err != nil {
		return nil, journey{}, err
	}
	j, err := h.journey(p)
	return p, j, err
}
