package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/duplicates"
)

// mergeDetail is what a merge added to the rule that stays.
type mergeDetail struct {
	Rule     string              `json:"rule"`
	Good     int                 `json:"good"`
	Bad      int                 `json:"bad"`
	Evidence []agent.EvidenceRef `json:"evidence"` // as it was before
}

// Merge joins rules into one: it keeps its words and gets the union of their
// evidence; the others are retired and point to it, with their ids and
// history. Hold-out and prequential credit stay apart: they were measured with
// each rule's own words. Errors: CodeNotFound, CodeInvalid for fewer than two
// rules or rules of different scopes.
func (l *Library) Merge(ctx context.Context, actor, keep string, away []string) (catalog.LibraryChange, error) {
	away = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(away))), func(id string) bool { return id == keep })
	if len(away) == 0 {
		return catalog.LibraryChange{}, agent.Errorf(agent.CodeInvalid, "name the rule that stays and at least one other that is merged into it")
	}
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActMerge}
	return l.personally(ctx, what, func(c *changing) error {
		stored, err := load(c.tx, keep)
		if err != nil {
			return err
		}
		merged := stored.Clone()
		found, err := c.each(away, func(h *agent.Heuristic) error {
			if h.Scope != stored.Scope {
				return agent.Errorf(agent.CodeInvalid, "%s and %s belong to different worlds or actions; only rules of one scope can be merged", keep, h.ID)
			}
			union := duplicates.Merge(merged, h)
			merged.Good, merged.Bad, merged.Evidence = union.Good, union.Bad, union.Evidence
			next := h.Clone()
			next.Status, next.StatusBy, next.MergedInto, next.Pinned = agent.Retired, nonEmpty(actor, "a person"), keep, false
			next = agent.NextHeuristic(h, next, false, l.db.now())
			_, err := c.replace(h, next, actor, "merged into "+keep)
			return err
		})
		if err != nil {
			return err
		}
		if found < len(away) {
			return agent.Errorf(agent.CodeNotFound, "one of the rules to merge is not in the library any more; look at the list again")
		}
		detail, err := json.Marshal(mergeDetail{keep, merged.Good - stored.Good, merged.Bad - stored.Bad, stored.Evidence})
		if err != nil {
			return err
		}
		c.detail, c.personal.Note = string(detail), stored.Title
		next := agent.NextHeuristic(stored, merged, false, l.db.now())
		if _, err := c.replace(stored, next, actor, "merged with "+strings.Join(away, ", ")); err != nil {
			return err
		}
		return l.db.audit(c.tx, actor, "heuristic.merge", "kept "+keep, away...)
	})
}

// unmerge takes out of the rule that stayed what a merge had added; what was
// counted since stays.
func unmerge(h *agent.Heuristic, detail string) error {
	var d mergeDetail
	if err := json.Unmarshal([]byte(detail), &d); err != nil {
		return fmt.Errorf("read what a merge added: %w", err)
	}
	if h.ID == d.Rule {
		h.Good, h.Bad, h.Evidence = max(h.Good-d.Good, 0), max(h.Bad-d.Bad, 0), d.Evidence
	}
	return nil
}
