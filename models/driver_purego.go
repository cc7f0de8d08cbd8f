//go:build purego

package models

import (
	"errors"
	"net/url"

	"modernc.org/sqlite"
)

// driverName is the database/sql driver that needs no C compiler.
const driverName = "sqlite"

// dsn returns the data source name for a pool of readers or for the writer.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "synchronous(NORMAL)"}}
	if readOnly {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", Opaque: escapePath(path), RawQuery: q.Encode()}).String()
}

// resultCode returns SQLite's primary result code of the error.
func resultCode(err error) (int, bool) {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff, true
	}
	return 0, false
}
