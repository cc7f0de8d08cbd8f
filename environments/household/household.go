package household

import (
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/reveal"
	"purposeagent/environments/laws"
)

// Household is one house as an environment. All of an episode is in its states, so a
// Household is immutable, safe for concurrent use, and goes on from any state that
// it made.
type Household struct {
	config Config
	world  *world
	tag    [tagBytes]byte
	specs  []agent.ActionSpec
	seal   string
}

var (
	_ agent.Environment = (*Household)(nil)
	_ agent.Verifier    = (*Household)(nil)
	_ agent.Potential   = (*Household)(nil)
	_ agent.Legal       = (*Household)(nil)
	_ agent.Describer   = (*Household)(nil)
	_ agent.Picturer    = (*Household)(nil)
	_ agent.Restorer    = (*Household)(nil)
	_ reveal.Revealer   = (*Household)(nil)
	_ agent.TaskChecker = (*Household)(nil)
)

// New returns the house that the configuration asks for, among those that belong to
// the install seed. Errors are CodeInvalid, with a message per property.
func New(config agent.Object, installSeed string) (*Household, error) {
	c, err := ParseConfig(config)
	if err != nil {
		return nil, err
	}
	if installSeed == "" {
		return nil, agent.Errorf(agent.CodeInvalid, "a household needs an install seed to draw its habits from")
	}
	w := newWorld(laws.WorldSeed(installSeed, "household", c.World), c.Size)
	return &Household{config: c, world: w, tag: w.tag(), specs: w.specs(), seal: laws.Seal(w.seed)}, nil
}

// DrawPurpose returns what the DrawPurpose of New's household would. Errors are as
// for New.
func DrawPurpose(config agent.Object, installSeed string, seed int64) (string, error) {
	h, err := New(config, installSeed)
	if err != nil {
		return "", err
	}
	return h.DrawPurpose(seed), nil
}

// Config returns the configuration with its defaults filled in.
func (h *Household) Config() Config { return h.config }

// DrawPurpose returns the task that belongs to the seed, within the split.
func (h *Household) DrawPurpose(seed int64) string {
	return h.world.drawGoal(h.config, seed).text()
}

// Actions announces the verbs.
func (h *Household) Actions() []agent.ActionSpec { return h.specs }

// Describe tells how to read the state. It reveals no habit.
func (h *Household) Describe() agent.Description {
	dynamics := "house-" + h.seal[:8] + "-" + h.config.Size
	if h.config.Rewards == RewardsRandom {
		dynamics += "-random" // what is learned there is noise and stays there
	}
	var names []string
	for _, k := range h.world.inventory() {
		names = append(names, kindName(k))
	}
	return agent.Description{
		Text: "You are in a house of several rooms and see only the room you are in, and nothing of what is inside closed furniture. " +
			"You can hold one thing at a time. Kinds of things have places where they are usually kept. " +
			"To clean, heat, cool or examine a thing, hold it and use a tool of the room: which tool works on which material, " +
			"and whether it must be switched on, opened or closed before, is for you to find out. Where a tool doesn't work, nothing happens. " +
			"The episode ends when the task is fulfilled.",
		Dynamics: dynamics, Milestones: h.milestones(),
		State: agent.StateSpec{Things: "/things", Held: "/held", Place: "/place", Phrases: featureWords(), Vocabulary: map[string][]string{
			"kind":     names,
			"material": slices.Clone(materials[:h.world.materials]),
			"warmth":   slices.Clone(warmths[:]),
			"washed":   slices.Clone(washed[:]),
			"at":       append(slices.Clone(stores[:h.world.stores]), atFloor, atHand),
		}},
	}
}

// milestones lie between a task and its end, whatever the habits of the house are.
func (h *Household) milestones() []string {
	return []string{
		"a thing of the kind asked for is in sight",
		"it is in the hand",
		"it is clean, hot or cold where that is asked",
		"the place where it shall be is reached and open, or the light that shows it",
		"it is where it was asked for, or was examined",
	}
}

