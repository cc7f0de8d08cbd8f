package workshop

import "purposeagent/agent"

// orderIsIn is what a task begins with.
const orderIsIn = "The order has come in."

// featureWords are the words in which people speak of what rules can tell in a
// workshop. They tell no secret.
func featureWords() []agent.Phrase {
	return []agent.Phrase{
		{Feature: "piece stage is as asked", Yes: "it is the thing ordered", No: "it is not yet the thing ordered"},
		{Feature: "piece stage is raw", Yes: "it is raw", No: "it is no longer raw"},
		{Feature: "piece stage is *", Yes: "it is at stage *"},
		{Feature: "piece prepared is right", Yes: "it is prepared as its material needs", No: "it is not yet prepared as its material needs"},
		{Feature: "piece prepared is no", Yes: "it is still unprepared", No: "it was prepared somehow"},
		{Feature: "piece prepared is wrong", Yes: "it is prepared the wrong way"},
		{Feature: "piece colour is other than asked", Yes: "its colour differs from the order", No: "its colour suits the order"},
		{Feature: "piece colour is as asked", Yes: "it has the ordered colour", No: "it is not yet of the ordered colour"},
		{Feature: "piece colour is plain", Yes: "it is still undyed", No: "it is dyed"},
		{Feature: "piece colour is free", Yes: "the order leaves the colour open", No: "the order names a colour"},
		{Feature: "piece colour is *", Yes: "it is dyed *"},
		{Feature: "piece material is other than asked", Yes: "its material differs from the order", No: "its material suits the order"},
		{Feature: "piece material is as asked", Yes: "it is of the ordered material"},
		{Feature: "piece material is free", Yes: "the order leaves the material open", No: "the order names a material"},
		{Feature: "piece material is *", Yes: "it is of *"},
		{Feature: "piece mordant is none", Yes: "it is still untreated", No: "it was treated"},
		{Feature: "piece mordant is *", Yes: "it was treated with *"},
		{Feature: "piece place is *", Yes: "it is at the *"},
		{Feature: "last is " + orderIsIn, Yes: "nothing was done yet", No: "something was done already"},
		{Feature: "last is *", Yes: "the last message is *"},
		{Feature: "* is asked", Yes: "* is ordered"},
	}
}
