package runpage

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// HeadView is what stands above the Φ spine.
func (s *Section) HeadView(ctx context.Context, run agent.Run) runview.RunHead {
	h := runview.RunHead{Purpose: ui.PurposeOf(run), State: ui.StateOf(run.Status), Facts: s.factsOf(ctx, run), Meters: s.metersOf(run), Controls: s.controlsOf(run)}
	h.Set = s.suspendedRun(run)
	switch run.Status {
	case agent.RunIsWaiting:
		if run.Asked != nil {
			break // the card says it
		}
		h.Reason = &partials.Note{Icon: "warn", Text: "Waiting: " + run.Reason + ". Everything so far is kept; it goes on by itself."}
	case agent.RunIsPaused:
		h.Reason = &partials.Note{Tone: "acc", Icon: "pause", Text: ui.Sentence(run.Reason)}
	case agent.RunIsFailed:
		h.Reason = &partials.Note{Tone: "bad", Icon: "warn", Text: "The run failed: " + ui.Sentence(run.Reason) + " What it did is kept."}
	case agent.RunIsQueued, agent.RunIsRunning, agent.RunIsFinished, agent.RunIsStopped:
	}
	return h
}

// suspendedRun says what a suspension of what was learned does to a run, nil
// where there is none.
func (s *Section) suspendedRun(run agent.Run) *pages.Banner {
	if !run.Holdout.Suspended {
		return nil
	}
	return &pages.Banner{Text: ui.Sentence(run.Holdout.String()), More: "What people wrote or pinned is used.",
		Link: partials.Link{Text: "Why, and how to change it", Href: s.policyLink()}}
}

func (s *Section) policyLink() templ.SafeURL {
	if !s.cfg.Policy {
		return s.Link("/library")
	}
	return s.Link("/library/policy")
}

func (s *Section) againLink(id string) templ.SafeURL {
	return s.Link("/runs/new?from=" + url.QueryEscape(id))
}

func (s *Section) factsOf(ctx context.Context, run agent.Run) []runview.RunFact {
	models := run.Spec.Models
	facts := []runview.RunFact{{Word: run.Spec.Environment.Name, Value: "seed " + strconv.FormatInt(run.Seed, 10)},
		{Word: "actor", Value: ui.ModelName(models.Actor)}}
	if models.Critic != models.Actor && models.Critic != "" {
		facts = append(facts, runview.RunFact{Word: "critic", Value: ui.ModelName(models.Critic), Wide: true})
	}
	if models.Optimizer != models.Actor && models.Optimizer != "" {
		facts = append(facts, runview.RunFact{Word: "optimizer", Value: ui.ModelName(models.Optimizer), Wide: true})
	}
	memory := runview.RunFact{Word: "memory", Value: run.Spec.Memory}
	if run.Spec.Rules != "" {
		memory = runview.RunFact{Word: "memory", Value: "rules of " + s.RulesName(ctx, run.Spec.Rules), Href: s.MomentLink(run.Spec.Rules)}
	} else if s.Snapshots != nil && run.StartedAt != nil && run.Spec.Memory == "on" {
		memory.Href = s.MomentLink(run.StartedAt.UTC().Format(time.RFC3339Nano)) // the library that it began with
	}
	facts = append(facts, memory)
	if run.Holdout.Withheld && run.Holdout.Drawn() && !run.Holdout.Paired && !run.Holdout.Suspended {
		facts = append(facts, runview.RunFact{Word: "what was learned", Value: "left out by chance", Href: s.policyLink()})
	}
	if run.Group != "" {
		facts = append(facts, runview.RunFact{Word: run.Label, Value: "group", Href: s.Link("/groups/" + url.PathEscape(run.Group)), Wide: true})
	}
	if o := run.Spec.Origin; o != nil {
		facts = append(facts, runview.RunFact{Word: fmt.Sprintf("fork after step %d of", o.Step), Value: s.RunNames(ctx)(o.Run).Mark, Href: s.Link("/compare?runs=" + url.QueryEscape(o.Run+","+run.ID))})
	}
	if run.StartedAt != nil {
		started := partials.Ago(s.Now(), *run.StartedAt)
		facts = append(facts, runview.RunFact{Word: "started", Time: &started, Wide: true})
	}
	return facts
}

