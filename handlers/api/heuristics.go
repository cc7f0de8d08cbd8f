package api

import (
	"context"
	"net/http"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/query"
)

// heuristicRequest is the body of POST /heuristics: a rule taught by hand.
type heuristicRequest struct {
	Tier        agent.Tier `json:"tier" enum:"strategic,procedural,tool"`
	Title       string     `json:"title" minLength:"1" maxLength:"200"`
	Pattern     string     `json:"pattern" minLength:"1" maxLength:"2000" doc:"when"`
	Strategy    string     `json:"strategy,omitempty" maxLength:"2000" doc:"do"`
	Avoid       string     `json:"avoid,omitempty" maxLength:"2000" doc:"don't"`
	Because     string     `json:"because,omitempty" maxLength:"2000"`
	Steps       []string   `json:"steps,omitempty" maxItems:"20"`
	Action      string     `json:"action,omitempty" maxLength:"200" doc:"the action that a tool tip is bound to"`
	Environment string     `json:"environment,omitempty" doc:"empty: for every environment"`
}

// heuristicPatch is the body of PATCH /heuristics/{id}.
type heuristicPatch struct {
	Version  int           `json:"version,omitempty" minimum:"0" doc:"the version that was read; required when words change"`
	Title    *string       `json:"title,omitempty" maxLength:"200"`
	Pattern  *string       `json:"pattern,omitempty" maxLength:"2000"`
	Strategy *string       `json:"strategy,omitempty" maxLength:"2000"`
	Avoid    *string       `json:"avoid,omitempty" maxLength:"2000"`
	Because  *string       `json:"because,omitempty" maxLength:"2000"`
	Steps    *[]string     `json:"steps,omitempty" maxItems:"20"`
	Tier     *agent.Tier   `json:"tier,omitempty" enum:"strategic,procedural,tool"`
	Action   *string       `json:"action,omitempty" maxLength:"200"`
	Status   *agent.Status `json:"status,omitempty" enum:"candidate,probation,active,retired,archived,banned"`
	Pinned   *bool         `json:"pinned,omitempty"`
}

func (p *heuristicPatch) edit() (catalog.HeuristicEdit, bool) {
	e := catalog.HeuristicEdit{Title: p.Title, Pattern: p.Pattern, Strategy: p.Strategy, Avoid: p.Avoid,
		Because: p.Because, Steps: p.Steps, Tier: p.Tier, Action: p.Action}
	return e, e != catalog.HeuristicEdit{}
}

// bulkRequest is the body of POST /heuristics/bulk.
type bulkRequest struct {
	Op     string   `json:"op" enum:"pin,unpin,promote,trial,retire,archive,ban,restore,delete" doc:"restore is an older word for promote"`
	IDs    []string `json:"ids,omitempty" maxItems:"1000"`
	Q      *string  `json:"q,omitempty" doc:"all rules that this query finds, instead of ids"`
	Expect int      `json:"expect,omitempty" minimum:"0" doc:"how many the query should find; another number is a conflict"`
}

type bulkBody struct {
	Changed int   `json:"changed"`
	Change  int64 `json:"change" doc:"number of the change, to undo it; 0 if nothing was changed"`
}

