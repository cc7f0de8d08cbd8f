package models

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/files"
)

// A state is stored once: with the step that led to it. Events and steps are
// stored without their states and put together again when they are read.

// stateBody is a state as stored inside JSON, hidden part included.
type stateBody struct {
	Data    agent.Object `json:"d,omitempty"`
	Summary string       `json:"s,omitempty"`
	Hidden  agent.Object `json:"h,omitempty"`
}

func (b stateBody) state() agent.State {
	return agent.State{Data: b.Data, Summary: b.Summary, Hidden: b.Hidden}
}

func bodyOf(s agent.State) stateBody { return stateBody{s.Data, s.Summary, s.Hidden} }

// stepBody is a step without index and states.
type stepBody struct {
	Action    agent.Action       `json:"action"`
	Score     agent.Score        `json:"score"`
	Memory    []agent.RuleUse    `json:"memory,omitempty"`
	Retrieval *agent.Retrieval   `json:"retrieval,omitempty"`
	Examples  []agent.ExampleUse `json:"examples,omitempty"`
	Error     string             `json:"error,omitempty"`
	Verdict   *agent.Verdict     `json:"verdict,omitempty"`
	Prompt    string             `json:"prompt,omitempty"`
	Approval  *agent.Approval    `json:"approval,omitempty"`
	Usage     agent.Usage        `json:"usage,omitzero"`
	Timing    agent.Timing       `json:"timing,omitzero"`
	At        time.Time          `json:"at"`
	Files     []files.File       `json:"files,omitempty"`
}

// stepRow is a row of table steps.
type stepRow struct {
	Run         string
	Idx         int
	Phi         float64
	Delta       float64
	Label       string
	Marks       int
	Body        string
	Summary     string
	Data        string
	Hidden      string
	BeforeState string
	At          int64 // of the event; 0 where that is a row of events, as it was at first
}

// after returns the state that the row holds.
func (r *stepRow) after() agent.State {
	return agent.State{Data: agent.Object(r.Data), Summary: r.Summary, Hidden: agent.Object(r.Hidden)}
}

// initialRow returns row 0, which holds the state that a run begins in.
func initialRow(run string, d agent.RunStarted) stepRow {
	return stepRow{Run: run, Phi: d.Score.PhiAfter,
		Summary: d.State.Summary, Data: string(d.State.Data), Hidden: string(d.State.Hidden)}
}

// encodeStep returns the row of a step that an event tells of. before is the state
// of the row before it, nil where that is not known.
func encodeStep(e agent.Event, s *agent.Step, before *agent.State) (stepRow, error) {
	body, err := json.Marshal(stepBody{s.Action, s.Score, s.Memory, s.Retrieval, s.Examples, s.Error, s.Verdict, s.Prompt, s.Approval, s.Usage, s.Timing, s.At, s.Files})
	if err != nil {
		return stepRow{}, fmt.Errorf("encode step %d: %w", s.Index, err)
	}
	row := stepRow{
		Run: e.Run, Idx: s.Index, Phi: s.Score.PhiAfter, Delta: s.Score.Delta, Label: label(s.Action),
		Marks: marksOf(s), At: nanos(e.At),
		Body: string(body), Summary: s.After.Summary, Data: string(s.After.Data), Hidden: string(s.After.Hidden),
	}
	if before == nil || *before != s.Before {
		state, err := json.Marshal(bodyOf(s.Before))
		if err != nil {
			return stepRow{}, fmt.Errorf("encode state before step %d: %w", s.Index, err)
		}
		row.BeforeState = string(state)
	}
	return row, nil
}

// decodeStep puts a step together. before is the state of the row before it.
func (r *stepRow) decodeStep(before agent.State) (agent.Step, error) {
	var b stepBody
	if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
		return agent.Step{}, fmt.Errorf("decode step %d of run %s: %w", r.Idx, r.Run, err)
	}
	if r.BeforeState != "" {
		var s stateBody
		if err := json.Unmarshal([]byte(r.BeforeState), &s); err != nil {
			return agent.Step{}, fmt.Errorf("decode state before step %d of run %s: %w", r.Idx, r.Run, err)
		}
		before = s.state()
	}
	return agent.Step{Index: r.Idx, Before: before, Action: b.Action, After: r.after(), Score: b.Score, Memory: b.Memory, Retrieval: b.Retrieval,
		Examples: b.Examples, Error: b.Error, Verdict: b.Verdict, Prompt: b.Prompt, Approval: b.Approval, Usage: b.Usage, Timing: b.Timing, At: b.At, Files: b.Files}, nil
}

