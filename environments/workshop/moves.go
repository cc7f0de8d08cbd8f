package workshop

import (
	"fmt"
	"slices"

	"purposeagent/agent"
)

// verb is what can be done.
type verb uint8

const (
	take verb = iota
	prepare
	work
	dye
	deliver
	giveBack
	carry    // rich
	dressing // rich: applies a mordant
)

// move is one action with its argument and piece.
type move struct {
	verb  verb
	value uint8 // index of the argument in its words
	piece uint8
}

// rules of speech: how each verb is announced.
type phrase struct {
	name, text  string
	param, hint string
	values      []string
	rich        bool
}

// phrases lists the verbs in the order in which legal actions come.
var phrases = [...]phrase{
	take:     {name: "take", text: "Put a piece from the shelf on the free bench."},
	prepare:  {name: "prepare", text: "Prepare the piece on the bench. Each material wants one certain preparation before it can be worked.", param: "how", hint: "the preparation", values: preparations[:]},
	work:     {name: "work", text: "Work the piece. Only a rightly prepared piece can be worked, and a wrong operation breaks it.", param: "operation", hint: "the operation", values: operations[:]},
	dye:      {name: "dye", text: "Dye the piece. Each pigment gives one certain colour.", param: "pigment", hint: "the pigment", values: pigments[:]},
	deliver:  {name: "deliver", text: "Offer the piece to the customer, who takes it only if it is what was ordered."},
	giveBack: {name: "return", text: "Put the piece back on the shelf, as it is."},
	carry:    {name: "carry", text: "Bring the piece to a station. Each operation works at one certain station only.", param: "station", hint: "the station", values: stations[:], rich: true},
	dressing: {name: "treat", text: "Treat the piece with a mordant. A dye holds only on a material that was treated with its own.", param: "mordant", hint: "the mordant", values: mordants[:], rich: true},
}

// speech is the actions of a level. It is immutable.
type speech struct {
	specs   []agent.ActionSpec
	actions map[move]agent.Action
	moves   map[string]move // by action key
	onShelf [pieceCount][]agent.Action
	onBench [pieceCount][]agent.Action
}

// newSpeech lists everything that can be said at a level.
func newSpeech(level string) *speech {
	s := &speech{actions: map[move]agent.Action{}, moves: map[string]move{}}
	for v, p := range phrases {
		if p.rich && level != LevelRich {
			continue
		}
		spec := agent.ActionSpec{Name: p.name, Description: p.text}
		if p.param != "" {
			spec.Params = append(spec.Params, agent.ParamSpec{Name: p.param, Description: p.hint, Type: "string", Enum: p.values})
		}
		spec.Params = append(spec.Params, agent.ParamSpec{Name: "piece", Description: "the piece's name, such as piece1", Type: "string", Role: agent.RoleThing})
		s.specs = append(s.specs, spec)
		for i := range pieceCount {
			s.addPiece(verb(v), p, i)
		}
	}
	return s
}

func (s *speech) addPiece(v verb, p phrase, i int) {
	for value := range max(len(p.values), 1) {
		pairs := []string{"piece", pieceName(i)}
		if p.param != "" {
			pairs = append(pairs, p.param, p.values[value])
		}
		m := move{v, uint8(value), uint8(i)}
		a := agent.NewAction(p.name, pairs...)
		s.actions[m], s.moves[a.Key()] = a, m
		if v == take {
			s.onShelf[i] = append(s.onShelf[i], a)
		} else {
			s.onBench[i] = append(s.onBench[i], a)
		}
	}
}

// parse reads an action. Errors are CodeInvalid and say what is allowed.
func (s *speech) parse(a agent.Action) (move, error) {
	if m, ok := s.moves[a.Key()]; ok {
		return m, nil
	}
	if a.Name == agent.Done {
		return move{}, agent.Errorf(agent.CodeInvalid, "DONE ends a run; it is not an action of the workshop")
	}
	if err := agent.CheckAction(s.specs, a); err != nil {
		return move{}, err
	}
	return move{}, agent.Errorf(agent.CodeInvalid, "there is no piece %q; the pieces are piece1 to piece%d", shorten(a.Param("piece")), pieceCount)
}

// legal lists what can be done, in a fixed order.
func (w *world) legal(s *shop, speech *speech) []agent.Action {
	if w.over(s) {
		return nil
	}
	if i := s.held(); i >= 0 {
		list := speech.onBench[i]
		if w.level != LevelRich {
			return slices.Clone(list) // the caller may sort it
		}
		out := make([]agent.Action, 0, len(list))
		for _, a := range list {
			if m := speech.moves[a.Key()]; m.verb != carry || placeStation+m.value != s.pieces[i].place {
				out = append(out, a)
			}
		}
		return out
	}
	out := make([]agent.Action, 0, pieceCount)
	for i, p := range s.pieces {
		if p.place == placeShelf {
			out = append(out, speech.onShelf[i]...)
		}
	}
	return out
}

