package workshop

import (
	"context"

	"purposeagent/agent"
	"purposeagent/environments/laws"
)

// Workshop is one secret world as an environment. All of an episode is in its
// states, so a Workshop is immutable, safe for concurrent use, and goes on
// from any state that it made.
type Workshop struct {
	config     Config
	world      *world
	tag        [tagBytes]byte
	speech     *speech
	commitment string
}

var (
	_ agent.Environment = (*Workshop)(nil)
	_ agent.Verifier    = (*Workshop)(nil)
	_ agent.Potential   = (*Workshop)(nil)
	_ agent.Legal       = (*Workshop)(nil)
	_ agent.Describer   = (*Workshop)(nil)
	_ agent.Picturer    = (*Workshop)(nil)
	_ agent.Restorer    = (*Workshop)(nil)
	_ agent.TaskChecker = (*Workshop)(nil)
)

// New returns the workshop that the configuration asks for, among the worlds
// that belong to the install seed. Errors are CodeInvalid, with a message per
// property.
func New(config agent.Object, installSeed string) (*Workshop, error) {
	c, w, err := openWorld(config, installSeed)
	if err != nil {
		return nil, err
	}
	return &Workshop{config: c, world: w, tag: w.tag(), speech: newSpeech(c.Level), commitment: laws.Seal(w.seed)}, nil
}

// DrawPurpose returns what the DrawPurpose of New's workshop would, for less.
// Errors are as for New.
func DrawPurpose(config agent.Object, installSeed string, seed int64) (string, error) {
	c, w, err := openWorld(config, installSeed)
	if err != nil {
		return "", err
	}
	return w.drawOrder(c.Split, seed).text(), nil
}

func openWorld(config agent.Object, installSeed string) (Config, *world, error) {
	c, err := ParseConfig(config)
	if err != nil {
		return Config{}, nil, err
	}
	if installSeed == "" {
		return Config{}, nil, agent.Errorf(agent.CodeInvalid, "a workshop needs an install seed to draw its secrets from")
	}
	return c, newWorld(laws.WorldSeed(installSeed, "workshop", c.World), c.Level), nil
}

// Config returns the configuration with its defaults filled in.
func (w *Workshop) Config() Config { return w.config }

// Commitment returns the SHA-256 of the world's seed in hex. Shown before
// training, it proves later that the revealed world is the one trained in.
func (w *Workshop) Commitment() string { return w.commitment }

// DrawPurpose returns the order that belongs to the seed, within the split.
func (w *Workshop) DrawPurpose(seed int64) string {
	return w.world.drawOrder(w.config.Split, seed).text()
}

// Actions announces the verbs.
func (w *Workshop) Actions() []agent.ActionSpec { return w.speech.specs }

// Describe tells how to read the state. It reveals no secret.
func (w *Workshop) Describe() agent.Description {
	text := "A workshop fills one order for one customer. Pieces of material lie on a shelf; one at a time goes on the bench. " +
		"A piece must be prepared in the way that suits its material before it can be worked; the operations that make each kind of thing, " +
		"and their order, are for you to find out, and a wrong operation breaks the piece. Each pigment gives one colour. " +
		"An order without a material or a colour leaves it open. A wrong delivery is refused and costs only the step. " +
		"The episode ends when the order is filled, or when no piece is left that could fill it."
	places := []string{"shelf", "bench", "delivered"}
	vocabulary := map[string][]string{
		"material": append([]string(nil), materials[:]...),
		"prepared": append([]string(nil), prepWords[:]...),
		"stage":    append([]string{"raw"}, kinds[:]...),
		"colour":   append([]string{"plain"}, colours[:]...),
	}
	longest := maxChain - 1
	if w.config.Level == LevelRich {
		text += " Each operation works at one certain station only, and some take the dye off. Some preparations ruin a material. " +
			"A dye holds only on a piece that was treated with the mordant of its material."
		places = append(places, stations[:]...)
		vocabulary["mordant"] = append([]string{"none"}, mordants[:]...)
		longest = maxChain
	}
	for i := range longest {
		for _, word := range worked {
			vocabulary["stage"] = append(vocabulary["stage"], word+string(rune('1'+i)))
		}
	}
	vocabulary["place"] = places
	dynamics := "world-" + w.commitment[:8] + "-" + w.config.Level
	if w.config.Rewards == RewardsRandom {
		dynamics += "-random" // what is learned there is noise and stays there
	}
	return agent.Description{Text: text, Dynamics: dynamics, Milestones: milestones[:],
		State: agent.StateSpec{Things: "/things", Held: "/held", Vocabulary: vocabulary, Phrases: featureWords()}}
}

