package agent

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"purposeagent/agent/credit"
)

// RunStatus is where a run stands.
type RunStatus string

// The statuses. The last three are final.
const (
	RunIsQueued   RunStatus = "queued"
	RunIsRunning  RunStatus = "running"
	RunIsWaiting  RunStatus = "waiting" // something it needs is down; it goes on by itself
	RunIsPaused   RunStatus = "paused"  // by a person
	RunIsFinished RunStatus = "finished"
	RunIsFailed   RunStatus = "failed"
	RunIsStopped  RunStatus = "stopped"
)

// RunStatuses lists the statuses in the order in which pages show them.
var RunStatuses = []RunStatus{RunIsQueued, RunIsRunning, RunIsWaiting, RunIsPaused, RunIsFinished, RunIsFailed, RunIsStopped}

// Final reports whether a run in this status has ended.
func (s RunStatus) Final() bool {
	return s == RunIsFinished || s == RunIsFailed || s == RunIsStopped
}

// EnvironmentRef names a kind of environment and its configuration.
type EnvironmentRef struct {
	Name   string `json:"name"`
	Config Object `json:"config"`
}

// ModelRefs names the model of each role: "reasoner" or provider:model.
type ModelRefs struct {
	Actor     string `json:"actor"`
	Critic    string `json:"critic"`
	Optimizer string `json:"optimizer"`
}

// RunSpec is what somebody asks for when launching a run: the body of POST /api/v1/runs.
type RunSpec struct {
	Environment  EnvironmentRef `json:"environment"`
	Purpose      string         `json:"purpose"`
	Description  string         `json:"task_description,omitempty"`
	InitialState *Object        `json:"initial_state,omitempty"`
	MaxSteps     int            `json:"max_steps"`
	EarlyStopPhi float64        `json:"early_stop_phi"`
	Seed         int64          `json:"seed"`
	Models       ModelRefs      `json:"models"`
	Memory       string         `json:"memory"` // on or off
	// Rules is the id of a snapshot of the library whose rules are used, in place
	// of the library as it is. Such a run teaches nothing.
	Rules   string  `json:"rules,omitempty"`
	Repeats int     `json:"repeats"`
	Budget  Budget  `json:"budget"`
	Pace    float64 `json:"pace,omitempty"` // seconds between steps, for watching
	// Draw gives the actor other random numbers than the seed alone.
	Draw int64 `json:"draw,omitempty"`
	// Origin says which run this one was forked from. A fork teaches nothing: the
	// steps that it took over were learned from.
	Origin *Origin `json:"origin,omitempty"`
	// Approval says before which actions a person is asked, see ParseApproval.
	Approval string `json:"approval,omitempty"`
	// NoHoldout keeps chance from ever withholding the learned set from the run.
	NoHoldout bool `json:"no_holdout,omitempty"`
	// Twin says that another run of the group does the same task with memory the
	// other way, so that the two together measure what the learned set is worth.
	Twin bool `json:"twin,omitempty"`
	// Tags are words of people to find the run by; they can be changed later.
	Tags []string `json:"tags,omitempty"`
}

// Reasoner is the name of the offline reasoner in a ModelRefs.
const Reasoner = "reasoner"

// MaxRepeats is the most runs that one RunSpec may launch.
const MaxRepeats = 1000

// WithDefaults fills what is left out: 20 steps, Φ 9.0, the reasoner, memory on, one run.
func (s RunSpec) WithDefaults() RunSpec {
	if s.MaxSteps == 0 {
		s.MaxSteps = DefaultMaxSteps
	}
	if s.EarlyStopPhi == 0 {
		s.EarlyStopPhi = DefaultEarlyStopPhi
	}
	if s.Models.Actor == "" {
		s.Models.Actor = Reasoner
	}
	if s.Models.Critic == "" {
		s.Models.Critic = s.Models.Actor
	}
	if s.Models.Optimizer == "" {
		s.Models.Optimizer = s.Models.Actor
	}
	if s.Memory == "" {
		s.Memory = "on"
	}
	if s.Repeats == 0 {
		s.Repeats = 1
	}
	return s
}

