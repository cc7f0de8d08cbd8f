package maze

import "purposeagent/agent"

// Icon is the path data of a drawing, 44 units wide and high.
const Icon = "M6 6h32v32H6zM6 16h10v10M26 6v12h12M16 38V34h10V26h6M26 26H20"

// Design is an experiment worth doing; Request is what the Lab's API takes.
type Design struct {
	Name, Title, Text string
	Place             int
	Request           agent.Object
}

// Designs returns the experiments that mazes are good for.
func Designs() []Design {
	return []Design{{"maze", "Mazes, from outcomes alone", "No critic: it learns from success and failure, and every maze is a new one", 30,
		`{"spec":{"arms":["off","on","append-successes","explorer"],"curve":[0,25,50,100,200],"models":{"critic":"outcome"},"test":100,"train":200}}`}}
}
