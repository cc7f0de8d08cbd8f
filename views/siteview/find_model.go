// Package siteview holds the pages that belong to no family: what is found, and the keyboard.
package siteview

import "github.com/a-h/templ"

// Find is what words were found in.
type Find struct {
	Self   templ.SafeURL
	Query  string
	Groups []FoundGroup
}

// Add adds a group that has anything in it.
func (v *Find) Add(g FoundGroup) {
	if len(g.Items) > 0 {
		v.Groups = append(v.Groups, g)
	}
}

// FoundGroup is what was found of one kind.
type FoundGroup struct {
	Name, Icon string
	Items      []FoundItem
}

// FoundItem is one thing that was found.
type FoundItem struct {
	Text, Note string
	Href       templ.SafeURL
}