// metersOf are the run's spendings against its limits.
func (s *Section) metersOf(run agent.Run) []runview.RunMeter {
	steps := runview.RunMeter{Name: "Steps", Value: ui.Count(run.Steps), Of: "of " + ui.Count(run.Spec.MaxSteps),
		Part: strconv.Itoa(run.Steps), Whole: strconv.Itoa(run.Spec.MaxSteps)}
	meters := []runview.RunMeter{steps}
	budget := run.Spec.Budget
	if run.Usage.Calls > 0 || budget.Tokens > 0 {
		m := runview.RunMeter{Name: "Tokens", Value: ui.About(run.Usage, partials.Short(run.Usage.Tokens()))}
		if budget.Tokens > 0 {
			m.Of = "of " + partials.Short(budget.Tokens)
			m.Part, m.Whole = strconv.FormatInt(run.Usage.Tokens(), 10), strconv.FormatInt(budget.Tokens, 10)
		}
		if run.Usage.Estimated {
			m.Of = strings.TrimSpace(m.Of + " (estimated)")
		}
		meters = append(meters, m)
	}
	if run.Usage.USD > 0 || budget.USD > 0 {
		m := runview.RunMeter{Name: "Cost", Value: ui.About(run.Usage, ui.Dollars(run.Usage.USD))}
		if budget.USD > 0 {
			m.Of = "of " + ui.Dollars(budget.USD)
			m.Part, m.Whole = fmt.Sprintf("%.6f", run.Usage.USD), fmt.Sprintf("%.6f", budget.USD)
		}
		meters = append(meters, m)
	}
	clock := runview.RunMeter{Name: "Time", Value: "–"}
	if run.StartedAt != nil {
		spent := s.Now().Sub(*run.StartedAt)
		if run.EndedAt != nil {
			spent = run.EndedAt.Sub(*run.StartedAt)
		} else if run.Status == agent.RunIsRunning {
			clock.Since = run.StartedAt.UTC().Format(time.RFC3339Nano)
		}
		clock.Value = partials.Duration(spent)
		if budget.Seconds > 0 {
			clock.Of = "of " + partials.Duration(budget.Elapsed())
			clock.Part, clock.Whole = fmt.Sprintf("%.1f", spent.Seconds()), fmt.Sprintf("%.1f", budget.Seconds)
		}
	}
	return append(meters, clock)
}

// controlsOf are the buttons that make sense as the run stands.
func (s *Section) controlsOf(run agent.Run) []partials.Post {
	if run.Status.Final() {
		return nil
	}
	action := func(verb string) templ.SafeURL {
		return s.Link("/runs/" + url.PathEscape(run.ID) + "/" + verb)
	}
	first := partials.Post{Label: "Pause", Icon: "pause", Action: action("pause"), Key: "p", Update: headParts}
	if run.Status == agent.RunIsPaused {
		first = partials.Post{Label: "Resume", Icon: "play", Action: action("resume"), Key: "p", Class: "go", Update: headParts}
	}
	var more []partials.Post
	if run.Status == agent.RunIsPaused && run.Asked == nil {
		more = append(more, partials.Post{Label: "Step", Icon: "right", Action: action("step"), Key: "s", Update: headParts})
	}
	if words := ui.BudgetWords(moreOf(run.Spec.Budget)); run.Status == agent.RunIsPaused && words != "" {
		more = append(more, partials.Post{Label: "Add " + words + " and go on", Icon: "plus", Action: action("extend"), Class: "go"})
		first.Class = ""
	}
	stop := partials.Post{Label: "Stop", Icon: "stop", Action: action("stop"), Key: ".", Class: "stop", Update: headParts,
		Confirm: "Stop this run for good? What it did so far is kept, and it can't be resumed."}
	return append(append(more, first), stop)
}

// CountPoints counts what the list's filters would show.
func CountPoints(points []catalog.PhiPoint) (worse, flagged int) {
	for _, p := range points {
		if p.Delta <= -0.05 {
			worse++
		}
		if p.Flagged || p.Failed {
			flagged++
		}
	}
	return worse, flagged
}

