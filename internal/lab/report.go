package lab

import (
	"math"
	"math/rand/v2"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/stats"
)

// Format names the form of a Report.
const Format = "purpose-lab/1"

// Report is all of an experiment, enough to compute every figure in it again.
type Report struct {
	Format     string `json:"format"`
	ConfigHash string `json:"config_hash"` // of Spec, fixed before the first task
	// Commitment is the SHA-256 of the world's secret, where it has one: fixed
	// before the training, so that the world can be shown afterwards.
	Commitment  string                `json:"commitment,omitempty"`
	Spec        Spec                  `json:"spec"`
	Verdict     string                `json:"verdict"`
	Alarms      []string              `json:"alarms,omitempty"`
	Arms        map[Arm]*ArmReport    `json:"arms"`
	Comparisons map[string]Comparison `json:"comparisons"` // "on-off", …
	// Optimum is the mean least number of actions of the test tasks, Random the
	// share that the actor solves without memory. Null where not known.
	Optimum *float64 `json:"optimum"`
	Random  *float64 `json:"random"`
	// Promoted counts the rules that are active when the arms begin, InTrial
	// those in probation: they are shown too, and nothing is proven of them.
	Promoted int `json:"promoted"`
	InTrial  int `json:"in_trial"`

	Training  TrainingReport   `json:"training"`
	Placebo   *PlaceboReport   `json:"placebo,omitempty"`
	Pollution *PollutionReport `json:"pollution,omitempty"`
	Planted   *PlantedReport   `json:"planted,omitempty"`
	// LawChanges are the changes of the world's laws that the learner found,
	// asked for (Spec.ChangeAt) or not.
	LawChanges  []credit.LawChange  `json:"law_changes,omitempty"`
	Truth       *TruthReport        `json:"truth,omitempty"`
	Library     agent.LibraryReport `json:"library"`
	Curve       []Point             `json:"curve,omitempty"`
	Calibration *Calibration        `json:"calibration,omitempty"`
	Outcomes    []Outcome           `json:"outcomes"` // of the test, by task and arm
	// Tries are the later tries of the test tasks, where Spec.Tries asks for some. All
	// figures but ArmReport.Pass are those of the first.
	Tries   []Outcome `json:"tries,omitempty"`
	Seconds float64   `json:"seconds"`
}

// Outcome is how one task ended in one arm.
type Outcome struct {
	Arm     Arm      `json:"arm,omitempty"`
	Seed    int64    `json:"seed"`           // of a task of a suite: its number
	Task    string   `json:"task,omitempty"` // of a suite: its id
	Try     int      `json:"try,omitempty"`  // from 2 on; left out for the first
	Success bool     `json:"success"`
	Source  string   `json:"source"` // whose word it is: environment, verifier or critic
	Score   float64  `json:"score"`
	Steps   int      `json:"steps"`
	Limit   int      `json:"limit"`
	Optimum *int     `json:"optimum,omitempty"`
	Phi     *float64 `json:"final_phi,omitempty"`
	Tokens  int64    `json:"tokens,omitempty"`
	Calls   int      `json:"calls,omitempty"` // of models
	// Estimated: a server reported no usage, so that Tokens are an estimate.
	Estimated bool    `json:"estimated,omitempty"`
	Seconds   float64 `json:"seconds"`
	// Memory counts how what a language model was shown fitted what applied.
	Memory  *MemoryCounts `json:"memory,omitempty"`
	Stopped string        `json:"stopped"`
	Error   string        `json:"error,omitempty"`
}

// ArmReport sums up one arm over the tasks that ended in it.
type ArmReport struct {
	N           int     `json:"n"`
	Successes   int     `json:"successes"`
	MeanScore   float64 `json:"mean_score"`
	MeanSteps   float64 `json:"mean_steps"`
	SuccessRate float64 `json:"success_rate"`
	Low         float64 `json:"low"` // Wilson
	High        float64 `json:"high"`
	// StepsOverOptimum is the mean of steps over optimum of the solved tasks.
	StepsOverOptimum *float64 `json:"steps_over_optimum,omitempty"`
	Rules            int      `json:"rules"`
	Tokens           int64    `json:"tokens"`
	Calls            int      `json:"calls"`               // of models
	Estimated        bool     `json:"estimated,omitempty"` // Tokens, in part at least
	Seconds          float64  `json:"seconds"`             // wall time of its tasks together
	// Memory says how what a language model was shown fitted what applied.
	Memory *MemoryReport `json:"memory,omitempty"`
	// Pass holds pass^1, the mean over tasks of all tries, to pass^k: left out where
	// each task was tried once.
	Pass []stats.PassHat `json:"pass,omitempty"`
	// Error says what broke the arm; the tasks after that were not tried.
	Error string `json:"error,omitempty"`
}