// Extended returns the spec with more to spend. What has no limit keeps none.
func (s RunSpec) Extended(steps int, more Budget) RunSpec {
	s.MaxSteps += max(steps, 0)
	if s.Budget.Tokens > 0 {
		s.Budget.Tokens += max(more.Tokens, 0)
	}
	if s.Budget.USD > 0 {
		s.Budget.USD += max(more.USD, 0)
	}
	if s.Budget.Seconds > 0 {
		s.Budget.Seconds += max(more.Seconds, 0)
	}
	return s
}

// Task returns the spec as a task with the given seed.
func (s RunSpec) Task(seed int64) Task {
	t := Task{Purpose: s.Purpose, Description: s.Description, MaxSteps: s.MaxSteps,
		EarlyStopPhi: s.EarlyStopPhi, Seed: seed, Budget: s.Budget, Pace: s.Pace, Approval: s.Approval, Draw: s.Draw}
	if s.InitialState != nil {
		t.InitialState = &State{Data: *s.InitialState}
	}
	return t.WithDefaults()
}

// Check returns a CodeInvalid error with a message per field. It does not look
// at the environment's configuration or at the models' names.
func (s RunSpec) Check() error {
	fields := map[string]string{}
	if e, ok := errors.AsType[*Error](s.Task(s.Seed).Check()); ok && e != nil {
		fields = e.Fields
	}
	if s.Memory != "on" && s.Memory != "off" {
		fields["memory"] = `must be "on" or "off"`
	}
	if s.Repeats < 1 || s.Repeats > MaxRepeats {
		fields["repeats"] = fmt.Sprintf("must be 1 to %d, got %d", MaxRepeats, s.Repeats)
	}
	if s.Environment.Name == "" {
		fields["environment.name"] = "name an environment"
	}
	if err := CheckTags(s.Tags); err != nil {
		fields["tags"] = MessageOf(err)
	}
	if len(fields) > 0 {
		return InvalidFields(fields)
	}
	return nil
}

// Run is a launched run as it stands.
type Run struct {
	ID string `json:"id"`
	// Group is shared by the runs of one launch with repeats, or of one demo.
	Group  string    `json:"group,omitempty"`
	Label  string    `json:"label,omitempty"` // the run's place in its group, such as "memory on, 7"
	Tags   []string  `json:"tags,omitempty"`
	Spec   RunSpec   `json:"spec"`
	Seed   int64     `json:"seed"`
	Status RunStatus `json:"status"`
	Reason string    `json:"reason,omitempty"` // why waiting, paused, failed or stopped
	Steps  int       `json:"steps"`
	Phi    float64   `json:"phi"`
	Spark  Sparkline `json:"spark"`
	// Holdout says whether what was learned was in the run.
	Holdout credit.SetHoldout `json:"holdout,omitzero"`
	// Asked is what a person has to answer before the run goes on.
	Asked     *ApprovalAsked `json:"asked,omitempty"`
	Outcome   *Outcome       `json:"outcome"`
	Result    *TaskResult    `json:"result"`
	Usage     Usage          `json:"usage"`
	LastSeq   int64          `json:"last_seq"`
	CreatedAt time.Time      `json:"created_at"`
	StartedAt *time.Time     `json:"started_at"`
	EndedAt   *time.Time     `json:"ended_at"`
}

// Verdict returns the outcome of a run that came to its end by itself, nil for
// any other, and where nobody said what became of it: a run that a person
// stopped, or that failed, says nothing of what the agent can do. Lists, counts and comparisons go by it.
func (r *Run) Verdict() *Outcome {
	if r.Status != RunIsFinished || r.Outcome == nil || !r.Outcome.Known() {
		return nil
	}
	return r.Outcome
}

// Sparkline is a bounded picture of a Φ line: every Stride-th value. Its size
// does not grow with the run.
type Sparkline struct {
	Stride int       `json:"stride"`
	Points []float64 `json:"points"`
	Count  int       `json:"count"` // values seen
}

