// Package layout holds the frame around every page.
package layout

import (
	"strings"

	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Frame is what the frame shows around one page. All addresses are ready to
// be written, base path included.
type Frame struct {
	Title      string // of the document, without the program's name
	Theme      string // "light", "dark" or "" for the system's
	Home       string
	Find       templ.SafeURL // the search over everything
	Nav        []NavItem
	Counts     string // where the numbers of the rail are asked for anew
	Crumbs     []Crumb
	Fixed      bool // the page fills the window and scrolls inside its panes
	Version    string
	Stylesheet string
	Scripts    []string        // modules and scripts, in order
	Actions    templ.Component // right end of the top bar; may be nil
	Keys       []Key           // the page's own keys, for the help
	Live       bool            // the page goes on by script; without it, it says how to reload
	Here       templ.SafeURL   // the page's own address
	HereText   string
	ThemeNext  templ.SafeURL // where the theme is switched
	Demo       templ.SafeURL // the demonstration
	AllKeys    templ.SafeURL // the page with the keyboard help
}

// NavItem is one entry of the rail.
type NavItem struct {
	Label   string
	Href    templ.SafeURL
	Icon    string
	Key     string // such as "g r"
	Current bool
	Count   string // "" shows none
	Asks    string // how many wait for a person's answer, "" for none
}

// Crumb is one part of the way to the page; the last one has no address.
type Crumb struct {
	Label string
	Mark  string // tells it from others of the same label, "" for none
	Href  templ.SafeURL
}

// long reports whether a narrow window may have to cut the crumb.
func (c Crumb) long() bool { return c.Mark != "" || len(c.Label) > 30 }

func (c Crumb) name() partials.Name { return partials.Name{Text: c.Label, Mark: c.Mark} }

// Key is one line of the keyboard help.
type Key struct {
	Keys []string
	Does string
}

func (f Frame) current(i int) bool { return i == len(f.Crumbs)-1 }

// documentTitle is the title with the program's name.
func (f Frame) documentTitle() string {
	if f.Title == "" {
		return "Purpose"
	}
	return f.Title + " · Purpose"
}

// Help lists the keys that work on every page.
func (f Frame) Help() []Key {
	var keys []Key
	for _, item := range f.Nav {
		keys = append(keys, item.help())
	}
	return append(keys, Key{[]string{"g", "d"}, "go to the demonstration"}, Key{[]string{"/"}, "search this page"}, Key{[]string{"Ctrl K"}, "find anything, do anything"}, Key{[]string{"?"}, "the keyboard help"})
}

func (n NavItem) help() Key {
	return Key{Keys: strings.Fields(n.Key), Does: "go to " + n.Label}
}
