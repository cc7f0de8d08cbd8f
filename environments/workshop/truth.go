package workshop

import (
	"purposeagent/agent"
)

// The secrets of a world as facts that learned rules can be held against. How
// a rule is put does not matter: what it says of actions is compared with what
// they do.

// Facts names the secrets that can be found by acting, in a fixed order; none
// where chance decides.
func (w *Workshop) Facts() []string {
	if w.config.Rewards == RewardsRandom {
		return nil
	}
	var facts []string
	for _, r := range w.Reveal().Rules {
		if r.About != AboutScrape { // it only matters to who dyes too early
			facts = append(facts, factName(r.About, r.Subject))
		}
	}
	return facts
}

func factName(about, subject string) string { return about + " of " + subject }

// Decides names the fact that makes the action right or wrong in the state; ""
// where no secret does, or the state is not of this world.
func (w *Workshop) Decides(state agent.State, action agent.Action) string {
	s, err := w.world.decode(state.Hidden, w.tag)
	if err != nil || s.chance.on {
		return ""
	}
	m, err := w.speech.parse(action)
	if err != nil || !allowed(&s, m) {
		return ""
	}
	return w.world.decides(&s, m)
}

func (w *world) decides(s *shop, m move) string {
	p := s.pieces[m.piece]
	material, rich := materials[p.material], w.level == LevelRich
	switch m.verb {
	case prepare:
		switch {
		case p.prep == prepRight:
			return "" // it is prepared already, whatever suits it
		case rich && m.value == w.hazard[p.material]:
			return factName(AboutHazard, material)
		}
		return factName(AboutPreparation, material)
	case work:
		switch {
		case p.prep != prepRight:
			return "" // that it must be prepared is no secret
		case rich && p.place != w.station[m.value]:
			return factName(AboutStation, operations[m.value])
		}
		return factName(AboutRecipe, kinds[s.order.kind])
	case dye:
		switch {
		case s.order.colour == none:
			return ""
		case rich && p.mordant != w.mordant[p.material]:
			return factName(AboutMordant, material)
		}
		return factName(AboutPigment, colours[s.order.colour-1])
	case dressing:
		if s.order.colour != none {
			return factName(AboutMordant, material)
		}
	case take, deliver, giveBack, carry:
	}
	return ""
}
