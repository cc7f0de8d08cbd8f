package agent

import (
	"cmp"
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
	case Judged:
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
