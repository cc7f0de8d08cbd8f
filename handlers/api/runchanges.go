package api

import (
	"context"
	"net/http"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/query"
	"purposeagent/handlers/runs"
)

// runBulkRequest is the body of POST /runs/bulk.
type runBulkRequest struct {
	Op     string   `json:"op" enum:"tag,untag,pause,resume,stop,delete" doc:"delete can be undone for 7 days"`
	Tag    string   `json:"tag,omitempty" doc:"for tag and untag"`
	IDs    []string `json:"ids,omitempty" maxItems:"5000"`
	Q      *string  `json:"q,omitempty" doc:"all runs that this query finds, instead of ids"`
	Expect int      `json:"expect,omitempty" minimum:"0" doc:"how many the query should find; another number is a conflict"`
}

// runChanges are the routes that change many runs at once.
func (s *server) runChanges() {
	register(s, http.MethodPost, "/runs/bulk", "change-runs", "Tag, pause, resume, stop or delete many runs at once", "runs", http.StatusOK,
		func(ctx context.Context, in *struct{ Body runBulkRequest }) (*body[catalog.RunChange], error) {
			r := in.Body
			selection := catalog.RunSelection{IDs: r.IDs, Expect: r.Expect}
			switch {
			case (r.Q == nil) == (len(r.IDs) == 0):
				return nil, agent.InvalidFields(map[string]string{"ids": "name the runs by ids, or all that a query finds by q: one of both"})
			case r.Q != nil:
				q, err := query.Runs(*r.Q)
				if err != nil {
					return nil, err
				}
				selection.Query = &q
			}
			change, err := runs.ChangeRuns(ctx, s.Runs, s.Engine, by, catalog.RunAction(r.Op), r.Tag, selection)
			return &body[catalog.RunChange]{change}, err
		})
	register(s, http.MethodPost, "/runs/changes/{change}/undo", "undo-run-change", "Undo a change to many runs", "runs", http.StatusOK,
		func(ctx context.Context, in *struct {
			Change int64 `path:"change" minimum:"1"`
		}) (*body[catalog.RunChange], error) {
			change, err := s.Runs.Undo(ctx, by, in.Change)
			return &body[catalog.RunChange]{change}, err
		})
}

// viewRequest is the body of POST /views.
type viewRequest struct {
	List  string `json:"list" enum:"runs,library,replay"`
	Name  string `json:"name" minLength:"1"`
	Query string `json:"query,omitempty" doc:"of the page's address, such as q=status:failed&sort=phi"`
}

// views are the routes of saved views.
func (s *server) views() {
	if s.Views == nil {
		return
	}
	register(s, http.MethodGet, "/views", "list-views", "The saved views of a list", "views", http.StatusOK,
		func(ctx context.Context, in *struct {
			List string `query:"list" enum:"runs,library,replay" required:"true"`
		}) (*body[list[catalog.SavedView]], error) {
			views, err := s.Views.List(ctx, in.List)
			if err != nil {
				return nil, err
			}
			return newList(catalog.Page[catalog.SavedView]{Items: views}, same), nil
		})
	register(s, http.MethodPost, "/views", "save-view", "Save a view; one of the same name is replaced", "views", http.StatusOK,
		func(ctx context.Context, in *struct{ Body viewRequest }) (*body[catalog.SavedView], error) {
			view, err := s.Views.Save(ctx, by, catalog.SavedView{List: in.Body.List, Name: in.Body.Name, Query: in.Body.Query})
			return &body[catalog.SavedView]{view}, err
		})
	register(s, http.MethodDelete, "/views/{view}", "delete-view", "Delete a saved view", "views", http.StatusNoContent,
		func(ctx context.Context, in *struct {
			View int64 `path:"view" minimum:"1"`
		}) (*nothing, error) {
			_, err := s.Views.Delete(ctx, by, in.View)
			return &nothing{}, err
		})
}
