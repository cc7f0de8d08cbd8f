package agent

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

// PowersOf looks at an environment without asking it anything.
func PowersOf(env Environment) Powers {
	var p Powers
	_, p.Restores = env.(Restorer)
	_, p.Verifies = env.(Verifier)
	_, p.Judges = env.(Judge)
	_, p.Phi = env.(Potential)
	_, p.Lists = env.(Legal)
	_, p.Draws = env.(Picturer)
	_, p.Checks = env.(TaskChecker)
	_, p.Secrets = env.(Revealer)
	_, p.Describes = env.(Describer)
	if o, ok := env.(Outside); ok {
		p.Outside = o.ActsOutside()
	}
	return p
}
