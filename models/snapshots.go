package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/rulestore"
)

// Snapshots are moments of the library. Each entry of the rules' history
// carries the number of the change that wrote it, so a moment is a number:
// nothing is copied but the counts, which have no history. It is safe for
// concurrent use.
type Snapshots struct{ l *Library }

// Snapshots returns the store of the library's moments.
func (db *DB) Snapshots() *Snapshots { return &Snapshots{db.library} }

// Why a snapshot was taken, where no person asked for it.
const (
	reasonHand   = "by hand"
	reasonDaily  = "daily"
	reasonBefore = "before: "
)

// keptSnapshots bounds the snapshots that no person asked for; the oldest go.
const keptSnapshots = 100

const (
	maxSnapshotName = 100 // bytes
	day             = 24 * time.Hour
)

// snapshotRow is a row of table library_snapshots.
type snapshotRow struct {
	ID       string `gorm:"primaryKey"`
	Name     string
	Reason   string
	Actor    string
	At       int64
	Revision int64
	Rules    int
	Digest   string
	Bytes    int
	Counts   []byte
}

func (snapshotRow) TableName() string { return "library_snapshots" }

// snapshotColumns are all but the counts.
const snapshotColumns = "id, name, reason, actor, at, revision, rules, digest, bytes"

func (r *snapshotRow) decode() catalog.Snapshot {
	return catalog.Snapshot{ID: r.ID, Name: r.Name, Reason: r.Reason, Actor: r.Actor, At: fromNanos(r.At),
		Revision: r.Revision, Rules: r.Rules, Digest: r.Digest, Bytes: r.Bytes}
}

// Take keeps the library as it is now under a name. CodeInvalid for a name
// that is empty or longer than 100 bytes.
func (s *Snapshots) Take(ctx context.Context, actor, name string) (catalog.Snapshot, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxSnapshotName || !utf8.ValidString(name) {
		return catalog.Snapshot{}, agent.InvalidFields(map[string]string{"name": fmt.Sprintf("give the snapshot a name of at most %d bytes", maxSnapshotName)})
	}
	var taken catalog.Snapshot
	err := s.l.change(ctx, func(c *changing) (err error) {
		if taken, err = c.snapshot(actor, name, reasonHand); err != nil {
			return err
		}
		return s.l.db.audit(c.tx, actor, "library.snapshot", name, taken.ID)
	})
	return taken, failed(err, "take a snapshot")
}

// Daily keeps the library as it is now, unless a snapshot was taken within a
// day or nothing changed since the last one. It returns whether it did.
func (s *Snapshots) Daily(ctx context.Context) (bool, error) {
	taken := false
	err := s.l.change(ctx, func(c *changing) error {
		var newest []snapshotRow
		if err := c.tx.Select(snapshotColumns).Order("at DESC").Limit(1).Find(&newest).Error; err != nil {
			return err
		}
		if len(newest) > 0 && s.l.db.now().Sub(fromNanos(newest[0].At)) < day {
			return nil
		}
		var err error
		taken, err = c.automatic("purpose", "Daily", reasonDaily)
		return err
	})
	return taken, failed(err, "take the daily snapshot")
}

// snapshotBefore keeps the library as it is before a large change of it.
func (c *changing) snapshotBefore(actor, what string) error {
	_, err := c.automatic(actor, "Before "+what, reasonBefore+what)
	return err
}

// automatic takes a snapshot that nobody asked for: not of an empty library or
// if there is one of this revision already, and the oldest of its kind go. It
// returns whether it did.
func (c *changing) automatic(actor, name, reason string) (bool, error) {
	var same int64
	err := c.tx.Raw(`SELECT (SELECT count(*) FROM library_snapshots WHERE revision = (SELECT revision FROM library_state)) +
		CASE WHEN EXISTS (SELECT 1 FROM heuristics) THEN 0 ELSE 1 END`).Scan(&same).Error
	if err != nil || same > 0 {
		return false, err
	}
	if _, err := c.snapshot(actor, name, reason); err != nil {
		return false, err
	}
	return true, c.tx.Exec(`DELETE FROM library_snapshots WHERE id IN
		(SELECT id FROM library_snapshots WHERE reason <> ? ORDER BY at DESC, id DESC LIMIT ? OFFSET ?)`, reasonHand, all, keptSnapshots).Error
}

