package labpages

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// labFilter is what the address of the list says.
type labFilter struct{ status, environment, text, cursor string }

// labFilterOf checks the address. CodeInvalid names what is allowed.
func labFilterOf(c echo.Context) (labFilter, error) {
	f := labFilter{status: c.QueryParam("status"), environment: c.QueryParam("env"),
		text: strings.TrimSpace(c.QueryParam("q")), cursor: c.QueryParam("cursor")}
	if f.status != "" && !slices.Contains(experiments.ExperimentStatuses, experiments.ExperimentStatus(f.status)) {
		return f, agent.Errorf(agent.CodeInvalid, "there is no state %q of an experiment; they are queued, running, finished, failed and cancelled", partials.Clip(f.status, 20))
	}
	if !utf8.ValidString(f.text) || len(f.text) > 400 {
		return f, agent.Errorf(agent.CodeInvalid, "search for at most 400 bytes of UTF-8 text")
	}
	return f, nil
}

func (f labFilter) query() experiments.ExperimentQuery {
	q := experiments.ExperimentQuery{Environment: f.environment, Text: f.text, Limit: ui.ListLimit, Cursor: f.cursor}
	if f.status != "" {
		q.Status = []experiments.ExperimentStatus{experiments.ExperimentStatus(f.status)}
	}
	return q
}

// with returns the list's address with one parameter changed, from its first page.
func (f labFilter) with(name, value string) string {
	return ui.WithParam("/lab", ui.AddressOf("status", f.status, "env", f.environment, "q", f.text), name, value)
}

func (f labFilter) filtered() bool { return f.status != "" || f.environment != "" || f.text != "" }

