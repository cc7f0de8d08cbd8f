package pagetest

import (
	"context"
	"encoding/json"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
	"purposeagent/handlers/ui"
)

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
