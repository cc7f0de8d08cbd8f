package labpages

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// experimentVersion changes whenever anything that the page shows has changed.
func experimentVersion(x experiments.Experiment) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s %s %s %+v %d", x.Status, x.Reason, x.Verdict, x.Progress, len(x.Report))
	return strconv.FormatUint(h.Sum64(), 36)
}

// experimentView maps an experiment to its page.
func (s *Section) experimentView(ctx context.Context, x experiments.Experiment, version string, window outcomeWindow, did ui.Notice) (labview.Experiment, error) {
	ask, err := requestOf(x)
	if err != nil {
		return labview.Experiment{}, fmt.Errorf("read what was asked of experiment %s: %w", x.ID, err)
	}
	report, worlds, err := lab.ParseReport(x.Report)
	if err != nil {
		return labview.Experiment{}, err
	}
	called := s.RuleTitles(ctx)
	v := labview.Experiment{ID: x.ID, Version: version, Title: x.Name, State: labState(x.Status), Meta: s.experimentMeta(x, ask),
		Again: s.Link("/lab/new?from=" + url.QueryEscape(x.ID)), Fixed: s.fixedFacts(x, ask, report, worlds, called), Spec: indented(x.Spec)}
	if did.Verb == "resume" {
		v.Notice = "It goes on from what is stored."
	}
	s.experimentControls(&v, x)
	switch {
	case report != nil:
		v.Report = s.reportView(x.ID, report, window, called)
		v.Verdict, v.VerdictMore = verdictOf(report, called), armsCalled(report.Verdict, armOrder(report.Arms), called)
	case worlds != nil:
		v.Report = s.worldsView(x.ID, worlds, window, called)
		v.Verdict, v.VerdictMore = worldsVerdict(worlds, called), armsCalled(worlds.Verdict, armOrder(worlds.Arms), called)
	default:
		v.Verdict, v.VerdictMore = waitingVerdict(x)
		v.Live = liveArms(x, called)
	}
	if v.Report != nil {
		v.Export = s.Link(experimentPath(x.ID) + "/report.json")
		v.CheckCommand = "python3 docs/lab/check.py purpose-lab-" + plainName.ReplaceAllString(x.ID, "-") + ".json"
	}
	return v, nil
}

// experimentControls are the buttons and notes that go with a status.
func (s *Section) experimentControls(v *labview.Experiment, x experiments.Experiment) {
	here := experimentPath(x.ID)
	resume := partials.Post{Label: "Resume", Icon: "play", Class: "go", Action: s.Link(here + "/resume"), Key: "r"}
	switch x.Status {
	case experiments.ExperimentQueued, experiments.ExperimentRunning:
		v.Poll = s.Link(here + "?v=" + v.Version)
		v.Progress = progressOf(&x)
		v.Cancel = &partials.Post{Label: "Cancel", Icon: "stop", Class: "stop", Key: ".", Action: s.Link(here + "/cancel"),
			Confirm: "Cancel this experiment? What it has done is kept, and it can be resumed."}
	case experiments.ExperimentFailed:
		v.Resume = &resume
		v.Reason = &partials.Note{Tone: "bad", Icon: "warn", Text: "It failed: " + ui.Sentence(ui.FirstOf(x.Reason, "no reason was given")) + " What it has done is kept; Resume goes on from there."}
	case experiments.ExperimentCancelled:
		v.Resume = &resume
		v.Reason = &partials.Note{Icon: "stop", Text: ui.Sentence(ui.FirstOf(x.Reason, "it was cancelled")) + " What it has done is kept; Resume goes on from there."}
	case experiments.ExperimentFinished:
	}
}

// experimentMeta says what is compared, in a few words each.
func (s *Section) experimentMeta(x experiments.Experiment, ask lab.Request) string {
	meta := []string{x.Environment}
	if n := len(ask.Worlds); n > 0 {
		meta = append(meta, partials.Plural(n, "world"))
	}
	meta = append(meta, "actor "+ui.ModelName(ask.Spec.Models.Actor))
	if ask.Spec.Source == lab.SourceLibrary {
		meta = append(meta, "my library as it stood")
	} else {
		meta = append(meta, partials.Plural(ask.Spec.Train, "training task"))
	}
	meta = append(meta, fmt.Sprintf("%s × %d arms", partials.Plural(ask.Spec.Test, "held-out task"), len(ask.Spec.Arms)))
	if x.ConfigHash != "" {
		meta = append(meta, "config "+shortHash(x.ConfigHash)+" fixed before the start")
	}
	return strings.Join(meta, " · ")
}

