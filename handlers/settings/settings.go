package settings

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/settingsview"
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	s.registerPrompts(g)
	if s.cfg.Models == nil {
		return
	}
	g.GET("/settings", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, s.Path("/settings/models")) })
	g.GET("/settings/models", s.modelSettings)
	g.POST("/settings/models", s.putConnection)
	g.POST("/settings/models/local", s.localModels) // who asks a server does it by a POST: a GET has no effects
	g.GET("/settings/models/new", s.newConnection)
	g.GET("/settings/models/:name", s.connection)
	g.POST("/settings/models/:name/list", s.listModels)
	g.POST("/settings/models/:name/test", s.testModel)
	g.POST("/settings/models/:name/switch", s.switchConnection)
	g.GET("/settings/models/:name/delete", s.confirmDeleteConnection)
	g.POST("/settings/models/:name/delete", s.deleteConnection)
	g.POST("/settings/embedding", s.setEmbedding)
	g.POST("/settings/prices", s.putPrice)
	g.POST("/settings/prices/delete", s.deletePrice)
}

func (s *Section) settingsFrame(title string, more ...layout.Crumb) layout.Frame {
	crumbs := []layout.Crumb{{Label: "Settings", Href: s.Link("/settings")}, {Label: "Models", Href: s.Link("/settings/models")}}
	return layout.Frame{Title: title, Crumbs: append(crumbs, more...)}
}

// modelSettings lists connections and prices.
func (s *Section) modelSettings(c echo.Context) error {
	return s.showModels(c, http.StatusOK, chat.Price{}, nil)
}

func (s *Section) showModels(c echo.Context, status int, price chat.Price, problems map[string]string) error {
	view, err := s.modelsView(c.Request().Context(), price, problems)
	if err != nil {
		return err
	}
	view.Notice = settingsNotice(c.QueryParam("did"), c.QueryParam("name"))
	frame := s.settingsFrame("Models")
	frame.Actions = pages.LinkButton("Add a connection", "plus", s.Link("/settings/models/new"), "n")
	frame.Keys = []layout.Key{{Keys: []string{"n"}, Does: "add a connection"}}
	return s.Page(c, status, frame, settingsview.ModelsPage(view))
}

// settingsNotice says what the last change did; the words are ours or none.
func settingsNotice(did, name string) string {
	name = partials.Clip(name, 60)
	switch did {
	case "stored":
		return "The connection " + name + " is stored."
	case "deleted":
		return "The connection " + name + " is deleted, with its key."
	case "on":
		return name + " is switched on."
	case "off":
		return name + " is switched off: runs that name it are refused, and those that run wait."
	case "priced":
		return "The price of " + name + " is stored; calls from now on count it."
	case "embedding":
		return "From the next step on, rules are compared with a step by " + name + "."
	case "unpriced":
		return "The price of " + name + " is removed."
	}
	return ""
}

// localModels is the part of the page that looks for servers on this machine.
func (s *Section) localModels(c echo.Context) error {
	found, err := s.cfg.Models.Local(c.Request().Context())
	if err != nil {
		return err
	}
	view := s.localView(found)
	if !ui.IsFragment(c) {
		return s.Page(c, http.StatusOK, s.settingsFrame("On this machine", layout.Crumb{Label: "On this machine"}), settingsview.LocalPage(view))
	}
	return s.Render(c, http.StatusOK, settingsview.LocalModels(view))
}

// newConnection shows an empty form, of the provider that was chosen.
func (s *Section) newConnection(c echo.Context) error {
	form := connectionForm{provider: c.QueryParam("provider")}
	if form.provider == "" {
		form.provider = "openai"
	}
	form.name = form.provider
	return s.showConnection(c, http.StatusOK, form, nil)
}

// connection shows one, with its models and what was spent.
func (s *Section) connection(c echo.Context) error {
	x, err := s.cfg.Models.Connection(c.Request().Context(), c.Param("name"))
	if err != nil {
		return err
	}
	return s.showConnection(c, http.StatusOK, formOfConnection(x), nil)
}

// connectionForm is what stands in the inputs.
type connectionForm struct {
	name, provider, baseURL, key, keyEnv, concurrency, perMinute, dayTokens, dayUSD string
	thinking, overflow                                                              string
	keyFor                                                                          string // for whom the variable was named again
	known, builtin, hasKey, forget, disabled                                        bool
}

func formOfConnection(x chat.Connection) connectionForm {
	return connectionForm{name: x.Name, provider: x.Provider, baseURL: x.BaseURL, keyEnv: x.KeyEnv, concurrency: ui.CountText(x.Concurrency), perMinute: ui.CountText(x.PerMinute),
		dayTokens: ui.CountText(int(x.DayTokens)), dayUSD: ui.Amount(x.DayUSD), thinking: ui.CountText(x.ThinkingTokens), overflow: strings.Join(x.OverflowWords, "\n"), known: true, builtin: x.Builtin, hasKey: x.HasKey, disabled: x.Disabled}
}

