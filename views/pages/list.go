package pages

import "github.com/a-h/templ"

// Facet is one field of a query with the choices that would find something.
type Facet struct {
	Name    string
	Choices []FacetChoice
}

// FacetChoice is one value of a facet.
type FacetChoice struct {
	Text, Count string
	Href        templ.SafeURL
	Current     bool
}
