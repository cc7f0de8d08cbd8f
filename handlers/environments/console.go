package environments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/internal/console"
	"purposeagent/views/environmentsview"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Bounds of what a page shows; the session has all of it.
const (
	maxShownData = 24 << 10 // bytes of a state's data
	maxShownText = 8 << 10  // bytes of its summary, and of a text file
	maxButtons   = 60       // actions as buttons; beyond, in a list
	maxRows      = 100      // of what was done
)

func consolePath(kind, id string) string { return pathOf(kind) + "/console/" + url.PathEscape(id) }

// session finds the console that a path names. CodeNotFound also for one in another
// environment.
func (s *Section) session(c echo.Context) (console.View, error) {
	v, err := s.cfg.Consoles.Look(c.Param("id"))
	if err == nil && v.Environment.Name != c.Param("kind") {
		err = agent.Errorf(agent.CodeNotFound, "there is no such console in this environment")
	}
	return v, err
}

// showConsole is the page of a session; where it has ended, that of its
// environment, which says so.
func (s *Section) showConsole(c echo.Context) error {
	v, err := s.session(c)
	if err == nil {
		return s.answer(c, http.StatusOK, v, consoleForm{})
	}
	k, unknown := s.kindOf(c)
	if unknown != nil || agent.CodeOf(err) != agent.CodeNotFound || ui.IsFragment(c) {
		return err
	}
	schema, broken := ui.ParseSchema(k.Schema)
	if broken != nil {
		return broken
	}
	return s.page(c, http.StatusNotFound, &k, schema, form{message: ui.Sentence(agent.MessageOf(err)) + " Nothing of it was kept; start a new one here."})
}

// consoleForm is what somebody typed into a console, and what is wrong with it.
type consoleForm struct {
	values   url.Values
	problems map[string]string
	message  string
}

// act does the action that was chosen.
func (s *Section) act(c echo.Context) error {
	return s.change(c, func(v console.View, values url.Values, turn int) (console.View, consoleForm, error) {
		f := consoleForm{values: values, problems: map[string]string{}}
		action, err := ui.ChosenAction(values, v.Actions)
		if err == nil && action == nil {
			err = agent.InvalidFields(map[string]string{"": "choose an action first"})
		}
		if known, ok := errors.AsType[*agent.Error](err); ok {
			maps.Copy(f.problems, known.Fields)
			f.message = ui.FirstOf(f.problems[""], f.problems[ui.FieldChoice], known.Message)
			return v, f, err
		}
		after, err := s.cfg.Consoles.Act(c.Request().Context(), v.ID, turn, *action)
		if err == nil && len(after.Done) > 0 && after.Done[len(after.Done)-1].Error == "" {
			return after, consoleForm{}, nil
		}
		return after, f, err // what was typed stays, to be mended
	})
}

func (s *Section) restart(c echo.Context) error {
	return s.change(c, func(v console.View, _ url.Values, turn int) (console.View, consoleForm, error) {
		after, err := s.cfg.Consoles.Restart(c.Request().Context(), v.ID, turn)
		return after, consoleForm{}, err
	})
}

func (s *Section) end(c echo.Context) error {
	return s.change(c, func(v console.View, _ url.Values, turn int) (console.View, consoleForm, error) {
		after, err := s.cfg.Consoles.End(c.Request().Context(), v.ID, turn)
		return after, consoleForm{}, err
	})
}

