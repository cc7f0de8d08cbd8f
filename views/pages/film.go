package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Film is a run that has ended, played step by step by film.js.
type Film struct {
	ID       string // of the element, where the page says more about it
	Title    string
	Task     string
	Frames   string // address of the frames
	Pictures string // what the address of a state's picture begins with, "" for none
	Steps    string
	Speed    string // 1, 2 or 4 to begin with, "" for 1
	Phi      string // before the first step
	Line     partials.Spark
	Outcome  partials.Outcome
	Run      templ.SafeURL
}

func (f Film) pressed(speed string) string {
	if f.Speed == speed || f.Speed == "" && speed == "1" {
		return "true"
	}
	return "false"
}
