package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// packTags writes tags so that each can be looked for with its spaces.
func packTags(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	tags = slices.Compact(slices.Sorted(slices.Values(tags)))
	return " " + strings.Join(tags, " ") + " "
}

// Selected returns the ids of the runs that a selection means, newest first.
// Errors: CodeInvalid beyond catalog.MaxRunChange, CodeConflict if the query
// finds another number of runs than expected.
func (s *Runs) Selected(ctx context.Context, selection catalog.RunSelection) ([]string, error) {
	return s.selected(s.db.read.WithContext(ctx), selection)
}

func (s *Runs) selected(db *gorm.DB, selection catalog.RunSelection) ([]string, error) {
	if selection.Query == nil {
		if len(selection.IDs) > catalog.MaxRunChange {
			return nil, tooManyRuns()
		}
		return selection.IDs, nil
	}
	var ids []string
	err := s.filter(db, *selection.Query).Order("runs.created_at DESC, runs.id DESC").Limit(catalog.MaxRunChange+1).Pluck("runs.id", &ids).Error
	switch {
	case err != nil:
		return nil, err
	case len(ids) > catalog.MaxRunChange:
		return nil, tooManyRuns()
	case selection.Expect > 0 && len(ids) != selection.Expect:
		return nil, agent.Errorf(agent.CodeConflict, "the list changed meanwhile: %d runs match now, you were shown %d; look at the list again", len(ids), selection.Expect)
	}
	return ids, nil
}

func tooManyRuns() error {
	return agent.Errorf(agent.CodeInvalid, "more than %d runs are too many for one change; narrow the query", catalog.MaxRunChange)
}