// markDropped takes away the link to a trajectory that the replay no longer has.
func (s *Section) markDropped(ctx context.Context, end *runview.RunEnd, learned *agent.Learned) error {
	if end.Replay == "" {
		return nil
	}
	_, err := s.cfg.Replay.Summary(ctx, learned.Trajectory)
	if agent.CodeOf(err) != agent.CodeNotFound || err == nil {
		return err
	}
	end.Replay, end.Dropped = "", "Its trajectory is no longer in the replay: it was dropped to keep the capacity, or pruned."
	return nil
}

// EndView is what the run came to.
func (s *Section) EndView(ctx context.Context, run agent.Run, ending Ending) (runview.RunEnd, error) {
	if !run.Status.Final() || run.Result == nil {
		return runview.RunEnd{}, nil
	}
	r := run.Result
	end := runview.RunEnd{Shown: true, Ten: s.tenLink(run), Outcome: ui.OutcomeOf(run.Outcome, run.Status), Summary: ui.Sentence(r.Summary()), Again: s.againLink(run.ID), Library: s.Link("/library"),
		Stats: endStats(r)}
	s.learnedInto(&end, run, ending.Learned)
	if ending.Judged != nil {
		end.Files = filePages{s}.fileViews(ctx, run.ID, "judged", ending.Judged.Files)
	}
	if run.Steps > 0 {
		end.Film = s.Link("/runs/" + url.PathEscape(run.ID) + "?film=yes")
	}
	var err error
	end.Knows, err = s.knowsNothing(ctx, run)
	return end, err
}

// tenLink is where ten more runs are launched that learn from one another; ""
// where a run like this one teaches nothing.
func (s *Section) tenLink(run agent.Run) templ.SafeURL {
	if !ui.Teaches(run) {
		return ""
	}
	return s.Link("/runs/" + url.PathEscape(run.ID) + "/ten")
}

// knowsNothing says that a run failed since nothing was learned before it, nil
// for any other run.
func (s *Section) knowsNothing(ctx context.Context, run agent.Run) (*partials.Note, error) {
	if v := run.Verdict(); v == nil || v.Success || s.tenLink(run) == "" {
		return nil, nil
	}
	events, err := s.cfg.Runs.Events(ctx, run.ID, 0, startsWithin)
	if err != nil {
		return nil, err
	}
	for _, event := range events {
		if started, ok := event.Data.(agent.RunStarted); ok && started.Memory && started.Rules == 0 && !started.Holdout.Withheld {
			return &partials.Note{Tone: "acc", Icon: "info", Text: "It knows nothing yet: no rule was in its library when it began, so it tried things out. Ten more tasks show whether it learns."}, nil
		}
	}
	return nil, nil
}

// startsWithin is how many events a run has at most until it has started.
const startsWithin = 4

