package models

import (
	"context"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/inbox"
	"purposeagent/agent/lifecycle"
)

// maxReviewed bounds the rules that an inbox is made from: the newest changes
// come first, and what is not among them comes up when those are decided.
const maxReviewed = 5000

// Review returns what of the library is worth a person's look, most valuable
// first. What was put off (PutOffs) is among it.
func (l *Library) Review(ctx context.Context) ([]inbox.Item, error) {
	policy, err := l.Policy(ctx)
	if err != nil {
		return nil, err
	}
	q := l.db.read.WithContext(ctx).Where("status IN ? OR pinned <> 0", []agent.Status{agent.Candidate, agent.Probation, agent.Active})
	decided := `author <> ? OR pinned <> 0 OR json_type(body, '$.predicate') IS NULL OR json_type(body, '$.status_by') IS NOT NULL`
	if policy == lifecycle.Approve {
		q = q.Where(decided+" OR status = ?", agent.AuthorDistiller, agent.Candidate)
	} else {
		q = q.Where(decided, agent.AuthorDistiller)
	}
	var rows []heuristicRow
	if err := q.Order("updated_at DESC, id DESC").Limit(maxReviewed).Find(&rows).Error; err != nil {
		return nil, failed(err, "look for rules to review")
	}
	harmful, err := l.countedBadly(ctx)
	if err != nil {
		return nil, err
	}
	thin, err := l.countedThinly(ctx)
	if err != nil {
		return nil, err
	}
	rows = append(rows, harmful...)
	for _, row := range thin {
		if !slices.ContainsFunc(harmful, func(h heuristicRow) bool { return h.ID == row.ID }) {
			rows = append(rows, row)
		}
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		return nil, err
	}
	near, err := l.Near(ctx)
	if err != nil {
		return nil, err
	}
	ledgers, err := l.Ledgers(ctx)
	if err != nil {
		return nil, err
	}
	items := append(inbox.Sets(ledgers), inbox.Rules(rules, near.Pairs, policy)...)
	inbox.Sort(items)
	return items, nil
}

// ReviewMark changes whenever Review or PutOffs may answer something else than before,
// but for what comes back since its time has passed. It costs the same however much the
// library holds.
func (l *Library) ReviewMark(ctx context.Context) (string, error) {
	l.mu.Lock()
	counted := strconv.FormatInt(l.counted, 10)
	l.mu.Unlock()
	tx := l.db.read.WithContext(ctx)
	if l.db.shared { // others count as well
		if err := tx.Raw(`SELECT count(*) || ' ' || coalesce(sum(CAST(json_extract(body, '$.tasks') AS DOUBLE PRECISION)), 0) FROM ledgers`).Scan(&counted).Error; err != nil {
			return "", failed(err, "look at the ledgers")
		}
	}
	var mark string
	err := tx.Raw(`SELECT (SELECT revision FROM library_state) || '/' || coalesce((SELECT value FROM settings WHERE key = ?), '') || '/' ||
		(SELECT count(*) || ' ' || coalesce(max(at), 0) FROM rule_pairs) || '/' || (SELECT count(*) || ' ' || coalesce(max(at), 0) || ' ' || coalesce(sum(until * 1.0), 0) FROM review_put_off)`,
		policyKey).Scan(&mark).Error
	return mark + "/" + counted, failed(err, "look whether there is anything new to review")
}

// maxBad bounds the rules in an inbox that count their predictions.
const maxBad = 50

// countedBadly finds the learned rules in use that count their predictions and
// have a bad record: predictions that failed, or success that is lower with
// the rule. inbox.Rules decides which are worth a look.
func (l *Library) countedBadly(ctx context.Context) (rows []heuristicRow, err error) {
	err = l.db.read.WithContext(ctx).Where("status IN ? AND pinned = 0 AND author = ?", []agent.Status{agent.Probation, agent.Active}, agent.AuthorDistiller).
		Where("misses >= 2 OR uplift < 0").
		Where("json_type(body, '$.predicate') IS NOT NULL AND json_type(body, '$.status_by') IS NULL").
		Where("coalesce(CAST(json_extract(body, '$.credit.log_e') AS DOUBLE PRECISION), 0) <= -3 OR coalesce(CAST(json_extract(body, '$.credit.uplift.p_harmful') AS DOUBLE PRECISION), 0) >= 0.6").
		Order("coalesce(CAST(json_extract(body, '$.credit.log_e') AS DOUBLE PRECISION), 0), id").Limit(maxBad).Find(&rows).Error
	return rows, failed(err, "look for rules that predict badly")
}

// countedThinly finds the counted rules in use that rest on very few steps, the
// most used first.
func (l *Library) countedThinly(ctx context.Context) (rows []heuristicRow, err error) {
	err = l.db.read.WithContext(ctx).Where("status IN ? AND pinned = 0 AND author = ?", []agent.Status{agent.Probation, agent.Active}, agent.AuthorDistiller).
		Where("uses > 0 AND json_type(body, '$.predicate.states') IS NULL AND json_type(body, '$.status_by') IS NULL").
		Where("coalesce(CAST(json_extract(body, '$.good') AS DOUBLE PRECISION), 0) + coalesce(CAST(json_extract(body, '$.bad') AS DOUBLE PRECISION), 0) <= ?", inbox.ThinSteps).
		Order("uses DESC, id").Limit(inbox.MaxThin).Find(&rows).Error
	return rows, failed(err, "look for rules that rest on little")
}

// PutOff keeps an item out of the inbox until a time; the zero time brings it
// back.
func (l *Library) PutOff(ctx context.Context, actor, key string, until time.Time) error {
	if key == "" || len(key) > maxReviewKey {
		return agent.InvalidFields(map[string]string{"key": "must name an item of the inbox"})
	}
	err := l.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(`DELETE FROM review_put_off WHERE until <= ? OR key = ?`, nanos(l.db.now()), key).Error; err != nil {
			return err
		}
		if until.IsZero() {
			return l.db.audit(tx, actor, "review.bring_back", "", key)
		}
		err := tx.Exec(`INSERT INTO review_put_off (key, until, actor, at) VALUES (?, ?, ?, ?)`, key, nanos(until), actor, nanos(l.db.now())).Error
		if err != nil {
			return err
		}
		return l.db.audit(tx, actor, "review.put_off", until.UTC().Format(time.RFC3339), key)
	})
	return failed(err, "put an item of the inbox off")
}

// maxReviewKey bounds the key of an item: a kind and two ids, or a critic's
// name and scope.
const maxReviewKey = 500

// PutOffs returns the keys of what was put off and until when.
func (l *Library) PutOffs(ctx context.Context) (map[string]time.Time, error) {
	var rows []struct {
		Key   string
		Until int64
	}
	err := l.db.read.WithContext(ctx).Raw(`SELECT key, until FROM review_put_off WHERE until > ?`, nanos(l.db.now())).Scan(&rows).Error
	out := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		out[r.Key] = fromNanos(r.Until)
	}
	return out, failed(err, "list what was put off")
}
