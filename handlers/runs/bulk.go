package runs

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// changeRuns does one thing to what was selected: the ticked runs, or all that
// the list's query finds.
func (s *Section) changeRuns(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	selection, err := s.runSelectionOf(c.Request().Context(), form)
	if err != nil {
		return err
	}
	action := catalog.RunAction(form.Get("action"))
	tags := []string{""}
	if action == catalog.RunAddTag || action == catalog.RunNoTag {
		if tags, err = agent.ParseTags(form.Get("tag")); err != nil {
			return err
		}
		if len(tags) != 1 {
			return agent.Errorf(agent.CodeInvalid, "write one tag, such as baseline, to add to the selected runs or remove from them")
		}
	}
	change, err := ChangeRuns(c.Request().Context(), s.cfg.Runs, s.cfg.Engine, ui.Person, action, tags[0], selection)
	if err != nil {
		return err
	}
	back, err := url.ParseQuery(form.Get("return"))
	if err != nil {
		back = url.Values{}
	}
	return s.SeeOther(c, ui.WithParam("/runs", runsDid(back, change), "", ""))
}

// runsDid adds to an address what a change of runs did.
func runsDid(q url.Values, change catalog.RunChange) url.Values {
	q.Set("did", string(change.Action))
	q.Set("n", ui.Itoa(change.Runs))
	for name, value := range map[string]string{"change": strconv.FormatInt(change.ID, 10), "left": ui.Itoa(change.Left), "tag": change.Tag} {
		if value != "0" && value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// ChangeRuns does one thing to many runs: by the store what can be undone, by
// the engine what steers them, one after the other; a run whose state does not
// allow it is left as it is and counted. Errors are those of Runs.Change.
func ChangeRuns(ctx context.Context, runs Changes, engine Controls, by string, action catalog.RunAction, tag string, selection catalog.RunSelection) (catalog.RunChange, error) {
	if action.Undoable() {
		return runs.Change(ctx, by, action, tag, selection)
	}
	steer, ok := map[catalog.RunAction]func(ctx context.Context, id, by string) error{
		catalog.RunStop: engine.StopRun, catalog.RunPause: engine.PauseRun, catalog.RunResume: engine.ResumeRun}[action]
	change := catalog.RunChange{Action: action, Actor: by}
	if !ok {
		return change, agent.Errorf(agent.CodeInvalid, "there is no action %q for runs", partials.Clip(string(action), 40))
	}
	ids, err := runs.Selected(ctx, selection)
	if err != nil {
		return change, err
	}
	for _, id := range ids {
		err := steer(ctx, id, by)
		switch code := agent.CodeOf(err); {
		case err == nil:
			change.Runs++
		case code == agent.CodeConflict, code == agent.CodeNotFound:
			change.Left++
		default:
			return change, err
		}
	}
	return change, nil
}

// runSelectionOf reads what the list's form selected: all that its query finds,
// or the ticked runs, and of a ticked group those that the query finds.
func (s *Section) runSelectionOf(ctx context.Context, form url.Values) (catalog.RunSelection, error) {
	selection := catalog.RunSelection{IDs: slices.Clone(form["id"])}
	if all := form.Get("all"); all != "" {
		filter, err := listedFilter(form.Get("return"))
		if err != nil {
			return selection, err
		}
		n, err := strconv.Atoi(all)
		if err != nil || n < 1 {
			return selection, errNotListed()
		}
		return catalog.RunSelection{Query: &filter.runs, Expect: n}, nil
	}
	if groups := form["group"]; len(groups) > 0 {
		filter, err := listedFilter(form.Get("return"))
		if err != nil {
			return selection, err
		}
		within := filter.runs
		within.Terms = append(slices.Clone(within.Terms), catalog.Is(catalog.RunGroup, groups...))
		ids, err := s.cfg.Runs.Selected(ctx, catalog.RunSelection{Query: &within})
		if err != nil {
			return selection, err
		}
		selection.IDs = append(selection.IDs, ids...)
	}
	slices.Sort(selection.IDs)
	if selection.IDs = slices.Compact(selection.IDs); len(selection.IDs) == 0 {
		return selection, agent.Errorf(agent.CodeInvalid, "no run is selected; tick the boxes in front of the runs first")
	}
	return selection, nil
}

// listedFilter reads the list that a form was sent from. One whose query can't be
// read would find everything, and is refused.
func listedFilter(address string) (runFilter, error) {
	back, err := url.ParseQuery(address)
	if err != nil {
		return runFilter{}, errNotListed()
	}
	filter, err := readRunFilter(back)
	if err == nil && filter.Problem != "" {
		err = agent.Errorf(agent.CodeInvalid, "%s", filter.Problem)
	}
	return filter, err
}

func errNotListed() error {
	return agent.Errorf(agent.CodeInvalid, "the form does not say which runs match; open the list again")
}

// undoRuns takes a change of runs back.
func (s *Section) undoRuns(c echo.Context) error {
	id, err := ui.OptionalNumber(c.Param("change"))
	if err != nil {
		return err
	}
	change, err := s.cfg.Runs.Undo(c.Request().Context(), ui.Person, id)
	if err != nil {
		return err
	}
	back, err := url.Parse(c.FormValue("back"))
	if err != nil || back.Path != "/runs" {
		back = &url.URL{Path: "/runs"}
	}
	q := back.Query()
	for _, name := range []string{"did", "n", "change", "left", "tag"} {
		q.Del(name)
	}
	q.Set("did", "undo")
	q.Set("n", ui.Itoa(change.Runs))
	return s.SeeOther(c, ui.WithParam("/runs", q, "", ""))
}

// runsNotice says in words what the last change of runs did.
func runsNotice(n ui.Notice) string {
	what := partials.Plural(n.N, "run")
	var text string
	switch n.Verb {
	case string(catalog.RunDelete):
		text = what + " deleted; for " + ui.Itoa(int(catalog.RunBinTime.Hours()/24)) + " days this can be undone."
	case string(catalog.RunAddTag):
		text = what + " tagged " + n.Tag + "."
	case string(catalog.RunNoTag):
		text = "The tag " + n.Tag + " was removed from " + what + "."
	case string(catalog.RunStop):
		text = what + " told to stop."
	case string(catalog.RunPause):
		text = what + " told to pause before the next action."
	case string(catalog.RunResume):
		text = what + " told to go on."
	case "undo":
		return "Undone: " + what + " as before."
	default:
		return ""
	}
	switch {
	case n.Left > 0 && n.Verb == string(catalog.RunDelete):
		text += " " + partials.Plural(n.Left, "run") + " left: stop a run before you delete it."
	case n.Left > 0:
		text += " " + partials.Plural(n.Left, "run") + " left as they are: it does not fit their state."
	}
	return text
}

// runNotice is the notice with its button to undo.
func (s *Section) runNotice(n ui.Notice, back string) pages.Notice {
	v := pages.Notice{Text: runsNotice(n), Back: back}
	if v.Text != "" && n.Change > 0 {
		v.Undo = s.Link("/runs/changes/" + strconv.FormatInt(n.Change, 10) + "/undo")
	}
	return v
}
