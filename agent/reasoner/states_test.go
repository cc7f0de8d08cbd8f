package reasoner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
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
	return v, nil
}

// pupil is a learner of a board, through the real orchestrator.
type pupil struct {
	tb        testing.TB
	board     *board
	library   *agent.MemoryLibrary
	replay    *agent.ExperienceReplay
	distiller agent.Distiller
	work      [3]*agent.Orchestrator // by mode
	tasks     int64
}

func newPupil(tb testing.TB, b *board) *pupil {
	p := &pupil{tb: tb, board: b, library: agent.NewMemoryLibrary(nil), replay: agent.NewExperienceReplay(500)}
	p.restart()
	return p
}

func (p *pupil) restart() {
	p.distiller = reasoner.NewDistiller(reasoner.DistillerConfig{Replay: p.replay})
	optimizer, err := agent.NewHeuristicOptimizer(agent.OptimizerConfig{Library: p.library, Replay: p.replay, Distiller: p.distiller, Contrast: -1})
	check(p.tb, err)
	for m := range p.work {
		p.work[m], err = agent.NewOrchestrator(agent.Config{Environment: p.board, EnvironmentName: p.board.name,
			Actor: reasoner.NewActor(reasoner.ActorConfig{}), Critic: reasoner.NewCritic(p.board, nil), Optimizer: optimizer,
			Library: p.library, Replay: p.replay, Memory: mode(m) != off, Learn: mode(m) == train, Holdout: mode(m) == train})
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

// TestStatesTable prints what exact states are worth; set STATES_TABLE.
func TestStatesTable(t *testing.T) {
	if os.Getenv("STATES_TABLE") == "" {
		t.Skip("set STATES_TABLE")
	}
	worlds := []struct {
		name   string
		open   func(seed uint64) *board
		points []int
	}{
		{"lake", func(uint64) *board { return lake(false) }, []int{25, 50, 100, 200}},
		{"slippery", func(uint64) *board { return lake(true) }, []int{250, 500, 1000, 2000}},
		{"lock ends", func(s uint64) *board { return lock(5, 12, true, s) }, []int{100, 200, 300}},
		{"lock resets", func(s uint64) *board { return lock(5, 12, false, s) }, []int{25, 50, 100, 200}},
	}
	for _, w := range worlds {
		for seed := range number("SEEDS", 3) {
			p := newPupil(t, w.open(uint64(seed)))
			p.tasks = int64(seed) * 10_000
			offShare, _ := p.share(off, 100)
			line := fmt.Sprintf("%s %d off %.2f on", w.name, seed, offShare)
			done, solved := 0, 0
			for _, n := range w.points {
				solved += p.train(n - done)
				done = n
				s, steps := p.share(on, 200)
				line += fmt.Sprintf(" %d:%.2f(%.1f)", n, s, steps)
			}
			row := p.table()
			if row != nil {
				line += fmt.Sprintf(" %+v %v", row.States().Summary, row.Steps)
			}
			fmt.Println(line, "solved in training", solved)
		}
	}
}
