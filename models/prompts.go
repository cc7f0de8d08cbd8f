package models

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

// Prompts keeps the words in which roles ask their models. Version 0 of a role
// is the built-in one. It is safe for concurrent use.
type Prompts struct{ db *DB }

// promptRow is a row of table prompts.
type promptRow struct {
	Role  string `gorm:"primaryKey"`
	N     int    `gorm:"primaryKey"`
	Text  string
	Note  string
	Actor string
	At    int64
	Used  bool
}

func (promptRow) TableName() string { return "prompts" }

func (r *promptRow) version() roles.PromptVersion {
	return roles.PromptVersion{Role: agent.ModelRole(r.Role), N: r.N, Text: r.Text, Note: r.Note, Actor: r.Actor, At: fromNanos(r.At), Used: r.Used}
}

// builtin is version 0.
func builtin(role agent.ModelRole, used bool) roles.PromptVersion {
	p := roles.BuiltinPrompt(role)
	return roles.PromptVersion{Role: role, Text: p.Text, Note: "built in", Actor: "Purpose", Used: used}
}

// Versions returns the versions of a role's prompt, newest first; the built-in
// one is the last.
func (p *Prompts) Versions(ctx context.Context, role agent.ModelRole) ([]roles.PromptVersion, error) {
	if roles.BuiltinPrompt(role) == nil {
		return nil, notFound("prompt", string(role))
	}
	var rows []promptRow
	if err := p.db.read.WithContext(ctx).Where("role = ?", role).Order("n DESC").Find(&rows).Error; err != nil {
		return nil, failed(err, "list prompts of the %s", role)
	}
	list := make([]roles.PromptVersion, 0, len(rows)+1)
	used := true
	for i := range rows {
		list = append(list, rows[i].version())
		used = used && !rows[i].Used
	}
	return append(list, builtin(role, used)), nil
}

// InUse returns the version that a role asks in.
func (p *Prompts) InUse(ctx context.Context, role agent.ModelRole) (roles.PromptVersion, error) {
	var row promptRow
	err := p.db.read.WithContext(ctx).Take(&row, "role = ? AND used = 1", role).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return builtin(role, true), nil
	}
	return row.version(), failed(err, "load the prompt of the %s", role)
}

// Write stores a new version and puts it to use. Errors: CodeInvalid for a text
// that is no prompt of the role, CodeConflict where base is not the newest version
// any more: somebody else was faster.
func (p *Prompts) Write(ctx context.Context, actor string, role agent.ModelRole, base int, text, note string) (roles.PromptVersion, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if _, err := roles.ParsePrompt(role, string(role), text); err != nil {
		return roles.PromptVersion{}, err
	}
	if len(note) > maxPromptNote {
		return roles.PromptVersion{}, agent.InvalidFields(map[string]string{"note": fmt.Sprintf("must be at most %d bytes", maxPromptNote)})
	}
	row := promptRow{Role: string(role), Text: text, Note: note, Actor: actor, At: nanos(p.db.now()), Used: true}
	err := p.db.writeTx(ctx, func(tx *gorm.DB) error {
		newest := 0
		if err := tx.Raw(`SELECT coalesce(max(n), 0) FROM prompts WHERE role = ?`, role).Scan(&newest).Error; err != nil {
			return err
		}
		if newest != base {
			return agent.Errorf(agent.CodeConflict, "somebody wrote version %d of the %s's prompt meanwhile; look at it, and save again on top of it", newest, role)
		}
		row.N = newest + 1
		if err := tx.Exec(`UPDATE prompts SET used = 0 WHERE role = ?`, role).Error; err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return p.db.audit(tx, actor, "prompt.write", note, fmt.Sprintf("%s.%d", role, row.N))
	})
	return row.version(), failed(err, "store the prompt of the %s", role)
}

// maxPromptNote bounds what is noted with a version.
const maxPromptNote = 200

// Use puts a version to use; 0 is the built-in one. Errors: CodeNotFound.
func (p *Prompts) Use(ctx context.Context, actor string, role agent.ModelRole, n int) error {
	if roles.BuiltinPrompt(role) == nil {
		return notFound("prompt", string(role))
	}
	err := p.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(`UPDATE prompts SET used = 0 WHERE role = ?`, role).Error; err != nil {
			return err
		}
		if n != 0 {
			set := tx.Exec(`UPDATE prompts SET used = 1 WHERE role = ? AND n = ?`, role, n)
			if set.Error != nil {
				return set.Error
			}
			if set.RowsAffected == 0 {
				return notFound("prompt", fmt.Sprintf("%s.%d", role, n))
			}
		}
		return p.db.audit(tx, actor, "prompt.use", "", fmt.Sprintf("%s.%d", role, n))
	})
	return failed(err, "use prompt %d of the %s", n, role)
}
