package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
)

// Playbooks writes what is known of a world of an environment on one page. Errors:
// CodeNotFound.
type Playbooks func(ctx context.Context, asked playbook.Asked) (playbook.Page, error)

// PlaybookPage is a playbook as the API and the command line answer it.
type PlaybookPage struct {
	Environment string          `json:"environment"`
	World       string          `json:"world" doc:"its dynamics; empty where the environment has one world"`
	Worlds      []PlaybookWorld `json:"worlds" doc:"of the environment, the one last used first"`
	Tokens      int             `json:"tokens" doc:"about what the lines take in a prompt"`
	Lines       []PlaybookLine  `json:"lines"`
}

// PlaybookWorld is a world that rules are known of.
type PlaybookWorld struct {
	World    string    `json:"world"`
	Rules    int       `json:"rules" doc:"in use"`
	LastUsed time.Time `json:"last_used"`
}

// PlaybookLine is one line with the rules behind it.
type PlaybookLine struct {
	Kind   agent.LineKind `json:"kind" enum:"fact,procedure,strategy,pitfall"`
	Tier   agent.Tier     `json:"tier"`
	Title  string         `json:"title" doc:"unique among the lines"`
	Text   string         `json:"text"`
	Status agent.Status   `json:"status" doc:"active: what it says is sure; else it is in trial"`
	Rules  []string       `json:"rules" doc:"ids, surest first"`
	Good   int            `json:"good" doc:"transitions that spoke for its rules"`
	Bad    int            `json:"bad"`
	Uplift *credit.Uplift `json:"uplift" doc:"of a line that is one rule's, where the hold-out has an estimate"`
}

// NewPlaybookPage puts a page into the form of the contract.
func NewPlaybookPage(p *playbook.Page) PlaybookPage {
	out := PlaybookPage{Environment: p.Scope.Environment, World: p.Scope.Dynamics, Worlds: make([]PlaybookWorld, 0, len(p.Worlds)), Tokens: p.Tokens, Lines: make([]PlaybookLine, 0, len(p.Lines))}
	for _, w := range p.Worlds {
		out.Worlds = append(out.Worlds, PlaybookWorld{w.Scope.Dynamics, w.Rules, w.LastUsed.UTC()})
	}
	out.Lines = append(out.Lines, linesOf(p.Lines)...)
	return out
}

func linesOf(lines []agent.PlaybookLine) []PlaybookLine {
	out := make([]PlaybookLine, 0, len(lines))
	for _, l := range lines {
		rules := l.Rules
		if rules == nil {
			rules = []string{}
		}
		out = append(out, PlaybookLine{l.Kind, l.Tier, l.Title, l.Text, l.Status, rules, l.Good, l.Bad, l.Uplift})
	}
	return out
}

// playbookDiff is what differs between a world's playbooks of two moments.
type playbookDiff struct {
	Environment string         `json:"environment"`
	World       string         `json:"world"`
	Added       []PlaybookLine `json:"added"`
	Gone        []PlaybookLine `json:"gone"`
	Changed     []lineChange   `json:"changed" doc:"in title, text, status, evidence or rules"`
	Same        int            `json:"same"`
}

type lineChange struct {
	Before PlaybookLine `json:"before"`
	After  PlaybookLine `json:"after"`
}

func newPlaybookDiff(scope agent.Scope, d *playbook.Diff) playbookDiff {
	out := playbookDiff{Environment: scope.Environment, World: scope.Dynamics, Added: linesOf(d.Added), Gone: linesOf(d.Gone), Changed: []lineChange{}, Same: d.Same}
	for i := range d.Changed {
		both := linesOf([]agent.PlaybookLine{d.Changed[i].Before, d.Changed[i].After})
		out.Changed = append(out.Changed, lineChange{both[0], both[1]})
	}
	return out
}

// Reading says what the offline reasoner makes of a rule's words; ok is false where
// nobody can tell.
type Reading func(ctx context.Context, h *agent.Heuristic) (r features.Understanding, ok bool)

func (s *server) reading() {
	register(s, http.MethodGet, "/heuristics/{id}/reading", "read-heuristic", "What the offline reasoner makes of a heuristic's words, and which words it can read", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			ID string `path:"id"`
		}) (*body[features.Understanding], error) {
			h, err := s.Library.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			r, ok := s.Reading(ctx, h)
			if !ok {
				r.Problem = "which words it can read depends on the environment, and nobody can look into this rule's now"
			}
			if r.Forms == nil {
				r.Forms = []string{}
			}
			return answer(r, nil)
		})
}

func (s *server) playbook() {
	registerAs(s, huma.Operation{
		OperationID: "get-playbook", Method: http.MethodGet, Path: "/api/v1/playbook", Tags: []string{"library"}, DefaultStatus: http.StatusOK,
		Summary: "What is known of a world, on one page: facts, procedures, strategies and pitfalls",
		Errors:  []int{http.StatusNotFound}, // the environment, the world or the moment is unknown
	},
		func(ctx context.Context, in *struct {
			Environment string `query:"environment" doc:"default: of the world last used"`
			World       string `query:"world" doc:"its dynamics; default: the one last used"`
			Snapshot    string `query:"snapshot" doc:"id of a moment of the library; default: as it is now"`
			Tokens      int    `query:"tokens" minimum:"0" maximum:"100000" default:"800" doc:"budget: the surest lines stay; 0: all"`
		}) (*body[PlaybookPage], error) {
			page, err := s.Playbooks(ctx, playbook.Asked{Environment: in.Environment, World: in.World, Snapshot: in.Snapshot, Tokens: in.Tokens})
			if err != nil {
				return nil, err
			}
			return answer(NewPlaybookPage(&page), nil)
		})
	registerAs(s, huma.Operation{
		OperationID: "compare-playbooks", Method: http.MethodGet, Path: "/api/v1/playbook/diff", Tags: []string{"library"}, DefaultStatus: http.StatusOK,
		Summary: "What differs between the playbooks of a world at two moments, line by line",
		Errors:  []int{http.StatusNotFound}, // the environment, the world or a moment is unknown
	},
		func(ctx context.Context, in *struct {
			Environment string `query:"environment" doc:"default: of the world last used"`
			World       string `query:"world" doc:"its dynamics; default: the one last used"`
			From        string `query:"from" doc:"id of a snapshot; default: as it is now"`
			To          string `query:"to" doc:"id of a snapshot; default: as it is now"`
		}) (*body[playbookDiff], error) {
			asked := playbook.Asked{Environment: in.Environment, World: in.World, Snapshot: in.From}
			before, err := s.Playbooks(ctx, asked)
			if err != nil {
				return nil, err
			}
			asked.Snapshot = in.To
			after, err := s.Playbooks(ctx, asked)
			if err != nil {
				return nil, err
			}
			diff := playbook.Compare(&before.Playbook, &after.Playbook)
			return answer(newPlaybookDiff(after.Scope, &diff), nil)
		})
}