func (c *changing) snapshot(actor, name, reason string) (catalog.Snapshot, error) {
	var revision int64
	if err := c.tx.Raw(`SELECT revision FROM library_state`).Scan(&revision).Error; err != nil {
		return catalog.Snapshot{}, err
	}
	var rows []heuristicRow
	if err := c.tx.Order("id").Find(&rows).Error; err != nil {
		return catalog.Snapshot{}, err
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	counts, err := packCounts(rules)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	var number int64
	if err := c.tx.Raw(`SELECT coalesce(max(CAST(substr(id, 2) AS INTEGER)), 0) + 1 FROM library_snapshots`).Scan(&number).Error; err != nil {
		return catalog.Snapshot{}, err
	}
	row := snapshotRow{ID: fmt.Sprintf("s%05d", number), Name: name, Reason: reason, Actor: actor, At: nanos(c.l.db.now()),
		Revision: revision, Rules: len(rules), Digest: digestOf(rules), Bytes: len(counts), Counts: counts}
	return row.decode(), c.tx.Create(&row).Error
}

// List returns the snapshots, newest first.
func (s *Snapshots) List(ctx context.Context) ([]catalog.Snapshot, error) {
	var rows []snapshotRow
	err := s.l.db.read.WithContext(ctx).Select(snapshotColumns).Order("at DESC, id DESC").Find(&rows).Error
	snapshots := make([]catalog.Snapshot, len(rows))
	for i := range rows {
		snapshots[i] = rows[i].decode()
	}
	return snapshots, failed(err, "list snapshots")
}

// Get returns one snapshot, or CodeNotFound.
func (s *Snapshots) Get(ctx context.Context, id string) (catalog.Snapshot, error) {
	row, err := s.row(ctx, id, snapshotColumns)
	if err != nil {
		return catalog.Snapshot{}, err
	}
	return row.decode(), nil
}

func (s *Snapshots) row(ctx context.Context, id, columns string) (*snapshotRow, error) {
	var rows []snapshotRow
	if err := s.l.db.read.WithContext(ctx).Select(columns).Where("id = ?", id).Find(&rows).Error; err != nil {
		return nil, failed(err, "load snapshot %s", id)
	}
	if len(rows) == 0 {
		return nil, notFound("snapshot", id)
	}
	return &rows[0], nil
}

// Rules returns the library of a snapshot by id of the rule: words, status,
// pins and counts as they were; of each rule's evidence the references as of
// its last entry in the history. Errors: CodeNotFound; CodeUnavailable if the
// history does not add up to what was kept.
func (s *Snapshots) Rules(ctx context.Context, id string) ([]*agent.Heuristic, error) {
	row, err := s.row(ctx, id, "*")
	if err != nil {
		return nil, err
	}
	rules, err := s.AsOf(ctx, row.Revision)
	if err != nil {
		return nil, err
	}
	if digestOf(rules) != row.Digest {
		return nil, agent.Errorf(agent.CodeUnavailable, "snapshot %s can't be rebuilt: the history of the rules was changed by something other than Purpose", id)
	}
	return rules, failed(unpackCounts(row.Counts, rules), "load snapshot %s", id)
}

// AsOf returns the library after the change with this number, by id. Counts
// are as of each rule's last entry in the history.
func (s *Snapshots) AsOf(ctx context.Context, revision int64) ([]*agent.Heuristic, error) {
	rules, err := asOf(s.l.db.read.WithContext(ctx), revision)
	return rules, failed(err, "load the library after change %d", revision)
}

func asOf(tx *gorm.DB, revision int64) ([]*agent.Heuristic, error) {
	var rows []versionRow
	err := tx.Raw(`SELECT v.id, v.body, v.block, v.place FROM
		(SELECT id, max(n) AS n FROM heuristic_versions WHERE revision <= ? GROUP BY id) last
		JOIN heuristic_versions v ON v.id = last.id AND v.n = last.n WHERE v.gone = 0 ORDER BY v.id`, revision).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	return decodeEntries(tx, rows)
}

// Moment returns the number of the last change at or before a time; 0 if there
// was none.
func (s *Snapshots) Moment(ctx context.Context, at time.Time) (int64, error) {
	var revision int64
	err := s.l.db.read.WithContext(ctx).Raw(`SELECT coalesce(max(revision), 0) FROM heuristic_versions WHERE at <= ?`, nanos(at)).Scan(&revision).Error
	return revision, failed(err, "find the moment")
}

// Span returns the numbers of the first and the last change that the history
// knows, and when the last was; zeros without any.
func (s *Snapshots) Span(ctx context.Context) (first, last int64, at time.Time, err error) {
	var span struct{ First, Last, At int64 }
	err = s.l.db.read.WithContext(ctx).Raw(`SELECT coalesce(min(revision), 0) AS first, coalesce(max(revision), 0) AS last, coalesce(max(at), 0) AS at
		FROM heuristic_versions`).Scan(&span).Error
	return span.First, span.Last, fromNanos(span.At), failed(err, "find the span of the history")
}

// When returns when the last change up to a number was made; the zero time if
// there is none.
func (s *Snapshots) When(ctx context.Context, revision int64) (time.Time, error) {
	var at int64
	err := s.l.db.read.WithContext(ctx).Raw(`SELECT coalesce(max(at), 0) FROM heuristic_versions WHERE revision =
		(SELECT max(revision) FROM heuristic_versions WHERE revision <= ?)`, revision).Scan(&at).Error
	if at == 0 {
		return time.Time{}, failed(err, "find the time of change %d", revision)
	}
	return fromNanos(at), failed(err, "find the time of change %d", revision)
}

// Restore makes the library what it was after a change: other words become new
// versions, deleted rules come back, later ones are retired. Evidence and
// counts stay. The library of before is kept as a snapshot, and the change can
// be undone.
func (s *Snapshots) Restore(ctx context.Context, actor string, revision int64, name string) (catalog.LibraryChange, error) {
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActSnapshot, Note: name}
	return s.l.personally(ctx, what, func(c *changing) error {
		if err := c.snapshotBefore(actor, "restoring "+agent.Clip(name, 60)); err != nil {
			return err
		}
		then, err := asOf(c.tx, revision)
		if err != nil {
			return err
		}
		var rows []heuristicRow
		if err := c.tx.Order("id").Find(&rows).Error; err != nil {
			return err
		}
		now, err := decodeHeuristics(rows)
		if err != nil {
			return err
		}
		c.replaced = true
		if err := c.restore(catalog.DiffLibraries(now, then), "restored: "+name); err != nil {
			return err
		}
		if err := c.liftSince(revision); err != nil {
			return err
		}
		return s.l.db.audit(c.tx, actor, "library.restore", name, strconv.FormatInt(revision, 10))
	})
}

