package suites

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/handlers/ui"
	"purposeagent/internal/suitefile"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/suitesview"
)

// section is the label of the pages in the rail.
const section = "Suites"

func pathOf(id string) string { return "/suites/" + url.PathEscape(id) }

// list shows all suites.
func (s *Section) list(c echo.Context) error {
	all, err := s.cfg.Suites.List(c.Request().Context())
	if err != nil {
		return err
	}
	v := suitesview.List{New: s.Link("/suites/new"),
		Empty: partials.Empty{Icon: "table", Text: "No suite yet: import a file of tasks, run it, and run it again after a change.", Action: &partials.Link{Text: "Import a suite", Href: s.Link("/suites/new")}}}
	if c.QueryParam("did") == "delete" {
		v.Notice = "The suite is deleted. What its runs did is kept."
	}
	for i := range all {
		info := &all[i]
		v.Rows = append(v.Rows, suitesview.Row{Name: partials.Link{Text: info.Name, Href: s.Link(pathOf(info.ID))}, Text: partials.Clip(firstLine(info.Description), 160),
			Environments: s.titles(info.Environments), Tasks: ui.Count(info.Tasks), Runs: ui.CountText(info.Runs), Version: ui.Itoa(info.Version), Frozen: info.Frozen, Changed: partials.Ago(s.Now(), info.ChangedAt)})
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Task suites", Crumbs: []layout.Crumb{{Label: section}}}, suitesview.ListPage(v))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// titles lists kinds of environments by their titles.
func (s *Section) titles(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = s.WorldTitle(name)
	}
	return strings.Join(words, ", ")
}

// importInput is what stands in the form of an import.
type importInput struct{ text, form, name, server, split, path string }

func (s *Section) importForm(c echo.Context) error {
	return s.showImport(c, http.StatusOK, importInput{}, nil)
}

// importSuite reads a suite from a file, a text or a path, and keeps it or shows what
// is wrong with it.
func (s *Section) importSuite(c echo.Context) error {
	in := importInput{form: c.FormValue("form"), name: strings.TrimSpace(c.FormValue("name")), server: strings.TrimSpace(c.FormValue("server")), split: c.FormValue("split"),
		path: strings.TrimSpace(c.FormValue("path")), text: c.FormValue("text")}
	suite, err := s.read(c, &in)
	var info suites.Info
	if err == nil {
		info, err = s.cfg.Suites.Import(c.Request().Context(), ui.Person, suite, "")
	}
	switch agent.CodeOf(err) { //nolint:exhaustive // other errors are none of the form
	case agent.CodeInvalid, agent.CodeConflict:
		return s.showImport(c, ui.StatusOf(agent.CodeOf(err)), in, err)
	}
	if err != nil {
		return err
	}
	return s.SeeOther(c, pathOf(info.ID)+"?did=import")
}

// read reads what a form gives: a path where one is named, else a file, else a text.
func (s *Section) read(c echo.Context, in *importInput) (suites.Suite, error) {
	o := suitefile.Options{Form: in.form, Name: in.name, Server: in.server, Split: in.split}
	if in.path != "" {
		return s.cfg.Suites.ReadPath(in.path, o)
	}
	file, err := c.FormFile("file")
	if err == nil && file.Size > 0 {
		f, err := file.Open()
		if err != nil {
			return suites.Suite{}, agent.Wrap(agent.CodeInvalid, err, "the file could not be read; choose it again")
		}
		defer f.Close() //nolint:errcheck // opened for reading only
		raw, err := io.ReadAll(io.LimitReader(f, suites.MaxBytes+1))
		if err != nil {
			return suites.Suite{}, agent.Wrap(agent.CodeInvalid, err, "the file could not be read; choose it again")
		}
		in.text, o.Else = string(raw), suitefile.NameOf(file.Filename)
	}
	if strings.TrimSpace(in.text) == "" {
		return suites.Suite{}, agent.Errorf(agent.CodeInvalid, "choose a file, or paste a suite")
	}
	return suitefile.Parse([]byte(in.text), o)
}

func (s *Section) showImport(c echo.Context, status int, in importInput, problem error) error {
	v := suitesview.ImportForm{Action: s.Link("/suites"), CLI: "purpose suite import FILE"}
	if problem != nil {
		v.Message, v.Errors = problemsOf(problem, "f-text")
	}
	v.Fields = []partials.Field{
		{ID: "f-text", Name: "text", Label: "Or its text", Kind: "code", Rows: "10", Value: partials.Clip(ui.Visible(in.text), 200_000), Placeholder: `{"format": "purpose.suite/1", "name": "…", "tasks": […]}`},
		{ID: "f-name", Name: "name", Label: "Name", Kind: "text", Value: in.name, Hint: "Left empty: what the file calls it", MaxLength: ui.Itoa(suites.MaxName)},
		{ID: "f-form", Name: "form", Label: "Form", Kind: "select", Options: ui.Options(in.form, "", "Told by the file", suitefile.JSON, "JSON", suitefile.CSV, "CSV", suitefile.MiniWoB, "MiniWoB++ list")},
		{ID: "f-split", Name: "split", Label: "Tasks that say neither train nor test", Kind: "select", Options: ui.Options(in.split, "", "For testing", suites.Train, "For training", suites.Test, "For testing, and say so")},
		{ID: "f-server", Name: "server", Label: "Address of the MiniWoB++ pages", Kind: "text", Value: in.server, Placeholder: "http://127.0.0.1:8090/miniwob/", Hint: "For a MiniWoB++ list only"},
	}
	if s.cfg.Suites.ReadsPaths() {
		v.Fold = pages.Fold{ID: "from-path", Title: "From a path on this machine", Says: ui.FirstOf(in.path, "Harbor folders, HumanEval"), Open: in.path != ""}
		v.Path = &partials.Field{ID: "f-path", Name: "path", Label: "Path", Kind: "text", Value: in.path, Placeholder: "/srv/tasks", Hint: "A task folder of Harbor's, a folder of such folders, HumanEval's file, or any file of a suite"}
	}
	return s.Page(c, status, layout.Frame{Title: "Import a suite", Crumbs: []layout.Crumb{{Label: section, Href: s.Link("/suites")}, {Label: "Import"}}}, suitesview.ImportPage(v))
}

// problemsOf splits what an error says into lines for the top of a form. Fields of
// errors lead to the inputs of their name.
func problemsOf(err error, id string) (message string, list []pages.FieldError) {
	fields := ui.ProblemsOf(err)
	if len(fields) > 0 {
		for _, name := range slices.Sorted(keysOf(fields)) {
			list = append(list, pages.FieldError{Href: ui.Href("f-" + strings.ReplaceAll(name, ".", "-")), Label: ui.PlainField(name), Text: fields[name]})
		}
		return "", list
	}
	lines := strings.Split(agent.MessageOf(err), "\n")
	for _, line := range lines[1:] {
		where, text, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			where, text = "", strings.TrimSpace(line)
		}
		list = append(list, pages.FieldError{Href: ui.Href(id), Label: ui.FirstOf(ui.Visible(where), "…"), Text: ui.Visible(text)})
	}
	return ui.Sentence(ui.Visible(strings.TrimSuffix(lines[0], ":"))), list
}
