package models

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// Views keeps lists that people gave a name. It is safe for concurrent use.
type Views struct{ db *DB }

// Views returns the saved views.
func (d *DB) Views() *Views { return &Views{d} }

// Bounds of saved views.
const (
	maxSavedViews = 100 // of one list
	maxViewName   = 60
	maxViewQuery  = 1000
)

// List returns the saved views of a list, by name.
func (v *Views) List(ctx context.Context, list string) ([]catalog.SavedView, error) {
	var rows []viewRow
	err := v.db.read.WithContext(ctx).Where("list = ?", list).Order("name").Find(&rows).Error
	views := make([]catalog.SavedView, len(rows))
	for i, r := range rows {
		views[i] = catalog.SavedView{ID: r.ID, List: r.List, Name: r.Name, Query: r.Query, Actor: r.Actor, At: fromNanos(r.At)}
	}
	return views, failed(err, "load the saved views")
}

// viewRow is a row of table saved_views.
type viewRow struct {
	ID    int64 `gorm:"primaryKey"`
	List  string
	Name  string
	Query string
	Actor string
	At    int64
}

func (viewRow) TableName() string { return "saved_views" }

// Save keeps a view; one of the same list and name is replaced. Errors:
// CodeInvalid with a message per field.
func (v *Views) Save(ctx context.Context, actor string, view catalog.SavedView) (catalog.SavedView, error) {
	view.Name, view.Actor, view.At = strings.TrimSpace(view.Name), actor, v.db.now().UTC()
	fields := map[string]string{}
	if view.Name == "" || len(view.Name) > maxViewName || !utf8.ValidString(view.Name) {
		fields["name"] = "name the view in 1 to 60 bytes of text"
	}
	if len(view.Query) > maxViewQuery || !utf8.ValidString(view.Query) {
		fields["query"] = "is too long to be kept"
	}
	if view.List != "runs" && view.List != "library" && view.List != "replay" {
		fields["list"] = "must be runs, library or replay"
	}
	if len(fields) > 0 {
		return view, agent.InvalidFields(fields)
	}
	err := v.db.writeTx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Raw(`SELECT count(*) FROM saved_views WHERE list = ? AND name <> ?`, view.List, view.Name).Scan(&n).Error; err != nil {
			return err
		}
		if n >= maxSavedViews {
			return agent.InvalidFields(map[string]string{"name": "there are 100 saved views of this list; delete one first"})
		}
		err := tx.Raw(`INSERT INTO saved_views (list, name, query, actor, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (list, name) DO UPDATE SET query = excluded.query, actor = excluded.actor, at = excluded.at RETURNING id`,
			view.List, view.Name, view.Query, actor, nanos(view.At)).Scan(&view.ID).Error
		if err != nil {
			return err
		}
		return v.db.audit(tx, actor, "view.save", view.Name, view.List)
	})
	return view, failed(err, "save a view")
}

// Delete deletes a view and returns it. Errors: CodeNotFound.
func (v *Views) Delete(ctx context.Context, actor string, id int64) (catalog.SavedView, error) {
	var view catalog.SavedView
	err := v.db.writeTx(ctx, func(tx *gorm.DB) error {
		gone := tx.Raw(`DELETE FROM saved_views WHERE id = ? RETURNING id, list, name, query, actor`, id).Scan(&view)
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return agent.Errorf(agent.CodeNotFound, "this view was deleted already")
		}
		return v.db.audit(tx, actor, "view.delete", view.Name, view.List)
	})
	return view, failed(err, "delete a view")
}
