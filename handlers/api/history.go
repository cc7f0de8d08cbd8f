package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/packs"
	"purposeagent/handlers/history"
	"purposeagent/handlers/library"
	"purposeagent/handlers/query"
)

// History is the library as people change it and take changes back.
type History interface {
	Versions(ctx context.Context, id string) ([]catalog.HeuristicVersion, error)
	Change(ctx context.Context, actor string, action agent.LibraryAction, selection catalog.RuleSelection) (catalog.LibraryChange, error)
	// Changes returns changes before a revision (0: the newest), of one rule where an id is given.
	Changes(ctx context.Context, rule string, before int64, limit int) ([]catalog.LibraryChange, error)
	Undo(ctx context.Context, actor string, revision int64) (catalog.LibraryChange, error)
	// Revert gives a rule the words of entry n of its history.
	Revert(ctx context.Context, actor, id string, n int) (catalog.LibraryChange, error)
	Merge(ctx context.Context, actor, keep string, away []string) (catalog.LibraryChange, error)
	// Near finds rules in words that repeat or contradict each other.
	Near(ctx context.Context) (duplicates.Map, error)
}

// LibraryPolicy is how rules come to be used, and what the learned ones are
// worth in each world.
type LibraryPolicy interface{ library.Policy }

// Snapshots are moments of the library, with the rules of each.
type Snapshots interface {
	history.Snapshots
	Rules(ctx context.Context, id string) ([]*agent.Heuristic, error)
}

type mergeRequest struct {
	Keep string   `json:"keep" doc:"the rule that stays"`
	IDs  []string `json:"ids" minItems:"1" maxItems:"100" doc:"rules that are merged into it and retired"`
}

type revertRequest struct {
	Entry int `json:"entry" minimum:"1" doc:"n of an entry of the rule's history"`
}

type snapshotRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"100" doc:"at most 100 bytes"`
}

type nearPair struct {
	A        string  `json:"a"`
	B        string  `json:"b"`
	Jaccard  float64 `json:"jaccard" doc:"of the words of when and do"`
	Cosine   float64 `json:"cosine" doc:"of hashed vectors"`
	Conflict bool    `json:"conflict" doc:"the same when, the opposite do"`
}

func (s *server) history() {
	s.policy()
	s.milestones()
	register(s, http.MethodGet, "/heuristics/{id}/versions", "list-versions", "A heuristic's history, oldest first", "library", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[list[catalog.HeuristicVersion]], error) {
			versions, err := s.Library.Versions(ctx, in.ID)
			return newList(catalog.Page[catalog.HeuristicVersion]{Items: versions}, func(v catalog.HeuristicVersion) catalog.HeuristicVersion {
				v.Heuristic = v.Heuristic.WithoutTable()
				return v
			}), err
		})
	register(s, http.MethodPost, "/heuristics/{id}/revert", "revert-heuristic", "Give a heuristic the words of an earlier entry of its history, as a new version", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Body revertRequest
		}) (*body[catalog.LibraryChange], error) {
			change, err := s.Library.Revert(ctx, by, in.ID, in.Body.Entry)
			if err != nil && agent.CodeOf(err) == agent.CodeNotFound {
				if _, missing := s.Library.Get(ctx, in.ID); missing == nil { // the rule is there, its entry is not
					err = agent.InvalidFields(map[string]string{"entry": agent.MessageOf(err)})
				}
			}
			return answer(change, err)
		})
	register(s, http.MethodPost, "/heuristics/merge", "merge-heuristics", "Merge heuristics into one, with the union of their evidence", "library", http.StatusOK,
		func(ctx context.Context, in *struct{ Body mergeRequest }) (*body[catalog.LibraryChange], error) {
			return answer(s.Library.Merge(ctx, by, in.Body.Keep, in.Body.IDs))
		})
	register(s, http.MethodGet, "/library/changes", "list-changes", "What people changed in the library, newest first", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			Rule   string `query:"rule" doc:"of this heuristic only"`
			Before int64  `query:"before" minimum:"0" doc:"changes before this number"`
			Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		}) (*body[list[catalog.LibraryChange]], error) {
			changes, err := s.Library.Changes(ctx, in.Rule, in.Before, in.Limit)
			return newList(catalog.Page[catalog.LibraryChange]{Items: changes}, same), err
		})
	register(s, http.MethodPost, "/library/changes/{change}/undo", "undo-change", "Undo a person's change to the library", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			Change int64 `path:"change" minimum:"1"`
		}) (*body[catalog.LibraryChange], error) {
			return answer(s.Library.Undo(ctx, by, in.Change))
		})
	register(s, http.MethodGet, "/library/near", "near-heuristics", "Heuristics in words that repeat or contradict each other, most similar first", "library", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*body[list[nearPair]], error) {
			m, err := s.Library.Near(ctx)
			return newList(catalog.Page[duplicates.Pair]{Items: m.Pairs}, func(p duplicates.Pair) nearPair {
				return nearPair{p.A.ID, p.B.ID, p.Jaccard, p.Cosine, p.Opposed}
			}), err
		})
	if s.Playbooks != nil {
		s.playbook()
	}
	if s.Reading != nil {
		s.reading()
	}
	if s.Comments != nil {
		s.comments()
	}
	if s.Snapshots != nil {
		s.snapshots()
	}
	if s.Packs != nil {
		s.packs()
	}
}

func (s *server) packs() {
	register(s, http.MethodGet, "/library/pack", "export-pack", "Rules as a pack for another library: words and origin, without the evidence gathered here", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			Name string `query:"name" default:"library" doc:"of the pack"`
			Q    string `query:"q" doc:"which rules, in the grammar of the list; left out: all"`
		}) (*body[packs.Pack], error) {
			q, err := query.Heuristics(in.Q)
			if err != nil {
				return nil, err
			}
			return answer(s.Packs.Export(ctx, in.Name, q))
		})
	registerAs(s, huma.Operation{
		OperationID: "import-pack", Method: http.MethodPost, Path: "/api/v1/library/pack", Tags: []string{"library"}, DefaultStatus: http.StatusOK,
		Summary:      "Import the rules of a pack; every problem is reported, and nothing is imported if there is one",
		MaxBodyBytes: packs.MaxBytes + 1, RequestBody: s.packFile(), SkipValidateBody: true, // packs.Parse names every problem by its place
	},
		func(ctx context.Context, in *struct {
			Status  agent.Status `query:"status" enum:"candidate,probation,active,retired,archived" default:"candidate"`
			Author  agent.Author `query:"author" doc:"left out: import:NAME"`
			SkipBad bool         `query:"skip_bad" doc:"leave out the rules that have a problem, and import the rest"`
			RawBody []byte       `contentType:"application/octet-stream"`
		}) (*body[packs.Report], error) {
			pack, problems := packs.Parse(in.RawBody)
			if len(problems) > 0 {
				kept, some := pack.Without(problems)
				if !in.SkipBad || !some {
					return nil, packError(problems)
				}
				pack = kept
			}
			return answer(s.Packs.Import(ctx, by, pack, packs.Import{Status: in.Status, Author: in.Author}))
		})
}

// packFile describes a pack as it is posted: as JSON, or as the file it was
// saved in, whatever the client calls its type.
func (s *server) packFile() *huma.RequestBody {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", MinLength: new(1), Description: "the file of a pack"}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		jsonType:                   {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[packs.Pack](), true, "Pack")},
		"application/octet-stream": {Schema: file}, "text/plain": {Schema: file},
	}}
}

// packError names every problem of a pack by its place.
func packError(problems []packs.Problem) error {
	fields := map[string]string{}
	for _, p := range problems {
		place := "pack"
		if p.Rule > 0 {
			place = fmt.Sprintf("rules[%d]", p.Rule-1)
		}
		if p.Field != "" {
			place += "." + p.Field
		}
		if fields[place] != "" {
			fields[place] += "; "
		}
		fields[place] += p.Text
	}
	return agent.InvalidFields(fields)
}

func (s *server) snapshots() {
	register(s, http.MethodGet, "/snapshots", "list-snapshots", "Snapshots of the library, newest first", "library", http.StatusOK,
		func(ctx context.Context, _ *struct{}) (*body[list[catalog.Snapshot]], error) {
			snapshots, err := s.Snapshots.List(ctx)
			return newList(catalog.Page[catalog.Snapshot]{Items: snapshots}, same), err
		})
	register(s, http.MethodPost, "/snapshots", "take-snapshot", "Keep the library as it is now under a name", "library", http.StatusCreated,
		func(ctx context.Context, in *struct{ Body snapshotRequest }) (*body[catalog.Snapshot], error) {
			return answer(s.Snapshots.Take(ctx, by, in.Body.Name))
		})
	register(s, http.MethodGet, "/snapshots/{id}", "get-snapshot", "One snapshot", "library", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[catalog.Snapshot], error) {
			return answer(s.Snapshots.Get(ctx, in.ID))
		})
	register(s, http.MethodGet, "/snapshots/{id}/rules", "snapshot-rules", "The rules of a snapshot, with words, status and counts as they were", "library", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[list[agent.Heuristic]], error) {
			rules, err := s.Snapshots.Rules(ctx, in.ID)
			return newList(catalog.Page[*agent.Heuristic]{Items: rules}, func(h *agent.Heuristic) agent.Heuristic { return *h }), err
		})
	register(s, http.MethodPost, "/snapshots/{id}/restore", "restore-snapshot", "Make the library what it was, as new versions; evidence stays", "library", http.StatusOK,
		func(ctx context.Context, in *runID) (*body[catalog.LibraryChange], error) {
			snapshot, err := s.Snapshots.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(s.Snapshots.Restore(ctx, by, snapshot.Revision, snapshot.Name))
		})
	register(s, http.MethodDelete, "/snapshots/{id}", "delete-snapshot", "Delete a snapshot; the history stays", "library", http.StatusNoContent,
		func(ctx context.Context, in *runID) (*nothing, error) {
			return &nothing{}, s.Snapshots.Delete(ctx, by, in.ID)
		})
	register(s, http.MethodGet, "/library/diff", "diff-library", "What differs between two moments of the library", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			From string `query:"from" required:"true" doc:"a snapshot's id, a time as in 2026-05-04T12:00:00Z, or the number of a change"`
			To   string `query:"to" doc:"likewise; left out: now"`
		}) (*body[catalog.LibraryDiff], error) {
			return answer(s.diff(ctx, in.From, in.To))
		})
}

func answer[T any](value T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{value}, nil
}

func (s *server) diff(ctx context.Context, from, to string) (catalog.LibraryDiff, error) {
	before, err := s.moment(ctx, "from", from)
	if err != nil {
		return catalog.LibraryDiff{}, err
	}
	after, err := s.moment(ctx, "to", to)
	if err != nil {
		return catalog.LibraryDiff{}, err
	}
	return catalog.DiffLibraries(before, after), nil
}

// moment returns the library of a snapshot, a time, a change, or now.
func (s *server) moment(ctx context.Context, field, text string) ([]*agent.Heuristic, error) {
	revision, err := history.MomentOf(ctx, s.Snapshots, text)
	if code := agent.CodeOf(err); err != nil && (code == agent.CodeInvalid || code == agent.CodeNotFound) {
		return nil, agent.InvalidFields(map[string]string{field: agent.MessageOf(err)})
	}
	if err != nil {
		return nil, err
	}
	return s.Snapshots.AsOf(ctx, revision)
}
