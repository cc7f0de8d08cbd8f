package ui

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/query"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// ListLimit is how many rows a list shows at once.
const ListLimit = 50

// ListKind is one of the lists: its address, the orders it has, and the columns
// that can be hidden.
type ListKind struct {
	Name      string // as saved views say it
	Path      string
	Otherwise string // the query of an address that says none
	Sorts     []partials.Option
	Columns   []ListColumn
}

// ListColumn is a column that can be hidden; n is its place in the table, from 1.
type ListColumn struct {
	Name, Text string
	N          int
}

// ListAddress is what the address of a list says: one query in the grammar that
// API and command line share, an order, the hidden columns and a place.
type ListAddress struct {
	kind         *ListKind
	Text         string
	Terms        []query.Term
	Problem      string // what is wrong with the query, and where
	Sort, Cursor string
	hidden       []string
}

// ReadList reads a list's address. A query that can't be read is kept, with
// what is wrong; other errors are CodeInvalid.
func ReadList[Q any](kind *ListKind, q url.Values, read func(text string) (Q, error)) (ListAddress, Q, error) {
	f := ListAddress{kind: kind, Text: strings.TrimSpace(q.Get("q")), Sort: q.Get("sort"), Cursor: q.Get("cursor")}
	if !q.Has("q") {
		f.Text = kind.Otherwise
	}
	var none Q
	if f.Sort != "" && !slices.ContainsFunc(kind.Sorts, func(o partials.Option) bool { return o.Value == f.Sort }) {
		names := make([]string, len(kind.Sorts))
		for i, o := range kind.Sorts {
			names[i] = o.Value
		}
		return f, none, agent.Errorf(agent.CodeInvalid, "this list can be sorted by %s, not %q", strings.Join(names, ", "), partials.Clip(f.Sort, 40))
	}
	for name := range strings.SplitSeq(q.Get("hide"), ",") {
		if slices.ContainsFunc(kind.Columns, func(c ListColumn) bool { return c.Name == name }) && !slices.Contains(f.hidden, name) {
			f.hidden = append(f.hidden, name)
		}
	}
	parsed, err := read(f.Text)
	if e, ok := errors.AsType[*agent.Error](err); ok && e.Fields["q"] != "" {
		f.Problem = Sentence(e.Fields["q"])
		f.Text = strings.ToValidUTF8(f.Text, "\uFFFD")
		return f, parsed, nil
	}
	if err != nil {
		return f, none, err
	}
	f.Terms, err = query.Parse(f.Text)
	return f, parsed, err
}

