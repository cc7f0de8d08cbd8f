package maze

import (
	"context"
	"testing"

	"purposeagent/agent"
)

// explorer is a player that knows the observations only: it takes and unlocks
// what it can, and else walks to the nearest exit that it has not tried.
type explorer struct {
	leads map[string]map[string]string // place → exit → place behind, "" if not tried
}

func (e *explorer) choose(t *testing.T, legal []agent.Action, data agent.Object) agent.Action {
	t.Helper()
	var v view
	if err := data.Decode(&v); err != nil {
		t.Fatal(err)
	}
	known := e.leads[v.Place]
	if known == nil {
		known = map[string]string{}
		e.leads[v.Place] = known
	}
	for _, a := range legal {
		if a.Name != verbGo {
			return a
		}
		if _, ok := known[a.Param("direction")]; !ok {
			known[a.Param("direction")] = ""
		}
	}
	for name, x := range v.Exits { // a locked door is tried when its key is held
		if x.Door == doorLocked {
			delete(known, name)
			if _, ok := v.Things[x.Colour+" key"]; ok {
				t.Fatal("the key is held and unlock is not legal")
			}
		}
		e.doors(v.Place, name, x)
	}
	return agent.NewAction(verbGo, "direction", e.firstStep(v, legal))
}

// doors remembers where the locked doors stand, as exits under their colour.
func (e *explorer) doors(place, name string, x exit) {
	if x.Door == doorLocked {
		e.leads[place]["locked "+x.Colour] = name
	} else if x.Colour != "" {
		delete(e.leads[place], "locked "+x.Colour)
	}
}

// firstStep searches the known map for the nearest place with an untried exit
// or a door whose key is held, and returns the exit to begin with.
func (e *explorer) firstStep(v view, legal []agent.Action) string {
	type node struct{ place, first string }
	seen := map[string]bool{v.Place: true}
	level := []node{{v.Place, ""}}
	for len(level) > 0 {
		var next []node
		for _, n := range level {
			for _, d := range directions() {
				to, ok := e.leads[n.place][d]
				first := n.first
				if first == "" {
					first = d
				}
				switch {
				case ok && to == "":
					return first
				case ok && !seen[to]:
					seen[to] = true
					next = append(next, node{to, first})
				}
			}
			for _, t := range v.Things {
				if _, ok := e.leads[n.place]["locked "+t.Colour]; ok && n.first != "" {
					return n.first
				}
			}
		}
		level = next
	}
	return legal[0].Param("direction")
}

// TestMazesCanBePlayed: with the observations alone a plain explorer solves
// nearly all mazes within five times the optimum, so the limit is fair; acting
// at random it solves few, so there is something to learn.
func TestMazesCanBePlayed(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name, raw string
		want      float64
	}{
		{"4x4", `{}`, .8},
		{"5x5", `{"size":5}`, .7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMaze(t, tt.raw)
			solved, random, n := 0, 0, 60
			for seed := range int64(n) {
				task := agent.Task{Seed: seed}
				optimum, err := m.Optimum(task)
				if err != nil {
					t.Fatal(err)
				}
				if states := walk(t, m, seed, 5*optimum); m.IsTerminal(states[len(states)-1]) {
					random++
				}
				s, err := m.Reset(ctx, task)
				if err != nil {
					t.Fatal(err)
				}
				e := &explorer{leads: map[string]map[string]string{}}
				for i := 0; i < 5*optimum && !m.IsTerminal(s); i++ {
					a := e.choose(t, m.LegalActions(s), s.Data)
					after, err := m.Execute(ctx, a, s)
					if err != nil {
						t.Fatal(err)
					}
					if a.Name == verbGo {
						from, _ := s.Data.Map()["place"].(string)
						to, _ := after.Data.Map()["place"].(string)
						e.leads[from][a.Param("direction")] = to
					}
					s = after
				}
				if m.IsTerminal(s) {
					solved++
				}
			}
			got, chance := float64(solved)/float64(n), float64(random)/float64(n)
			t.Logf("explorer %.3f, random %.3f of %d mazes", got, chance, n)
			if got < tt.want || chance > .2 {
				t.Errorf("explorer %.3f, want at least %.2f; random %.3f, want at most .2", got, tt.want, chance)
			}
		})
	}
}