// The methods of a comparison's interval.
const (
	MethodBootstrap = "paired percentile bootstrap"
	MethodNewcombe  = "Newcombe" // where all pairs differ alike, so that resampling has no width
)

// Comparison is On against another arm, paired by task.
type Comparison struct {
	Against    Arm     `json:"against"`
	N          int     `json:"n"` // tasks that ended in both arms
	Difference float64 `json:"difference"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Method     string  `json:"method"`
	P          float64 `json:"p"` // sign-flip permutation, two-sided
	Holm       float64 `json:"holm"`
	McNemar    float64 `json:"mcnemar"` // exact
	Won        int     `json:"won"`     // solved by On only
	Lost       int     `json:"lost"`    // negative transfer: solved by the other only
	// Needed is how many tasks would show a difference of this size with 80 %
	// power; null where none was seen.
	Needed       *int             `json:"needed"`
	Underpowered bool             `json:"underpowered"` // neither Helps nor Harms is shown
	Finding      Finding          `json:"finding"`
	Score        stats.Difference `json:"score"` // of the scores
	ScoreP       float64          `json:"score_p"`
}

// TrainingReport says how the training went.
type TrainingReport struct {
	N         int       `json:"n"`
	Successes int       `json:"successes"`
	Failed    int       `json:"failed"`
	Error     string    `json:"error,omitempty"` // of the last that failed
	Outcomes  []Outcome `json:"outcomes"`
	// Discredited names the critics that had lost the right to give credit at
	// its end: rules come from outcomes alone then.
	Discredited []string `json:"discredited,omitempty"`
	// Suspended says why the learned set was suspended when the arms began, ""
	// where it was in use. The arm "on" measures it all the same.
	Suspended string `json:"suspended,omitempty"`
}

// PlaceboReport says where the placebo's rules were learned.
type PlaceboReport struct {
	Source string `json:"source"`
	Rules  int    `json:"rules"`
}

// PollutionReport says what was put among the rules to see whether the gain
// survives: distractors, and rules that can't fit.
type PollutionReport struct {
	Rules       int     `json:"rules"` // before
	Distractors int     `json:"distractors"`
	Irrelevant  int     `json:"irrelevant"`
	Share       float64 `json:"share"` // of distractors, without the irrelevant
	Source      string  `json:"source"`
}

// TruthReport holds the usable rules against the secrets of the world, where
// the environment can judge them. A library that is right is no evidence of
// ability: success is.
type TruthReport struct {
	Facts     int      `json:"facts"`     // secrets that could have been found
	Found     int      `json:"found"`     // those that some rule states
	Rules     int      `json:"rules"`     // rules that could be judged
	Right     int      `json:"right"`     // those that are true
	Precision *float64 `json:"precision"` // right / rules; null without any
	Recall    *float64 `json:"recall"`    // found / facts
}

// Point is one point of the learning curve.
type Point struct {
	Tasks     int       `json:"tasks"` // trained on
	Rules     int       `json:"rules"`
	N         int       `json:"n"`
	Successes int       `json:"successes"`
	Share     float64   `json:"share"`
	Low       float64   `json:"low"`
	High      float64   `json:"high"`
	MeanSteps float64   `json:"mean_steps"`
	Error     string    `json:"error,omitempty"`
	Outcomes  []Outcome `json:"outcomes"`
}

// Calibration says how far the critic's last Φ can be trusted, on the test
// tasks of all arms, by isotonic probabilities from the other folds.
type Calibration struct {
	N            int            `json:"n"`
	Brier        float64        `json:"brier"`
	Skill        *float64       `json:"skill"` // null where all outcomes are the same
	ECE          float64        `json:"ece"`
	Bins         []stats.Bin    `json:"bins"`
	Spearman     *float64       `json:"spearman"`      // null where one side does not vary
	FalseSuccess stats.Interval `json:"false_success"` // among Φ > 7
	Predicted    []float64      `json:"predicted"`     // in the order of the outcomes with a final Φ
}

// outcomeOf is the outcome of one run; scored says that the last step's Φ is known.
func outcomeOf(a Arm, t task, r agent.TaskResult, scored bool, err error) Outcome {
	o := Outcome{Arm: a, Seed: t.number, Task: t.id, Try: t.try, Limit: t.MaxSteps, Success: r.Success, Source: string(r.Outcome.Source),
		Score: r.Outcome.Score, Steps: r.TotalSteps, Stopped: r.StopReason, Tokens: r.Usage.Tokens(), Calls: r.Usage.Calls, Estimated: r.Usage.Estimated}
	if t.optimum > 0 {
		o.Optimum = &t.optimum
	}
	if phi := r.FinalPhi; scored && r.TotalSteps > 0 {
		o.Phi = &phi
	}
	if err != nil {
		o.Error = agent.MessageOf(err)
	}
	return o
}

// judged is an error where nobody said what became of a task: it is no failure of
// the arm, which compares with nothing.
func judged(t task, r agent.TaskResult) error {
	if r.Outcome.Known() {
		return nil
	}
	return agent.Errorf(agent.CodeUnavailable, "nobody said whether task %d was solved: the world gives no verdict, and the critic gave no score", t.number)
}

// count counts the usable rules that the arms begin with.
func (r *Report) count(rules []*agent.Heuristic) {
	r.Promoted, r.InTrial = 0, 0
	for _, h := range rules {
		if h.Status == agent.Probation {
			r.InTrial++
		} else {
			r.Promoted++
		}
	}
}

// rng returns the random source of one part of the report.
func (r *Report) rng(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(r.Spec.Seed), stream))
}

// fill computes everything that follows from the results.
func (r *Report) fill(arms []*arm, tasks []task, results [][]*Outcome) {
	r.Arms, r.Comparisons = map[Arm]*ArmReport{}, map[string]Comparison{}
	byArm := map[Arm][]*Outcome{}
	for k, a := range arms {
		r.Arms[a.name] = summarise(a, results[k])
		byArm[a.name] = results[k]
	}
	for t := range tasks {
		for k := range arms {
			if o := results[k][t]; o != nil {
				r.Outcomes = append(r.Outcomes, *o)
			}
		}
	}
	r.compare(byArm)
	sum, known := 0, true
	for _, t := range tasks {
		sum, known = sum+t.optimum, known && t.optimum > 0
	}
	if known {
		r.Optimum = finite(float64(sum) / float64(len(tasks)))
	}
	if off := r.Arms[Off]; off != nil && off.N > 0 && !r.broke(Off) {
		r.Random = finite(off.SuccessRate)
	}
	r.calibrate()
	r.judge()
}

// broke reports whether an arm did not come to the end of its tasks. Which of
// them it did is no random part of them, so that its figures compare with nothing.
func (r *Report) broke(name Arm) bool {
	a := r.Arms[name]
	return a == nil || a.Error != ""
}

func summarise(a *arm, results []*Outcome) *ArmReport {
	s := &ArmReport{Rules: len(a.rules)}
	var scores, steps, over []float64
	var memory []*MemoryCounts
	for _, o := range results {
		if o == nil {
			continue
		}
		s.N++
		scores, steps = append(scores, o.Score), append(steps, float64(o.Steps))
		s.Tokens, s.Calls, s.Seconds = s.Tokens+o.Tokens, s.Calls+o.Calls, s.Seconds+o.Seconds
		s.Estimated = s.Estimated || o.Estimated
		memory = append(memory, o.Memory)
		if o.Success {
			s.Successes++
			if o.Optimum != nil {
				over = append(over, float64(o.Steps)/float64(*o.Optimum))
			}
		}
	}
	s.Memory = NewMemoryReport(memory)
	w := stats.Wilson(s.Successes, s.N)
	s.SuccessRate, s.Low, s.High = w.Share, w.Low, w.High
	s.MeanScore, s.MeanSteps = stats.Mean(scores), stats.Mean(steps)
	if len(over) > 0 {
		s.StepsOverOptimum = finite(stats.Mean(over))
	}
	if a.broken != nil {
		s.Error = agent.MessageOf(a.broken)
		if agent.CodeOf(a.broken) == agent.CodeInternal {
			s.Error = a.broken.Error() // the environment's or actor's own words
		}
	}
	return s
}

func pointOf(after, rules int, a *arm, results []*Outcome) Point {
	s := summarise(a, results)
	p := Point{Tasks: after, Rules: rules, N: s.N, Successes: s.Successes, Share: s.SuccessRate, Low: s.Low, High: s.High, MeanSteps: s.MeanSteps, Error: s.Error}
	for _, o := range results {
		if o != nil {
			p.Outcomes = append(p.Outcomes, *o)
		}
	}
	return p
}

// finite returns nil for what JSON can't say.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
