package credit

import "fmt"

// StateSummary says how exact states are remembered in a scope.
type StateSummary struct {
	Tasks int `json:"tasks"` // that were counted
	Known int `json:"known"` // states
	// Revisited is the share of a task's states that were known before the task,
	// 0 to 1; tasks of long ago count less.
	Revisited float64 `json:"revisited"`
	// Chance is the value of the best known way from where tasks begin most
	// often: the discounted chance of success. Way is the length of that way in
	// steps, 0 where none is known or where actions lead to several states.
	Chance float64 `json:"chance"`
	Way    int     `json:"way,omitempty"`
	// Off says why the table is not used, "" where it is.
	Off string `json:"off,omitempty"`
}

// String says it in a line.
func (s *StateSummary) String() string {
	share := fmt.Sprintf("%.0f %% of a task's states came before", 100*s.Revisited)
	if s.Off != "" {
		return "off, since " + s.Off + ": " + share
	}
	states := "states are"
	if s.Known == 1 {
		states = "state is"
	}
	text := fmt.Sprintf("%d %s known, %s", s.Known, states, share)
	switch {
	case s.Way == 1:
		text += "; the best known way has 1 step"
	case s.Way > 1:
		text += fmt.Sprintf("; the best known way has %d steps", s.Way)
	case s.Chance > 0:
		text += fmt.Sprintf("; the best known way is worth %.2f at the start, where a success at once is 1", s.Chance)
	default:
		text += "; no way to success is known yet"
	}
	return text
}
