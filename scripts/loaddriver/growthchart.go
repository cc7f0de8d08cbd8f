package main

import (
	"fmt"
	"math"
	"strings"
)

const tableHead = `| tasks | steps | ms a task | of the processor | memory, MB | disk, MB | KB a task | rules | gone | /runs, ms | /library, ms |
|---|---|---|---|---|---|---|---|---|---|---|`

// row is a line of the table.
func (p *point) row() string {
	return fmt.Sprintf("| %d | %d | %.1f | %.1f | %.0f | %.0f | %.1f | %d | %d | %.1f | %.1f |",
		p.tasks, p.steps, p.wall, p.cpu, p.memory, p.disk, p.added, p.rules, p.gone, p.runs, p.library)
}

func growthTable(learned, worked []point) string {
	var b strings.Builder
	b.WriteString("Tasks of the workshop, each learned from:\n\n" + tableHead + "\n")
	for i := range learned {
		b.WriteString(learned[i].row() + "\n")
	}
	if len(worked) > 0 {
		b.WriteString("\nThen tasks of a maze, without memory:\n\n" + tableHead + "\n")
		for i := range worked {
			b.WriteString(worked[i].row() + "\n")
		}
	}
	return b.String()
}

// The panels of the chart, in pixels.
const (
	panelWidth, panelHeight = 330, 150
	panelLeft, panelTop     = 46, 26
)

// growthChart draws four figures over the number of tasks.
func growthChart(points []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" fill="#6b7280">`+"\n", 2*panelWidth, 2*panelHeight+20)
	for i, panel := range []struct {
		title string
		of    func(p *point) float64
	}{
		{"processor time of a task, ms", func(p *point) float64 { return p.cpu }},
		{"memory, MB", func(p *point) float64 { return p.memory }},
		{"disk of a task, KB", func(p *point) float64 { return p.added }},
		{"page /library, ms", func(p *point) float64 { return p.library }},
	} {
		drawPanel(&b, float64(i%2*panelWidth), float64(i/2*panelHeight), panel.title, points, panel.of)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">tasks learned from</text>`+"\n</svg>\n", panelWidth, 2*panelHeight+14)
	return b.String()
}

func drawPanel(b *strings.Builder, left, top float64, title string, points []point, of func(p *point) float64) {
	most := 0.0
	for i := range points {
		most = max(most, of(&points[i]))
	}
	most = roundUp(most)
	x0, y0, x1, y1 := left+panelLeft, top+panelHeight-20, left+panelWidth-12, top+panelTop
	tasks := float64(points[len(points)-1].tasks)
	x := func(n int) float64 { return x0 + (x1-x0)*float64(n)/tasks }
	y := func(v float64) float64 { return y0 - (y0-y1)*v/most }
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f" font-weight="bold">%s</text>`+"\n", x0, top+16, title)
	for _, v := range []float64{0, most / 2, most} {
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#d1d5db" stroke-width=".7"/><text x="%.1f" y="%.1f" text-anchor="end">%g</text>`+"\n", x0, y(v), x1, x0-5, y(v)+4, v)
	}
	for i, n := range []int{0, int(tasks) / 2, int(tasks)} {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s">%d</text>`+"\n", x(n), y0+13, [...]string{"middle", "middle", "end"}[i], n)
	}
	var line strings.Builder
	for i := range points {
		fmt.Fprintf(&line, " %.1f,%.1f", x(points[i].tasks), y(of(&points[i])))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="#2352d8" stroke-width="1.8"/>`+"\n", line.String()[1:])
}

// roundUp returns the next of 1, 2, 4, 5, 8 and their tenfolds.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 4, 5, 8} {
		if n*unit >= v {
			return n * unit
		}
	}
	return 10 * unit
}
