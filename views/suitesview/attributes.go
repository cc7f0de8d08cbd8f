package suitesview

import "github.com/a-h/templ"

// polling lets a part of the page ask for itself again while runs go on.
func polling(address string) templ.Attributes {
	if address == "" {
		return nil
	}
	return templ.Attributes{"hx-get": address, "hx-trigger": "every 2s", "hx-swap": "outerMorph", "data-poll": true}
}
