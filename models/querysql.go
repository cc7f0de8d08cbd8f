package models

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent/catalog"
)

// fieldSQL is how a field of a query is asked for: one of number and word.
type fieldSQL struct {
	number string // expression of a number
	known  string // what must hold for there to be a number; "" always
	word   func(values []string) (condition string, args []any)
}

// termSQL is one condition. One on a field that is not there finds nothing.
func termSQL[F ~string](t catalog.QueryTerm[F], fields map[F]fieldSQL) (condition string, args []any) {
	switch field := fields[t.Field]; {
	case field.number != "":
		condition, args = boundsSQL(t, field)
	case field.word != nil:
		condition, args = field.word(t.Values)
	default:
		condition = "1 = 0"
	}
	if t.Not {
		condition = "NOT (" + condition + ")"
	}
	return condition, args
}

// whereTerms adds the conditions of all terms, which must hold together.
func whereTerms[F ~string](where *gorm.DB, terms []catalog.QueryTerm[F], fields map[F]fieldSQL) *gorm.DB {
	for _, t := range terms {
		condition, args := termSQL(t, fields)
		where = where.Where(condition, args...)
	}
	return where
}

func boundsSQL[F ~string](t catalog.QueryTerm[F], field fieldSQL) (condition string, args []any) {
	parts := []string{nonEmpty(field.known, "1 = 1")}
	bound := func(op string, open bool, x *float64) {
		if x == nil {
			return
		}
		if !open {
			op += "="
		}
		parts, args = append(parts, field.number+" "+op+" ?"), append(args, *x)
	}
	bound(">", t.LowOpen, t.Low)
	bound("<", t.HighOpen, t.High)
	return strings.Join(parts, " AND "), args
}

// oneOf is a column that has one of the values.
func oneOf(column string) fieldSQL {
	return fieldSQL{word: func(values []string) (string, []any) { return column + " IN ?", []any{values} }}
}

// yes is a condition that holds, or with "no" does not.
func yes(condition string) fieldSQL {
	return fieldSQL{word: func(values []string) (string, []any) {
		has := func(v string) bool { return strings.Contains(","+strings.Join(values, ",")+",", ","+v+",") }
		switch {
		case has("yes") && has("no"):
			return "1 = 1", nil
		case has("yes"):
			return "(" + condition + ")", nil
		}
		return "NOT (" + condition + ")", nil
	}}
}

// each is a condition that holds for one of the values, with each ? in it.
func each(condition string, value func(string) any) fieldSQL {
	return fieldSQL{word: func(values []string) (string, []any) {
		conditions := make([]string, len(values))
		var args []any
		for i, v := range values {
			conditions[i] = condition
			for range strings.Count(condition, "?") {
				args = append(args, value(v))
			}
		}
		return "(" + strings.Join(conditions, " OR ") + ")", args
	}}
}

func asIs(v string) any   { return v }
func within(v string) any { return like(v) }

// begins is a pattern of texts that begin so.
func begins(v string) any { return strings.TrimPrefix(like(v), "%") }

// secondsSince is the age of what a column says in nanoseconds.
func secondsSince(column string, now time.Time) string {
	return fmt.Sprintf("((%d - %s) / 1e9)", nanos(now), column)
}

// withoutField leaves out the conditions on a field.
func withoutField[F ~string](terms []catalog.QueryTerm[F], field F) []catalog.QueryTerm[F] {
	return slices.DeleteFunc(slices.Clone(terms), func(t catalog.QueryTerm[F]) bool { return t.Field == field })
}

// eachFacet counts facets with as few reads as there can be: those that the
// query says nothing about come of one, with the count of all under ""; each
// other one of its own, without the query's condition on it.
func eachFacet[F ~string, G any](terms []catalog.QueryTerm[F], facets map[F]func(G), count func(without F, take func(G)) error) error {
	var free []func(G)
	for field, take := range facets {
		if !slices.ContainsFunc(terms, func(t catalog.QueryTerm[F]) bool { return t.Field == field }) {
			free = append(free, take)
			continue
		}
		if err := count(field, take); err != nil {
			return err
		}
	}
	return count("", func(g G) {
		for _, take := range free {
			take(g)
		}
	})
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
