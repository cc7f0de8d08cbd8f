package household

import "purposeagent/agent"

// The habits of a house as facts that learned rules can be held against. How a rule
// is put does not matter: what it says of actions is compared with what they do.

// Facts names the habits that can be found by acting, in a fixed order; none where
// chance decides. New kinds are among them where they are asked for.
func (h *Household) Facts() []string {
	if h.config.Rewards == RewardsRandom {
		return nil
	}
	var facts []string
	for _, rule := range h.habits() {
		facts = append(facts, factName(rule.About, rule.Subject))
	}
	return facts
}

func factName(about, subject string) string { return about + " of " + subject }

// Decides names the fact that makes the action right or wrong in the state; "" where
// no habit does, or the state is not of this house.
func (h *Household) Decides(state agent.State, action agent.Action) string {
	s, err := h.world.decode(state.Hidden, h.tag)
	if err != nil || s.chance.on {
		return ""
	}
	m, err := h.world.parse(&s, h.specs, action)
	if err != nil {
		return ""
	}
	return h.world.decides(&s, m)
}

func (w *world) decides(s *day, m move) string {
	held := w.held(s)
	prep, asked := s.goal.form.preparation()
	serves := held >= 0 && s.items[held].kind == s.goal.kind
	lacks := serves && asked && (prep == lighting || !s.goal.ready(s.items[held]))
	switch m.verb {
	case verbGo:
		switch {
		case lacks:
			return factName(prepVerbs[prep], materials[s.items[held].material])
		case serves:
			return factName(AboutRoom, stores[s.goal.to])
		case held < 0:
			return factName(AboutHome, kindName(s.goal.kind))
		}
	case verbOpen, verbClose, verbSwitchOn, verbSwitchOff:
		if f := &w.fixtures[m.fixture]; f.tool && lacks && f.prep == prep {
			return factName(AboutNeed, f.name)
		}
	case verbClean, verbHeat, verbCool, verbExamine:
		if lacks && prepVerbs[prep] == m.verb {
			return factName(m.verb, materials[s.items[m.item].material])
		}
	}
	return ""
}
