package siteview

import "purposeagent/views/layout"

// KeysPage lists the keys by where they work.
type KeysPage struct{ Groups []KeyGroup }

// KeyGroup is one place's keys.
type KeyGroup struct {
	Name string
	Keys []layout.Key
}