// ListStatus is the answer's status: a query that can't be read is the asker's.
func ListStatus(f ListAddress) int {
	if f.Problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// Filtered reports whether anything is left out of the list.
func (f ListAddress) Filtered() bool { return len(f.Terms) > 0 }

// Values returns the address's parameters, without the place.
func (f ListAddress) Values() url.Values {
	v := AddressOf("sort", f.Sort, "hide", strings.Join(f.hidden, ","))
	if f.Text != f.kind.Otherwise {
		v.Set("q", f.Text)
	}
	return v
}

// At returns the address with one parameter changed, from the first page.
func (f ListAddress) At(name, value string) string {
	return WithParam(f.kind.Path, f.Values(), name, value)
}

// With returns the address with another value of one of the query's keys, ""
// for any, from the first page.
func (f ListAddress) With(key, value string) string {
	f.Text = query.Format(query.With(f.Terms, key, value))
	return f.At("", "")
}

// Is reports whether the query asks for exactly this value of a key.
func (f ListAddress) Is(key, value string) bool {
	return strings.Join(query.Values(f.Terms, key), ",") == value
}

// TableClass hides columns, by their places.
func (f ListAddress) TableClass() string {
	var names []string
	for _, c := range f.kind.Columns {
		if slices.Contains(f.hidden, c.Name) {
			names = append(names, "no-"+Itoa(c.N))
		}
	}
	return strings.Join(names, " ")
}

// SortOptions are the orders, with the chosen one.
func (f ListAddress) SortOptions() []partials.Option {
	options := slices.Clone(f.kind.Sorts)
	for i := range options {
		options[i].Selected = options[i].Value == f.Sort
	}
	return options
}

// FacetLabels are the words of values that need some.
type FacetLabels map[string]string

// Facet is one field with the values that would find something, each with its
// count; a choice that is made already leads to the list without it. "" is
// asked for as any.
func (k *Kit) Facet(f ListAddress, name, key string, counts map[string]int, order []string, labels FacetLabels) pages.Facet {
	out := pages.Facet{Name: name}
	for _, value := range order {
		if counts[value] == 0 || len(out.Choices) == maxChoices {
			continue
		}
		text, asked := value, value
		if label, ok := labels[value]; ok {
			text = label
		}
		if value == "" {
			asked = "any"
		}
		choice := pages.FacetChoice{Text: partials.Clip(text, 40), Count: CountedText(counts[value]), Current: f.Is(key, asked)}
		if choice.Current {
			asked = ""
		}
		choice.Href = k.Link(f.With(key, asked))
		out.Choices = append(out.Choices, choice)
	}
	return out
}

// SomeFacets leaves out facets without a choice.
func SomeFacets(facets ...pages.Facet) []pages.Facet {
	return slices.DeleteFunc(facets, func(f pages.Facet) bool { return len(f.Choices) == 0 })
}

// CountedText is a count that goes up to catalog.MaxCounted.
func CountedText(n int) string {
	if n >= catalog.MaxCounted {
		return partials.Count(catalog.MaxCounted) + "+"
	}
	return partials.Count(int64(n))
}

// MatchingText says how many of something match.
func MatchingText(n int, word string) string {
	if n < catalog.MaxCounted {
		return partials.Plural(n, word)
	}
	return CountedText(n) + " " + word + "s"
}

// ListMenus are the menus of columns and of saved views.
func (k *Kit) ListMenus(f ListAddress, views []catalog.SavedView) pages.ListMenus {
	m := pages.ListMenus{List: f.kind.Name, Query: f.Values().Encode()}
	for _, c := range f.kind.Columns {
		hidden := slices.Contains(f.hidden, c.Name)
		g := f
		if hidden {
			g.hidden = slices.DeleteFunc(slices.Clone(f.hidden), func(name string) bool { return name == c.Name })
		} else {
			g.hidden = append(slices.Clone(f.hidden), c.Name)
		}
		m.Columns = append(m.Columns, pages.ColumnChoice{Text: c.Text, Href: k.Link(g.At("", "")), Shown: !hidden})
	}
	if k.Views == nil {
		return m
	}
	m.Save = k.Link("/views")
	for _, v := range views {
		row := pages.ViewRow{Name: v.Name, Href: k.Link(f.kind.Path), Current: v.Query == m.Query, Delete: k.Link("/views/" + Number(v.ID) + "/delete")}
		if v.Query != "" {
			row.Href = k.Link(f.kind.Path + "?" + v.Query)
		}
		m.Views = append(m.Views, row)
	}
	return m
}

// Asks is a query of one condition, as an address has it.
func Asks(key, value string) string {
	return url.QueryEscape(query.Format([]query.Term{{Key: key, Value: value}}))
}

// AddressOf returns the name, value pairs that are not empty.
func AddressOf(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

// WithParam is an address with one parameter changed, or without it where the value is empty.
func WithParam(path string, values url.Values, name, value string) string {
	if value == "" {
		values.Del(name)
	} else {
		values.Set(name, value)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// HiddenOf returns parameters as hidden fields, but for those named.
func HiddenOf(values url.Values, without ...string) []partials.Hidden {
	var out []partials.Hidden
	for name, all := range values {
		if !slices.Contains(without, name) && len(all) > 0 {
			out = append(out, partials.Hidden{Name: name, Value: all[0]})
		}
	}
	slices.SortFunc(out, func(a, b partials.Hidden) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// maxChoices bounds what one facet offers.
const maxChoices = 6

// ByCount lists the values, most frequent first.
func ByCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if c := counts[b] - counts[a]; c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
}

// EnvironmentOptions lists the environments for a filter.
func (k *Kit) EnvironmentOptions(current string) []partials.Option {
	out := []partials.Option{{Text: "All worlds"}}
	found := current == ""
	for _, kind := range k.Environments.Kinds() {
		out = append(out, partials.Option{Value: kind.Name, Text: kind.Title, Selected: kind.Name == current})
		found = found || kind.Name == current
	}
	if !found {
		out = append(out, partials.Option{Value: current, Text: partials.Clip(current, 40), Selected: true})
	}
	return out
}

// SavedViews are the views of a list; none where nobody keeps them.
func (k *Kit) SavedViews(ctx context.Context, kind *ListKind) ([]catalog.SavedView, error) {
	if k.Views == nil {
		return nil, nil
	}
	return k.Views.List(ctx, kind.Name)
}
