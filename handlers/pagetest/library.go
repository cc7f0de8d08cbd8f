package pagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/replay"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
	"purposeagent/handlers/ui"
)

// Memories is a replay in memory with what pages need beside agent.Replay.
type Memories struct {
	*replay.ExperienceReplay
	mu        sync.Mutex
	Summaries []catalog.TrajectorySummary
	Pruned    []string
}

// NewMemories returns a replay that holds the trajectories.
func NewMemories(t testing.TB, trajectories ...*agent.Trajectory) *Memories {
	t.Helper()
	m := &Memories{ExperienceReplay: replay.New(500)}
	for i, tr := range trajectories {
		if err := m.Add(context.Background(), tr); err != nil {
			t.Fatal(err)
		}
		spark := agent.Sparkline{}.Add(tr.Steps[0].Score.PhiBefore)
		for _, s := range tr.Steps {
			spark = spark.Add(s.Score.PhiAfter)
		}
		m.Summaries = append(m.Summaries, catalog.TrajectorySummary{ID: tr.ID, Run: tr.Run, Environment: tr.Scope.Environment,
			Purpose: tr.Task.Purpose, Type: []string{"find treasure in maze", "deliver {colour} {kind}"}[i%2], Outcome: tr.Outcome, Steps: len(tr.Steps), FinalPhi: tr.FinalPhi(), TotalDelta: tr.TotalDelta(),
			Reward: tr.CumulativeReward(), SuccessRate: tr.SuccessRate(), QValue: .5 + .07*float64(i%6), Retrieved: 3 * i, Pinned: i == 1,
			Spark: spark, At: tr.At})
	}
	return m
}

func (m *Memories) List(_ context.Context, q catalog.TrajectoryQuery) (catalog.Page[catalog.TrajectorySummary], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var page catalog.Page[catalog.TrajectorySummary]
	for _, s := range m.Summaries {
		if !m.means(&s, q) {
			continue
		}
		page.Items = append(page.Items, s)
	}
	if q.Sort == "value" {
		slices.SortStableFunc(page.Items, func(a, b catalog.TrajectorySummary) int { return int(1000 * (b.QValue - a.QValue)) })
	}
	return page, nil
}

// means reports whether a query finds a trajectory; it knows few fields.
func (m *Memories) means(s *catalog.TrajectorySummary, q catalog.TrajectoryQuery) bool {
	for _, t := range q.Terms {
		value := map[catalog.TrajectoryField]string{catalog.TrajectorySolved: inYesNo(s.Outcome.Success), catalog.TrajectoryEnv: s.Environment, catalog.TrajectoryType: s.Type}[t.Field]
		if slices.Contains(t.Values, value) == t.Not {
			return false
		}
	}
	return strings.Contains(strings.ToLower(s.Purpose+s.ID), strings.ToLower(q.Text))
}

func inYesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func (m *Memories) Facets(_ context.Context, q catalog.TrajectoryQuery) (catalog.TrajectoryFacets, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := catalog.TrajectoryFacets{Solved: map[string]int{}, Envs: map[string]int{}, Types: map[string]int{}}
	for _, s := range m.Summaries {
		if !m.means(&s, q) {
			continue
		}
		f.Matching++
		f.Solved[inYesNo(s.Outcome.Success)]++
		f.Envs[s.Environment]++
		f.Types[s.Type]++
		if s.Pinned {
			f.Pinned++
		}
	}
	return f, nil
}

func (m *Memories) Summary(_ context.Context, id string) (catalog.TrajectorySummary, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.Summaries {
		if s.ID == id {
			return s, nil
		}
	}
	return catalog.TrajectorySummary{}, agent.Errorf(agent.CodeNotFound, "there is no trajectory %q", id)
}

func (m *Memories) Prune(_ context.Context, actor string, ids []string) (catalog.Pruned, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.Summaries)
	m.Summaries = slices.DeleteFunc(m.Summaries, func(s catalog.TrajectorySummary) bool { return slices.Contains(ids, s.ID) })
	m.Pruned = append(m.Pruned, actor+": "+strings.Join(ids, " "))
	return catalog.Pruned{ID: 5, Trajectories: before - len(m.Summaries)}, nil
}

func (m *Memories) PreviewCapacity(_ context.Context, capacity int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(0, len(m.Summaries)-capacity), nil
}

func (m *Memories) SetCapacity(ctx context.Context, actor string, capacity int) (int, error) {
	n, err := m.PreviewCapacity(ctx, capacity)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Pruned = append(m.Pruned, fmt.Sprintf("%s keeps %d", actor, capacity))
	return n, err
}

func (m *Memories) UndoPrune(_ context.Context, actor string, prune int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Pruned = append(m.Pruned, fmt.Sprintf("%s undid %d", actor, prune))
	return 2, nil
}

func (m *Memories) Matching(ctx context.Context, q catalog.TrajectoryQuery) ([]string, error) {
	page, err := m.List(ctx, q)
	var ids []string
	for _, s := range page.Items {
		ids = append(ids, s.ID)
	}
	return ids, err
}

