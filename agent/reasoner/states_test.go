package reasoner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// board is a small world of numbered cells for tests of what is remembered of
// exact states: what an action does is a function.
type board struct {
	name    string
	actions []string
	begin   func(r *rand.Rand) int
	move    func(r *rand.Rand, cell, action int) int
	end     func(cell int) (done, success bool)
	shows   func(cell, step int, r *rand.Rand) map[string]any // nil: the cell
	purpose func(seed int64) string                           // nil: one for all
	score   func(cell int) float64                            // nil: 1 for a success
	limit   int

	r    *rand.Rand
	cell int
	step int
	note int64
}

func (b *board) Actions() []agent.ActionSpec {
	specs := make([]agent.ActionSpec, len(b.actions))
	for i, name := range b.actions {
		specs[i] = agent.ActionSpec{Name: name}
	}
	return specs
}

func (b *board) state() agent.State {
	data := map[string]any{"cell": b.cell}
	if b.shows != nil {
		data = b.shows(b.cell, b.step, rand.New(rand.NewPCG(uint64(b.note), 1)))
	}
	return agent.State{Data: agent.MustObject(data), Summary: fmt.Sprint(data)}
}

func (b *board) Reset(_ context.Context, task agent.Task) (agent.State, error) {
	b.r, b.note, b.step = rand.New(rand.NewPCG(uint64(task.Seed), 77)), task.Seed, 0
	b.cell = b.begin(b.r)
	return b.state(), nil
}

func (b *board) Execute(_ context.Context, action agent.Action, _ agent.State) (agent.State, error) {
	for i, name := range b.actions {
		if name == action.Name {
			b.cell = b.move(b.r, b.cell, i)
			b.step++
			return b.state(), nil
		}
	}
	return agent.State{}, agent.Errorf(agent.CodeInvalid, "no such action")
}

func (b *board) IsTerminal(agent.State) bool {
	done, _ := b.end(b.cell)
	return done
}

func (b *board) Verify(context.Context, agent.State) (agent.Verdict, error) {
	_, success := b.end(b.cell)
	v := agent.Verdict{Success: success}
	if success {
		v.Score = 1
	}
	if b.score != nil {
		v.Score = b.score(b.cell)
	}
	return v, nil
}

// pupil is a learner of a board, through the real orchestrator.
type pupil struct {
	tb        testing.TB
	board     *board
	library   *rulestore.Memory
	replay    *replay.ExperienceReplay
	distiller agent.Distiller
	work      [3]*agent.Orchestrator // by mode
	tasks     int64
	seconds   int64 // of a clock that counts
}

func newPupil(tb testing.TB, b *board) *pupil {
	p := &pupil{tb: tb, board: b, library: rulestore.NewMemory(nil), replay: replay.New(500)}
	p.restart()
	return p
}

func (p *pupil) restart() {
	p.distiller = distiller.New(distiller.Config{Replay: p.replay})
	optimizer, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: p.library, Replay: p.replay, Distiller: p.distiller, Contrast: -1})
	check(p.tb, err)
	for m := range p.work {
		p.work[m], err = agent.NewOrchestrator(agent.Config{Environment: p.board, EnvironmentName: p.board.name,
			Actor: reasoner.NewActor(reasoner.ActorConfig{}), Critic: reasoner.NewCritic(p.board, nil), Memory: agent.MemoryConfig{Optimizer: optimizer, Library: p.library, Replay: p.replay, Recall: mode(m) != off, Learn: mode(m) == train, Holdout: mode(m) == train},

			Clock: agent.Clock{Now: func() time.Time { p.seconds++; return time.Unix(p.seconds, 0) }}})
		check(p.tb, err)
	}
}

func (p *pupil) do(m mode, seed int64) agent.TaskResult {
	purpose := "reach the end"
	if p.board.purpose != nil {
		purpose = p.board.purpose(seed)
	}
	r, err := p.work[m].Run(p.tb.Context(), fmt.Sprintf("%d-%d", m, seed), agent.Task{Purpose: purpose, Seed: seed, MaxSteps: p.board.limit})
	check(p.tb, err)
	return r
}

func (p *pupil) train(n int) (solved int) {
	for range n {
		p.tasks++
		if p.do(train, p.tasks).Success {
			solved++
		}
	}
	return solved
}

// share is the share of n fresh tasks that are solved, and in how many steps.
func (p *pupil) share(m mode, n int) (solved, steps float64) {
	for i := range n {
		if r := p.do(m, int64(1_000_000+i)); r.Success {
			solved++
			steps += float64(r.TotalSteps)
		}
	}
	return solved / float64(n), steps / max(solved, 1)
}

