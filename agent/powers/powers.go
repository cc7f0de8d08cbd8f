// Package powers says what an environment can do beyond what all can.
package powers

import (
	"purposeagent/agent"
	"purposeagent/agent/reveal"
)

// Powers says which of the optional powers an environment has.
type Powers struct {
	Restores  bool `json:"restores" doc:"it can be entered again in a state that it made: runs go on after a crash, can be forked and can wait for a person"`
	Verifies  bool `json:"verifies" doc:"it knows after each step whether the purpose is reached"`
	Judges    bool `json:"judges" doc:"it says once, at the end, whether the purpose was reached"`
	Phi       bool `json:"phi" doc:"it has a Φ of its own"`
	Lists     bool `json:"lists" doc:"it lists the actions that can be done now"`
	Draws     bool `json:"draws" doc:"it draws pictures of its states"`
	Checks    bool `json:"checks" doc:"it says before a launch whether a task can be worked on"`
	Secrets   bool `json:"secrets" doc:"it has rules that nobody is told"`
	Describes bool `json:"describes" doc:"it tells learners where to find things in its states"`
	Outside   bool `json:"outside" doc:"its actions have effects that no earlier state takes back"`
}

// Of looks at an environment without asking it anything.
func Of(env agent.Environment) Powers {
	var p Powers
	_, p.Restores = env.(agent.Restorer)
	_, p.Verifies = env.(agent.Verifier)
	_, p.Judges = env.(agent.Judge)
	_, p.Phi = env.(agent.Potential)
	_, p.Lists = env.(agent.Legal)
	_, p.Draws = env.(agent.Picturer)
	_, p.Checks = env.(agent.TaskChecker)
	_, p.Secrets = env.(reveal.Revealer)
	_, p.Describes = env.(agent.Describer)
	if o, ok := env.(agent.Outside); ok {
		p.Outside = o.ActsOutside()
	}
	return p
}
