package models

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"purposeagent/agent"
)

// The migrations, a folder for each dialect. They go forward only.
//
//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// migrate brings the schema up to date, each migration in a transaction.
func migrate(ctx context.Context, pool *sql.DB, path string) error {
	folder, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	// Migrations are written beside each other and do not build on one another:
	// a database made between two of them may lack one with a lower number.
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, folder,
		goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return openFailed(err, path)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return openFailed(err, path)
	}
	if current > target {
		return agent.Errorf(agent.CodeUnavailable,
			"%s was made by a newer Purpose (schema %d, this program knows %d); start that newer program, or choose another data folder", path, current, target)
	}
	if _, err := provider.Up(ctx); err != nil {
		return openFailed(err, path)
	}
	return nil
}