// PreviewPrune counts as the real one does, by an index of its own.
func (m *Memories) PreviewPrune(_ context.Context, ids []string) (replay.PrunePreview, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	index := replay.NewIndex(500)
	for _, s := range m.Summaries {
		index.Add(replay.Entry{ID: s.ID, Task: agent.Task{Purpose: s.Purpose}, Outcome: s.Outcome, Value: s.QValue, Pinned: s.Pinned})
	}
	p := index.PreviewPrune(ids)
	p.Rules = []replay.EvidenceLoss{{ID: "h000001", Title: "Go back to the last fork", Lost: 3, Of: 12}}
	return p, nil
}

func (m *Memories) Pin(_ context.Context, _, id string, pinned bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.Summaries {
		if m.Summaries[i].ID == id {
			m.Summaries[i].Pinned = pinned
			return nil
		}
	}
	return agent.Errorf(agent.CodeNotFound, "there is no trajectory %q", id)
}

func (Worlds) Kinds() []ui.Kind {
	var designs []ui.Design
	for _, d := range workshop.Designs() {
		designs = append(designs, ui.Design(d))
	}
	return []ui.Kind{
		{Name: "maze", Title: "Treasure maze", Icon: maze.Icon, Designs: []ui.Design{ui.Design(maze.Designs()[0])}, Text: "A treasure in a generated maze. Keys open coloured doors; some passages lead one way only.",
			Schema: json.RawMessage(MazeSchema), Presets: []ui.Preset{
				{Name: "small", Title: "Small, 4 × 4", Purpose: "Find the treasure", Config: `{"size":4}`, MaxSteps: 40},
				{Name: "large", Title: "Large, carry it back", Purpose: "Find the treasure and carry it to the gate", Config: `{"goal":"carry","keys":3,"size":9}`, MaxSteps: 200}}},
		{Name: "workshop", Title: "Workshop", Text: "A shop with secret rules. Orders come in; how to fill them has to be found out.",
			Icon: workshop.Icon, Designs: designs, Control: &ui.Control{Config: workshop.Control, Text: workshop.ControlText},
			Schema:      json.RawMessage(WorkshopSchema),
			DrawPurpose: func(agent.Object, int64) (string, error) { return "Make a red comb", nil }},
	}
}

func (Worlds) Check(name string, config agent.Object) (agent.Object, error) {
	if name != "maze" && name != "workshop" {
		return "", agent.InvalidFields(map[string]string{"environment.name": "there is no such environment"})
	}
	if size, ok := config.Map()["size"].(json.Number); ok && (size == "1" || size == "99") {
		return "", agent.InvalidFields(map[string]string{"environment.config.size": "must be 2 to 12, got " + size.String()})
	}
	return config, nil
}

// Launches records what was launched.
type Launches struct {
	Specs  []agent.RunSpec
	Refuse error
}

func (l *Launches) Launch(_ context.Context, spec agent.RunSpec) ([]agent.Run, error) {
	if l.Refuse != nil {
		return nil, l.Refuse
	}
	l.Specs = append(l.Specs, spec)
	if spec.Repeats > 1 {
		return []agent.Run{{ID: "r_1", Group: "g_1"}, {ID: "r_2", Group: "g_1"}}, nil
	}
	return []agent.Run{{ID: "r_1"}}, nil
}

