//go:build !purego

package models

import (
	"errors"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

// driverName is the database/sql driver: mattn's needs a C compiler; the build
// tag purego takes modernc's instead, which needs none.
const driverName = "sqlite3"

// dsn returns the data source name for a pool of readers or for the writer.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_busy_timeout": {"5000"}, "_synchronous": {"NORMAL"}, "_stmt_cache_size": {"64"}}
	if readOnly {
		q.Set("_query_only", "1")
	} else {
		q.Set("_journal_mode", "WAL")
		q.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", Opaque: escapePath(path), RawQuery: q.Encode()}).String()
}

// resultCode returns SQLite's primary result code of the error.
func resultCode(err error) (int, bool) {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return int(e.Code), true
	}
	return 0, false
}
