package models

import (
	"context"
	"sync"

	"gorm.io/gorm"

	"purposeagent/agent/files"
)

// RunFiles keeps the files and contents of one run (files.Store). Runs share
// equal contents; they go with the last run that has them.
type RunFiles struct {
	db  *DB
	run string

	mu      sync.Mutex
	known   map[string]bool // hashes that are durable for this run; nil before the first
	size    int64           // of all contents of the run
	counted bool
}

var _ files.Store = (*RunFiles)(nil)

// maxKnown bounds the hashes that are remembered; a forgotten one is looked up.
const maxKnown = 20_000

// Files returns the store of one run's files.
func (db *DB) Files(run string) *RunFiles { return &RunFiles{db: db, run: run} }

// Keep stores contents in one transaction. Errors: files.ErrFull; CodeUnavailable
// if the disk is full or can't be written.
func (s *RunFiles) Keep(ctx context.Context, contents ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := map[string][]byte{}
	for _, c := range contents {
		if h := files.Hash(c); !s.known[h] {
			fresh[h] = c
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	size := s.size
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		if !s.counted {
			if err := tx.Raw(`SELECT coalesce(sum(size), 0) FROM contents JOIN run_contents ON content = id WHERE run = ?`, s.run).Scan(&size).Error; err != nil {
				return err
			}
		}
		for hash, content := range fresh {
			added, err := s.keep(tx, hash, content)
			if err != nil {
				return err
			}
			if size += added; size > files.MaxRun {
				return files.ErrFull
			}
		}
		return nil
	})
	if err != nil {
		return failed(err, "keep files of run %s", s.run)
	}
	s.size, s.counted = size, true
	if s.known == nil || len(s.known) > maxKnown {
		s.known = map[string]bool{}
	}
	for hash := range fresh {
		s.known[hash] = true
	}
	return nil
}

// keep stores one content and returns what it adds to the run's size.
func (s *RunFiles) keep(tx *gorm.DB, hash string, content []byte) (int64, error) {
	var id int64
	if err := tx.Raw(`SELECT id FROM contents WHERE hash = ?`, hash).Scan(&id).Error; err != nil {
		return 0, err
	}
	if id == 0 {
		body, packed, err := packed(content)
		if err != nil {
			return 0, err
		}
		if err := tx.Raw(`INSERT INTO contents (hash, size, packed, body) VALUES (?, ?, ?, ?) RETURNING id`, hash, len(content), packed, body).Scan(&id).Error; err != nil {
			return 0, err
		}
	}
	added := tx.Exec(`INSERT INTO run_contents (run, content) VALUES (?, ?) ON CONFLICT DO NOTHING`, s.run, id)
	return added.RowsAffected * int64(len(content)), added.Error
}

// packed returns a content as it is stored: compressed where that makes it smaller.
func packed(content []byte) ([]byte, bool, error) {
	body, err := pack(content)
	if err != nil || len(body) < len(content) {
		return body, true, err
	}
	return append([]byte{}, content...), false, nil // an empty one is no NULL
}

// Content returns a content of the run. Errors: files.ErrNotKept.
func (s *RunFiles) Content(ctx context.Context, hash string) ([]byte, error) {
	var row struct {
		Packed bool
		Body   []byte
	}
	found := s.db.read.WithContext(ctx).Raw(`SELECT packed, body FROM contents JOIN run_contents ON content = id WHERE run = ? AND hash = ?`, s.run, hash).Scan(&row)
	switch {
	case found.Error != nil:
		return nil, failed(found.Error, "read a file of run %s", s.run)
	case found.RowsAffected == 0:
		return nil, files.ErrNotKept
	case !row.Packed:
		return row.Body, nil
	}
	content, err := unpack(row.Body)
	return content, failed(err, "unpack a file of run %s", s.run)
}

// What deletes the contents that only one run has, and what a fork takes over.
const (
	deleteContents = `DELETE FROM contents WHERE id IN (SELECT r.content FROM run_contents r WHERE r.run = ?
		AND NOT EXISTS (SELECT 1 FROM run_contents other WHERE other.content = r.content AND other.run <> r.run))`
	deleteRunContents = `DELETE FROM run_contents WHERE run = ?`
	copyRunContents   = `INSERT INTO run_contents (run, content) SELECT ?, content FROM run_contents WHERE run = ?`
)