// SampleRules is a library as a few dozen runs leave it.
func SampleRules() []*agent.Heuristic {
	evidence := func(runs ...string) []agent.EvidenceRef {
		var refs []agent.EvidenceRef
		for i, run := range runs {
			refs = append(refs, agent.EvidenceRef{Run: run, Step: 3*i + 2, Delta: []float64{.4, .6, -.5, .9}[i%4], Good: i%4 != 2})
		}
		return refs
	}
	rule := func(tier agent.Tier, kind agent.Kind, scope agent.Scope, status agent.Status, title, when, do string, good, bad int) *agent.Heuristic {
		return &agent.Heuristic{Tier: tier, Kind: kind, Scope: scope, Status: status, Title: title, Pattern: when, Strategy: do,
			Good: good, Bad: bad, Author: agent.AuthorDistiller}
	}
	rules := []*agent.Heuristic{
		rule(agent.Strategic, agent.KindRule, mazes, agent.Active, "A dead end after a key: return to the last fork", "you hold {key} and the way ahead is blocked or a dead end", "go back to the last fork and take the way not tried", 55, 13),
		rule(agent.Strategic, agent.KindDynamics, mazes, agent.Active, "Silver keys open doors below ground", "a silver key is held and the door is below ground", "unlock the door with the silver key", 31, 2),
		rule(agent.Procedural, agent.KindWorkflow, mazes, agent.Active, "Read every sign before using a key", "a sign hangs in the room", "read the sign, then take the key, then go on", 22, 9),
		{Tier: agent.Strategic, Title: "Never drop the last key", Pattern: "you hold one key only", Avoid: "dropping it", Because: "a door may still need it",
			Author: agent.AuthorHuman, Status: agent.Active, Pinned: true, Kind: agent.KindRule},
		rule(agent.Tool, agent.KindRule, shop, agent.Active, "work: a comb of bone wants the rasp", "a comb is asked, the piece is raw and prepared", "work the piece with the rasp", 14, 0),
		rule(agent.Tool, agent.KindRule, shop, agent.Probation, "dye: madder gives red on horn", "red is asked and the piece is of horn", "dye with madder", 6, 1),
		rule(agent.Strategic, agent.KindRule, mazes, agent.Probation, "Prefer unvisited rooms over known ones", "there is an untried way", "take the untried way", 14, 13),
		rule(agent.Procedural, agent.KindRule, mazes, agent.Retired, "Three doors in a row: try the middle one", "three closed doors side by side", "open the middle door first", 6, 32),
		rule(agent.Tool, agent.KindRule, shop, agent.Candidate, "prepare: soak horn first", "the piece is horn and raw", "soak it", 3, 1),
		rule(agent.Tool, agent.KindRule, mazes, agent.Banned, "take: take everything in sight", "a thing lies in the room", "take it", 31, 71),
	}
	rules[0].Because = "In 7 of 8 contrast pairs the door for the key lay past the fork."
	rules[0].Evidence = evidence("r_7Q1C", "r_7PZ8", "r_7PX0", "r_7PW3")
	rules[1].Evidence = evidence("r_7P9A", "r_7PZ8")
	rules[2].Evidence = evidence("r_7P2K")
	rules[2].Steps = []string{"read sign", "take key", "unlock door"}
	rules[4].Evidence = evidence("r_7PX4", "r_7PX5")
	rules[4].Action = "work"
	rules[4].Predicate = &agent.Predicate{Action: "work", Params: map[string]string{"tool": "rasp"}, Prior: .42, When: []agent.Condition{
		{Feature: "the purpose says comb", Holds: true}, {Feature: "object: prepared as asked", Holds: true}, {Feature: "tried here before", Holds: false}}}
	rules[5].Action, rules[8].Action, rules[9].Action = "dye", "prepare", "take"
	rules[6].Evidence, rules[7].Evidence = evidence("r_7Q0B"), evidence("r_7Q2X", "r_7Q30")
	return rules
}

// SampleTrajectory is an episode of n steps.
func SampleTrajectory(id string, n int, success bool, source agent.Source) *agent.Trajectory {
	t := &agent.Trajectory{ID: id, Run: "r_" + id[2:], Scope: agent.Scope{Environment: "maze", Schema: "4be1a2"},
		Task:    agent.Task{Purpose: "Find the treasure and carry it to the gate", MaxSteps: 60, Seed: 4117}.WithDefaults(),
		Initial: sampleState(0), Outcome: agent.Outcome{Success: success, Source: source, Score: .9}, At: Noon.Add(-time.Duration(n) * time.Minute)}
	phi := 1.0
	for i := range n {
		step := SampleStep(i+1, phi)
		phi = step.Score.PhiAfter
		t.Steps = append(t.Steps, step)
	}
	return t
}

// SampleGroup is a group of n tasks in both arms of which done have ended: the
// arm with memory gets better.
func SampleGroup(n, done int) []agent.Run {
	var runs []agent.Run
	for i := range n {
		for k, memory := range []string{"on", "off"} {
			spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop"}, Purpose: "Make a red comb, order " + ui.Itoa(i%12),
				MaxSteps: 40, Memory: memory}.WithDefaults()
			run := agent.Run{ID: "r_" + memory + ui.Itoa(i+1), Group: "g_demo", Label: memory + " " + ui.Itoa(i+1), Spec: spec, Seed: int64(i + 1), Status: agent.RunIsQueued, LastSeq: 1}
			switch {
			case i < done:
				run = endedRun(run, i, n, k == 0)
			case i < done+2:
				run.Status, run.Steps, run.Phi, run.Spark = agent.RunIsRunning, 7, 2.1, agent.Sparkline{}.Add(1).Add(1.4).Add(2.1)
				run.Spark.Count, run.LastSeq = 8, 9
			}
			runs = append(runs, run)
		}
	}
	return runs
}

func endedRun(run agent.Run, i, n int, learning bool) agent.Run {
	reach := 2.5 + float64((i*7)%5)*.6
	if learning {
		reach = min(2.5+9*float64(i)/float64(n)+float64((i*5)%4), 10)
	}
	solved := reach > 8.4 || !learning && i%17 == 5
	steps := 40
	if solved {
		reach, steps = 10, 34-20*i/n
	}
	run.Spark = agent.Sparkline{}.Add(.8)
	for s := range steps {
		phi := .8 + (reach-.8)*float64(s+1)/float64(steps)
		if s%5 == 3 {
			phi -= .7
		}
		run.Spark = run.Spark.Add(max(phi, 0))
	}
	run.Status, run.Steps, run.Phi, run.LastSeq = agent.RunIsFinished, steps, reach, int64(steps+3)
	run.Outcome = &agent.Outcome{Success: solved, Source: agent.SourceEnvironment, Score: reach / 10}
	return run
}
