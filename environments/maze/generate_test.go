package maze

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"purposeagent/agent"
)

// spread returns configurations over the whole range.
func spread() []config {
	var list []config
	for size := minSize; size <= maxSize; size++ {
		for keys := 0; keys <= min(maxKeys, size*size-1); keys++ {
			if size > 6 && keys%2 == 1 {
				continue
			}
			list = append(list, []config{
				{Size: size, Keys: keys, OneWay: 1, Loops: .15, Goal: goalTake},
				{Size: size, Keys: keys, OneWay: maxOneWay, Loops: .6, Goal: goalCarry},
				{Size: size, Keys: keys, OneWay: size, Loops: 0, Goal: goalTake},
				{Size: size, Keys: keys, OneWay: 0, Loops: 1, Goal: goalCarry},
			}...)
		}
	}
	return list
}

func TestGeneratedMazesAreSolvableWithoutTraps(t *testing.T) {
	mazes := 0
	for _, c := range spread() {
		seeds := max(2, 40/c.Size)
		for seed := range int64(seeds) {
			r := newRand(c, seed, 0)
			p := draw(c, seed, r)
			p.search()
			if !p.sound() { // also without the retries of generate
				t.Fatalf("%+v seed %d: the construction left a trap", c, seed)
			}
			if p.optimum() < 1 {
				t.Fatalf("%+v seed %d: optimum %d", c, seed, p.optimum())
			}
			mazes++
		}
	}
	t.Logf("%d mazes", mazes)
}

func TestEveryDoorIsNeeded(t *testing.T) {
	for _, c := range spread() {
		for seed := range int64(2) {
			p, err := generate(c, seed)
			if err != nil {
				t.Fatal(err)
			}
			for door := range p.keyRooms {
				keep := p.keyRooms[door]
				p.keyRooms[door] = none // its key is nowhere
				p.search()
				if p.optimum() != none {
					t.Fatalf("%+v seed %d: solvable without the %s key", c, seed, p.colours[door])
				}
				p.keyRooms[door] = keep
			}
		}
	}
}

func TestGenerateHonoursTheConfig(t *testing.T) {
	for _, c := range spread() {
		p, err := generate(c, 5)
		if err != nil {
			t.Fatal(err)
		}
		doors, oneWays := map[int]int{}, 0
		for room, ways := range p.ways {
			for d, w := range ways {
				if w.to == none {
					continue
				}
				if w.to != p.neighbor(room, direction(d)) {
					t.Fatalf("%+v: the way %s of room %d leads to %d", c, direction(d), room, w.to)
				}
				back := p.ways[w.to][direction(d).opposite()]
				switch {
				case w.oneWay && (back.to != none || w.door != none):
					t.Fatalf("%+v: a one-way passage that leads back or has a door", c)
				case !w.oneWay && (back.to != room || back.door != w.door):
					t.Fatalf("%+v: a passage differs from its two ends", c)
				case w.oneWay:
					oneWays++
				case w.door != none:
					doors[w.door]++
				}
			}
		}
		if len(doors) != c.Keys || oneWays > c.OneWay || c.Size >= 4 && oneWays != c.OneWay && c.Loops < 1 && c.OneWay <= c.Size {
			t.Errorf("%+v: %d doors, %d one-way passages", c, len(doors), oneWays)
		}
		for door, ends := range doors {
			if ends != 2 {
				t.Errorf("%+v: door %d has %d ends", c, door, ends)
			}
		}
		if p.treasure == p.start {
			t.Errorf("%+v: the treasure lies at the entrance", c)
		}
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	for _, c := range spread()[:40] {
		a, err := generate(c, math.MinInt64)
		if err != nil {
			t.Fatal(err)
		}
		b, err := generate(c, math.MinInt64)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v: two mazes of one seed differ", c)
		}
	}
}

func TestRoomNamesTellNothing(t *testing.T) {
	names := roomNames()
	if len(names) < maxSize*maxSize {
		t.Fatalf("%d names", len(names))
	}
	taken := map[string]bool{}
	for _, word := range append(append(colours(), directions()...), "find", "treasure", "take", "carry", "gate", "key", "door", "and", "it", "to", "the") {
		taken[word] = true
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			t.Errorf("%q is there twice", name)
		}
		seen[name] = true
		for word := range strings.FieldsSeq(name) {
			if taken[word] {
				t.Errorf("%q uses the word %q", name, word)
			}
		}
	}
	first := map[string]int{} // the same room gets other names with other seeds
	for seed := range int64(200) {
		p, err := generate(defaults(), seed)
		if err != nil {
			t.Fatal(err)
		}
		first[p.names[0]]++
	}
	for name, n := range first {
		if n > 20 {
			t.Errorf("the north-west room is the %s in %d of 200 mazes", name, n)
		}
	}
}

// TestOptimumIsExact compares the backward search over state numbers with a
// forward search that knows the public methods only.
func TestOptimumIsExact(t *testing.T) {
	ctx := context.Background()
	for _, raw := range []string{
		`{"size":2,"keys":0}`, `{"size":2,"keys":3}`, `{"size":3,"keys":1}`, `{"size":3,"keys":2,"one_way":3,"loops":0.5}`,
		`{"size":3,"keys":2,"goal":"carry","one_way":2}`, `{"size":4}`, `{"size":4,"keys":3,"goal":"carry","one_way":4,"loops":0.4}`,
	} {
		for seed := range int64(12) {
			t.Run(fmt.Sprintf("%s/%d", raw, seed), func(t *testing.T) {
				m := newMaze(t, raw)
				task := agent.Task{Seed: seed}
				want, err := m.Optimum(task)
				if err != nil {
					t.Fatal(err)
				}
				s, err := m.Reset(ctx, task)
				if err != nil {
					t.Fatal(err)
				}
				if got := shortest(t, m, s); got != want {
					t.Errorf("forward search needs %d actions, Optimum says %d", got, want)
				}
			})
		}
	}
}

// shortest is a breadth-first search by Execute over what can be observed.
func shortest(t *testing.T, m *Maze, start agent.State) int {
	t.Helper()
	seen := map[agent.Object]bool{start.Data: true}
	level := []agent.State{start}
	for n := 0; len(level) > 0; n++ {
		var next []agent.State
		for _, s := range level {
			if m.IsTerminal(s) {
				return n
			}
			for _, a := range m.LegalActions(s) {
				after, err := m.Execute(context.Background(), a, s)
				if err != nil {
					t.Fatalf("%s: %v", a.Label(), err)
				}
				if !seen[after.Data] {
					seen[after.Data] = true
					next = append(next, after)
				}
			}
		}
		level = next
	}
	return none
}