// MaxSparkPoints bounds a Sparkline.
const MaxSparkPoints = 48

// Add returns the line with one more value.
func (l Sparkline) Add(v float64) Sparkline {
	if l.Stride == 0 {
		l.Stride = 1
	}
	points := l.Points
	if l.Count%l.Stride == 0 {
		points = append(append(make([]float64, 0, len(points)+1), points...), v)
	}
	l.Count++
	if len(points) > MaxSparkPoints {
		half := make([]float64, 0, MaxSparkPoints)
		for i := 0; i < len(points); i += 2 {
			half = append(half, points[i])
		}
		points, l.Stride = half, l.Stride*2
	}
	l.Points = points
	return l
}

// Fold returns the run with one more event applied. Storage and live pages use
// the same fold, so that they can't differ.
func (r Run) Fold(e Event) Run {
	r.LastSeq = e.Seq
	at := e.At
	end := func(status RunStatus, reason string, result TaskResult) {
		r.Asked = nil
		r.Status, r.Reason, r.EndedAt = status, reason, &at
		r.Result, r.Outcome = &result, &result.Outcome
	}
	switch d := e.Data.(type) {
	case RunQueued:
		r.Status, r.CreatedAt = RunIsQueued, at
	case RunStarted:
		r.Status, r.StartedAt, r.Reason = RunIsRunning, &at, ""
		r.Phi, r.Holdout = d.Score.PhiAfter, d.Holdout
		r.Spark = Sparkline{}.Add(r.Phi)
		r.Usage = r.Usage.Add(d.Score.Usage)
	case RunResumed:
		r.Status, r.Reason = RunIsRunning, ""
	case ActionStarted:
	case StepTaken:
		r.Asked = nil
		r.Steps, r.Phi = d.Step.Index, d.Step.Score.PhiAfter
		r.Spark = r.Spark.Add(r.Phi)
		r.Usage = r.Usage.Add(d.Step.Usage).Add(d.Step.Score.Usage)
	case RunWaiting:
		r.Status, r.Reason = RunIsWaiting, d.Reason
	case RunPaused:
		r.Status, r.Reason = RunIsPaused, "paused by "+cmp.Or(d.By, "a person")
		if d.Reason != "" {
			r.Reason = "paused, since " + d.Reason
		}
	case NoteAdded:
	case ApprovalAsked:
		r.Status, r.Asked, r.Reason = RunIsWaiting, &d, "a person has to approve step "+strconv.Itoa(d.Index)
	case ApprovalAnswered:
		r.Asked, r.Usage = nil, r.Usage.Add(d.Usage)
		if r.Status == RunIsWaiting {
			r.Status, r.Reason = RunIsQueued, ""
		}
	case Learned:
	case RunFinished:
		end(RunIsFinished, d.Result.StopReason, d.Result)
	case RunStopped:
		end(RunIsStopped, "stopped by "+cmp.Or(d.By, "a person"), d.Result)
	case RunFailed:
		end(RunIsFailed, d.Message, d.Result)
	}
	return r
}

// LibraryReport counts what a library holds.
type LibraryReport struct {
	Total    int            `json:"total"`
	ByTier   map[Tier]int   `json:"by_tier"`
	ByStatus map[Status]int `json:"by_status"`
	Pinned   int            `json:"pinned"`
	ByAuthor map[string]int `json:"by_author"`
	// Usable counts the rules that may enter a prompt, by environment; those for
	// every environment under "".
	Usable map[string]int `json:"usable"`
	// Strongest holds the usable rules with the highest support, best first.
	Strongest []Heuristic `json:"strongest"`
}

// Origin says where a forked run comes from.
type Origin struct {
	Run  string `json:"run"`
	Step int    `json:"step"` // the steps that it took over; 0: the initial state only
	By   string `json:"by,omitempty"`
	// State says that it begins in a changed state, and took over no steps.
	State bool `json:"state,omitempty"`
}
