package household

import "purposeagent/agent"

// featureWords are the words in which people speak of what rules can tell in a
// house. They tell no habit.
func featureWords() []agent.Phrase {
	list := []agent.Phrase{
		{Feature: "here/*/door is open", Yes: "the * is open", No: "the * is closed"},
		{Feature: "here/*/door is closed", Yes: "the * is closed", No: "the * is open"},
		{Feature: "here/*/power is on", Yes: "the * is on", No: "the * is off"},
		{Feature: "here/*/power is off", Yes: "the * is off", No: "the * is on"},
		{Feature: "place is *", Yes: "you are in the *", No: "you are not in the *"},
		{Feature: "something is held", Yes: "your hand is full", No: "your hand is empty"},
		{Feature: "where is as asked", Yes: "it shall be put there", No: "it shall be put elsewhere"},
		{Feature: "no kind is asked", Yes: "the task names no thing"},
		{Feature: "no at is asked", Yes: "the task names no place", No: "the task names a place"},
		{Feature: "no washed is asked", Yes: "the task asks for nothing clean", No: "the task asks for something clean"},
		{Feature: "no warmth is asked", Yes: "the task names no warmth"},
	}
	for _, of := range []struct{ name, it string }{{"thing", "it"}, {"held thing", "what you hold"}} {
		list = append(list,
			agent.Phrase{Feature: of.name + " kind is as asked", Yes: of.it + " is of the kind asked for", No: of.it + " is not of the kind asked for"},
			agent.Phrase{Feature: of.name + " kind is other than asked", Yes: of.it + " is of another kind than asked", No: of.it + " is not of another kind than asked"},
			agent.Phrase{Feature: of.name + " kind is *", Yes: of.it + " is a *"},
			agent.Phrase{Feature: of.name + " material is *", Yes: of.it + " is of *"},
			agent.Phrase{Feature: of.name + " washed is as asked", Yes: of.it + " is clean as asked", No: of.it + " is not clean as asked"},
			agent.Phrase{Feature: of.name + " washed is other than asked", Yes: of.it + " is not yet clean", No: of.it + " needs no cleaning"},
			agent.Phrase{Feature: of.name + " washed is free", Yes: of.it + " may be dirty"},
			agent.Phrase{Feature: of.name + " washed is *", Yes: of.it + " is *"},
			agent.Phrase{Feature: of.name + " warmth is as asked", Yes: of.it + " is as warm as asked", No: of.it + " has not the asked warmth"},
			agent.Phrase{Feature: of.name + " warmth is other than asked", Yes: of.it + " has not yet the asked warmth", No: of.it + " needs no other warmth"},
			agent.Phrase{Feature: of.name + " warmth is free", Yes: of.it + " may be of any warmth"},
			agent.Phrase{Feature: of.name + " warmth is *", Yes: of.it + " is *"},
			agent.Phrase{Feature: of.name + " at is as asked", Yes: of.it + " is where it shall be", No: of.it + " is not where it shall be"},
			agent.Phrase{Feature: of.name + " at is other than asked", Yes: of.it + " is elsewhere than asked", No: of.it + " is not elsewhere than asked"},
			agent.Phrase{Feature: of.name + " at is *", Yes: of.it + " is at the *"},
			agent.Phrase{Feature: of.name + " was used before", Yes: "you had " + of.it + " before", No: "you had not " + of.it + " before"},
		)
	}
	return append(list,
		agent.Phrase{Feature: "it was done here more than once", Yes: "you did it here more than once", No: "you did it here at most once"},
		agent.Phrase{Feature: "it was done here", Yes: "you did it here before", No: "you have not done it here"},
		agent.Phrase{Feature: "it undoes the last action", Yes: "it undoes what you just did", No: "it does not undo what you just did"},
		agent.Phrase{Feature: "* is asked", Yes: "the task says *"})
}
