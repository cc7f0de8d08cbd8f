package handlers

import (
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/library"
	"purposeagent/handlers/replay"
	"purposeagent/handlers/runs"
	"purposeagent/handlers/ui"
)

func (s *Server) registerViews(g *echo.Group) {
	if s.Views != nil {
		g.POST("/views", s.saveView)
		g.POST("/views/:id/delete", s.deleteView)
	}
}

// lists are the lists that can be saved as views.
var lists = []*ui.ListKind{&runs.List, &library.List, &replay.List}

// saveView keeps a list as it is under a name.
func (s *Server) saveView(c echo.Context) error {
	view := catalog.SavedView{List: c.FormValue("list"), Name: c.FormValue("name"), Query: c.FormValue("query")}
	kind := slices.IndexFunc(lists, func(k *ui.ListKind) bool { return k.Name == view.List })
	if kind < 0 {
		return agent.Errorf(agent.CodeInvalid, "there is no list %q", agent.Clip(view.List, 40))
	}
	values, err := url.ParseQuery(view.Query)
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form does not say what is to be saved; open the list again")
	}
	values.Del("cursor")
	view.Query = values.Encode()
	view, err = s.Views.Save(c.Request().Context(), ui.Person, view)
	if err != nil {
		return err
	}
	return s.SeeOther(c, ui.WithParam(lists[kind].Path, values, "", ""))
}

// deleteView forgets a view and leads back to its list.
func (s *Server) deleteView(c echo.Context) error {
	id, err := ui.OptionalNumber(c.Param("id"))
	if err != nil {
		return err
	}
	view, err := s.Views.Delete(c.Request().Context(), ui.Person, id)
	if err != nil {
		return err
	}
	for _, kind := range lists {
		if kind.Name == view.List {
			return s.SeeOther(c, kind.Path)
		}
	}
	return s.SeeOther(c, runs.List.Path)
}
