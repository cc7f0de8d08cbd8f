package models

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// Comments keeps what people wrote about rules and lines of playbooks. It is safe for
// concurrent use.
type Comments struct{ db *DB }

// Comments returns the comments.
func (d *DB) Comments() *Comments { return &Comments{d} }

// commentRow is a row of table comments.
type commentRow struct {
	ID        int64 `gorm:"primaryKey"`
	Line      string
	Text      string
	Actor     string
	At        int64
	DeletedAt int64 `gorm:"autoDeleteTime:false"`
}

func (commentRow) TableName() string { return "comments" }

// maxListedRules bounds the rules whose comments are asked for at once.
const maxListedRules = 30_000

// commentOrder is what cursors of comments are bound to.
const commentOrder = "comments"

// List returns a page of the comments that are about any of the rules, newest first,
// and how many there are (up to catalog.MaxCounted). Rules that are retired or gone keep
// theirs. Errors: CodeInvalid for too many rules, or a cursor of another list.
func (c *Comments) List(ctx context.Context, q catalog.CommentQuery) (catalog.Page[catalog.Comment], error) {
	page := catalog.Page[catalog.Comment]{Items: []catalog.Comment{}}
	if len(q.Rules) > maxListedRules {
		return page, agent.InvalidFields(map[string]string{"rules": fmt.Sprintf("at most %d rules can be asked about at once", maxListedRules)})
	}
	from, err := parseCursor(q.Cursor, commentOrder)
	if err != nil {
		return page, err
	}
	ids, err := json.Marshal(q.Rules)
	if err != nil {
		return page, err
	}
	limit, before := limitOf(q.Limit, catalog.MaxComments, catalog.MaxComments), int64(math.MaxInt64)
	if from != nil {
		before = from.Int
	}
	const about = ` FROM comments WHERE deleted_at = 0 AND id IN (SELECT comment FROM comment_rules WHERE rule IN (SELECT value FROM json_each(?)))`
	tx := c.db.read.WithContext(ctx)
	var rows []commentRow
	err = tx.Raw(`SELECT *`+about+` AND id < ? ORDER BY id DESC LIMIT ?`, string(ids), before, limit+1).Scan(&rows).Error
	if err == nil {
		err = tx.Raw(`SELECT count(*) FROM (SELECT id`+about+` LIMIT ?) counted`, string(ids), catalog.MaxCounted).Scan(&page.Total).Error
	}
	if err != nil {
		return page, failed(err, "list comments")
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = cursor{Sort: commentOrder, Int: rows[limit-1].ID}.String()
	}
	rules, err := rulesOf(tx, rows)
	for _, r := range rows {
		page.Items = append(page.Items, r.decode(rules[r.ID]))
	}
	return page, failed(err, "list the rules of comments")
}

func (r *commentRow) decode(rules []string) catalog.Comment {
	return catalog.Comment{ID: r.ID, Rules: rules, Line: r.Line, Text: r.Text, Actor: r.Actor, At: fromNanos(r.At)}
}

// rulesOf returns the rules that comments are about.
func rulesOf(tx *gorm.DB, rows []commentRow) (map[int64][]string, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var pairs []struct {
		Comment int64
		Rule    string
	}
	err := tx.Raw(`SELECT comment, rule FROM comment_rules WHERE comment IN ? ORDER BY comment, place`, ids).Scan(&pairs).Error
	about := map[int64][]string{}
	for _, p := range pairs {
		about[p.Comment] = append(about[p.Comment], p.Rule)
	}
	return about, err
}

