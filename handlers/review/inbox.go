package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"purposeagent/agent/inbox"
	"purposeagent/agent/milestones"
	"purposeagent/handlers/ui"
)

// listing is the review inbox, in the order of value. It is shared and not to be changed.
type listing struct {
	open, deferred []entry
	items          []inbox.Item     // open ones, one by one
	milestones     []milestones.Set // that nobody has looked at
}

// count is how many items wait for a look.
func (b *listing) count() int { return len(b.open) + len(b.milestones) }

// keptInbox is the inbox as it was read last: the rail of every page counts it again
// and again, and reading it takes the more, the more the library holds.
type keptInbox struct {
	mu    sync.Mutex
	mark  string    // of all that it was made from
	until time.Time // when something that was put off comes back; zero: never
	box   *listing
}

// at returns the inbox of a mark, nil if another one is kept.
func (k *keptInbox) at(mark string, now time.Time) *listing {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mark != mark || !k.until.IsZero() && !now.Before(k.until) {
		return nil
	}
	return k.box
}

func (k *keptInbox) keep(mark string, until time.Time, box *listing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mark, k.until, k.box = mark, until, box
}

// readInbox returns the inbox as it stands. Where nothing changed since the last time
// that is the same one, whatever the library holds.
func (s *Section) readInbox(ctx context.Context) (listing, error) {
	critics, err := s.criticItems(ctx)
	if err != nil {
		return listing{}, err
	}
	mark, err := s.cfg.Review.ReviewMark(ctx)
	if err != nil {
		return listing{}, err
	}
	var asks strings.Builder
	for i := range critics {
		fmt.Fprintf(&asks, "\n%s %v %s", critics[i].Key, critics[i].Value(), critics[i].Reason)
	}
	mark += asks.String()
	written, err := s.unreviewedMilestones(ctx)
	if err != nil {
		return listing{}, err
	}
	now := s.Now()
	if kept := s.kept.at(mark, now); kept != nil {
		box := *kept
		box.milestones = written
		s.reviews.note(now, box.count())
		return box, nil
	}
	items, err := s.cfg.Review.Review(ctx)
	if err != nil {
		return listing{}, err
	}
	off, err := s.cfg.Review.PutOffs(ctx)
	if err != nil {
		return listing{}, err
	}
	items = append(items, critics...)
	inbox.Sort(items)
	var box listing
	var deferred []inbox.Item
	var until time.Time
	for _, item := range items {
		at, put := off[item.Key]
		if !put || !at.After(now) {
			box.items = append(box.items, item)
			continue
		}
		deferred = append(deferred, item)
		if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	lines, whole := s.linesOf(ctx, slices.Concat(box.items, deferred))
	box.open, box.deferred = byLine(box.items, lines), byLine(deferred, lines)
	if whole { // what one reader could not read is read again by the next
		kept := box
		s.kept.keep(mark, until, &kept)
	}
	box.milestones = written
	s.reviews.note(now, box.count())
	return box, nil
}

// criticItems are the critics that are worth a look.
func (s *Section) criticItems(ctx context.Context) ([]inbox.Item, error) {
	if s.cfg.Critics == nil {
		return nil, nil
	}
	reports, err := s.cfg.Critics.Critics(ctx)
	return inbox.Critics(reports), err
}

// reviewCount is how many items were open when somebody last looked, for the
// rail of every page: counting them anew on each would cost more than it tells.
type reviewCount struct {
	mu sync.Mutex
	at time.Time
	n  int
}

// reviewAge is how old the count may be.
const reviewAge = 15 * time.Second

func (r *reviewCount) note(now time.Time, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at, r.n = now, n
}

func (r *reviewCount) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = time.Time{}
}

func (r *reviewCount) recall(now time.Time) (n int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n, !r.at.IsZero() && now.Sub(r.at) < reviewAge
}

// Forget has the items counted anew: something changed that they are about.
func (s *Section) Forget() { s.reviews.forget() }

// Open counts what is open, "" for nothing.
func (s *Section) Open(ctx context.Context) string {
	n, fresh := s.reviews.recall(s.Now())
	if !fresh {
		box, err := s.readInbox(ctx)
		if err != nil {
			return "" // the page is worth more than its count
		}
		n = box.count()
	}
	if n == 0 {
		return ""
	}
	return ui.Count(n)
}
