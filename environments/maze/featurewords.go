package maze

import "purposeagent/agent"

// featureWords are the words in which people speak of what rules can tell in a maze.
func featureWords() []agent.Phrase {
	const to, untried = "direction leads to the nearest ", "direction leads to the nearest way never tried"
	return []agent.Phrase{
		{Feature: untried, Yes: "it leads to the nearest untried exit"},
		{Feature: untried + " whose door is none", Yes: "it leads to an untried exit without door"},
		{Feature: untried + " whose door is *", Yes: "it leads to an untried * door"},
		{Feature: untried + " whose way is both", Yes: "it leads to an untried ordinary passage"},
		{Feature: untried + " whose way is *", Yes: "it leads to an untried * passage"},
		{Feature: untried + " whose colour is *", Yes: "it leads to an untried exit coloured *"},
		{Feature: to + "way that fits a held thing", Yes: "it leads to a door for your key"},
		{Feature: to + "thing that fits a way not yet passed", Yes: "it leads to a key you need"},
		{Feature: to + "thing not used before", Yes: "it leads to something still unused"},
		{Feature: to + "thing as asked", Yes: "it leads to what is wanted"},
		{Feature: to + "thing whose kind is *", Yes: "it leads to a * seen before"},
		{Feature: to + "thing whose colour is *", Yes: "it leads to something coloured *"},
		{Feature: "direction leads back", Yes: "it leads back"},
		{Feature: "direction door is none", Yes: "it has no door", No: "it has a door"},
		{Feature: "direction door is *", Yes: "its door is *"},
		{Feature: "direction was never tried", Yes: "it is untried", No: "it was tried before"},
		{Feature: "something is held", Yes: "you carry something", No: "you carry nothing"},
		{Feature: "it was done here more than once", Yes: "you did it here more than once", No: "you did it here at most once"},
		{Feature: "it was done here", Yes: "you did it here before", No: "you have not done it here"},
	}
}
