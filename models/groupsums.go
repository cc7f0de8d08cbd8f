package models

import (
	"sync"

	"purposeagent/agent/catalog"
)

// maxGroupSums bounds the sums that are kept, some hundred bytes each.
const maxGroupSums = 2000

// groupSums keeps what the runs of groups come to in which every run has ended: a list
// shows fifty groups of up to agent.MaxRepeats runs, and would sum them up anew each
// time. It is for databases that nobody else writes.
type groupSums struct {
	mu      sync.Mutex
	known   map[string]*catalog.GroupSum // shared: never changed
	reading map[*sumReading]bool
}

// sumReading is a reading of groups in progress; those that are written meanwhile are
// taken out of it.
type sumReading struct{ groups map[string]bool }

// begin returns what is known of groups, and begins a reading of the others.
func (g *groupSums) begin(groups []string) (known map[string]*catalog.GroupSum, missing []string, reading *sumReading) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known, reading = map[string]*catalog.GroupSum{}, &sumReading{map[string]bool{}}
	for _, group := range groups {
		if sum := g.known[group]; sum != nil {
			known[group] = sum
			continue
		}
		missing = append(missing, group)
		reading.groups[group] = true
	}
	if g.reading == nil {
		g.reading = map[*sumReading]bool{}
	}
	g.reading[reading] = true
	return known, missing, reading
}

// end ends a reading and keeps what it found of groups in which nothing goes on.
func (g *groupSums) end(reading *sumReading, found map[string]*catalog.GroupSum) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.reading, reading)
	for group := range reading.groups {
		sum := found[group]
		if sum == nil || !allEnded(sum) {
			continue
		}
		if g.known == nil || len(g.known) >= maxGroupSums {
			g.known = map[string]*catalog.GroupSum{}
		}
		g.known[group] = sum
	}
}

func allEnded(sum *catalog.GroupSum) bool {
	for status, n := range sum.ByStatus {
		if n > 0 && !status.Final() {
			return false
		}
	}
	return true
}

// forget says that a run of a group was written.
func (g *groupSums) forget(group string) {
	if group == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.known, group)
	for reading := range g.reading {
		delete(reading.groups, group)
	}
}

// clear says that runs of any group were written.
func (g *groupSums) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.known)
	for reading := range g.reading {
		clear(reading.groups)
	}
}