// table is the row of exact states, nil without one in use.
func (p *pupil) table() *agent.Heuristic {
	set, err := p.library.Usable(p.tb.Context(), p.work[train].Scope())
	check(p.tb, err)
	for _, h := range set.Rules {
		if h.States() != nil {
			return h
		}
	}
	return nil
}

// lake is a frozen lake: from the first cell to the last, past holes. With slip
// two of three steps go to a side.
func lake(slip bool) *board {
	const size = 4
	holes := map[int]bool{5: true, 7: true, 11: true, 12: true}
	dx, dy := []int{-1, 0, 1, 0}, []int{0, 1, 0, -1}
	return &board{name: "lake", actions: []string{"west", "south", "east", "north"}, limit: 100,
		begin: func(*rand.Rand) int { return 0 },
		move: func(r *rand.Rand, cell, action int) int {
			if slip {
				action = (action + r.IntN(3) + 3) % 4
			}
			x := min(max(cell%size+dx[action], 0), size-1)
			y := min(max(cell/size+dy[action], 0), size-1)
			return y*size + x
		},
		end: func(cell int) (bool, bool) { return holes[cell] || cell == size*size-1, cell == size*size-1 },
	}
}

// lock is a combination lock that shows how far it is open. A wrong turn
// begins anew, or ends the task.
func lock(length, actions int, ends bool, seed uint64) *board {
	r := rand.New(rand.NewPCG(seed, 5))
	code := make([]int, length)
	for i := range code {
		code[i] = r.IntN(actions)
	}
	b := &board{name: "lock", limit: 30, begin: func(*rand.Rand) int { return 0 }}
	for i := range actions {
		b.actions = append(b.actions, fmt.Sprintf("turn%d", i))
	}
	b.move = func(_ *rand.Rand, cell, action int) int {
		switch {
		case code[cell] == action:
			return cell + 1
		case ends:
			return -1
		}
		return 0
	}
	b.end = func(cell int) (bool, bool) { return cell < 0 || cell == length, cell == length }
	return b
}

// ferry takes a passenger from one of four stops to another, on a board of five
// by five with random starts: 500 states. What can't be done ends nothing.
func ferry() *board {
	stops := []int{0, 4, 20, 23}
	return &board{name: "ferry", actions: []string{"down", "up", "right", "left", "load", "land"}, limit: 200,
		begin: func(r *rand.Rand) int {
			from := r.IntN(4)
			to := (from + 1 + r.IntN(3)) % 4
			return r.IntN(25)*100 + from*10 + to
		},
		move: func(_ *rand.Rand, cell, action int) int {
			at, from, to := cell/100, cell/10%10, cell%10
			x, y := at%5, at/5
			switch action {
			case 0:
				y = min(y+1, 4)
			case 1:
				y = max(y-1, 0)
			case 2:
				if wall := x == 1 && y < 2 || (x == 0 || x == 2) && y > 2; !wall {
					x = min(x+1, 4)
				}
			case 3:
				if wall := x == 2 && y < 2 || (x == 1 || x == 3) && y > 2; !wall {
					x = max(x-1, 0)
				}
			case 4:
				if from < 4 && at == stops[from] {
					from = 4
				}
			case 5:
				if from == 4 && at == stops[to] {
					from = 5
				}
			}
			return (y*5+x)*100 + from*10 + to
		},
		end: func(cell int) (bool, bool) { return cell/10%10 == 5, cell/10%10 == 5 },
		shows: func(cell, _ int, _ *rand.Rand) map[string]any {
			return map[string]any{"x": cell / 100 % 5, "y": cell / 500, "passenger": fmt.Sprint("p", cell/10%10), "destination": fmt.Sprint("d", cell%10)}
		},
	}
}

// cliff is a walk along a cliff: who falls begins anew. The shortest way is 13.
func cliff() *board {
	return &board{name: "cliff", actions: []string{"up", "right", "down", "left"}, limit: 200,
		begin: func(*rand.Rand) int { return 36 },
		move: func(_ *rand.Rand, cell, action int) int {
			x, y := cell%12, cell/12
			x = min(max(x+[]int{0, 1, 0, -1}[action], 0), 11)
			y = min(max(y+[]int{-1, 0, 1, 0}[action], 0), 3)
			if y == 3 && x > 0 && x < 11 {
				return 36
			}
			return y*12 + x
		},
		end: func(cell int) (bool, bool) { return cell == 47, cell == 47 },
	}
}

// clocked shows how many steps are left, and the number of the task.
func clocked(b *board) *board {
	b.name += " with a clock"
	b.shows = func(cell, step int, r *rand.Rand) map[string]any {
		return map[string]any{"cell": cell, "left": b.limit - step, "task": r.Int32()}
	}
	return b
}

