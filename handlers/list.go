package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/query"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// listLimit is how many rows a list shows at once.
const listLimit = 50

// listKind is one of the lists: its address, the orders it has, and the columns
// that can be hidden.
type listKind struct {
	name      string // as saved views say it
	path      string
	otherwise string // the query of an address that says none
	sorts     []partials.Option
	columns   []listColumn
}

// listColumn is a column that can be hidden; n is its place in the table, from 1.
type listColumn struct {
	name, text string
	n          int
}

// listAddress is what the address of a list says: one query in the grammar that
// API and command line share, an order, the hidden columns and a place.
type listAddress struct {
	kind         *listKind
	text         string
	terms        []query.Term
	problem      string // what is wrong with the query, and where
	sort, cursor string
	hidden       []string
}

// readList reads a list's address. A query that can't be read is kept, with
// what is wrong; other errors are CodeInvalid.
func readList[Q any](kind *listKind, q url.Values, read func(text string) (Q, error)) (listAddress, Q, error) {
	f := listAddress{kind: kind, text: strings.TrimSpace(q.Get("q")), sort: q.Get("sort"), cursor: q.Get("cursor")}
	if !q.Has("q") {
		f.text = kind.otherwise
	}
	var none Q
	if f.sort != "" && !slices.ContainsFunc(kind.sorts, func(o partials.Option) bool { return o.Value == f.sort }) {
		names := make([]string, len(kind.sorts))
		for i, o := range kind.sorts {
			names[i] = o.Value
		}
		return f, none, agent.Errorf(agent.CodeInvalid, "this list can be sorted by %s, not %q", strings.Join(names, ", "), partials.Clip(f.sort, 40))
	}
	for name := range strings.SplitSeq(q.Get("hide"), ",") {
		if slices.ContainsFunc(kind.columns, func(c listColumn) bool { return c.name == name }) && !slices.Contains(f.hidden, name) {
			f.hidden = append(f.hidden, name)
		}
	}
	parsed, err := read(f.text)
	if e, ok := errors.AsType[*agent.Error](err); ok && e.Fields["q"] != "" {
		f.problem = sentence(e.Fields["q"])
		f.text = strings.ToValidUTF8(f.text, "\uFFFD")
		return f, parsed, nil
	}
	if err != nil {
		return f, none, err
	}
	f.terms, err = query.Parse(f.text)
	return f, parsed, err
}

// listStatus is the answer's status: a query that can't be read is the asker's.
func listStatus(f listAddress) int {
	if f.problem != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// filtered reports whether anything is left out of the list.
func (f listAddress) filtered() bool { return len(f.terms) > 0 }

// values returns the address's parameters, without the place.
func (f listAddress) values() url.Values {
	v := addressOf("sort", f.sort, "hide", strings.Join(f.hidden, ","))
	if f.text != f.kind.otherwise {
		v.Set("q", f.text)
	}
	return v
}

// at returns the address with one parameter changed, from the first page.
func (f listAddress) at(name, value string) string {
	return withParam(f.kind.path, f.values(), name, value)
}

// with returns the address with another value of one of the query's keys, ""
// for any, from the first page.
func (f listAddress) with(key, value string) string {
	f.text = query.Format(query.With(f.terms, key, value))
	return f.at("", "")
}

// is reports whether the query asks for exactly this value of a key.
func (f listAddress) is(key, value string) bool {
	return strings.Join(query.Values(f.terms, key), ",") == value
}

// tableClass hides columns, by their places.
func (f listAddress) tableClass() string {
	var names []string
	for _, c := range f.kind.columns {
		if slices.Contains(f.hidden, c.name) {
			names = append(names, "no-"+itoa(c.n))
		}
	}
	return strings.Join(names, " ")
}

// sortOptions are the orders, with the chosen one.
func (f listAddress) sortOptions() []partials.Option {
	options := slices.Clone(f.kind.sorts)
	for i := range options {
		options[i].Selected = options[i].Value == f.sort
	}
	return options
}

// facetLabels are the words of values that need some.
type facetLabels map[string]string

// facet is one field with the values that would find something, each with its
// count; a choice that is made already leads to the list without it. "" is
// asked for as any.
func (s *Server) facet(f listAddress, name, key string, counts map[string]int, order []string, labels facetLabels) pages.Facet {
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
		choice := pages.FacetChoice{Text: partials.Clip(text, 40), Count: countedText(counts[value]), Current: f.is(key, asked)}
		if choice.Current {
			asked = ""
		}
		choice.Href = s.link(f.with(key, asked))
		out.Choices = append(out.Choices, choice)
	}
	return out
}

// someFacets leaves out facets without a choice.
func someFacets(facets ...pages.Facet) []pages.Facet {
	return slices.DeleteFunc(facets, func(f pages.Facet) bool { return len(f.Choices) == 0 })
}

// countedText is a count that goes up to agent.MaxCounted.
func countedText(n int) string {
	if n >= agent.MaxCounted {
		return partials.Count(agent.MaxCounted) + "+"
	}
	return partials.Count(int64(n))
}

// matchingText says how many of something match.
func matchingText(n int, word string) string {
	if n < agent.MaxCounted {
		return partials.Plural(n, word)
	}
	return countedText(n) + " " + word + "s"
}

// listMenus are the menus of columns and of saved views.
func (s *Server) listMenus(f listAddress, views []agent.SavedView) pages.ListMenus {
	m := pages.ListMenus{List: f.kind.name, Query: f.values().Encode()}
	for _, c := range f.kind.columns {
		hidden := slices.Contains(f.hidden, c.name)
		g := f
		if hidden {
			g.hidden = slices.DeleteFunc(slices.Clone(f.hidden), func(name string) bool { return name == c.name })
		} else {
			g.hidden = append(slices.Clone(f.hidden), c.name)
		}
		m.Columns = append(m.Columns, pages.ColumnChoice{Text: c.text, Href: s.link(g.at("", "")), Shown: !hidden})
	}
	if s.cfg.Views == nil {
		return m
	}
	m.Save = s.link("/views")
	for _, v := range views {
		row := pages.ViewRow{Name: v.Name, Href: s.link(f.kind.path), Current: v.Query == m.Query, Delete: s.link("/views/" + number(v.ID) + "/delete")}
		if v.Query != "" {
			row.Href = s.link(f.kind.path + "?" + v.Query)
		}
		m.Views = append(m.Views, row)
	}
	return m
}

// asks is a query of one condition, as an address has it.
func asks(key, value string) string {
	return url.QueryEscape(query.Format([]query.Term{{Key: key, Value: value}}))
}

// addressOf returns the name, value pairs that are not empty.
func addressOf(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

func withParam(path string, values url.Values, name, value string) string {
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

// hiddenOf returns parameters as hidden fields, but for those named.
func hiddenOf(values url.Values, without ...string) []partials.Hidden {
	var out []partials.Hidden
	for name, all := range values {
		if !slices.Contains(without, name) && len(all) > 0 {
			out = append(out, partials.Hidden{Name: name, Value: all[0]})
		}
	}
	slices.SortFunc(out, func(a, b partials.Hidden) int { return strings.Compare(a.Name, b.Name) })
	return out
}