// labListView maps a page of experiments to what the list shows.
func (s *Section) labListView(f labFilter, called ui.Titles, page catalog.Page[experiments.Experiment], did ui.Notice) labview.Experiments {
	v := labview.Experiments{Search: s.Link("/lab"), Delete: s.Link("/lab/delete"), Query: f.text, Status: f.status,
		Environments: s.EnvironmentOptions(f.environment), Tabs: s.labTabs(f)}
	if did.Verb == "delete" {
		v.Notice = partials.Plural(did.N, "experiment") + " deleted, with all outcomes."
	}
	live := false
	for i := range page.Items {
		v.Rows = append(v.Rows, s.labRow(&page.Items[i], called))
		live = live || !page.Items[i].Status.Final()
	}
	if live {
		v.Refresh = s.Path(ui.WithParam("/lab", ui.AddressOf("status", f.status, "env", f.environment, "q", f.text), "cursor", f.cursor))
	}
	if f.cursor != "" {
		v.Pager.Newer = s.Link(f.with("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.Link(f.with("cursor", page.Next))
	}
	switch {
	case len(v.Rows) > 0:
	case f.filtered() || f.cursor != "":
		v.Empty = partials.Empty{Icon: "search", Text: "No experiment matches.", Action: &partials.Link{Text: "Show all experiments", Href: s.Link("/lab")}}
	default:
		v.Empty = partials.Empty{Icon: "lab", Text: "Nothing proven yet: an experiment works the same held-out tasks with and without memory, and says how far the difference can be trusted.",
			Action: s.firstExperiment()}
	}
	return v
}

// firstExperiment leads to the experiment that an environment names first.
func (s *Section) firstExperiment() *partials.Link {
	designs := ui.DesignsOf(s.Environments.Kinds())
	if len(designs) == 0 {
		return &partials.Link{Text: "Set up an experiment", Href: s.Link("/lab/new")}
	}
	return &partials.Link{Text: "Prove it: " + designs[0].Title, Href: s.Link("/lab/new?preset=" + url.QueryEscape(designs[0].Name))}
}

func (s *Section) labTabs(f labFilter) []partials.Tab {
	tabs := []partials.Tab{{Text: "All", Href: s.Link(f.with("status", "")), Current: f.status == ""}}
	for _, status := range experiments.ExperimentStatuses {
		tabs = append(tabs, partials.Tab{Text: ui.Title(string(status)), Href: s.Link(f.with("status", string(status))), Current: f.status == string(status)})
	}
	return tabs
}

func (s *Section) labRow(x *experiments.Experiment, called ui.Titles) labview.ExperimentRow {
	row := labview.ExperimentRow{ID: x.ID, Href: s.Link(experimentPath(x.ID)), Name: x.Name, State: labState(x.Status),
		Environment: x.Environment, Verdict: armsCalled(x.Verdict, armOrder(x.Progress.Arms), called), Started: partials.Ago(s.Now(), x.CreatedAt), Deletable: x.Status.Final(),
		Effect: pages.Interval{Words: "–"}}
	for _, name := range armOrder(x.Progress.Arms) {
		row.Arms = append(row.Arms, labArmCount(name, x.Progress.Arms[name], called))
	}
	switch {
	case !x.Status.Final():
		row.Verdict = progressWords(x)
		row.Progress = progressOf(x)
	case row.Verdict == "" && x.Reason != "":
		row.Verdict = ui.Sentence(x.Reason)
	}
	s.labEffect(&row, x)
	return row
}

// labArmCount is an arm as the list shows it: a share with its interval.
func labArmCount(name string, count experiments.ArmProgress, called ui.Titles) labview.ArmCount {
	w := stats.Wilson(count.Successes, count.N)
	v := labview.ArmCount{Key: armKey(name), Name: armName(name, called), Share: "–"}
	v.Title = v.Name + ": not enough data, no task has ended"
	if count.N > 0 {
		v.Share, v.Range = ui.PercentWords(w.Share), fmt.Sprintf("[%.0f, %.0f]", 100*w.Low, 100*w.High)
		v.Title = fmt.Sprintf("%s: %d of %d solved, %s, 95 %% Wilson interval %s", v.Name, w.Hits, w.N, v.Share, ui.RangeWords(w.Low, w.High))
	}
	return v
}

// armOrder lists arms as pages show them: on first, off last.
func armOrder[K ~string, T any](arms map[K]T) []K {
	names := make([]K, 0, len(arms))
	for name := range arms {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b K) int {
		if d := armRank(a) - armRank(b); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
	return names
}

func armRank[K ~string](name K) int {
	return slices.Index([]string{"on", "clean", "other", "append", "explorer", "shuffled", "placebo", "off"}, armKey(name))
}

// armKey is the class of an arm in charts: colour, dash and mark.
func armKey[K ~string](name K) string {
	switch lab.Arm(name) {
	case lab.On, lab.Off, lab.Placebo, lab.Shuffled, lab.Clean, lab.Explorer:
		return string(name)
	case lab.Append:
		return "append"
	case lab.PlaybookOnly:
	}
	return "other"
}

// labState is an experiment's status as pages show it.
func labState(status experiments.ExperimentStatus) partials.State {
	name := string(status)
	if status == experiments.ExperimentCancelled {
		name = string(agent.RunIsStopped)
	}
	return partials.State{Name: name, Word: ui.Title(string(status))}
}

// progressWords say how far an experiment has come.
func progressWords(x *experiments.Experiment) string {
	p := x.Progress
	switch {
	case x.Status == experiments.ExperimentQueued:
		return "Waits for its turn."
	case p.Total == 0:
		return "Begins."
	}
	text := fmt.Sprintf("%s: %s of %s tasks", ui.Title(p.Phase), ui.Count(p.Done), ui.Count(p.Total))
	if p.Of > 1 {
		text = fmt.Sprintf("World %d of %d · %s", p.World, p.Of, text)
	}
	return text
}

// progressOf is a bar, nil before there is anything to measure.
func progressOf(x *experiments.Experiment) *labview.Gauge {
	if x.Progress.Total == 0 {
		return nil
	}
	return &labview.Gauge{Part: ui.Itoa(x.Progress.Done), Whole: ui.Itoa(x.Progress.Total), Label: progressWords(x)}
}
