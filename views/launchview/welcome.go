package launchview

import "github.com/a-h/templ"

// Welcome is the first visit, with an empty database.
type Welcome struct {
	DemoURL, NewURL templ.SafeURL
	Demo            bool // the demo can be started
	Example         []ExampleRun
	Ready           []string
	Sealed          string // shortened SHA-256 of the secret rules, "" for none
	SealedFull      string
}

// ExampleRun is one attempt of the example chart.
type ExampleRun struct{ N, X, Centre, Line, Area string }
