package handlers

import (
	"context"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
)

func (s *Server) registerViews(g *echo.Group) {
	if s.cfg.Views != nil {
		g.POST("/views", s.saveView)
		g.POST("/views/:id/delete", s.deleteView)
	}
}

// lists are the lists that can be saved as views.
var lists = []*listKind{&runList, &libraryList, &replayList}

// savedViews are the views of a list; none where nobody keeps them.
func (s *Server) savedViews(ctx context.Context, kind *listKind) ([]agent.SavedView, error) {
	if s.cfg.Views == nil {
		return nil, nil
	}
	return s.cfg.Views.List(ctx, kind.name)
}

// saveView keeps a list as it is under a name.
func (s *Server) saveView(c echo.Context) error {
	view := agent.SavedView{List: c.FormValue("list"), Name: c.FormValue("name"), Query: c.FormValue("query")}
	kind := slices.IndexFunc(lists, func(k *listKind) bool { return k.name == view.List })
	if kind < 0 {
		return agent.Errorf(agent.CodeInvalid, "there is no list %q", agent.Clip(view.List, 40))
	}
	values, err := url.ParseQuery(view.Query)
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form does not say what is to be saved; open the list again")
	}
	values.Del("cursor")
	view.Query = values.Encode()
	view, err = s.cfg.Views.Save(c.Request().Context(), person, view)
	if err != nil {
		return err
	}
	return s.seeOther(c, withParam(lists[kind].path, values, "", ""))
}

// deleteView forgets a view and leads back to its list.
func (s *Server) deleteView(c echo.Context) error {
	id, err := optionalNumber(c.Param("id"))
	if err != nil {
		return err
	}
	view, err := s.cfg.Views.Delete(c.Request().Context(), person, id)
	if err != nil {
		return err
	}
	for _, kind := range lists {
		if kind.name == view.List {
			return s.seeOther(c, kind.path)
		}
	}
	return s.seeOther(c, runList.path)
}