func TestAFixedWorldIsKnownByHeart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		board func() *board
		tasks int
		least float64
	}{
		{"a hole beside the way", func() *board { return lake(false) }, 60, .99},
		{"ice that slips", func() *board { return lake(true) }, 350, .66}, // .74 is the optimum in 100 steps
		{"a clock and a number beside the state", func() *board { return clocked(lake(false)) }, 60, .99},
		{"a lock that ends the task", func() *board { return lock(5, 12, true, 3) }, 150, .99},
		{"a lock that shows nothing", func() *board {
			b := lock(5, 12, true, 3)
			b.shows = func(int, int, *rand.Rand) map[string]any { return map[string]any{"lock": "closed"} }
			return b
		}, 200, .99},
		{"a fixed way of which little is seen", func() *board {
			b := corridor(4)
			b.begin = func(*rand.Rand) int { return 1 }
			b.shows = func(cell, _ int, _ *rand.Rand) map[string]any {
				return map[string]any{"wall": cell%10 == 0 || cell%10 == 3}
			}
			return b
		}, 60, .99},
		{"a lock that begins anew", func() *board { return lock(5, 12, false, 3) }, 80, .99},
		{"a ferry", ferry, 120, .9},
		{"a cliff", cliff, 100, .9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPupil(t, tt.board())
			without, _ := p.share(off, 40)
			p.train(tt.tasks)
			with, steps := p.share(on, 100)
			t.Logf("off %.2f, on %.2f in %.1f steps", without, with, steps)
			if with < tt.least {
				t.Errorf("on %.2f after %d tasks, want %.2f; off has %.2f", with, tt.tasks, tt.least, without)
			}
		})
	}
}

// corridor has a key on its near side that opens its far end.
func corridor(cells int) *board {
	return &board{name: "corridor", actions: []string{"back", "on", "take", "open"}, limit: 60,
		begin: func(r *rand.Rand) int { return r.IntN(3) + cells/3 },
		move: func(_ *rand.Rand, cell, action int) int {
			at, key := cell%10, cell/10
			switch {
			case action == 0:
				at = max(at-1, 0)
			case action == 1:
				at = min(at+1, cells-1)
			case action == 2 && at == 0:
				key = 1
			case action == 3 && at == cells-1 && key == 1:
				at = cells
			}
			return key*10 + at
		},
		end: func(cell int) (bool, bool) { return cell%10 == cells, cell%10 == cells },
		shows: func(cell, _ int, _ *rand.Rand) map[string]any {
			return map[string]any{"at": fmt.Sprint("c", cell%10), "key": cell >= 10}
		},
	}
}

// hidden is a world whose law is drawn anew for each task and can't be seen.
func hidden() *board {
	b := lock(3, 4, false, 1)
	b.name = "hidden"
	var code [3]int
	b.begin = func(r *rand.Rand) int {
		for i := range code {
			code[i] = r.IntN(4)
		}
		return 0
	}
	b.move = func(_ *rand.Rand, cell, action int) int {
		if code[cell] == action {
			return cell + 1
		}
		return 0
	}
	return b
}

func TestExactStatesAreOffWhereTheyAreOfNoUse(t *testing.T) {
	t.Parallel()
	never := lake(false)
	never.name = "never"
	never.shows = func(cell, _ int, r *rand.Rand) map[string]any {
		return map[string]any{"cell": fmt.Sprint(r.IntN(50), "-", cell), "wind": r.IntN(100), "sun": r.IntN(100)}
	}
	for _, tt := range []struct {
		name  string
		board *board
		on    bool
	}{
		{"states that never come again", never, false},
		{"a law that is drawn for each task", hidden(), false},
		{"a fixed corridor from three starts", corridor(9), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPupil(t, tt.board)
			p.train(60)
			row := p.table()
			if (row != nil) != tt.on {
				t.Errorf("a row of exact states: %v, want one: %v", row != nil, tt.on)
			}
		})
	}
}

// trace lists what a task did.
func (p *pupil) trace(m mode, seed int64) (acts []string, cites int) {
	purpose := "reach the end"
	for e, err := range p.work[m].RunTask(p.tb.Context(), fmt.Sprintf("trace-%d-%d", m, seed), agent.Task{Purpose: purpose, Seed: seed, MaxSteps: p.board.limit}, nil) {
		check(p.tb, err)
		if s, ok := e.Data.(agent.StepTaken); ok {
			acts = append(acts, s.Step.Action.Key())
			cites += len(s.Step.Action.Cites)
		}
	}
	return acts, cites
}