// milestones lie between an order and its delivery, whatever the secret rules are.
var milestones = [...]string{
	"a piece that may become what was ordered is on the bench",
	"it is rightly prepared",
	"it was worked without breaking, and fits the order better than before",
	"it is the thing ordered, in the colour ordered",
	"it is delivered",
}

// Reset reads the order from the task's purpose and draws the pieces from its
// seed. At least three pieces are of a material that fits, so every order can
// be filled. Errors: CodeInvalid for a purpose that is not an order.
func (w *Workshop) Reset(_ context.Context, task agent.Task) (agent.State, error) {
	s, err := w.open(task)
	if err != nil {
		return agent.State{}, err
	}
	return w.state(&s, orderIsIn), nil
}

// CheckTask says whether the purpose is an order, and the initial state, where
// the task has one, a state of this world.
func (w *Workshop) CheckTask(task agent.Task) error {
	if _, err := parseOrder(task.Purpose); err != nil {
		return err
	}
	return agent.CheckInitialState(w, task)
}

// open returns the first moment of a task.
func (w *Workshop) open(task agent.Task) (shop, error) {
	o, err := parseOrder(task.Purpose)
	if err != nil {
		return shop{}, err
	}
	s := shop{order: o}
	d := laws.NewDraw(w.world.seed, w.config.Level, "pieces", o.text(), task.Seed)
	s.pieces = w.world.drawPieces(o, d)
	s.start = uint8(w.world.distance(&s))
	if w.config.Rewards == RewardsRandom {
		c := laws.NewDraw(w.world.seed, "random rewards", w.config.Draw, task.Seed)
		s.chance = chance{on: true, won: c.Intn(2) == 0, key: c.Uint64(), last: uint16(8 + c.Intn(17))}
	}
	return s, nil
}

func (w *Workshop) state(s *shop, last string) agent.State {
	if !s.chance.on && !s.delivered() && w.world.over(s) {
		last += " No piece is left that could fill the order."
	}
	return agent.State{Data: w.world.data(s, last), Summary: w.world.summary(s, last), Hidden: s.encode(w.tag)}
}

// Execute does the action. Errors: CodeInvalid for an action that can't be
// done here; the state stays as it was.
func (w *Workshop) Execute(_ context.Context, action agent.Action, state agent.State) (agent.State, error) {
	s, err := w.world.decode(state.Hidden, w.tag)
	if err != nil {
		return agent.State{}, err
	}
	m, err := w.speech.parse(action)
	if err != nil {
		return agent.State{}, err
	}
	if w.world.over(&s) {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the episode is over; start another one")
	}
	if err := check(&s, m); err != nil {
		return agent.State{}, err
	}
	last := w.world.do(&s, m)
	if s.chance.on {
		s.chance.now++
	}
	return w.state(&s, last), nil
}

// IsTerminal reports whether the order is filled or can't be filled any more.
func (w *Workshop) IsTerminal(state agent.State) bool {
	s, err := w.world.decode(state.Hidden, w.tag)
	return err == nil && w.world.over(&s)
}

// LegalActions lists what can be done, in a fixed order; nothing in a state
// that ended or that the workshop did not make.
func (w *Workshop) LegalActions(state agent.State) []agent.Action {
	s, err := w.world.decode(state.Hidden, w.tag)
	if err != nil {
		return nil
	}
	return w.world.legal(&s, w.speech)
}

// Verify says whether the order is filled. With random rewards it says what
// was drawn before the first action, at the end of the episode.
func (w *Workshop) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	s, err := w.world.decode(state.Hidden, w.tag)
	if err != nil {
		return agent.Verdict{}, err
	}
	success := s.delivered()
	if s.chance.on {
		success = s.chance.won && w.world.over(&s)
	}
	return agent.Verdict{Success: success, Score: float64(bit(success))}, nil
}

// Potential returns Φ = 9·(1 − x/(d₀+2)) from the exact distance to the delivery
// and the number of pieces wasted, x = d + g, and the distance d₀ at the start;
// 9/((d₀+2)·(x−d₀)) from x = d₀+2 on; 10 when the order is filled. So to break what
// might still serve is never progress, and what leaves the way as long as it was is
// flat.
func (w *Workshop) Potential(state agent.State) (float64, error) {
	s, err := w.world.decode(state.Hidden, w.tag)
	if err != nil {
		return 0, err
	}
	return w.world.potential(&s), nil
}

// Restore checks that the state is of this world. Nothing else is needed: all
// of an episode is in its states.
func (w *Workshop) Restore(_ context.Context, _ agent.Task, state agent.State) error {
	_, err := w.world.decode(state.Hidden, w.tag)
	return err
}
