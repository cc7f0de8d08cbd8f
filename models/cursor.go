package models

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"

	"purposeagent/agent"
)

// cursor is a place in a list: the sort key and id of the last row shown. It
// is opaque outside, and bound to the sort order it was made for.
type cursor struct {
	Sort string  `json:"s"`
	Int  int64   `json:"i,omitempty"`
	Real float64 `json:"r,omitempty"`
	ID   string  `json:"k,omitempty"`
}

func (c cursor) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		return "" // numbers that were stored are finite
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parseCursor reads a cursor made for the same sort order; "" is the
// start, which is nil.
func parseCursor(text, sort string) (*cursor, error) {
	if text == "" {
		return nil, nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Sort != sort {
		return nil, agent.InvalidFields(map[string]string{"cursor": "is not a cursor of this list; leave it out to begin at the start"})
	}
	return &c, nil
}

// all is the limit of a read without one: SQLite takes a negative number for that,
// PostgreSQL refuses it.
const all = math.MaxInt32

// limitOf returns the page size asked for, within bounds.
func limitOf(asked, otherwise, most int) int {
	if asked <= 0 {
		return otherwise
	}
	return min(asked, most)
}

// like returns a LIKE pattern that matches the text anywhere, to be used with
// ESCAPE '\'.
func like(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

// textFilter returns the words of a search; each of them must be found.
func textFilter(text string) []string {
	words := strings.Fields(text)
	if len(words) > 12 {
		words = words[:12]
	}
	return words
}