// checkComment returns the comment as it is kept, or CodeInvalid with a message per field.
func checkComment(c catalog.Comment) (catalog.Comment, error) {
	c.Text, c.Line = strings.TrimSpace(strings.ReplaceAll(c.Text, "\r\n", "\n")), strings.TrimSpace(c.Line)
	fields := map[string]string{}
	switch n := utf8.RuneCountInString(c.Text); {
	case c.Text == "":
		fields["text"] = "write what you have to say"
	case n > catalog.MaxCommentCharacters:
		fields["text"] = fmt.Sprintf("has %d characters; at most %d are kept", n, catalog.MaxCommentCharacters)
	case !utf8.ValidString(c.Text):
		fields["text"] = "is not valid UTF-8 text"
	}
	if len(c.Line) > maxTitleBytes || !utf8.ValidString(c.Line) {
		fields["line"] = fmt.Sprintf("must be the line's title, of at most %d bytes", maxTitleBytes)
	}
	if slices.Sort(c.Rules); len(c.Rules) == 0 || len(slices.Compact(slices.Clone(c.Rules))) < len(c.Rules) || len(c.Rules) > catalog.MaxCommentRules {
		fields["rules"] = fmt.Sprintf("name the 1 to %d rules behind the line, each once", catalog.MaxCommentRules)
	}
	if len(fields) > 0 {
		return c, agent.InvalidFields(fields)
	}
	return c, nil
}

// Add keeps a comment of a person about rules, in use or not. Errors: CodeInvalid with
// a message per field; CodeNotFound where one of the rules never was.
func (c *Comments) Add(ctx context.Context, actor string, comment catalog.Comment) (catalog.Comment, error) {
	order := comment.Rules
	comment.Rules = slices.Clone(order)
	comment, err := checkComment(comment)
	if err != nil {
		return comment, err
	}
	comment.Rules, comment.Actor, comment.At = order, actor, c.db.now().UTC()
	err = c.db.writeTx(ctx, func(tx *gorm.DB) error {
		var known []string
		if err := tx.Raw(`SELECT DISTINCT id FROM heuristic_versions WHERE id IN ?`, order).Scan(&known).Error; err != nil {
			return err
		}
		for _, id := range order {
			if !slices.Contains(known, id) {
				return notFound("rule", id)
			}
		}
		row := commentRow{Line: comment.Line, Text: comment.Text, Actor: actor, At: nanos(comment.At)}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		comment.ID = row.ID
		for i, id := range order {
			if err := tx.Exec(`INSERT INTO comment_rules (rule, comment, place) VALUES (?, ?, ?)`, id, row.ID, i).Error; err != nil {
				return err
			}
		}
		return c.db.audit(tx, actor, "comment.add", comment.Line, order...)
	})
	return comment, failed(err, "keep a comment")
}

// Delete takes a comment away and returns it; Restore brings it back. Errors:
// CodeNotFound.
func (c *Comments) Delete(ctx context.Context, actor string, id int64) (catalog.Comment, error) {
	return c.mark(ctx, actor, "comment.delete", `UPDATE comments SET deleted_at = ? WHERE id = ? AND deleted_at = 0`, nanos(c.db.now()), id)
}

// Restore brings a comment back that was deleted. Errors: CodeNotFound.
func (c *Comments) Restore(ctx context.Context, actor string, id int64) (catalog.Comment, error) {
	return c.mark(ctx, actor, "comment.restore", `UPDATE comments SET deleted_at = ? WHERE id = ? AND deleted_at > 0`, 0, id)
}

func (c *Comments) mark(ctx context.Context, actor, action, statement string, at, id int64) (catalog.Comment, error) {
	var comment catalog.Comment
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec(statement, at, id)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return agent.Errorf(agent.CodeNotFound, "there is no such comment any more")
		}
		var row commentRow
		if err := tx.Raw(`SELECT * FROM comments WHERE id = ?`, id).Scan(&row).Error; err != nil {
			return err
		}
		about, err := rulesOf(tx, []commentRow{row})
		if err != nil {
			return err
		}
		comment = row.decode(about[id])
		return c.db.audit(tx, actor, action, comment.Line, comment.Rules...)
	})
	return comment, failed(err, "change a comment")
}
