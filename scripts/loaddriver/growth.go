package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	_ "github.com/mattn/go-sqlite3" // to count the rows of the database beside the program

	"purposeagent/internal/app"
)

// partTasks is how many tasks are launched at a time: as many as one launch may have.
const partTasks = 1000

// growing is a program that is measured while its history grows.
type growing struct {
	*target
	file  string // of its database
	reads *sql.DB
	last  point
	ended int // tasks
}

// point is what the program had come to after one part of the tasks.
type point struct {
	tasks, steps int // in all
	rules, gone  int // in the library, and those of which only the history is left

	wall, cpu float64 // ms a task of this part
	memory    float64 // MB resident
	disk      float64 // MB, of the database with its log
	added     float64 // KB a task of this part
	runs      float64 // ms of /runs
	library   float64 // ms of /library
}

// measureGrowth has tasks learned from, and then others worked without memory until
// the database holds so many steps.
func measureGrowth(ctx context.Context, binary, data string, tasks, steps int, out string) error {
	s, _, err := start(ctx, binary, data)
	if err != nil {
		return err
	}
	defer s.stop()
	g := &growing{target: s, file: filepath.Join(data, app.DatabaseFile)}
	if g.reads, err = sql.Open("sqlite3", (&url.URL{Scheme: "file", Opaque: g.file, RawQuery: "mode=ro&_busy_timeout=10000"}).String()); err != nil {
		return err
	}
	defer func() { _ = g.reads.Close() }()
	fmt.Println(tableHead)
	var learned, worked []point
	for done := 0; done < tasks; done += partTasks {
		at, err := g.part(ctx, min(partTasks, tasks-done), map[string]any{"environment": map[string]any{"name": "workshop"}, "seed": 1 + done, "max_steps": 40})
		if err != nil {
			return err
		}
		learned = append(learned, at)
	}
	for g.last.steps < steps {
		at, err := g.part(ctx, partTasks, map[string]any{"environment": map[string]any{"name": "maze", "config": map[string]any{"size": 12}},
			"purpose": "Find the treasure and take it", "seed": 1 + partTasks*len(worked), "max_steps": 200, "early_stop_phi": 10, "memory": "off"})
		if err != nil {
			return err
		}
		worked = append(worked, at)
	}
	if out == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(out, "growth.md"), []byte(growthTable(learned, worked)), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "growth.svg"), []byte(growthChart(learned)), 0o600)
}

// part has tasks worked, and says what they took.
func (g *growing) part(ctx context.Context, tasks int, spec map[string]any) (point, error) {
	var at point
	before, err := g.spent()
	if err != nil {
		return at, err
	}
	began := time.Now()
	spec["repeats"] = tasks
	if _, err := g.launch(ctx, spec); err != nil {
		return at, err
	}
	g.ended += tasks
	for ended := 0; ended < g.ended; {
		time.Sleep(100 * time.Millisecond)
		if ended, err = g.haveEnded(ctx); err != nil {
			return at, err
		}
	}
	at.wall = time.Since(began).Seconds() * 1000 / float64(tasks)
	after, err := g.spent()
	if err != nil {
		return at, err
	}
	at.cpu = (after - before).Seconds() * 1000 / float64(tasks)
	if err := g.look(ctx, &at); err != nil {
		return at, err
	}
	at.added = (at.disk - g.last.disk) * 1000 / float64(tasks)
	g.last = at
	fmt.Println(at.row())
	return at, nil
}

var runsByStatus = regexp.MustCompile(`(?m)^purpose_runs\{status="(finished|failed|stopped)"\} (\S+)$`)

// haveEnded counts the runs that have ended; one that failed is an error.
func (g *growing) haveEnded(ctx context.Context) (int, error) {
	raw, err := g.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, m := range runsByStatus.FindAllSubmatch(raw, -1) {
		n, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil || string(m[1]) != "finished" && n > 0 {
			return 0, fmt.Errorf("there are runs that %s: %s", m[1], m[2])
		}
		ended += int(n)
	}
	return ended, nil
}

// look fills in what there is now.
func (g *growing) look(ctx context.Context, at *point) error {
	time.Sleep(3 * time.Second) // until the log is cut, and garbage is gone
	for _, count := range []struct {
		query string
		into  *int
	}{
		{`SELECT count(*) FROM runs`, &at.tasks}, {`SELECT count(*) FROM steps`, &at.steps}, {`SELECT count(*) FROM heuristics`, &at.rules},
		{`SELECT count(*) FROM heuristic_versions WHERE gone`, &at.gone},
	} {
		if err := g.reads.QueryRowContext(ctx, count.query).Scan(count.into); err != nil {
			return fmt.Errorf("%s: %w", count.query, err)
		}
	}
	for _, name := range []string{g.file, g.file + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		at.disk += float64(info.Size()) / 1e6
	}
	at.memory = g.rss()
	var err error
	if at.runs, err = g.page(ctx, "/runs"); err == nil {
		at.library, err = g.page(ctx, "/library?environment=workshop")
	}
	return err
}

// page returns the median time of a page in ms.
func (g *growing) page(ctx context.Context, path string) (float64, error) {
	times := make([]float64, 11)
	for i := range times {
		began := time.Now()
		if _, err := g.get(ctx, path); err != nil {
			return 0, err
		}
		times[i] = time.Since(began).Seconds() * 1000
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
