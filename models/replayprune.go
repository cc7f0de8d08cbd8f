package models

import (
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/replay"
)

// maxLosers bounds the rules that a preview lists.
const maxLosers = 50

// Matching returns the ids of the trajectories that match the query, newest
// first, whatever its limit and order. CodeInvalid beyond catalog.MaxPrune.
func (r *Replay) Matching(ctx context.Context, q catalog.TrajectoryQuery) ([]string, error) {
	var ids []string
	err := r.filter(ctx, q).Order("n DESC").Limit(catalog.MaxPrune+1).Pluck("id", &ids).Error
	if err != nil {
		return nil, failed(err, "list trajectories")
	}
	if len(ids) > catalog.MaxPrune {
		return nil, agent.Errorf(agent.CodeInvalid, "more than %d trajectories match; narrow the filter", catalog.MaxPrune)
	}
	return ids, nil
}

// PreviewPrune says what Prune would do with these ids, and changes nothing.
// CodeInvalid for more than catalog.MaxPrune.
func (r *Replay) PreviewPrune(ctx context.Context, ids []string) (replay.PrunePreview, error) {
	if len(ids) > catalog.MaxPrune {
		return replay.PrunePreview{}, agent.Errorf(agent.CodeInvalid, "%d trajectories are too many for one prune; at most %d", len(ids), catalog.MaxPrune)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return replay.PrunePreview{}, err
	}
	preview := r.index.PreviewPrune(ids)
	preview.Rules = []replay.EvidenceLoss{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var losses []replay.EvidenceLoss
	// A rule's evidence names runs; a run has at most one trajectory here.
	err := r.db.read.WithContext(ctx).Raw(`SELECT * FROM (SELECT h.id, json_extract(h.body, '$.title') AS title,
			sum(CASE WHEN json_extract(e.value, '$.run') IN (SELECT run FROM trajectories WHERE id IN ? AND pinned = 0) THEN 1 ELSE 0 END) AS lost, count(*) AS "of"
		FROM heuristics h, json_each(h.body, '$.evidence') e GROUP BY h.id) losses WHERE lost > 0
		ORDER BY lost * 1.0 / "of" DESC, id`, ids).Scan(&losses).Error
	if err != nil {
		return preview, failed(err, "look for rules with this evidence")
	}
	if len(losses) > maxLosers {
		preview.MoreRules = len(losses) - maxLosers
		losses = losses[:maxLosers]
	}
	preview.Rules = append(preview.Rules, losses...)
	return preview, nil
}