// change does something in a console and shows it as it is then: to htmx its part
// of the page, to everybody else by leading back to it.
func (s *Section) change(c echo.Context, do func(v console.View, values url.Values, turn int) (console.View, consoleForm, error)) error {
	v, err := s.session(c)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	turn, err := strconv.Atoi(values.Get("turn"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which state it is about; open the console again")
	}
	after, f, err := do(v, values, turn)
	switch code := agent.CodeOf(err); {
	case err == nil && !ui.IsFragment(c):
		return s.SeeOther(c, consolePath(v.Environment.Name, v.ID))
	case err == nil:
		return s.answer(c, http.StatusOK, after, f)
	case after.ID == "" || code == agent.CodeInternal && after.End != console.NotBegun:
		return err
	default:
		f.message = ui.FirstOf(f.message, agent.MessageOf(err))
		return s.answer(c, ui.StatusOf(code), after, f)
	}
}

func (s *Section) answer(c echo.Context, status int, v console.View, f consoleForm) error {
	k, err := s.kindOf(c)
	if err != nil {
		return err
	}
	view := s.consoleView(&k, v, f)
	if ui.IsFragment(c) {
		return s.Render(c, status, environmentsview.ConsoleBody(view))
	}
	crumbs := []layout.Crumb{{Label: section, Href: s.Link("/environments")}, {Label: k.Title, Href: s.Link(pathOf(k.Name))}, {Label: "By hand"}}
	return s.Page(c, status, layout.Frame{Title: k.Title + " by hand", Crumbs: crumbs}, environmentsview.ConsolePage(view))
}

func (s *Section) consoleView(k *ui.Kind, v console.View, f consoleForm) environmentsview.Console {
	path := consolePath(k.Name, v.ID)
	turn := partials.Hidden{Name: "turn", Value: strconv.Itoa(v.Turn)}
	out := environmentsview.Console{Title: k.Title, Task: v.Task.Purpose, Seed: strconv.FormatInt(v.Task.Seed, 10), Turn: turn.Value, Act: s.Link(path + "/act"), About: s.Link(pathOf(k.Name)),
		Summary: partials.Clip(v.State.Summary, maxShownText), Phi: phiOf(v), Done: doneOf(v), Over: overWords(v), Message: ui.Sentence(f.message),
		Restart: partials.Post{Label: "Start over", Icon: "again", Action: s.Link(path + "/restart"), Fields: []partials.Hidden{turn}},
		End:     partials.Post{Label: "End", Icon: "stop", Action: s.Link(path + "/end"), Fields: []partials.Hidden{turn}}}
	out.Data, out.DataNote = dataOf(v.State.Data)
	out.Step = fmt.Sprintf("%s of at most %d", partials.Plural(len(v.Done), "action"), v.Limit)
	if schema, err := ui.ParseSchema(k.Schema); err == nil {
		values := schema.Values(v.Environment.Config)
		out.Settings, out.Launch = ui.SettingsWords(schema, values), s.launchLink(v, values)
	}
	if v.Pictured {
		out.Picture = s.Path(path + "/picture.svg?turn=" + turn.Value)
		out.PictureOf = "The environment now: " + partials.Clip(v.State.Summary, 200)
	} else if v.NoPicture != "" {
		out.NoPicture = "No picture: " + ui.Sentence(v.NoPicture)
	}
	s.fill(&out, v, path)
	if v.End == "" {
		out.Buttons, out.Chooser = choicesOf(v, f)
	}
	return out
}

// fill adds the files of a state.
func (s *Section) fill(out *environmentsview.Console, v console.View, path string) {
	for _, file := range v.Files {
		shown := environmentsview.File{Name: file.Name, Text: file.Text, Size: partials.Bytes(file.Size), Image: ui.IsImage(file),
			Href: s.Link(path + "/files/" + url.PathEscape(file.Name) + "?turn=" + strconv.Itoa(v.Turn))}
		if ui.IsText(file) {
			if _, content, err := s.cfg.Consoles.File(v.ID, file.Name); err == nil {
				shown.Body = ui.Visible(strings.ToValidUTF8(string(content[:min(len(content), maxShownText)]), "\uFFFD"))
			}
		}
		out.Files = append(out.Files, shown)
	}
}

// launchLink leads to the form that launches a run of the same task.
func (s *Section) launchLink(v console.View, values map[string]string) templ.SafeURL {
	q := url.Values{"environment.name": {v.Environment.Name}, "purpose": {v.Task.Purpose}, "seed": {strconv.FormatInt(v.Task.Seed, 10)}}
	for name, value := range values {
		q.Set("environment.config."+name, value)
	}
	return s.Link("/runs/new?" + q.Encode())
}

// dataOf is the data of a state as people read JSON.
func dataOf(data agent.Object) (text, note string) {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, ui.VisibleJSON([]byte(data.String())), "", "  "); err != nil {
		return "", ui.Sentence(agent.MessageOf(err))
	}
	if pretty.Len() <= maxShownData {
		return pretty.String(), ""
	}
	return partials.Clip(pretty.String(), maxShownData), "Its first " + partials.Bytes(maxShownData) + " of " + partials.Bytes(pretty.Len()) + "."
}

func phiOf(v console.View) environmentsview.Phi {
	phi := environmentsview.Phi{Value: "–", Why: v.Phi.Why}
	switch {
	case v.Phi.Known:
		phi.Value = partials.Phi(v.Phi.Value)
	case !v.Powers.Phi:
		phi.Why = "This environment has no Φ of its own. In a run a critic estimates it."
	}
	if n := len(v.Done); n > 0 && v.Done[n-1].Delta != nil {
		delta := partials.NewDelta(*v.Done[n-1].Delta)
		phi.Delta = &delta
	}
	return phi
}

