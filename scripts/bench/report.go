package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// benchstat compares benchmarks (golang.org/x/perf, BSD licence).
const benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

// report prints the comparison, the goals and what got worse.
func report(ctx context.Context, dir string, sides []*side) error {
	var inputs []string
	for _, s := range sides {
		input, err := s.write(dir)
		if err != nil {
			return err
		}
		inputs = append(inputs, input)
	}
	table, err := output(ctx, ".", "go", append([]string{"run", benchstat}, inputs...)...)
	if err != nil {
		return err
	}
	fmt.Println(table)
	now := sides[len(sides)-1]
	measured := medians(now.out.String())
	for at, out := range now.besides {
		for name, units := range medians(out.String()) {
			measured[name+" "+at] = units
		}
	}
	fmt.Printf("%-52s %14s %14s\n", "goals", "goal", "measured")
	for _, g := range goals {
		value, ok := measured[g.name()][g.unit]
		switch {
		case !ok: // not asked for
		case g.least == 0 && value <= g.most || g.least > 0 && value >= g.least:
			fmt.Printf("%-52s %14s %14s\n", g.name(), say(max(g.most, g.least), g.unit), say(value, g.unit))
		default:
			fmt.Printf("%-52s %14s %14s  missed\n", g.name(), say(max(g.most, g.least), g.unit), say(value, g.unit))
		}
	}
	if len(sides) == 1 {
		return nil
	}
	rows, err := output(ctx, ".", "go", append([]string{"run", benchstat, "-format", "csv"}, inputs...)...)
	if err != nil {
		return err
	}
	grew, err := worse(rows)
	if err != nil {
		return err
	}
	fmt.Printf("\nworse than at %s, by more than chance explains:\n", sides[0].name)
	if len(grew) == 0 {
		fmt.Println("nothing")
	}
	for _, line := range grew {
		fmt.Println(line)
	}
	return nil
}

// worse lists the figures of which benchstat says that they grew, from its CSV
// form: blocks of one unit, each headed by a line with the unit in its second
// column, with the change in the last but one. Figures that had better be large
// are rates, as "steps/s" is.
func worse(text string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("benchstat's table: %w", err)
	}
	var out []string
	unit := ""
	for _, record := range records {
		n := len(record)
		switch {
		case n < 3:
			continue
		case record[0] == "" && slices.Contains(record, "CI"):
			unit = record[1]
			continue
		case record[0] == "geomean":
			continue
		}
		sign := "+"
		if strings.HasSuffix(unit, "/s") || unit == "solved/op" {
			sign = "-"
		}
		if strings.HasPrefix(record[n-2], sign) {
			out = append(out, fmt.Sprintf("%-52s %-14s %8s  %s", record[0], unit, record[n-2], record[n-1]))
		}
	}
	return out, nil
}

// medians reads what benchmarks printed: by name and unit. The number of
// processors behind a name is left out.
func medians(text string) map[string]map[string]float64 {
	all := map[string]map[string][]float64{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		name := nameOf(line)
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				all[name][fields[i+1]] = append(all[name][fields[i+1]], v)
			}
		}
	}
	out := map[string]map[string]float64{}
	for name, units := range all {
		out[name] = map[string]float64{}
		for unit, values := range units {
			slices.Sort(values)
			out[name][unit] = (values[(len(values)-1)/2] + values[len(values)/2]) / 2
		}
	}
	return out
}

// say writes a figure with its unit, times in a unit that is easily read.
func say(v float64, unit string) string {
	if unit == "ns/op" || unit == "ns/step" {
		scales := []struct {
			most float64
			name string
		}{{1e3, "ns"}, {1e6, "µs"}, {1e9, "ms"}, {math.Inf(1), "s"}}
		for i, s := range scales {
			if v < s.most {
				return strconv.FormatFloat(v/math.Pow(1e3, float64(i)), 'g', 3, 64) + " " + s.name + strings.TrimPrefix(unit, "ns")
			}
		}
	}
	return strconv.FormatFloat(v, 'f', -1, 64) + " " + unit
}