func TestWithoutItsRowTheActorIsTheBaseline(t *testing.T) {
	p := newPupil(t, lake(true))
	want, _ := p.trace(off, 42)
	p.train(60)
	if row := p.table(); row == nil {
		t.Fatal("no row of exact states")
	}
	if _, cites := p.trace(on, 42); cites == 0 {
		t.Error("no step cites the row")
	}
	if got, cites := p.trace(off, 42); !slices.Equal(got, want) || cites > 0 {
		t.Errorf("without memory it does %v, before learning %v", got, want)
	}
	all, err := p.library.All(t.Context(), p.work[on].Scope())
	check(t, err)
	var ids []string
	for _, h := range all {
		ids = append(ids, h.ID)
	}
	_, err = p.library.Delete(t.Context(), "me", ids)
	check(t, err)
	if got, _ := p.trace(on, 42); !slices.Equal(got, want) {
		t.Errorf("after all rows were deleted it does %v, before learning %v", got, want)
	}
	p.train(3)
	if row := p.table(); row != nil {
		t.Error("learning brought back the row that a person deleted")
	}
}

func TestARestartChangesNothingOfExactStates(t *testing.T) {
	t.Parallel()
	one, two := newPupil(t, lake(true)), newPupil(t, lake(true))
	for i := range 40 {
		one.train(1)
		if i%7 == 0 {
			two.restart()
		}
		two.train(1)
	}
	if a, b := one.table(), two.table(); a == nil || b == nil || a.States().Digest() != b.States().Digest() {
		t.Error("a table after restarts differs from one without")
	}
}

func TestATableIsRememberedBeyondTheReplay(t *testing.T) {
	t.Parallel()
	p := newPupil(t, corridor(9))
	p.replay = replay.New(5)
	p.restart()
	p.train(60)
	before := p.table().States().Summary
	p.restart()
	p.train(1)
	if after := p.table().States().Summary; after.Tasks != before.Tasks+1 || after.Known < before.Known {
		t.Errorf("after a restart %+v, before %+v", after, before)
	}
}

func TestANewLawIsLearnedWithinTwiceTheTime(t *testing.T) {
	t.Parallel()
	fresh := func(p *pupil) int {
		for n := range 400 {
			p.train(1)
			if s, _ := p.share(on, 1); s == 1 {
				return n + 1
			}
		}
		return 400
	}
	first, second := 0, 0
	for seed := range uint64(5) {
		b := lock(4, 8, false, 10+seed)
		p := newPupil(t, b)
		first += fresh(p)
		p.train(60)
		b.move = lock(4, 8, false, 100+seed).move
		second += fresh(p)
	}
	t.Logf("learned in %d tasks, and after the law changed in %d", first, second)
	if second > 2*first {
		t.Errorf("a new law took %d tasks, the first one %d", second, first)
	}
}

// A training task does not go round in circles where there is nothing to find.
func TestTrainingDoesNotCircle(t *testing.T) {
	t.Parallel()
	b := lake(false)
	b.name = "island"
	b.end = func(int) (bool, bool) { return false, false }
	p := newPupil(t, b)
	p.train(30)
	for seed := range int64(5) {
		acts, _ := p.trace(train, 500+seed)
		times := map[string]int{}
		for i := range acts[1:] {
			times[acts[i]+acts[i+1]]++
		}
		for pair, n := range times {
			if n > len(acts)/3 {
				t.Errorf("%s %d times in %d steps", pair, n, len(acts))
			}
		}
	}
}

// Where nothing ever succeeds, what scored most is known by heart.
func TestTheWayToTheBestScoreIsKnown(t *testing.T) {
	t.Parallel()
	b := corridor(7)
	b.name = "score only"
	b.end = func(int) (bool, bool) { return false, false }
	b.score = func(cell int) float64 { return float64(cell%10)/20 + float64(cell/10)/2 }
	p := newPupil(t, b)
	p.train(40)
	if got := p.do(on, 99).Outcome; got.Score < .8 || got.Success {
		t.Errorf("it ended with a score of %.2f (success: %v) of .85", got.Score, got.Success)
	}
}

// Chance keeps the row out of whole tasks, so that its worth is measured.
func TestTheRowIsWithheldWithTheSet(t *testing.T) {
	t.Parallel()
	p := newPupil(t, lake(false))
	p.train(40)
	with, without := 0, 0
	for seed := range int64(60) {
		withheld, cites := false, 0
		for e, err := range p.work[train].RunTask(t.Context(), fmt.Sprint("held-", seed), agent.Task{Purpose: "reach the end", Seed: seed, MaxSteps: 100}, nil) {
			check(t, err)
			switch d := e.Data.(type) {
			case agent.RunStarted:
				withheld = d.Holdout.Withheld
			case agent.StepTaken:
				cites += len(d.Step.Action.Cites)
			}
		}
		switch {
		case withheld && cites > 0:
			t.Errorf("task %d had no learned set and cites it", seed)
		case withheld:
			without++
		case cites > 0:
			with++
		}
	}
	if with == 0 || without == 0 {
		t.Errorf("%d tasks went by the row, %d were without it", with, without)
	}
}
