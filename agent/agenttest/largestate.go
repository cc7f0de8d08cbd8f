package agenttest

import (
	"fmt"
	"strconv"
	"strings"
)

// LargeState is the data of a state of some megabytes with thousands of keys, numbers, texts and things.
func LargeState() map[string]any {
	s := map[string]any{}
	for i := range 1000 {
		s[fmt.Sprintf("key%04d", i)] = i * 3
		s[fmt.Sprintf("word%04d", i)] = fmt.Sprintf("w%d", i)
	}
	things := map[string]any{}
	for i := range 2000 {
		things[fmt.Sprintf("t%04d", i)] = map[string]any{"kind": fmt.Sprintf("k%d", i%50), "weight": strconv.Itoa(i)}
	}
	s["things"] = things
	rows := make([]any, 3000)
	for i := range rows {
		rows[i] = []any{i, fmt.Sprint("cell", i), strings.Repeat("long text ", 120)}
	}
	s["rows"] = rows
	deep := map[string]any{"end": "x"}
	for range 40 {
		deep = map[string]any{"in": deep}
	}
	s["deep"] = deep
	return s
}
