package workshop

import (
	"strings"

	"purposeagent/agent/reveal"
)

// Revelation is the secret of a world, opened. It opens no other world.
type Revelation struct {
	World      int    `json:"world"`
	Level      string `json:"level"`
	Commitment string `json:"commitment"` // the SHA-256 of Seed in hex, known from the start
	Seed       string `json:"seed"`
	Rules      []Rule `json:"rules"`
}

// What a rule is about.
const (
	AboutPreparation = "preparation" // material → the preparation that suits it
	AboutRecipe      = "recipe"      // kind → operations in their order
	AboutPigment     = "pigment"     // colour → the pigment that gives it
	AboutStation     = "station"     // operation → the station it works at
	AboutMordant     = "mordant"     // material → what makes a dye hold on it
	AboutHazard      = "hazard"      // material → the preparation that ruins it
	AboutScrape      = "scrape"      // operation → "yes" if it takes the dye off
)

// Rule is one secret: in words, and as data to score a library with.
type Rule struct {
	About   string   `json:"about"`
	Subject string   `json:"subject"`
	Answer  []string `json:"answer"`
	Text    string   `json:"text"`
}

// Reveal returns the world's secrets. Whoever has read it can no longer show
// that something was learned in this world.
func (w *Workshop) Reveal() Revelation {
	r := Revelation{World: w.config.World, Level: w.config.Level, Commitment: w.commitment, Seed: w.world.seed}
	add := func(about, subject, text string, answer ...string) {
		r.Rules = append(r.Rules, Rule{About: about, Subject: subject, Answer: answer, Text: text})
	}
	secret := w.world
	for m, name := range materials {
		how := preparations[secret.preparation[m]]
		add(AboutPreparation, name, "To prepare "+name+", "+how+" it.", how)
	}
	for k, recipe := range secret.recipes {
		var steps []string
		for _, o := range recipe {
			steps = append(steps, operations[o])
		}
		add(AboutRecipe, kinds[k], "To make a "+kinds[k]+", "+strings.Join(steps, ", then ")+" a prepared piece.", steps...)
	}
	for p, c := range secret.colourOf {
		add(AboutPigment, colours[c-1], "To dye a piece "+colours[c-1]+", use "+pigments[p]+".", pigments[p])
	}
	if w.config.Level != LevelRich {
		return r
	}
	for o, name := range operations {
		at := placeWord(secret.station[o])
		add(AboutStation, name, "To "+name+" a piece, bring it to the "+at+".", at)
		if secret.scrapes[o] {
			add(AboutScrape, name, "To "+name+" a dyed piece takes its dye off.", "yes")
		} else {
			add(AboutScrape, name, "To "+name+" a dyed piece leaves its dye on.", "no")
		}
	}
	for m, name := range materials {
		mordant, ruin := mordants[secret.mordant[m]-1], preparations[secret.hazard[m]]
		add(AboutMordant, name, "A dye holds on "+name+" that was treated with "+mordant+".", mordant)
		add(AboutHazard, name, "Don't "+ruin+" "+name+": it cracks.", ruin)
	}
	return r
}

// Secrets are what Reveal opens; none where chance decides.
func (w *Workshop) Secrets() reveal.Secrets {
	if w.config.Rewards == RewardsRandom {
		return reveal.Secrets{}
	}
	r := w.Reveal()
	s := reveal.Secrets{Seal: r.Commitment, Seed: r.Seed}
	for _, rule := range r.Rules {
		s.Rules = append(s.Rules, reveal.Secret(rule))
	}
	return s
}
