package models

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the schema of new databases as the migrations make it")

// TestNewDatabaseIsAsMigrated: a new database has the schema, the rows and the
// notes that the migrations would have made one after the other.
func TestNewDatabaseIsAsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "migrated.db")
	if err := preparePath(path); err != nil {
		t.Fatal(err)
	}
	pool, _, err := openPool(path, false, 1)
	if err == nil {
		err = migrate(t.Context(), pool, path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	want := dump(t, pool)
	if *update {
		if err := os.WriteFile(filepath.Join("migrations", "sqlite_schema.sql"), []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return // what is built now has the one before
	}
	if got := dump(t, open(t, "").writer); got != want {
		t.Errorf("a new database differs from a migrated one; is sqlite_schema.sql of these migrations? (go test ./models -run NewDatabase -update)\n%s\nwant\n%s", got, want)
	}
}

// dump writes a database without data of people as the statements that make it.
func dump(t *testing.T, pool *sql.DB) string {
	t.Helper()
	lines := func(query string) (all []string) {
		rows, err := pool.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(query, err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			all = append(all, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	var b strings.Builder
	for _, line := range lines(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid`) {
		b.WriteString(line + ";\n\n")
	}
	for _, table := range lines(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`) {
		columns := lines(fmt.Sprintf(`SELECT name FROM pragma_table_info('%s') WHERE name NOT IN ('tstamp') AND NOT (name = 'id' AND '%s' = 'schema_version')`, table, table))
		values := make([]string, len(columns))
		for i, column := range columns {
			values[i] = fmt.Sprintf(`quote("%s")`, column)
		}
		for _, row := range lines(fmt.Sprintf(`SELECT %s FROM "%s"`, strings.Join(values, ` || ', ' || `), table)) {
			fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n\n", table, strings.Join(columns, ", "), row)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