func (s *server) heuristics() {
	s.history()
	register(s, http.MethodGet, "/heuristics", "list-heuristics", "List heuristics", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			Q      string `query:"q" doc:"words, and status: tier: kind: env: author: pinned: id: uplift:>0 low: n:>20 advantage: support: uses: hits: misses:, a minus before what to leave out"`
			Sort   string `query:"sort" enum:"uplift,advantage,support,uses,updated" default:"updated" doc:"uplift sorts by the lower bound of its interval"`
			Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
			Cursor string `query:"cursor"`
		}) (*body[list[agent.Heuristic]], error) {
			q, err := query.Heuristics(in.Q)
			if err != nil {
				return nil, err
			}
			q.Sort, q.Limit, q.Cursor = in.Sort, in.Limit, in.Cursor
			page, err := s.Library.List(ctx, q)
			if err != nil {
				return nil, err
			}
			return newList(page, agent.Heuristic.WithoutTable), nil
		})
	register(s, http.MethodPost, "/heuristics", "teach-heuristic", "Teach a rule by hand", "library", http.StatusCreated,
		func(ctx context.Context, in *struct{ Body heuristicRequest }) (*body[agent.Heuristic], error) {
			r := in.Body
			h, err := s.Library.Create(ctx, by, agent.Heuristic{Tier: r.Tier, Kind: agent.KindRule, Title: r.Title,
				Pattern: r.Pattern, Strategy: r.Strategy, Avoid: r.Avoid, Because: r.Because, Steps: r.Steps, Action: r.Action,
				Scope: agent.Scope{Environment: r.Environment}, Author: agent.AuthorHuman, Status: agent.Active})
			return one(h, err)
		})
	register(s, http.MethodPost, "/heuristics/bulk", "change-heuristics", "Change many heuristics at once", "library", http.StatusOK,
		func(ctx context.Context, in *struct{ Body bulkRequest }) (*body[bulkBody], error) {
			return s.bulk(ctx, in.Body)
		})
	register(s, http.MethodGet, "/heuristics/{id}", "get-heuristic", "One heuristic", "library", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[agent.Heuristic], error) {
			return one(s.Library.Get(ctx, in.ID))
		})
	register(s, http.MethodPatch, "/heuristics/{id}", "edit-heuristic", "Edit words, status or pin", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body heuristicPatch
		}) (*body[agent.Heuristic], error) {
			return s.patch(ctx, in.ID, &in.Body)
		})
	register(s, http.MethodDelete, "/heuristics/{id}", "delete-heuristic", "Delete a heuristic; the distiller does not bring it back", "library", http.StatusNoContent,
		func(ctx context.Context, in *runID) (*nothing, error) {
			if _, err := s.Library.Get(ctx, in.ID); err != nil {
				return nil, err
			}
			_, err := s.Library.Delete(ctx, by, []string{in.ID})
			return &nothing{}, err
		})
}

func one(h *agent.Heuristic, err error) (*body[agent.Heuristic], error) {
	if err != nil {
		return nil, err
	}
	return &body[agent.Heuristic]{h.WithoutTable()}, nil
}

func (s *server) patch(ctx context.Context, id string, p *heuristicPatch) (*body[agent.Heuristic], error) {
	if _, err := s.Library.Get(ctx, id); err != nil {
		return nil, err
	}
	if edit, some := p.edit(); some {
		if p.Version == 0 {
			return nil, agent.InvalidFields(map[string]string{"version": "say which version you read, so that nobody's edit is overwritten"})
		}
		edited, err := s.Library.Edit(ctx, by, id, p.Version, edit)
		if err != nil {
			return nil, err
		}
		id = edited.ID // another one, where it says the opposite of what was observed
	}
	if p.Status != nil {
		if _, err := s.Library.SetStatus(ctx, by, []string{id}, *p.Status); err != nil {
			return nil, err
		}
	}
	if p.Pinned != nil {
		if _, err := s.Library.Pin(ctx, by, []string{id}, *p.Pinned); err != nil {
			return nil, err
		}
	}
	return one(s.Library.Get(ctx, id))
}

func (s *server) bulk(ctx context.Context, r bulkRequest) (*body[bulkBody], error) {
	action := agent.LibraryAction(r.Op)
	if r.Op == "restore" {
		action = agent.ActPromote
	}
	selection := catalog.RuleSelection{IDs: r.IDs, Expect: r.Expect}
	switch {
	case (r.Q == nil) == (len(r.IDs) == 0):
		return nil, agent.InvalidFields(map[string]string{"ids": "name the rules by ids, or all that a query finds by q: one of both"})
	case r.Q != nil:
		q, err := query.Heuristics(*r.Q)
		if err != nil {
			return nil, err
		}
		selection.Query = &q
	}
	change, err := s.Library.Change(ctx, by, action, selection)
	return &body[bulkBody]{bulkBody{change.Rules, change.Revision}}, err
}
