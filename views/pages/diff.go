package pages

// DiffLine is one line of a diff: Op is "", ins or del.
type DiffLine struct {
	Op, Mark, Label string
	Words           []DiffWord
}

// DiffWord is a piece of a line; Changed marks what is different in it.
type DiffWord struct {
	Text    string
	Changed bool
}

// DiffPanel is what an action changed in the state.
type DiffPanel struct {
	Lead  string
	Lines []StateChange
	Note  string
}

// StateChange is one changed pointer. Op is added, removed or changed.
type StateChange struct{ Op, Pointer, Was, Is string }