// allowed reports whether a move can be done with the pieces where they are.
func allowed(s *shop, m move) bool {
	p, held := s.pieces[m.piece], s.held()
	switch {
	case p.place >= placeDelivered:
		return false
	case m.verb == take:
		return held < 0
	}
	return p.place != placeShelf && (m.verb != carry || p.place != placeStation+m.value)
}

// check says why a move is not allowed, or nothing.
func check(s *shop, m move) error {
	if allowed(s, m) {
		return nil
	}
	p, name := s.pieces[m.piece], pieceName(int(m.piece))
	held := s.held()
	switch {
	case p.place >= placeDelivered:
		return agent.Errorf(agent.CodeInvalid, "%s is no longer here", name)
	case m.verb == take && held == int(m.piece):
		return agent.Errorf(agent.CodeInvalid, "%s is already on the %s", name, placeWord(p.place))
	case m.verb == take:
		return agent.Errorf(agent.CodeInvalid, "there is room for one piece only; return %s first", pieceName(held))
	case p.place == placeShelf:
		return agent.Errorf(agent.CodeInvalid, "%s is on the shelf; take it first", name)
	}
	return agent.Errorf(agent.CodeInvalid, "%s is already at the %s", name, placeWord(p.place))
}

// do makes a move that is allowed, and says what happened.
func (w *world) do(s *shop, m move) string {
	p := &s.pieces[m.piece]
	name := pieceName(int(m.piece))
	switch m.verb {
	case take:
		p.place = placeBench
		return "You put " + name + " on the bench."
	case giveBack:
		p.place = placeShelf
		return "You put " + name + " back on the shelf."
	case carry:
		p.place = placeStation + m.value
		return "You bring " + name + " to the " + stations[m.value] + "."
	case prepare:
		return "You " + preparations[m.value] + " " + name + ": " + w.doPrepare(s, p, m.value)
	case work:
		return "You " + operations[m.value] + " " + name + ": " + w.doWork(s, p, m.value)
	case dressing:
		p.mordant = m.value + 1
		return "You treat " + name + " with " + mordants[m.value] + "."
	case dye:
		if w.level == LevelRich && p.mordant != w.mordant[p.material] {
			return "You dye " + name + " with " + pigments[m.value] + ": it washes off."
		}
		p.colour = w.colourOf[m.value]
		return "You dye " + name + " with " + pigments[m.value] + ": it is now " + colours[p.colour-1] + "."
	case deliver:
		return w.doDeliver(s, p, name)
	}
	panic(fmt.Sprintf("workshop: verb %d", m.verb)) // parse makes no other
}

func (w *world) doPrepare(s *shop, p *piece, how uint8) string {
	material := materials[p.material]
	switch {
	case how == w.preparation[p.material]:
		p.prep = prepRight
		return "that suits the " + material + "."
	case w.level == LevelRich && how == w.hazard[p.material]:
		return "the " + material + " cracks" + s.lose(p)
	}
	p.prep = prepWrong
	return "that does not suit the " + material + "."
}

func (w *world) doWork(s *shop, p *piece, operation uint8) string {
	switch {
	case p.prep != prepRight:
		return "nothing happens, it is not rightly prepared."
	case w.level == LevelRich && p.place != w.station[operation]:
		return "nothing happens, this is not the place for it."
	}
	next := w.nodes[p.node].next[operation]
	if next < 0 {
		return "it breaks" + s.lose(p)
	}
	p.node = uint8(next)
	said := "it is now " + w.nodes[next].stage
	if kind := w.nodes[next].kind; kind >= 0 {
		said = "it is now a " + kinds[kind]
	}
	if w.scrapes[operation] && p.colour != none {
		p.colour = none
		return said + ", and its dye came off."
	}
	return said + "."
}

// lose takes a piece away. With random rewards a new one comes in its place,
// so that no action can end the episode.
func (s *shop) lose(p *piece) string {
	if s.chance.on {
		*p = piece{material: p.material, place: placeShelf}
		return "; a new one comes to the shelf."
	}
	p.place = placeGone
	return " and is thrown away."
}

func (w *world) doDeliver(s *shop, p *piece, name string) string {
	if s.chance.on {
		p.place = placeShelf
		return "You offer " + name + ": the customer looks at it and leaves it on the shelf."
	}
	if !w.fills(s.order, *p) {
		return "You offer " + name + ": it is not what was ordered."
	}
	p.place = placeDelivered
	return "You deliver " + name + ": it is what was ordered."
}

// fills reports whether the piece is what was ordered.
func (w *world) fills(o order, p piece) bool {
	return w.left[o.kind][p.node] == 0 && (o.material == none || p.material == o.material-1) &&
		(o.colour == none || p.colour == o.colour)
}