// doneOf are the last actions, newest first.
func doneOf(v console.View) []environmentsview.Done {
	var out []environmentsview.Done
	for i, d := range slices.Backward(v.Done) {
		if len(out) == maxRows {
			break
		}
		name, rest := ui.ActionWords(d.Action)
		row := environmentsview.Done{N: strconv.Itoa(i + 1), Name: name, Rest: rest, Result: partials.Clip(ui.FirstOf(d.Error, d.Summary), 300), Failed: d.Error != "", Phi: "–"}
		if d.Phi.Known {
			row.Phi = partials.Phi(d.Phi.Value)
		}
		if d.Delta != nil {
			row.Delta = partials.NewDelta(*d.Delta)
		}
		out = append(out, row)
	}
	return out
}

// overWords says that a session is over and what the environment says of it.
func overWords(v console.View) *partials.Note {
	text := ""
	switch v.End {
	case "":
		return nil
	case console.ByPerson:
		text = "You ended it."
	case console.ByEnvironment:
		text = "The environment came to its end."
	case console.BySteps:
		text = fmt.Sprintf("The %d actions of a console are used up.", v.Limit)
	case console.Lost:
		return &partials.Note{Tone: "bad", Icon: "warn", Text: "The environment does not answer: " + ui.Sentence(v.Why) + " Start over to begin in a new one."}
	case console.NotBegun:
		return &partials.Note{Tone: "bad", Icon: "warn", Text: "It could not be started over: " + ui.Sentence(v.Why)}
	}
	switch {
	case v.NoVerdict != "":
		return &partials.Note{Tone: "bad", Icon: "warn", Text: text + " It did not say whether the purpose was reached: " + ui.Sentence(v.NoVerdict)}
	case v.Verdict == nil:
		return &partials.Note{Tone: "acc", Icon: "info", Text: text + " This environment does not know whether the purpose was reached."}
	case v.Verdict.Success:
		return &partials.Note{Tone: "good", Icon: "ok", Text: text + " It confirms: the purpose was reached."}
	}
	return &partials.Note{Icon: "x", Text: fmt.Sprintf("%s It says: the purpose was not reached. Share of the goal: %s.", text, ui.Percent(v.Verdict.Score))}
}

// choicesOf are the actions that can be done now as buttons, where they are listed
// and not too many, and the form for any action.
func choicesOf(v console.View, f consoleForm) ([]environmentsview.Button, environmentsview.Any) {
	var buttons []environmentsview.Button
	listed := v.Legal
	if len(listed) <= maxButtons {
		listed = nil
		for _, a := range v.Legal {
			raw, err := json.Marshal(agent.Action{Name: a.Name, Params: a.Params})
			if err != nil {
				continue
			}
			name, rest := ui.ActionWords(a)
			buttons = append(buttons, environmentsview.Button{Value: string(raw), Name: name, Rest: rest})
		}
	}
	chooser := ui.ChooserView("do", v.Actions, listed, nil, f.values, f.problems)
	chooser.Label = "Action"
	open := len(buttons) == 0 || len(f.problems) > 0 || f.values.Get(ui.FieldName) != "" || chooser.Open
	return buttons, environmentsview.Any{Chooser: chooser, Open: open, Errors: chooserErrors(chooser)}
}

func chooserErrors(v pages.Chooser) []pages.FieldError {
	var out []pages.FieldError
	for _, action := range v.Actions {
		for _, in := range action.Fields {
			if in.Error != "" {
				out = append(out, pages.FieldError{Href: ui.Href(in.ID), Label: action.Name + ", " + in.Label, Text: in.Error})
			}
		}
	}
	return out
}

// picture sends the picture of a state, drawn when the state came about.
func (s *Section) picture(c echo.Context) error {
	v, err := s.session(c)
	if err != nil {
		return err
	}
	turn, err := strconv.Atoi(c.QueryParam("turn"))
	if err != nil {
		turn = v.Turn
	}
	svg, err := s.cfg.Consoles.Picture(v.ID, turn)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", ui.PicturePolicy)
	h.Set("Cache-Control", "private, max-age=600") // a turn never comes again
	if svg == "" {
		return c.NoContent(http.StatusNoContent)
	}
	if err := ui.CheckPicture(svg); err != nil {
		svg = ui.NoPicture(err)
	}
	return c.Blob(http.StatusOK, "image/svg+xml", []byte(svg))
}

// file sends a file of the state that a console is in.
func (s *Section) file(c echo.Context) error {
	v, err := s.session(c)
	if err != nil {
		return err
	}
	f, content, err := s.cfg.Consoles.File(v.ID, c.Param("name"))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return ui.SendFile(c, f, content)
}
