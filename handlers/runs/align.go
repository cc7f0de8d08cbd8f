package runs

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/handlers/textdiff"
)

// alignedRow is one line of a comparison: the place of a step in each run, -1
// where the run has none.
type alignedRow struct {
	at   []int
	key  string // of the action and the state that it led to
	same bool   // all runs have this step
}

// stepKey identifies what was done and what came of it.
func stepKey(s *agent.Step) string { return s.Action.Key() + "\x00" + s.After.Hash() }

// align puts the steps of runs beside each other: equal actions with equal
// results stand in one row, in an order that keeps each run's own (a longest
// common subsequence, run by run).
func align(runs [][]string) []alignedRow {
	var rows []alignedRow
	for r, keys := range runs {
		if r == 0 {
			for i, key := range keys {
				rows = append(rows, newRow(len(runs), 0, i, key))
			}
			continue
		}
		rows = alignNext(rows, keys, r, len(runs))
	}
	for i := range rows {
		rows[i].same = !slices.Contains(rows[i].at, -1)
	}
	return rows
}

// closeUp moves steps up beside those of other runs wherever that changes the
// order of none, so that what the runs did in place of each other stands in one
// row.
func closeUp(rows []alignedRow) []alignedRow {
	var out []alignedRow
	start := 0 // rows before it are full
	for _, row := range rows {
		if row.same {
			out = append(out, row)
			start = len(out)
			continue
		}
		place := start
		for i := len(out) - 1; i >= start && place == start; i-- {
			for r, at := range row.at {
				if at >= 0 && out[i].at[r] >= 0 {
					place = i + 1
				}
			}
		}
		if place == len(out) {
			out = append(out, row)
			continue
		}
		at := slices.Clone(out[place].at)
		for r := range at {
			at[r] = max(at[r], row.at[r])
		}
		out[place] = alignedRow{at: at}
	}
	return out
}

func newRow(runs, run, at int, key string) alignedRow {
	row := alignedRow{at: make([]int, runs), key: key}
	for i := range row.at {
		row.at[i] = -1
	}
	row.at[run] = at
	return row
}

// alignNext adds one more run to the rows.
func alignNext(rows []alignedRow, keys []string, run, runs int) []alignedRow {
	have := make([]string, len(rows))
	for i := range rows {
		have[i] = rows[i].key
	}
	out := make([]alignedRow, 0, len(rows)+len(keys))
	i, j := 0, 0
	for _, pair := range textdiff.Common(have, keys) {
		out = append(out, rows[i:pair[0]]...)
		for ; j < pair[1]; j++ {
			out = append(out, newRow(runs, run, j, keys[j]))
		}
		row := rows[pair[0]]
		row.at[run] = pair[1]
		out = append(out, row)
		i, j = pair[0]+1, pair[1]+1
	}
	out = append(out, rows[i:]...)
	for ; j < len(keys); j++ {
		out = append(out, newRow(runs, run, j, keys[j]))
	}
	return out
}