func readConnectionForm(v url.Values) connectionForm {
	get := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return connectionForm{name: get("name"), provider: get("provider"), baseURL: get("base_url"), key: get("key"), keyEnv: get("key_env"),
		concurrency: get("concurrency"), perMinute: get("per_minute"), dayTokens: get("day_tokens"), dayUSD: get("day_usd"),
		thinking: get("thinking_tokens"), overflow: v.Get("overflow_words"), keyFor: get("key_for"),
		known: get("known") == "true", forget: get("forget") == "true", disabled: get("disabled") == "true"}
}

// connection reads the numbers; problems has a message for each that is none.
func (f connectionForm) connection() (chat.Connection, map[string]string) {
	problems := map[string]string{}
	number := func(name, text string) float64 {
		if text == "" {
			return 0
		}
		x, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		if err != nil {
			problems[name] = "must be a number"
		}
		return x
	}
	whole := func(name, text string) int64 {
		if text == "" {
			return 0
		}
		n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
		if err != nil || n > math.MaxInt32 && name != "day_tokens" {
			problems[name] = "must be a whole number"
		}
		return n
	}
	c := chat.Connection{Name: f.name, Provider: f.provider, BaseURL: f.baseURL, Key: f.key, KeyEnv: f.keyEnv, KeyFor: f.keyFor, Disabled: f.disabled,
		Concurrency: int(whole("concurrency", f.concurrency)), PerMinute: int(whole("per_minute", f.perMinute)),
		DayTokens: whole("day_tokens", f.dayTokens), DayUSD: number("day_usd", f.dayUSD),
		ThinkingTokens: int(whole("thinking_tokens", f.thinking))}
	for line := range strings.Lines(f.overflow) {
		if line = strings.TrimSpace(line); line != "" {
			c.OverflowWords = append(c.OverflowWords, line)
		}
	}
	return c, problems
}

// putConnection stores a connection, or shows the form with what is wrong. A
// key that was typed is not shown again.
func (s *Section) putConnection(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ctx, form := c.Request().Context(), readConnectionForm(values)
	x, problems := form.connection()
	if len(problems) == 0 {
		if _, err := s.cfg.Models.Connection(ctx, x.Name); err == nil && !form.known {
			if stored, _ := s.storedConnection(ctx, x.Name); stored {
				problems["name"] = "there is a connection of this name; choose another name, or edit that one"
			}
		}
	}
	if len(problems) == 0 {
		err := s.cfg.Models.PutConnection(ctx, ui.Person, x, form.forget)
		if err == nil {
			return s.SeeOther(c, "/settings/models/"+url.PathEscape(x.Name)+"?did=stored")
		}
		if problems = ui.ProblemsOf(err); problems == nil {
			return err
		}
	}
	form.key, form.keyFor = "", ""
	if problems["key_env"] != "" && len(problems) == 1 { // what is named now is named for this server
		form.keyEnv, form.keyFor = "", s.cfg.Models.KeyFor(x)
	}
	return s.showConnection(c, http.StatusUnprocessableEntity, form, problems)
}

// storedConnection reports whether people stored a connection of this name.
func (s *Section) storedConnection(ctx context.Context, name string) (bool, error) {
	x, err := s.cfg.Models.Connection(ctx, name)
	return err == nil && !x.Builtin, err
}

func (s *Section) showConnection(c echo.Context, status int, form connectionForm, problems map[string]string) error {
	view := s.connectionView(form, problems)
	view.Notice = settingsNotice(c.QueryParam("did"), form.name)
	if form.known {
		today, err := s.cfg.Models.Today(c.Request().Context(), form.name)
		if err != nil {
			return err
		}
		view.Today = ui.SpentText(today)
	}
	title := "Add a connection"
	if form.known {
		title = form.name
	}
	return s.Page(c, status, s.settingsFrame(title, layout.Crumb{Label: title}), settingsview.ConnectionPage(view))
}

// listModels asks the server what it has. What goes wrong is part of the page.
func (s *Section) listModels(c echo.Context) error {
	name := c.Param("name")
	view := settingsview.ModelList{Test: s.Link("/settings/models/" + url.PathEscape(name) + "/test"), Connection: name}
	names, err := s.cfg.Models.ListModels(c.Request().Context(), name)
	switch {
	case agent.CodeOf(err) == agent.CodeNotFound:
		return err
	case err != nil:
		view.Problem = ui.Sentence(agent.MessageOf(err))
	}
	for _, m := range names {
		view.Models = append(view.Models, settingsview.ModelRow{Name: m, Ref: name + ":" + m, Run: s.Link("/runs/new?" + url.Values{"models.actor": {name + ":" + m}}.Encode())})
	}
	if err == nil && len(names) == 0 {
		view.Problem = "The server answers, and has no model: install one there."
	}
	if !ui.IsFragment(c) {
		return s.Page(c, http.StatusOK, s.settingsFrame(name, layout.Crumb{Label: name, Href: s.Link("/settings/models/" + url.PathEscape(name))}, layout.Crumb{Label: "Models"}), settingsview.ModelListPage(view))
	}
	return s.Render(c, http.StatusOK, settingsview.ModelListPart(view))
}