// endStats are the figures of a result, each by what it is. One that says no
// more than its neighbour is left out: gains that nothing was lost from are the
// whole change, and a score of 0 or 1 is the outcome.
func endStats(r *agent.TaskResult) []runview.RunFact {
	stats := []runview.RunFact{{Word: "Final Φ", Value: partials.Phi(r.FinalPhi)}, {Word: "Change of Φ (Σ Δ)", Value: fmt.Sprintf("%+.1f", r.TotalDelta)}}
	if fmt.Sprintf("%.1f", r.CumulativeReward) != fmt.Sprintf("%.1f", r.TotalDelta) {
		stats = append(stats, runview.RunFact{Word: "Gains without the losses", Value: fmt.Sprintf("%+.1f", r.CumulativeReward)})
	}
	improved := fmt.Sprintf("%.0f %%", 100*r.SuccessRate)
	if !r.Success && r.SuccessRate > 0 {
		improved += ", by Φ alone"
	}
	stats = append(stats, runview.RunFact{Word: "Steps that improved", Value: improved})
	if score := r.Outcome.Score; score != indicator(r.Success) {
		stats = append(stats, runview.RunFact{Word: "Share of the goal", Value: fmt.Sprintf("%.2f of 1", score)})
	}
	return stats
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// setChangeWords say what the test of a learned set did after a run.
var setChangeWords = map[agent.LibraryAction]string{
	agent.ActSuspend: "It is suspended from now on: it goes on learning, and acts in a quarter of the learning tasks.",
	agent.ActLift:    "It is used again.",
}

// maxLearned is the number of changes that the result shows at once.
const maxLearned = 3

func (s *Section) learnedInto(end *runview.RunEnd, run agent.Run, learned *agent.Learned) {
	switch {
	case learned == nil && run.Outcome != nil && !run.Outcome.Known():
		end.Lead = "Nothing: nobody said whether the task was solved, neither the world nor a critic."
		return
	case learned == nil && run.Spec.Memory == "off":
		end.Lead = "Nothing: memory was off in this run."
		return
	case learned == nil && run.Spec.Rules != "":
		end.Lead = "Nothing: its rules were those of a snapshot, and such a run teaches nothing."
		return
	case learned == nil && run.Spec.Origin != nil:
		end.Lead = "Nothing: a fork teaches nothing, since the library has already learned from the steps that it took over."
		return
	case learned == nil:
		end.Lead = "Nothing from this run."
		return
	}
	if learned.Trajectory != "" {
		end.Replay = s.Link("/replay/" + url.PathEscape(learned.Trajectory))
	}
	if learned.Set != nil {
		end.Set = &pages.Banner{Text: ui.Sentence(learned.Set.Reason), More: setChangeWords[learned.Set.Action],
			Link: partials.Link{Text: "Look at it, or change it", Href: s.policyLink()}}
	}
	if learned.Error != "" {
		end.Problem = &partials.Note{Icon: "warn", Text: "Learning failed: " + ui.Sentence(learned.Error) + " The run itself is not affected."}
	}
	counts := map[string]int{}
	for _, change := range learned.Changes {
		counts[change.Op]++
		end.Learned = append(end.Learned, runview.LearnedRule{Op: changeChip(change.Op), Title: change.Title, Reason: change.Reason, Href: s.RuleLink(change.ID)})
	}
	if extra := len(end.Learned) - maxLearned; extra > 0 {
		end.Learned, end.More = end.Learned[:maxLearned], end.Learned[maxLearned:]
		end.MoreText = partials.Plural(extra, "more change")
	}
	for _, rejection := range learned.Rejected {
		end.Rejected = append(end.Rejected, runview.LearnedRule{Op: partials.Chip{Text: "rejected", Tone: "out"}, Title: rejection.Title, Reason: rejection.Reason})
	}
	end.Lead = learnedWords(counts, len(learned.Rejected))
}

func changeChip(op string) partials.Chip {
	switch op {
	case "added":
		return partials.Chip{Text: op, Icon: "plus", Tone: "acc"}
	case "retired":
		return partials.Chip{Text: op, Icon: "archive"}
	}
	return partials.Chip{Text: op, Icon: "sync"}
}

func learnedWords(counts map[string]int, rejected int) string {
	text := ""
	add := func(n int, word string) {
		if n == 0 {
			return
		}
		if text != "" {
			text += ", "
		}
		text += strconv.Itoa(n) + " " + word
	}
	for _, op := range []string{"added", "updated", "merged", "retired"} {
		add(counts[op], op)
	}
	add(rejected, "did not pass")
	if text == "" {
		return "Nothing new: the library already says it."
	}
	return text + "."
}

// Ending is what the last events of a run say beside its result.
type Ending struct {
	Learned *agent.Learned // nil where nothing was learned, or not yet
	Judged  *agent.Judged  // nil where no Judge was asked
}

// Note keeps what an event says of the end.
func (e *Ending) Note(event agent.Event) {
	if learned, ok := event.Data.(agent.Learned); ok {
		e.Learned = &learned
	}
	if judged, ok := event.Data.(agent.Judged); ok {
		e.Judged = &judged
	}
}

// EndingOf reads the last events of a run that has ended.
func (s *Section) EndingOf(ctx context.Context, run agent.Run) (Ending, error) {
	var end Ending
	if !run.Status.Final() {
		return end, nil
	}
	events, err := s.cfg.Runs.Events(ctx, run.ID, max(run.LastSeq-6, 0), 8)
	for _, event := range events {
		end.Note(event)
	}
	return end, err
}