// Reset reads the task from the purpose and draws the day from the seed. There are
// always things enough. Errors: CodeInvalid for a purpose that is no task here.
func (h *Household) Reset(_ context.Context, task agent.Task) (agent.State, error) {
	s, err := h.begin(task)
	if err != nil {
		return agent.State{}, err
	}
	return h.state(&s, dayBegins), nil
}

// CheckTask says whether the purpose is a task of this house, and the initial state,
// where the task has one, a state of it.
func (h *Household) CheckTask(task agent.Task) error {
	if _, err := h.world.readGoal(task.Purpose); err != nil {
		return err
	}
	return agent.CheckInitialState(h, task)
}

// begin returns the first moment of a task.
func (h *Household) begin(task agent.Task) (day, error) {
	g, err := h.world.readGoal(task.Purpose)
	if err != nil {
		return day{}, err
	}
	s := h.world.drawDay(g, task.Seed)
	if h.config.Rewards == RewardsRandom {
		d := laws.NewDraw(h.world.seed, "random rewards", h.config.Draw, task.Seed)
		s.chance = chance{on: true, won: d.Intn(2) == 0, key: d.Uint64(), last: uint16(8 + d.Intn(17))}
	}
	return s, nil
}

func (h *Household) state(s *day, last string) agent.State {
	return agent.State{Data: h.world.data(s), Summary: h.world.summary(s, last), Hidden: s.encode(h.tag)}
}

// Execute does the action. Errors: CodeInvalid for an action that can't be done
// here; the state stays as it was.
func (h *Household) Execute(_ context.Context, action agent.Action, state agent.State) (agent.State, error) {
	s, err := h.world.decode(state.Hidden, h.tag)
	if err != nil {
		return agent.State{}, err
	}
	m, err := h.world.parse(&s, h.specs, action)
	if err != nil {
		return agent.State{}, err
	}
	last := h.world.do(&s, m)
	if s.chance.on {
		s.chance.now++
	}
	return h.state(&s, last), nil
}

// IsTerminal reports whether the task is fulfilled.
func (h *Household) IsTerminal(state agent.State) bool {
	s, err := h.world.decode(state.Hidden, h.tag)
	return err == nil && h.world.over(&s)
}

// LegalActions lists what can be done, in a fixed order; nothing in a state that
// ended or that the household did not make.
func (h *Household) LegalActions(state agent.State) []agent.Action {
	s, err := h.world.decode(state.Hidden, h.tag)
	if err != nil {
		return nil
	}
	moves := h.world.moves(&s)
	list := make([]agent.Action, len(moves))
	for i, m := range moves {
		list[i] = h.world.action(&s, m)
	}
	return list
}

// Verify says whether the task is fulfilled. With random rewards it says what was
// drawn before the first action, at the end of the episode.
func (h *Household) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	s, err := h.world.decode(state.Hidden, h.tag)
	if err != nil {
		return agent.Verdict{}, err
	}
	success := h.world.over(&s)
	if s.chance.on {
		success = success && s.chance.won
	}
	return agent.Verdict{Success: success, Score: float64(bit(success))}, nil
}

// Potential returns Φ = 7·(1 − d/(d₀+2)) from the exact number of actions left, d,
// and at the start, d₀; 7/((d₀+2)·(d−d₀)) from d = d₀+2 on; 10 at the end.
func (h *Household) Potential(state agent.State) (float64, error) {
	s, err := h.world.decode(state.Hidden, h.tag)
	if err != nil {
		return 0, err
	}
	return h.world.potential(&s), nil
}

// Optimum returns the least number of actions that fulfil the task. With random
// rewards no action matters, and the optimum is the one with real rewards. Errors:
// CodeInvalid for a purpose that is no task here.
func (h *Household) Optimum(task agent.Task) (int, error) {
	s, err := h.begin(task)
	if err != nil {
		return 0, err
	}
	return h.world.distance(&s), nil
}

// Restore checks that the state is of this house. Nothing else is needed: all of an
// episode is in its states.
func (h *Household) Restore(_ context.Context, _ agent.Task, state agent.State) error {
	_, err := h.world.decode(state.Hidden, h.tag)
	return err
}
