package household

import "purposeagent/agent/reveal"

// What a habit is about.
const (
	AboutHome = "home" // kind → the piece of furniture in which it is usually kept
	AboutNeed = "need" // tool → what must be done before it works
	AboutRoom = "room" // piece of furniture or tool → the room it stands in
)

// habits returns the habits of the house as secrets. Whoever has read them can no
// longer show that something was learned in it.
func (h *Household) habits() []reveal.Secret {
	w := h.world
	var list []reveal.Secret
	add := func(about, subject, answer, text string) {
		list = append(list, reveal.Secret{About: about, Subject: subject, Answer: []string{answer}, Text: text})
	}
	for _, k := range w.inventory() {
		store := w.home[k]
		add(AboutHome, kindName(k), stores[store], "A "+kindName(k)+" is usually "+preposition(store)+" the "+stores[store]+".")
	}
	for prep, verb := range prepVerbs {
		for m := range w.materials {
			tool := w.fixtures[w.tool[prep][m]].name
			add(verb, materials[m], tool, "To "+verb+" what is of "+materials[m]+", use the "+tool+".")
		}
	}
	for i := range w.fixtures {
		f := &w.fixtures[i]
		add(AboutRoom, f.name, rooms[f.room], "The "+f.name+" is in the "+rooms[f.room]+".")
		if f.tool {
			add(AboutNeed, f.name, needWords[f.need], "The "+f.name+" works when it is "+needWords[f.need]+".")
		}
	}
	return list
}

// Secrets opens the habits of the house; none where chance decides.
func (h *Household) Secrets() reveal.Secrets {
	if h.config.Rewards == RewardsRandom {
		return reveal.Secrets{}
	}
	return reveal.Secrets{Seal: h.seal, Seed: h.world.seed, Rules: h.habits()}
}
