package web

import (
	"net/url"

	"purposeagent/agent"
)

// phrases are the words in which people speak of what rules can tell on the web.
func phrases() []agent.Phrase {
	return []agent.Phrase{
		{Feature: "title is *", Yes: "the page is called *", No: "the page is not called *"},
		{Feature: "place is *", Yes: "the address is *", No: "the address is not *"},
		{Feature: "changed is *", Yes: "the last action led to *"},
		{Feature: "element name is as asked", Yes: "it is called as asked", No: "it is not called as asked"},
		{Feature: "element name is *", Yes: "it is called *", No: "it is not called *"},
		{Feature: "element kind is *", Yes: "it is a *", No: "it is no *"},
		{Feature: "element state is *", Yes: "it is *"},
		{Feature: "key is *", Yes: "the key is *"},
		{Feature: "option is as asked", Yes: "the option is the one asked for", No: "the option is not the one asked for"},
		{Feature: "option is *", Yes: "the option is *"},
	}
}

// hostOfStart names the laws that a run obeys: those of the site that it begins at.
func hostOfStart(c *config) string {
	u, err := url.Parse(c.startFor(1))
	if err != nil {
		return ""
	}
	return u.Host
}
