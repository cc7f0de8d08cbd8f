package models

import (
	"encoding/json"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// trajectoryBody is a trajectory as stored, each state once.
type trajectoryBody struct {
	Task       agent.Task      `json:"task"`
	TaskHidden agent.Object    `json:"task_hidden,omitempty"`
	Initial    stateBody       `json:"initial"`
	Begun      *agent.Verdict  `json:"begun,omitempty"`
	Judged     *agent.Verdict  `json:"judged,omitempty"`
	Steps      []trajectoryRow `json:"steps"`
	// Holdout is what chance decided about the learned set.
	Holdout credit.SetHoldout `json:"holdout,omitzero"`
	Steered bool              `json:"steered,omitempty"`
	End     agent.End         `json:"end,omitempty"`
}

type trajectoryRow struct {
	stepBody
	After  stateBody  `json:"after"`
	Before *stateBody `json:"before,omitempty"` // where it is not the state after the step before
	Index  int        `json:"index"`
}

func encodeTrajectory(t *agent.Trajectory) ([]byte, error) {
	b := trajectoryBody{Task: t.Task, TaskHidden: agent.Object(hiddenOf(t.Task)), Initial: bodyOf(t.Initial), Begun: t.Begun, Judged: t.Judged, Steps: make([]trajectoryRow, len(t.Steps)), Holdout: t.Holdout, Steered: t.Steered, End: t.End}
	last := t.Initial
	for i := range t.Steps {
		s := &t.Steps[i]
		b.Steps[i] = trajectoryRow{Index: s.Index, After: bodyOf(s.After),
			stepBody: stepBody{s.Action, s.Score, s.Memory, s.Retrieval, s.Examples, s.Error, s.Verdict, s.Prompt, s.Approval, s.Usage, s.Timing, s.At, s.Files}}
		if s.Before != last {
			before := bodyOf(s.Before)
			b.Steps[i].Before = &before
		}
		last = s.After
	}
	return json.Marshal(b)
}

// decodeTrajectory fills the parts of t that are kept in its body.
func decodeTrajectory(raw []byte, t *agent.Trajectory) error {
	var b trajectoryBody
	if err := json.Unmarshal(raw, &b); err != nil {
		return fmt.Errorf("decode trajectory %s: %w", t.ID, err)
	}
	t.Task, t.Initial, t.Begun, t.Judged, t.Holdout, t.Steered, t.End = b.Task, b.Initial.state(), b.Begun, b.Judged, b.Holdout, b.Steered, b.End
	setHidden(&t.Task, string(b.TaskHidden))
	t.Steps = make([]agent.Step, len(b.Steps))
	last := t.Initial
	for i := range b.Steps {
		r := &b.Steps[i]
		before := last
		if r.Before != nil {
			before = r.Before.state()
		}
		t.Steps[i] = agent.Step{Index: r.Index, Before: before, Action: r.Action, After: r.After.state(), Score: r.Score, Memory: r.Memory, Retrieval: r.Retrieval,
			Examples: r.Examples, Error: r.Error, Verdict: r.Verdict, Prompt: r.Prompt, Approval: r.Approval, Usage: r.Usage, Timing: r.Timing, At: r.At, Files: r.Files}
		last = t.Steps[i].After
	}
	return nil
}
