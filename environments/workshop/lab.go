package workshop

import "purposeagent/agent"

// Icon is the path data of a drawing, 44 units wide and high.
const Icon = "M17 6h10M19 6v12L8 37h28L25 18V6M13 29h18"

// Under Control no action changes the outcome, so that nothing can be learned.
const (
	Control     = agent.Object(`{"rewards":"random"}`)
	ControlText = "Random rewards"
)

// Design is an experiment worth doing; Request is what the Lab's API takes.
type Design struct {
	Name, Title, Text string
	Place             int
	Request           agent.Object
}

// Designs returns the experiments that workshops are good for, the proof that
// learning helps first.
func Designs() []Design {
	return []Design{
		{"workshop", "The workshop proof", "Ten secret worlds, 200 orders to learn from, 100 held out, against off, placebo and append-successes", 10,
			`{"spec":{"arms":["off","on","placebo","append-successes"],"curve":[0,25,50,100,200],"test":100,"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
		{"negative", "Negative control", "Rewards are drawn at random: a Lab that finds a gain here can't be trusted", 20,
			`{"spec":{"arms":["off","on"],"environment":{"config":{"rewards":"random"},"name":""},"test":100,"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
		{"pollution", "Pollution stress", "Three distractors for each learned rule: the gain must survive", 40,
			`{"spec":{"arms":["off","on","placebo","clean"],"pollution":0.75,"test":100,"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
		{"change", "The laws change", "After 100 tasks each world gets the laws of another one, and nobody says so: how soon is it noticed and relearned?", 50,
			`{"spec":{"arms":["off","on"],"change_at":100,"change_config":{"world":101},"curve":[100,125,150,200],"test":100,"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
		{"planted", "False rules", "Twenty false rules are in the library before the training: how soon are they found out?", 60,
			`{"spec":{"arms":["off","on"],"planted":20,"test":100,"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
	}
}