// decodeSteps puts the steps after index `after` together from rows in order,
// of which the first may be the row before the first step.
func decodeSteps(rows []stepRow, after int) ([]agent.Step, error) {
	steps := make([]agent.Step, 0, len(rows))
	var before agent.State
	for i := range rows {
		if rows[i].Idx > after {
			s, err := rows[i].decodeStep(before)
			if err != nil {
				return nil, err
			}
			steps = append(steps, s)
		}
		before = rows[i].after()
	}
	return steps, nil
}

// maxLabel bounds the label kept for lists; a long parameter is cut there only.
const maxLabel = 120

func label(a agent.Action) string {
	text := a.Label()
	if len(text) <= maxLabel {
		return text
	}
	return strings.ToValidUTF8(text[:maxLabel], "") + "…"
}

// The marks of a step: two bits, and above them the strongest use of a rule as
// its place in usesByStrength.
const (
	markFailed = 1 << iota
	markFlagged
	markUse // times the place
)

// usesByStrength lists the uses of a rule by what they say about memory's part
// in a step, weakest first. The order is stored.
var usesByStrength = [...]agent.Use{"", agent.UseEligible, agent.UseWithheld, agent.UseShown, agent.UseCited}

func marksOf(s *agent.Step) int {
	strongest := 0
	for _, u := range s.Memory {
		strongest = max(strongest, slices.Index(usesByStrength[:], u.Use))
	}
	marks := strongest * markUse
	if s.Error != "" {
		marks |= markFailed
	}
	if flagged(s.Score) {
		marks |= markFlagged
	}
	return marks
}

// setMarks is the reverse of marksOf.
func setMarks(p *catalog.PhiPoint, marks int) {
	p.Failed, p.Flagged = marks&markFailed != 0, marks&markFlagged != 0
	if use := marks / markUse; use < len(usesByStrength) {
		p.Memory = usesByStrength[use]
	}
}

// flagged reports whether the critic raised a flag worth a look; a state found
// in the cache or an answer repaired on the way is none.
func flagged(s agent.Score) bool {
	for _, f := range s.Flags {
		switch f {
		case agent.FlagCorrected, agent.FlagCached, agent.FlagRepaired, agent.FlagSecondRead:
		case agent.FlagUnscored, agent.FlagUnsupportedEvidence, agent.FlagDrift, agent.FlagLowConfidence,
			agent.FlagDisputed, agent.FlagCarried, agent.FlagFlat, agent.FlagSplit:
			return true
		}
	}
	return false
}

// eventRow is a row of table events. Step is the steps row that holds the
// states of the event, Hidden the hidden part of the one state in the body. Steps
// have no rows there: a number that is missing in the order is one of them, and
// Steps says how many the run had before an event.
type eventRow struct {
	Run    string
	Seq    int64
	At     int64
	Kind   string
	Step   *int
	Body   string
	Hidden string
	Steps  int
}

