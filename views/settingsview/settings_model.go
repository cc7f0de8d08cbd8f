// Package settingsview holds the pages about language models and prompts.
package settingsview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Models is the page of connections to model servers, and prices.
type Models struct {
	Rows                             []ConnectionRow
	Others                           []ProviderRow // that are not set up
	Prices                           []PriceRow
	Embedding                        partials.Field
	Prompts                          templ.SafeURL // "" where they can't be changed
	EmbeddingURL                     templ.SafeURL
	Price                            []partials.Field
	Local, Add, PriceURL, UnpriceURL templ.SafeURL
	Notice                           string
}

// ConnectionRow is one connection of the list.
type ConnectionRow struct {
	Name, Provider, Address, Key, Today string
	Budget, Part, Whole                 string // of the day's meter; Whole "" draws none
	Href, Switch                        templ.SafeURL
	State                               partials.Chip
	Off                                 bool
}

// ProviderRow is a provider that is not set up.
type ProviderRow struct {
	Title, Help string
	Href        templ.SafeURL
}

// PriceRow is one line of the price table.
type PriceRow struct{ Model, In, Cached, Out string }

// Local are the model servers that answer on this machine.
type Local struct {
	Rows  []LocalRow
	Again templ.SafeURL
}

// LocalRow is one of them; Models lead to a run with each.
type LocalRow struct {
	Title, Name, Address, Count string
	Href                        templ.SafeURL
	Models                      []partials.Link
}

// Connection is the form of a connection.
type Connection struct {
	Heading, Name, Help, Message, Notice string
	Known, Builtin, Disabled             bool
	Action, Delete, List, Test, Switch   templ.SafeURL
	Fields, Keys, Limits, Answers        []partials.Field
	KeyFor                               string // for whom the variable of the key is named, where that was asked
	Errors                               []pages.FieldError
	Today                                string
}

// ModelList is what a server has.
type ModelList struct {
	Connection string
	Models     []ModelRow
	Problem    string
	Test       templ.SafeURL
}

// ModelRow is one model of a server.
type ModelRow struct {
	Name, Ref string
	Run       templ.SafeURL
}

// Probe is what a model was found to do.
type Probe struct {
	Ref, Answer, Problem, Warning string
	Facts                         []pages.Fact
}
