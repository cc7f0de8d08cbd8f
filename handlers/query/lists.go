package query

import (
	"slices"
	"strings"

	"purposeagent/agent"
)

var yesNo = []string{"yes", "no"}

var runs = grammar[agent.RunField]{
	words: map[agent.RunField][]string{
		agent.RunStatusField: names(agent.RunStatuses), agent.RunEnv: nil, agent.RunGroup: nil, agent.RunModel: nil,
		agent.RunMemory: {"on", "off"}, agent.RunSolved: yesNo, agent.RunTag: nil, agent.RunAsks: yesNo, agent.RunOf: nil, agent.RunID: nil,
	},
	numbers: []agent.RunField{agent.RunPhi, agent.RunSteps, agent.RunTokens, agent.RunUSD, agent.RunSeed},
	spans:   []agent.RunField{agent.RunTook, agent.RunAge},
	text:    agent.RunText,
}

// Runs reads a query about runs: status:failed env:maze phi:>7 steps:>20
// -tag:demo "free text". Errors are CodeInvalid for the field "q", with the
// position of what is wrong.
func Runs(text string) (q agent.RunQuery, err error) {
	q.Text, q.Terms, err = runs.read(text)
	return q, err
}

var steps = grammar[agent.StepField]{
	words:   map[agent.StepField][]string{agent.StepAction: nil, agent.StepRule: nil, agent.StepIs: {"flagged", "failed"}},
	numbers: []agent.StepField{agent.StepDelta, agent.StepPhi, agent.StepIndex},
	text:    agent.StepText,
}

// Steps reads a query about the steps of a run: action:go rule:h000001
// is:failed delta:<0 phi:>5 step:10..20 and words. Errors are those of Runs.
func Steps(text string) (q agent.StepQuery, err error) {
	q.Text, q.Terms, err = steps.read(text)
	return q, err
}

var heuristics = grammar[agent.HeuristicField]{
	words: map[agent.HeuristicField][]string{
		agent.FieldStatus: names(agent.Statuses), agent.FieldTier: names(agent.Tiers),
		agent.FieldKind: {string(agent.KindRule), string(agent.KindWorkflow), string(agent.KindDynamics)}, agent.FieldPinned: yesNo,
		agent.FieldEnv: nil, agent.FieldAuthor: nil, agent.FieldID: nil,
	},
	numbers: []agent.HeuristicField{agent.FieldUplift, agent.FieldLow, agent.FieldN, agent.FieldAdvantage, agent.FieldSupport, agent.FieldUses,
		agent.FieldHits, agent.FieldMisses},
	text: agent.FieldText,
}

// Heuristics reads a query about rules. Errors are those of Runs.
func Heuristics(text string) (q agent.HeuristicQuery, err error) {
	q.Text, q.Terms, err = heuristics.read(text)
	return q, err
}

var trajectories = grammar[agent.TrajectoryField]{
	words: map[agent.TrajectoryField][]string{
		agent.TrajectoryEnv: nil, agent.TrajectoryType: nil, agent.TrajectorySolved: yesNo, agent.TrajectoryPinned: yesNo,
		agent.TrajectoryRun: nil, agent.TrajectoryID: nil,
	},
	numbers: []agent.TrajectoryField{agent.TrajectoryValue, agent.TrajectoryPhi, agent.TrajectoryDelta, agent.TrajectorySteps, agent.TrajectoryRetrieved},
	spans:   []agent.TrajectoryField{agent.TrajectoryAge},
	text:    agent.TrajectoryText,
}

// Trajectories reads a query about trajectories. Errors are those of Runs.
func Trajectories(text string) (q agent.TrajectoryQuery, err error) {
	q.Text, q.Terms, err = trajectories.read(text)
	return q, err
}

// Experiments reads a query about experiments: status:running,queued env:maze
// and words; nothing can be left out. Errors are those of Runs.
func Experiments(text string) (q agent.ExperimentQuery, err error) {
	one := func(take func(t Term) error) func(Term) error {
		return func(t Term) error {
			if t.Not {
				return problem(t.At, "-%s: nothing can be left out in this list", t.Key)
			}
			return take(t)
		}
	}
	q.Text, err = Split(text, map[string]func(Term) error{
		"status": one(func(t Term) error {
			for part := range strings.SplitSeq(t.Value, ",") {
				if !slices.Contains(agent.ExperimentStatuses, agent.ExperimentStatus(part)) {
					return problem(t.At, "there is no status %q; choose one of %s", agent.Clip(part, 40), strings.Join(names(agent.ExperimentStatuses), ", "))
				}
				q.Status = append(q.Status, agent.ExperimentStatus(part))
			}
			return nil
		}),
		"env": one(func(t Term) error { q.Environment = t.Value; return nil }),
	})
	return q, err
}