const insertEvent = `INSERT INTO events (run, seq, at, kind, step, body, hidden, steps) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

func (r *eventRow) values() []any {
	return []any{r.Run, r.Seq, r.At, r.Kind, r.Step, r.Body, r.Hidden, r.Steps}
}

// encodeEvent returns the row of an event that is no step. last is the state of steps row
// `steps`, the newest; a final state that equals it is only referred to.
func encodeEvent(e agent.Event, steps int, last *agent.State) (eventRow, error) {
	row := eventRow{Run: e.Run, Seq: e.Seq, At: nanos(e.At), Kind: e.Data.Kind(), Steps: steps}
	refer := func(r *agent.TaskResult) {
		if last != nil && *last == r.FinalState {
			row.Step, r.FinalState = &steps, agent.State{}
		}
		row.Hidden = string(r.FinalState.Hidden)
	}
	data := e.Data
	switch d := e.Data.(type) {
	case agent.RunQueued:
		row.Hidden = hiddenOf(d.Task)
	case agent.RunStarted:
		zero := 0
		row.Step, row.Hidden = &zero, hiddenOf(d.Task)
		d.State = agent.State{}
		data = d
	case agent.RunFinished:
		refer(&d.Result)
		data = d
	case agent.RunStopped:
		refer(&d.Result)
		data = d
	case agent.RunFailed:
		refer(&d.Result)
		data = d
	case agent.RunWaiting:
		row.Hidden = hiddenOfStep(d.Step)
	case agent.RunPaused:
		row.Hidden = hiddenOfStep(d.Step)
	case agent.RunResumed, agent.ActionStarted, agent.StepTaken, agent.NoteAdded, agent.ApprovalAsked,
		agent.ApprovalAnswered, agent.Judged, agent.Learned:
	}
	body, err := json.Marshal(data)
	if err != nil {
		return eventRow{}, fmt.Errorf("encode event %d: %w", e.Seq, err)
	}
	row.Body = string(body)
	return row, nil
}

// hiddenOfStep is what only the environment sees of the states of a step.
func hiddenOfStep(s *agent.Step) string {
	if s == nil {
		return ""
	}
	raw, err := json.Marshal([]agent.Object{s.Before.Hidden, s.After.Hidden})
	if err != nil {
		panic(err) // objects are JSON already
	}
	return string(raw)
}

func setHiddenOfStep(s *agent.Step, hidden string) error {
	if s == nil {
		return nil
	}
	var states []agent.Object
	err := json.Unmarshal([]byte(hidden), &states)
	if err == nil && len(states) == 2 {
		s.Before.Hidden, s.After.Hidden = states[0], states[1]
	}
	return err
}

func hiddenOf(t agent.Task) string {
	if t.InitialState == nil {
		return ""
	}
	return string(t.InitialState.Hidden)
}

// decodeEvent puts an event together. row returns the steps row with an index.
func (r *eventRow) decodeEvent(row func(idx int) (*stepRow, agent.State, error)) (agent.Event, error) {
	e := agent.Event{Seq: r.Seq, Run: r.Run, At: fromNanos(r.At)}
	var held *stepRow
	var before agent.State
	if r.Step != nil {
		var err error
		if held, before, err = row(*r.Step); err != nil {
			return e, err
		}
	}
	if r.Kind == (agent.StepTaken{}).Kind() {
		if held.At != 0 {
			e.At = fromNanos(held.At)
		}
		step, err := held.decodeStep(before)
		e.Data = agent.StepTaken{Step: step}
		return e, err
	}
	data, err := decodeData(r)
	if err != nil {
		return e, err
	}
	fill := func(result *agent.TaskResult) {
		result.FinalState.Hidden = agent.Object(r.Hidden)
		if held != nil {
			result.FinalState = held.after()
		}
	}
	switch d := data.(type) {
	case agent.RunQueued:
		setHidden(&d.Task, r.Hidden)
		data = d
	case agent.RunStarted:
		setHidden(&d.Task, r.Hidden)
		d.State = held.after()
		data = d
	case agent.RunFinished:
		fill(&d.Result)
		data = d
	case agent.RunStopped:
		fill(&d.Result)
		data = d
	case agent.RunFailed:
		fill(&d.Result)
		data = d
	case agent.RunWaiting:
		err = setHiddenOfStep(d.Step, r.Hidden)
	case agent.RunPaused:
		err = setHiddenOfStep(d.Step, r.Hidden)
	case agent.StepTaken, agent.RunResumed, agent.ActionStarted, agent.NoteAdded,
		agent.ApprovalAsked, agent.ApprovalAnswered, agent.Judged, agent.Learned:
	}
	e.Data = data
	return e, err
}

func setHidden(t *agent.Task, hidden string) {
	if t.InitialState != nil {
		t.InitialState.Hidden = agent.Object(hidden)
	}
}

// decodeData reads an event's body through the agent's own envelope, so that
// the kinds are known in one place only.
func decodeData(r *eventRow) (agent.EventData, error) {
	envelope, err := json.Marshal(map[string]any{"kind": r.Kind, "data": json.RawMessage(r.Body), "at": time.Time{}})
	if err != nil {
		return nil, fmt.Errorf("event %d of run %s is damaged: %w", r.Seq, r.Run, err)
	}
	var e agent.Event
	if err := json.Unmarshal(envelope, &e); err != nil {
		return nil, fmt.Errorf("decode event %d of run %s: %w", r.Seq, r.Run, err)
	}
	return e.Data, nil
}

// decodeSpark reads a Sparkline as it is stored, "" for none. Lists read one for
// each of their runs, mostly numbers, on which a JSON decoder spends more than on
// all else; what does not look as we write it is left to that.
func decodeSpark(text string) (l agent.Sparkline, err error) {
	if text == "" {
		return l, nil
	}
	stride, rest, ok := strings.Cut(strings.TrimPrefix(text, `{"stride":`), `,"points":[`)
	points, count, found := strings.Cut(rest, `],"count":`)
	count, whole := strings.CutSuffix(count, "}")
	if ok && found && whole && points != "" {
		l.Points = make([]float64, 0, strings.Count(points, ",")+1)
		for point := range strings.SplitSeq(points, ",") {
			var v float64
			if v, err = strconv.ParseFloat(point, 64); err != nil {
				break
			}
			l.Points = append(l.Points, v)
		}
		if err == nil {
			l.Stride, err = strconv.Atoi(stride)
		}
		if err == nil {
			l.Count, err = strconv.Atoi(count)
		}
		if err == nil {
			return l, nil
		}
	}
	l = agent.Sparkline{}
	err = json.Unmarshal([]byte(text), &l)
	return l, err
}
