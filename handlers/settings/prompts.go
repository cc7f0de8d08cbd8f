package settings

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/handlers/textdiff"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/settingsview"
)

func (s *Section) registerPrompts(g *echo.Group) {
	if s.cfg.Prompts == nil {
		return
	}
	g.GET("/settings/prompts", s.prompts)
	g.GET("/settings/prompts/:role", s.promptOf)
	g.POST("/settings/prompts/:role", s.writePrompt)
	g.POST("/settings/prompts/:role/use", s.usePrompt)
}

func (s *Section) promptsFrame(title string, more ...layout.Crumb) layout.Frame {
	crumbs := []layout.Crumb{{Label: "Settings", Href: s.Link("/settings")}, {Label: "Prompts", Href: s.Link("/settings/prompts")}}
	return layout.Frame{Title: title, Crumbs: append(crumbs, more...)}
}

// promptTells says what each role's prompt is for.
var promptTells = map[agent.ModelRole]string{
	agent.ActorRole:     "asks for the next action, each step",
	agent.CriticRole:    "asks how near a state is to the purpose, each step",
	agent.OptimizerRole: "asks what is worth knowing for other tasks, after a run",
}

// prompts lists the roles with the version that each asks in.
func (s *Section) prompts(c echo.Context) error {
	view := settingsview.Prompts{}
	for _, role := range agent.ModelRoles {
		versions, err := s.cfg.Prompts.Versions(c.Request().Context(), role)
		if err != nil {
			return err
		}
		row := settingsview.PromptRole{Title: ui.Title(string(role)), Tells: promptTells[role], Href: s.Link("/settings/prompts/" + string(role)), Versions: partials.Plural(len(versions), "version")}
		for _, v := range versions {
			if v.Used {
				row.Used = promptName(v)
			}
		}
		view.Rows = append(view.Rows, row)
	}
	return s.Page(c, http.StatusOK, s.promptsFrame("Prompts"), settingsview.PromptsPage(view))
}

func promptName(v roles.PromptVersion) string {
	if v.N == 0 {
		return "the built-in words"
	}
	return "version " + ui.Itoa(v.N)
}

// promptOf shows the words of a role, to be read and changed. ?version=2 begins
// with that one.
func (s *Section) promptOf(c echo.Context) error {
	role := agent.ModelRole(c.Param("role"))
	versions, err := s.cfg.Prompts.Versions(c.Request().Context(), role)
	if err != nil {
		return err
	}
	chosen := versions[len(versions)-1]
	wanted, err := strconv.Atoi(ui.FirstOf(c.QueryParam("version"), "-1"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the version must be a number, not %q", partials.Clip(c.QueryParam("version"), 40))
	}
	found := wanted < 0
	for _, v := range versions {
		if v.N == wanted || wanted < 0 && v.Used {
			chosen, found = v, true
		}
	}
	if !found {
		return agent.Errorf(agent.CodeNotFound, "the %s's prompt has no version %d", role, wanted)
	}
	return s.showPrompt(c, http.StatusOK, role, versions, chosen.Text, "", versions[0].N, nil)
}

// writePrompt stores a new version and puts it to use, or shows what is wrong
// beside what was typed.
func (s *Section) writePrompt(c echo.Context) error {
	ctx, role := c.Request().Context(), agent.ModelRole(c.Param("role"))
	base, err := strconv.Atoi(c.FormValue("base"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which version was edited; open it again")
	}
	text, note := strings.ReplaceAll(c.FormValue("text"), "\r\n", "\n"), strings.TrimSpace(c.FormValue("note"))
	_, err = s.cfg.Prompts.Write(ctx, ui.Person, role, base, text, note)
	if err == nil {
		return s.SeeOther(c, "/settings/prompts/"+url.PathEscape(string(role))+"?did=written")
	}
	problems := ui.ProblemsOrConflict(err)
	if problems == nil {
		return err
	}
	versions, listed := s.cfg.Prompts.Versions(ctx, role)
	if listed != nil {
		return listed
	}
	return s.showPrompt(c, http.StatusUnprocessableEntity, role, versions, text, note, versions[0].N, problems)
}

// usePrompt puts a version to use again.
func (s *Section) usePrompt(c echo.Context) error {
	role := agent.ModelRole(c.Param("role"))
	n, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which version")
	}
	if err := s.cfg.Prompts.Use(c.Request().Context(), ui.Person, role, n); err != nil {
		return err
	}
	return s.SeeOther(c, "/settings/prompts/"+url.PathEscape(string(role))+"?did=used")
}

func (s *Section) showPrompt(c echo.Context, status int, role agent.ModelRole, versions []roles.PromptVersion, text, note string, base int, problems map[string]string) error {
	here := "/settings/prompts/" + url.PathEscape(string(role))
	v := settingsview.Prompt{Title: ui.Title(string(role)), Tells: promptTells[role], Action: s.Link(here), Use: s.Link(here + "/use"), Base: ui.Itoa(base), Message: problems[""],
		Text: partials.Field{ID: "f-text", Name: "text", Label: "Template", Kind: "textarea", Rows: "24", Value: text, Error: problems["text"],
			Hint: "Fields are written {{.State}}; with, if, else and not are known. What was observed or remembered must stand between << and >>."},
		Note: partials.Field{ID: "f-note", Name: "note", Label: "What is different", Kind: "text", Value: note, Error: problems["note"], MaxLength: "200"}}
	switch c.QueryParam("did") {
	case "written":
		v.Notice = "The new version is in use from the next run on."
	case "used":
		v.Notice = "That version is in use from the next run on."
	}
	for i, x := range versions {
		row := settingsview.PromptVersion{Number: ui.Itoa(x.N), Name: ui.Title(promptName(x)), Note: x.Note, Actor: x.Actor, Used: x.Used, Href: s.Link(here + "?version=" + ui.Itoa(x.N))}
		if x.N > 0 {
			row.At = partials.Ago(s.Now(), x.At)
			row.Lines = textdiff.Lines(versions[i+1].Text, x.Text)
		}
		v.Versions = append(v.Versions, row)
	}
	return s.Page(c, status, s.promptsFrame(v.Title, layout.Crumb{Label: v.Title}), settingsview.PromptPage(v))
}