func shortHash(hash string) string {
	if len(hash) <= 12 {
		return hash
	}
	return hash[:6] + "…" + hash[len(hash)-4:]
}

// waitingVerdict is what stands on top while nothing may be concluded.
func waitingVerdict(x experiments.Experiment) (pages.Verdict, string) {
	switch x.Status {
	case experiments.ExperimentQueued:
		return pages.Verdict{Lead: "Waits for its turn"}, "It begins by itself when the one before it has ended."
	case experiments.ExperimentRunning:
		return pages.Verdict{Lead: "Running"}, "Nothing is concluded before the end: how many tasks are compared was fixed before the start, so that nobody stops at a lucky moment."
	case experiments.ExperimentFailed, experiments.ExperimentCancelled, experiments.ExperimentFinished:
	}
	return pages.Verdict{Lead: "Nothing was shown"}, "It did not reach its end, and a part of it proves nothing."
}

// liveArms counts what has ended so far, without a word of what it means.
func liveArms(x experiments.Experiment, called ui.Titles) []labview.ArmRow {
	var rows []labview.ArmRow
	for _, name := range armOrder(x.Progress.Arms) {
		count := x.Progress.Arms[name]
		row := labview.ArmRow{Key: armKey(name), Name: armName(name, called), N: ui.Count(count.N), Solved: ui.Count(count.Successes), Share: "–", Range: "not enough data"}
		if count.N > 0 {
			w := stats.Wilson(count.Successes, count.N)
			row.Share, row.Range = ui.PercentWords(w.Share), ui.RangeWords(w.Low, w.High)
		}
		rows = append(rows, row)
	}
	return rows
}

// fixedFacts are what was fixed before the first task.
func (s *Section) fixedFacts(x experiments.Experiment, ask lab.Request, report *lab.Report, worlds *lab.WorldsReport, called ui.Titles) []pages.Fact {
	spec, commitment := ask.Spec.WithDefaults(), ""
	switch {
	case report != nil:
		spec, commitment = report.Spec, report.Commitment
	case worlds != nil && len(worlds.Worlds) > 0:
		spec = worlds.Worlds[0].Spec
		commitment = worlds.Worlds[0].Commitment
	}
	facts := []pages.Fact{{Term: "Configuration", Value: ui.FirstOf(shortHash(x.ConfigHash), "–"), Help: "SHA-256 of everything below: " + x.ConfigHash}}
	if commitment != "" {
		help := "SHA-256 of the world's secret, so that it can be shown afterwards: " + commitment
		facts = append(facts, pages.Fact{Term: "Secret of the world", Value: shortHash(commitment), Help: help})
	}
	if len(ask.Worlds) > 0 {
		facts = append(facts, pages.Fact{Term: "Worlds", Value: worldsText(ask.Worlds)})
	}
	if spec.Source != lab.SourceLibrary {
		facts = append(facts, pages.Fact{Term: "Training seeds", Value: seedRange(spec.TrainFrom, spec.Train)})
	} else if spec.Snapshot != "" {
		facts = append(facts, pages.Fact{Term: "Library", Value: shortHash(spec.Snapshot), Help: "SHA-256 of the frozen rules: " + spec.Snapshot})
	}
	facts = append(facts, pages.Fact{Term: "Test seeds", Value: seedRange(spec.TestFrom, spec.Test)},
		pages.Fact{Term: "Arms", Value: armList(spec.Arms, called)}, pages.Fact{Term: "Critic", Value: ui.ModelName(spec.Models.Critic)},
		pages.Fact{Term: "Draws", Value: ui.Count(spec.Draws)})
	if x.By != "" {
		facts = append(facts, pages.Fact{Term: "Asked for by", Value: x.By, Small: partials.Ago(s.Now(), x.CreatedAt).Text})
	}
	return facts
}

func armList(arms []lab.Arm, called ui.Titles) string {
	names := make([]string, len(arms))
	for i, a := range arms {
		names[i] = armName(a, called)
	}
	return strings.Join(names, ", ")
}

// indented writes JSON for people.
func indented(o agent.Object) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(o), "", "  "); err != nil {
		return o.String() // an Object is valid by construction
	}
	return b.String()
}

func comparisonKey(against lab.Arm) string { return string(lab.On) + "-" + string(against) }