// Change deletes, tags or untags many runs in one transaction and returns its
// entry in the journal, by which it can be undone. Runs that are gone are left
// out; those that have not ended are not deleted and counted in Left. Deleted
// runs are in no list, and go for good after catalog.RunBinTime. Errors: those of
// Selected, and CodeInvalid for a tag that is none.
func (s *Runs) Change(ctx context.Context, actor string, action catalog.RunAction, tag string, selection catalog.RunSelection) (catalog.RunChange, error) {
	change := catalog.RunChange{Action: action, Tag: tag, Actor: actor, At: s.db.now().UTC()}
	if !action.Undoable() {
		return change, agent.InvalidFields(map[string]string{"action": fmt.Sprintf("there is no action %q here", agent.Clip(string(action), 40))})
	}
	if action != catalog.RunDelete {
		if err := agent.CheckTags([]string{tag}); err != nil {
			return change, err
		}
	}
	var ids []string
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := s.purge(tx); err != nil {
			return err
		}
		if err := tx.Raw(`INSERT INTO run_changes (action, tag, actor, at) VALUES (?, ?, ?, ?) RETURNING id`, action, tag, actor, nanos(change.At)).Scan(&change.ID).Error; err != nil {
			return err
		}
		wanted, err := s.selected(tx, selection)
		if err != nil {
			return err
		}
		ids = make([]string, 0, len(wanted))
		for _, id := range wanted {
			changed, err := changeRun(tx, &change, id)
			if err != nil {
				return err
			}
			if changed {
				ids = append(ids, id)
			}
		}
		change.Runs = len(ids)
		raw, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE run_changes SET runs = ? WHERE id = ?`, string(raw), change.ID).Error; err != nil {
			return err
		}
		return s.db.audit(tx, actor, "run."+string(action), tag, ids...)
	})
	s.sums.clear()
	if err != nil {
		return change, failed(err, "change runs")
	}
	if change.Runs == 0 {
		change.ID = 0
	}
	return change, nil
}

// changeRun does a change to one run, and reports whether it changed anything.
func changeRun(tx *gorm.DB, change *catalog.RunChange, id string) (bool, error) {
	var row runRow
	found := tx.Raw(`SELECT status, tags FROM runs WHERE id = ? AND binned = 0`, id).Scan(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return false, found.Error
	}
	if change.Action == catalog.RunDelete {
		if !agent.RunStatus(row.Status).Final() {
			change.Left++
			return false, nil
		}
		return true, tx.Exec(`UPDATE runs SET binned = ? WHERE id = ?`, change.ID, id).Error
	}
	tags := strings.Fields(row.Tags)
	has := slices.Contains(tags, change.Tag)
	switch {
	case has == (change.Action == catalog.RunAddTag):
		return false, nil
	case has:
		tags = slices.DeleteFunc(tags, func(t string) bool { return t == change.Tag })
	case len(tags) == agent.MaxTags:
		change.Left++
		return false, nil
	default:
		tags = append(tags, change.Tag)
	}
	return true, tx.Exec(`UPDATE runs SET tags = ? WHERE id = ?`, packTags(tags), id).Error
}

// Undo takes a change back: what it deleted is there again, tags are as they
// were. Errors: CodeNotFound; CodeConflict if it was undone before, or what it
// deleted is gone for good.
func (s *Runs) Undo(ctx context.Context, actor string, id int64) (catalog.RunChange, error) {
	var change catalog.RunChange
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var row struct {
			Action, Tag, Runs string
			Undone            int64
		}
		found := tx.Raw(`SELECT action, tag, runs, undone FROM run_changes WHERE id = ?`, id).Scan(&row)
		switch {
		case found.Error != nil:
			return found.Error
		case found.RowsAffected == 0:
			return notFound("change of runs", strconv.FormatInt(id, 10))
		case row.Undone != 0:
			return agent.Errorf(agent.CodeConflict, "this was undone already")
		}
		var ids []string
		if err := json.Unmarshal([]byte(row.Runs), &ids); err != nil {
			return fmt.Errorf("decode change %d: %w", id, err)
		}
		change = catalog.RunChange{Action: catalog.RunAction(row.Action), Tag: row.Tag, Actor: actor, At: s.db.now().UTC()}
		reverse := change
		reverse.Action = map[catalog.RunAction]catalog.RunAction{catalog.RunAddTag: catalog.RunNoTag, catalog.RunNoTag: catalog.RunAddTag}[change.Action]
		for _, run := range ids {
			var changed bool
			var err error
			if change.Action == catalog.RunDelete {
				back := tx.Exec(`UPDATE runs SET binned = 0 WHERE id = ? AND binned = ?`, run, id)
				changed, err = back.RowsAffected > 0, back.Error
			} else {
				changed, err = changeRun(tx, &reverse, run)
			}
			if err != nil {
				return err
			}
			if changed {
				change.Runs++
			}
		}
		if change.Action == catalog.RunDelete && change.Runs == 0 {
			return agent.Errorf(agent.CodeConflict, "the runs are gone for good; deleted runs are kept for %d days", int(catalog.RunBinTime.Hours()/24))
		}
		if err := tx.Exec(`UPDATE run_changes SET undone = ? WHERE id = ?`, nanos(change.At), id).Error; err != nil {
			return err
		}
		return s.db.audit(tx, actor, "run.undo", strconv.FormatInt(id, 10), ids...)
	})
	s.sums.clear()
	return change, failed(err, "undo change %d of runs", id)
}

// purgeAtOnce bounds what one change deletes for good on the way.
const purgeAtOnce = 50

// purge deletes for good some of what was deleted long enough ago, so that
// nobody waits for the rest.
func (s *Runs) purge(tx *gorm.DB) error {
	var ids []string
	err := tx.Raw(`SELECT id FROM runs WHERE binned > 0 AND binned IN (SELECT id FROM run_changes WHERE at < ?) LIMIT ?`,
		nanos(s.db.now().Add(-catalog.RunBinTime)), purgeAtOnce).Scan(&ids).Error
	for _, id := range ids {
		if err == nil {
			err = deleteRun(tx, id)
		}
		s.lines.forget(id)
	}
	return err
}

// Purge deletes for good what was deleted long enough ago, and returns how many
// runs those were.
func (s *Runs) Purge(ctx context.Context) (int, error) {
	for n := 0; ; {
		var before, after int64
		err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
			count := func(n *int64) error { return tx.Raw(`SELECT count(*) FROM runs WHERE binned > 0`).Scan(n).Error }
			if err := count(&before); err != nil {
				return err
			}
			if err := s.purge(tx); err != nil {
				return err
			}
			return count(&after)
		})
		n += int(before - after)
		if err != nil || before == after {
			return n, failed(err, "purge deleted runs")
		}
	}
}