// testModel says hello to a model and shows what it can do.
func (s *Section) testModel(c echo.Context) error {
	name, model := c.Param("name"), strings.TrimSpace(c.FormValue("model"))
	probe, err := s.cfg.Models.ProbeModel(c.Request().Context(), name, model)
	if agent.CodeOf(err) == agent.CodeNotFound {
		return err
	}
	view := probeView(name+":"+model, probe, err)
	if !ui.IsFragment(c) {
		return s.Page(c, http.StatusOK, s.settingsFrame(name, layout.Crumb{Label: name, Href: s.Link("/settings/models/" + url.PathEscape(name))}, layout.Crumb{Label: "Test"}), settingsview.ProbePage(view))
	}
	return s.Render(c, http.StatusOK, settingsview.ProbePart(view))
}

// switchConnection turns a connection off or on. A built-in one is stored for it.
func (s *Section) switchConnection(c echo.Context) error {
	ctx, name := c.Request().Context(), c.Param("name")
	x, err := s.cfg.Models.Connection(ctx, name)
	if err != nil {
		return err
	}
	x.Disabled = !x.Disabled
	if err := s.cfg.Models.PutConnection(ctx, ui.Person, x, false); err != nil {
		return err
	}
	did := map[bool]string{true: "off", false: "on"}[x.Disabled]
	return s.SeeOther(c, "/settings/models?"+url.Values{"did": {did}, "name": {name}}.Encode())
}

func (s *Section) confirmDeleteConnection(c echo.Context) error {
	x, err := s.cfg.Models.Connection(c.Request().Context(), c.Param("name"))
	if err != nil {
		return err
	}
	here := "/settings/models/" + url.PathEscape(x.Name)
	view := pages.Confirm{Question: "Delete the connection " + x.Name + "?", Detail: "Its stored key goes with it. Runs that name it can't be started any more; what earlier runs did stays.",
		Action: s.Link(here + "/delete"), Button: "Delete " + x.Name, Cancel: s.Link(here)}
	return s.Page(c, http.StatusOK, s.settingsFrame("Delete "+x.Name, layout.Crumb{Label: "Delete " + x.Name}), pages.ConfirmPage(view))
}

func (s *Section) deleteConnection(c echo.Context) error {
	if err := s.cfg.Models.DeleteConnection(c.Request().Context(), ui.Person, c.Param("name")); err != nil {
		return err
	}
	return s.SeeOther(c, "/settings/models?"+url.Values{"did": {"deleted"}, "name": {c.Param("name")}}.Encode())
}

// setEmbedding chooses the model that rules are compared by.
func (s *Section) setEmbedding(c echo.Context) error {
	ref := strings.TrimSpace(c.FormValue("embedding"))
	err := s.cfg.Models.SetEmbedding(c.Request().Context(), ui.Person, ref)
	if problems := ui.ProblemsOf(err); problems != nil {
		return s.showModels(c, http.StatusUnprocessableEntity, chat.Price{}, problems)
	}
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/settings/models?"+url.Values{"did": {"embedding"}, "name": {ui.FirstOf(ref, "hashed vectors")}}.Encode())
}

// putPrice stores a price, or shows the table with what is wrong.
func (s *Section) putPrice(c echo.Context) error {
	p := chat.Price{Model: strings.TrimSpace(c.FormValue("model"))}
	problems := map[string]string{}
	for name, to := range map[string]*float64{"in": &p.In, "cached": &p.Cached, "out": &p.Out} {
		if text := strings.TrimSpace(c.FormValue(name)); text != "" {
			var err error
			if *to, err = strconv.ParseFloat(text, 64); err != nil {
				problems[name] = "must be a number"
			}
		}
	}
	if len(problems) == 0 {
		err := s.cfg.Models.PutPrice(c.Request().Context(), ui.Person, p)
		if err == nil {
			return s.SeeOther(c, "/settings/models?"+url.Values{"did": {"priced"}, "name": {p.Model}}.Encode())
		}
		if problems = ui.ProblemsOf(err); problems == nil {
			return err
		}
	}
	return s.showModels(c, http.StatusUnprocessableEntity, p, problems)
}

func (s *Section) deletePrice(c echo.Context) error {
	model := c.FormValue("model")
	if err := s.cfg.Models.DeletePrice(c.Request().Context(), ui.Person, model); err != nil {
		return err
	}
	return s.SeeOther(c, "/settings/models?"+url.Values{"did": {"unpriced"}, "name": {model}}.Encode())
}
