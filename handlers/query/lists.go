package query

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
)

var yesNo = []string{"yes", "no"}

var runs = grammar[catalog.RunField]{
	words: map[catalog.RunField][]string{
		catalog.RunStatusField: names(agent.RunStatuses), catalog.RunEnv: nil, catalog.RunGroup: nil, catalog.RunModel: nil,
		catalog.RunMemory: {"on", "off"}, catalog.RunSolved: yesNo, catalog.RunTag: nil, catalog.RunAsks: yesNo, catalog.RunOf: nil, catalog.RunID: nil,
	},
	numbers: []catalog.RunField{catalog.RunPhi, catalog.RunSteps, catalog.RunTokens, catalog.RunUSD, catalog.RunSeed},
	spans:   []catalog.RunField{catalog.RunTook, catalog.RunAge},
	text:    catalog.RunText,
}

// Runs reads a query about runs: status:failed env:maze phi:>7 steps:>20
// -tag:demo "free text". Errors are CodeInvalid for the field "q", with the
// position of what is wrong.
func Runs(text string) (q catalog.RunQuery, err error) {
	q.Text, q.Terms, err = runs.read(text)
	return q, err
}

var steps = grammar[catalog.StepField]{
	words:   map[catalog.StepField][]string{catalog.StepAction: nil, catalog.StepRule: nil, catalog.StepIs: {"flagged", "failed"}},
	numbers: []catalog.StepField{catalog.StepDelta, catalog.StepPhi, catalog.StepIndex},
	text:    catalog.StepText,
}

// Steps reads a query about the steps of a run: action:go rule:h000001
// is:failed delta:<0 phi:>5 step:10..20 and words. Errors are those of Runs.
func Steps(text string) (q catalog.StepQuery, err error) {
	q.Text, q.Terms, err = steps.read(text)
	return q, err
}

var heuristics = grammar[catalog.HeuristicField]{
	words: map[catalog.HeuristicField][]string{
		catalog.FieldStatus: names(agent.Statuses), catalog.FieldTier: names(agent.Tiers),
		catalog.FieldKind: {string(agent.KindRule), string(agent.KindWorkflow), string(agent.KindDynamics)}, catalog.FieldPinned: yesNo,
		catalog.FieldEnv: nil, catalog.FieldAuthor: nil, catalog.FieldID: nil,
	},
	numbers: []catalog.HeuristicField{catalog.FieldUplift, catalog.FieldLow, catalog.FieldN, catalog.FieldAdvantage, catalog.FieldSupport, catalog.FieldUses,
		catalog.FieldHits, catalog.FieldMisses},
	text: catalog.FieldText,
}

// Heuristics reads a query about rules. Errors are those of Runs.
func Heuristics(text string) (q catalog.HeuristicQuery, err error) {
	q.Text, q.Terms, err = heuristics.read(text)
	return q, err
}

var trajectories = grammar[catalog.TrajectoryField]{
	words: map[catalog.TrajectoryField][]string{
		catalog.TrajectoryEnv: nil, catalog.TrajectoryType: nil, catalog.TrajectorySolved: yesNo, catalog.TrajectoryPinned: yesNo,
		catalog.TrajectoryRun: nil, catalog.TrajectoryID: nil,
	},
	numbers: []catalog.TrajectoryField{catalog.TrajectoryValue, catalog.TrajectoryPhi, catalog.TrajectoryDelta, catalog.TrajectorySteps, catalog.TrajectoryRetrieved},
	spans:   []catalog.TrajectoryField{catalog.TrajectoryAge},
	text:    catalog.TrajectoryText,
}

// Trajectories reads a query about trajectories. Errors are those of Runs.
func Trajectories(text string) (q catalog.TrajectoryQuery, err error) {
	q.Text, q.Terms, err = trajectories.read(text)
	return q, err
}

// Experiments reads a query about experiments: status:running,queued env:maze
// and words; nothing can be left out. Errors are those of Runs.
func Experiments(text string) (q experiments.ExperimentQuery, err error) {
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
				if !slices.Contains(experiments.ExperimentStatuses, experiments.ExperimentStatus(part)) {
					return problem(t.At, "there is no status %q; choose one of %s", agent.Clip(part, 40), strings.Join(names(experiments.ExperimentStatuses), ", "))
				}
				q.Status = append(q.Status, experiments.ExperimentStatus(part))
			}
			return nil
		}),
		"env": one(func(t Term) error { q.Environment = t.Value; return nil }),
	})
	return q, err
}