// restore applies what differs from now to then.
func (c *changing) restore(d catalog.LibraryDiff, reason string) error {
	for _, pair := range d.Added {
		if rulestore.Compactable(pair.After) {
			continue // it was out of use then, and is compacted now
		}
		if err := c.reinstate(pair.After, reason); err != nil {
			return err
		}
	}
	for _, pair := range append(d.Reworded, d.Moved...) {
		if err := c.asBefore(pair.Before, catalog.AsItWas(pair.After, pair.Before), reason); err != nil {
			return err
		}
	}
	for _, pair := range d.Removed {
		if pair.Before.Status == agent.Retired {
			continue
		}
		next := pair.Before.Clone()
		next.Status, next.StatusBy, next.Pinned = agent.Retired, nonEmpty(c.personal.Actor, "a person"), false
		if _, err := c.replace(pair.Before, agent.NextHeuristic(pair.Before, next, false, c.l.db.now()), c.personal.Actor, reason); err != nil {
			return err
		}
	}
	return nil
}

// Delete forgets a snapshot; the history stays. CodeNotFound if there is none.
func (s *Snapshots) Delete(ctx context.Context, actor, id string) error {
	err := s.l.db.writeTx(ctx, func(tx *gorm.DB) error {
		gone := tx.Exec(`DELETE FROM library_snapshots WHERE id = ?`, id)
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return notFound("snapshot", id)
		}
		return s.l.db.audit(tx, actor, "library.snapshot.delete", "", id)
	})
	return failed(err, "delete snapshot %s", id)
}
