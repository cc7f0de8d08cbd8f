package wire

import (
	"context"
	"slices"
)

// maxPages bounds a list of models, of which a page holds up to 1,000.
const maxPages = 10

// Page is one page of a list of names; Next is how the next one is asked for, ""
// after the last.
type Page struct {
	Names []string
	Next  string
}

// AllPages asks for one page after another, each with the retries of Retry, and
// returns the names in order, each once.
func AllPages(ctx context.Context, s *Server, ask func(next string) (Page, *Failure)) ([]string, error) {
	var names []string
	next := ""
	for range maxPages {
		page, err := Retry(ctx, s, func() (Page, *Failure) { return ask(next) })
		if err != nil {
			return nil, err
		}
		names = append(names, page.Names...)
		if page.Next == "" || page.Next == next {
			break
		}
		next = page.Next
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
