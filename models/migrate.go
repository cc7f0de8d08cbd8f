package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/pressly/goose/v3"

	"purposeagent/agent"
)

// The migrations, a folder for each dialect. They go forward only.
//
//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// The schema as the migrations make it, with the note of each: a new database
// takes a quarter of the time that it takes to lay it out and change it again and
// again. It may lag behind the migrations; those that it does not know are run.
// The test that holds the two together writes it anew with -update.
//
//go:embed migrations/sqlite_schema.sql
var schema string

// The same schema for PostgreSQL, made of SQLite's by the same test.
//
//go:embed migrations/postgres_schema.sql
var postgresSchema string

// layOutSchema makes the schema of a database that has none, in one transaction.
func layOutSchema(ctx context.Context, pool *sql.DB) error {
	var has int
	if err := pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master)`).Scan(&has); err != nil || has > 0 {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(schema, "\n\n") { // a driver would copy the rest of the text for each
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// migrate brings the schema up to date, each migration in a transaction.
func migrate(ctx context.Context, pool *sql.DB, file string) error {
	scripts, err := migrationScripts("migrations/sqlite")
	if err != nil {
		return err
	}
	// Migrations are written beside each other and do not build on one another:
	// a database made between two of them may lack one with a lower number.
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, nil, goose.WithGoMigrations(scripts...),
		goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return openFailed(err, file)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return openFailed(err, file)
	}
	if current > target {
		return newerSchema(file, current, target)
	}
	if _, err := provider.Up(ctx); err != nil {
		return openFailed(err, file)
	}
	return nil
}

func newerSchema(place string, current, target int64) error {
	return agent.Errorf(agent.CodeUnavailable,
		"%s was made by a newer Purpose (schema %d, this program knows %d); start that newer program, or choose another data folder or database", place, current, target)
}

// newestMigration is the number of the newest migration.
func newestMigration() (int64, error) {
	scripts, err := migrationScripts("migrations/sqlite")
	if err != nil {
		return 0, err
	}
	newest := int64(0)
	for _, s := range scripts {
		newest = max(newest, s.Version)
	}
	return newest, nil
}

// migrationScripts returns the files of a folder. A driver runs a script of many
// statements by itself; goose would take it apart line by line, with a buffer of
// 4 MiB for each, which took longer than all else when a database was made.
func migrationScripts(folder string) ([]*goose.Migration, error) {
	files, err := fs.ReadDir(migrations, folder)
	if err != nil {
		return nil, err
	}
	var scripts []*goose.Migration
	for _, f := range files {
		version, err := goose.NumericComponent(f.Name())
		if err != nil {
			return nil, err
		}
		run := func(ctx context.Context, tx *sql.Tx) error {
			script, err := fs.ReadFile(migrations, path.Join(folder, f.Name()))
			if err == nil {
				_, err = tx.ExecContext(ctx, string(script))
			}
			return err
		}
		scripts = append(scripts, goose.NewGoMigration(version, &goose.GoFunc{RunTx: run}, nil))
	}
	return scripts, nil
}
