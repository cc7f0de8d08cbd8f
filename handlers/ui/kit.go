// Package ui is what the pages of every family share: the frame around a page,
// links, lists with their query bar, notices, forms, charts, and the words and
// figures in which pages say things.
package ui

import (
	"context"
	"log/slog"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/origin"
	"purposeagent/views/layout"
)

// Site is the installation that the pages belong to.
type Site struct {
	BasePath string // such as "/purpose", "" for none
	Version  string
	Origins  origin.Origins // the addresses of a proxy in front
	Logger   *slog.Logger
	Now      func() time.Time // what pages say of times is relative to it
}

// Kit is what a page needs beside its own stores. A family embeds it. Its
// fields are not changed once it serves; it is safe for concurrent use.
type Kit struct {
	Site
	// Nav returns the entries of the rail. nil: there are none.
	Nav func(ctx context.Context) []layout.NavItem
	// Runs, Rules and Snapshots know what runs, rules and snapshots are called.
	Runs         Runs
	Rules        Rules
	Snapshots    Snapshots // nil: there are none
	Environments Environments
	Views        Views // nil: lists can't be saved
}

// The stores that names are asked of. Errors: CodeNotFound.
type (
	// Runs finds runs by their ids.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
	}
	// Rules finds rules by their ids.
	Rules interface {
		Get(ctx context.Context, id string) (*agent.Heuristic, error)
	}
	// Snapshots finds snapshots by their ids.
	Snapshots interface {
		Get(ctx context.Context, id string) (catalog.Snapshot, error)
	}
)

// Views keeps lists that people gave a name. Errors: CodeNotFound, CodeInvalid
// with a message per field.
type Views interface {
	List(ctx context.Context, list string) ([]catalog.SavedView, error)
	Save(ctx context.Context, by string, view catalog.SavedView) (catalog.SavedView, error)
	Delete(ctx context.Context, by string, id int64) (catalog.SavedView, error)
}

// Path puts the base path before an absolute path of the program.
func (k *Kit) Path(path string) string { return k.BasePath + path }
